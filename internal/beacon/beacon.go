// Package beacon takes the beacons of players from the network: it checks
// whose they are, adds what the connection tells of the viewer, hands them to
// the journal and answers once they are durable.
//
// # Answers
//
// Players send a batch again until it is answered with 200, and every later
// event waits behind it. So 200 is the answer to all that is stored and to all
// that is thrown away for good; 503 says that the batch should come again.
// What is thrown away is counted by reason, and a sample of it is logged.
package beacon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"playhead/internal/event"
	"playhead/internal/journal"
)

// MaxBody is the most bytes of a body, before and after it is inflated. It is
// four times the largest that players aim at: theirs is counted in UTF-16.
const MaxBody = 2 << 20

// minMemory is the least memory limit: a few of the largest bodies.
const minMemory = 8 * MaxBody

// appendTimeout is the longest that a request waits for the journal.
const appendTimeout = 10 * time.Second

// Environments knows the tenants.
type Environments interface {
	// EnvironmentByKey finds the id of the environment with the key that its
	// players send. It is asked for every request and must not wait.
	EnvironmentByKey(key string) (id string, ok bool)
}

// Categories knows what the operators of environments say of errors.
type Categories interface {
	// Categorises reports whether they say anything. It is asked for every
	// request and must not wait.
	Categorises(environment string) bool
	// ErrorCategory finds the category of the errors with a code.
	ErrorCategory(environment, code string) (event.Category, bool)
}

// Enricher tells what a connection says of the viewer: place, network,
// browser, system and device, as client_* fields.
type Enricher interface {
	Client(header http.Header, addr netip.Addr) []event.Value
}

// Format is a wire format.
type Format struct {
	Name string // of event.Beacon
	// Split cuts a body into parts. It calls route once for each event with
	// what the event says of itself (empty where it says nothing, valid only
	// during the call) and gets the part's number: one it got before, or the
	// next, beginning with 0, or a negative number to leave the event out. It
	// returns the body of each part and how many events were unreadable.
	Split func(body []byte, route func(envKey, viewID, playerID []byte) int) (parts [][]byte, unreadable int, err error)
	// ErrorCodes returns the codes of the errors in a part, each once.
	ErrorCodes func(body []byte) []string
}

// Privacy is what is kept of a viewer's address in the journal. The whole
// address is never kept.
type Privacy string

// The settings of Privacy.
const (
	Drop     Privacy = "drop"     // nothing
	Truncate Privacy = "truncate" // the network: /24 of IPv4, /48 of IPv6
)

// Config is what a Handler needs and how it behaves.
type Config struct {
	PrivacyIP      Privacy
	TrustedProxies []netip.Prefix // networks whose X-Forwarded-For is believed
	MemoryLimit    int64          // bytes that all requests together may hold; beyond, 503. 0 is 256 MiB

	Environments Environments
	Categories   Categories
	Journal      journal.Appender
	Enricher     Enricher
	Format       Format
	Arrivals     *Arrivals // told of every beacon; nil: nobody is
	Clock        func() time.Time
	Logger       *slog.Logger
	Registerer   prometheus.Registerer
}

// Handler takes beacons by POST on any path. It is safe for concurrent use.
type Handler struct {
	cfg     Config
	metrics *metrics
	sampler *sampler
	memory  *semaphore.Weighted
}

// New makes a handler. Its figures are registered with cfg.Registerer.
func New(cfg Config) (*Handler, error) {
	if cfg.PrivacyIP != Drop && cfg.PrivacyIP != Truncate {
		return nil, fmt.Errorf("privacy-ip is %q: want drop or truncate", cfg.PrivacyIP)
	}
	if cfg.MemoryLimit == 0 {
		cfg.MemoryLimit = 256 << 20
	}
	if cfg.MemoryLimit < minMemory {
		return nil, fmt.Errorf("ingest-memory is %d: want at least %d bytes", cfg.MemoryLimit, minMemory)
	}
	return &Handler{
		cfg:     cfg,
		metrics: newMetrics(cfg.Registerer),
		sampler: newSampler(cfg.Logger, cfg.Clock),
		memory:  semaphore.NewWeighted(cfg.MemoryLimit),
	}, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Cache-Control"] = noStore
	switch r.Method {
	case http.MethodPost:
		h.post(w, r)
	case http.MethodOptions:
		preflight(w, r)
	default:
		header.Set("Allow", "POST, OPTIONS")
		http.Error(w, "This address takes the beacons of video players, by POST.", http.StatusMethodNotAllowed)
	}
}

