package live

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// audience makes up views as they are told of ordinary viewers: eleven spans on
// average, most of them changes of the bitrate; some thousand titles.
type audience struct {
	*rand.Rand
	titles int
	next   uint64
}

func newAudience(seed uint64) *audience {
	return &audience{Rand: rand.New(rand.NewPCG(seed, 3)), titles: 4000}
}

// view is somebody who comes at a time, and stays for so many ms on average.
func (a *audience) view(at, stay int64) view.Watch {
	a.next++
	values := make([]string, len(catalog.RealtimeDimensions))
	labels := make([]string, len(values))
	some := func(prefix string, n int) string { return fmt.Sprint(prefix, min(a.IntN(n), a.IntN(n), a.IntN(n))) }
	for d := range values {
		values[d] = some(catalog.RealtimeDimensions[d].Name+" ", 8)
	}
	values[0], values[2] = some("645", 300), some("C", 60)
	labels[0], labels[2] = "Provider of networks "+values[0], "Country "+values[2]
	title := min(a.IntN(a.titles), a.IntN(a.titles))
	values[9], values[8] = fmt.Sprint("Episode with a name of some length, number ", title), fmt.Sprint("Series ", title/12)
	values[catalog.RealtimeCDN] = ""
	w := view.Watch{ID: view.NewID(at, "env", fmt.Sprint(a.next)), Environment: "env", Values: values, Labels: labels}
	cdn := some("cdn-", 3)
	end := at + int64(a.ExpFloat64()*float64(stay))
	add := func(s view.Span) {
		s.CDN = cdn
		w.Spans = append(w.Spans, s)
	}
	add(view.Span{At: at, Activity: view.Starting, Startup: -1})
	at += 300 + a.Int64N(3000)
	startup := at - w.Spans[0].At
	for at < end {
		add(view.Span{At: at, Activity: view.Playing, Startup: startup, Bitrate: 700_000 << a.IntN(4)})
		startup = -1
		at += int64(a.ExpFloat64() * float64(stay) / 9)
		if a.IntN(8) == 0 && at < end {
			add(view.Span{At: at, Activity: view.Rebuffering, Startup: -1})
			at += a.Int64N(4000)
		}
	}
	add(view.Span{At: max(at, end), Activity: view.Left, Startup: -1})
	return w
}

// heap is how many bytes the heap holds.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestCost states what a view takes, and compares what the store counts with
// what the heap holds.
func TestCost(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	const views = 40_000
	a := newAudience(1)
	s := testStore(t, 1<<30)
	flat := make([]uint32, blockSpans)
	warm := &body{begin: flat[:blockViews], length: flat[:blockViews], startup: flat[:blockViews], end: flat[:blockViews], after: flat, doing: make([]uint16, blockSpans)}
	warm.end[blockViews-1] = blockSpans
	if _, err := s.codec.large(s.codec.small(warm)); err != nil { // it takes 3 MB once it is used
		t.Fatal(err)
	}
	before, spans := heap(), 0
	var ids []view.ID
	for i := range views {
		w := a.view(noon+int64(i)*4, 330_000)
		full := w.Spans
		for k := 2; k <= len(full); k++ { // it is told of piece by piece
			w.Spans = full[:k]
			s.Put(noon, []view.Watch{w})
		}
		spans += len(full)
		ids = append(ids, w.ID)
	}
	compare := func(what string, most int64) {
		t.Helper()
		held := heap() - before - int64(len(ids))*16
		t.Logf("%s: %d bytes a view of %d spans on average, counted %d", what, held/views, spans/views, s.used/views)
		if counted := s.used; counted < held*3/4 || counted > held*5/4 {
			t.Errorf("%s: %d bytes are counted, the heap holds %d", what, counted, held)
		}
		if a := held / views; a > most {
			t.Errorf("%s: %d bytes a view, want at most %d", what, a, most)
		}
	}
	compare("in pages", 320)
	s.rearrangeAll()
	compare("in blocks", 180)
	for i := range ids {
		e := s.find("env")
		e.finish(ids[i], e.index.find(ids[i], e.id))
	}
	s.rearrangeAll()
	compare("in small blocks", 90)
	runtime.KeepAlive(s)
}

// rearrangeAll leaves nothing in pages.
func (s *Store) rearrangeAll() {
	for range 12 {
		s.rearrange(noon + 10*hours)
	}
}

