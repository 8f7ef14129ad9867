// Package stream sends what becomes known of views to where people want it: each
// complete view, again when it changes, and what viewers did in each half minute.
//
// A stream is a record of its environment (see package meta). [Streams] runs a
// goroutine for each that is enabled. It reads what has come since its position, has the receiver
// take it batch by batch, and makes the position durable after each. So nothing is lost when the process
// is killed, and what the receiver has taken without that being known is sent again.
//
// Nothing waits for it: if a receiver does not answer, beacons and views go on, and
// the stream catches up.
package stream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// Records are the streams, and how far they have come; those of package meta do.
type Records interface {
	AllExportStreams() []meta.ExportStream
	EnvironmentByID(id string) (meta.Environment, bool)
	ExportPosition(ctx context.Context, streamID string) (meta.ExportPosition, error) // fault.NotFound
	PutExportPosition(ctx context.Context, streamID string, p meta.ExportPosition) error
	BoundExportPositions(ctx context.Context, record int64) (bounded int64, err error)
}

// Views are complete views as a store has them.
type Views interface {
	// Changed are the views of an environment, whole, that are stored as records of
	// the journal after a cursor and before another record have made them, in the order of the
	// cursor. An error ends the sequence.
	Changed(ctx context.Context, environment string, after view.Cursor, before int64) iter.Seq2[*view.View, error]
}

// Watches are what viewers did.
type Watches interface {
	// Watched are the views of an environment of whose viewers something is told between two times, in ms
	// since 1970, each once. Nothing waits for whoever ranges over them. An error ends the sequence.
	Watched(ctx context.Context, environment string, from, to int64) iter.Seq2[view.Watch, error]
	// Since is from when on that is known.
	Since(environment string) int64
}

// Encoding writes messages. What is appended is one message, of a format of package meta.
type Encoding interface {
	AppendView(to []byte, format string, v *view.View, property int64) ([]byte, error)
	// AppendSample tells what a viewer did between two times; nothing is appended if
	// there is nothing to tell.
	AppendSample(to []byte, format string, w *view.Watch, from, before, property int64) ([]byte, error)
}

// Batch is what is sent together.
type Batch struct {
	ID       string // the same of the same messages
	Content  string // of a stream, as Format
	Format   string
	Messages []Message
}

// Message is one view or sample.
type Message struct {
	Key  string // the id of the view
	Body []byte

	slim []byte // the same without what makes it large; nil: it is not large
}

// Sink is where a stream sends to. It is used by one goroutine at a time.
type Sink interface {
	// Send has the receiver take all of a batch. After an error it may have taken some.
	// The text of the error is for the owner of the stream; it may be a [Failure]. It ends when ctx does.
	Send(ctx context.Context, b *Batch) error
	// Test finds out whether the receiver can be reached, as far as that is possible
	// without sending messages.
	Test(ctx context.Context) error
	Close()
}

// Connector makes the sinks of a kind. Connect does not speak to anybody yet.
type Connector interface {
	// Check tells what makes a stream of no use, as far as it can be known beforehand.
	// An error is a fault that names the member.
	Check(s meta.ExportStream) error
	// MostBytes is how large a message may be; 0: receivers say so.
	MostBytes() int
	Connect(s meta.ExportStream) (Sink, error)
}

// Failure is an error of a [Sink] that knows more about what to do.
type Failure struct {
	Err        error
	TooLarge   bool          // the batch, or its only message, is more than the receiver takes
	RetryAfter time.Duration // what the receiver asks to wait
}

