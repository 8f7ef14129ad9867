package tracker

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// stuckStore is a store whose commits wait while there is a gate.
type stuckStore struct {
	*memoryStore
	gate atomic.Pointer[chan struct{}]
}

func (s *stuckStore) Commit(ctx context.Context, b view.Batch) error {
	if gate := s.gate.Load(); gate != nil {
		<-*gate
	}
	return s.memoryStore.Commit(ctx, b)
}

func change(log *memoryLog, to func()) {
	log.mu.Lock()
	defer log.mu.Unlock()
	to()
}

// TestKnown asks until when is known what players have told: until now, whoever
// watches, but not while the store takes nothing, or the journal.
func TestKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &stuckStore{memoryStore: &memoryStore{views: map[view.ID]string{}}}
		seq := int64(0)
		say := func(name string, kind event.Kind) {
			t.Helper()
			seq++
			if err := log.Append(t.Context(), record(t, time.Now().UnixMilli(), event.Event{View: name, Seq: seq, Kind: kind})); err != nil {
				t.Fatal(err)
			}
		}
		say("old", event.ViewStart)
		<-time.After(12 * time.Hour) // without a server
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tr.Stop(context.WithoutCancel(t.Context())) }()
		<-tr.CaughtUp()
		known := func(when string, want time.Time) {
			t.Helper()
			synctest.Wait()
			if got := tr.Known(time.Now()); !got.Equal(want) {
				t.Errorf("%s: until %s ago, want %s", when, time.Since(got), time.Since(want))
			}
		}
		for range 900 {
			known("when nothing comes after a start, or ticks alone", time.Now())
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(3 * time.Hour)
		known("when nobody watches", time.Now())

		say("a", event.ViewStart)
		known("when somebody watches", time.Now())
		<-time.After(30 * time.Second)
		known("when ticks come", time.Now())
		var last time.Time
		change(log, func() { log.full, last = true, time.UnixMilli(log.records[len(log.records)-1].Time) })
		<-time.After(2 * time.Second)
		known("when ticks are a little late", time.Now())
		<-time.After(10 * time.Minute)
		known("when the journal takes nothing", last.Add(standsStill))
		change(log, func() { log.full = false })
		say("a", event.Heartbeat)
		known("when it takes something again", time.Now())

		gate := make(chan struct{})
		store.gate.Store(&gate)
		stuck := time.Now()
		say("b", event.ViewStart)
		say("b", event.ViewEnd)
		<-time.After(2 * time.Second)
		say("c", event.ViewStart)
		known("when a commit takes some time", time.Now())
		<-time.After(10 * time.Minute)
		known("when it does not end", stuck.Add(standsStill))
		store.gate.Store(nil)
		close(gate)
		known("when it has ended", time.Now())

		change(log, func() { log.broken = journal.ErrUnavailable })
		broken := time.Now()
		say("c", event.Heartbeat)
		<-time.After(10 * time.Minute)
		known("when the journal cannot be read", broken.Add(standsStill))
	})
}
