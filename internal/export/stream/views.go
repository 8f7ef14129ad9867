package stream

import (
	"context"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/view"
)

var changedRecord = catalog.MustColumn("changed_record")

// views sends the next batch of views. It reports whether there was one.
func (w *worker) views(hand, send context.Context) (more bool, err error) {
	p := w.at()
	before, some := w.passed.ahead(w.of.EnvironmentID, p.Record)
	if !some || w.cfg.Clock().Before(w.rests) {
		return false, nil
	}
	batch, last, whole, err := w.gatherViews(hand, cursor(p), before)
	if err != nil {
		return false, err
	}
	if whole {
		last = view.Cursor{Record: before}
		w.rests = w.cfg.Clock().Add(w.pace())
	}
	if batch == nil { // the next start reads them again: that is not worth a write
		w.mu.Lock()
		w.position.Record, w.position.ViewID = last.Record, ""
		w.mu.Unlock()
		return false, nil
	}
	if err := w.deliver(hand, send, batch); err != nil {
		return false, err
	}
	p = w.taken()
	p.Record, p.ViewID = last.Record, ""
	if last.ID != (view.ID{}) {
		p.ViewID = last.ID.String()
	}
	return true, w.save(send, p)
}

// cursor is a position as the store takes it. It was checked when it was read.
func cursor(p meta.ExportPosition) view.Cursor {
	c := view.Cursor{Record: p.Record}
	if p.ViewID != "" { // else everything before the record has been taken, and nothing of it
		c.ID, _ = view.ParseID(p.ViewID)
	}
	return c
}

// gatherViews reads views after a cursor for a batch; none is nil. It returns the cursor of the
// last of them, and whether these are all before a record.
func (w *worker) gatherViews(ctx context.Context, after view.Cursor, before int64) (b *Batch, last view.Cursor, whole bool, err error) {
	defer w.turn(ctx)()
	if ctx.Err() != nil {
		return nil, after, false, ctx.Err()
	}
	g := gathering{most: w.most}
	last, whole = after, true
	for v, err := range w.cfg.Views.Changed(ctx, w.of.EnvironmentID, after, before) {
		if err != nil {
			return nil, after, false, err
		}
		m, some, err := w.viewMessage(v)
		if err != nil {
			return nil, after, false, err
		}
		if some && !g.fits(m) {
			whole = false
			break
		}
		if some {
			g.add(m)
		}
		record, _ := v.Number(changedRecord)
		last = view.Cursor{Record: int64(record), ID: v.ID}
	}
	if len(g.messages) == 0 {
		return nil, last, whole, nil
	}
	return g.take(w.of), last, whole, nil
}

// turn waits for one's turn to read. What it returns ends it.
func (w *worker) turn(ctx context.Context) (done func()) {
	select {
	case w.reads <- struct{}{}:
		return func() { <-w.reads }
	case <-ctx.Done():
		return func() {}
	}
}

// How often streams read that have read everything: a statement takes some 30 ms of a
// processor even if it finds nothing, and each commit may have views for all streams. Up to
// ten read after each.
const (
	readAlways = 10
	readPace   = 100 * time.Millisecond // for each stream beyond
)

// pace is for how long a stream rests that has read everything.
func (s *Streams) pace() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(max(0, len(s.workers)-readAlways)) * readPace
}
