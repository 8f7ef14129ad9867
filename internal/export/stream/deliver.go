package stream

import (
	"context"
	"errors"
	"time"

	"playhead/internal/meta"
)

// deliver has the receiver take all of a batch. It tries until that is so, or until hand ends.
// A batch that is more than the receiver takes is halved; a message that is is sent
// without the events of its view, and left out if that is too much too.
func (w *worker) deliver(hand, send context.Context, b *Batch) error {
	for pause := time.Duration(0); ; {
		err := w.attempt(send, b)
		if err == nil {
			w.most = min(mostMessages, w.most+1+w.most/16)
			w.mu.Lock()
			w.position.Delivered += int64(len(b.Messages))
			w.mu.Unlock()
			return nil
		}
		if hand.Err() != nil || send.Err() != nil {
			return hand.Err()
		}
		failure, _ := errors.AsType[*Failure](err)
		if failure != nil && failure.TooLarge {
			return w.smaller(hand, send, b, err)
		}
		pause = nextPause(pause, asked(failure))
		if err := w.failed(send, err, pause); err != nil {
			return err
		}
		if sleep(hand, pause); hand.Err() != nil {
			return hand.Err()
		}
	}
}

func asked(f *Failure) time.Duration {
	if f == nil {
		return 0
	}
	return f.RetryAfter
}

// smaller delivers what was too much at once.
func (w *worker) smaller(hand, send context.Context, b *Batch, why error) error {
	if n := len(b.Messages); n > 1 {
		w.most = max(1, n/2)
		first, second := b.halves(w.of)
		if err := w.deliver(hand, send, first); err != nil {
			return err
		}
		return w.deliver(hand, send, second)
	}
	if m, some := w.slimmer(b.Messages[0]); some {
		return w.deliver(hand, send, newBatch(w.of, []Message{m}))
	}
	return w.failed(send, why, 0)
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
