package tracker

import (
	"fmt"
	"iter"
	"runtime/debug"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/view"
)

// Decode reads the events of a beacon.
type Decode func(b *event.Beacon) ([]event.Event, error)

// Fold is the part of a [Tracker] that decides. It takes the records of a
// journal in order, ticks included, and yields the views that they make: it has
// no goroutine, no clock, no store and no lock, and the same records always give
// the same views. Whoever has records and a place for views uses it alone:
//
//	f := tracker.NewFold(rules, decode)
//	for _, rec := range records {
//		f.Add(rec)
//		for f.Waiting() >= 1000 {
//			b, _ := f.Batch(1000)
//			store.Commit(ctx, b)
//			f.Stored()
//		}
//	}
//	f.Rest() // only after NewFinalFold
//	// and Batch and Stored until there is nothing left to store: see More
//
// Batch gives the same batch again until Stored says that it is in the store;
// the last batch of those that wait has the position with it. A store that has
// views of an earlier fold of this journal is taken up with [Fold.Begin].
type Fold struct {
	open   *openViews
	decode Decode
	eras   eras

	stored view.Progress // what the store holds
	read   int64         // records below have been folded
	handed int           // views that wait and are in the last batch

	sizes    [journal.Partitions]int   // of the last ones of each partition, in bytes
	recalled []recalled                // those that are not taken in yet, in the order in which they will be
	skip     [journal.Partitions]int64 // what records of a partition before this one did is in its snapshot
	next     view.Progress             // progress of the last batch
}

// NewFold makes a fold that yields views when they are complete, and again when
// they have changed after that, as a server does that shows them at once. It
// starts at record 0 with an empty store.
func NewFold(rules Rules, decode Decode) *Fold {
	f := &Fold{open: newOpenViews(rules), decode: decode}
	f.eras.set([]era{{0, f.open.silence}})
	return f
}

// NewFinalFold makes a fold that yields each view once, when it is final.
func NewFinalFold(rules Rules, decode Decode) *Fold {
	f := NewFold(rules, decode)
	f.open.onlyFinal = true
	return f
}

// Begin has the fold start at record from, with a store that has stored
// progress. It is called first. Up to stored.Read the fold takes the decisions
// of the earlier one again, by its rules, and yields nothing; what it yields then
// of views that began before record next, it names as Replaced. An error tells
// that the rules of the earlier one cannot be read: it then goes by its own.
func (f *Fold) Begin(stored view.Progress, from, next int64) error {
	f.stored, f.read, f.open.before, f.open.crowd.measured = stored, from, next, from
	err := f.eras.takeUp(stored, f.open.silence)
	f.takeIn()
	return err
}

// Folded is what became of the events of one record.
type Folded struct {
	Outcomes [3]int // events by [view.Outcome]
	NoView   int    // events that name no view
	Early    int    // views that a control ended because there were too many
	Renewed  int    // views that a control ended because of their age
	Outage   int64  // time before the record in which the server heard nothing, in ms
}

// Add folds the next record. An error tells that the record could not be read,
// or met a bug, and that some or all of its events were left out. The fold goes
// on all the same: as the record stays in the journal, it would end every later
// run too.
func (f *Fold) Add(rec journal.Record) (Folded, error) {
	f.open.silence = f.eras.at(rec.Offset)
	f.open.record = rec.Offset
	// Views that ended by silence before this record did so before its events.
	became := Folded{Outage: f.open.advance(rec.Time)}
	f.open.partition = rec.Partition
	var err error
	switch {
	case len(rec.Data) == 0: // a tick
	case isControl(rec.Data):
		err = f.obey(rec, &became)
	case !f.isKnown(rec):
		err = f.add(rec, &became)
	}
	f.read = rec.Offset + 1
	f.takeIn()
	if f.read <= f.stored.Read {
		f.open.settle(len(f.open.pending)) // decided, and written, before the restart
	}
	return became, err
}

func (f *Fold) add(rec journal.Record, became *Folded) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("BUG: panic while a beacon was folded: %v\n%s", p, debug.Stack())
		}
	}()
	var b event.Beacon
	if err := b.UnmarshalBinary(rec.Data); err != nil {
		return fmt.Errorf("unreadable record in the journal: %w", err)
	}
	events, err := f.decode(&b)
	if err != nil {
		err = fmt.Errorf("unreadable beacon in the journal: %w", err)
	}
	for i := range events {
		e := &events[i]
		if e.View == "" {
			became.NoView++
			continue
		}
		became.Outcomes[f.open.apply(b.Environment, e, rec.Offset, rec.Time)]++
	}
	return err
}

// Rest has a fold of final views yield those too that are complete and not
// final, because the records have come to their end.
func (f *Fold) Rest() { f.open.rest() }

// Open is how many views are not final.
func (f *Fold) Open() int { return f.open.len() }

// OpenViews are the ids of the views that are not final, with the times of their
// first records in ms since 1970, in the order of these.
func (f *Fold) OpenViews() iter.Seq2[view.ID, int64] {
	return func(yield func(view.ID, int64) bool) {
		for el := f.open.byFirst.Front(); el != nil; el = el.Next() {
			if v := el.Value.(*openView); !yield(v.id, v.inserted) {
				return
			}
		}
	}
}

// Waiting is how many views wait to be stored.
func (f *Fold) Waiting() int { return len(f.open.pending) }

// Position is how far the records have been folded, which the store holds once
// all that wait are stored.
func (f *Fold) Position() view.Progress {
	return view.Progress{Read: f.read, Resume: f.open.resume(f.read), Rules: f.eras.text}
}

// More reports whether there is something to store: views or the position. It
// is false up to where the store was at the beginning.
func (f *Fold) More() bool { return f.read > f.stored.Read && f.stored != f.Position() }

// Batch is the next views to be stored, at most so many, as they are now. From
// here on the store may hold them, whether it says so or not. An error tells of
// views that are not in the batch because of a bug.
func (f *Fold) Batch(most int) (view.Batch, error) {
	f.handed, f.next = min(len(f.open.pending), most), f.stored
	if f.handed == len(f.open.pending) {
		f.next = f.Position()
	}
	return f.open.batch(f.handed, f.next)
}

// Stored tells the fold that the last batch is in the store. It returns how many
// views that were, and how many of their events have an absurd time, beyond
// those that were told of before.
func (f *Fold) Stored() (views, clamped int) {
	views = f.handed
	clamped = f.open.settle(views)
	f.stored, f.handed = f.next, 0
	f.eras.forget(f.stored.Resume)
	return views, clamped
}
