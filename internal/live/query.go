package live

import (
	"cmp"
	"context"
	"slices"
	"time"
	"unsafe"

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
	if err := r.each(ctx, g.view); err != nil {
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
		if v.startup == noStartup {
			return nil
		}
		for i, after := range v.after {
			state := v.state(i)
			if !state.first {
				continue
			}
			if at := v.base + int64(after); at > r.origin && at <= p.To && state.activity != 0 {
				list = append(list, query.Startup{At: at, Time: int64(v.startup), Value: r.value(v, state)})
			}
			break // a view has one
		}
		return nil
	})
	return list, err
}

// startups is how many there may be at most, for a query of half an hour without
// conditions; of others that tells too little.
func (r *reading) startups() (n int) {
	if r.env == nil || len(r.Where) > 0 || r.ticks < 360 {
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
	memory int64 // bytes that it may take
}

// read begins a query, once there is a turn for it.
func (s *Store) read(ctx context.Context, p *query.TickPlan) (*reading, func(), error) {
	select {
	case s.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	r := &reading{store: s, TickPlan: p, window: windowOf(p), memory: max(s.memory/4, minQueryMemory)}
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
	for i := range p.Where {
		if r.env == nil {
			break
		}
		c := &p.Where[i]
		w := &where{TickCondition: c, texts: &r.env.texts[c.Dimension]}
		if c.Dimension == catalog.RealtimeCDN {
			r.cdns = append(r.cdns, w)
		} else {
			r.wheres = append(r.wheres, w)
		}
	}
	if since := s.Since(p.Environment); p.From < since {
		end()
		return nil, nil, fault.Badf("timestamp", "the history of real-time numbers begins at %s; ask for that or later", time.UnixMilli(since+999).UTC().Format(time.DateTime+"Z"))
	}
	return r, end, nil
}

// minQueryMemory is what a query may take of memory at least, in bytes.
const minQueryMemory = 64 << 20

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
// time of the call.
func (r *reading) each(ctx context.Context, do func(*viewed) error) error {
	if r.env == nil {
		return nil
	}
	for _, b := range r.shown.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.block(b, do); err != nil {
			return err
		}
	}
	for _, p := range r.shown.pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.page(p, do); err != nil {
			return err
		}
	}
	return nil
}

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
	v.after, v.numbers = v.after[:0], v.numbers[:0]
	for _, s := range spans {
		if int(s.doing) >= len(r.states) || !r.states[s.doing].known {
			r.learn(s.doing)
		}
		v.after, v.numbers = append(v.after, s.after), append(v.numbers, s.doing)
	}
	v.states = r.states
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
		if c, err = r.large(b); err != nil {
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
func (r *reading) large(b *block) (*body, error) {
	if c := r.store.cache.find(b); c != nil {
		return c, nil
	}
	c, err := r.store.codec.large(b.small)
	if err != nil {
		return nil, err
	}
	r.store.cache.keep(b, c)
	return c, nil
}

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

// where is a condition on the values of a dimension. It compares each text once.
type where struct {
	*query.TickCondition
	texts *dictionary[text]
	known []int8 // by number: 1 is kept, -1 is not, 0 is to be looked up
}

func (w *where) keeps(number uint32) bool {
	if int(number) < len(w.known) {
		if known := w.known[number]; known != 0 {
			return known > 0
		}
	}
	return w.learn(number)
}

func (w *where) learn(number uint32) bool {
	value, entries := textOf(w.texts, number)
	if entries > len(w.known) {
		longer := make([]int8, entries)
		copy(longer, w.known)
		w.known = longer
	}
	keeps := slices.Contains(w.Values, value.value) != w.Not
	w.known[number] = -1
	if keeps {
		w.known[number] = 1
	}
	return keeps
}

// textOf is what a number of a dictionary stands for, and how many there are.
func textOf(d *dictionary[text], number uint32) (text, int) {
	entries := d.list()
	if number == 0 {
		return text{}, max(len(entries), 1)
	}
	return entries[number].key, len(entries)
}

// groups collects the cells of each group.
type groups struct {
	*reading
	walk    walk
	byText  []int32  // by the number of the text: which of cells, and one more; 0: none yet
	numbers []uint32 // of texts, by group
	cells   [][]cell
	spare   []cell // for the next groups
	cdns    []uint32
	bytes   int64
}

func groupsOf(r *reading) *groups {
	return &groups{reading: r, walk: walk{window: r.window}}
}

// view adds a view to its group, or to those of its CDNs.
func (g *groups) view(v *viewed) error {
	switch {
	case g.GroupBy == query.NoGroups:
		return g.add(v, 0)
	case g.GroupBy != catalog.RealtimeCDN:
		return g.add(v, v.group)
	}
	g.cdns = g.cdns[:0]
	for i := range v.after {
		if n := v.state(i).cdn; !slices.Contains(g.cdns, n) {
			g.cdns = append(g.cdns, n)
		}
	}
	if len(g.cdns) == 1 {
		return g.add(v, g.cdns[0])
	}
	for _, n := range g.cdns {
		g.walk.one, g.walk.cdn = true, n
		if err := g.add(v, n); err != nil {
			return err
		}
	}
	g.walk.one = false
	return nil
}

// add adds a view to the group of a text.
func (g *groups) add(v *viewed, number uint32) error {
	if int(number) >= len(g.byText) {
		longer := make([]int32, max(int(number)+1, 2*len(g.byText)))
		copy(longer, g.byText)
		g.byText = longer
	}
	group := g.byText[number] - 1
	if group < 0 {
		group = int32(len(g.cells))
		cells, err := g.more()
		if err != nil {
			return err
		}
		g.byText[number] = group + 1
		g.cells, g.numbers = append(g.cells, cells), append(g.numbers, number)
	}
	g.walk.cells = g.cells[group]
	if v.local != nil {
		addView(&g.walk, v.base, v.after, v.local, v.states)
	} else {
		addView(&g.walk, v.base, v.after, v.numbers, v.states)
	}
	return nil
}

// more is the cells of one more group. The answer takes as much once more.
func (g *groups) more() ([]cell, error) {
	n := g.window.cells()
	if len(g.spare) < n {
		g.spare = make([]cell, n*min(max(len(g.cells), 1), max(1<<14/n, 1)))
		if g.bytes += 3 * int64(len(g.spare)) * int64(unsafe.Sizeof(cell{})); g.bytes > g.memory && g.GroupBy != query.NoGroups {
			return nil, fault.Badf("dimension", "%s has too many values for %d points at a time; filter them", catalog.RealtimeDimensions[g.GroupBy].Name, g.ticks)
		}
	}
	cells := g.spare[:n:n]
	g.spare = g.spare[n:]
	return cells, nil
}

// answer adds up the cells of groups, those with the same value together, in the
// order of values. Groups without anything are left out.
func (g *groups) answer() *query.Ticks {
	answer := &query.Ticks{From: g.From}
	if g.GroupBy == query.NoGroups {
		sum := make([]query.Tick, g.ticks)
		if len(g.cells) > 0 {
			sum = ticks(g.cells[0])
		}
		answer.Groups = []query.TickGroup{{Ticks: sum}}
		return answer
	}
	for i, cells := range g.cells {
		sum := ticks(cells)
		if !slices.ContainsFunc(sum, func(t query.Tick) bool { return t != query.Tick{} }) {
			continue
		}
		t, _ := textOf(&g.env.texts[g.GroupBy], g.numbers[i])
		answer.Groups = append(answer.Groups, query.TickGroup{Value: t.value, Label: t.label, Ticks: sum})
	}
	slices.SortFunc(answer.Groups, func(a, b query.TickGroup) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(b.Label, a.Label))
	})
	answer.Groups = together(answer.Groups)
	return answer
}

// together adds up neighbours with the same value.
func together(list []query.TickGroup) []query.TickGroup {
	kept := list[:0]
	for _, g := range list {
		last := len(kept) - 1
		if last < 0 || kept[last].Value != g.Value {
			kept = append(kept, g)
			continue
		}
		for i := range g.Ticks {
			kept[last].Ticks[i].Add(g.Ticks[i])
		}
	}
	return kept
}
