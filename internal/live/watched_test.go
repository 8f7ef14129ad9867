package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/fault"
	"playhead/internal/view"
)

// present are the views that a store tells of a time, by their ids; two of the same one
// are an error.
func present(t testing.TB, s *Store, environment string, from, to int64, each func()) map[view.ID]view.Watch {
	t.Helper()
	got := map[view.ID]view.Watch{}
	for w, err := range s.Watched(context.Background(), environment, from, to) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[w.ID]; twice {
			t.Fatalf("view %s comes twice", w.ID)
		}
		got[w.ID] = w
		each()
	}
	return got
}

// TestWatched compares what is told of made-up views with what was put, wherever the
// views are.
func TestWatched(t *testing.T) {
	small, died := 0, 0
	for seed := range uint64(40) {
		c := newCrowd(seed)
		s := testStore(t, 1<<30)
		list := make([]view.Watch, 1+c.IntN(25))
		for i := range list {
			list[i] = c.view(noon, 600_000, 1+c.Int64N(60_000))
		}
		s.Put(noon, list)
		for range c.IntN(60) {
			i := c.IntN(len(list))
			if list[i].Final {
				continue
			}
			if c.IntN(3) > 0 {
				w := c.view(noon, 600_000, 60_000)
				w.ID, w.Environment = list[i].ID, list[i].Environment
				list[i] = w
			}
			list[i].Final = c.IntN(3) == 0
			s.Put(noon, list[i:i+1])
			if c.IntN(3) == 0 {
				s.rearrange(noon + c.Int64N(3_600_000))
			}
		}
		s.environments.Range(func(_, e any) bool {
			for _, b := range e.(*environment).shown.Load().blocks {
				if b.body == nil {
					small++
				}
				if b.died != nil {
					died++
				}
			}
			return true
		})
		for range 10 {
			environment := c.pick("env", 3)
			from := noon + int64(c.IntN(1_200_000)) - 600_000
			to := from + []int64{1, 1000, 30_000, 600_000}[c.IntN(4)]
			if w := &list[c.IntN(len(list))]; c.IntN(3) == 0 { // exactly where something begins
				if from = w.Spans[len(w.Spans)-1].At; c.IntN(2) == 0 {
					from, to = w.Spans[0].At-1000, w.Spans[0].At+int64(c.IntN(2))
				}
			}
			want := map[view.ID]view.Watch{}
			for _, w := range list {
				if w.Environment == environment && w.Spans[0].At < to && w.Spans[len(w.Spans)-1].At >= from {
					w.Final = false
					want[w.ID] = w
				}
			}
			got := present(t, s, environment, from, to, func() {})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("seed %d, from %d to %d (-want +got):\n%s", seed, from-noon, to-noon, diff)
			}
		}
	}
	if small == 0 || died == 0 {
		t.Errorf("%d small blocks and %d that views have left: want some of each", small, died)
	}
}

