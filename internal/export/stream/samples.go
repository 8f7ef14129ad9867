package stream

import (
	"context"
	"time"

	"playhead/internal/meta"
)

// sampleDelay is how long after its end a window is sampled: by then players have
// told of it. They tell every ten seconds that they go on.
const sampleDelay = time.Minute

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
	if !sent { // the next start looks at it again: that is not worth a write
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

// sendSamples sends the samples of a window, and reports whether there were any.
func (w *worker) sendSamples(hand, send context.Context, from, before int64) (sent bool, err error) {
	g := gathering{most: w.most}
	flush := func() error {
		sent = true
		return w.deliver(hand, send, g.take(w.of))
	}
	for watch, err := range w.cfg.Watches.Watched(hand, w.of.EnvironmentID, from, before) {
		if err != nil {
			return sent, err
		}
		body, err := w.cfg.Encoding.AppendSample(nil, w.of.Format, &watch, from, before, w.property)
		if err != nil {
			return sent, err
		}
		if len(body) == 0 {
			continue
		}
		m := Message{Key: watch.ID.String(), Body: body}
		if !g.fits(m) {
			if err := flush(); err != nil {
				return sent, err
			}
		}
		g.add(m)
	}
	if len(g.messages) > 0 {
		return sent, flush()
	}
	return sent, nil
}
