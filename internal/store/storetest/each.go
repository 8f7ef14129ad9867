package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
	"playhead/internal/view"
)

// first is the condition that the first part of an element is this.
func first(list, part string) query.Condition {
	return query.Condition{Column: column(list), First: &part}
}

// testEach checks plans about the elements of a list.
func testEach(t *testing.T, s Store) {
	mode := view.JoinParts
	commit(t, s,
		Fields{"country": "US", "watch_time": 10, "playback_mode_playing_times": []string{mode("standard", "100"), mode("pip", "20")}},
		Fields{"country": "DE", "watch_time": 20, "view_end": epoch + 1500, "playback_mode_playing_times": []string{mode("standard", "50.5")}},
		Fields{"country": "DE", "watch_time": 40},
		Fields{"watch_time": 80, "playback_mode_playing_times": []string{mode("", "7"), mode("PIP", ""), mode("É%_'", "1e3"), mode("short"), mode("pip", "3")}},
		Fields{"country": "US", "environment_id": "other", "playback_mode_playing_times": []string{mode("pip", "1000")}},
		Fields{"country": "FR", "video_cdn_trace": []string{"a", "b", "a"}},
	)
	plan := func(parts ...int) *query.Plan {
		return &query.Plan{
			Scope: around(), Each: &query.Each{Column: column("playback_mode_playing_times"), Parts: parts},
			Values: values("count()", "sum(amount)", "sum(watch_time)"), Order: []query.Order{{By: query.OrderByGroup}},
		}
	}
	row := func(groups []string, v ...float64) query.Row { return query.Row{Groups: groups, Values: v} }
	group := func(g ...string) []string { return g }

	t.Run("without groups there is one row of all elements", func(t *testing.T) {
		check(t, s, plan(), 1, row(nil, 8, 180.5, 40+5*80))
	})
	t.Run("even of no elements", func(t *testing.T) {
		p := plan()
		p.Where = all(texts("country", "FR"))
		check(t, s, p, 1, row(nil, 0, 0, 0))
	})
	t.Run("a part is a group; missing parts and texts that are no numbers are null", func(t *testing.T) {
		check(t, s, plan(0), 6,
			row(group("PIP"), 1, 0, 80), row(group("pip"), 2, 23, 90), row(group("short"), 1, 0, 80), row(group("standard"), 2, 150.5, 30),
			row(group("É%_'"), 1, 0, 80), row(group(""), 1, 7, 80))
	})
	t.Run("dimensions come before parts", func(t *testing.T) {
		p := plan(0)
		p.GroupBy, p.Values = by(t, "country"), values("sum(amount)")
		p.Where = all(not(texts("country", "")))
		check(t, s, p, 3, row(group("DE", "standard"), 50.5), row(group("US", "pip"), 20), row(group("US", "standard"), 100))
	})
	t.Run("parts in any order", func(t *testing.T) {
		p := plan(1, 0)
		p.Where, p.Values = all(texts("country", "US")), values("count()")
		check(t, s, p, 2, row(group("100", "standard"), 1), row(group("20", "pip"), 1))
	})
	t.Run("by a number and a page", func(t *testing.T) {
		p := page(plan(0), 2, 1)
		p.Order = []query.Order{{By: 1, Descending: true}}
		check(t, s, p, 6, row(group("pip"), 2, 23, 90), row(group(""), 1, 7, 80))
		check(t, s, page(p, 2, 6), 6)
	})
	t.Run("ranked", func(t *testing.T) {
		p := page(plan(0), 1, 0)
		p.Impact, p.Order = &query.Impact{Value: 1, Weight: 0}, []query.Order{{By: query.OrderByRank}}
		check(t, s, p, 6, query.Row{Groups: group("standard"), Values: []float64{2, 150.5, 30}, Rank: 1})
	})
	t.Run("in buckets", func(t *testing.T) {
		p := plan(0)
		p.Buckets = &query.Buckets{Start: epoch - 1000, Width: 1000, Count: 1001}
		p.Where = all(not(texts("country", "")))
		check(t, s, p, 3, inBucket(1, "pip", 1, 20, 10), inBucket(1, "standard", 1, 100, 10), inBucket(2, "standard", 1, 50.5, 20))
	})
	t.Run("with has", func(t *testing.T) {
		p := plan(0)
		p.Has, p.Where = column("country"), all(compare("watch_time", "<", 20))
		check(t, s, p, 2, row(group("pip"), 1, 20, 10), row(group("standard"), 1, 100, 10))
	})
	t.Run("an element that is there twice counts twice; without parts it is whole", func(t *testing.T) {
		p := plan(0)
		p.Each.Column, p.Values = column("video_cdn_trace"), values("count()")
		check(t, s, p, 2, row(group("a"), 2), row(group("b"), 1))
	})
	for _, law := range []struct {
		law   string
		where query.ElementCondition
		want  float64 // elements
	}{
		{"one of several texts", query.ElementCondition{Texts: []string{"pip", "standard"}}, 4},
		{"neither", query.ElementCondition{Not: true, Texts: []string{"pip", "standard"}}, 4},
		{"not known", query.ElementCondition{Texts: []string{""}}, 1},
		{"another part, also where it is missing", query.ElementCondition{Part: 1, Texts: []string{""}}, 2},
		{"inside, whatever the case", query.ElementCondition{Contains: "iP"}, 3},
		{"not inside", query.ElementCondition{Not: true, Contains: "iP"}, 5},
		{"inside beyond ASCII, whatever the case", query.ElementCondition{Contains: "é"}, 1},
		{"no pattern", query.ElementCondition{Contains: "%_'"}, 1},
		{"nothing is inside everything", query.ElementCondition{Contains: ""}, 8},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := plan()
			p.Each.Where, p.Values = []query.ElementCondition{law.where}, values("count()")
			check(t, s, p, 1, row(nil, law.want))
		})
	}
	t.Run("all conditions hold", func(t *testing.T) {
		p := plan(0)
		p.Each.Where = []query.ElementCondition{{Contains: "p"}, {Not: true, Texts: []string{"PIP"}}, {Part: 1, Not: true, Texts: []string{"20"}}}
		check(t, s, p, 1, row(group("pip"), 1, 3, 80))
	})
	for _, law := range []struct {
		law   string
		where query.Condition
		want  []int
	}{
		{"the first part", first("playback_mode_playing_times", "pip"), []int{1, 4}},
		{"the first part is whole", first("playback_mode_playing_times", "pi"), nil},
		{"the only part", first("playback_mode_playing_times", "short"), []int{4}},
		{"not a second part", first("playback_mode_playing_times", "100"), nil},
		{"the first part that is not known", first("playback_mode_playing_times", ""), []int{4}},
		{"none with it, also of empty lists", not(first("playback_mode_playing_times", "standard")), []int{3, 4, 6}},
		{"wildcards are data", first("playback_mode_playing_times", "É%_'"), []int{4}},
		{"of a list without parts", first("video_cdn_trace", "b"), []int{6}},
	} {
		t.Run(law.law, func(t *testing.T) {
			got := listedNumbers(t, s, &query.ListPlan{Scope: around(law.where), Ascending: true, Limit: 100})
			slices.Sort(got)
			if diff := cmp.Diff(law.want, got); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
		})
	}
}

// inBucket is a row of a bucket with one group.
func inBucket(bucket int, group string, v ...float64) query.Row {
	return query.Row{Bucket: bucket, Groups: []string{group}, Values: v}
}
