package view

import (
	"math"
	"slices"
	"strconv"
)

// growth is by how much the playing time has grown from one event to the next,
// in ms: as the SDK tells it, and as it follows from the events. The latter can
// be negative, because stalls are told after the fact.
type growth struct{ told, derived float64 }

// toldTime follows the playing time that the SDK adds up.
type toldTime float64

// grow returns by how much it has grown with an event. One that starts anew
// takes nothing away.
func (t *toldTime) grow(m *moment) float64 {
	before := float64(*t)
	n, ok := m.number(fieldPlayingCumulative)
	if !ok {
		n, ok = m.number(fieldPlayingTime)
	}
	if !ok {
		return 0
	}
	*t = toldTime(n)
	return max(0, n-before)
}

// shares divide the playing time among what was in play. Where the SDK told
// the playing time, it is its time that is divided, so that the shares of all
// modes add up to the playing time of the view.
type shares[K comparable] struct {
	list []share[K]
	last int // the one that got the latest time: mostly it gets the next as well
}

type share[K comparable] struct {
	of K
	growth
}

// maxShares bounds the kinds that are told apart. Time of any more goes to the
// one of which nothing is known, the zero value.
const maxShares = 100

// add gives the time before an event to what was in play.
func (s *shares[K]) add(of K, g growth) {
	if g == (growth{}) {
		return
	}
	if s.last >= len(s.list) || s.list[s.last].of != of {
		s.last = s.find(of)
	}
	to := &s.list[s.last]
	to.told += g.told
	to.derived += g.derived
}

// find returns the place of a share, which it makes if it is new.
func (s *shares[K]) find(of K) int {
	i := s.index(of)
	if i < 0 && len(s.list) >= maxShares {
		var unknown K
		of, i = unknown, s.index(unknown)
	}
	if i < 0 {
		i = len(s.list)
		s.list = append(s.list, share[K]{of: of})
	}
	return i
}

func (s *shares[K]) index(of K) int {
	return slices.IndexFunc(s.list, func(s share[K]) bool { return s.of == of })
}

// time is the share by the SDK's playing time or by that of the events.
func (g growth) time(told bool) float64 {
	if told {
		return g.told
	}
	return g.derived
}

// elements writes the shares as elements of a List column, each with its time
// in ms. What did not play is left out.
func (s *shares[K]) elements(told bool, element func(of K, ms string) string) []string {
	list := make([]string, 0, len(s.list))
	for _, one := range s.list {
		if ms := one.whole(told); ms > 0 {
			list = append(list, element(one.of, plain(ms)))
		}
	}
	return list
}

// whole is the time in whole ms; 0 if it makes no sense.
func (g growth) whole(told bool) float64 {
	if ms := math.Round(g.time(told)); ms > 0 && ms < maxInt {
		return ms
	}
	return 0
}

// plain writes a number in plain decimals; 0 is not known and "".
func plain(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// modes divide the playing time among the modes of playback. A player that
// does not tell its mode is in the standard one.
type modes struct {
	now string
	shares[string]
}

// advance gives the playing time before an event to the mode of then, and takes
// over the one that the event tells.
func (p *modes) advance(m *moment, g growth) {
	p.add(either(p.now, "standard"), g)
	if mode := m.text(fieldMode); mode != "" {
		keep(&p.now, clean(mode, maxName))
	}
}

// adTypes divide the playing time of ads among their types. Players tell the type
// when it changes, with any event of an ad or its break.
type adTypes struct {
	now     string // told last
	content bool   // it has been shown
	shares[string]
}

// advance gives the playing time before an event to the type of then, if an ad was
// on, and takes over the one that the event tells. What SDKs tell by themselves is
// that ads before the content are prerolls; they stop telling when it begins, which players
// cannot tell.
func (p *adTypes) advance(m *moment, g growth, inAd, content bool) {
	if inAd {
		p.add(p.now, g)
	}
	if content && !p.content && p.now == "preroll" {
		p.now = ""
	}
	p.content = content
	if m.class&onAd == 0 {
		return
	}
	if told := m.text(fieldAdType); told != "" {
		keep(&p.now, clean(told, maxName))
	}
}

// elements are the types and their playing times.
func (p *adTypes) elements(told bool) []string {
	return p.shares.elements(told, func(adType, ms string) string { return JoinParts(either(adType, "unknown"), ms) })
}

// time is that of all ads, in ms: what the elements add up to.
func (p *adTypes) time(told bool) (ms float64) {
	for _, one := range p.list {
		ms += one.whole(told)
	}
	return ms
}

// elements are the modes and their playing times.
func (p *modes) elements(told bool) []string {
	return p.shares.elements(told, func(mode, ms string) string { return JoinParts(mode, ms) })
}
