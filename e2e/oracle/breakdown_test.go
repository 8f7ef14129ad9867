package oracle

import (
	"cmp"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// row is a metric for one value of a dimension.
type row struct {
	Field   *string
	Value   *float64
	Views   int
	Watch   float64 `json:"total_watch_time"`
	Playing float64 `json:"total_playing_time"`
	Impact  int     `json:"negative_impact"`
}

// askBreakdowns asks for each metric by each of its measurements, by some
// dimension and in some order.
func askBreakdowns(t *testing.T, w *world, random *rand.Rand) {
	orders := []string{"", "negative_impact", "value", "views", "field"}
	directions := []string{"", "asc", "desc"}
	dimensions := append(slices.Clone(filterable), "", "video_cdn_trace", "video_cdn_trace", "custom_1", "asn")
	i := 0
	for _, m := range metrics {
		for _, way := range m.ways {
			for range 2 {
				dimension := dimensions[random.IntN(len(dimensions))]
				checkBreakdown(t, w, m, way, dimension, orders[i%5], directions[i/5%3], w.filtered(random))
				i++
			}
		}
	}
}

func checkBreakdown(t *testing.T, w *world, m *metric, way, dimension, order, direction string, s *scope) {
	t.Helper()
	a, q := get[[]row](t, w, "metrics/"+m.id+"/breakdown",
		s.with("measurement", way, "group_by", dimension, "order_by", order, "order_direction", direction, "limit", "1000"))
	if dimension == "" {
		dimension = "country"
	}
	groups := group(m.having(s.within(w.views, m.time)), dimension)
	if a.Total == nil || *a.Total != len(groups) || len(a.Data) != min(1000, len(groups)) || a.Meta.Aggregation != m.aggregation() {
		t.Errorf("%s: total %v, %d rows, aggregation %s; want %d groups and %s",
			q, pointee(a.Total), len(a.Data), a.Meta.Aggregation, len(groups), m.aggregation())
	}
	seen := map[string]bool{}
	for _, r := range a.Data {
		views := groups[text(r.Field)]
		if seen[text(r.Field)] {
			t.Errorf("%s: %q is there twice", q, text(r.Field))
		}
		seen[text(r.Field)] = true
		got, want := totals{r.Views, r.Watch, r.Playing}, totalsOf(views)
		if value := m.value(views, way); got != want || !near(number(r.Value), value, m.slack) {
			t.Errorf("%s: %q: value %v and %+v; want %v and %+v", q, text(r.Field), number(r.Value), got, value, want)
		}
	}
	if !slices.IsSortedFunc(a.Data, func(x, y row) int { return compareRows(x, y, dimension, order, direction) }) {
		t.Errorf("%s: rows are not in order: %s", q, describe(a.Data))
	}
	if len(groups) <= 1000 {
		checkRanks(t, q, m, way, dimension, groups, a.Data)
	}
}

// compareRows is the order of rows: by the chosen key, then by the field.
func compareRows(a, b row, dimension, order, direction string) int {
	down := direction != "asc"
	c := 0
	switch order {
	case "field":
		return compareFields(dimension, text(a.Field), text(b.Field), direction == "desc")
	case "value":
		c = compareNumbers(number(a.Value), number(b.Value), down)
	case "negative_impact": // the most harmful first is descending
		c = compareNumbers(float64(a.Impact), float64(b.Impact), !down)
	default:
		c = compareNumbers(float64(a.Views), float64(b.Views), down)
	}
	return cmp.Or(c, compareFields(dimension, text(a.Field), text(b.Field), false))
}

// harms is by how much a group hurts a metric: how bad its value is, times its
// views. What is bad is low for scores and rates, where the best group is the
// measure of the others, and high for all else.
func harms(m *metric, way string, groups map[string][]*view) map[string]float64 {
	best := -1.0
	for _, views := range groups {
		if x := m.value(views, way); known(x) {
			best = max(best, x)
		}
	}
	list := map[string]float64{}
	for field, views := range groups {
		bad := m.value(views, way)
		switch {
		case m.score():
			bad = 1 - bad
		case m.better == "higher":
			bad = best - bad
		}
		list[field] = bad * float64(len(views))
	}
	return list
}

// checkRanks checks that rows are numbered from the most harmful on. Equal
// harm is ordered by views and field where it is equal without rounding.
func checkRanks(t *testing.T, q asked, m *metric, way, dimension string, groups map[string][]*view, rows []row) {
	t.Helper()
	harm := harms(m, way, groups)
	ranked := slices.SortedFunc(slices.Values(rows), func(a, b row) int { return cmp.Compare(a.Impact, b.Impact) })
	for i, r := range ranked {
		if r.Impact != i+1 {
			t.Errorf("%s: ranks are not 1 to %d: %s", q, len(rows), describe(ranked))
			return
		}
		if i == 0 {
			continue
		}
		last := ranked[i-1]
		worse, better := harm[text(last.Field)], harm[text(r.Field)]
		slack := m.slack*float64(max(r.Views, last.Views))*2 + 1e-9*max(worse, better)
		whole := worse == better && math.Trunc(worse) == worse
		tie := cmp.Or(cmp.Compare(r.Views, last.Views), compareFields(dimension, text(last.Field), text(r.Field), false))
		if better > worse+slack || !known(worse) && known(better) || whole && m.slack == 0 && tie > 0 {
			t.Errorf("%s: %q with harm %v has rank %d, before %q with %v", q, text(last.Field), worse, last.Impact, text(r.Field), better)
		}
	}
}

// describe writes rows for the message of a failure.
func describe(rows []row) []any {
	var list []any
	for _, r := range rows[:min(len(rows), 30)] {
		list = append(list, []any{text(r.Field), number(r.Value), r.Views, r.Impact})
	}
	return list
}

// askEveryDimension groups and filters by each dimension that is listed. Those
// that no player tells have null for each view.
func askEveryDimension(t *testing.T, w *world, _ *rand.Rand) {
	lists, _ := get[struct{ Basic, Advanced []string }](t, w, "dimensions", nil)
	all := slices.Concat(lists.Data.Basic, lists.Data.Advanced)
	if len(all) != 22+84 {
		t.Errorf("%d dimensions are listed, want 106", len(all))
	}
	views := metricOf("views")
	for _, dimension := range append(all, "ad_playback_failure", "content_playback_failure",
		"preroll_ad_asset_hostname", "preroll_ad_tag_hostname", "preroll_played", "preroll_requested") {
		checkBreakdown(t, w, views, "count", dimension, "", "", everything())
		s := everything()
		s.query.Set("filters[]", dimension+":")
		s.match = append(s.match, func(v *view) bool { return v.dims[dimension] == "" })
		checkCount(t, w, s)
	}
}

// askPages reads breakdowns page by page: together they are the whole, ranked
// over all rows, and a page past the end is empty.
func askPages(t *testing.T, w *world, random *rand.Rand) {
	for range 25 {
		m := metrics[random.IntN(len(metrics))]
		dimension := []string{"custom_1", "video_title", "view_session_id", "viewer_user_id", "view_dropped_frame_count"}[random.IntN(5)]
		s := w.filtered(random)
		order := []string{"", "negative_impact", "value", "views", "field"}[random.IntN(5)]
		ask := func(limit, page int) []row {
			a, _ := get[[]row](t, w, "metrics/"+m.id+"/breakdown", s.with("group_by", dimension, "order_by", order,
				"limit", strconv.Itoa(limit), "page", strconv.Itoa(page)))
			return a.Data
		}
		whole := ask(1000, 1)
		limit := max(3, len(whole)/3+random.IntN(5))
		var pages []row
		for page := 1; page <= 10; page++ {
			rows := ask(limit, page)
			pages = append(pages, rows...)
			if len(rows) == 0 {
				break
			}
		}
		if len(whole) < 1000 && !slices.EqualFunc(whole, pages, func(a, b row) bool {
			return text(a.Field) == text(b.Field) && near(number(a.Value), number(b.Value), 0) && a.Views == b.Views && a.Impact == b.Impact
		}) {
			t.Errorf("%s by %s, %s, in pages of %d: %s; want %s", m.id, asked{dimension, url.Values(s.query)}, order, limit, describe(pages), describe(whole))
		}
	}
}
