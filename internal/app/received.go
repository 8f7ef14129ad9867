package app

import (
	"context"
	"net/http"
	"net/netip"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/simulate"
)

// received is a beacon of the past, with what it says.
type received struct {
	record journal.Record
	beacon *event.Beacon
	events []event.Event
	err    error // of reading them
}

// tell makes the records of a past, as the beacon endpoint would have made them.
func (w *backfill) tell(ctx context.Context, out chan<- []received) error {
	const together = 500
	some := make([]received, 0, together)
	send := func() error {
		full := some
		some = make([]received, 0, together)
		return hand(ctx, out, full)
	}
	clients := clients{App: w.App, known: map[[2]string][]event.Value{}}
	for d := range w.Past.Beacons() {
		b := w.beacon(&clients, d)
		data, err := b.MarshalBinary()
		if err != nil {
			return err
		}
		b.Body = data[len(data)-len(d.Body):] // which stays as it is
		some = append(some, received{record: journal.Record{Offset: int64(w.done.Beacons), Time: d.Time, Data: data}, beacon: b})
		w.done.Beacons++
		if len(some) == together {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// decode reads what beacons say, so that the fold, which is the slowest, need not.
func (w *backfill) decode(ctx context.Context, in <-chan []received, out chan<- []received) error {
	decode := newDecoder(w.registry).decode
	for some := range in {
		for i := range some {
			r := &some[i]
			r.events, r.err = decode(r.beacon)
		}
		if err := hand(ctx, out, some); err != nil {
			return err
		}
	}
	return nil
}

// hand sends to a channel, unless ctx ends before.
func hand[T any](ctx context.Context, out chan<- T, value T) error {
	select {
	case out <- value:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beacon is a delivery as the endpoint would have received it.
func (w *backfill) beacon(from *clients, d simulate.Delivery) *event.Beacon {
	b := &event.Beacon{
		Environment: w.environment.ID, Format: mux.Name, Received: d.Time,
		Client: from.of(d.Address, d.UserAgent), Body: d.Body,
	}
	if said := (categories{w.records}); said.Categorises(b.Environment) {
		for _, code := range mux.ErrorCodes(b.Body) {
			if c, ok := said.ErrorCategory(b.Environment, code); ok {
				b.Categories = append(b.Categories, c)
			}
		}
	}
	return b
}

// clients remembers what connections tell: a viewer sends many beacons.
type clients struct {
	*App
	known map[[2]string][]event.Value
}

func (c *clients) of(address, userAgent string) []event.Value {
	const most = 10_000
	key := [2]string{address, userAgent}
	values, ok := c.known[key]
	if !ok {
		addr, _ := netip.ParseAddr(address)
		values = c.places.Client(http.Header{"User-Agent": {userAgent}}, addr)
		if len(c.known) == most {
			clear(c.known)
		}
		c.known[key] = values
	}
	return values
}
