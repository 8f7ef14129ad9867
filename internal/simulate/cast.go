package simulate

import "math/rand/v2"

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

// fingerprint is a number of an id: the 64-bit FNV-1a hash.
func fingerprint(id string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}
