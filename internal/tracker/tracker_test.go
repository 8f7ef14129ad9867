package tracker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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
	changed chan struct{} // closed and replaced by each append
}

func newMemoryLog() *memoryLog { return &memoryLog{changed: make(chan struct{})} }

func (l *memoryLog) Append(_ context.Context, records ...journal.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
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
	s.progress = b.Progress
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

// partitionOf is the partition of a view of these tests.
func partitionOf(name string) uint16 { return uint16(name[0]-'a') % 3 }

// drawLog is a journal of random events of some views, of ticks and controls. In its end
// all views are complete, even where most of the time until then is an outage, so
// that what is stored last does not depend on when commits were.
func drawLog(t *rapid.T) *memoryLog {
	log := newMemoryLog()
	now := int64(1_700_000_000_000)
	kinds := []event.Kind{event.ViewStart, event.Play, event.Playing, event.Heartbeat, event.PlayerReady, event.ViewEnd}
	for range rapid.IntRange(1, 60).Draw(t, "records") {
		pause := rapid.SampledFrom([]int64{0, 1000, 10_000, 61_000, 3_601_000}).Draw(t, "pause")
		now += pause
		switch rapid.SampledFrom([]string{"tick", "tick", "control", "beacon", "beacon", "beacon"}).Draw(t, "record") {
		case "tick":
			log.Append(t.Context(), journal.Record{Time: now})
			continue
		case "control":
			if pause > 0 { // the next view of an id must not begin in the ms in which the last one did
				_, next := log.Bounds()
				c := drawControl(t, next)
				rec := c.record(now)
				for _, r := range c.Renew {
					rec.Partition = partitionOf(r.View)
				}
				log.Append(t.Context(), rec)
			}
			continue
		}
		// A record is of one partition: its views have names of the same one.
		names := rapid.SampledFrom([][]string{{"a", "d", "g"}, {"b", "e", "h"}, {"c", "f"}}).Draw(t, "partition")
		var events []event.Event
		for range rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "events") {
			events = append(events, event.Event{
				View:       rapid.SampledFrom(names).Draw(t, "view"),
				Seq:        rapid.Int64Range(1, 6).Draw(t, "seq"),
				Kind:       rapid.SampledFrom(kinds).Draw(t, "kind"), // conflicting copies too
				ViewerTime: now, Playhead: event.NoPlayhead,
			})
		}
		rec := record(t, now+rapid.Int64Range(0, 6).Draw(t, "late"), events...)
		rec.Partition = partitionOf(names[0])
		log.Append(t.Context(), rec)
	}
	for range 61 {
		now += 2000
		log.Append(t.Context(), journal.Record{Time: now})
	}
	return log
}

// TestCrash holds the store after any number of crashes against the store
// after none: they must hold the same views. A crash is simulated by a tracker
// that stops folding at a random record and forgets everything, after a commit
// at another random record before.
func TestCrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SampledFrom([]func(*rapid.T) *memoryLog{drawLog, drawStories}).Draw(t, "log")(t)
		_, end := log.Bounds()
		outageAfter := rapid.SampledFrom([]int64{0, 5000, 100_000}).Draw(t, "outages after")
		newTracker := func(t *rapid.T, log Log, store Store) *Tracker {
			tr := newTracker(t, log, store)
			tr.fold.open.silence.Outage = outageAfter
			tr.cfg.Snapshots = store.(*memoryStore).Snapshots
			tr.snapshots.every = rapid.Int64Range(0, 5).Draw(t, "snapshots every")
			tr.snapshots.most = rapid.SampledFrom([]int{1, 3, journal.Partitions}).Draw(t, "snapshots together")
			return tr
		}

		want := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
		runTo(t, newTracker(t, log, want), log, []int64{end})

		got := &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
		for at := int64(0); at < end; {
			commits := rapid.SliceOfN(rapid.Int64Range(at, end), 1, 4).Draw(t, "commits")
			at = commits[len(commits)-1]
			got.passes, got.failures = rapid.IntRange(0, 3).Draw(t, "passing"), rapid.IntRange(0, 1).Draw(t, "failing")
			got.failAfter = rapid.Bool().Draw(t, "stored all the same")
			runTo(t, newTracker(t, log, got), log, commits)
			got.failures = 0
			if rapid.Bool().Draw(t, "finish") {
				break
			}
		}
		runTo(t, newTracker(t, log, got), log, []int64{end})

		if got.broken != nil || want.broken != nil {
			t.Fatal(errors.Join(got.broken, want.broken))
		}
		if diff := cmp.Diff(want.views, got.views); diff != "" {
			t.Errorf("views after crashes (-without crashes, +with them):\n%s", diff)
		}
		if diff := cmp.Diff(want.progress, got.progress); diff != "" {
			t.Errorf("progress (-without crashes, +with them):\n%s", diff)
		}
	})
}

