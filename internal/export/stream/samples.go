package stream

import (
	"context"
	"errors"
	"time"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// sampleDelay is how long after its end a window is sampled: by then players have
// told of it. They tell every ten seconds that they go on.
const sampleDelay = time.Minute

// idleSave is how often a position is made durable while there is nothing to send. It is to
// be known still where that is when the server has been away for most of a day: else
// windows in which nobody watched would count as lost.
const idleSave = time.Hour

// mostRange is how long viewers are ranged over at once: what has gone since then
// takes memory until that ends, and a receiver may take its time.
const mostRange = time.Minute

// samples sends what viewers did in the next window, if it is time. It reports whether it
// was.
func (w *worker) samples(hand, send context.Context) (more bool, err error) {
	now := w.cfg.Clock()
	known, ok := w.cfg.Known(now)
	if !ok {
		return false, nil
	}
	p := w.at()
	if p.SampledTo, err = w.skip(p.SampledTo); err != nil {
		return false, err
	}
	from := p.SampledTo
	before := from + meta.SampleWindow.Milliseconds()
	if known.Add(-sampleDelay).UnixMilli() < before {
		return false, nil
	}
	sent, err := w.sendSamples(hand, send, from, before)
	if err != nil {
		return false, err
	}
	p = w.at()
	if sent {
		p = w.taken()
	}
	p.SampledTo = before
	if !sent && before-w.saved < idleSave.Milliseconds() { // the next start looks at it again: that is not worth a write
		w.mu.Lock()
		w.position = p
		w.mu.Unlock()
		return true, nil
	}
	return true, w.save(send, p)
}

// skip is the first window from a time on of which everything is known still.
func (w *worker) skip(from int64) (int64, error) {
	window := meta.SampleWindow.Milliseconds()
	since := w.cfg.Watches.Since(w.of.EnvironmentID)
	if since <= from {
		return from, nil
	}
	gone := (since - from + window - 1) / window
	w.metrics.dropped.WithLabelValues("windows_gone").Add(float64(gone))
	w.cfg.Logger.Warn("what viewers did so long ago is not known any more: a stream of samples leaves it out",
		"stream", w.of.ID, "from", time.UnixMilli(from).UTC(), "windows", gone)
	p := w.at()
	p.SampledTo = from + gone*window
	return p.SampledTo, w.save(context.Background(), p)
}

// window is a half minute whose samples are being sent.
type window struct {
	from, before int64            // in ms since 1970
	taken        map[view.ID]bool // those that the receiver has taken
}

// sendSamples sends the samples of a window, and reports whether there were any. After a failure, and
// after a while, it ranges over the viewers again, past those of which the receiver knows: what
// has changed since a range began is kept until it ends, so it is not to wait.
func (w *worker) sendSamples(hand, send context.Context, from, before int64) (sent bool, err error) {
	of := window{from, before, map[view.ID]bool{}}
	for pause := time.Duration(0); ; {
		known := len(of.taken)
		failure, err := w.sendRest(hand, send, &of)
		switch {
		case err != nil || failure == nil:
			return len(of.taken) > 0, err
		case errors.Is(failure, errLong):
			pause = 0
			continue
		}
		if len(of.taken) > known {
			pause = 0 // it takes some
		}
		if pause, err = w.wait(hand, send, pause, failure); err != nil {
			return false, err
		}
	}
}

// errLong is that a range has been ended because it took long, and not all has been sent.
var errLong = errors.New("ranging over viewers took long")

// sendRest sends what has not been taken yet. A failure is that of the receiver, an
// error that of reading.
func (w *worker) sendRest(hand, send context.Context, of *window) (failure, err error) {
	began := w.cfg.Clock()
	g := gathering{most: w.most}
	var ids []view.ID // of what is gathered
	flush := func() error {
		if err := w.try(send, g.take(w.of)); err != nil {
			return err
		}
		for _, id := range ids {
			of.taken[id] = true
		}
		ids = ids[:0]
		return hand.Err()
	}
	for watch, err := range w.cfg.Watches.Watched(hand, w.of.EnvironmentID, of.from, of.before) {
		if err != nil {
			return nil, err
		}
		if of.taken[watch.ID] {
			continue
		}
		body, err := w.cfg.Encoding.AppendSample(nil, w.of.Format, &watch, of.from, of.before, w.property)
		if err != nil {
			return nil, err
		}
		if len(body) == 0 {
			continue
		}
		m := Message{Key: watch.ID.String(), Body: body}
		if !g.fits(m) {
			if err := flush(); err != nil {
				return err, nil
			}
			if w.cfg.Clock().Sub(began) >= mostRange {
				return errLong, nil
			}
		}
		g.add(m)
		ids = append(ids, watch.ID)
	}
	if len(g.messages) > 0 {
		return flush(), nil
	}
	return nil, nil
}
