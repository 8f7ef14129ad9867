package segment

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/journal"
)

// TestStuckDisk has a sync hang for a minute. What comes meanwhile is refused at
// once, and what came before is answered when the disk goes on.
func TestStuckDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		cfg.Clock = time.Now // that of synctest
		l := start(t, cfg)
		mustAppend(t, l, record(0, 0, "creates the segment"))
		d.gate = make(chan struct{})
		answers := make(chan error, 2)
		send := func(data string) {
			go func() { answers <- l.Append(context.Background(), record(0, 0, data)) }()
			synctest.Wait()
		}
		send("in the sync")
		<-time.After(cfg.withDefaults().StuckAfter - time.Millisecond)
		send("in the queue")
		<-time.After(time.Minute)
		began := time.Now()
		if err := l.Append(t.Context(), record(0, 0, "too late")); !errors.Is(err, journal.ErrFull) || !time.Now().Equal(began) {
			t.Errorf("append to a stuck disk returned %v after %s, want ErrFull at once", err, time.Since(began))
		}
		if got, want := l.Writing(), defaultStuckAfter-time.Millisecond+time.Minute; got != want {
			t.Errorf("the disk has been writing for %s, want %s", got, want)
		}
		if got := count(t, l.metrics.refused.WithLabelValues("stuck")); got != 1 {
			t.Errorf("%v appends were refused, want 1", got)
		}
		close(d.gate)
		for range 2 {
			if err := <-answers; err != nil {
				t.Errorf("append of before: %v", err)
			}
		}
		mustAppend(t, l, record(0, 0, "after"))
		if got := l.Writing(); got != 0 {
			t.Errorf("the disk has been writing for %s, want 0", got)
		}
		want := []string{"creates the segment", "in the sync", "in the queue", "after"}
		if diff := cmp.Diff(want, words(read(t, l, 0))); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		stop(t, l)
	})
}
