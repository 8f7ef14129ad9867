package live

import (
	"math"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// The most that is kept of a view. What players can tell is bounded before; these
// are the last line.
const (
	maxSpans  = 1024       // the newest are kept
	maxCDNs   = 32         // that delivered to one view; the others count as not known
	maxFuture = 48 * hours // times that are further from now count as this far
	maxPast   = 72 * hours
	hours     = int64(3_600_000)
)

// text is the value of a dimension and what people call it.
type text struct{ value, label string }

// own is a copy of a text that keeps nothing else alive.
func (t text) own() text { return text{strings.Clone(t.value), strings.Clone(t.label)} }

func (t text) size() int { return sizeClass(len(t.value)) + sizeClass(len(t.label)) }

// sizeClass is about what the heap takes for so many bytes.
func sizeClass(n int) int { return (n + n/16 + 7) &^ 7 }

// doing is what a viewer does in a span.
type doing struct {
	bitrate  int64
	cdn      uint32 // number of a text
	activity view.Activity
	unheard  bool
	first    bool // the first frame was shown at its beginning
}

// packed is a view on its way into a page. The numbers in it are in use by it.
type packed struct {
	values  [width]uint32
	base    int64
	length  uint32
	startup uint32
	final   bool
	spans   []span
}

// width is how many dimensions there are.
const width = 11

// pack makes a view that can be stored of w; old is what the store holds of it,
// nil if nothing. It counts what it had to change in a view that makes no sense.
func (s *Store) pack(e *environment, w *view.Watch, old []uint32) *packed {
	v := &s.scratch
	v.final, v.startup, v.spans = w.Final, noStartup, v.spans[:0]
	for d := range v.values {
		v.values[d] = 0
		if d == catalog.RealtimeCDN {
			continue
		}
		var t text
		if d < len(w.Values) {
			t.value = w.Values[d]
		}
		if d < len(w.Labels) {
			t.label = w.Labels[d]
		}
		texts := &e.texts[d]
		if old != nil && old[d] != 0 && texts.entries[old[d]].key == t {
			v.values[d] = old[d]
			texts.again(old[d])
			continue
		}
		v.values[d] = texts.use(t, text.own)
	}
	s.packSpans(e, w, v)
	return v
}

// packSpans makes the spans of a view that can be stored.
func (s *Store) packSpans(e *environment, w *view.Watch, v *packed) {
	spans, bad := w.Spans, false
	if len(spans) > maxSpans {
		spans, bad = spans[len(spans)-maxSpans:], true
	}
	earliest, latest := s.now.Load()-maxPast, s.now.Load()+maxFuture
	at := clamp(spans[0].At, earliest, latest)
	v.base = at
	cdn := cdns{of: &e.texts[catalog.RealtimeCDN], seen: s.seen[:0]}
	for i := range spans {
		from := &spans[i]
		d := doing{bitrate: max(from.Bitrate, 0), activity: from.Activity, unheard: from.Unheard}
		if d.activity < view.Starting || d.activity > view.LeftEarly {
			d.activity, bad = view.Paused, true
		}
		if next := clamp(from.At, max(at, earliest), latest); next == from.At {
			at = next
		} else {
			at, bad = next, true
		}
		if from.Startup >= 0 && v.startup == noStartup {
			d.first, v.startup = true, uint32(min(from.Startup, math.MaxUint32-1))
		}
		var known bool
		d.cdn, known = cdn.number(from.CDN)
		bad = bad || !known || from.Bitrate < 0
		v.spans = append(v.spans, span{after: uint32(at - v.base), doing: e.use(d)})
	}
	v.length = uint32(at - v.base)
	for _, n := range cdn.seen { // the spans use them now
		cdn.of.leave(n)
	}
	s.seen = cdn.seen
	if bad {
		s.metrics.clamped.Inc()
	}
}

// clamp is the time of a span within bounds.
func clamp(at, earliest, latest int64) int64 { return min(max(at, earliest), latest) }

// cdns gives numbers to the CDNs of one view, and uses each once.
type cdns struct {
	of   *dictionary[text]
	last string
	n    uint32
	seen []uint32
}

// number is that of a CDN; 0 and false if there are too many.
func (c *cdns) number(name string) (uint32, bool) {
	if name == "" {
		return 0, true
	}
	if name == c.last {
		return c.n, true
	}
	t := text{value: name}
	n, ok := c.of.find(t)
	if ok && slices.Contains(c.seen, n) {
		c.last, c.n = name, n
		return n, true
	}
	if len(c.seen) >= maxCDNs {
		return 0, false
	}
	n = c.of.use(t, text.own)
	c.seen = append(c.seen, n)
	c.last, c.n = name, n
	return n, true
}
