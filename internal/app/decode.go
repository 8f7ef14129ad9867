package app

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// decoder reads the beacons of the journal by their wire format, and counts
// what could not be read. What operators say of errors goes before what players
// say.
type decoder struct{ unread *prometheus.CounterVec }

func newDecoder(reg prometheus.Registerer) *decoder {
	d := &decoder{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "playhead_decoded_unread_total",
		Help: "Parts of journalled beacons that views do not have: events that are no objects (skipped_events), " +
			"keys outside the dictionary (unknown_keys), values that do not fit their field (invalid_values), values that were cut (cut_values).",
	}, []string{"what"})}
	reg.MustRegister(d.unread)
	return d
}

func (d *decoder) decode(b *event.Beacon) ([]event.Event, error) {
	if b.Format != mux.Name {
		return nil, fmt.Errorf("unknown wire format %q", b.Format)
	}
	events, stats, err := mux.Decode(b)
	for what, n := range map[string]int{
		"skipped_events": stats.Skipped, "unknown_keys": stats.Unknown, "invalid_values": stats.Invalid, "cut_values": stats.Cut,
	} {
		if n > 0 {
			d.unread.WithLabelValues(what).Add(float64(n))
		}
	}
	b.Categorise(events)
	return events, err
}
