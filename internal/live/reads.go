package live

import "sync"

// reads counts queries. Each has an epoch, a number greater than those of all
// that began before it. What a change takes away is kept for the queries that
// run at the time: those up to the epoch that [reads.last] tells.
type reads struct {
	mu      sync.Mutex
	epoch   uint64
	running []uint64 // ascending
}

// begin starts a query and returns its epoch.
func (r *reads) begin() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
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

// last is the epoch of the query that began last.
func (r *reads) last() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoch
}

// oldest is the epoch of the oldest query that runs, or that of the next one.
func (r *reads) oldest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.running) > 0 {
		return r.running[0]
	}
	return r.epoch + 1
}
