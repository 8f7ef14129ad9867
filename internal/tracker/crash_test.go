package tracker

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

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
