package live

import (
	"context"
	"slices"

	"playhead/internal/catalog"
)

// viewed is a view that a query asks for.
type viewed struct {
	base    int64
	startup uint32
	group   uint32   // the number of its value of the dimension of groups; 0 of the CDN
	after   []uint32 // of its spans: ms after the base
	local   []uint16 // and their states, by index; nil: numbers tells
	numbers []uint32
	states  []state
}

// state is that of a span.
func (v *viewed) state(i int) *state {
	if v.local != nil {
		return &v.states[v.local[i]]
	}
	return &v.states[v.numbers[i]]
}

// each calls back with the views that were there within the window, and that keep
// to all conditions but those of the CDN. What it calls back with is valid for the
// time of the call. Halves of one query share the blocks and pages.
func (r *reading) each(ctx context.Context, do func(*viewed) error) error {
	if r.env == nil {
		return nil
	}
	for {
		i := int(r.next.Add(1)) - 1
		if err := ctx.Err(); err != nil {
			return err
		}
		if i >= r.units() {
			return nil
		}
		if err := r.unit(i, do); err != nil {
			return err
		}
	}
}

// unit calls back with the views of a block or page.
func (r *reading) unit(i int, do func(*viewed) error) error {
	if blocks := r.shown.blocks; i >= len(blocks) {
		return r.page(r.shown.pages[i-len(blocks)], do)
	}
	return r.block(r.shown.blocks[i], do)
}

// units is how many blocks and pages there are.
func (r *reading) units() int { return len(r.shown.blocks) + len(r.shown.pages) }

func (r *reading) page(p *page, do func(*viewed) error) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.last <= r.origin || p.first > r.To {
		return nil
	}
	var v viewed
	for i := range p.heads {
		h := &p.heads[i]
		if h.base > r.To || h.base+int64(h.length) <= r.origin || h.count == 0 || h.born >= r.epoch {
			continue
		}
		values := p.valuesOf(i)
		if !r.keeps(values) {
			continue
		}
		if r.GroupBy >= 0 {
			v.group = values[r.GroupBy]
		}
		v.base, v.startup = h.base, h.startup
		r.spans(&v, p.of(h))
		if err := do(&v); err != nil {
			return err
		}
	}
	return nil
}

// spans looks up what a viewer did.
func (r *reading) spans(v *viewed, spans []span) {
	v.after, v.numbers = slices.Grow(v.after[:0], len(spans))[:len(spans)], slices.Grow(v.numbers[:0], len(spans))[:len(spans)]
	after, numbers, states := v.after, v.numbers, r.states // close at hand
	for i, s := range spans {
		if int(s.doing) >= len(states) || !states[s.doing].known {
			r.learn(s.doing)
			states = r.states
		}
		after[i], numbers[i] = s.after, s.doing
	}
	v.states = states
}

// keeps tells whether a view keeps to the conditions but those of the CDN.
func (r *reading) keeps(values []uint32) bool {
	for _, w := range r.wheres {
		if !w.keeps(values[w.Dimension]) {
			return false
		}
	}
	return true
}

func (r *reading) block(b *block, do func(*viewed) error) error {
	if b.last <= r.origin || b.first > r.To || !r.asks(b) {
		return nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.body
	if c == nil {
		var err error
		if c, err = r.store.large(b); err != nil {
			return err
		}
	}
	r.local = r.local[:0]
	for _, n := range b.doings {
		if int(n) >= len(r.states) || !r.states[n].known {
			r.learn(n)
		}
		r.local = append(r.local, r.states[n])
	}
	v := viewed{states: r.local}
	origin, to := r.origin-b.first, r.To-b.first
	for i, begin := range c.begin {
		if int64(begin) > to || int64(begin)+int64(c.length[i]) <= origin || !r.keepsSlot(b, c, i) || b.gone(i, r.epoch) {
			continue
		}
		if r.GroupBy >= 0 && r.GroupBy != catalog.RealtimeCDN {
			v.group = b.texts[r.GroupBy][c.values[r.GroupBy].at(i)]
		}
		from, end := c.spans(i)
		v.base, v.startup = b.first+int64(begin), c.startup[i]
		v.after, v.local = c.after[from:end], c.doing[from:end]
		if err := do(&v); err != nil {
			return err
		}
	}
	return nil
}

// asks tells whether any view of a block may keep to the conditions.
func (r *reading) asks(b *block) bool {
	for _, w := range r.wheres {
		if !slices.ContainsFunc(b.texts[w.Dimension], w.keeps) {
			return false
		}
	}
	return true
}

func (r *reading) keepsSlot(b *block, c *body, slot int) bool {
	for _, w := range r.wheres {
		if !w.keeps(b.texts[w.Dimension][c.values[w.Dimension].at(slot)]) {
			return false
		}
	}
	return true
}

// large is the body of a small block.
func (s *Store) large(b *block) (*body, error) {
	if c := s.cache.find(b); c != nil {
		return c, nil
	}
	c, err := s.codec.large(b.small)
	if err != nil {
		return nil, err
	}
	s.cache.keep(b, c)
	return c, nil
}
