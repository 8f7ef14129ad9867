package incident

import (
	"context"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

const errorTypeID = "error_type_id"

var (
	colStart          = catalog.MustColumn("view_start")
	colFailure        = catalog.MustColumn("playback_failure")
	colFailureType    = catalog.MustColumn("playback_failure_error_type_id")
	colStartupFailure = catalog.MustColumn("video_startup_failure")
	colExit           = catalog.MustColumn("exit_before_video_start")
	colStartup        = catalog.MustColumn("video_startup_time")

	causeColumns = append(CauseColumns(), colStart, colFailure, colFailureType, colStartupFailure, colExit, colStartup, catalog.MustColumn("activities"))

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

// windows asks which viewers were affected by what they did in the time of the
// incident, against times before that are as long.
func (in *inquiry) windows(ctx context.Context, affected func(*activity) (bool, bool)) (*Question, error) {
	from := max(in.from-ruleWindow, in.to-longestWindow)
	length := in.to - from
	before := min(in.of.StartedAt.UnixMilli()-onset, from)
	views, err := in.list(ctx, before-windowsBefore*length, in.to+ruleWindow, mostNow+mostBefore)
	if err != nil {
		return nil, err
	}
	if views, err = in.andOpen(ctx, views); err != nil {
		return nil, err
	}
	q := &Question{About: in.of.Breakdowns}
	for _, v := range views {
		spans := v.Watch().Spans
		a := within(spans, from, in.to)
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

// level asks who is there at a moment of the incident, against those who were there
// some time before it began.
func (in *inquiry) level(ctx context.Context, rise bool) (*Question, error) {
	at, before := in.to, in.of.StartedAt.UnixMilli()-levelBefore
	if in.of.ResolvedAt != nil {
		at = in.from + (in.to-in.from)/2
	}
	const most = mostNow + mostBefore
	views, err := in.list(ctx, before, in.to+ruleWindow, most)
	if err != nil {
		return nil, err
	}
	isCut := len(views) == most
	if views, err = in.andOpen(ctx, views); err != nil {
		return nil, err
	}
	q := &Question{Deviation: Fall, About: in.of.Breakdowns}
	if rise {
		q.Deviation = Rise
	}
	for _, v := range views {
		spans := v.Watch().Spans
		if i := standing(spans, at); i >= 0 && spans[i].Activity.Watching() {
			q.Now = append(q.Now, Observed{View: v})
		}
		if i := standing(spans, before); i >= 0 && spans[i].Activity.Watching() {
			q.Before = append(q.Before, Observed{View: v})
		}
	}
	// Where there are too many views to look at all, the level before is taken to be
	// that of the threshold.
	if now, then := in.of.CurrentValue, in.of.Threshold; isCut && now > 0 && then > 0 && len(q.Now) > 0 && len(q.Before) > 0 {
		q.Scale = (now / float64(len(q.Now))) / (then / float64(len(q.Before)))
	}
	return q, nil
}
