package live

import (
	"fmt"
	"strings"
	"testing"

	"playhead/internal/query"
	"playhead/internal/view"
)

// watched is a view that plays from a time on, for a minute.
func watched(name string, at int64) view.Watch {
	return view.Watch{ID: view.NewID(at, "env", name), Environment: "env", Spans: []view.Span{
		{At: at, Activity: view.Playing, Startup: -1}, {At: at + 60_000, Activity: view.Left, Startup: -1},
	}}
}

// concurrent asks how many viewers there are at a tick.
func concurrent(t *testing.T, s *Store, tick int64) int64 {
	t.Helper()
	tick -= tick % query.TickEvery
	got, err := s.Ticks(t.Context(), &query.TickPlan{Environment: "env", From: tick, To: tick, GroupBy: query.NoGroups})
	if err != nil {
		t.Errorf("a minute of the history: %v", err)
		return -1
	}
	return got.Groups[0].Ticks[0].Concurrent
}

// TestLoadFromTheFuture loads a view whose player was a day ahead before all others:
// they are not too old because of it.
func TestLoadFromTheFuture(t *testing.T) {
	s := testStore(t, 1<<30)
	s.Put(noon, nil)
	list := []view.Watch{watched("ahead", noon+23*hours), watched("a", noon-hours), watched("b", noon-23*hours)}
	if err := s.Load(each(list, nil)); err != nil {
		t.Fatal(err)
	}
	for _, w := range list[1:] {
		if n := concurrent(t, s, w.Spans[0].At+30_000); n != 1 {
			t.Errorf("%d viewers in the middle of a view that was loaded, want 1", n)
		}
	}
	if err := testStore(t, 1<<30).Load(each(list, nil)); err == nil {
		t.Error("views are loaded before anybody told the time")
	}
}

// TestClockSetBack has the server's clock be days ahead for a while: what comes
// when it is right again is there.
func TestClockSetBack(t *testing.T) {
	s := testStore(t, 1<<30)
	s.Put(noon, []view.Watch{watched("before", noon)})
	s.Put(noon+90*hours, []view.Watch{watched("ahead", noon+90*hours)})
	s.Put(noon+1000, []view.Watch{watched("after", noon+1000)})
	if since := s.Since("env"); since > noon+1000 {
		t.Errorf("history begins %d ms after now", since-noon-1000)
	}
	if n := concurrent(t, s, noon+30_000); n < 1 {
		t.Errorf("%d viewers after the clock was set back", n)
	}
	for i := range int64(20) {
		w := watched("old", noon-23*hours+i*60_000)
		w.Final = true
		s.Put(noon+2000+i*2*hours, []view.Watch{w})
	}
	s.rearrange(noon + 100*hours)
	s.Put(noon+47*hours, nil)
	if e := s.find("env"); e.blocked != 1 {
		t.Errorf("%d views are left of those that are too old, want the one ahead", e.blocked)
	}
}

// TestDroppedFromTheFuture drops a view whose player was ahead: what is told
// of now is not given up for it.
func TestDroppedFromTheFuture(t *testing.T) {
	s := testStore(t, 1<<30)
	w := watched("ahead", noon+23*hours)
	w.Final = true
	s.Put(noon, []view.Watch{w})
	s.rearrange(noon + 100*hours)
	s.mu.Lock()
	dropped := s.dropOldest(s.find("env"))
	s.mu.Unlock()
	if since := s.Since("env"); !dropped || since > noon+query.TickEvery {
		t.Errorf("dropped: %v, history begins %d ms after now", dropped, since-noon)
	}
}

// TestQuietEnvironment has one view watched every six hours for a hundred days, and
// then many: the old ones are gone, and the new ones are there.
func TestQuietEnvironment(t *testing.T) {
	s := testStore(t, 1<<30)
	now := noon
	for range 400 {
		now += 6 * hours
		w := watched("seldom", now)
		w.Final = true
		s.Put(now, []view.Watch{w})
	}
	const many = 3 * blockViews
	list := make([]view.Watch, many)
	for i := range list {
		list[i] = watched(fmt.Sprint(i), now)
		list[i].Final = true
	}
	s.Put(now, list)
	s.rearrange(now + hours)
	if n := concurrent(t, s, now+30_000); n != many+1 {
		t.Errorf("%d viewers, want %d", n, many+1)
	}
	for _, b := range s.find("env").shown.Load().blocks {
		if b.last-b.first > 2*blockTime {
			t.Errorf("a block is of %d hours", (b.last-b.first)/hours)
		}
	}
	s.Put(now+2*Keep, nil)
	s.Put(now+2*Keep+tidyEvery, nil)
	if e := s.find("env"); e != nil {
		t.Errorf("of an environment that nobody watches any more, %d and %d views are left", e.paged, e.blocked)
	}
	if s.used != 0 {
		t.Errorf("%d bytes are in use", s.used)
	}
}

// TestFullWhileLoading: views are loaded by their end, and some of them have not
// done anything for long at their end. The history begins where the views end that
// are not loaded, all the same.
func TestFullWhileLoading(t *testing.T) {
	s := testStore(t, 1<<20)
	s.Put(noon, nil)
	read, newest := 0, noon
	err := s.Load(func(yield func(view.Watch, error) bool) {
		for ; read < 10_000; read++ {
			newest -= 1000
			w := watched("", newest-60_000)
			w.Values = make([]string, width)
			w.Values[9] = fmt.Sprint(strings.Repeat("title ", 50), read)
			if read%10 != 0 { // they ended paused
				w.Spans[0].At -= 4 * hours
				w.Spans[1] = view.Span{At: w.Spans[0].At + 60_000, Activity: view.Paused, Startup: -1}
			}
			if !yield(w, nil) {
				return
			}
		}
	})
	if since := s.Since("env"); err != nil || since < newest || read == 10_000 || since > newest+2040_000 {
		t.Errorf("%v; history begins %d s after the last view that was read, of %d", err, (since-newest)/1000, read)
	}
}

// TestFinalViewsExpire has views become final where they are: when they are too
// old, nothing is left of them.
func TestFinalViewsExpire(t *testing.T) {
	s := testStore(t, 1<<30)
	for i := range int64(3) {
		w := watched(fmt.Sprint(i), noon)
		s.Put(noon, []view.Watch{w})
		w.Final = true
		s.Put(noon, []view.Watch{w})
	}
	s.Put(noon+Keep+tidyEvery, nil)
	if s.find("env") == nil {
		t.Error("views are gone that ended a minute after they may have gone")
	}
	s.Put(noon+Keep+60_001, nil)
	s.Put(noon+Keep+60_001+2*tidyEvery, nil)
	if s.find("env") != nil || s.used != 0 || counted(t, s.metrics.droppedAge) != 3 {
		t.Errorf("%d bytes are in use, %v views are counted as dropped", s.used, counted(t, s.metrics.droppedAge))
	}
}
