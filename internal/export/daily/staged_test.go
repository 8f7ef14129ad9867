package daily

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDestinationIsDown(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	to.fails = errors.New("it is down")
	var tries []int
	for minute := range 70 {
		before := w.failed(t, "publish")
		w.round(t)
		if w.failed(t, "publish") > before {
			tries = append(tries, minute)
		}
		w.now = w.now.Add(time.Minute)
	}
	if diff := cmp.Diff([]int{0, 1, 3, 7, 15, 30, 45, 60}, tries); diff != "" {
		t.Errorf("minutes of tries (-want +got):\n%s", diff)
	}
	if w.store.scans != 1 {
		t.Errorf("the store was read %d times", w.store.scans)
	}
	w.figures(t, `playhead_export_days{state="staged"} 1`, `playhead_export_days{state="failing"} 1`)
	to.fails = nil
	w.now = w.now.Add(time.Hour)
	w.round(t)
	if to.issue(t, third) != 1 || w.store.scans != 1 {
		t.Errorf("issue %d after %d passes", to.issue(t, third), w.store.scans)
	}
	w.figures(t, `playhead_export_days{state="staged"} 0`, `playhead_export_days{state="failing"} 0`)
}

func TestStagedIsBounded(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	for i := range byte(20) {
		w.store.put("shop"+string('a'+rune(i)), i, at(t, "3 12:00"), "x")
	}
	to.fails = errors.New("it is down")
	w.round(t)
	if left, err := os.ReadDir(w.staging); err != nil || len(left) != maxPending {
		t.Errorf("%d days are staged, %v", len(left), err)
	}
	w.figures(t, `playhead_export_days{state="staged"} 8`, `playhead_export_days{state="due"} 20`)
	to.fails = nil
	w.now = w.now.Add(time.Minute)
	w.round(t)
	if len(to.files) != 80 {
		t.Errorf("%d files, want 80", len(to.files))
	}
}

func TestStagedTooLate(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.records.fails = errors.New("full")
	w.round(t)
	if len(to.files) != 4 || len(w.records.days) != 0 {
		t.Fatalf("%v are visible, the records have %v", to.names(), w.records.days)
	}
	w.records.fails, w.now = nil, at(t, "11 00:00")
	w.restart(t)
	w.round(t)
	if left, _ := os.ReadDir(w.staging); len(left) > 0 || len(to.files) > 0 {
		t.Errorf("left behind: %v, %v", left, to.names())
	}
}

func TestStagedThenForgotten(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "old")
	w.round(t)
	w.now = at(t, "4 10:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "changed")
	w.round(t)
	w.now = w.now.Add(quietFor)
	to.fails = errors.New("it is down")
	w.round(t)
	if len(w.daily.pending) != 1 {
		t.Fatal("it is not staged")
	}
	w.store.put("shop", 1, at(t, "3 12:00"), "imported")
	w.store.record--
	for id, s := range w.store.views {
		s.changed = w.store.record
		w.store.views[id] = s
	}
	day := w.records.days[key{"shop", "2026-10-03"}]
	day.Views = -1
	w.records.days[key{"shop", "2026-10-03"}] = day
	to.fails = nil
	w.restart(t)
	w.round(t)
	w.round(t)
	if want := "csv of version 17 for property 4\n1 imported\n1 rows\n"; to.files["shop/2026_10_03.csv.gz"] != want {
		t.Errorf("got %q, want %q", to.files["shop/2026_10_03.csv.gz"], want)
	}
}

func TestStagedAndRecorded(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.records.fails = errors.New("full")
	w.round(t)
	p, err := w.daily.readPlan(w.daily.folder(key{"shop", "2026-10-03"}))
	if err != nil {
		t.Fatal(err)
	}
	w.records.fails = nil
	if err := w.records.PutExportDay(t.Context(), p.Day); err != nil {
		t.Fatal(err)
	}
	w.restart(t)
	w.round(t)
	if left, _ := os.ReadDir(w.staging); len(left) > 0 || len(to.order) != 4 || to.issue(t, third) != 1 {
		t.Errorf("staged %v, published %v", left, to.order)
	}
}

func TestStagedIsDamaged(t *testing.T) {
	const dir = "/shop.2026-10-03/"
	for name, damage := range map[string]func(staging string) error{
		"a file is cut":      func(staging string) error { return os.Truncate(staging+dir+"2026_10_03.csv.gz", 10) },
		"a file is gone":     func(staging string) error { return os.Remove(staging + dir + "2026_10_03.parquet") },
		"the manifest is":    func(staging string) error { return os.Truncate(staging+dir+"2026_10_03.json", 10) },
		"the plan is cut":    func(staging string) error { return os.Truncate(staging+dir+"plan", 10) },
		"of another day":     func(staging string) error { return os.Rename(staging+dir, staging+"/shop.2026-10-02") },
		"there is no plan":   func(staging string) error { return os.Remove(staging + dir + "plan") },
		"a file of nobody's": func(staging string) error { return os.WriteFile(staging+"/file", nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			to := newShelf()
			w := newWorld(t, to, "4 05:00")
			w.store.put("shop", 1, at(t, "3 12:00"), "x")
			to.fails = errors.New("it is down")
			w.round(t)
			if err := damage(w.staging); err != nil {
				t.Fatal(err)
			}
			to.fails = nil
			w.restart(t)
			w.round(t)
			if want := "csv of version 17 for property 4\n1 x\n1 rows\n"; to.files["shop/2026_10_03.csv.gz"] != want || len(to.files) != 4 {
				t.Errorf("got %q, of %v", to.files["shop/2026_10_03.csv.gz"], to.names())
			}
			if left, _ := os.ReadDir(w.staging); len(left) > 0 {
				t.Errorf("staged still: %v", left)
			}
		})
	}
}
