package live

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// noon is a tick.
const noon = int64(1_790_000_000_000)

func testStore(t testing.TB, memory int64) *Store {
	t.Helper()
	s, err := New(Config{Memory: memory, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	s.sharedUnits = 1 // long queries are made by two goroutines
	return s
}

// crowd makes views up.
type crowd struct {
	*rand.Rand
	next uint64
}

func newCrowd(seed uint64) *crowd { return &crowd{Rand: rand.New(rand.NewPCG(seed, 7))} }

// pick is one of some values. The first ones are more likely.
func (c *crowd) pick(prefix string, n int) string {
	k := min(c.IntN(n), c.IntN(n))
	if k == 0 {
		return ""
	}
	return fmt.Sprint(prefix, k)
}

// view makes up a view whose spans begin around a time and take up to a time
// each. Many of them begin at ticks.
func (c *crowd) view(around, spread, each int64) view.Watch {
	c.next++
	w := view.Watch{ID: view.NewID(around, "env", fmt.Sprint(c.next)), Environment: c.pick("env", 3)}
	for d := range catalog.RealtimeDimensions {
		value, label := "", ""
		if d != catalog.RealtimeCDN {
			value = c.pick("v", 5)
		}
		if catalog.RealtimeDimensions[d].Label != nil && value != "" {
			label = c.pick("label", 3)
		}
		w.Values, w.Labels = append(w.Values, value), append(w.Labels, label)
	}
	at := around - spread + c.Int64N(2*spread)
	started := false
	for range 1 + c.IntN(12) {
		if c.IntN(3) == 0 {
			at -= at % query.TickEvery
			at += int64(c.IntN(3)-1) * int64(c.IntN(2))
		}
		if n := len(w.Spans); n > 0 {
			at = max(at, w.Spans[n-1].At)
		}
		s := view.Span{At: at, Activity: view.Activity(1 + c.IntN(11)), Startup: -1, CDN: c.pick("cdn", 4)}
		if s.Activity.Watching() {
			s.Unheard = c.IntN(6) == 0
		}
		if s.Activity == view.Playing {
			s.Bitrate = int64(c.IntN(4)) * 1_234_567
			if !started && c.IntN(2) == 0 {
				started, s.Startup = true, int64(c.IntN(20_000))
			}
		}
		w.Spans = append(w.Spans, s)
		at += c.Int64N(each)
		if c.IntN(8) == 0 {
			at += 280_000 + int64(c.IntN(40_000))
		}
	}
	return w
}

// plan makes up a plan around a time.
func (c *crowd) plan(around int64) *query.TickPlan {
	n := []int64{1, 1, 2, 12, 120, 360}[c.IntN(6)]
	from := around + int64(c.IntN(60)-30)*query.TickEvery
	from -= from % query.TickEvery
	p := &query.TickPlan{
		Environment: c.pick("env", 3),
		From:        from, To: from + (n-1)*query.TickEvery,
		GroupBy: c.IntN(len(catalog.RealtimeDimensions)+1) - 1,
	}
	if c.IntN(4) == 0 {
		p.GroupBy = catalog.RealtimeCDN
	}
	for range c.IntN(4) {
		w := query.TickCondition{Dimension: c.IntN(len(catalog.RealtimeDimensions)), Not: c.IntN(2) == 0}
		prefix := "v"
		if c.IntN(2) == 0 {
			w.Dimension = catalog.RealtimeCDN
		}
		if w.Dimension == catalog.RealtimeCDN {
			prefix = "cdn"
		}
		for range 1 + c.IntN(3) {
			w.Values = append(w.Values, c.pick(prefix, 5))
		}
		p.Where = append(p.Where, w)
	}
	return p
}

// check compares what a store answers with the reference.
func check(t *testing.T, s *Store, all reference, p *query.TickPlan) {
	t.Helper()
	all = slices.DeleteFunc(slices.Clone(all), func(w view.Watch) bool { // it is slow
		return len(w.Spans) == 0 || w.Spans[0].At > p.To || w.Spans[len(w.Spans)-1].At <= p.From-query.TickEvery
	})
	got, err := s.Ticks(context.Background(), p)
	if err != nil {
		t.Fatalf("plan %+v: %v", p, err)
	}
	if diff := cmp.Diff(all.ticks(p), got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("plan %+v: ticks (-want +got):\n%s", p, diff)
	}
	for _, g := range got.Groups {
		for i := range g.Ticks {
			if k := &g.Ticks[i]; k.Exits > k.StartAttempts || k.StartupFailures > k.StartAttempts || k.StartupFailures > k.Failures ||
				k.StartingUp > k.Concurrent || k.BitrateViewers > k.Concurrent || k.RebufferTime > k.WatchTime {
				t.Fatalf("plan %+v: a part is more than the whole in group %q: %+v", p, g.Value, *k)
			}
		}
	}
	startups, err := s.Startups(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	want := all.startups(p)
	byTime(want)
	byTime(startups)
	if diff := cmp.Diff(want, startups, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("plan %+v: startups (-want +got):\n%s", p, diff)
	}
}

// rearrange makes blocks of what rests at a time, and those small in which nothing
// changes.
func (s *Store) rearrange(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.environments.Range(func(_, value any) bool {
		e := value.(*environment)
		e.seal(now, 1)
		s.shrink(e)
		e.tidy()
		s.count(e)
		return true
	})
}

// TestAnswers compares answers about made-up views with those of the reference,
// wherever the views are.
func TestAnswers(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 6
	}
	for seed := range seeds {
		c := newCrowd(seed)
		s := testStore(t, 1<<30)
		list := make([]view.Watch, 1+c.IntN(25))
		for i := range list {
			list[i] = c.view(noon, 600_000, 1+c.Int64N(60_000))
		}
		s.Put(noon, list)
		for range c.IntN(60) { // what is known of some changes
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
		for range 10 {
			check(t, s, list, c.plan(noon))
		}
		checkUse(t, s)
	}
}

// checkUse compares how often texts are in use, as dictionaries know it, with
// how often they are.
func checkUse(t *testing.T, s *Store) {
	t.Helper()
	s.environments.Range(func(_, value any) bool {
		e := value.(*environment)
		var texts [width]map[uint32]uint32
		for d := range texts {
			texts[d] = map[uint32]uint32{}
		}
		doings := map[uint32]uint32{}
		for _, p := range e.shown.Load().pages {
			for slot := range p.heads {
				h := &p.heads[slot]
				if h.count == 0 {
					continue
				}
				for d, n := range p.valuesOf(slot) {
					texts[d][n]++
				}
				for _, span := range p.of(h) {
					doings[span.doing]++
				}
			}
		}
		for _, b := range e.shown.Load().blocks {
			for d := range b.texts {
				for _, n := range b.texts[d] {
					texts[d][n]++
				}
			}
			for _, n := range b.doings {
				doings[n]++
			}
		}
		for n := range e.doings.entries {
			if e.doings.entries[n].key != (doing{}) {
				texts[catalog.RealtimeCDN][e.doings.entries[n].key.cdn]++
			}
		}
		compareUse(t, &e.doings, doings)
		for d := range texts {
			compareUse(t, &e.texts[d], texts[d])
		}
		return true
	})
}

func compareUse[K comparable](t *testing.T, d *dictionary[K], want map[uint32]uint32) {
	t.Helper()
	got := map[uint32]uint32{}
	for n := range d.entries {
		if d.entries[n].users > 0 {
			got[uint32(n)] = d.entries[n].users
		}
	}
	delete(want, 0)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("users of %T (-want +got):\n%s", d, diff)
	}
}

// TestQueriesDuringChanges has queries run while views change, go to blocks and
// come back: each counts every view once.
func TestQueriesDuringChanges(t *testing.T) {
	const viewers = 300
	s := testStore(t, 1<<30)
	c := newCrowd(1)
	list := make([]view.Watch, viewers)
	for i := range list {
		list[i] = c.view(noon, 1, 1)
		list[i].Environment = "env"
		list[i].Spans = []view.Span{{At: noon, Activity: view.Playing, Startup: -1}, {At: noon + 10_000, Activity: view.Left, Startup: -1}}
	}
	s.Put(noon, list)
	done := make(chan struct{})
	var group sync.WaitGroup
	var asked atomic.Int64
	for range 3 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := s.Ticks(t.Context(), &query.TickPlan{Environment: "env", From: noon, To: noon, GroupBy: query.NoGroups})
				if err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
				if n := got.Groups[0].Ticks[0].Concurrent; n != viewers {
					t.Errorf("%d viewers, want %d", n, viewers)
					return
				}
			}
		})
	}
	for round := int64(0); round < 150 || asked.Load() < 300 && !t.Failed(); round++ {
		for range 20 {
			i := c.IntN(viewers)
			w := &list[i]
			w.Spans = append(w.Spans[:2:2], view.Span{At: noon + 20_000 + round, Activity: view.Paused, Startup: -1, CDN: fmt.Sprint(round)})
			s.Put(noon+min(round, 1000)*10_000, list[i:i+1])
		}
		s.rearrange(noon + 200_000)
	}
	close(done)
	group.Wait()
	checkUse(t, s)
}
