package daily

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"playhead/internal/view"
)

// TestMissingFiles: records of a backup that was restored tell of files that are not
// there; that is looked for once.
func TestMissingFiles(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.store.put("shop", 2, at(t, "2 12:00"), "x")
	w.round(t)
	w.round(t)
	if to.looks != 0 {
		t.Error("files are looked for that were just issued")
	}
	want := to.files["shop/2026_10_03.parquet"]
	for _, text := range []string{"", "shorter"} {
		to.files["shop/2026_10_03.parquet"] = text
		to.looks = 0
		w.restart(t)
		w.round(t)
		if got := to.files["shop/2026_10_03.parquet"]; got != want {
			t.Errorf("got %q", got)
		}
		w.round(t)
		if want := 2 + 4; to.looks != want { // of the day that lacks its second file, and of the other one
			t.Errorf("files were looked for %d times, want %d", to.looks, want)
		}
	}
	if got := to.issue(t, third); got != 3 {
		t.Errorf("issue %d, want the third", got)
	}
	if got := to.issue(t, "shop/2026_10_02.json"); got != 1 {
		t.Errorf("issue %d of a day of which all is there", got)
	}

	// As long as it cannot be said whether they are there, nothing is done, and others go on.
	to.have = func() (bool, error) { return false, errors.New("no answer") }
	w.restart(t)
	w.store.put("shop", 3, at(t, "1 12:00"), "x")
	w.round(t)
	if to.issue(t, third) != 3 || to.issue(t, "shop/2026_10_01.json") != 1 {
		t.Errorf("issues %d and %d, want 3 and 1", to.issue(t, third), to.issue(t, "shop/2026_10_01.json"))
	}
	w.figures(t, `playhead_export_errors_total{part="check"} 2`, `playhead_export_days{state="failing"} 2`)
}

// TestDestinationIsDown: what is staged waits for it, and is published as it is; the pauses
// become longer, to a quarter of an hour.
// TestStagedIsBounded: no more than some days wait for a destination that is down.
// TestFailures: whatever fails is counted, leaves nothing behind, and is done later; a day
// that fails does not hinder others.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		part  string
		begin func(w *world)
		end   func(w *world)
	}{
		{
			"space", func(w *world) { w.free = 999 }, func(w *world) { w.free = 1000 },
		},
		{
			"store", func(w *world) {
				w.store.during = func(_ int, v *view.View) {
					if v.Text(title) == "poison" {
						w.store.fails = errors.New("cannot be read")
					}
				}
			}, func(w *world) { w.store.during = nil },
		},
		{
			"records", func(w *world) { w.records.fails = errors.New("full") }, func(w *world) { w.records.fails = nil },
		},
		{
			"write", func(w *world) {
				if err := os.MkdirAll(filepath.Dir(w.staging), 0o700); err != nil {
					panic(err)
				}
				if err := os.WriteFile(w.staging, nil, 0o600); err != nil {
					panic(err)
				}
			}, func(w *world) {
				if err := os.Remove(w.staging); err != nil {
					panic(err)
				}
			},
		},
	} {
		t.Run(tt.part, func(t *testing.T) {
			to := newShelf()
			w := newWorld(t, to, "4 05:00")
			w.store.put("shop", 1, at(t, "3 12:00"), "poison")
			w.daily.looked = true
			tt.begin(w)
			w.round(t)
			if got := w.failed(t, tt.part); got != 1 {
				t.Errorf("%g failures of it", got)
			}
			w.store.fails = nil
			if tt.part != "records" { // by then files are visible, and staged for another time
				if left, _ := os.ReadDir(w.staging); len(left) > 0 || len(to.files) > 0 {
					t.Errorf("left behind: %v, %v", left, to.names())
				}
			}
			w.store.put("news", 2, at(t, "3 12:00"), "y")
			if tt.part == "store" {
				w.round(t) // the other one goes on, while this one waits
				if to.issue(t, "news/2026_10_03.json") != 1 || to.issue(t, third) != 0 {
					t.Errorf("there are %v", to.names())
				}
			}
			tt.end(w)
			w.now = w.now.Add(time.Hour)
			w.round(t)
			if to.issue(t, third) != 1 || to.issue(t, "news/2026_10_03.json") != 1 {
				t.Errorf("there are %v; the log:\n%s", to.names(), w.log.String())
			}
		})
	}
}

// TestSpaceRunsOut: space is looked for also while a file grows.
func TestSpaceRunsOut(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	long := strings.Repeat("x", 1<<20)
	for i := range byte(20) {
		w.store.put("shop", i, at(t, "3 12:00"), long)
	}
	w.store.during = func(n int, _ *view.View) {
		if n == 10 {
			w.free = 0
		}
	}
	w.round(t)
	if got := w.failed(t, "space"); got != 1 {
		t.Errorf("%g failures of space; the log:\n%s", got, w.log.String())
	}
	if left, _ := os.ReadDir(w.staging); len(left) > 0 || len(to.files) > 0 {
		t.Errorf("left behind: %v, %v", left, to.names())
	}
}

// TestNothingIsKnown: as long as the journal is not read, nothing is issued, but what has
// to go goes.
func TestNothingIsKnown(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.deaf = true
	w.round(t)
	if len(to.files) != 0 {
		t.Errorf("there are %v", to.names())
	}
	w.figures(t, `playhead_export_last_round_time_seconds 0`)
	w.deaf, w.behind = false, 5*time.Hour // until midnight
	w.round(t)
	w.figures(t, fmt.Sprint(`playhead_export_last_round_time_seconds `, float64(w.now.Unix())))
	if len(to.files) != 0 {
		t.Errorf("there are %v", to.names())
	}
	w.behind = 0
	w.round(t)
	if len(to.files) != 4 {
		t.Errorf("there are %v", to.names())
	}
	w.deaf, w.now = true, at(t, "11 00:00")
	w.round(t)
	if len(to.files) != 0 {
		t.Errorf("there are %v", to.names())
	}
}
