package incident

import (
	"context"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

const errorTypeID = "error_type_id"

var (
	colEnd            = catalog.MustColumn("view_end")
	colStart          = catalog.MustColumn("view_start")
	colFailure        = catalog.MustColumn("playback_failure")
	colFailureType    = catalog.MustColumn("playback_failure_error_type_id")
	colStartupFailure = catalog.MustColumn("video_startup_failure")
	colExit           = catalog.MustColumn("exit_before_video_start")
	colStartup        = catalog.MustColumn("video_startup_time")

	causeColumns = append(CauseColumns(), colEnd, colStart, colFailure, colFailureType, colStartupFailure, colExit, colStartup, catalog.MustColumn("activities"))

	hasFailed = flagged(colFailure)
)

// flagged reports whether a column is true. All views are known by it.
func flagged(c *catalog.Column) func(*view.View) (is, known bool) {
	return func(v *view.View) (bool, bool) {
		n, _ := v.Number(c)
		return n == 1, true
	}
}

// activity is what a viewer did in some time, in ms.
type activity struct {
	watched, rebuffered, played int64
	bits                        float64 // of what was played: bit/s times ms
}

// leastWatched is how long somebody has to have watched to be looked at, in ms.
const leastWatched = 2000

// rebuffering is the rebuffering percentage.
func (a *activity) rebuffering() (float64, bool) {
	return 100 * float64(a.rebuffered) / float64(a.watched), a.watched >= leastWatched
}

// bitrate is the mean bitrate of what was played, in bit/s.
func (a *activity) bitrate() (float64, bool) {
	return a.bits / float64(a.played), a.played >= leastWatched
}

// within adds up what a viewer did from one time to another, in ms since 1970.
func within(spans []view.Span, from, to int64) (a activity) {
	for i := range spans {
		s := &spans[i]
		until := s.At
		if i+1 < len(spans) {
			until = spans[i+1].At
		}
		ms := min(until, to) - max(s.At, from)
		if ms <= 0 || s.Unheard || !s.Activity.Watching() {
			continue
		}
		a.watched += ms
		switch {
		case s.Activity == view.Rebuffering:
			a.rebuffered += ms
		case s.Bitrate > 0:
			a.played += ms
			a.bits += float64(s.Bitrate) * float64(ms)
		}
	}
	return a
}

// standing is the index of the span that a time is in; -1 is none.
func standing(spans []view.Span, at int64) int {
	for i, s := range slices.Backward(spans) {
		if s.At <= at {
			return i
		}
	}
	return -1
}

// windowsBefore is how many times as long as the incident the time before is looked at.
const windowsBefore = 6

// longestWindow is the longest time in ms that what viewers do is added up over.
const longestWindow = 10 * 60_000

// looked is the part of the incident in which it is looked at what viewers do: while
// it is open the last of it, and when it is over the first.
func (in *inquiry) looked() (from, to int64) {
	if in.of.ResolvedAt != nil {
		return in.from, min(in.to, in.from+longestWindow)
	}
	return max(in.from, in.to-longestWindow), in.to
}

// windows asks which viewers were affected by what they did in the time of the
// incident, against times before that are as long.
func (in *inquiry) windows(ctx context.Context, affected func(*activity) (bool, bool)) (*Question, error) {
	from, to := in.looked()
	from = max(from-ruleWindow, to-longestWindow)
	length, before := to-from, in.from-onset
	stored, open, err := in.watching(ctx, before-windowsBefore*length, to)
	if err != nil {
		return nil, err
	}
	q := &Question{About: in.of.Breakdowns}
	for _, v := range append(open, stored...) {
		spans := v.Watch().Spans
		a := within(spans, from, to)
		if hit, ok := affected(&a); ok {
			q.Now = append(q.Now, Observed{v, hit})
		}
		for i := int64(1); i <= windowsBefore; i++ {
			a := within(spans, before-i*length, before-(i-1)*length)
			if hit, ok := affected(&a); ok {
				q.Before = append(q.Before, Observed{v, hit})
			}
		}
	}
	return q, nil
}

// watching lists views of viewers who were there from one time to another, as far
// as they ended no more than a while after that, or go on.
func (in *inquiry) watching(ctx context.Context, from, to int64) (stored, open []*view.View, err error) {
	if stored, err = lists(ctx, in.stored, in.plan(from, to+longAgo, mostStored)); err != nil {
		return nil, nil, err
	}
	open, err = in.open(ctx, stored)
	return stored, open, err
}

// mostStored is how many stored views are looked at by what their viewers did.
const mostStored = mostNow + mostBefore

// level asks who is there at a moment of the incident, against those who were there
// some time before it began.
func (in *inquiry) level(ctx context.Context, rise bool) (*Question, error) {
	from, at := in.looked()
	if in.of.ResolvedAt != nil {
		at = from + (at-from)/2
	}
	before := in.from - levelBefore
	stored, open, err := in.watching(ctx, before, at)
	if err != nil {
		return nil, err
	}
	q := &Question{Deviation: Fall, About: in.of.Breakdowns}
	if rise {
		q.Deviation = Rise
	}
	// Where more views have ended since than are looked at, the moment before is a later
	// one: of an earlier one only those would be known who stayed long.
	if len(stored) == mostStored {
		oldest, _ := stored[len(stored)-1].Number(colEnd)
		if before = max(before, int64(oldest)); before > in.from-ruleWindow {
			return q, nil
		}
	}
	// Of viewers who are as many as these are, those in progress may be a sample, and then as
	// large a part of those who have left is taken.
	part := 1.0
	if len(open) == mostNow && in.of.CurrentValue > mostNow {
		part = mostNow / in.of.CurrentValue
	}
	for i, v := range append(open, stored...) {
		if i >= len(open) && int(float64(i+1)*part) == int(float64(i)*part) {
			continue
		}
		spans := v.Watch().Spans
		if isThere(spans, at) {
			q.Now = append(q.Now, Observed{View: v})
		}
		if isThere(spans, before) {
			q.Before = append(q.Before, Observed{View: v})
		}
	}
	return q, nil
}

// isThere reports whether somebody is watching at a time.
func isThere(spans []view.Span, at int64) bool {
	i := standing(spans, at)
	return i >= 0 && spans[i].Activity.Watching()
}
