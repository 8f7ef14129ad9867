package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
)

// testSets checks plans over several dimensions at once. Nobody knows the cdn
// of a view; two countries, a browser and two failures are not known.
func testSets(t *testing.T, s Store) {
	commit(t, s,
		Fields{"country": "US", "asn": 7, "playback_failure": true, "browser": "US", "seek_latency": 1},
		Fields{"country": "US", "asn": 10, "playback_failure": false, "browser": "Safari", "seek_latency": 3},
		Fields{"country": "DE", "asn": 7, "playback_failure": false, "browser": "Safari", "seek_latency": 8},
		Fields{"asn": 0, "browser": "Safari"},
		Fields{"asn": 0, "environment_id": "other", "cdn": "x"},
		Fields{"video_cdn_trace": []string{"a"}, "seek_latency": 4},
	)
	plan := func(names ...string) *query.Plan {
		return &query.Plan{
			Scope: around(), Sets: by(t, names...), Values: values("avg(seek_latency)", "count()"),
			Order: []query.Order{{By: query.OrderByGroup}},
		}
	}
	row := func(set int, group string, rank int, v ...float64) query.Row {
		return query.Row{Set: set, Groups: []string{group}, Values: v, Rank: rank}
	}
	all := &query.Row{Values: []float64{4, 5}}
	check := func(t *testing.T, p *query.Plan, total int, all *query.Row, rows ...query.Row) {
		t.Helper()
		if diff := difference(&query.Result{Rows: rows, Total: total, All: all}, aggregate(t, s, p)); diff != "" {
			t.Errorf("Aggregate (-want +got):\n%s", diff)
		}
	}
	t.Run("each dimension has a row for each of its values, and null is one of them", func(t *testing.T) {
		check(t, plan("country", "asn", "playback_failure", "browser", "video_cdn_trace"), 15, all,
			row(0, "DE", 0, 8, 1), row(0, "US", 0, 2, 2), row(0, "", 0, 4, 2),
			row(1, "0", 0, null, 1), row(1, "7", 0, 4.5, 2), row(1, "10", 0, 3, 1), row(1, "", 0, 4, 1),
			row(2, "false", 0, 5.5, 2), row(2, "true", 0, 1, 1), row(2, "", 0, 4, 2),
			row(3, "Safari", 0, 5.5, 3), row(3, "US", 0, 1, 1), row(3, "", 0, 4, 1),
			row(4, "\x1fa\x1f", 0, 4, 1), row(4, "", 0, 4, 4))
	})
	t.Run("a dimension that no view knows a value of has no rows", func(t *testing.T) {
		check(t, plan("cdn", "country", "video_title"), 3, all, row(1, "DE", 0, 8, 1), row(1, "US", 0, 2, 2), row(1, "", 0, 4, 2))
		check(t, plan("cdn"), 0, all)
	})
	t.Run("a dimension of which all views know one value has one row", func(t *testing.T) {
		check(t, plan("environment_id", "cdn"), 1, all, row(0, environment, 0, 4, 5))
	})
	t.Run("the same with conditions and has", func(t *testing.T) {
		p := plan("country", "asn", "browser")
		p.Where, p.Has = []query.Condition{not(texts("country", "US"))}, column("seek_latency")
		check(t, p, 6, &query.Row{Values: []float64{6, 2}},
			row(0, "DE", 0, 8, 1), row(0, "", 0, 4, 1), row(1, "7", 0, 8, 1), row(1, "", 0, 4, 1),
			row(2, "Safari", 0, 8, 1), row(2, "", 0, 4, 1))
	})
	t.Run("no views have no rows, and values of nothing", func(t *testing.T) {
		p := plan("country", "asn")
		p.Where = []query.Condition{texts("country", "nowhere")}
		check(t, p, 0, &query.Row{Values: []float64{null, 0}})
		check(t, page(p, 5, 5), 0, &query.Row{Values: []float64{null, 0}})
	})
	t.Run("groups descend within their set", func(t *testing.T) {
		p := plan("playback_failure", "country")
		p.Order = []query.Order{{By: query.OrderByGroup, Descending: true}}
		check(t, p, 6, all,
			row(0, "true", 0, 1, 1), row(0, "false", 0, 5.5, 2), row(0, "", 0, 4, 2),
			row(1, "US", 0, 2, 2), row(1, "DE", 0, 8, 1), row(1, "", 0, 4, 2))
	})
	for _, law := range []struct {
		law  string
		kind query.ImpactKind
		want []query.Row // by rank
	}{
		// Above 4, times the views: Safari 1.5×3 and false 1.5×2, DE 4×1, nulls 0; US −2×2, true −3×1.
		{"harm above the value of all views, ranked over all sets", query.ImpactAbove, []query.Row{
			row(0, "Safari", 1, 5.5, 3), row(1, "DE", 2, 8, 1), row(2, "false", 3, 5.5, 2), row(1, "", 4, 4, 2), row(2, "", 5, 4, 2),
			row(0, "", 6, 4, 1), row(0, "US", 7, 1, 1), row(2, "true", 8, 1, 1), row(1, "US", 9, 2, 2),
		}},
		{"harm below the value of all views", query.ImpactBelow, []query.Row{
			row(1, "US", 1, 2, 2), row(0, "US", 2, 1, 1), row(2, "true", 3, 1, 1), row(1, "", 4, 4, 2), row(2, "", 5, 4, 2),
			row(0, "", 6, 4, 1), row(2, "false", 7, 5.5, 2), row(1, "DE", 8, 8, 1), row(0, "Safari", 9, 5.5, 3),
		}},
		// 8 is the best of all sets: US (country) 6×2, Safari 2.5×3 …
		{"harm below the best group of all sets", query.ImpactBest, []query.Row{
			row(1, "US", 1, 2, 2), row(1, "", 2, 4, 2), row(2, "", 3, 4, 2), row(0, "Safari", 4, 5.5, 3),
			row(0, "US", 5, 1, 1), row(2, "true", 6, 1, 1), row(2, "false", 7, 5.5, 2), row(0, "", 8, 4, 1), row(1, "DE", 9, 8, 1),
		}},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := plan("browser", "country", "playback_failure", "cdn")
			p.Impact = &query.Impact{Value: 0, Weight: 1, Kind: law.kind}
			p.Order = []query.Order{{By: query.OrderByRank}}
			check(t, p, 9, all, law.want...)
			check(t, page(p, 4, 3), 9, all, law.want[3:7]...)
			check(t, page(p, 4, 7), 9, all, law.want[7:]...)
			check(t, page(p, 4, 9), 9, all)
			check(t, page(p, 0, 8), 9, all, law.want[8:]...)
		})
	}
	t.Run("sets that sort by a value", func(t *testing.T) {
		p := plan("browser", "country")
		p.Order = []query.Order{{By: 1, Descending: true}, {By: 0}}
		var got []string
		for _, r := range aggregate(t, s, p).Rows {
			got = append(got, p.Sets[r.Set].Name+" "+r.Groups[0])
		}
		want := []string{"browser Safari", "country US", "country ", "browser US", "browser ", "country DE"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
	})
}
