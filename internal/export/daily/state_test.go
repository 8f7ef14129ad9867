package daily

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export"
)

// TestStates follows a day, and another of another environment.
func TestStates(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 00:30")
	if got := w.daily.States("shop"); len(got) != 0 {
		t.Errorf("before the first round: %v", got)
	}
	w.store.put("shop", 1, at(t, "3 10:00"), "a")
	w.store.put("news", 2, at(t, "2 10:00"), "b")
	w.store.put("unknown", 3, at(t, "3 10:00"), "c")
	step := func(when, now string, shop export.DayState) {
		t.Helper()
		w.now = at(t, now)
		w.round(t)
		if diff := cmp.Diff(map[string]export.DayState{"2026-10-03": shop}, w.daily.States("shop")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff(map[string]export.DayState{"2026-10-02": export.DayIssued}, w.daily.States("news")); diff != "" {
			t.Errorf("%s: the other one (-want +got):\n%s", when, diff)
		}
		if got := w.daily.States("unknown"); len(got) != 0 {
			t.Errorf("%s: of an environment that is not known: %v", when, got)
		}
	}
	step("views may change", "4 00:30", export.DayWaiting)
	w.free = 0
	step("there is no space", "4 01:01", export.DayFailing)
	w.free = 1 << 40
	step("there is", "4 01:20", export.DayIssued)
	step("nothing has changed", "4 03:00", export.DayIssued)
	w.store.put("shop", 1, at(t, "3 10:00"), "another")
	step("it has changed", "4 03:01", export.DayWaiting)
	step("it has settled", "4 03:12", export.DayIssued)
}