// preflight answers the question that browsers ask before a POST of older players.
func preflight(w http.ResponseWriter, r *http.Request) {
	asked := r.Header.Get("Access-Control-Request-Headers")
	if asked == "" {
		asked = "content-type"
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	header.Set("Access-Control-Allow-Headers", asked)
	header.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// post takes one beacon and answers it.
func (h *Handler) post(w http.ResponseWriter, r *http.Request) {
	start := h.cfg.Clock()
	h.metrics.inFlight.Inc()
	defer h.metrics.inFlight.Dec()

	var c came
	err := h.take(r, start, &c)
	if h.cfg.Arrivals != nil {
		h.cfg.Arrivals.note(start, &c, err)
	}
	h.metrics.seconds.Observe(h.cfg.Clock().Sub(start).Seconds())
	var thrown dropped
	switch {
	case errors.As(err, &thrown):
		h.metrics.dropped.WithLabelValues(string(thrown.reason)).Inc()
		h.sampler.log(r, thrown)
	case err != nil:
		h.metrics.refused.WithLabelValues(refusal(err)).Inc()
		w.Header().Set("Retry-After", "10")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header()["Content-Length"] = noLength
	w.WriteHeader(http.StatusOK)
}

// Headers of nearly every answer: as they are never changed, all answers share
// them.
var anyOrigin, noStore, noLength = []string{"*"}, []string{"no-store"}, []string{"0"}

// came is what was found in a beacon.
type came struct {
	router
	unreadable int // events
	bytes      int // of the body, inflated
}

// isPartly reports whether some of the events have an environment and some have none.
func (c *came) isPartly() bool { return c.foreign > 0 && len(c.parts) > 0 }

// take reads a beacon and stores it, and tells what was found in it. The error is
// a dropped if all of the beacon was thrown away; any other says that it should
// come again.
func (h *Handler) take(r *http.Request, now time.Time, c *came) error {
	b, err := h.read(r)
	defer b.release()
	if err != nil {
		return err
	}
	c.environments, c.fallback, c.bytes = h.cfg.Environments, fallbackKey(r), len(b.data)
	parts, unreadable, err := h.cfg.Format.Split(b.data, c.route)
	if err != nil {
		c.router = router{} // nothing of it counts
		return dropped{malformed, err}
	}
	c.unreadable = unreadable
	h.countEvents(r, c)
	if len(parts) == 0 {
		switch {
		case c.foreign > 0:
			return dropped{unknownEnvironment, nil}
		case unreadable > 0:
			return dropped{malformed, errors.New("no event is an object")}
		}
		return dropped{empty, nil}
	}
	buf := recordBuffers.Get().(*[]byte)
	defer recordBuffers.Put(buf)
	records, err := h.records(r, now, c.parts, parts, buf)
	if err != nil {
		return err
	}
	// The beacon of a page that closes is stored although nobody waits for the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), appendTimeout)
	defer cancel()
	switch err := h.cfg.Journal.Append(ctx, records...); {
	case errors.Is(err, journal.ErrTooLarge):
		return dropped{tooLarge, err}
	case err != nil:
		return fmt.Errorf("append beacon: %w", err)
	}
	h.metrics.accepted.Inc()
	h.metrics.events.Add(float64(c.accepted))
	h.metrics.bytes.Add(float64(len(b.data)))
	return nil
}

// countEvents counts the events that are left out although the rest of their
// beacon may be stored.
func (h *Handler) countEvents(r *http.Request, c *came) {
	if c.foreign > 0 {
		h.metrics.lost.WithLabelValues(string(unknownEnvironment)).Add(float64(c.foreign))
	}
	if c.unreadable > 0 {
		h.metrics.lost.WithLabelValues(string(malformed)).Add(float64(c.unreadable))
	}
	if c.isPartly() {
		h.metrics.dropped.WithLabelValues(string(unknownEnvironment)).Inc()
		h.sampler.log(r, dropped{unknownEnvironment, errors.New("some events only")})
	}
}

// recordBuffers are what records are written to. The journal does not keep them.
var recordBuffers = sync.Pool{New: func() any { return new([]byte) }}

// records makes the journal records of the parts of a beacon, in a buffer.
func (h *Handler) records(r *http.Request, now time.Time, parts []routed, bodies [][]byte, buf *[]byte) ([]journal.Record, error) {
	addr := clientAddress(r, h.cfg.TrustedProxies)
	client := h.cfg.Enricher.Client(r.Header, addr)
	if h.cfg.PrivacyIP == Truncate && addr.IsValid() {
		client = append(client, event.Value{Field: addressField, Text: network(addr)})
	}
	records := make([]journal.Record, len(bodies))
	data := (*buf)[:0]
	for i, body := range bodies {
		b := event.Beacon{
			Environment: parts[i].environment,
			Format:      h.cfg.Format.Name,
			Received:    now.UnixMilli(),
			Client:      client,
			Body:        body,
			Categories:  h.categories(parts[i].environment, body),
		}
		start := len(data)
		var err error
		if data, err = b.AppendBinary(data); err != nil {
			return nil, fmt.Errorf("write beacon: %w", err)
		}
		records[i] = journal.Record{Time: b.Received, Partition: parts[i].partition, Data: data[start:]}
	}
	if cap(data) <= firstRead+4<<10 { // do not keep the room of a giant
		*buf = data
	}
	return records, nil
}

// categories are those of the errors in a part of a beacon.
func (h *Handler) categories(environment string, body []byte) []event.Category {
	if !h.cfg.Categories.Categorises(environment) {
		return nil
	}
	var list []event.Category
	for _, code := range h.cfg.Format.ErrorCodes(body) {
		if c, ok := h.cfg.Categories.ErrorCategory(environment, code); ok {
			list = append(list, c)
		}
	}
	return list
}

var addressField = event.MustLookup("client_address")
