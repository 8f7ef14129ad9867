package live

import (
	"context"
	"sync/atomic"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
)

// maxQueries is how many queries run at a time; more wait.
const maxQueries = 4

// Ticks implements [query.Realtime]. A plan that begins before the history is
// whole is an error that names timestamp, and one whose groups would take more
// memory than queries have names dimension.
func (s *Store) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	r, end, err := s.read(ctx, p)
	if err != nil {
		return nil, err
	}
	defer end()
	g := groupsOf(r)
	if err := g.collect(ctx); err != nil {
		return nil, err
	}
	return g.answer(), nil
}

// Startups implements [query.Realtime]. Errors are those of Ticks.
func (s *Store) Startups(ctx context.Context, p *query.TickPlan) ([]query.Startup, error) {
	r, end, err := s.read(ctx, p)
	if err != nil {
		return nil, err
	}
	defer end()
	list := make([]query.Startup, 0, r.startups())
	err = r.each(ctx, func(v *viewed) error {
		list = r.startup(v, list)
		return nil
	})
	return list, err
}

// startup adds the first frame of a view, if there is one that is asked for.
func (r *reading) startup(v *viewed, list []query.Startup) []query.Startup {
	if v.startup == noStartup {
		return list
	}
	for i, after := range v.after {
		state := v.state(i)
		if !state.first {
			continue
		}
		if at := v.base + int64(after); at > r.origin && at <= r.To && state.activity != 0 {
			list = append(list, query.Startup{At: at, Time: int64(v.startup), Value: r.value(v, state)})
		}
		break // a view has one
	}
	return list
}

// startups is how many there may be at most, for a query of nearly half an hour
// without conditions; of others that tells too little.
func (r *reading) startups() (n int) {
	if r.env == nil || len(r.Where) > 0 || r.ticks < 300 {
		return 0
	}
	for _, b := range r.shown.blocks {
		if b.last > r.origin && b.first <= r.To {
			n += blockViews
		}
	}
	return n + len(r.shown.pages)*pageViews
}

// value is the value of a view, in a state, of the dimension of groups.
func (r *reading) value(v *viewed, s *state) string {
	if r.GroupBy == query.NoGroups {
		return ""
	}
	number := v.group
	if r.GroupBy == catalog.RealtimeCDN {
		number = s.cdn
	}
	t, _ := textOf(&r.env.texts[r.GroupBy], number)
	return t.value
}

// reading is one query.
type reading struct {
	*query.TickPlan
	store *Store
	window
	states []state // by the number of a doing
	local  []state // of the block that is looked at
	env    *environment
	wheres []*where // of dimensions that do not change within a view
	cdns   []*where // of the CDN
	shown  *shown
	epoch  uint32
	memory int64         // bytes that it may take
	next   *atomic.Int64 // how many blocks and pages have been looked at
}

// read begins a query, once there is a turn for it.
func (s *Store) read(ctx context.Context, p *query.TickPlan) (*reading, func(), error) {
	select {
	case s.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	r := &reading{store: s, next: new(atomic.Int64), TickPlan: p, window: windowOf(p), memory: max(s.memory/4, minQueryMemory)}
	r.env = s.find(p.Environment)
	epoch := s.reads.begin(func() {
		if r.env != nil {
			r.shown = r.env.shown.Load() // before it is asked how far back it goes
		}
	})
	end := func() {
		s.reads.end(epoch)
		<-s.turns
	}
	r.epoch = uint32(epoch)
	r.filter()
	if since := s.Since(p.Environment); p.From < since {
		end()
		return nil, nil, fault.Badf("timestamp", "the history of real-time numbers begins at %s; ask for that or later", time.UnixMilli(since+999).UTC().Format(time.DateTime+"Z"))
	}
	return r, end, nil
}

// filter makes the conditions of the plan ready.
func (r *reading) filter() {
	r.wheres, r.cdns = nil, nil
	if r.env == nil {
		return
	}
	for i := range r.Where {
		c := &r.Where[i]
		w := &where{TickCondition: c, texts: &r.env.texts[c.Dimension]}
		if c.Dimension == catalog.RealtimeCDN {
			r.cdns = append(r.cdns, w)
		} else {
			r.wheres = append(r.wheres, w)
		}
	}
}

// minQueryMemory is what a query may take of memory at least, in bytes.
const minQueryMemory = 64 << 20

// learn looks up what a doing means.
func (r *reading) learn(number uint32) {
	entries := r.env.doings.list()
	if len(entries) > len(r.states) {
		longer := make([]state, len(entries))
		copy(longer, r.states)
		r.states = longer
	}
	s := stateOf(entries[number].key)
	for _, w := range r.cdns {
		if !w.keeps(s.cdn) {
			s = s.unasked()
			break
		}
	}
	r.states[number] = s
}
