package daily

import (
	"slices"
	"time"

	"playhead/internal/export"
	"playhead/internal/meta"
)

// Rules say which files there are of which days, and when.
type Rules struct {
	Formats    []export.Format
	Version    int           // of the columns
	Retention  time.Duration // how long files are kept after the end of a day; 0: there are none
	FinalAfter time.Duration // silence after which a view does not change any more

	// Days whose views, or whose events, have begun to be deleted by these are not
	// issued again: their files would have less than those that are there.
	ViewRetention, EventRetention time.Duration
}

const (
	dayLength = 24 * time.Hour

	// slack is how long after views of a day are final it is issued: they have to be
	// stored.
	slack = time.Minute
	// quietFor is how long nothing may have changed of a day before it is issued again.
	quietFor = 10 * time.Minute
	// patience is how long a day waits for that at most.
	patience = 6 * time.Hour
	// againAfter is how long after its last issue a day that changed is issued again at
	// the earliest.
	againAfter = time.Hour
)

// verdict is what is to be done about a day.
type verdict uint8

const (
	nothing    verdict = iota // what there is to be is there
	wait                      // it will have to be issued, but not yet
	due                       // it is to be issued now
	eventsGone                // it changed, and is not issued again as its events have begun to go
	expired                   // its files go
)

// facts are what is known of a day.
type facts struct {
	start   time.Time
	views   int64           // that the store has now; 0 also if it has none
	changed int64           // likewise
	issued  *meta.ExportDay // nil: nothing was
	missing bool            // a file that was issued is not there
	known   time.Time       // until then, the store has what players told
	change  change
}

// change is what was seen of a day that is not as it was issued.
type change struct {
	state           // that the store had when it was last looked
	first time.Time // when it was first seen that it differs
	last  time.Time // when it was last seen to move
}

// judge says what is to be done about a day at a time.
func (r *Rules) judge(f *facts, now time.Time) verdict {
	end := f.start.Add(dayLength)
	switch {
	case !now.Before(end.Add(r.Retention)):
		return expired
	case r.viewsGone(f.start, now):
		return nothing // what the store has of it is what is left
	case f.issued == nil && f.views == 0:
		return nothing
	case f.known.Before(end.Add(r.FinalAfter + slack)):
		return wait // also if it was issued: the store is behind, or the clock was set back
	case f.issued == nil, f.missing, f.issued.Forgotten():
		return due
	}
	differs, otherwise := f.differs(), !r.same(f.issued)
	age := now.Sub(f.issued.MadeAt)
	switch {
	case !differs && !otherwise:
		return nothing
	case r.eventsGone(f.start, now) && !r.eventsGone(f.start, f.issued.MadeAt):
		return eventsGone
	case otherwise:
		return due
	case age >= 0 && age < againAfter, now.Sub(f.change.last) < quietFor && now.Sub(f.change.first) < patience:
		return wait
	}
	return due
}

// has is what the store has now.
func (f *facts) has() state { return state{f.views, f.changed} }

// differs reports whether the store has something else than was issued.
func (f *facts) differs() bool {
	if f.issued == nil {
		return f.views > 0
	}
	return f.views != f.issued.Views || f.changed != f.issued.Changed
}

// same reports whether a day was issued as the rules say now: in the same formats, with the
// same columns.
func (r *Rules) same(d *meta.ExportDay) bool {
	if d.Version != r.Version || len(d.Files) != len(r.Formats) {
		return false
	}
	for _, f := range d.Files {
		if !slices.Contains(r.Formats, export.Format(f.Format)) {
			return false
		}
	}
	return true
}

// kept is what the store still has whole of a day at a time.
func (r *Rules) kept(start, now time.Time) (k struct{ views, events bool }) {
	k.views, k.events = !r.viewsGone(start, now), !r.eventsGone(start, now)
	return k
}

// viewsGone reports whether, at a time, views of a day may have been deleted.
func (r *Rules) viewsGone(start, now time.Time) bool {
	return start.Before(oldest(now, r.ViewRetention))
}

// eventsGone reports whether, at a time, events of views of a day may have been
// deleted: those of views that began the day before go first.
func (r *Rules) eventsGone(start, now time.Time) bool {
	return start.Add(-dayLength).Before(oldest(now, r.EventRetention))
}

// oldest is the time before which nothing is kept: whole days go.
func oldest(now time.Time, age time.Duration) time.Time { return now.Add(-age).Truncate(dayLength) }