// TestWatchedDuringChanges has views change, go to blocks and come back while they are told
// of, and others come: each that is there all the time is told of once, as it was or as it
// is, and nobody waits.
func TestWatchedDuringChanges(t *testing.T) {
	const viewers = 5000
	s := testStore(t, 1<<30)
	c := newCrowd(1)
	list := make([]view.Watch, viewers)
	versions := map[view.ID][]string{}
	for i := range list {
		list[i] = c.view(noon, 1, 1)
		list[i].Environment = "env"
		list[i].Spans = []view.Span{{At: noon, Activity: view.Playing, Startup: -1}, {At: noon + 10_000, Activity: view.Left, Startup: -1}}
		versions[list[i].ID] = []string{list[i].Values[0]}
	}
	s.Put(noon, list)
	round := 0
	for range 3 {
		begun := map[view.ID]int{}
		for id, v := range versions {
			begun[id] = len(v) - 1
		}
		n := 0
		got := present(t, s, "env", noon, noon+30_000, func() {
			if n++; n%100 != 0 {
				return
			}
			round++
			var changes sync.WaitGroup // another goroutine, as it is when nobody waits
			changes.Go(func() {
				for range 20 {
					w := &list[c.IntN(viewers)]
					if w.Final {
						continue
					}
					w.Spans = append(w.Spans[:2:2], view.Span{At: noon + 20_000 + int64(round), Activity: view.Paused, Startup: -1, CDN: fmt.Sprint("cdn", round)})
					w.Values = slices.Clone(w.Values)
					w.Values[0] = fmt.Sprint("changed ", round, strings.Repeat("x", c.IntN(9)))
					w.Final = c.IntN(9) == 0
					versions[w.ID] = append(versions[w.ID], w.Values[0])
					s.Put(noon+min(int64(round), 1000)*10_000, []view.Watch{*w})
				}
				more := c.view(noon, 1, 1)
				more.Environment = "env"
				s.Put(noon, []view.Watch{more})
				s.rearrange(noon + 200_000)
			})
			changes.Wait()
		})
		for id, from := range begun {
			w, there := got[id]
			if !there {
				t.Fatalf("view %s is not told of", id)
			}
			if !slices.Contains(versions[id][from:], w.Values[0]) {
				t.Errorf("view %s has %q, want one of %q", id, w.Values[0], versions[id][from:])
			}
		}
	}
	checkUse(t, s)
}

// TestWatchedRefuses asks for what is not there any more.
func TestWatchedRefuses(t *testing.T) {
	s := testStore(t, 1<<30)
	s.Put(noon, nil)
	for _, err := range s.Watched(t.Context(), "env", noon-Keep-1, noon) {
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "begins at") {
			t.Errorf("%v, want that the history begins later", err)
		}
	}
	for w, err := range s.Watched(t.Context(), "env", noon-Keep, noon) {
		t.Errorf("nobody was there, and got %+v, %v", w, err)
	}
	w := newCrowd(1).view(noon, 1, 1)
	s.Put(noon, []view.Watch{w})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range s.Watched(ended, w.Environment, noon-10_000, noon+10_000) {
		if n++; n == 2 && err == nil {
			t.Error("it goes on after its context has ended")
		}
	}
	if oldest, last := s.reads.bounds(); oldest != last+1 {
		t.Errorf("query %d still runs", oldest)
	}
}

// TestWatchedKeepsTexts has all views replaced while the first ones are told of: the rest
// is told of as it was, with texts that nobody has any more.
func TestWatchedKeepsTexts(t *testing.T) {
	const viewers = 2 * pageViews
	s := testStore(t, 1<<30)
	list := make([]view.Watch, viewers)
	for i := range list {
		list[i] = watchOf("env", fmt.Sprint("before ", i), view.Span{At: noon, Activity: view.Playing, Startup: -1, CDN: fmt.Sprint("cdn ", i)}, view.Span{At: noon + 10_000, Activity: view.Left, Startup: -1})
		list[i].ID = view.NewID(noon, "env", fmt.Sprint(i))
	}
	s.Put(noon, list)
	want := map[view.ID]view.Watch{}
	for _, w := range list {
		want[w.ID] = w
	}
	changed := false
	got := present(t, s, "env", noon, noon+30_000, func() {
		if changed {
			return
		}
		changed = true
		s.rearrange(noon + 200_000)
		for i := range list {
			w := list[i]
			w.Values, w.Final = slices.Clone(w.Values), true
			w.Values[0], w.Spans = fmt.Sprint("after ", i), append(w.Spans[:1:1], view.Span{At: noon + 20_000, Activity: view.Left, Startup: -1, CDN: fmt.Sprint("after ", i)})
			s.Put(noon, []view.Watch{w})
		}
		for range 5 {
			s.rearrange(noon + 200_000)
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
}

// watchOf is a view whose first value is this.
func watchOf(environment, value string, spans ...view.Span) view.Watch {
	w := view.Watch{Environment: environment, Values: make([]string, width), Labels: make([]string, width), Spans: spans}
	w.Values[0] = value
	return w
}
