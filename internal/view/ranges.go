package view

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/event"
)

// span is a part of the content, in ms of the playhead.
type span struct{ from, to int64 }

// ranges follow which parts of the content played, by the playhead that events
// tell. They are used where the SDK does not tell its own.
type ranges struct {
	now  span // what plays, as far as it is known to have played
	open bool // now is being played
	over []span
}

// Bounds of the parts that are kept of a view: how many, and where in the
// content they may end, in ms. The latter is a week: whoever counts over many
// views what was played at each second has no more seconds than that, whatever
// players claim.
const (
	maxRanges  = 200
	maxContent = 7 * day
)

// advance takes the playhead of an event. The content played before it or not;
// elapsed is the time since the event before, played how much of it was
// playing, both in ms; plays tells whether the content plays after the event.
func (r *ranges) advance(m *moment, elapsed, played int64, plays bool) {
	at := m.playhead
	if r.open {
		clock := r.now.to + max(0, played)
		switch {
		case at == event.NoPlayhead:
			r.now.to = clock
		case r.follows(at, elapsed):
			r.now.to = at
		default: // it jumped, before the event could tell where from
			r.now.to = clock
			r.close()
		}
	}
	switch {
	case !plays:
		r.close()
	case !r.open && at >= 0 && at < maxInt:
		r.open, r.now = true, span{at, at}
	}
}

// follows reports whether the playhead can have come to a place by playing, at
// no more than twice the normal speed.
func (r *ranges) follows(at, elapsed int64) bool {
	const slack = 1000 // ms: players tell the playhead late
	return at >= r.now.to && at-r.now.to <= 2*min(elapsed, maxStep)+slack
}

// close ends the part that plays.
func (r *ranges) close() {
	if r.open && r.now.to > r.now.from && len(r.over) < maxRanges {
		r.over = append(r.over, r.now)
	}
	r.open = false
}

// played are the parts of the content that played, up to the last event.
func (r *ranges) played() []span {
	if r.open {
		return append(slices.Clone(r.over), r.now)
	}
	return r.over
}

// toldRanges reads the ranges that an SDK tells: an array in JSON, or the text
// of one, of texts "start:end" in ms. Those that make no sense are left out.
func toldRanges(text string) []span {
	var list []span
	isQuote := func(c rune) bool { return c == '"' || c == '\'' }
	words := strings.FieldsFunc(text, isQuote)
	if len(words) > 0 && !strings.HasSuffix(text, "]") {
		words = words[:len(words)-1] // it was cut
	}
	for _, w := range words {
		a, b, isRange := strings.Cut(w, ":")
		if !isRange {
			continue // between two of them
		}
		from, errFrom := strconv.ParseFloat(a, 64)
		to, errTo := strconv.ParseFloat(b, 64)
		if errFrom == nil && errTo == nil && from >= 0 && from < to && to < maxInt {
			list = append(list, span{int64(from), roundMS(to)})
		}
	}
	return list
}

// wholeSeconds widens spans to whole seconds, and sorts and joins them. Those
// that end too far in the content are left out.
func wholeSeconds(list []span) []span {
	joined := make([]span, 0, len(list))
	for _, s := range list {
		if s.to <= maxContent {
			joined = append(joined, span{s.from / 1000, (s.to + 999) / 1000})
		}
	}
	slices.SortFunc(joined, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	n := 0
	for _, s := range joined {
		if n > 0 && s.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
			continue
		}
		joined[n] = s
		n++
	}
	return joined[:n]
}

// rangeElements are the parts of the content that played, as elements of a List
// column: those that the SDK told last, unless it told none.
func (m *account) rangeElements() []string {
	list := toldRanges(m.registers.text(fieldPlaybackRange))
	if len(list) == 0 {
		list = m.story.ranges.played()
	}
	list = wholeSeconds(list)
	list = list[:min(len(list), maxRanges)]
	elements := make([]string, 0, len(list))
	for _, s := range list {
		elements = append(elements, JoinParts(strconv.FormatInt(s.from, 10), strconv.FormatInt(s.to, 10)))
	}
	return elements
}
