package daily

import (
	"errors"
	"os"
	"testing"
	"time"

	"playhead/internal/view"
)

// TestLookedForAtLast: days whose files could not be looked for are well again once they were found.
func TestLookedForAtLast(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.round(t)
	w.restart(t)
	to.have = func() (bool, error) { return false, errors.New("no answer") }
	w.round(t)
	w.figures(t, `playhead_export_days{state="failing"} 1`)
	to.have, w.now = nil, at(t, "4 05:01")
	w.round(t)
	w.figures(t, `playhead_export_days{state="failing"} 0`)
	if got := to.issue(t, third); got != 1 {
		t.Errorf("issue %d, want the first", got)
	}
}

// TestFailedForGood: a day that could never be issued is forgotten when it is too late for it, and
// so is what was seen of days that nobody knows.
func TestFailedForGood(t *testing.T) {
	w := newWorld(t, newShelf(), "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.store.put("unknown", 2, at(t, "3 12:00"), "x")
	w.free = 0
	w.round(t)
	w.figures(t, `playhead_export_days{state="failing"} 1`)
	w.now = at(t, "11 00:00")
	w.round(t)
	w.figures(t, `playhead_export_days{state="failing"} 0`, `playhead_export_days{state="unknown"} 0`)
	if n := len(w.daily.memories); n != 0 {
		t.Errorf("%d days are remembered, want none", n)
	}
}

// TestClockSetBack: where the clock was wrong and is set back, a change waits no longer than any
// other, and days that are not over again are left as they are.
func TestClockSetBack(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "6 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.store.put("shop", 2, at(t, "5 12:00"), "x")
	w.round(t)
	w.store.put("shop", 3, at(t, "3 13:00"), "late")
	w.round(t) // it is seen two days too early
	for w.now = at(t, "4 06:00"); w.now.Before(at(t, "4 18:00")); w.now = w.now.Add(time.Minute) {
		w.round(t)
		if at, due := w.now, at(t, "4 06:10"); to.issue(t, third) != 1 && at.Before(due) || to.issue(t, third) != 2 && !at.Before(due) {
			t.Fatalf("at %s there is issue %d, want the second from %s on", at, to.issue(t, third), due)
		}
	}
	if got := to.issue(t, "shop/2026_10_05.json"); got != 1 {
		t.Errorf("issue %d of a day that is not over, want the first", got)
	}
	if n := len(to.tidies); n != 2 {
		t.Errorf("the destination was tidied %d times, want at the start and after the clock was set back", n)
	}
}

// TestFailedInTheFuture: what failed while the clock was wrong is tried again when it is right.
func TestFailedInTheFuture(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "6 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	to.fails = errors.New("it is down")
	w.round(t)
	to.fails, w.now = nil, at(t, "4 05:00")
	w.round(t)
	if got := to.issue(t, third); got != 1 {
		t.Errorf("issue %d, want the first", got)
	}
}

// TestBehindAgain: what the store does not have yet is no change of a day.
func TestBehindAgain(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.store.put("shop", 2, at(t, "3 23:00"), "x")
	w.round(t)
	had := w.store.views
	w.store.views, w.behind = nil, 8*time.Hour // it begins anew
	w.restart(t)
	for w.now = at(t, "4 06:00"); w.now.Before(at(t, "4 08:00")); w.now = w.now.Add(time.Minute) {
		w.round(t)
	}
	w.store.views, w.behind = had, 0
	w.round(t)
	if got := to.issue(t, third); got != 1 {
		t.Errorf("issue %d, want the first", got)
	}
}

// TestDeletedMeanwhile: files of which views or events begin to be deleted while they are written
// do not take the place of whole ones.
func TestDeletedMeanwhile(t *testing.T) {
	for name, change := range map[string]func(*Rules){
		"views":  func(r *Rules) { r.ViewRetention = 2 * dayLength },
		"events": func(r *Rules) { r.EventRetention = 3 * dayLength },
	} {
		t.Run(name, func(t *testing.T) {
			to := newShelf()
			w := newWorld(t, to, "4 05:00")
			change(&w.rules)
			w.restart(t)
			w.store.put("shop", 1, at(t, "3 12:00"), "x")
			w.round(t)
			before := to.files["shop/2026_10_03.csv.gz"]
			w.store.put("shop", 2, at(t, "3 12:00"), "late")
			w.now = at(t, "5 23:40")
			w.round(t)
			w.store.during = func(int, *view.View) { w.now = at(t, "6 00:10") }
			w.now = at(t, "5 23:59")
			w.round(t)
			if got := to.files["shop/2026_10_03.csv.gz"]; got != before {
				t.Errorf("got %q, want %q", got, before)
			}
			w.now = at(t, "6 01:00")
			w.round(t)
			w.figures(t, `playhead_export_days{state="failing"} 0`, `playhead_export_days{state="staged"} 0`)
			if left, _ := os.ReadDir(w.staging); len(left) > 0 || to.issue(t, third) != 1 {
				t.Errorf("issue %d, and staged still: %v", to.issue(t, third), left)
			}
		})
	}
}
