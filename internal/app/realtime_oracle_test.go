package app

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"playhead/internal/api"
	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/simulate"
	"playhead/internal/store/memory"
)

// oracle holds the answers of the API about real-time numbers against what was
// so in truth, which knows nothing of spans, memory or plans.
type oracle struct {
	*tenMinutes
	engine query.Realtime
	api    http.Handler
	now    time.Time // by the clock of the API
}

func (w *tenMinutes) ask(t *testing.T, engine query.Realtime, now time.Time) *oracle {
	t.Helper()
	o := &oracle{tenMinutes: w, engine: engine, now: now}
	var err error
	o.api, err = api.New(api.Config{
		Engine: memory.New(), Records: w.App.records, Realtime: engine, Clock: func() time.Time { return o.now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// knownOf are the dimensions that numbers are filtered and grouped by, with what the
// truth says of it; null is "".
var knownOf = map[string]func(*simulate.Truth, *simulate.State) string{
	"asn":              func(v *simulate.Truth, _ *simulate.State) string { return strconv.Itoa(v.ASN) },
	"cdn":              func(_ *simulate.Truth, s *simulate.State) string { return s.CDN },
	"country":          func(v *simulate.Truth, _ *simulate.State) string { return v.Country },
	"operating_system": func(v *simulate.Truth, _ *simulate.State) string { return v.System },
	"player_name":      func(v *simulate.Truth, _ *simulate.State) string { return v.Player },
	"region":           func(*simulate.Truth, *simulate.State) string { return "" },
	"stream_type":      func(v *simulate.Truth, _ *simulate.State) string { return v.StreamType },
	"sub_property_id":  func(v *simulate.Truth, _ *simulate.State) string { return v.Part },
	"video_series":     func(v *simulate.Truth, _ *simulate.State) string { return v.Series },
	"video_title":      func(v *simulate.Truth, _ *simulate.State) string { return v.VideoTitle },
	"view_has_ad":      func(v *simulate.Truth, _ *simulate.State) string { return strconv.FormatBool(v.Attempts > 0) },
}

// oracleFilters are the filters that everything is asked with.
var oracleFilters = [][]string{
	nil,
	{"country:DE"},
	{"country:DE", "country:US"},
	{"!country:US"},
	{"!country:US", "!country:DE"},
	{"cdn:skyhop"},
	{"cdn:skyhop", "cdn:harbor"},
	{"!cdn:northlight"},
	{"country:DE", "cdn:skyhop", "!operating_system:iOS"},
	{"asn:3320", "!stream_type:live"},
	{"view_has_ad:true", "player_name:site"},
	{"video_series:"}, // those of none
	{"!video_series:"},
	{"video_title:nobody has that"},
	{"!video_title:nobody has that"},
	{"region:"},
}

// keeps tells whether the truth says of a viewer in a state what filters want:
// of those about one dimension, one of them, and of all that exclude none.
func keeps(filters []string, v *simulate.Truth, s *simulate.State) bool {
	wanted, found := map[string]bool{}, map[string]bool{}
	for _, f := range filters {
		f, not := strings.CutPrefix(f, "!")
		dimension, value, _ := strings.Cut(f, ":")
		is := knownOf[dimension](v, s) == value
		switch {
		case not && is:
			return false
		case !not:
			wanted[dimension] = true
			found[dimension] = found[dimension] || is
		}
	}
	return len(wanted) == 0 || !slices.ContainsFunc(keysOf(wanted), func(d string) bool { return !found[d] })
}

func keysOf(m map[string]bool) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// truth is the ticks from one time to another, both included.
func (o *oracle) truth(from, to time.Time, filters []string) []simulate.Tick {
	whom := func(v *simulate.Truth, s *simulate.State) bool { return keeps(filters, v, s) }
	return slices.Collect(simulate.TicksOf(o.truths, from.Add(-simulate.TickEvery), to, whom))
}

// oracleFormulas are the metrics as their definitions have them.
var oracleFormulas = map[string]func(*simulate.Tick) (above, below float64){
	"current-average-bitrate":          func(t *simulate.Tick) (float64, float64) { return float64(t.Bitrate), float64(t.BitrateViewers) },
	"current-concurrent-viewers":       func(t *simulate.Tick) (float64, float64) { return float64(t.Concurrent), 1 },
	"current-rebuffering-percentage":   func(t *simulate.Tick) (float64, float64) { return float64(t.RebufferTime), float64(t.WatchTime) },
	"exits-before-video-start":         func(t *simulate.Tick) (float64, float64) { return float64(t.Exits), float64(t.StartAttempts) },
	"playback-failure-percentage":      func(t *simulate.Tick) (float64, float64) { return float64(t.Failures), float64(t.Concurrent) },
	"video-startup-failure-percentage": func(t *simulate.Tick) (float64, float64) { return float64(t.StartupFailures), float64(t.StartAttempts) },
}

// oracleValue is a metric of a tick; nil is null.
func oracleValue(metric string, t *simulate.Tick) *float64 {
	above, below := oracleFormulas[metric](t)
	if below == 0 {
		return nil
	}
	value := above / below
	return &value
}

// isNear compares metrics.
func isNear(got, want *float64) bool {
	if got == nil || want == nil {
		return got == want
	}
	return math.Abs(*got-*want) <= 1e-12*max(1, math.Abs(*want))
}

// get asks the API.
func (o *oracle) get(t *testing.T, into any, path string, params url.Values) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/data/v1/monitoring/metrics/"+path+"?"+params.Encode(), nil)
	r.SetBasicAuth("id", "secret")
	answer := httptest.NewRecorder()
	o.api.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s?%s: status %d: %s", path, params.Encode(), answer.Code, answer.Body)
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &struct{ Data any }{into}); err != nil {
		t.Fatalf("%s?%s: %v", path, params.Encode(), err)
	}
}

// checkTicks compares all that metrics are computed from, and then each metric of
// the timeseries, of viewers that filters keep.
func (o *oracle) checkTicks(t *testing.T, filters []string) {
	t.Helper()
	var want []simulate.Tick
	for metric := range oracleFormulas {
		var points []struct {
			Value      *float64
			Date       time.Time
			Concurrent int `json:"concurrent_viewers"`
		}
		o.get(t, &points, metric+"/timeseries", url.Values{"filters[]": filters})
		if len(points) != 360 {
			t.Fatalf("%s: %d points, want 360", metric, len(points))
		}
		if want == nil {
			want = o.truth(points[0].Date, points[len(points)-1].Date, filters)
			o.checkParts(t, filters, want)
		}
		for i, p := range points {
			w := &want[i]
			if at, value := time.UnixMilli(w.At), oracleValue(metric, w); !p.Date.Equal(at) || p.Concurrent != w.Concurrent || !isNear(p.Value, value) {
				t.Errorf("%s of %v at %s: %s of %d viewers, in truth at %s %s of %d",
					metric, filters, p.Date, shown(p.Value), p.Concurrent, at.UTC(), shown(value), w.Concurrent)
				return
			}
		}
	}
}

func shown(n *float64) string {
	if n == nil {
		return "null"
	}
	return strconv.FormatFloat(*n, 'g', -1, 64)
}

// parts are the truth of a tick in the form of the engine.
func parts(t *simulate.Tick) query.Tick {
	return query.Tick{
		Concurrent: int64(t.Concurrent), StartingUp: int64(t.StartingUp), WatchTime: t.WatchTime, RebufferTime: t.RebufferTime,
		StartAttempts: int64(t.StartAttempts), Exits: int64(t.Exits), Failures: int64(t.Failures), StartupFailures: int64(t.StartupFailures),
		Bitrate: t.Bitrate, BitrateViewers: int64(t.BitrateViewers),
	}
}

// checkParts compares what metrics are computed from with the truth.
func (o *oracle) checkParts(t *testing.T, filters []string, want []simulate.Tick) {
	t.Helper()
	p, err := query.RealtimeTimeseries(query.Request{
		Environment: o.environment, Metric: "current-concurrent-viewers", Filters: filters, Now: o.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	points, err := p.Points(t.Context(), o.engine)
	if err != nil {
		t.Fatal(err)
	}
	for i := range points {
		if w := parts(&want[i]); points[i] != w {
			t.Errorf("%v at %s:\n%+v, in truth\n%+v", filters, time.UnixMilli(want[i].At).UTC(), points[i], w)
			return
		}
	}
}

// checkBreakdowns compares each metric for each value of a dimension: over the ten
// minutes before a time, and at some moments of them.
func (o *oracle) checkBreakdowns(t *testing.T, dimension string, end time.Time, filters []string) {
	t.Helper()
	from := end.Add(-10 * time.Minute)
	want := o.groups(dimension, from, end.Add(-simulate.TickEvery), filters)
	n := 0
	for metric := range oracleFormulas {
		var steps []struct {
			Date   time.Time
			Values []oracleGroup
		}
		o.get(t, &steps, metric+"/breakdown-timeseries", url.Values{
			"dimension": {dimension}, "filters[]": filters, "limit": {"100"},
			"timeframe[]": {strconv.FormatInt(from.Unix(), 10), strconv.FormatInt(end.Unix(), 10)},
		})
		if len(steps) != len(want) {
			t.Fatalf("%s by %s: %d steps, want %d", metric, dimension, len(steps), len(want))
		}
		for i, step := range steps {
			if !step.Date.Equal(from.Add(time.Duration(i) * simulate.TickEvery)) {
				t.Fatalf("%s by %s: step %d is of %s", metric, dimension, i, step.Date)
			}
			checkGroups(t, fmt.Sprintf("%s of %v by %s at %s", metric, filters, dimension, step.Date), metric, step.Values, want[i])
		}
		for range 4 {
			n = (n + 37) % len(want)
			at := from.Add(time.Duration(n) * simulate.TickEvery)
			var rows []oracleGroup
			o.get(t, &rows, metric+"/breakdown", url.Values{
				"dimension": {dimension}, "filters[]": filters, "timestamp": {strconv.FormatInt(at.Unix(), 10)},
			})
			checkGroups(t, fmt.Sprintf("%s of %v by %s in the moment %s", metric, filters, dimension, at), metric, rows, want[n])
		}
	}
}

// oracleGroup is a group of a breakdown.
type oracleGroup struct {
	Value      *string
	Metric     *float64 `json:"metric_value"`
	Concurrent int      `json:"concurrent_viewers"`
	StartingUp int      `json:"starting_up_viewers"`
}

// groups is what breakdowns have to say in truth: for each tick the groups in
// which there was anything, by their values.
func (o *oracle) groups(dimension string, from, to time.Time, filters []string) []map[string]simulate.Tick {
	of := knownOf[dimension]
	members := map[string][]simulate.Truth{} // views that are in a group at any time
	for i := range o.truths {
		v := &o.truths[i]
		seen := map[string]bool{}
		for k := range v.States {
			if value := of(v, &v.States[k]); !seen[value] {
				seen[value] = true
				members[value] = append(members[value], *v)
			}
		}
	}
	list := make([]map[string]simulate.Tick, int(to.Sub(from)/simulate.TickEvery)+1)
	for i := range list {
		list[i] = map[string]simulate.Tick{}
	}
	for value, views := range members {
		whom := func(v *simulate.Truth, s *simulate.State) bool { return of(v, s) == value && keeps(filters, v, s) }
		i := 0
		for tick := range simulate.TicksOf(views, from.Add(-simulate.TickEvery), to, whom) {
			if parts(&tick) != (query.Tick{}) {
				list[i][value] = tick
			}
			i++
		}
	}
	return list
}

// checkGroups compares the groups of a tick.
func checkGroups(t *testing.T, name, metric string, got []oracleGroup, want map[string]simulate.Tick) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d groups, in truth %d", name, len(got), len(want))
	}
	for _, g := range got {
		value := ""
		if g.Value != nil {
			value = *g.Value
		}
		w, ok := want[value]
		is := oracleValue(metric, &w)
		if !ok || g.Concurrent != w.Concurrent || g.StartingUp != w.StartingUp || !isNear(g.Metric, is) {
			t.Errorf("%s: %q is %s, %d viewers, %d starting; in truth %s, %d, %d",
				name, value, shown(g.Metric), g.Concurrent, g.StartingUp, shown(is), w.Concurrent, w.StartingUp)
		}
	}
}

// check compares everything.
func (o *oracle) check(t *testing.T) {
	t.Helper()
	for _, filters := range oracleFilters {
		o.checkTicks(t, filters)
		o.checkHistogram(t, filters)
	}
	for i, d := range catalog.RealtimeDimensions {
		o.checkBreakdowns(t, d.Name, o.until, nil)
		o.checkBreakdowns(t, d.Name, o.until.Add(time.Minute), oracleFilters[1+i])
	}
}
