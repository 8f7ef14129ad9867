package oracle

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// overall is a metric over many views.
type overall struct {
	Value   *float64
	Views   int     `json:"total_views"`
	Watch   float64 `json:"total_watch_time"`
	Playing float64 `json:"total_playing_time"`
	Global  any     `json:"global_value"`
}

// askOverall asks for each metric by each of its measurements and names, over
// all views, over some, and over none.
func askOverall(t *testing.T, w *world, random *rand.Rand) {
	if n := len(metrics); n != metricIDs+2 {
		t.Fatalf("%d metrics, want %d and two", n, metricIDs)
	}
	for _, m := range metrics {
		for _, way := range append(m.ways, "") {
			checkOverall(t, w, m, m.id, way, everything())
			checkOverall(t, w, m, m.id, way, w.filtered(random))
		}
		for _, alias := range m.aliases {
			checkOverall(t, w, m, alias, m.ways[random.IntN(len(m.ways))], w.window(random))
		}
		nobody := everything()
		nobody.during(random, w.began-hour*24*400, hour)
		checkOverall(t, w, m, m.id, m.ways[0], nobody)
	}
}

func checkOverall(t *testing.T, w *world, m *metric, id, way string, s *scope) {
	t.Helper()
	views := m.having(s.within(w.views, m.time))
	if way == "" {
		way = m.usual
	}
	a, q := get[overall](t, w, "metrics/"+id+"/overall", s.with("measurement", way))
	want := m.value(views, way)
	if !near(number(a.Data.Value), want, m.slack) {
		t.Errorf("%s: value %v, want %v", q, number(a.Data.Value), want)
	}
	got, total := a.Data, totalsOf(views)
	if got.Views != total.views || got.Watch != total.watch || got.Playing != total.playing {
		t.Errorf("%s: %d views, watch time %v, playing time %v; want %+v", q, got.Views, got.Watch, got.Playing, total)
	}
	if a.Meta.Aggregation != m.aggregation() || a.Total == nil || *a.Total != 1 {
		t.Errorf("%s: aggregation %q, total_row_count %v; want %q and 1", q, a.Meta.Aggregation, pointee(a.Total), m.aggregation())
	}
	if s.to != 0 && a.Timeframe != [2]int64{s.from / 1000, s.to / 1000} {
		t.Errorf("%s: timeframe %v, want %d to %d", q, a.Timeframe, s.from/1000, s.to/1000)
	}
}

// totals are the sums that go with most values.
type totals struct {
	views          int
	watch, playing float64
}

func totalsOf(views []*view) totals {
	return totals{len(views), sum(values(views, "watch_time")), sum(values(views, "playing_time"))}
}

// askMeasurements asks for what makes no sense, on each kind of question. The
// answer has to list what does.
func askMeasurements(t *testing.T, w *world, _ *rand.Rand) {
	for _, m := range metrics {
		for i, way := range []string{"95th", "median", "avg", "count", "sum", "p99"} {
			if slices.Contains(m.ways, way) {
				continue
			}
			kind := []string{"overall", "breakdown", "timeseries"}[i%3]
			q := asked{"metrics/" + m.id + "/" + kind, everything().with("measurement", way)}
			status, body := w.ask(t, q)
			var refusal struct {
				Error struct {
					Type     string
					Messages []string
				}
			}
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Errorf("%s: %v in %s", q, err, body)
			}
			list := strings.Join(m.ways, ", ")
			if status != http.StatusBadRequest || refusal.Error.Type != "invalid_parameters" ||
				!strings.Contains(strings.Join(refusal.Error.Messages, " "), list) {
				t.Errorf("%s: status %d: %s; want 400 that lists %s", q, status, body, list)
			}
		}
	}
}
