package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon"
	"playhead/internal/enrich/mmdb"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/simulate"
)

// tenMinutes is what the players of some viewers tell in ten minutes of journal
// time, as the journal has it, with the truth.
type tenMinutes struct {
	*App        // which has an environment and knows where viewers are; it does not run
	from, until time.Time
	environment string
	records     []journal.Record
	truths      []simulate.Truth
}

// tellTenMinutes plays so many viewers, of all generations of players, with
// faults. Who still watches after ten minutes leaves. Each beacon goes through
// the endpoint at the very moment that it was sent, so that what the server
// makes of clocks is exact, of players that say when that was.
func tellTenMinutes(t *testing.T, viewers int) *tenMinutes {
	t.Helper()
	from := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) // as the derby begins
	w := &tenMinutes{App: knowsPlaces(t), from: from, until: from.Add(10 * time.Minute)}
	past := simulate.Past{
		EnvKey: "key", From: w.from, Until: w.until, Views: viewers, Whole: true,
		World: simulate.World{Seed: 11, People: 1500}, // some come back
		Truth: func(v simulate.Truth) { w.truths = append(w.truths, v) },
	}
	for _, text := range []string{
		"cdn=skyhop,country=DE:fail=0.6,code=503@2m+3m", "all:nostart=0.3@4m+1m", "connection=cellular:stall=8@3m+4m",
		"release=5.3.1:slow=4@5m", "asn=3320:bitrate=0.1@6m+2m", "title=derby:rush=2@1m+2m",
	} {
		fault, err := simulate.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		past.World.Faults = append(past.World.Faults, fault)
	}
	environment, known := w.App.records.EnvironmentByKey("key")
	if !known {
		t.Fatal("there is no environment with the key")
	}
	w.environment = environment.ID
	w.deliver(t, &past)
	return w
}

// knowsPlaces makes a server that has its records and knows places, and does not
// run.
func knowsPlaces(t *testing.T) *App {
	t.Helper()
	countries, systems := map[string]any{}, map[string]any{}
	for _, n := range simulate.Networks() {
		countries[n.Prefix.String()] = map[string]any{"country_code": n.Country}
		systems[n.Prefix.String()] = map[string]any{"autonomous_system_number": uint32(n.ASN)} //nolint:gosec // of 32 bits by definition
	}
	cfg := testConfig(t)
	cfg.GeoCountry, cfg.GeoASN = mmdb.Write(t, countries), mmdb.Write(t, systems)
	a, err := New(cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(context.WithoutCancel(t.Context())) })
	for _, start := range []func(context.Context) error{a.startFolder, a.startRecords, a.startPlaces} {
		if err := start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// deliver sends the beacons of a past to the endpoint, by its clock. Time goes
// on after the last one until all views are complete.
func (w *tenMinutes) deliver(t *testing.T, past *simulate.Past) {
	t.Helper()
	var log memoryLog
	now := past.From
	endpoint, err := beacon.New(beacon.Config{
		PrivacyIP: beacon.Drop, Environments: environments{w.App.records}, Categories: categories{w.App.records}, Journal: &log, Enricher: w.places,
		Format: wireFormat, Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for d := range past.Beacons() {
		now = time.UnixMilli(d.Time)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(d.Body))
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(d.Address), 443).String()
		r.Header.Set("User-Agent", d.UserAgent)
		answer := httptest.NewRecorder()
		if endpoint.ServeHTTP(answer, r); answer.Code != http.StatusOK {
			t.Fatalf("a beacon was answered with %d", answer.Code)
		}
	}
	for range 12 { // two minutes
		now = now.Add(10 * time.Second)
		if err := log.Append(t.Context(), journal.Record{Time: now.UnixMilli()}); err != nil {
			t.Fatal(err)
		}
	}
	w.records = log.records
}

// memoryLog is a journal in memory.
type memoryLog struct{ records []journal.Record }

// Append implements journal.Appender.
func (l *memoryLog) Append(_ context.Context, records ...journal.Record) error {
	for _, r := range records {
		r.Offset, r.Data = int64(len(l.records)), slices.Clone(r.Data)
		if n := len(l.records); n > 0 {
			r.Time = max(r.Time, l.records[n-1].Time)
		}
		l.records = append(l.records, r)
	}
	return nil
}

// decode reads a beacon of the journal.
func (w *tenMinutes) decode() func(*event.Beacon) ([]event.Event, error) {
	return newDecoder(prometheus.NewRegistry()).decode
}