// Error implements error.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Config is what Streams needs. All members are required.
type Config struct {
	Records    Records
	Views      Views
	Watches    Watches
	Encoding   Encoding
	Connectors map[string]Connector // by kind of stream

	// Known is until when is known, at a time, what players have told; false as long as
	// nothing can be said.
	Known func(now time.Time) (time.Time, bool)

	Clock      func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

const (
	lookEvery   = time.Second      // for streams that have been made or changed
	mostReads   = 2                // reads of views that run at once
	sendTimeout = time.Minute      // for one attempt
	mostStop    = 5 * time.Second  // that attempts may go on for when the server stops
	testTimeout = 15 * time.Second // for a test
)

// Streams sends what streams are to have.
type Streams struct {
	cfg     Config
	metrics *metrics
	passed  passage       // how far the store has come
	reads   chan struct{} // has room for mostReads
	wakes   chan struct{}

	mu      sync.Mutex
	workers map[string]*worker // by stream

	start, stop sync.Once
	handing     context.CancelFunc // no more batches
	sending     context.CancelFunc // and those that are being sent end
	goroutines  sync.WaitGroup
}

// New makes streams that do nothing yet.
func New(cfg Config) (*Streams, error) {
	if cfg.Records == nil || cfg.Views == nil || cfg.Watches == nil || cfg.Encoding == nil || cfg.Known == nil || cfg.Clock == nil || cfg.Logger == nil || cfg.Registerer == nil {
		return nil, errors.New("a part that streams of exports need is missing")
	}
	s := &Streams{
		cfg: cfg, reads: make(chan struct{}, mostReads), wakes: make(chan struct{}, 1), workers: map[string]*worker{},
		handing: func() {}, sending: func() {},
	}
	s.metrics = newMetrics()
	if err := s.metrics.register(cfg.Registerer, s.lags); err != nil {
		return nil, fmt.Errorf("register metrics of streams of exports: %w", err)
	}
	return s, nil
}

// Resume learns where the store stands, before views are stored: no stream can be
// further.
func (s *Streams) Resume(ctx context.Context, stored int64) error {
	s.passed.begin(stored, s.cfg.Clock())
	bounded, err := s.cfg.Records.BoundExportPositions(ctx, stored)
	if bounded > 0 {
		s.cfg.Logger.Warn("streams of exports were further than the views are, as after a restore: they send again what has come since", "streams", bounded)
	}
	return err
}

// Start begins to send.
func (s *Streams) Start(ctx context.Context) {
	s.start.Do(func() {
		var hand, send context.Context
		hand, s.handing = context.WithCancel(context.WithoutCancel(ctx))
		send, s.sending = context.WithCancel(context.WithoutCancel(ctx))
		s.goroutines.Go(func() { s.run(hand, send) })
	})
}

// Stop begins no more batches and waits for those that are being sent, for five seconds
// at most. Those that have not been taken then are sent again after the next start. It
// may be called twice.
func (s *Streams) Stop(ctx context.Context) error {
	s.start.Do(func() {}) // a later Start does nothing
	s.stop.Do(func() { s.handing() })
	ended := make(chan struct{})
	go func() { s.goroutines.Wait(); close(ended) }()
	patience := time.NewTimer(mostStop)
	defer patience.Stop()
	defer s.sending()
	select {
	case <-ended:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	s.sending()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop streams of exports: %w", ctx.Err())
	}
}

// Stored tells that all views that records of the journal before one have made are in
// the store, and of which environments there have been some since the last time. It never waits.
func (s *Streams) Stored(record int64, environments []string) {
	if !s.passed.pass(record, environments, s.cfg.Clock()) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		w.wake()
	}
}

// Position is where a stream begins that is made now.
func (s *Streams) Position() int64 { return s.passed.last() }

// Wake has streams looked at now that have been made or changed. It does not wait.
func (s *Streams) Wake() { signal(s.wakes) }

// Check tells what makes a stream of no use to this server. An error is a fault that
// names the member.
func (s *Streams) Check(of meta.ExportStream) error {
	c, ok := s.cfg.Connectors[of.Kind]
	if !ok {
		return fault.Badf("kind", "the server does not send to streams of this kind")
	}
	return c.Check(of)
}

// Test finds out whether the receiver of a stream can be reached. No message is sent.
func (s *Streams) Test(ctx context.Context, of meta.ExportStream) (took time.Duration, err error) {
	if err := s.Check(of); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	began := s.cfg.Clock()
	sink, err := s.cfg.Connectors[of.Kind].Connect(of)
	if err == nil {
		defer sink.Close()
		err = sink.Test(ctx)
	}
	return s.cfg.Clock().Sub(began), err
}

// Lag is for how long what a stream has not sent yet has been there to be sent; false if the
// stream does not run.
func (s *Streams) Lag(id string) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.workers[id]
	if !ok || w.leaving {
		return 0, false
	}
	return w.lag(s.cfg.Clock()), true
}

// lags are those of all streams that run.
func (s *Streams) lags() map[string]time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]time.Duration{}
	for id, w := range s.workers {
		if !w.leaving {
			all[id] = w.lag(s.cfg.Clock())
		}
	}
	return all
}

// signal fills a channel of one place, unless it is full.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
