package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"playhead/internal/query"
)

// toldNumbers are real-time numbers by environment: of all viewers, by the value of
// a dimension, and startup times in ms.
type toldNumbers struct {
	all      map[string]query.Tick
	by       map[string][]query.TickGroup
	startups map[string][]query.Startup
	fails    string           // the environment that fails
	unready  error            // nothing can be asked yet
	hangs    bool             // until the context ends
	behind   time.Duration    // until when is known what viewers do
	plans    []query.TickPlan // what was asked
}

func (n *toldNumbers) ask(ctx context.Context, p *query.TickPlan) error {
	n.plans = append(n.plans, *p)
	if n.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if p.Environment == n.fails {
		return errors.New("no numbers")
	}
	return nil
}

func (n *toldNumbers) Known(now time.Time) time.Time { return now.Add(-n.behind) }

func (n *toldNumbers) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	if p.GroupBy == query.NoGroups {
		return &query.Ticks{From: p.From, Groups: []query.TickGroup{{Ticks: []query.Tick{n.all[p.Environment]}}}}, n.ask(ctx, p)
	}
	return &query.Ticks{From: p.From, Groups: n.by[p.Environment]}, n.ask(ctx, p)
}

func (n *toldNumbers) Startups(ctx context.Context, p *query.TickPlan) ([]query.Startup, error) {
	return n.startups[p.Environment], n.ask(ctx, p)
}

// at is a time 17 s after the newest tick that is settled then: the newest tick is
// that of 2 s ago.
var at = time.UnixMilli(1_800_000_022_000)

func gaugesOf(n *toldNumbers, dimension string, clock func() time.Time) *gauges {
	names := func() map[string]string { return map[string]string{"id1": "default", "id2": "quiet"} }
	return newGauges(n, func() error { return n.unready }, names, dimension, clock)
}

// TestGauges shows two environments, in one of which nobody watches.
func TestGauges(t *testing.T) {
	busy := query.Tick{
		Concurrent: 40, StartingUp: 3, WatchTime: 200_000, RebufferTime: 5000, StartAttempts: 8, Exits: 2, Failures: 1, StartupFailures: 1,
		Bitrate: 90_000_000, BitrateViewers: 30,
	}
	n := &toldNumbers{
		all:      map[string]query.Tick{"id1": busy},
		by:       map[string][]query.TickGroup{"id1": {{Value: "skyhop", Ticks: []query.Tick{{Concurrent: 4, Failures: 1}}}, {Value: "", Ticks: []query.Tick{{Concurrent: 1}}}}},
		startups: map[string][]query.Startup{"id1": {{Time: 900}, {Time: 400, Value: "skyhop"}, {Time: 500}, {Time: 4000, Value: "gone"}}},
	}
	now := at
	g := gaugesOf(n, "cdn", func() time.Time { return now })
	want := map[string]float64{
		`playhead_realtime_concurrent_viewers{environment="default"}`:                             40,
		`playhead_realtime_concurrent_viewers{environment="quiet"}`:                               0,
		`playhead_realtime_starting_up_viewers{environment="default"}`:                            3,
		`playhead_realtime_starting_up_viewers{environment="quiet"}`:                              0,
		`playhead_realtime_rebuffering_ratio{environment="default"}`:                              0.025,
		`playhead_realtime_average_bitrate_bits_per_second{environment="default"}`:                3e6,
		`playhead_realtime_exits_before_video_start_ratio{environment="default"}`:                 0.25,
		`playhead_realtime_playback_failure_ratio{environment="default"}`:                         0.025,
		`playhead_realtime_video_startup_failure_ratio{environment="default"}`:                    0.125,
		`playhead_realtime_video_startup_time_seconds{environment="default"}`:                     0.7,
		`playhead_realtime_by_cdn_concurrent_viewers{cdn="skyhop",environment="default"}`:         4,
		`playhead_realtime_by_cdn_concurrent_viewers{cdn="",environment="default"}`:               1,
		`playhead_realtime_by_cdn_starting_up_viewers{cdn="skyhop",environment="default"}`:        0,
		`playhead_realtime_by_cdn_starting_up_viewers{cdn="",environment="default"}`:              0,
		`playhead_realtime_by_cdn_playback_failure_ratio{cdn="skyhop",environment="default"}`:     0.25,
		`playhead_realtime_by_cdn_playback_failure_ratio{cdn="",environment="default"}`:           0,
		`playhead_realtime_by_cdn_video_startup_time_seconds{cdn="skyhop",environment="default"}`: 0.4,
		`playhead_realtime_by_cdn_video_startup_time_seconds{cdn="",environment="default"}`:       0.7,
		`playhead_realtime_gauge_failures_total{}`:                                                0,
	}
	if diff := cmp.Diff(want, gathered(t, g)); diff != "" {
		t.Errorf("gauges (-want +got):\n%s", diff)
	}
	const asked = 8 // of both environments: the tick and the minute, of all viewers and by the dimension
	if len(n.plans) != asked {
		t.Errorf("%d plans within a second, want %d: numbers are kept", len(n.plans), asked)
	}
	tick := at.UnixMilli() - 17_000
	if p := n.plans[0]; p.From != tick || p.To != tick {
		t.Errorf("asked for ticks %d to %d, want the settled one, %d", p.From, p.To, tick)
	}
	if p := n.plans[1]; p.From != tick-55_000 || p.To != tick {
		t.Errorf("asked for first frames of ticks %d to %d, want the minute up to %d", p.From, p.To, tick)
	}
	now = now.Add(time.Second)
	gathered(t, g)
	if len(n.plans) != 2*asked {
		t.Errorf("%d plans after a second more, want %d", len(n.plans), 2*asked)
	}
}

