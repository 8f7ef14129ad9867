// Package replay computes views again from the journal, with the present code
// and settings, compares them with those of the store, and has the store keep
// those that are not the same.
//
// The journal is read in order, up to where the store has read it. Each view is
// judged once, when it is final; those that are complete at the end are judged
// there, and those that are in progress not at all: the server stores them
// anew when they are complete. If the store has not read the whole journal, as
// after a crash, the last commit may have begun to be stored: then only views that
// are final are judged. What is held in memory at a time are the views
// that are open at a moment of the journal, one batch of those to be judged, and
// the ids of those that were: it does not grow with the journal.
package replay

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"

	"playhead/internal/catalog"
	"playhead/internal/journal"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// Log is the journal.
type Log interface {
	NewReader(from int64) (journal.Reader, error)
	// Bounds are the offset of the oldest record that is kept, and the offset
	// after the last one.
	Bounds() (oldest, next int64)
	// At is an offset from which on all records of a time and after are read.
	At(time int64) (int64, error)
}

// Store has the views as they were computed before.
type Store interface {
	Stored(ctx context.Context, ids []view.ID) (map[view.ID]view.Stored, error)
	// IDs are the views whose ids were made from a time on and before another.
	IDs(ctx context.Context, from, to int64) ([]view.ID, error)
	Commit(ctx context.Context, b view.Batch) error
}

// Config is what to replay. Times are in ms since 1970.
type Config struct {
	Log      Log
	Store    Store
	Progress view.Progress // of the store
	Rules    tracker.Rules
	Decode   tracker.Decode

	From, To int64 // views of which the first beacon came in this time are judged, To exclusive; 0: no bound
	Expired  int64 // views that ended before it were deleted because of their age
	Write    bool  // store what has changed and what is missing

	Changed func(*Change) error // gets each view that differs
	Logger  *slog.Logger        // gets what could not be read
}

// most is how many views are judged together.
const most = 1000

// late is how much later in the journal a beacon may stand than its time of
// receipt says, in ms: some seconds, or more where a clock was set back.
const late = 3_600_000

// replay is one run.
type replay struct {
	Config
	fold   *tracker.Fold
	sum    *Summary
	end    int64 // the offset before which the journal is read
	lost   bool  // the store has nothing: all is missing, and a part of a view is better than nothing
	caught bool  // the store has read the whole journal
	whole  int64 // views that began before this time may have begun before the first record that is read
	now    int64 // time of the last record

	judged  map[view.ID]struct{} // and views in progress, whose ids are not below checked
	checked int64                // ids made before this time are no longer looked for in the store
}

// Run replays a journal. The store must not be used by others meanwhile. If it
// returns an error in the middle, what has been stored until then is good, and
// another run does the rest.
func Run(ctx context.Context, c Config) (*Summary, error) {
	if c.To == 0 {
		c.To = math.MaxInt64
	}
	r := &replay{Config: c, sum: newSummary(), fold: tracker.NewFinalFold(c.Rules, c.Decode), judged: map[view.ID]struct{}{}}
	from, err := r.begin()
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, from); err != nil {
		return nil, err
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	return r.sum, nil
}

// begin finds out what is to be read, and returns the first offset.
func (r *replay) begin() (from int64, err error) {
	oldest, next := r.Log.Bounds()
	r.end, r.lost = r.Progress.Read, r.Progress.Read == 0
	if r.lost {
		r.end = next
	}
	if r.end > next {
		return 0, fmt.Errorf("the views are made of the journal up to record %d, but the journal ends at %d: "+
			"they do not belong together, or the journal has lost its end; restore its files", r.end, next)
	}
	r.sum.Unread = next - r.end
	r.caught = r.sum.Unread == 0
	from = oldest
	if r.From > 0 {
		if from, err = r.Log.At(r.From - r.Rules.FinalAfter.Milliseconds()); err != nil {
			return 0, err
		}
	}
	return from, r.fold.Begin(view.Progress{Read: from, Resume: from}, from, 0)
}

// meet takes note of the first record. A view that began before it had its last
// event less than FinalAfter before the first one that is read of it.
func (r *replay) meet(first journal.Record) {
	oldest, _ := r.Log.Bounds()
	switch {
	case first.Offset == 0:
		r.whole = 0
	case first.Offset > oldest:
		r.whole = r.From // chosen so in begin
	default:
		r.whole = first.Time + r.Rules.FinalAfter.Milliseconds()
	}
	r.now = first.Time
	r.checked = max(r.whole, r.From, first.Time)
}

