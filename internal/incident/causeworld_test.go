package incident

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"playhead/internal/beacon/mux"
	"playhead/internal/enrich"
	"playhead/internal/enrich/mmdb"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/simulate"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// played are the views that a server makes of a past: simulated players tell it
// over the wire format, and databases of addresses know where they are. It ends
// after a time; so many views have begun by then, on average.
func played(t *testing.T, world simulate.World, from time.Time, length time.Duration, n int) []*view.View {
	t.Helper()
	// Players tell less of what is more than a day past: this one goes on for longer
	// than is looked at.
	const more = 27 * time.Hour
	past := simulate.Past{EnvKey: "key", World: world, From: from, Until: from.Add(length + more), Views: int(float64(n) * float64(length+more) / float64(length))}
	if err := past.Validate(); err != nil {
		t.Fatal(err)
	}
	countries, systems := map[string]any{}, map[string]any{}
	for _, n := range simulate.Networks() {
		countries[n.Prefix.String()] = map[string]any{"country_code": n.Country}
		systems[n.Prefix.String()] = map[string]any{"autonomous_system_number": uint32(n.ASN)} //nolint:gosec // of 32 bits by definition
	}
	places, err := enrich.New(enrich.Config{CountryDB: mmdb.Write(t, countries), ASNDB: mmdb.Write(t, systems)})
	if err != nil {
		t.Fatal(err)
	}
	defer places.Close()
	decode := func(b *event.Beacon) ([]event.Event, error) {
		events, _, err := mux.Decode(b)
		return events, err
	}
	f := tracker.NewFinalFold(tracker.Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour}, decode)
	var views []*view.View
	store := func(least int) {
		for f.Waiting() >= least {
			b, err := f.Batch(1000)
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, b.Views...)
			f.Stored()
		}
	}
	known := map[[2]string][]event.Value{}
	record := int64(0)
	add := func(at int64, data []byte) {
		if _, err := f.Add(journal.Record{Offset: record, Time: at, Data: data}); err != nil {
			t.Fatal(err)
		}
		record++
		store(1000)
	}
	until := from.Add(length)
	for d := range past.Beacons() {
		if d.Time >= until.UnixMilli() {
			break
		}
		client := [2]string{d.Address, d.UserAgent}
		values, ok := known[client]
		if !ok {
			addr, _ := netip.ParseAddr(d.Address)
			values = places.Client(http.Header{"User-Agent": {d.UserAgent}}, addr)
			known[client] = values
		}
		b := event.Beacon{Environment: "environment", Format: mux.Name, Received: d.Time, Client: values, Body: d.Body}
		data, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		add(d.Time, data)
	}
	for at := until; at.Before(until.Add(2 * time.Minute)); at = at.Add(tracker.TickEvery) {
		add(at.UnixMilli(), nil)
	}
	f.Rest()
	store(1)
	return views
}
