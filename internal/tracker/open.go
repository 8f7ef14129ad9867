package tracker

import (
	"container/list"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"playhead/internal/event"
	"playhead/internal/view"
)

// openViews are the views that are not final. It is a pure state machine: the
// same calls give the same state. Times are journal time in ms since 1970.
type openViews struct {
	silence   silence // in force at the record that is folded
	now       int64   // time of the last record; 0 before the first
	scoring   view.Scoring
	before    int64 // views that began before this offset may be in the store already
	onlyFinal bool  // commit views when they are final, not when they are complete

	byKey   map[key]*openView
	byID    map[view.ID]*openView
	byFirst *list.List  // of all, in the order of their first records
	idle    *list.List  // of all, the longest without an event first
	running *list.List  // of those not complete, the longest without a new event first
	pending []*openView // those to be committed, in the order that they were due
	outages []pause     // of which open views know, the oldest first

	record    int64  // that is folded
	at        place  // of the event that is folded
	partition uint16 // of its record
	crowd     crowd
	news      news
}

type key struct{ environment, sdkID string }

// openView is a view that is not final.
type openView struct {
	key     key
	machine *view.Machine
	id      view.ID
	before  *before // the view that this one goes on; nil for all but a few
	seq     int64   // the largest number of its events

	partition uint16
	first     place // its first event
	last      place // the last one, if only a repetition
	moved     place // the last one that gave it its place among those running
	inserted  int64 // time of its first record
	updated   int64 // time of the last record that changed it
	changed   int64 // updated as silence is counted from it: moved on by outages since, see [openViews.excuse]
	lastHeard int64 // time of the last record that spoke of it, counted likewise
	completed int64 // the record by which it was first complete, once it is shown
	changedBy int64 // the record by which it was last to be stored, likewise: see [openViews.finish]
	clamped   int   // events with an absurd time, as of the last build
	counted   int   // those of them that settle has told of
	dropped   bool  // complete by silence
	resumed   bool  // changed after it had been complete by silence
	shown     bool  // it has been complete
	pending   bool  // among openViews.pending
	news      bool  // among those of openViews.news
	final     bool  // it was forgotten
	renewed   bool  // because of its age, and another one goes on
	written   bool  // the store may hold it: it was handed to the store, or may have been before the start

	inFirst, inIdle, inRunning *list.Element // inRunning is nil when it is complete
}

func (v *openView) complete() bool { return v.inRunning == nil }

func newOpenViews(r Rules) *openViews {
	return &openViews{
		silence: r.silence(), scoring: r.Scoring,
		byKey: map[key]*openView{}, byID: map[view.ID]*openView{},
		byFirst: list.New(), idle: list.New(), running: list.New(),
		crowd: crowd{groups: map[string]*group{}},
	}
}

func (o *openViews) len() int { return len(o.byKey) }

// apply folds the next event of the record at offset.
func (o *openViews) apply(environment string, e *event.Event, offset, now int64) view.Outcome {
	if o.at.record == offset {
		o.at.event++
	} else {
		o.at = place{record: offset}
	}
	k := key{environment, e.View}
	v := o.byKey[k]
	if v == nil {
		v = o.begin(k, e.Origin.Received, now)
	}
	// A repetition keeps the view from being final too: so whether it is final
	// does not depend on which of its records a restart reads again.
	v.lastHeard, v.last = now, o.at
	o.idle.MoveToBack(v.inIdle)

	outcome := v.apply(e)
	o.note(v)
	repeated := outcome == view.Duplicate
	if !repeated {
		v.updated, v.changed = now, now
	}
	switch {
	case v.machine.Ended(), v.complete() && repeated:
		// A repetition too can change a figure: its beacon says more of the
		// player's clock.
		o.finish(v)
	case v.complete():
		v.resumed = v.shown
		v.inRunning, v.moved = o.running.PushBack(v), o.at
	case !repeated:
		o.running.MoveToBack(v.inRunning)
		v.moved = o.at
	}
	return outcome
}

// begin makes a view that is first heard of now.
func (o *openViews) begin(k key, received, now int64) *openView {
	k = key{o.crowd.enter(k.environment), strings.Clone(k.sdkID)}
	v := &openView{
		key: k, machine: view.NewMachine(k.environment, k.sdkID, o.scoring), id: view.NewID(received, k.environment, k.sdkID),
		partition: o.partition, first: o.at, moved: o.at, inserted: now, written: o.at.record < o.before,
	}
	v.inFirst, v.inIdle, v.inRunning = o.byFirst.PushBack(v), o.idle.PushBack(v), o.running.PushBack(v)
	o.byKey[k], o.byID[v.id] = v, v
	return v
}