// read folds the records, and judges what becomes final.
func (r *replay) read(ctx context.Context, from int64) error {
	if from >= r.end {
		return nil
	}
	records, err := r.Log.NewReader(from)
	if err != nil {
		return fmt.Errorf("read journal from record %d: %w", from, err)
	}
	defer records.Close()
	past := int64(math.MaxInt64) // offset of the first record that is well after To
	for offset := from; offset < r.end && r.fold.Position().Resume <= past; offset++ {
		rec, err := records.Next(ctx)
		if err != nil {
			return fmt.Errorf("read record %d of the journal: %w", offset, err)
		}
		if offset == from {
			r.meet(rec)
		}
		if rec.Time-late >= r.To {
			past = min(past, offset)
		}
		if err := r.add(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) add(ctx context.Context, rec journal.Record) error {
	r.sum.Records++
	if step := rec.Time - r.now; r.now < r.whole && r.Rules.OutageAfter > 0 && step > r.Rules.OutageAfter.Milliseconds() {
		r.whole += step // an outage of the server, in which views of before stayed open
		r.checked = max(r.checked, r.whole)
	}
	r.now = rec.Time
	if _, err := r.fold.Add(rec); err != nil {
		r.sum.Unreadable++
		r.Logger.Error("a beacon was left out, whole or in part", "offset", rec.Offset, "err", err)
	}
	if r.fold.Waiting() < most {
		return nil
	}
	if err := r.judge(ctx); err != nil {
		return err
	}
	for _, began := range r.fold.OpenViews() {
		return r.check(ctx, began-late) // none of before is still to come
	}
	return nil
}

// finish judges what is left at the end of the journal.
func (r *replay) finish(ctx context.Context) error {
	if r.caught {
		// Else the store may hold versions of these that are newer than its position.
		r.fold.Rest()
	}
	for r.fold.Waiting() > 0 {
		if err := r.judge(ctx); err != nil {
			return err
		}
	}
	for id := range r.fold.OpenViews() {
		if _, judged := r.judged[id]; !judged && r.isMeant(id) {
			r.sum.Open++
			r.judged[id] = struct{}{}
		}
	}
	until := r.now + 1
	if !r.caught {
		until -= late
	}
	if err := r.check(ctx, until); err != nil {
		return err
	}
	if r.lost && r.Write && r.From == 0 && r.To == math.MaxInt64 {
		return r.Store.Commit(ctx, view.Batch{Progress: r.fold.Position()})
	}
	return nil
}

func (r *replay) isMeant(id view.ID) bool { return id.Time() >= r.From && id.Time() < r.To }

// judge compares the next views with the stored ones.
func (r *replay) judge(ctx context.Context) error {
	batch, err := r.fold.Batch(most)
	if err != nil {
		r.Logger.Error("views were left out", "err", err)
	}
	var meant []*view.View
	var ids []view.ID
	for _, v := range batch.Views {
		if r.isMeant(v.ID) {
			meant, ids = append(meant, v), append(ids, v.ID)
			r.judged[v.ID] = struct{}{}
		}
	}
	if len(meant) > 0 {
		stored, err := r.Store.Stored(ctx, ids)
		if err != nil {
			return err
		}
		if err := r.compare(ctx, meant, stored); err != nil {
			return err
		}
	}
	r.fold.Stored()
	return nil
}

// compare judges views, and stores those that differ.
func (r *replay) compare(ctx context.Context, views []*view.View, stored map[view.ID]view.Stored) error {
	renew := view.Batch{Progress: r.Progress}
	for _, v := range views {
		s, there := stored[v.ID]
		change, err := r.verdict(v, s, there)
		if err != nil {
			return err
		}
		if change == nil {
			continue
		}
		if err := r.tell(change); err != nil {
			return err
		}
		if !r.lost { // it changes now, for those who read what has changed since they read last
			v.SetNumber(changedRecord, float64(r.Progress.Read))
		}
		renew.Views, renew.Replaced = append(renew.Views, v), append(renew.Replaced, v.ID)
	}
	if !r.Write || len(renew.Views) == 0 {
		return nil
	}
	return r.Store.Commit(ctx, renew)
}

// verdict counts a view and returns how it differs, or nil.
func (r *replay) verdict(v *view.View, s view.Stored, there bool) (*Change, error) {
	ended, known := v.Number(viewEnd)
	switch {
	case there:
		r.sum.Views++
		change, err := difference(v, s)
		if change == nil && err == nil {
			r.sum.Same++
		}
		return change, err
	case v.ID.Time() < r.whole && !r.lost:
		r.sum.Part++
		return nil, nil
	case known && int64(ended) < r.Expired:
		r.sum.Expired++
		return nil, nil
	}
	r.sum.Views++
	return newChange(Missing, v), nil
}

func (r *replay) tell(c *Change) error {
	r.sum.add(c)
	return r.Changed(c)
}

// check looks for views that are in the store and not among those judged, by ids
// that were made before a time.
func (r *replay) check(ctx context.Context, until int64) error {
	const together = 3_600_000 // ms
	for until = min(until, r.To); r.checked < until; {
		to := min(r.checked+together, until)
		ids, err := r.Store.IDs(ctx, r.checked, to)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, judged := r.judged[id]; judged {
				continue
			}
			if err := r.tell(&Change{What: OnlyStored, ID: id}); err != nil {
				return err
			}
		}
		r.checked = to
	}
	maps.DeleteFunc(r.judged, func(id view.ID, _ struct{}) bool { return id.Time() < r.checked })
	return nil
}

var viewEnd = catalog.MustColumn("view_end")
