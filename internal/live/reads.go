package live

import "sync"

// reads counts queries. Each has an epoch, a number greater than those of all
// that began before it, so that a change can tell for which of them it is not
// made.
type reads struct {
	mu      sync.Mutex
	epoch   uint64
	running []uint64 // ascending
}

// begin starts a query and returns its epoch. No change is made between that and
// what the query looks at first.
func (r *reads) begin(look func()) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	look()
	r.running = append(r.running, r.epoch)
	return r.epoch
}

// end is told that a query has ended.
func (r *reads) end(epoch uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, e := range r.running {
		if e == epoch {
			r.running = append(r.running[:i], r.running[i+1:]...)
			return
		}
	}
}

// bounds returns the epochs of the oldest query that runs, or of the next one if
// none does, and of the one that began last.
func (r *reads) bounds() (oldest, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.running) > 0 {
		return r.running[0], r.epoch
	}
	return r.epoch + 1, r.epoch
}

// between makes a change that no query begins in the middle of. It is told the
// epoch of the query that began last.
func (r *reads) between(change func(last uint64)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.epoch)
}
