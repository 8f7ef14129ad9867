package oracle

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// insight is a metric for one value of one dimension.
type insight struct {
	Dimension string  `json:"filter_column"`
	Value     *string `json:"filter_value"`
	Metric    *float64
	Score     *float64 `json:"negative_impact_score"`
	Views     int      `json:"total_views"`
	Watch     float64  `json:"total_watch_time"`
	Playing   float64  `json:"total_playing_time"`
}

// singular are the dimensions that insights leave out: their values are single
// viewers, sessions or pages.
var singular = []string{"viewer_user_id", "view_session_id", "page_url"}

// askInsights asks what hurts each metric, and some of them page by page.
func askInsights(t *testing.T, w *world, random *rand.Rand) {
	for i, m := range metrics {
		checkInsights(t, w, m, m.ways[random.IntN(len(m.ways))], w.filtered(random), 1000)
		if i%10 == 0 {
			checkInsights(t, w, m, "", everything(), 150+random.IntN(200))
		}
	}
}

func checkInsights(t *testing.T, w *world, m *metric, way string, s *scope, limit int) {
	t.Helper()
	var rows []insight
	var q asked
	total := 0
	for page := 1; page <= 10; page++ {
		var a answer[[]insight]
		a, q = get[[]insight](t, w, "metrics/"+m.id+"/insights",
			s.with("measurement", way, "limit", strconv.Itoa(limit), "page", strconv.Itoa(page)))
		if a.Total == nil || a.Meta.Aggregation != m.aggregation() {
			t.Errorf("%s: total %v, aggregation %q; want a number and %s", q, pointee(a.Total), a.Meta.Aggregation, m.aggregation())
			return
		}
		total = *a.Total
		rows = append(rows, a.Data...)
		if len(a.Data) < limit {
			break
		}
	}
	if way == "" {
		way = m.usual
	}
	views := m.having(s.within(w.views, m.time))
	overall := m.value(views, way)
	groups := map[[2]string][]*view{}
	for _, dimension := range dimensions(views) {
		for value, views := range group(views, dimension) {
			groups[[2]string{dimension, value}] = views
		}
	}
	if total != len(groups) || len(rows) != len(groups) {
		t.Errorf("%s: %d rows, total %d; want %d", q, len(rows), total, len(groups))
	}
	for _, r := range rows {
		key := [2]string{r.Dimension, text(r.Value)}
		if key == [2]string{"video_cdn_trace", "[]"} {
			key[1] = ""
		}
		views, ok := groups[key]
		delete(groups, key)
		value := m.value(views, way)
		score := (overall - value) * float64(len(views))
		if m.better == "higher" {
			score = -score
		}
		slack := 1e-9*float64(len(views))*max(overall, value) + 2*m.slack*float64(len(views))
		if !ok || totalsOf(views) != (totals{r.Views, r.Watch, r.Playing}) || !near(number(r.Metric), value, m.slack) || !near(number(r.Score), score, slack) {
			t.Errorf("%s: %s %q: %v with score %v, %d views, times %v and %v; want it once: %v, %v with score %v, %+v",
				q, r.Dimension, text(r.Value), number(r.Metric), number(r.Score), r.Views, r.Watch, r.Playing, ok, value, score, totalsOf(views))
		}
	}
	if !slices.IsSortedFunc(rows, func(a, b insight) int { return compareNumbers(number(a.Score), number(b.Score), false) }) {
		t.Errorf("%s: the worst do not come first", q)
	}
}

// dimensions are those that any view has a value of, but for those that
// insights leave out.
func dimensions(views []*view) []string {
	found := map[string]bool{}
	for _, v := range views {
		for dimension, value := range v.dims {
			if value != "" {
				found[dimension] = true
			}
		}
	}
	for _, dimension := range singular {
		delete(found, dimension)
	}
	return slices.Collect(maps.Keys(found))
}
