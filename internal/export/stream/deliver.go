package stream

import (
	"context"
	"errors"
	"time"

	"playhead/internal/meta"
)

// deliver has the receiver take all of a batch. It tries until that is so, or until hand
// ends.
func (w *worker) deliver(hand, send context.Context, b *Batch) error {
	for pause := time.Duration(0); ; {
		err := w.try(send, b)
		if err == nil {
			return nil
		}
		if pause, err = w.wait(hand, send, pause, err); err != nil {
			return err
		}
	}
}

// wait writes down that an attempt has failed, and waits until it is time for the
// next one. An error says that there is none.
func (w *worker) wait(hand, send context.Context, before time.Duration, why error) (pause time.Duration, err error) {
	if hand.Err() != nil {
		return 0, hand.Err()
	}
	asked := time.Duration(0)
	if f, ok := errors.AsType[*Failure](why); ok {
		asked = f.RetryAfter
	}
	pause = nextPause(before, asked)
	if err := w.failed(send, why, pause); err != nil {
		return 0, err
	}
	sleep(hand, pause)
	return pause, hand.Err()
}

// try has the receiver take all of a batch, once. A batch that is more than it takes is halved; a
// message that is is sent without the events of its view, and left out if that is too
// much too.
func (w *worker) try(ctx context.Context, b *Batch) error {
	err := w.attempt(ctx, b)
	if err == nil {
		w.most = min(mostMessages, w.most+1+w.most/16)
		w.mu.Lock()
		w.position.Delivered += int64(len(b.Messages))
		w.mu.Unlock()
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); !ok || !f.TooLarge || ctx.Err() != nil {
		return err
	}
	if n := len(b.Messages); n > 1 {
		w.most = max(1, n/2)
		first, second := b.halves(w.of)
		if err := w.try(ctx, first); err != nil {
			return err
		}
		return w.try(ctx, second)
	}
	if m, some := w.slimmer(b.Messages[0]); some {
		return w.try(ctx, newBatch(w.of, []Message{m}))
	}
	return nil
}

// attempt tries once.
func (w *worker) attempt(ctx context.Context, b *Batch) error {
	began := w.cfg.Clock()
	err := w.connect()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		err = w.sink.Send(ctx, b)
		cancel()
	}
	w.metrics.attempted(w.of, len(b.Messages), w.cfg.Clock().Sub(began), err)
	return err
}

// connect makes the sink.
func (w *worker) connect() error {
	if w.sink != nil {
		return nil
	}
	c, ok := w.cfg.Connectors[w.of.Kind]
	if !ok {
		return errors.New("the server does not send to streams of this kind")
	}
	sink, err := c.Connect(w.of)
	if err == nil {
		w.sink = sink
	}
	return err
}

// taken is the position once a batch has been taken; up to where, is for the caller to
// say.
func (w *worker) taken() meta.ExportPosition {
	p := w.at()
	if p.Failures > 0 {
		w.cfg.Logger.Info("the receiver of a stream of exports takes what it is sent again", "stream", w.of.ID, "failures", p.Failures)
	}
	p.DeliveredAt = w.cfg.Clock()
	p.Failures, p.FailedAt, p.Error = 0, time.Time{}, ""
	return p
}

// failed writes down that an attempt has failed.
func (w *worker) failed(ctx context.Context, err error, pause time.Duration) error {
	p := w.at()
	if p.Failures == 0 { // once, not every time
		w.cfg.Logger.Warn("the receiver of a stream of exports does not take what it is sent: it is tried again until it does",
			"stream", w.of.ID, "kind", w.of.Kind, "again_in", pause, "reason", err)
	}
	p.Failures++
	p.FailedAt, p.Error = w.cfg.Clock(), err.Error()
	return w.save(ctx, p)
}
