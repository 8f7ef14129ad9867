package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/live"
	"playhead/internal/query"
	"playhead/internal/replay"
	"playhead/internal/simulate"
	"playhead/internal/view"
)

// TestRealtimeAgain asks a server about the half hour before, of which it has views
// in every state: watched, complete and final. Another one on the same data
// answers the same, and so does one on a restored backup. The activities that this
// is made of are computed again by a replay as they are stored.
func TestRealtimeAgain(t *testing.T) {
	t.Parallel()
	const watching = 10
	cfg := testConfig(t)
	cfg.ViewCompleteAfter, cfg.ViewFinalAfter, cfg.SnapshotEvery = 10*time.Second, 10*time.Second, 1
	a := start(t, cfg)
	past(t, a, 1)
	awaitFigure(t, a, "playhead_tracker_open_views", 0, 0)
	past(t, a, 2)
	name := func(i int) string { return fmt.Sprint("still watched ", i) }
	for i := range watching {
		beacon := harness.Watching("key", name(i), "northlight", time.Duration(i+1)*37*time.Second, time.Now())
		if status, err := harness.Post(a.Ingest(), beacon); err != nil || status != http.StatusOK {
			t.Fatalf("beacon: status %d, %v", status, err)
		}
	}
	until := time.Now().Add(-20 * time.Second)
	awaitViewer(t, a, name(watching-1), until)
	before := history(t, a, until)
	file := filepath.Join(t.TempDir(), "backup.tar")
	if _, err := FetchBackup(t.Context(), a.API(), "id:secret", file); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	restored := cfg
	restored.DataDir = filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), file, restored.DataDir); err != nil {
		t.Fatal(err)
	}
	for name, again := range map[string]Config{"another start": cfg, "a restored backup": restored} {
		a := start(t, again)
		awaitReady(t, a)
		if a.realtime.read.Load() == 0 {
			t.Errorf("%s: no stored view was read", name)
		}
		if diff := cmp.Diff(before, history(t, a, until)); diff != "" {
			t.Errorf("%s (-before, +now):\n%s", name, diff)
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		sum, err := Replay(t.Context(), again, ReplayOptions{Diff: true, Changed: func(c *replay.Change) error {
			return fmt.Errorf("view %q differs: %+v", c.SDKID, c)
		}}, t.Output())
		if err != nil || sum.Same == 0 {
			t.Errorf("%s: the replay finds %+v, %v; want views, all the same", name, sum, err)
		}
	}
}

// awaitViewer waits until somebody who watches a video at a time is in real-time
// numbers: so are those then whose beacons came before.
func awaitViewer(t *testing.T, a *App, title string, at time.Time) {
	t.Helper()
	dimension, _ := catalog.LookupRealtimeDimension("video_title")
	tick := query.NewestTick(at)
	environment := a.records.Environments()[0].ID
	p := &query.TickPlan{
		Environment: environment, From: tick, To: tick, GroupBy: query.NoGroups,
		Where: []query.TickCondition{{Dimension: dimension, Values: []string{title}}},
	}
	harness.Eventually(t, 30*time.Second, func() error {
		ticks, err := a.realtime.Ticks(t.Context(), p)
		if err == nil && ticks.Groups[0].Ticks[0].Concurrent == 0 {
			err = fmt.Errorf("nobody watches %q at %s", title, at)
		}
		return err
	})
}

// past has viewers tell of the last 25 minutes, to the end of their views.
func past(t *testing.T, a *App, seed uint64) {
	t.Helper()
	_, err := simulate.Run(t.Context(), simulate.Config{
		URL: a.Ingest(), EnvKey: "key", History: 100, Past: 25 * time.Minute, World: simulate.World{Seed: seed}, Client: http.DefaultClient, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// outside is a server as its clients see it.
func outside(a *App) *harness.Server { return &harness.Server{API: a.API(), Token: "id:secret"} }

// awaitFigure waits until a figure of a server is between two others.
func awaitFigure(t *testing.T, a *App, figure string, least, most float64) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		n, err := outside(a).Metric(figure)
		if err == nil && (n < least || n > most) {
			err = fmt.Errorf("%s is %v, want %v to %v", figure, n, least, most)
		}
		return err
	})
}

