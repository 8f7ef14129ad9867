package tracker

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"playhead/internal/journal"
	"playhead/internal/view"
)

// A fold can write down the open views of one partition at a time, and a later
// one can recall them: it then leaves out the records of that partition up to
// there. When it comes to where the views were written down, it takes them in,
// in the very places that they had among all others, so that from there on it
// decides as if it had read it all.

// place is where in the journal something happened: the record, and the event
// in it. All orders of open views are orders of places, and so are the same
// whether a view was folded or recalled.
type place struct {
	record int64
	event  uint32
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.record, q.record), cmp.Compare(p.event, q.event))
}

// recalled is a snapshot that is not taken in yet.
type recalled struct {
	read    int64
	now     int64 // time of the record before
	outages []pause
	views   []*openView
	running []*openView // those of them that are not complete
}

// format is what snapshots have to be of.
var format = func() int64 {
	sum := sha256.Sum256(fmt.Append(nil, "4 ", view.StateFormat))
	return int64(binary.BigEndian.Uint64(sum[:]))
}()

// Snapshot writes down the open views of a partition. It goes into the batch
// that stores all views that wait: none of them waits in it.
func (f *Fold) Snapshot(partition uint16) view.Snapshot {
	var n uint64
	views := make([]byte, 0, f.sizes[partition]+f.sizes[partition]/8)
	for el := f.open.byFirst.Front(); el != nil; el = el.Next() {
		if v := el.Value.(*openView); v.partition == partition {
			views = v.append(views)
			n++
		}
	}
	f.sizes[partition] = len(views)
	data := binary.AppendUvarint(binary.AppendVarint(nil, f.open.now), uint64(len(f.open.outages)))
	for _, p := range f.open.outages {
		data = binary.AppendVarint(binary.AppendVarint(data, p.until), p.ms)
	}
	data = binary.AppendUvarint(data, n)
	return view.Snapshot{Partition: partition, Read: f.read, Format: format, Data: append(data, views...)}
}

// Recall has the fold begin with snapshots, as far as they are of use: it returns
// from which record on it needs the journal, of which those from oldest on are
// there. It is called before Begin, with the same stored progress. The error
// tells of snapshots that should have been of use.
func (f *Fold) Recall(list []view.Snapshot, stored view.Progress, oldest int64) (from int64, err error) {
	first := max(stored.Resume, oldest)
	known := map[uint16]bool{}
	from = stored.Read
	for _, s := range list {
		// Views that are in one from before all that are open have ended since.
		if s.Read < first || s.Read > stored.Read || s.Partition >= journal.Partitions || known[s.Partition] {
			continue
		}
		if s.Format != format {
			err = errors.Join(err, fmt.Errorf("snapshot of partition %d: it is of another version", s.Partition))
			continue
		}
		r, bad := f.open.read(s)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("snapshot of partition %d: %w", s.Partition, bad))
			continue
		}
		known[s.Partition] = true
		f.recalled = append(f.recalled, r)
		f.skip[s.Partition] = s.Read
		from = min(from, s.Read)
	}
	slices.SortStableFunc(f.recalled, func(a, b recalled) int { return cmp.Compare(a.read, b.read) })
	if len(known) < journal.Partitions {
		from = first
	}
	return from, err
}

// recalling is how many views are in snapshots that are still to be taken in.
func (f *Fold) recalling() (views int) {
	for _, r := range f.recalled {
		views += len(r.views)
	}
	return views
}

// isKnown reports whether what a record did to views of its partition is in a
// snapshot.
func (f *Fold) isKnown(rec journal.Record) bool {
	return rec.Offset < f.skip[rec.Partition%journal.Partitions]
}

// takeIn takes in the snapshots of where the fold is now.
func (f *Fold) takeIn() {
	for len(f.recalled) > 0 && f.recalled[0].read <= f.read {
		r := f.recalled[0]
		f.recalled = f.recalled[1:]
		f.open.now, f.open.outages = r.now, r.outages
		f.open.enter(r)
	}
}

// enter has the views of a snapshot be open, each in its places.
func (o *openViews) enter(r recalled) {
	for _, v := range r.views {
		o.byKey[v.key], o.byID[v.id] = v, v
		o.crowd.join(v.key.environment)
	}
	merge(o.byFirst, r.views, func(v *openView) (place, **list.Element) { return v.first, &v.inFirst })
	merge(o.idle, r.views, func(v *openView) (place, **list.Element) { return v.last, &v.inIdle })
	merge(o.running, r.running, func(v *openView) (place, **list.Element) { return v.moved, &v.inRunning })
}

// merge puts views into a list that is in the order of places.
func merge(l *list.List, views []*openView, of func(*openView) (place, **list.Element)) {
	slices.SortFunc(views, func(v, w *openView) int {
		a, _ := of(v)
		b, _ := of(w)
		return a.compare(b)
	})
	el := l.Back()
	for _, v := range slices.Backward(views) {
		at, in := of(v)
		for ; el != nil; el = el.Prev() {
			if before, _ := of(el.Value.(*openView)); before.compare(at) < 0 {
				break
			}
		}
		if el == nil {
			*in = l.PushFront(v)
		} else {
			*in = l.InsertAfter(v, el)
		}
	}
}
