package app

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/simulate"
	"playhead/internal/store/duckdb"
)

// pastConfig is for tests that write a past.
func pastConfig(t *testing.T) Config {
	t.Helper()
	cfg := testConfig(t)
	cfg.ViewRetention, cfg.EventRetention = 100*24*time.Hour, 14*24*time.Hour
	return cfg
}

// month is a past of thirty days before a full hour.
func month(views int) simulate.Past {
	until := time.Now().Truncate(time.Hour)
	return simulate.Past{
		EnvKey: "key", World: simulate.World{Seed: 1}, From: until.Add(-30 * 24 * time.Hour), Until: until, Views: views,
	}
}

// figuresOfViews are the columns that the test compares, with what the truth says.
const figuresOfViews = `view_id, watch_time, playing_time, rebuffer_count, rebuffer_duration, view_seek_count,
	coalesce(video_startup_time, -1), playback_failure, exit_before_video_start, view_dropped, video_title, cdn`

func figuresOf(v *simulate.Truth) string {
	startup := int64(-1)
	if v.StartupTime != nil {
		startup = *v.StartupTime
	}
	return fmt.Sprint(v.ViewID, v.WatchTime, v.PlayingTime, v.RebufferCount, v.RebufferTime, v.SeekCount,
		startup, v.Failure, v.ExitBeforeStart, v.Dropped, v.VideoTitle, v.CDN)
}

// stored reads the figures of all views of a folder, a sum over all there is,
// and how many views have their events.
func stored(t *testing.T, cfg Config) (figures []string, sum string, timelines int) {
	t.Helper()
	s, err := duckdb.Open(t.Context(), cfg.views(cfg.DataDir+"/"+viewsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(t.Context(), func(db *sql.DB) error {
		rows, err := db.QueryContext(t.Context(), "SELECT "+figuresOfViews+" FROM views")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values := make([]any, strings.Count(figuresOfViews, ",")) // one comma is in a function
			pointers := make([]any, len(values))
			for i := range values {
				pointers[i] = &values[i]
			}
			if err := rows.Scan(pointers...); err != nil {
				return err
			}
			figures = append(figures, fmt.Sprint(values...))
		}
		if err := rows.Err(); err != nil {
			return err
		}
		var complete int
		if err := db.QueryRowContext(t.Context(), "SELECT count(complete_record) + count(changed_record) FROM views").Scan(&complete); err != nil || complete > 0 {
			t.Errorf("%d views of the past were complete by a record of the journal, %v; want none", complete, err)
		}
		return db.QueryRowContext(t.Context(), `SELECT (SELECT sum(hash(views))::TEXT FROM views) || (SELECT sum(hash(timelines))::TEXT FROM timelines),
			(SELECT count(*) FROM timelines)`).Scan(&sum, &timelines)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(figures)
	return figures, sum, timelines
}

// TestBackfill writes a month: the views are as the truth says, those of the
// last two weeks have their events, the journal's position is where it was, and
// the same once more changes nothing.
func TestBackfill(t *testing.T) {
	views := fewer(2000)
	cfg := pastConfig(t)
	past := month(views)
	var want []string
	past.Truth = func(v simulate.Truth) { want = append(want, figuresOf(&v)) }
	done, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	got, sum, timelines := stored(t, cfg)
	if diff := cmp.Diff(want, got); diff != "" || done.Views != len(want) || len(want) < views*9/10 {
		t.Errorf("%d views, want %d (-truth +stored):\n%s", done.Views, len(want), diff)
	}
	if share := float64(timelines) / float64(done.Views); share < 0.40 || share > 0.55 {
		t.Errorf("%d of %d views have their events, want those of 14 of 30 days", timelines, done.Views)
	}
	again, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: month(views)})
	if err != nil || again != done {
		t.Errorf("the second time: %+v, %v; want %+v", again, err, done)
	}
	if _, after, _ := stored(t, cfg); after != sum {
		t.Error("the second time changed something")
	}
	other := month(views)
	other.World.Seed++
	if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: other}); !errors.Is(err, ErrHasViews) {
		t.Errorf("another past of the same time: %v, want a refusal", err)
	}
}

// TestBackfillBesides: a server that is started on the folder goes on where its
// journal was, and has both.
func TestBackfillBesides(t *testing.T) {
	cfg := pastConfig(t)
	cfg.ViewCompleteAfter = time.Second
	a := start(t, cfg)
	c := &client{app: a, from: fmt.Sprint(time.Now().Add(-40 * 24 * time.Hour).Unix()), to: fmt.Sprint(time.Now().Add(time.Hour).Unix())}
	c.post(t, "first", `"e":"viewstart"`, `"e":"viewend"`)
	c.list(t, 1)
	past := month(50)
	past.Until = time.Now().Add(-time.Hour)
	if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past}); err == nil || !strings.Contains(err.Error(), "open in this process already") {
		t.Errorf("beside a server: %v, want a refusal", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past})
	if err != nil {
		t.Fatal(err)
	}
	c.app = start(t, cfg)
	c.post(t, "second", `"e":"viewstart"`, `"e":"viewend"`)
	c.list(t, done.Views+2)
}

// TestBackfillRefused: what cannot be is refused, and says what would be right.
func TestBackfillRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config, *simulate.Past)
		want   string
	}{
		"a folder that no server used": {func(c *Config, _ *simulate.Past) { c.BootstrapEnvKey = "" }, "no server has used it yet"},
		"an unknown environment":       {func(_ *Config, p *simulate.Past) { p.EnvKey = "other" }, `there is no environment with the key "other"`},
		"no views":                     {func(_ *Config, p *simulate.Past) { p.Views = 0 }, "views is 0: want 1 to"},
		"a past of a minute":           {func(_ *Config, p *simulate.Past) { p.From = p.Until.Add(-time.Minute) }, "backfill is 1m0s: want 1h to"},
		"more than is kept":            {func(c *Config, _ *simulate.Past) { c.ViewRetention = 24 * time.Hour }, "views are kept for 24h0m0s only"},
		"a past in the future":         {func(_ *Config, p *simulate.Past) { p.Until = time.Now().Add(time.Hour) }, "is not over yet"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, past := pastConfig(t), month(10)
			test.change(&cfg, &past)
			if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if made, err := os.ReadDir(cfg.DataDir); cfg.BootstrapEnvKey == "" && len(made) > 0 {
				t.Errorf("%v were made all the same; %v", made, err)
			}
		})
	}
}
