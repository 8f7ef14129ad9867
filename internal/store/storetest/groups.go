package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
	"playhead/internal/view"
)

// testGroups checks how the values of each kind of dimension are written.
func testGroups(t *testing.T, s Store) {
	commit(t, s,
		Fields{"video_title": `O'Neil\`, "playback_failure": true, "asn": 10, "video_source_fps": 23.976, "video_cdn_trace": []string{"a", "b"}, "video_startup_time": 5},
		Fields{"video_title": `O'Neil\`, "playback_failure": false, "asn": 9, "video_source_fps": 25, "video_cdn_trace": []string{"b", "a"}, "video_startup_time": 7},
		Fields{"video_title": "Z", "playback_failure": true, "asn": 4294967295, "video_source_fps": 1234567.5, "video_cdn_trace": []string{"a"}},
		Fields{"video_title": "a", "asn": 0, "video_source_fps": 0.1, "video_startup_time": 9},
		Fields{"video_title": "é 🎬"},
		Fields{"video_title": " Z"},
	)
	for _, law := range []struct {
		law, dimension string
		want           []string // groups and how often, ascending
		count          []float64
	}{
		{"texts sort by their bytes and null is the empty text, last", "video_title", []string{" Z", `O'Neil\`, "Z", "a", "é 🎬"}, []float64{1, 2, 1, 1, 1}},
		{"booleans are true and false", "playback_failure", []string{"false", "true", ""}, []float64{1, 2, 3}},
		{"whole numbers sort as numbers", "asn", []string{"0", "9", "10", "4294967295", ""}, []float64{1, 1, 1, 1, 2}},
		{"fractions have no needless digits and no exponent", "video_source_fps", []string{"0.1", "23.976", "25", "1234567.5", ""}, []float64{1, 1, 1, 1, 2}},
		{"traces are as they are kept", "video_cdn_trace", []string{view.JoinList([]string{"a"}), view.JoinList([]string{"a", "b"}), view.JoinList([]string{"b", "a"}), ""}, []float64{1, 1, 1, 3}},
		{"a dimension that no view knows is one group", "cdn", []string{""}, []float64{6}},
		{"an identity column", "environment_id", []string{environment}, []float64{6}},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := &query.Plan{Scope: around(), Values: values("count()"), GroupBy: by(t, law.dimension), Order: []query.Order{{By: query.OrderByGroup}}}
			var rows []query.Row
			for i, g := range law.want {
				rows = append(rows, query.Row{Groups: []string{g}, Values: []float64{law.count[i]}})
			}
			check(t, s, p, len(rows), rows...)
		})
	}

	failures := func() *query.Plan {
		return &query.Plan{
			Scope: around(), GroupBy: by(t, "playback_failure"), Order: []query.Order{{By: query.OrderByGroup}},
			Values: values("count()", "avg(video_startup_time)", "sum(video_startup_time)", "quantile(video_startup_time, 0.5)", "count() when playback_failure"),
		}
	}
	t.Run("formulas see only the views of their group", func(t *testing.T) {
		check(t, s, failures(), 3,
			query.Row{Groups: []string{"false"}, Values: []float64{1, 7, 7, 7, 0}},
			query.Row{Groups: []string{"true"}, Values: []float64{2, 5, 5, 5, 2}},
			query.Row{Groups: []string{""}, Values: []float64{3, 9, 9, 9, 0}})
	})
	t.Run("a group without a value of the metric is not there", func(t *testing.T) {
		p := failures()
		p.GroupBy, p.Has, p.Values = by(t, "asn"), column("video_startup_time"), values("count()")
		check(t, s, p, 3,
			query.Row{Groups: []string{"0"}, Values: []float64{1}},
			query.Row{Groups: []string{"9"}, Values: []float64{1}},
			query.Row{Groups: []string{"10"}, Values: []float64{1}})
	})
	t.Run("no view gives no group", func(t *testing.T) {
		p := failures()
		p.Where = all(texts("country", "nowhere"))
		check(t, s, p, 0)
	})
	t.Run("conditions hold for the views of a group", func(t *testing.T) {
		p := failures()
		p.Where, p.Values = all(texts("video_title", `O'Neil\`)), values("count()")
		check(t, s, p, 2, query.Row{Groups: []string{"false"}, Values: []float64{1}}, query.Row{Groups: []string{"true"}, Values: []float64{1}})
	})
}

// countries makes views of each country: as many as it has values of the
// column, where a NaN is null.
func countries(columnName string, all ...[]float64) []Fields {
	names := []string{"A", "B", "C", "D", "E", ""}
	var made []Fields
	for i, list := range all {
		for _, n := range list {
			f := Fields{"country": names[i]}
			if !math.IsNaN(n) {
				f[columnName] = n
			}
			made = append(made, f)
		}
	}
	return made
}

// groupsOf runs a plan and returns the first group of each row.
func groupsOf(t *testing.T, s Store, p *query.Plan) []string {
	t.Helper()
	names := []string{}
	for _, r := range aggregate(t, s, p).Rows {
		names = append(names, r.Groups[0])
	}
	return names
}

// testOrder checks the keys of an order on groups with ties and nulls:
// A and B have three views, C two, and the others one.
func testOrder(t *testing.T, s Store) {
	commit(t, s, countries("seek_latency",
		[]float64{1, 2, 3}, []float64{-4, -4, -4}, []float64{2, 2}, []float64{null}, []float64{100}, []float64{null})...)
	const group, rank, count, mean = query.OrderByGroup, query.OrderByRank, 0, 1
	for _, law := range []struct {
		law   string
		order []query.Order
		want  []string
	}{
		{"by group, null last", []query.Order{{By: group}}, []string{"A", "B", "C", "D", "E", ""}},
		{"by group descending, null last", []query.Order{{By: group, Descending: true}}, []string{"E", "D", "C", "B", "A", ""}},
		{"by count, then group", []query.Order{{By: count}, {By: group}}, []string{"D", "E", "", "C", "A", "B"}},
		{"what the keys leave equal ascends by group", []query.Order{{By: count}}, []string{"D", "E", "", "C", "A", "B"}},
		{"and so does everything without a key", nil, []string{"A", "B", "C", "D", "E", ""}},
		{"by count descending, then group", []query.Order{{By: count, Descending: true}, {By: group}}, []string{"A", "B", "C", "D", "E", ""}},
		{"by count descending, then group descending", []query.Order{{By: count, Descending: true}, {By: group, Descending: true}}, []string{"B", "A", "C", "E", "D", ""}},
		{"by value, nulls last", []query.Order{{By: mean}, {By: group}}, []string{"B", "A", "C", "E", "D", ""}},
		{"by value descending, nulls last", []query.Order{{By: mean, Descending: true}, {By: group}}, []string{"E", "A", "C", "B", "D", ""}},
		{"by value descending, then group descending", []query.Order{{By: mean, Descending: true}, {By: group, Descending: true}}, []string{"E", "C", "A", "B", "D", ""}},
		{"by value, then count", []query.Order{{By: mean}, {By: count}, {By: group}}, []string{"B", "C", "A", "E", "D", ""}},
		// value × views: E 100, A 6, C 4, B −12; D and the unknown country have none.
		{"by rank", []query.Order{{By: rank}}, []string{"E", "A", "C", "B", "D", ""}},
		{"by rank descending", []query.Order{{By: rank, Descending: true}}, []string{"", "D", "B", "C", "A", "E"}},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := &query.Plan{
				Scope: around(), GroupBy: by(t, "country"), Values: values("count()", "avg(seek_latency)"), Order: law.order,
				Impact: &query.Impact{Value: mean, Weight: count},
			}
			if diff := cmp.Diff(law.want, groupsOf(t, s, p)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(law.want[1:3], groupsOf(t, s, page(p, 2, 1))); diff != "" {
				t.Errorf("groups of a page (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("whole numbers order as numbers, descending", func(t *testing.T) {
		p := &query.Plan{Scope: around(), GroupBy: by(t, "country"), Values: values("sum(seek_latency) * 1000"), Order: []query.Order{{By: 0, Descending: true}}}
		if diff := cmp.Diff([]string{"E", "A", "C"}, groupsOf(t, s, page(p, 3, 0))); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
	})
	t.Run("ranks are 0 without impact", func(t *testing.T) {
		p := &query.Plan{Scope: around(), GroupBy: by(t, "country"), Values: values("count()"), Order: []query.Order{{By: group}}}
		for _, r := range aggregate(t, s, p).Rows {
			if r.Rank != 0 {
				t.Errorf("rank of %q = %d, want 0", r.Groups[0], r.Rank)
			}
		}
	})
}

func page(p *query.Plan, limit, offset int) *query.Plan {
	q := *p
	q.Limit, q.Offset = limit, offset
	return &q
}

// testPaging checks that a page is a part of the whole, and the total is of
// the whole.
func testPaging(t *testing.T, s Store) {
	commit(t, s, countries("seek_latency", []float64{1}, []float64{2}, []float64{3}, []float64{4}, []float64{5}, []float64{6})...)
	whole := []string{"A", "B", "C", "D", "E", ""}
	for _, law := range []struct {
		law           string
		limit, offset int
		want          []string
	}{
		{"the first page", 2, 0, whole[:2]},
		{"the second page", 2, 2, whole[2:4]},
		{"a page that is not full", 4, 4, whole[4:]},
		{"a page that ends with the rows", 3, 3, whole[3:]},
		{"a page past the end", 5, 6, []string{}},
		{"a page far past the end", 1000, 2_000_000_000_000, []string{}},
		{"a limit above the rows", 1000, 0, whole},
		{"no limit", 0, 0, whole},
		{"no limit with an offset", 0, 4, whole[4:]},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := page(&query.Plan{Scope: around(), GroupBy: by(t, "country"), Values: values("avg(seek_latency)"), Order: []query.Order{{By: query.OrderByGroup}}}, law.limit, law.offset)
			if diff := cmp.Diff(law.want, groupsOf(t, s, p)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if got := aggregate(t, s, p).Total; got != len(whole) {
				t.Errorf("total of groups = %d, want %d", got, len(whole))
			}
			l := &query.ListPlan{Scope: around(), Limit: law.limit, Offset: law.offset}
			var want []int
			for _, name := range law.want {
				want = append(want, slices.Index(whole, name)+1)
			}
			if diff := cmp.Diff(want, listedNumbers(t, s, l)); diff != "" {
				t.Errorf("views (-want +got):\n%s", diff)
			}
			if got := list(t, s, l).Total; got != len(whole) {
				t.Errorf("total of views = %d, want %d", got, len(whole))
			}
		})
	}
	t.Run("a page past the end counts groups, not views", func(t *testing.T) {
		all := page(&query.Plan{Scope: around(), GroupBy: by(t, "browser"), Values: values("count()")}, 5, 5)
		if got := aggregate(t, s, all).Total; got != 1 { // six views of one unknown browser
			t.Errorf("total of groups = %d, want 1", got)
		}
	})
}

// testImpact checks ranks that were worked out by hand.
func testImpact(t *testing.T, open func(*testing.T) Store) {
	for _, law := range []struct {
		law   string
		kind  query.ImpactKind
		views [][]float64 // of the countries A to E and the unknown one
		want  []int       // their ranks
	}{
		// A and E have 10×1, as the unknown country; B 5×2, C 2×5: all 10. D is null.
		{
			"the larger the worse; ties by weight, then by group", query.ImpactValue,
			[][]float64{{10}, {5, 5}, {2, 2, 2, 2, 2}, {null, null, null}, {10}, {10}},
			[]int{3, 2, 1, 6, 4, 5},
		},
		// A 1, B −3, C 0; D null with two views, E null with three.
		{
			"nulls are last, the heavier first", query.ImpactValue,
			[][]float64{{1}, {-3}, {0, 0, 0, 0}, {null, null}, {null, null, null}, {null}},
			[]int{1, 3, 2, 5, 4, 6},
		},
		// (1 − score) × views: A 0.5×2, B 0.25×4, C 0×6, D 1×1, E 0.75×2, unknown null.
		{
			"a score is as bad as it is below 1", query.ImpactScore,
			[][]float64{{0.5, 0.5}, {0.75, 0.75, 0.75, 0.75}, {1, 1, 1, 1, 1, 1}, {0}, {0.25, 0.25}, {null}},
			[]int{3, 2, 5, 4, 1, 6},
		},
		// Below the best, 100: A 0×3, B 40×1, C 20×2, D 10×3, E null, unknown 90×1.
		{
			"below the best group", query.ImpactBest,
			[][]float64{{100, 100, 100}, {60}, {80, 80}, {90, 90, 90}, {null}, {10}},
			[]int{5, 3, 2, 4, 6, 1},
		},
		{
			"below the best group when all are negative", query.ImpactBest,
			[][]float64{{-1}, {-5}, {-3}},
			[]int{3, 1, 2},
		},
		{
			"the best of no values", query.ImpactBest,
			[][]float64{{null}, {null, null}},
			[]int{2, 1},
		},
	} {
		t.Run(law.law, func(t *testing.T) {
			s := open(t)
			commit(t, s, countries("seek_latency", law.views...)...)
			p := &query.Plan{
				Scope: around(), GroupBy: by(t, "country"), Values: values("avg(seek_latency)", "count()"),
				Impact: &query.Impact{Value: 0, Weight: 1, Kind: law.kind}, Order: []query.Order{{By: query.OrderByGroup}},
			}
			ranks := func(p *query.Plan) []int {
				list := []int{}
				for _, r := range aggregate(t, s, p).Rows {
					list = append(list, r.Rank)
				}
				return list
			}
			if diff := cmp.Diff(law.want, ranks(p)); diff != "" {
				t.Errorf("ranks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(law.want[1:2], ranks(page(p, 1, 1))); diff != "" {
				t.Errorf("ranks are not of all rows: those of a page (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("only views of the plan count", func(t *testing.T) {
		s := open(t)
		commit(t, s,
			Fields{"country": "A", "seek_latency": 100, "asn": 1}, Fields{"country": "B", "seek_latency": 50, "asn": 1},
			Fields{"country": "C", "seek_latency": 900}, Fields{"country": "B", "asn": 1})
		p := &query.Plan{
			Scope: around(numbers("asn", 1)), Has: column("seek_latency"), GroupBy: by(t, "country"), Values: values("count()", "max(seek_latency)"),
			Impact: &query.Impact{Value: 1, Weight: 0, Kind: query.ImpactBest}, Order: []query.Order{{By: query.OrderByRank}},
		}
		check(t, s, p, 2,
			query.Row{Groups: []string{"B"}, Values: []float64{1, 50}, Rank: 1},
			query.Row{Groups: []string{"A"}, Values: []float64{1, 100}, Rank: 2})
	})
}
