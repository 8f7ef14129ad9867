package tracker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// memoryLog is a journal in memory.
type memoryLog struct {
	mu      sync.Mutex
	records []journal.Record
	oldest  int64         // those before are lost
	broken  error         // what reading fails with
	full    bool          // appending is refused
	changed chan struct{} // closed and replaced by each append
}

func newMemoryLog() *memoryLog { return &memoryLog{changed: make(chan struct{})} }

func (l *memoryLog) Append(_ context.Context, records ...journal.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return journal.ErrFull
	}
	for _, r := range records {
		r.Offset = int64(len(l.records))
		if r.Offset > 0 {
			r.Time = max(r.Time, l.records[r.Offset-1].Time)
		}
		l.records = append(l.records, r)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

func (l *memoryLog) Bounds() (oldest, next int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest, int64(len(l.records))
}

func (l *memoryLog) NewReader(from int64) (journal.Reader, error) {
	if from < l.oldest {
		return nil, errors.New("out of range")
	}
	return &memoryReader{log: l, next: from}, nil
}

type memoryReader struct {
	log  *memoryLog
	next int64
}

func (r *memoryReader) Next(ctx context.Context) (journal.Record, error) {
	for {
		r.log.mu.Lock()
		if err := r.log.broken; err != nil {
			r.log.mu.Unlock()
			return journal.Record{}, err
		}
		if r.next < int64(len(r.log.records)) {
			rec := r.log.records[r.next]
			r.log.mu.Unlock()
			r.next++
			return rec, nil
		}
		changed := r.log.changed
		r.log.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return journal.Record{}, ctx.Err()
		}
	}
}

func (r *memoryReader) Buffered() bool {
	_, next := r.log.Bounds()
	return r.next < next
}

func (r *memoryReader) Close() error { return nil }

// memoryStore keeps documents of views. It refuses what a store may rely on:
// that a view which is there already is named among the replaced.
type memoryStore struct {
	mu        sync.Mutex
	views     map[view.ID]string
	progress  view.Progress
	snapshots map[uint16]view.Snapshot
	passes    int  // commits that are still to succeed before
	failures  int  // commits that are still to fail
	failAfter bool // failing commits are stored all the same
	broken    error
	gate      chan struct{} // if not nil, each commit takes from it first

	committed func(before view.Progress, b view.Batch) // if not nil, is told of each batch that is stored
}

func (s *memoryStore) Progress(context.Context) (view.Progress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress, nil
}

func (s *memoryStore) Snapshots(context.Context) ([]view.Snapshot, error) {
	return slices.Collect(maps.Values(s.snapshots)), nil
}

func (s *memoryStore) Commit(_ context.Context, b view.Batch) error {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	failing := s.failures > 0
	if failing && s.passes > 0 {
		s.passes--
		failing = false
	}
	if failing {
		s.failures--
	}
	if failing && !s.failAfter {
		return errors.New("the disk is on fire")
	}
	for _, id := range b.Replaced {
		delete(s.views, id)
	}
	for _, v := range b.Views {
		if _, twice := s.views[v.ID]; twice {
			s.broken = fmt.Errorf("view %s is stored twice", v.ID)
		}
		doc, err := view.EncodeDocument(v)
		if err != nil {
			s.broken = err
		}
		s.views[v.ID] = string(doc)
	}
	if b.Progress.Read < s.progress.Read {
		s.broken = fmt.Errorf("progress goes back from %d to %d", s.progress.Read, b.Progress.Read)
	}
	before := s.progress
	s.progress = b.Progress
	if s.committed != nil {
		s.committed(before, b)
	}
	for _, one := range b.Snapshots {
		s.snapshots[one.Partition] = one
	}
	if failing {
		return errors.New("the answer got lost")
	}
	return nil
}

// decodeJSON reads the bodies that these tests write.
func decodeJSON(b *event.Beacon) ([]event.Event, error) {
	var events []event.Event
	if err := json.Unmarshal(b.Body, &events); err != nil {
		return nil, err
	}
	origin := &event.Origin{Received: b.Received, Sent: b.Received - b.Received%7} // beacons take 0 to 6 ms
	for i := range events {
		if events[i].Origin == nil { // stories have theirs
			events[i].Origin = origin
		}
	}
	return events, nil
}

func record(t rapid.TB, now int64, events ...event.Event) journal.Record {
	return recordOf(t, "env", now, events...)
}

func recordOf(t rapid.TB, environment string, now int64, events ...event.Event) journal.Record {
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	data, err := (&event.Beacon{Environment: environment, Format: "json", Received: now, Body: body}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return journal.Record{Time: now, Data: data}
}

func testRules() Rules {
	return Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour, Scoring: view.DefaultScoring()}
}

