package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// worker sends what one stream is to have.
type worker struct {
	*Streams
	of       meta.ExportStream
	property int64
	sink     Sink
	wakes    chan struct{}
	most     int       // messages of a batch: fewer than mostMessages if the receiver does not take as many
	saved    int64     // until when windows of samples are durably done, in ms since 1970
	rests    time.Time // until when views are not looked for

	leaving bool   // it has been told to end; under Streams.mu
	end     func() // tells it

	mu       sync.Mutex
	position meta.ExportPosition // as far as the receiver has taken everything
	read     bool                // the position is known
}

func newWorker(s *Streams, of meta.ExportStream) *worker {
	return &worker{Streams: s, of: of, wakes: make(chan struct{}, 1), most: mostMessages}
}

func (w *worker) wake() { signal(w.wakes) }

// at is how far the stream has come.
func (w *worker) at() meta.ExportPosition {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.position
}

// Until what is to be done again after a failure: 1 s, twice as long each time, 5
// minutes at most, for ever.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
)

func nextPause(before, asked time.Duration) time.Duration {
	return min(max(2*before, firstPause, asked), longestPause)
}

// samplesEvery is how often is looked whether a window is over.
const samplesEvery = time.Second

// run sends until hand ends. A batch that is being sent then may go on until send ends.
func (w *worker) run(hand, send context.Context) {
	defer func() {
		if w.sink != nil {
			w.sink.Close()
		}
	}()
	tick := time.NewTicker(samplesEvery)
	defer tick.Stop()
	step := w.views
	if w.of.Content == meta.MonitoringSamples {
		step = w.samples
	}
	for pause := time.Duration(0); hand.Err() == nil; {
		more, err := w.step(hand, send, step)
		switch {
		case errors.Is(err, errGone):
			return
		case err != nil && hand.Err() == nil:
			pause = nextPause(pause, 0)
			w.metrics.errors.WithLabelValues(w.of.Content).Inc()
			w.cfg.Logger.Error("what a stream of exports is to send cannot be read: it is tried again", "stream", w.of.ID, "content", w.of.Content, "again_in", pause, "err", err)
			sleep(hand, pause)
			continue
		}
		pause = 0
		if more {
			continue
		}
		select {
		case <-hand.Done():
		case <-w.wakes:
		case <-tick.C: // for samples, and for views after a rest
		}
	}
}

// errGone is that there is no such stream any more.
var errGone = errors.New("the stream has been removed")

// step does what there is to do, and reports whether there may be more at once.
func (w *worker) step(hand, send context.Context, step func(hand, send context.Context) (bool, error)) (more bool, err error) {
	if !w.read {
		if err := w.begin(hand); err != nil {
			return false, err
		}
	}
	return step(hand, send)
}

// begin learns how far the stream has come.
func (w *worker) begin(ctx context.Context) error {
	e, ok := w.cfg.Records.EnvironmentByID(w.of.EnvironmentID)
	if !ok {
		return errGone
	}
	w.property = e.Property
	p, err := w.cfg.Records.ExportPosition(ctx, w.of.ID)
	if fault.CodeOf(err) == fault.NotFound {
		return errGone
	}
	if err != nil {
		return err
	}
	if _, err := view.ParseID(p.ViewID); p.ViewID != "" && err != nil {
		return fmt.Errorf("position of the stream: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.position, w.read, w.saved = p, true, p.SampledTo
	return nil
}

// save makes a position durable. If it cannot be, what has been sent since the last
// time that it could is sent again after a crash, and only then.
func (w *worker) save(ctx context.Context, p meta.ExportPosition) error {
	w.mu.Lock()
	w.position = p
	w.mu.Unlock()
	err := w.cfg.Records.PutExportPosition(context.WithoutCancel(ctx), w.of.ID, p)
	if fault.CodeOf(err) == fault.NotFound {
		return errGone
	}
	if err != nil {
		w.metrics.errors.WithLabelValues("position").Inc()
		w.cfg.Logger.Error("how far a stream of exports has come cannot be written down: after a crash it would send again what it sends now", "stream", w.of.ID, "err", err)
		return nil
	}
	w.saved = p.SampledTo
	return nil
}

// lag is for how long what has not been sent has been there to be sent.
func (w *worker) lag(now time.Time) time.Duration {
	w.mu.Lock()
	p, read := w.position, w.read
	w.mu.Unlock()
	if !read {
		return 0
	}
	if w.of.Content == meta.MonitoringSamples {
		return max(0, now.Sub(time.UnixMilli(p.SampledTo).Add(meta.SampleWindow+sampleDelay)))
	}
	if _, some := w.passed.ahead(w.of.EnvironmentID, p.Record); !some {
		return 0
	}
	return max(0, now.Sub(w.passed.since(p.Record)))
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
