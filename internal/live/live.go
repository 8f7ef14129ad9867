// Package live keeps in memory what viewers were doing in the last 24 hours, and
// answers [query.Realtime] from it: at each of many ticks, with any filters, by any
// dimension.
//
// # Pages and blocks
//
// What is kept is views with their spans, no sums: a question is answered by one
// pass over the views that were there in its window. Views that may change are in
// a [page], where they are replaced in place. A minute after its end a view goes
// to a [block], which holds about four thousand of them in columns. If it changes
// after all, as its viewer has come back, it goes to a page again. When all views
// of a block are final, the block is compressed ([codec]); queries that reach so
// far back decompress it, and a [cache] keeps what they asked for last.
//
// Texts, and what a viewer does in a span, are numbers of a [dictionary] of the
// environment, so a query compares each text once, and a text is kept once and for as
// long as a view has it.
//
// Of 40,000 made-up views with twelve spans on average, some thousand titles and
// their share of everything (TestCost), a view takes 300 bytes in a page, 155 in a
// block and 80 in a compressed one.
//
// # Queries and changes
//
// One goroutine at a time changes the store. Queries do not wait for it, nor it
// for them, but for the page or block that is being read: some 0.1 ms. They read
// the pages and blocks that were shown when they began, and see each view once even
// if it moves meanwhile: what moves is copied to new pages and blocks, which are then
// shown in the place of the old ones at once. A view that comes back from a block
// notes which queries began before, and these see it where it was ([reads]).
//
// # Limits
//
// All that is held is counted. Over the limit, the environment that has the most
// loses its oldest blocks, and so the beginning of its history, which [Store.Since]
// tells; if it has none, views that need more memory are refused.
package live

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Keep is how long a view is kept after its end, in ms: real-time numbers go back
// by [query.RealtimeReach], and windows of half an hour may begin there.
const Keep = query.RealtimeReach + 35*60_000