// runTo folds records without goroutines, as Start does with them, commits
// whenever the position reaches one of commits, and forgets the rest. It ends
// early at a commit that fails.
func runTo(t *rapid.T, tr *Tracker, log *memoryLog, commits []int64) {
	if _, err := tr.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // a failing commit is not tried again
	last := commits[len(commits)-1]
	for _, rec := range log.records[tr.fold.read:max(tr.fold.read, last)] {
		tr.add(rec)
		for _, at := range commits {
			if tr.fold.read == at && tr.commit(ended) != nil {
				return
			}
		}
	}
}

// TestSettingChanges starts trackers with other times of silence. What was decided
// by the earlier ones stays, whatever is read again, and what waits is decided by the later ones.
func TestSettingChanges(t *testing.T) {
	const start = int64(1_700_000_000_000)
	type run struct {
		complete, final time.Duration
		heard           []int64 // when there are events, in seconds
		until           int64   // when the run ends
	}
	for _, test := range []struct {
		name string
		runs []run
		want []int // events of each view
	}{
		{"complete later", []run{{time.Minute, time.Hour, []int64{0}, 61}, {2 * time.Minute, time.Hour, nil, 121}}, []int{1}},
		{"complete earlier", []run{{time.Minute, time.Hour, []int64{0}, 30}, {10 * time.Second, time.Hour, nil, 31}}, []int{1}},
		{"final earlier", []run{
			{time.Minute, time.Hour, []int64{0, 1200, 2400}, 2401},
			{time.Minute, 10 * time.Minute, []int64{2460}, 2521},
			{time.Minute, 10 * time.Minute, []int64{2530}, 2591},
			{time.Minute, 10 * time.Minute, []int64{3600}, 3661},
		}, []int{5, 1}},
		{"final later", []run{
			{time.Minute, 10 * time.Minute, []int64{0, 700}, 701},
			{time.Minute, time.Hour, []int64{1000}, 1061},
			{time.Minute, time.Hour, []int64{4000}, 4061},
			{time.Minute, time.Hour, []int64{8000}, 8061},
		}, []int{1, 3, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, snapshots: map[uint16]view.Snapshot{}}
			seq := int64(0)
			for _, run := range test.runs {
				for _, at := range run.heard {
					seq++
					e := event.Event{View: "a", Seq: seq, Kind: event.ViewStart, ViewerTime: start + at*1000}
					log.Append(t.Context(), record(t, start+at*1000, e))
				}
				log.Append(t.Context(), journal.Record{Time: start + run.until*1000})
				tr := newTracker(t, log, store)
				rules := Rules{CompleteAfter: run.complete, FinalAfter: run.final}
				tr.fold.open.silence = rules.silence()
				runOn(t, tr, log)
			}
			var got []int
			for _, id := range slices.SortedFunc(maps.Keys(store.views), func(a, b view.ID) int { return bytes.Compare(a[:], b[:]) }) {
				got = append(got, strings.Count(store.views[id], `"viewstart"`))
			}
			if diff := cmp.Diff(test.want, got); diff != "" || store.broken != nil {
				t.Errorf("events of views (%v, -want +got):\n%s", store.broken, diff)
			}
		})
	}
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
