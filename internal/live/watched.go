package live

import (
	"context"
	"fmt"
	"iter"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/view"
)

// Watched tells what the viewers of an environment were doing at a time from one on and
// before another, both in ms since 1970: each view once of which the first span begins
// before the end of it and the last one not before its beginning, whole, and in no order.
// Whether a view is final it does not tell.
//
// What is told of is as it was when this began, or newer. Nobody waits for whoever takes
// the views, but what has gone meanwhile takes memory until it ends: who has to
// wait for long ends it and begins again. A time before the history is whole is an error,
// which names timestamp; an error ends it.
func (s *Store) Watched(ctx context.Context, environment string, from, to int64) iter.Seq2[view.Watch, error] {
	return func(yield func(view.Watch, error) bool) {
		r := watching{env: s.find(environment), from: from, to: to}
		var shown shown
		epoch := s.reads.begin(func() {
			if r.env != nil {
				shown = *r.env.shown.Load() // before it is asked how far back it goes
			}
		})
		defer s.reads.end(epoch)
		r.epoch = uint32(epoch)
		if since := s.Since(environment); from < since {
			yield(view.Watch{}, fault.Badf("timestamp", "the history of real-time numbers begins at %s; ask for that or later", time.UnixMilli(since+999).UTC().Format(time.DateTime+"Z")))
			return
		}
		some := func(err error) bool {
			for i := range r.list {
				if !yield(r.list[i], nil) {
					return false
				}
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(view.Watch{}, fmt.Errorf("read what viewers were doing: %w", err))
			}
			return err == nil
		}
		for _, b := range shown.blocks {
			if !some(r.block(s, b)) {
				return
			}
		}
		for _, p := range shown.pages {
			r.page(p)
			if !some(nil) {
				return
			}
		}
	}
}

// watching is a look at views with all that is known of them.
type watching struct {
	env      *environment
	from, to int64
	epoch    uint32
	list     []view.Watch // of the block or page that was looked at last

	spans []span
}

// meets tells whether a view that begins and ends at a time is asked for.
func (r *watching) meets(first, last int64) bool { return first < r.to && last >= r.from }

// page lists the views of a page.
func (r *watching) page(p *page) {
	r.list = r.list[:0]
	p.mu.RLock()
	defer p.mu.RUnlock()
	if !r.meets(p.first, p.last) {
		return
	}
	for slot := range p.heads {
		if h := &p.heads[slot]; h.count > 0 && h.born < r.epoch && r.meets(h.base, h.end()) {
			r.add(p.ids[slot], p.valuesOf(slot), h.base, h.startup, p.of(h))
		}
	}
}

// block lists the views of a block.
func (r *watching) block(s *Store, b *block) error {
	r.list = r.list[:0]
	b.mu.RLock()
	defer b.mu.RUnlock()
	if !r.meets(b.first, b.last) {
		return nil
	}
	c := b.body
	if c == nil {
		var err error
		if c, err = s.large(b); err != nil {
			return err
		}
	}
	for slot, begin := range c.begin {
		if first := b.first + int64(begin); r.meets(first, first+int64(c.length[slot])) && !b.gone(slot, r.epoch) {
			values := b.valuesIn(c, slot)
			r.spans = b.spansOf(c, slot, r.spans[:0])
			r.add(b.ids[slot], values[:], first, c.startup[slot], r.spans)
		}
	}
	return nil
}

// add lists a view.
func (r *watching) add(id view.ID, values []uint32, base int64, startup uint32, spans []span) {
	w := view.Watch{ID: id, Environment: r.env.name, Values: make([]string, width), Labels: make([]string, width), Spans: make([]view.Span, len(spans))}
	for d, n := range values {
		t, _ := textOf(&r.env.texts[d], n)
		w.Values[d], w.Labels[d] = t.value, t.label
	}
	doings := r.env.doings.list()
	for i, from := range spans {
		d := doings[from.doing].key
		to := view.Span{At: base + int64(from.after), Activity: d.activity, Unheard: d.unheard, Bitrate: d.bitrate, Startup: -1}
		cdn, _ := textOf(&r.env.texts[catalog.RealtimeCDN], d.cdn)
		if to.CDN = cdn.value; d.first {
			to.Startup = int64(startup)
		}
		w.Spans[i] = to
	}
	r.list = append(r.list, w)
}
