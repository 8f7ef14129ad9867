package simulate

import (
	"math/rand/v2"
	"time"
)

// open makes the sender of a viewer who begins to watch. The same view and seed
// give the same sender.
func (r *runner) open(s *script) *sender {
	random := rand.New(rand.NewPCG(fingerprint(s.viewID), 0))
	return r.openAs(generationOf(s.viewer.sdk, random.Float64()), s)
}

func (r *runner) openAs(how *generation, s *script) *sender {
	random := rand.New(rand.NewPCG(fingerprint(s.viewID), 1))
	p := newSender(how, r.cfg.EnvKey, client{s.viewer.address, s.viewer.userAgent}, random)
	p.persist = r.cfg.Retry
	p.tell(s, &player{id: s.playerID})
	return p
}

// openPage is open, for viewers who may watch more than one view on a page: the
// next with the same player, or one beside it with another. Both are told in
// the same beacons.
func (r *runner) openPage(s *script) *sender {
	const next, beside = 0.08, 0.03
	p := r.open(s)
	by, at := p.tellings[0].player, s.length()
	switch x := p.random.Float64(); {
	case x < next && s.leaves:
	case x < next+beside:
		by, at = &player{id: newID(p.random)}, time.Duration(p.random.Int64N(1+int64(at)))
	default:
		return p
	}
	p.tell(r.cfg.World.another(p.random, s, time.UnixMilli(s.start).Add(at)), by)
	return p
}

// another is another view of the viewer of one, at a time.
func (w *World) another(rng *rand.Rand, s *script, at time.Time) *script {
	other := w.cast(rng, w.choose(rng, at), at)
	other.viewer = s.viewer
	return w.play(rng, other, at)
}

// fingerprint is a number of an id: the 64-bit FNV-1a hash.
func fingerprint(id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}