// TestFloodOfTexts has more distinct titles told than there is memory for.
func TestFloodOfTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	const limit = 32 << 20
	a := newAudience(1)
	before := heap()
	s := testStore(t, limit)
	title := strings.Repeat("long ", 800)
	for i := range 20_000 {
		w := a.view(noon, 100_000)
		w.Values[9] = fmt.Sprint(title, i)
		s.Put(noon+int64(i), []view.Watch{w})
		if s.used > limit {
			t.Fatalf("%d bytes are counted of %d", s.used, limit)
		}
	}
	if held := heap() - before; held > limit*5/4+3<<20 {
		t.Errorf("the heap holds %d bytes, the limit is %d", held, limit)
	}
	if got := counted(t, s.metrics.refused); got < 10_000 {
		t.Errorf("%v views were refused", got)
	}
	// Once they are final, they make room for others.
	list := []view.Watch{}
	s.environments.Range(func(_, value any) bool {
		e := value.(*environment)
		for _, p := range e.shown.Load().pages {
			for slot := range p.heads {
				w := a.view(noon, 100_000)
				w.ID, w.Final = p.ids[slot], true
				list = append(list, w)
			}
		}
		return true
	})
	s.Put(noon+100_000, list)
	refused := counted(t, s.metrics.refused)
	for i := range 10_000 {
		s.Put(noon+110_000+int64(i)*100, []view.Watch{a.view(noon+110_000, 100_000)})
	}
	if got := counted(t, s.metrics.refused) - refused; got > 1000 {
		t.Errorf("%v of 10,000 views were refused after all before were final", got)
	}
	runtime.KeepAlive(s)
}

// TestFloodOfEnvironments has views of more environments told than there is
// memory for.
func TestFloodOfEnvironments(t *testing.T) {
	const limit = 8 << 20
	a := newAudience(1)
	before := heap()
	s := testStore(t, limit)
	for i := range 5000 {
		w := a.view(noon, 100_000)
		w.Environment = fmt.Sprint("environment ", i)
		s.Put(noon+int64(i), []view.Watch{w})
		if s.used > limit {
			t.Fatalf("%d bytes are counted of %d", s.used, limit)
		}
	}
	if held := heap() - before; held > limit*5/4+3<<20 {
		t.Errorf("the heap holds %d bytes, the limit is %d", held, limit)
	}
	if counted(t, s.metrics.refused) == 0 {
		t.Error("no view was refused")
	}
	runtime.KeepAlive(s)
}

// TestOldestGoes has more history told than there is memory for: the oldest goes,
// and a plan that asks for it is told from when on there is some.
func TestOldestGoes(t *testing.T) {
	if testing.Short() {
		t.Skip("what is concurrent here is so in TestAnswers: make unit plays it")
	}
	a := newAudience(2)
	s := testStore(t, 3<<20)
	var all reference
	now := noon
	for range 60_000 {
		now += 200
		w := a.view(now-200_000, 100_000)
		w.Final = true
		all = append(all, w)
		s.Put(now, all[len(all)-1:])
	}
	since := s.Since("env")
	if since <= noon || since > now-300_000 {
		t.Fatalf("history begins %d ms after the start and %d ms before now", since-noon, now-since)
	}
	if dropped := counted(t, s.metrics.droppedMemory); dropped == 0 || s.used > 3<<20 {
		t.Errorf("%v views were dropped, %d bytes are in use", dropped, s.used)
	}
	from := since + query.TickEvery - since%query.TickEvery
	check(t, s, all, &query.TickPlan{Environment: "env", From: from, To: from + query.TickEvery, GroupBy: 2})
	_, err := s.Ticks(t.Context(), &query.TickPlan{Environment: "env", From: from - 2*query.TickEvery, To: from, GroupBy: query.NoGroups})
	if wrong, ok := errors.AsType[*fault.Error](err); !ok || wrong.Code != fault.Invalid || wrong.Param != "timestamp" {
		t.Errorf("a plan that begins before the history: %v", err)
	}
}

// TestNobodyIsLostByTheFloodOfAnother has one environment tell too much: another
// keeps its history.
func TestNobodyIsLostByTheFloodOfAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("what is concurrent here is so in TestAnswers: make unit plays it")
	}
	a := newAudience(2)
	s := testStore(t, 3<<20)
	var quiet reference
	for i := range 5000 {
		w := a.view(noon+int64(i), 50_000)
		w.Environment, w.Final = "quiet", true
		quiet = append(quiet, w)
	}
	s.Put(noon+200_000, quiet)
	for i := range 70_000 {
		w := a.view(noon+int64(i), 50_000)
		w.Final = true
		s.Put(noon+200_000+int64(i), []view.Watch{w})
	}
	if s.Since("env") <= noon || s.Since("quiet") > noon {
		t.Fatalf("histories begin %d and %d ms after the start", s.Since("env")-noon, s.Since("quiet")-noon)
	}
	check(t, s, quiet, &query.TickPlan{Environment: "quiet", From: noon, To: noon + 100_000, GroupBy: query.NoGroups})
}

// TestAge drops what ended longer ago than views are kept.
func TestAge(t *testing.T) {
	a := newAudience(3)
	s := testStore(t, 1<<30)
	list := make([]view.Watch, 6000)
	for i := range list {
		list[i] = a.view(noon, 50_000)
		list[i].Final = true
	}
	s.Put(noon, list)
	late := a.view(noon+Keep, 50_000)
	s.Put(noon+Keep, []view.Watch{late})
	s.Put(noon+Keep+20*60_000, []view.Watch{late})
	e := s.find("env")
	if got := counted(t, s.metrics.droppedAge); int(got) != len(list)-e.paged+1 || e.blocked != 0 {
		t.Errorf("%v views are dropped, %d in blocks and %d in pages are not", got, e.blocked, e.paged)
	}
	s.Put(noon+3*Keep, nil)
	if s.environments.Clear(); s.used < 0 {
		t.Errorf("%d bytes are in use", s.used)
	}
}

