package app

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/incident"
	"playhead/internal/live"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/simulate"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// TestStoredPast: what a back-test reads of the stored views is what a server has in its
// real-time numbers that has loaded them, and a rule does the same over both.
func TestStoredPast(t *testing.T) {
	if testing.Short() {
		t.Skip("what is concurrent here is so in TestBackfill: make unit plays it")
	}
	cfg := pastConfig(t)
	until := time.Now().Truncate(24 * time.Hour) // so the hours of the day are the same whenever it runs
	past := simulate.Past{EnvKey: "key", World: simulate.World{Seed: 4}, From: until.Add(-26 * time.Hour), Until: until, Views: 1500}
	if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past}); err != nil {
		t.Fatal(err)
	}
	views, err := duckdb.Open(t.Context(), cfg.views(cfg.DataDir+"/"+viewsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer views.Close()
	numbers, environment := loaded(t, views, until)
	stored := &storedPast{views.WatchesOf}
	compareNumbers(t, numbers, stored, environment, until)

	for _, rule := range []meta.AlertRule{
		{Metric: "current-concurrent-viewers", Direction: meta.Above, Threshold: 5},
		{Metric: "current-rebuffering-percentage", Direction: meta.Above, Threshold: 1, MinViewers: 3},
		{Metric: "video-startup-time", Direction: meta.Above, Threshold: 1000},
		{Metric: "current-average-bitrate", Direction: meta.Below, Threshold: 3e6, Filters: []meta.RuleFilter{{Dimension: "operating_system", Values: []string{"iOS"}, Exclude: true}}},
	} {
		rule.EnvironmentID, rule.Interval = environment, time.Minute
		from := until.Add(-20 * time.Hour)
		want, err := incident.NewBacktests(numbers, nil).Backtest(t.Context(), rule, from, until)
		if err != nil {
			t.Fatal(err)
		}
		got, err := incident.NewBacktests(forgetful{numbers, until}, stored).Backtest(t.Context(), rule, from, until)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-real-time +past):\n%s", rule.Metric, diff)
		}
		if want.Count == 0 || want.Known == 0 {
			t.Errorf("%s: nothing has happened in %d moments, of which %d counted", rule.Metric, want.Moments, want.Known)
		}
	}
}

// loaded are real-time numbers made of stored views at a time, and the environment
// of these.
func loaded(t *testing.T, views *duckdb.Store, at time.Time) (*live.Store, string) {
	t.Helper()
	s, err := live.New(live.Config{Memory: 256 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	s.Put(at.UnixMilli(), nil)
	environment := ""
	err = s.Load(func(yield func(view.Watch, error) bool) {
		for w, err := range views.Watches(t.Context(), at.UnixMilli()-live.Keep) {
			environment = w.Environment
			if !yield(w, err) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, environment
}

// compareNumbers compares all ticks and first frames of twenty hours.
func compareNumbers(t *testing.T, numbers query.Realtime, stored *storedPast, environment string, until time.Time) {
	t.Helper()
	last := query.SettledTick(until)
	p := &query.TickPlan{Environment: environment, From: last - 20*3_600_000, To: last, GroupBy: query.NoGroups}
	past, whole, err := stored.Read(t.Context(), p, true)
	if err != nil || whole != p.From {
		t.Fatalf("%v; whole from %d on, want %d", err, whole, p.From)
	}
	want, err := numbers.Ticks(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := past.Ticks(t.Context(), p)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-real-time +past):\n%s", err, diff)
	}
	frames, err := numbers.Startups(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	gotFrames, err := past.Startups(t.Context(), p)
	sorted := cmpopts.SortSlices(func(a, b query.Startup) bool { return a.At < b.At || a.At == b.At && a.Time < b.Time })
	if diff := cmp.Diff(frames, gotFrames, sorted); err != nil || diff != "" || len(frames) < 500 {
		t.Errorf("%d first frames, %v (-real-time +past):\n%s", len(frames), err, diff)
	}
}

// forgetful are numbers that go back to a time only.
type forgetful struct {
	query.Realtime
	since time.Time
}

func (f forgetful) Since(string) int64 { return f.since.UnixMilli() }

// TestStoredPastEnds: an error ends the reading, the time for it makes do with what has
// been read.
func TestStoredPastEnds(t *testing.T) {
	const noon = 1_700_000_040_000
	broken := errors.New("broken")
	p := &query.TickPlan{Environment: "env", From: noon, To: noon + 3_600_000, GroupBy: query.NoGroups}
	watch := view.Watch{Environment: "env", Spans: []view.Span{{At: noon + 1_000_000, Activity: view.Playing, Startup: -1}, {At: noon + 1_800_000, Activity: view.Left, Startup: -1}}}
	ctx, cancel := context.WithCancel(t.Context())
	for name, test := range map[string]struct {
		then  func(yield func(view.Watch, error) bool)
		whole int64
		err   error
	}{
		"all":   {func(func(view.Watch, error) bool) {}, noon, nil},
		"error": {func(yield func(view.Watch, error) bool) { yield(view.Watch{}, broken) }, 0, broken},
		"late":  {func(yield func(view.Watch, error) bool) { cancel(); yield(view.Watch{}, broken) }, noon + 1_840_000, nil},
	} {
		from := ctx
		if name != "late" {
			from = t.Context()
		}
		stored := &storedPast{func(_ context.Context, environment string, from, before int64) iter.Seq2[view.Watch, error] {
			if environment != "env" || from != noon-65_000 || before != noon+3_600_001 {
				t.Errorf("it asks for views of %s from %d to %d", environment, from-noon, before-noon)
			}
			return func(yield func(view.Watch, error) bool) {
				if yield(watch, nil) {
					test.then(yield)
				}
			}
		}}
		_, whole, err := stored.Read(from, p, false)
		if !errors.Is(err, test.err) || whole != test.whole {
			t.Errorf("%s: %v, whole from %d on; want %v, %d", name, err, whole-noon, test.err, test.whole-noon)
		}
	}
	if _, _, err := (&storedPast{}).Read(t.Context(), &query.TickPlan{From: noon, To: noon}, false); err == nil {
		t.Error("it reads groups")
	}
}
