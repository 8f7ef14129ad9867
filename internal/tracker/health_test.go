package tracker

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// figure reads a gauge or a counter of a tracker.
func figure(t *testing.T, tr *Tracker, name string) float64 {
	t.Helper()
	families, err := tr.cfg.Registerer.(*prometheus.Registry).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "playhead_tracker_"+name {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() // it is one of them
		}
	}
	t.Fatalf("there is no figure %s", name)
	return 0
}

// appendView appends a whole view.
func appendView(t *testing.T, log *memoryLog, id string) {
	now := time.Now().UnixMilli()
	err := log.Append(t.Context(), record(t, now,
		event.Event{View: id, Seq: 1, Kind: event.ViewStart, ViewerTime: now}, event.Event{View: id, Seq: 2, Kind: event.ViewEnd, ViewerTime: now}))
	if err != nil {
		t.Fatal(err)
	}
}

// TestStalledCommit has a commit hang for minutes while views go on ending. The
// tracker must not pile them up, and has to tell; when the store goes on, so does
// everything.
func TestStalledCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		store.gate = make(chan struct{})
		for i := range 100 {
			appendView(t, log, fmt.Sprint(i))
			synctest.Wait()
		}
		<-time.After(45 * time.Second)
		synctest.Wait()
		if tr.fold.Waiting() > tr.cfg.CommitViews || tr.fold.Open() > tr.cfg.CommitViews {
			t.Errorf("%d views wait, %d are open; want those of one commit, %d, and the rest in the journal", tr.fold.Waiting(), tr.fold.Open(), tr.cfg.CommitViews)
		}
		if err := tr.Stuck(46 * time.Second); err != nil {
			t.Errorf("stuck for 46 s: %v, want not yet", err)
		}
		if err := tr.Stuck(45 * time.Second); err == nil || err.Error() != "the commit of views has been running for 45s" {
			t.Errorf("stuck for 45 s: %v, want a commit that has been running for 45 s", err)
		}
		if got := figure(t, tr, "commit_running_seconds"); math.Round(got) != 45 {
			t.Errorf("commit has run for %v s, want 45", got)
		}
		// Ninety-nine are in the journal, or fewer where a batch was larger.
		if got := figure(t, tr, "behind_records"); got < 97 || figure(t, tr, "behind_seconds") != 45 {
			t.Errorf("behind by %v records, %v s; want 97 to 99, and 45 s", got, figure(t, tr, "behind_seconds"))
		}
		if l := tr.Load(); l.BehindRecords < 97 || l.Behind != 45*time.Second || l.OpenViews < 1 || l.RunningViews != 0 {
			t.Errorf("load %+v: want 97 to 99 records, 45 s, and views of which none is in progress", l)
		}
		close(store.gate)
		<-time.After(time.Second)
		synctest.Wait()
		if err := tr.Stuck(0); err != nil {
			t.Errorf("after the stall: %v", err)
		}
		if got := figure(t, tr, "behind_records"); got != 0 || len(store.views) != 100 {
			t.Errorf("after the stall %d views are stored and %v records unread, want all 100 and none", len(store.views), got)
		}
		if got, now := figure(t, tr, "last_commit_time_seconds"), float64(time.Now().Unix()); got < now-2 || got > now {
			t.Errorf("the last commit was at %v, want it a moment before %v", got, now)
		}
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestFailingCommit has a store refuse everything for a minute.
func TestFailingCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}, failures: 20}
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		appendView(t, log, "a")
		<-time.After(40 * time.Second)
		synctest.Wait()
		if err := tr.Stuck(30 * time.Second); err == nil || !strings.Contains(err.Error(), "has been failing for 40s: the disk is on fire") {
			t.Errorf("stuck: %v, want commits that have been failing for 40 s", err)
		}
		<-time.After(time.Minute) // 20 attempts take less than 100 s
		synctest.Wait()
		if err := tr.Stuck(0); err != nil || len(store.views) != 1 {
			t.Errorf("in the end: %v, %d views; want no error and 1", err, len(store.views))
		}
		if err := tr.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestUnreadableJournal has the disk fail to read for a minute.
func TestUnreadableJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
		tr := newTracker(t, log, store)
		if err := tr.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		log.mu.Lock()
		log.broken = errors.New("the disk does not answer")
		log.mu.Unlock()
		appendView(t, log, "a")
		<-time.After(time.Minute)
		synctest.Wait()
		if err := tr.Stuck(time.Minute); err == nil || err.Error() != "the journal has not been readable for 1m0s: the disk does not answer" {
			t.Errorf("stuck: %v, want the journal", err)
		}
		log.mu.Lock()
		log.broken = nil
		log.mu.Unlock()
		<-time.After(longestPause + time.Second)
		synctest.Wait()
		if err := tr.Stuck(0); err != nil || len(store.views) != 1 {
			t.Errorf("after the fault: %v, %d views; want no error and 1", err, len(store.views))
		}
		if err := tr.Stop(t.Context()); err != nil || tr.Err() != nil {
			t.Error(err, tr.Err())
		}
	})
}

// TestGoneRecords deletes records that the tracker needs: only another start can
// go on without them.
func TestGoneRecords(t *testing.T) {
	log, store := newMemoryLog(), &memoryStore{views: map[view.ID]string{}}
	log.broken = fmt.Errorf("record 0: %w", journal.ErrGone)
	appendView(t, log, "a")
	tr := newTracker(t, log, store)
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-tr.Done()
	if !errors.Is(tr.Err(), journal.ErrGone) {
		t.Errorf("the tracker ended with %v, want ErrGone", tr.Err())
	}
	if err := tr.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