// advance lets time go on to that of the next record: it completes and forgets
// the views that have been silent for long enough. It returns how much of that
// time was an outage, in ms.
func (o *openViews) advance(now int64) (outage int64) {
	outage = o.excuse(now)
	for el := o.running.Front(); el != nil; el = o.running.Front() {
		v := el.Value.(*openView)
		if now-v.changed < o.silence.Complete {
			break
		}
		v.dropped = true
		o.finish(v)
	}
	for el := o.idle.Front(); el != nil; el = o.idle.Front() {
		v := el.Value.(*openView)
		if now-v.lastHeard < o.silence.Final {
			break
		}
		o.forget(v)
	}
	return outage
}

// finish makes a view complete, and if it is a view at all, has it committed.
//
// The record that does so is kept with the view. It is one that the store has not
// read yet, or has read with this very view as it is now: whoever reads the views
// of the records that the store has read, in their order, meets each view, and meets
// it again when it has changed. It does not depend on when commits are, as a view
// that changes while it waits is due by the later record.
func (o *openViews) finish(v *openView) {
	if !v.complete() {
		o.running.Remove(v.inRunning)
		v.inRunning = nil
	}
	if v.machine.Ended() {
		v.dropped = false
	}
	if !v.machine.Started() {
		return
	}
	if !v.shown {
		v.shown, v.completed = true, o.record
	}
	v.changedBy = o.record
	if !o.onlyFinal {
		o.due(v)
	}
}

// due has a view committed.
func (o *openViews) due(v *openView) {
	if !v.pending {
		v.pending = true
		o.pending = append(o.pending, v)
	}
}

// rest has the views committed that are complete and not final.
func (o *openViews) rest() {
	for el := o.byFirst.Front(); el != nil; el = el.Next() {
		if v := el.Value.(*openView); v.shown && v.complete() {
			o.due(v)
		}
	}
}

// forget makes a view final. If it is pending it stays so.
func (o *openViews) forget(v *openView) {
	o.byFirst.Remove(v.inFirst)
	o.idle.Remove(v.inIdle)
	delete(o.byKey, v.key)
	delete(o.byID, v.id)
	o.crowd.leave(v.key.environment)
	v.final = true
	o.note(v)
	if o.onlyFinal && v.shown {
		o.due(v)
	}
}

// resume is where the journal has to be read from to make the open views again.
func (o *openViews) resume(read int64) int64 {
	if el := o.byFirst.Front(); el != nil {
		return el.Value.(*openView).first.record
	}
	return read
}

// batch is the first n of the pending views as they are now. From here on the
// store may hold them, whether it says so or not. The error tells of views that
// are not in the batch because of a bug.
func (o *openViews) batch(n int, p view.Progress) (b view.Batch, err error) {
	b.Progress = p
	for _, v := range o.pending[:n] {
		built, bug := v.build()
		if bug != nil {
			err = errors.Join(err, bug)
			continue
		}
		b.Views = append(b.Views, built)
		if v.written {
			b.Replaced = append(b.Replaced, v.id)
		}
		v.written = true
	}
	return b, err
}

// build returns the view as it is now, or what panicked.
func (v *openView) build() (*view.View, error) {
	return v.compute(func(m *view.Machine, s view.Status) *view.View {
		v.clamped = m.Clamped()
		return m.View(s)
	}, v.dropped)
}

// compute returns the view as it is now, or what panicked.
func (v *openView) compute(how func(*view.Machine, view.Status) *view.View, dropped bool) (built *view.View, err error) {
	defer v.catch(&err)
	return how(v.machine, v.status(dropped)), nil
}

func (v *openView) status(dropped bool) view.Status {
	s := view.Status{
		ID: v.id, Dropped: dropped, Resumed: v.resumed, Renewed: v.renewed, Inserted: v.inserted, Updated: v.updated,
	}
	if v.shown {
		s.CompleteRecord, s.ChangedRecord = &v.completed, &v.changedBy
	}
	return s
}

// catch makes an error of a panic. It is deferred.
func (v *openView) catch(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("BUG: panic in view %s (%q): %v\n%s", v.id, v.key.sdkID, p, debug.Stack())
	}
}

// settle ends the wait of the first n pending views: they are in the store. It
// returns how many of their events have an absurd time, beyond those that it
// told of before.
func (o *openViews) settle(n int) (clamped int) {
	for _, v := range o.pending[:n] {
		v.pending = false
		clamped += max(0, v.clamped-v.counted)
		v.counted = max(v.clamped, v.counted)
	}
	o.pending = slices.Delete(o.pending, 0, n)
	return clamped
}
