package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"playhead/internal/enrich/mmdb"
	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/simulate"
)

// stage is a whole server that runs in the made-up time of a synctest bubble: with
// its files, journal, tracker, stores, real-time numbers, evaluation and outbox,
// but for what listens and what dials. Players send their beacons right to the handler, each at
// its time, as fast as the machine can; a receiver keeps what channels are told.
type stage struct {
	*App
	beacons     http.Handler
	environment string
	receiver    receiver
}

// stageAt is when stages begin: a Thursday without live events.
var stageAt = time.Date(2000, 1, 6, 18, 0, 0, 0, time.UTC)

// newStage starts a server with a past, at stageAt. It is called in a bubble.
func newStage(t *testing.T, past *simulate.Past) *stage {
	t.Helper()
	<-time.After(time.Until(stageAt))
	cfg := stageConfig(t)
	past.From, past.Until = stageAt.Add(-5*24*time.Hour), stageAt
	if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: *past}); err != nil {
		t.Fatal(err)
	}
	a, err := New(cfg, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{App: a}
	run, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a.cancel, a.ending = cancel, run.Done()
	t.Cleanup(func() {
		if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	for _, start := range []func(context.Context) error{
		a.startFolder, a.startViews, a.startJournal, a.startRecords, s.startOutbox, a.startPlaces, a.startRealtime,
		a.openEvaluator, a.openStreams, a.startTracker, a.startEvaluator,
	} {
		if err := start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.background.Go(func() { a.loadRealtime(run) })
	if s.beacons, err = a.newBeacons(); err != nil {
		t.Fatal(err)
	}
	environment, known := a.records.EnvironmentByKey("key")
	if !known {
		t.Fatal("there is no environment with the key")
	}
	s.environment = environment.ID
	return s
}

// stageConfig is one with which places are known.
func stageConfig(t *testing.T) Config {
	t.Helper()
	countries, systems := map[string]any{}, map[string]any{}
	for _, n := range simulate.Networks() {
		countries[n.Prefix.String()] = map[string]any{"country_code": n.Country}
		systems[n.Prefix.String()] = map[string]any{"autonomous_system_number": uint32(n.ASN)} //nolint:gosec // of 32 bits by definition
	}
	cfg := testConfig(t)
	cfg.GeoCountry, cfg.GeoASN = mmdb.Write(t, countries), mmdb.Write(t, systems)
	cfg.JournalSegment, cfg.ViewsLog, cfg.JournalRetention = 64<<20, 64<<20, 24*time.Hour
	cfg.ViewRetention, cfg.EventRetention = 40*24*time.Hour, time.Hour
	return cfg
}

// together is the time of which beacons are sent at once: they share a sync of the
// disk.
const together = 500 * time.Millisecond

// play sends the beacons of viewers, each within half a second of its time, until
// there are no more or enough says so, which is asked every ten seconds.
func (s *stage) play(t *testing.T, past *simulate.Past, enough func() bool) {
	t.Helper()
	var now []simulate.Delivery
	asked := past.From
	slot := past.From
	for d := range past.Beacons() {
		at := time.UnixMilli(d.Time)
		if at.After(slot.Add(together)) {
			<-time.After(time.Until(slot.Add(together)))
			s.send(t, now)
			now, slot = now[:0], at
		}
		if at.Sub(asked) >= 10*time.Second {
			if asked = at; enough() {
				return
			}
		}
		d.Body = bytes.Clone(d.Body)
		now = append(now, d)
	}
	s.send(t, now)
}

// send sends beacons at once.
func (s *stage) send(t *testing.T, list []simulate.Delivery) {
	t.Helper()
	var all sync.WaitGroup
	for _, d := range list {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(d.Body))
			r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(d.Address), 443).String()
			r.Header.Set("User-Agent", d.UserAgent)
			answer := httptest.NewRecorder()
			if s.beacons.ServeHTTP(answer, r); answer.Code != http.StatusOK {
				t.Errorf("a beacon was answered with %d", answer.Code)
			}
		})
	}
	all.Wait()
}

// startOutbox has the receiver get what webhooks are to be told.
func (s *stage) startOutbox(context.Context) (err error) {
	s.notifier, err = incident.NewNotifier(incident.NotifierConfig{
		Outbox: s.records, Channels: s.records, Senders: map[string]incident.Sender{meta.Webhook: &s.receiver},
		Clock: time.Now, Logger: s.log, Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.notifier.Start()
	s.onStop("notifications", s.notifier.Stop)
	return nil
}

// receiver keeps what it is told.
type receiver struct {
	mu   sync.Mutex
	told []delivered
}

// delivered is a message, and when it came.
type delivered struct {
	incident.Message
	at time.Time
}

// Check implements [incident.Sender].
func (*receiver) Check(meta.Channel) error { return nil }

// Send implements [incident.Sender].
func (r *receiver) Send(_ context.Context, _ meta.Channel, m incident.Message) (status int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, delivered{m, time.Now()})
	return http.StatusOK, nil
}

// messages are those that it has been told, in their order.
func (r *receiver) messages() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}