func newTracker(t rapid.TB, log Log, store Store) *Tracker {
	tr, err := New(Config{
		Rules: testRules(), CommitEvery: time.Millisecond, CommitViews: 3, Log: log, Store: store, Decode: decodeJSON, Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// TestFollow runs the goroutines: what is appended is in the store soon after,
// failing commits are tried again, and Stop commits what waits.
func TestFollow(t *testing.T) {
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("failing commits stored=%v", stored), func(t *testing.T) {
			log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, failures: 1, failAfter: stored}
			now := time.Now().UnixMilli()
			log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: 1, Kind: event.ViewStart, ViewerTime: now}))
			log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
			tr := newTracker(t, log, store)
			if err := tr.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-tr.CaughtUp()
			if got := len(store.views); got != 1 {
				t.Errorf("views once caught up: got %d, want 1", got)
			}
			log.Append(t.Context(), record(t, now, event.Event{View: "b", Seq: 1, Kind: event.ViewStart, ViewerTime: now}))
			log.Append(t.Context(), record(t, now, event.Event{View: "b", Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
			for { // until it is stored
				if p, _ := store.Progress(t.Context()); p.Read >= 4 {
					break
				}
				select {
				case <-t.Context().Done():
					t.Fatal("view b was never committed")
				case <-time.After(time.Millisecond):
				}
			}
			for range 2 { // Stop may be called twice
				if err := tr.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(store.views); got != 2 || store.broken != nil {
				t.Errorf("views at the end: got %d (%v), want 2", got, store.broken)
			}
		})
	}
}

// TestStopWithBrokenStore stops a tracker whose store takes nothing: what waits
// is safe in the journal, so that there is nothing to wait for.
func TestStopWithBrokenStore(t *testing.T) {
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, failures: math.MaxInt}
	now := time.Now().UnixMilli()
	log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: 1, Kind: event.ViewStart, ViewerTime: now}))
	log.Append(t.Context(), record(t, now, event.Event{View: "a", Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
	tr := newTracker(t, log, store)
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := tr.Stop(ctx); err != nil {
		t.Error(err)
	}
	if len(store.views) != 0 || store.progress != (view.Progress{}) {
		t.Errorf("the store has %d views and %+v, want nothing", len(store.views), store.progress)
	}
}

// TestClockSetBack starts with a journal that was written while the clock was an
// hour ahead. Journal time must go on all the same, or no view would ever be
// complete by silence before that hour is over.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		ahead := time.Now().Add(time.Hour).UnixMilli()
		log.Append(t.Context(), record(t, ahead, event.Event{View: "a", Seq: 1, Kind: event.ViewStart, ViewerTime: ahead}))
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(70 * time.Second) // in no time: the clock is that of synctest
		synctest.Wait()
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, end := log.Bounds()
		if at := log.records[end-1].Time - ahead; len(store.views) != 1 || at < 60_000 || at > 71_000 {
			t.Errorf("after 70 s: %d views, journal time %d ms on; want 1, and 60 to 71 s", len(store.views), at)
		}
	})
}

// TestLostJournal starts with a journal that has lost its beginning, and a store
// that would need it: one that was lost too, and one that was not.
func TestLostJournal(t *testing.T) {
	for _, progress := range []view.Progress{{}, {Read: 2, Resume: 0}} {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, progress: progress}
		now := time.Now().UnixMilli()
		for _, name := range []string{"a", "b", "c"} {
			log.Append(t.Context(), record(t, now,
				event.Event{View: name, Seq: 1, Kind: event.ViewStart, ViewerTime: now}, event.Event{View: name, Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
		}
		log.oldest = 2
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatalf("%+v: %v", progress, err)
		}
		<-tr.CaughtUp()
		if err := tr.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if len(store.views) != 1 || store.progress.Read != 3 {
			t.Errorf("%+v: %d views, %+v; want view c and all read", progress, len(store.views), store.progress)
		}
	}
}

// TestPanic folds a beacon that meets a bug: it must not take the others with
// it, at this start and at every later one.
func TestPanic(t *testing.T) {
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
	now := time.Now().UnixMilli()
	for _, name := range []string{"a", "poison", "b"} {
		log.Append(t.Context(), record(t, now,
			event.Event{View: name, Seq: 1, Kind: event.ViewStart, ViewerTime: now}, event.Event{View: name, Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
	}
	tr := newTracker(t, log, store)
	decode := tr.fold.decode
	tr.fold.decode = func(b *event.Beacon) ([]event.Event, error) {
		events, err := decode(b)
		if err == nil && events[0].View == "poison" {
			panic("a bug")
		}
		return events, err
	}
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-tr.CaughtUp()
	if err := tr.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if len(store.views) != 2 || store.progress.Read != 3 {
		t.Errorf("%d views, %+v; want a and b, and all read", len(store.views), store.progress)
	}
}

// TestForeignStore checks that a store which is ahead of the journal is refused.
func TestForeignStore(t *testing.T) {
	store := &memoryStore{progress: view.Progress{Read: 7, Resume: 5}}
	if err := newTracker(t, newMemoryLog(), store).Start(t.Context()); err == nil {
		t.Error("started with a store that has read more than the journal holds")
	}
}
