package beacon

import (
	"net"
	"net/http"
	"strings"

	"playhead/internal/journal"
)

// A part is where events go together: one environment and one partition.
type part struct {
	environment string
	partition   uint16
}

// routed is a part, and how many events have gone there.
type routed struct {
	part
	events int
}

// A router assigns the events of one request to parts.
type router struct {
	environments Environments
	fallback     string // key of events that have none

	parts    []routed
	accepted int          // events of known environments
	foreign  int          // events of unknown environments
	unknown  []foreignKey // the first keys of the latter

	// The last key that was looked up: most requests have one only.
	asked       bool
	key         string
	environment string
	known       bool
}

// route is the callback of Format.Split.
func (r *router) route(envKey, viewID, playerID []byte) int {
	if !r.asked || !r.same(envKey) {
		r.asked, r.key = true, string(envKey)
		if r.key == "" {
			r.key = r.fallback
		}
		r.environment, r.known = r.environments.EnvironmentByKey(r.key)
	}
	if !r.known {
		r.miss(len(envKey) > 0)
		return -1
	}
	r.accepted++
	id := viewID
	if len(id) == 0 {
		id = playerID
	}
	to := part{r.environment, partition(r.environment, id)}
	for i, p := range r.parts {
		if p.part == to {
			r.parts[i].events++
			return i
		}
	}
	r.parts = append(r.parts, routed{to, 1})
	return len(r.parts) - 1
}

// miss counts an event whose key, which it has told or not, no environment has.
func (r *router) miss(told bool) {
	r.foreign++
	for i := range r.unknown {
		if k := &r.unknown[i]; k.key == r.key {
			k.events++
			return
		}
	}
	if len(r.unknown) < maxForeignKeys {
		r.unknown = append(r.unknown, foreignKey{r.key, told, 1})
	}
}

// same reports whether an event's key is the one that was looked up last.
func (r *router) same(envKey []byte) bool {
	return string(envKey) == r.key || len(envKey) == 0 && r.key == r.fallback
}

// partition is the partition of a view: the 64-bit FNV-1a hash of the
// environment's id, a zero byte and the view's id (or its player's, for events
// without a view), its halves xored, modulo the number of partitions. It must
// never change: the events of a view are folded in the order of one partition.
func partition(environment string, id []byte) uint16 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(environment) {
		h = (h ^ uint64(environment[i])) * prime
	}
	h *= prime // the zero byte
	for _, c := range id {
		h = (h ^ uint64(c)) * prime
	}
	return uint16((h ^ h>>32) % journal.Partitions)
}

// fallbackKey is the environment key of events that do not tell theirs: from
// the header that native players send, or the left-most label of the host,
// where players without a collection domain put it.
func fallbackKey(r *http.Request) string {
	if key := r.Header.Get("X-Litix-Env-Key"); key != "" {
		return key
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	label, _, _ := strings.Cut(host, ".")
	return strings.ToLower(label)
}