// Config is what a [Store] is made of.
type Config struct {
	Memory     int64 // bytes that it may take; must be positive
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Store keeps what viewers were doing. All methods may be called at any time from
// any goroutine.
type Store struct {
	memory  int64
	log     *slog.Logger
	metrics *metrics
	reads   reads
	codec   *codec
	cache   cache
	turns   chan struct{} // a running query holds one

	sharedUnits int // see the constant

	environments sync.Map     // string: *environment; only who holds mu changes it, so for the next
	now          atomic.Int64 // the time that Put told last, in ms since 1970
	lost         atomic.Int64 // as that of an environment, for all of them
	unread       atomic.Int64 // ticks before this one lack views that are still to be loaded; 0: none do

	mu     sync.Mutex           // held by who changes something
	used   int64                // bytes
	gone   map[view.ID]struct{} // final views that were put; nil once Load has ended
	tidied int64                // when tidy last looked at everything

	warnedDrop, warnedRefusal int64 // when they were last logged
	fullUntil                 int64 // there is no room before this time

	scratch packed
	seen    []uint32
}

// New makes a store without views. Memory that is not positive is an error.
func New(c Config) (*Store, error) {
	if c.Memory <= 0 {
		return nil, fmt.Errorf("memory for real-time numbers is %d bytes: want more than 0", c.Memory)
	}
	if n := len(catalog.RealtimeDimensions); n != width {
		return nil, fmt.Errorf("%d dimensions of real-time numbers: want %d", n, width)
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{
		memory:  c.Memory,
		codec:   codec,
		cache:   cache{limit: c.Memory / cacheShare},
		log:     c.Logger,
		metrics: newMetrics(c.Registerer),
		turns:   make(chan struct{}, maxQueries),

		sharedUnits: sharedUnits,
		gone:        map[view.ID]struct{}{},
	}
	s.unread.Store(math.MaxInt64)
	return s, nil
}

// Put stores what changed: views replace those of the same id and environment,
// and one without spans goes away. Now is the time, in ms since 1970: it may go
// back, as clocks are set back. Nothing of the list is kept. A view that there is
// no memory for is refused and counted.
func (s *Store) Put(now int64, list []view.Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Store(now)
	for i := range list {
		w := &list[i]
		e, stored := s.put(w)
		if !stored {
			s.refuse(e, w)
		}
		if w.Final && s.gone != nil {
			s.gone[w.ID] = struct{}{}
		}
		s.tidy(e)
	}
	s.tidy(nil)
}

// Load stores views that ended before the store was made, the newest first. Those
// that were put meanwhile are skipped. It is called once, after a Put, if only of
// nothing, has told the time; it stops where the memory is full, which is no error.
// Errors are those of the views. How far it has come tells [Store.LoadedSince].
func (s *Store) Load(views iter.Seq2[view.Watch, error]) error {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gone = nil
		s.report()
	}()
	if s.now.Load() == 0 {
		return errors.New("load views for real-time numbers: nobody has told the time")
	}
	var last latest
	for w, err := range views {
		if err != nil {
			return fmt.Errorf("load views for real-time numbers: %w", err)
		}
		if n := len(w.Spans); n > 0 {
			last.note(w.Spans[n-1].At)
		}
		if err := s.load(&w, &last); errors.Is(err, errFull) {
			break
		}
		if last.isNew() {
			s.unread.Store(s.wholeFrom(&last))
		}
	}
	s.unread.Store(0)
	return nil
}

// LoadedSince is the first tick from which on no stored views are missing, in ms
// since 1970: it goes back while Load goes on, and is 0 in the end.
func (s *Store) LoadedSince() int64 { return s.unread.Load() }

// wholeFrom is the first tick from which on there are all views, when those that
// are not loaded are older than the last ones.
func (s *Store) wholeFrom(last *latest) int64 {
	return min(last.all, s.now.Load()) + view.SilentAfter + query.TickEvery
}

var errFull = errors.New("memory is full")

// latest is about when those views ended that were read last, a thousand or two,
// at the latest. Of a single one this is not known, as it may not have done
// anything for long at its end.
type latest struct {
	views      int
	these, all int64 // of the last thousand, and of that and the one before
}

func (l *latest) note(end int64) {
	if l.views++; l.isNew() {
		l.these, l.all = 0, l.these
	}
	l.these = max(l.these, end)
	l.all = max(l.all, l.these)
}

// isNew reports whether a thousand has just begun.
func (l *latest) isNew() bool { return l.views > 0 && l.views%1000 == 0 }

// load stores one view that is final; last knows it.
func (s *Store) load(w *view.Watch, last *latest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(w.Spans) == 0 {
		return nil
	}
	end := w.Spans[len(w.Spans)-1].At
	if _, put := s.gone[w.ID]; put || end < s.now.Load()-Keep {
		return nil
	}
	if e := s.find(w.Environment); e != nil && e.index.find(w.ID, e.id) != 0 {
		return nil
	}
	final := *w
	final.Final = true
	if s.used+s.cost(&final)+environmentCost > s.limit() {
		until := s.wholeFrom(last)
		s.lost.Store(max(s.lost.Load(), until))
		s.log.Warn("memory for real-time numbers is full: older history is not loaded", "bytes", s.used, "whole_from", time.UnixMilli(until).UTC())
		return errFull
	}
	e, _ := s.put(&final)
	s.tidy(e)
	return nil
}

// put stores a view, and reports whether there was room for it. The environment
// is nil if there was no room for it either.
func (s *Store) put(w *view.Watch) (*environment, bool) {
	e, need := s.find(w.Environment), s.cost(w)
	if e == nil && len(w.Spans) == 0 {
		return nil, true
	}
	if e == nil {
		need += environmentCost + int64(len(w.Environment))
	}
	if len(w.Spans) > 0 && s.used+need > s.limit() && !s.makeRoom(e, need) {
		return e, false
	}
	if e == nil {
		e = newEnvironment(strings.Clone(w.Environment), &s.reads)
		s.environments.Store(e.name, e)
	}
	defer s.count(e)
	at := e.index.find(w.ID, e.id)
	if len(w.Spans) > 0 {
		e.put(w.ID, s.pack(e, w, e.valuesAt(at)), at)
	} else if at != 0 {
		e.remove(w.ID, at)
	}
	return e, true
}

// find is the environment of a name, nil if there is none.
func (s *Store) find(name string) *environment {
	e, ok := s.environments.Load(name)
	if !ok {
		return nil
	}
	return e.(*environment)
}

// count brings the sum of bytes up to date after an environment changed.
func (s *Store) count(e *environment) {
	bytes := e.bytes()
	s.used += bytes - e.counted
	e.counted = bytes
}

// Since is the first tick from which on the history of an environment is whole,
// in ms since 1970.
func (s *Store) Since(name string) int64 {
	since := max(s.lost.Load(), s.now.Load()-Keep, 0)
	if e := s.find(name); e != nil {
		since = max(since, e.lost.Load())
	}
	return since
}