// TestGaugeValues has more values of a dimension than are shown, among them what
// players can make up.
func TestGaugeValues(t *testing.T) {
	var groups []query.TickGroup
	long := strings.Repeat("é", 100)
	for i := range 30 {
		groups = append(groups, query.TickGroup{Value: fmt.Sprintf("v%02d", i), Ticks: []query.Tick{{Concurrent: int64(100 + i), Failures: 1}}})
	}
	for _, value := range []string{"other", long + "x", long + "y", "\xff", "\xfe"} {
		groups = append(groups, query.TickGroup{Value: value, Ticks: []query.Tick{{Concurrent: 1000}}})
	}
	n := &toldNumbers{by: map[string][]query.TickGroup{"id1": groups}}
	got := map[string]float64{}
	for name, value := range gathered(t, gaugesOf(n, "video_title", func() time.Time { return at })) {
		if label, found := strings.CutPrefix(name, `playhead_realtime_by_video_title_concurrent_viewers{environment="default",video_title=`); found {
			got[strings.Trim(label, `"}`)] = value
		}
	}
	// 17 of the 30, as the others come before them: 129 to 113. The rest are 112 to 100.
	want := map[string]float64{"other": 1000 + 13*106, strings.Repeat("é", 64): 2000, "\uFFFD": 2000}
	for i := 13; i < 30; i++ {
		want[fmt.Sprintf("v%02d", i)] = float64(100 + i)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("viewers by title (-want +got):\n%s", diff)
	}
}

// TestGaugesWithout shows what there is when an environment fails, when everything
// takes too long, and while stored views are read.
func TestGaugesWithout(t *testing.T) {
	now := at
	n := &toldNumbers{fails: "id1"}
	g := gaugesOf(n, "", func() time.Time { return now })
	want := map[string]float64{
		`playhead_realtime_concurrent_viewers{environment="quiet"}`:  0,
		`playhead_realtime_starting_up_viewers{environment="quiet"}`: 0,
		`playhead_realtime_gauge_failures_total{}`:                   1,
	}
	if diff := cmp.Diff(want, gathered(t, g)); diff != "" {
		t.Errorf("one environment fails (-want +got):\n%s", diff)
	}
	n.hangs = true
	now = now.Add(time.Minute)
	want = map[string]float64{`playhead_realtime_gauge_failures_total{}`: 3}
	if diff := cmp.Diff(want, gathered(t, g)); diff != "" {
		t.Errorf("no answer (-want +got):\n%s", diff)
	}
	n.unready = errors.New("still being read")
	now = now.Add(time.Minute)
	if diff := cmp.Diff(want, gathered(t, g)); diff != "" {
		t.Errorf("nothing to ask yet (-want +got):\n%s", diff)
	}
}

// gathered are the samples of a collector by name and labels.
func gathered(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !strings.Contains(p.Metric, "bitrate_bits_per_second") { // nobody tells bitrates in bytes
			t.Errorf("against the conventions of Prometheus: %v", p)
		}
	}
	samples := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			var text []string
			for _, name := range slices.Sorted(maps.Keys(labels)) {
				text = append(text, fmt.Sprintf("%s=%q", name, labels[name]))
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue()
			if math.IsNaN(value) {
				t.Errorf("%s has a sample that is no number", f.GetName())
			}
			samples[f.GetName()+"{"+strings.Join(text, ",")+"}"] = value
		}
	}
	return samples
}

// TestGaugesOfTheServerBehind: they are of what is known, unless that is too old.
func TestGaugesOfTheServerBehind(t *testing.T) {
	n := &toldNumbers{behind: 40 * time.Second}
	now := at
	g := gaugesOf(n, "", func() time.Time { return now })
	shown := gathered(t, g)
	if want := at.UnixMilli() - 57_000; len(shown) < 4 || n.plans[0].To != want {
		t.Errorf("%d figures of %d, want those of %d", len(shown), n.plans[0].To, want)
	}
	n.behind, now = time.Minute, now.Add(time.Hour)
	if diff := cmp.Diff(map[string]float64{"playhead_realtime_gauge_failures_total{}": 0}, gathered(t, g)); diff != "" {
		t.Errorf("figures that are too old (-want +got):\n%s", diff)
	}
}