// TestLoad loads what was stored: not what was put meanwhile, nothing that ended
// too long ago, and no more than there is room for.
func TestLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("what is concurrent here is so in TestAnswers: make unit plays it")
	}
	a := newAudience(4)
	s := testStore(t, 1<<30)
	var all, stored reference
	for i := range 200 {
		w := a.view(noon-int64(i)*1000, 20_000)
		stored = append(stored, w)
		switch i % 4 {
		case 0: // was put, and has gone on
			w.Spans = append(w.Spans[:len(w.Spans):len(w.Spans)], view.Span{At: noon + 600_000, Activity: view.Excepted, Startup: -1})
			w.Final = i%8 == 0
			s.Put(noon, []view.Watch{w})
		case 1: // is too old
			for k := range w.Spans {
				w.Spans[k].At -= Keep + 400_000
			}
			continue
		}
		all = append(all, w)
	}
	if err := s.Load(each(stored, nil)); err != nil {
		t.Fatal(err)
	}
	check(t, s, all, &query.TickPlan{Environment: "env", From: noon - 100_000, To: noon + 600_000, GroupBy: 9})
	if want := int(counted(t, s.metrics.clamped)); want != 0 {
		t.Errorf("%d views were changed", want)
	}

	broken := errors.New("disk")
	s = testStore(t, 1<<30)
	s.Put(noon, nil)
	if err := s.Load(each(stored, broken)); !errors.Is(err, broken) {
		t.Errorf("an error of the views is %v", err)
	}

	small := testStore(t, 4<<20)
	small.Put(noon, nil)
	read := 0
	err := small.Load(func(yield func(view.Watch, error) bool) {
		for read = range 1_000_000 {
			if !yield(a.view(noon-int64(read)*1000, 20_000), nil) {
				return
			}
		}
	})
	if err != nil || read > 500_000 || small.used > 4<<20 {
		t.Errorf("%d views were read, %d bytes are in use, error %v", read, small.used, err)
	}
	if since := small.Since("env"); since < noon-int64(read)*1000 || since > noon {
		t.Errorf("history begins %d ms before now, views were read of %d ms", noon-since, read*1000)
	}
}

func each(list []view.Watch, then error) iter.Seq2[view.Watch, error] {
	return func(yield func(view.Watch, error) bool) {
		for _, w := range list {
			if !yield(w, nil) {
				return
			}
		}
		if then != nil {
			yield(view.Watch{}, then)
		}
	}
}

// TestNonsense has views told that make no sense: they are counted, and do no
// harm to others.
func TestNonsense(t *testing.T) {
	a := newAudience(5)
	s := testStore(t, 1<<30)
	list := make([]view.Watch, 50)
	for i := range list {
		list[i] = a.view(noon, 20_000)
	}
	s.Put(noon, list)
	long := make([]view.Span, 3000)
	for i := range long {
		long[i] = view.Span{At: noon + int64(i), Activity: view.Playing, Startup: int64(i), CDN: fmt.Sprint(i), Bitrate: int64(i)}
	}
	for i, spans := range [][]view.Span{
		{{At: noon, Activity: view.Playing}, {At: noon - 1, Activity: view.Left}},
		{{At: math.MinInt64, Activity: view.Starting}, {At: math.MaxInt64, Activity: view.Left}},
		{{At: math.MaxInt64, Activity: view.Starting}, {At: math.MinInt64, Activity: view.Left}},
		{{At: noon, Activity: 200, Bitrate: -5, Startup: math.MaxInt64}},
		long,
	} {
		w := a.view(noon, 20_000)
		w.Environment = "other"
		w.Spans = spans
		w.Values, w.Labels = w.Values[:i], nil
		s.Put(noon, []view.Watch{w})
		if got := counted(t, s.metrics.clamped); int(got) != i+1 {
			t.Errorf("%v views are counted after the one with number %d", got, i)
		}
	}
	s.rearrange(noon + 100*hours)
	for group := query.NoGroups; group < len(catalog.RealtimeDimensions); group++ {
		p := &query.TickPlan{Environment: "other", From: noon - noon%query.TickEvery, To: noon + 100_000, GroupBy: group}
		if _, err := s.Ticks(t.Context(), p); err != nil {
			t.Error(err)
		}
		if _, err := s.Startups(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	check(t, s, list, &query.TickPlan{Environment: "env", From: noon, To: noon + 100_000, GroupBy: 9})
	s.Put(noon, []view.Watch{{ID: list[0].ID, Environment: "env"}}) // it has gone
	check(t, s, list[1:], &query.TickPlan{Environment: "env", From: noon, To: noon + 100_000, GroupBy: 9})
}

// counted is what a counter stands at.
func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}
