package stream

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// What a batch may have. One message that is larger is a batch of its own.
const (
	mostMessages = 500
	mostBytes    = 4 << 20
)

// slimAbove is the size of a message, in bytes, from which on it is known without the events
// of its view too: receivers have limits, that of Kafka is a megabyte by default.
const slimAbove = 512 << 10

// gathering is a batch that is being filled.
type gathering struct {
	messages []Message
	bytes    int
	most     int
}

// fits reports whether a message has room beside what is there.
func (g *gathering) fits(m Message) bool {
	return len(g.messages) == 0 || len(g.messages) < g.most && g.bytes+len(m.Body) <= mostBytes
}

func (g *gathering) add(m Message) {
	g.messages = append(g.messages, m)
	g.bytes += len(m.Body)
}

// take makes a batch of what is there, and begins anew.
func (g *gathering) take(of meta.ExportStream) *Batch {
	b := newBatch(of, g.messages)
	g.messages, g.bytes = nil, 0
	return b
}

// newBatch makes a batch. Its id follows from the stream and what is in it.
func newBatch(of meta.ExportStream, messages []Message) *Batch {
	h := sha256.New()
	h.Write([]byte(of.ID))
	for _, m := range messages {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(m.Body)))
		h.Write(size[:])
		h.Write(m.Body)
	}
	return &Batch{ID: hex.EncodeToString(h.Sum(nil)[:16]), Content: of.Content, Format: of.Format, Messages: messages}
}

// halves are two batches of one.
func (b *Batch) halves(of meta.ExportStream) (first, second *Batch) {
	half := len(b.Messages) / 2
	return newBatch(of, b.Messages[:half]), newBatch(of, b.Messages[half:])
}

// viewMessage writes a view, into memory of its own. There is none of one that is more than
// the receiver takes even without its events.
func (w *worker) viewMessage(v *view.View) (m Message, some bool, err error) {
	write := func(v *view.View) ([]byte, error) {
		body, err := w.cfg.Encoding.AppendView(nil, w.of.Format, v, w.property)
		if err != nil {
			return nil, fmt.Errorf("write view %s: %w", v.ID, err)
		}
		return slices.Clip(body), nil
	}
	m.Key = v.ID.String()
	if m.Body, err = write(v); err != nil {
		return m, false, err
	}
	if len(m.Body) > slimAbove && len(v.Events) > 0 {
		slim := *v
		slim.Events = nil
		if m.slim, err = write(&slim); err != nil {
			return m, false, err
		}
	}
	most := 0
	if c, ok := w.cfg.Connectors[w.of.Kind]; ok {
		most = c.MostBytes()
	}
	if most > 0 && len(m.Body) > most {
		if m, some = w.slimmer(m); some && len(m.Body) > most {
			m, some = w.slimmer(m) // it has none now
		}
		return m, some, nil
	}
	return m, true, nil
}

// slimmer is a message that is more than the receiver takes without the events of its
// view; false: it has none, and is left out.
func (w *worker) slimmer(m Message) (Message, bool) {
	if m.slim != nil {
		w.metrics.dropped.WithLabelValues("events_too_large").Inc()
		w.cfg.Logger.Warn("a view is sent without its events: with them it is more than the receiver takes", "stream", w.of.ID, "view", m.Key, "bytes", len(m.Body))
		return Message{Key: m.Key, Body: m.slim}, true
	}
	w.metrics.dropped.WithLabelValues("too_large").Inc()
	w.cfg.Logger.Error("a message is left out of a stream of exports: it is more than the receiver takes", "stream", w.of.ID, "view", m.Key, "bytes", len(m.Body))
	return m, false
}