// awaitReady waits until a server says that it is ready.
func awaitReady(t *testing.T, a *App) {
	t.Helper()
	harness.Eventually(t, time.Minute, func() error {
		status, text := readyz(t, a)
		if status == http.StatusOK {
			return nil
		}
		return errors.New(text)
	})
}

// history is what a server says about the half hour up to a moment.
func history(t *testing.T, a *App, until time.Time) harness.History {
	t.Helper()
	h, err := harness.AskHistory(outside(a), until)
	if err != nil {
		t.Fatal(err)
	}
	if h.Viewers == 0 {
		t.Fatal("nobody was watching: nothing can be compared")
	}
	return h
}

// TestRealtimeNotReady asks for real-time numbers while stored views are read: those
// of the last half hour are answered, and the server is ready, before those of the
// rest of the day.
func TestRealtimeNotReady(t *testing.T) {
	store, err := live.New(live.Config{Memory: 64 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	r := &realtime{Store: store, known: func(now time.Time) time.Time { return now }}
	now := time.Now().UnixMilli()
	store.Put(now, nil)
	ask := func(ago time.Duration) error {
		plan := &query.TickPlan{GroupBy: query.NoGroups, From: now - ago.Milliseconds(), To: now - ago.Milliseconds()}
		_, ticks := r.Ticks(t.Context(), plan)
		_, startups := r.Startups(t.Context(), plan)
		plans := []*query.TickPlan{plan}
		_, several := r.TicksOf(t.Context(), plans)
		_, severalStartups := r.StartupsOf(t.Context(), plans)
		for _, other := range []error{startups, several, severalStartups} {
			if (ticks == nil) != (other == nil) || fault.CodeOf(ticks) != fault.CodeOf(other) {
				t.Errorf("%s ago: ticks are refused by %v, startups and several plans by %v", ago, ticks, other)
			}
		}
		return errors.Join(ticks, startups)
	}
	refused := func(at string, ago time.Duration) {
		t.Helper()
		if err := ask(ago); fault.CodeOf(err) != fault.Busy {
			t.Errorf("%s, %s ago: got %v, want busy", at, ago, err)
		}
	}
	answered := func(at string, ago time.Duration) {
		t.Helper()
		if err := ask(ago); err != nil {
			t.Errorf("%s, %s ago: %v", at, ago, err)
		}
	}

	refused("before anything is read", 0)
	const every = time.Second // a view ends each second, the newest now
	err = store.Load(func(yield func(view.Watch, error) bool) {
		for i := range 10_000 {
			switch i {
			case 2500: // 42 minutes, of which the last thousand or two views are not certain
				if r.ready() == nil {
					t.Error("ready with less than half an hour")
				}
				answered("after 42 minutes", time.Minute)
				refused("after 42 minutes", 30*time.Minute)
			case 5500: // 91 minutes
				if err := r.ready(); err != nil {
					t.Errorf("with an hour and a half: %v", err)
				}
				answered("after 91 minutes", 35*time.Minute)
				refused("after 91 minutes", 2*time.Hour)
			}
			end := now - int64(i)*every.Milliseconds()
			w := view.Watch{
				ID: view.NewID(end, "environment", strconv.Itoa(i)), Environment: "environment", Final: true,
				Values: make([]string, len(catalog.RealtimeDimensions)), Labels: make([]string, len(catalog.RealtimeDimensions)),
				Spans: []view.Span{{At: end - 60_000, Activity: view.Playing, Startup: -1}, {At: end, Activity: view.Left, Startup: -1}},
			}
			if !yield(w, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	answered("in the end", 20*time.Hour)
}
