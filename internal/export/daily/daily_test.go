package daily

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/view"
)

// TestTidies: the destination is tidied up at the start and once a day.
func TestTidies(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "8 05:00")
	for range 49 {
		w.round(t)
		w.now = w.now.Add(time.Hour)
	}
	want := []time.Time{at(t, "1 05:00"), at(t, "2 05:00"), at(t, "3 05:00")}
	if diff := cmp.Diff(want, to.tidies); diff != "" {
		t.Errorf("tidied up what was begun before (-want +got):\n%s", diff)
	}
}

// TestStop: a Daily can be stopped twice, whether or not it was started, also while it
// writes.
func TestStop(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.store.put("shop", 2, at(t, "3 13:00"), "x")
	reached, stopping := make(chan struct{}), make(chan struct{})
	w.store.during = func(n int, _ *view.View) {
		if n == 1 {
			close(reached)
			<-stopping
		}
	}
	w.daily.Start(t.Context())
	<-reached
	w.daily.stop()
	close(stopping)
	for range 2 {
		if err := w.daily.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(to.files) != 0 {
		t.Errorf("there are %v", to.names())
	}
	w.store.during = nil
	w.restart(t)
	w.round(t)
	if len(to.files) != 4 {
		t.Errorf("after the next start there are %v", to.names())
	}
	w.restart(t)
	for range 2 {
		if err := w.daily.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.daily.Start(t.Context())
}

func TestNew(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("got %v, want that a part is missing", err)
	}
}
