package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/query"
)

// TestRealtimeTruth holds real-time numbers against the truth about 2,000 viewers
// in ten minutes of journal time.
func TestRealtimeTruth(t *testing.T) {
	w := tellTenMinutes(t, fewer(2000))
	w.delay(t)
	store, _ := w.run(t, openViews(t), 0)
	w.ask(t, store, w.until.Add(2*time.Minute)).check(t)
}

// fewer is how many viewers or views there are: in a short test not as many.
func fewer(n int) int {
	if testing.Short() {
		return n / 8
	}
	return n
}

// TestRealtimeRestart has the server die at some time, lose all that it had not
// committed, and start again: the answers are those of one that went on.
func TestRealtimeRestart(t *testing.T) {
	t.Parallel()
	viewers := fewer(500)
	w := tellTenMinutes(t, viewers)
	told := len(w.records)
	w.goOn(70 * time.Minute) // until most views are final
	whole, _ := w.run(t, openViews(t), 0)
	want := w.answers(t, whole)
	after := func(d time.Duration) int { // the first record after a time
		return slices.IndexFunc(w.records, func(r journal.Record) bool { return r.Time > w.from.Add(d).UnixMilli() })
	}
	for seed, test := range []struct {
		name string
		at   int // the first record that comes after the restart; -1: any
		over int // views at least that are over then, so that only the store knows of them
	}{
		{"after five minutes", after(5 * time.Minute), 0},
		{"at a record", -1, 0},
		{"at another record", -1, 0},
		{"at one more record", -1, 0},
		{"when some views are final and some are not", after(65 * time.Minute), viewers / 4},
		{"when all are over", len(w.records), viewers},
	} {
		t.Run(test.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, uint64(seed))) //nolint:gosec // an index
			if test.at < 0 {
				test.at = random.IntN(told)
			}
			views := openViews(t)
			w.crash(t, views, test.at, random)
			store, loaded := w.run(t, views, test.at)
			if diff := cmp.Diff(want, w.answers(t, store)); diff != "" {
				t.Errorf("of %d records %d were there at the restart (-without it, +after it):\n%s", len(w.records), test.at, diff)
			}
			if loaded < test.over {
				t.Errorf("%d views came from the store, want %d or more", loaded, test.over)
			}
		})
	}
}

// goOn has time go on in the journal without beacons.
func (w *tenMinutes) goOn(d time.Duration) {
	last := w.records[len(w.records)-1]
	for range int(d / (10 * time.Second)) {
		last = journal.Record{Offset: last.Offset + 1, Time: last.Time + 10_000}
		w.records = append(w.records, last)
	}
}

// delay moves the truth of those views whose times the server cannot know
// exactly. Players that do not say when they send a beacon are believed to send
// it with its last event, so that their view seems later by the shortest wait of
// a beacon after its last event. That is nothing for all who ever send one at
// once, as nearly all do at the start or the end of a view; only Roku's never
// do, and if they show a second video then the last beacon of the first one
// waits too. Here those waits are measured, from what the players told and the
// truth, and not from what the server made of it.
func (w *tenMinutes) delay(t *testing.T) {
	t.Helper()
	heard, skew := w.waits(t)
	late := map[string]int{}
	for i := range w.truths {
		v := &w.truths[i]
		ahead, started := skew[v.ViewID]
		if !started {
			t.Fatalf("view %s never began", v.ViewID)
		}
		wait := heard[v.ViewID] + ahead - v.Start
		if wait == 0 {
			continue
		}
		late[v.Software]++
		v.Start += wait
		v.End += wait
		for k := range v.States {
			v.States[k].At += wait
		}
	}
	if len(late) > 1 || late["RokuVideoPlayer"] > len(w.truths)/100 {
		t.Errorf("of %d views those of players %v are told late, want a few of RokuVideoPlayer", len(w.truths), late)
	}
}

// waits returns by the id of each view for how long its beacons waited at least
// by the clock of the player, that is with its error, and when it began by that
// clock.
func (w *tenMinutes) waits(t *testing.T) (shortest, began map[string]int64) {
	t.Helper()
	decode := w.decode()
	shortest, began = map[string]int64{}, map[string]int64{}
	for _, r := range w.records {
		if len(r.Data) == 0 {
			continue
		}
		var b event.Beacon
		if err := b.UnmarshalBinary(r.Data); err != nil {
			t.Fatal(err)
		}
		events, err := decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			e := &events[i]
			sent := e.Origin.Sent
			if sent == 0 {
				sent = e.Origin.Latest
			}
			if known, ok := shortest[e.View]; !ok || e.Origin.Received-sent < known {
				shortest[e.View] = e.Origin.Received - sent
			}
			if e.Kind == event.ViewStart {
				began[e.View] = e.ViewerTime
			}
		}
	}
	return shortest, began
}

// answers are all numbers of the time until everybody is gone, by each dimension.
func (w *tenMinutes) answers(t *testing.T, engine query.Realtime) map[string]any {
	t.Helper()
	answers := map[string]any{}
	for by := query.NoGroups; by < len(catalog.RealtimeDimensions); by++ {
		p := &query.TickPlan{
			Environment: w.environment, From: w.from.Add(-time.Minute).UnixMilli(), To: w.until.Add(2 * time.Minute).UnixMilli(), GroupBy: by,
		}
		ticks, err := engine.Ticks(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		startups, err := engine.Startups(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(startups, func(a, b query.Startup) int {
			return slices.Compare([]string{fmt.Sprint(a)}, []string{fmt.Sprint(b)})
		})
		answers[fmt.Sprint("by ", by)], answers[fmt.Sprint("startups by ", by)] = ticks, startups
	}
	return answers
}
