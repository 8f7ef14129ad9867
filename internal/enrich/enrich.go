// Package enrich tells what a connection says of a viewer: country, region,
// city and network from the address; browser, system and device from the user
// agent and its client hints. All of it is look-ups: the same connection gives
// the same fields, whatever came before it.
package enrich

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"playhead/internal/event"
)

// Config names the databases, files in MMDB format. An empty path turns the
// fields off that it would give. A database of cities also knows countries;
// where it knows none, that of countries is asked.
type Config struct {
	CountryDB string
	CityDB    string
	ASNDB     string
}

// Enricher answers from databases that are mapped into memory. It is safe for
// concurrent use.
type Enricher struct {
	country, city, asn *maxminddb.Reader // nil where there is none
}

// New opens the databases. The error names the one that cannot be read.
func New(cfg Config) (*Enricher, error) {
	e := new(Enricher)
	for _, db := range []struct {
		what, path string
		reader     **maxminddb.Reader
	}{
		{"country", cfg.CountryDB, &e.country},
		{"city", cfg.CityDB, &e.city},
		{"asn", cfg.ASNDB, &e.asn},
	} {
		if db.path == "" {
			continue
		}
		r, err := maxminddb.Open(db.path)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s database %s: %w", db.what, db.path, err), e.Close())
		}
		*db.reader = r
	}
	return e, nil
}

// Close gives the databases back. No call of Client may follow.
func (e *Enricher) Close() error {
	var errs []error
	for _, r := range []**maxminddb.Reader{&e.country, &e.city, &e.asn} {
		if *r != nil {
			errs = append(errs, (*r).Close())
			*r = nil
		}
	}
	return errors.Join(errs...)
}

// Client returns the client_* fields that are known. The address may be
// invalid; it is in none of the fields.
func (e *Enricher) Client(header http.Header, addr netip.Addr) []event.Value {
	values := make(values, 0, 20)
	if addr.IsValid() {
		e.place(addr.Unmap()).add(&values)
		e.network(addr.Unmap(), &values)
	}
	agent := header.Get("User-Agent")
	if len(agent) > maxText {
		agent = agent[:maxText]
	}
	d := parseAgent(agent)
	d.hints(header)
	d.add(&values)
	values.text(agentField, agent)
	return values
}

// maxText is the most bytes of a user agent that are read, and of any text that
// is kept: each record of a beacon in the journal repeats them.
const maxText = 1024

// values collects the fields that are known.
type values []event.Value

func (v *values) text(f event.Field, text string) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	if text != "" {
		*v = append(*v, event.Value{Field: f, Text: clean(text)})
	}
}

func (v *values) number(f event.Field, n float64) {
	*v = append(*v, event.NumberValue(f, n))
}
