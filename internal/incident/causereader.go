package incident

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// ViewLister lists views: those of a store, or those in progress.
type ViewLister interface {
	List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error)
}

// CauseReader finds the causes of incidents in views: stored ones, and those in
// progress.
type CauseReader struct{ stored, inProgress ViewLister }

// NewCauseReader returns a reader.
func NewCauseReader(stored, inProgress ViewLister) *CauseReader {
	return &CauseReader{stored, inProgress}
}

// How many views are looked at, and of which time.
const (
	mostNow     = 5000        // of the incident, and as many in progress
	mostBefore  = 10_000      // of the time before
	enoughOf    = 2000        // of either; with fewer, a longer time is looked at
	ruleWindow  = 60_000      // ms: over which rules take their values
	longAgo     = 10 * 60_000 // ms: whoever has not been heard of for as long is not looked at
	onset       = 5 * 60_000  // ms: so long before its beginning an incident may have been coming, so that this is no sample of what is usual
	levelBefore = 30 * 60_000 // ms: with the viewers of so long before the beginning those of a rise or fall are compared
	oneHour     = 60 * 60_000 // ms
)

// reaches are how much of a time is looked at, in ms.
var reaches = []int64{oneHour, 24 * oneHour, 7 * 24 * oneHour}

// Causes reads the views of an incident and those before, and explains it by
// them, as [Explain] does; nil also says that this cannot be explained by a part of
// the viewers, as too few failures.
func (r *CauseReader) Causes(ctx context.Context, of meta.Incident, now time.Time) ([]meta.Cause, error) {
	in, err := newInquiry(r, &of, now)
	if err != nil || in == nil {
		return nil, err
	}
	q, err := in.question(ctx)
	if err != nil {
		return nil, fmt.Errorf("read views of incident %s: %w", of.ID, err)
	}
	return Explain(q), nil
}

// inquiry is what is read about one incident.
type inquiry struct {
	*CauseReader
	of       *meta.Incident
	where    []query.Condition
	from, to int64 // of the incident, in ms since 1970
	now      int64
	question func(context.Context) (*Question, error)
}

// newInquiry makes the inquiry that the measurement calls for; nil if there is none.
func newInquiry(r *CauseReader, of *meta.Incident, now time.Time) (*inquiry, error) {
	in := &inquiry{CauseReader: r, of: of, from: of.StartedAt.UnixMilli(), now: now.UnixMilli()}
	in.to = max(in.from, in.now)
	if of.ResolvedAt != nil {
		in.to = max(in.from, of.ResolvedAt.UnixMilli())
	}
	if of.Rule == nil {
		in.aboutAnomaly()
		return in, nil
	}
	where, err := ruleConditions(of.Rule.Filters)
	if err != nil {
		return nil, err
	}
	for _, c := range where {
		in.where = append(in.where, viewCondition(c))
	}
	if !in.aboutRule(of.Rule) {
		return nil, nil
	}
	return in, nil
}

// aboutAnomaly looks for views with a failure, of the incident's type and title if it
// has these.
func (in *inquiry) aboutAnomaly() {
	failed := hasFailed
	for _, b := range in.of.Breakdowns {
		switch d, ok := catalog.LookupDimension(b.Name); {
		case b.Name == errorTypeID:
			kind, _ := strconv.ParseFloat(b.Value, 64)
			failed = func(v *view.View) (bool, bool) {
				n, ok := v.Number(colFailureType)
				return ok && n == kind, true
			}
		case ok:
			in.where = append(in.where, valueCondition(d.Column(), []string{b.Value}))
		}
	}
	in.question = func(ctx context.Context) (*Question, error) { return in.shares(ctx, failed, false) }
}

// aboutRule looks for what a rule is about, and reports whether there is something to look for:
// that fewer fail than usual has no cause.
func (in *inquiry) aboutRule(rule *meta.AlertRule) bool {
	above := rule.Direction == meta.Above
	beyond := func(value float64) bool { return (value > rule.Threshold) == above && value != rule.Threshold }
	share := func(byStart bool, affected func(*view.View) (bool, bool)) {
		in.question = func(ctx context.Context) (*Question, error) { return in.shares(ctx, affected, byStart) }
	}
	window := func(value func(*activity) (float64, bool)) {
		in.question = func(ctx context.Context) (*Question, error) {
			return in.windows(ctx, func(a *activity) (bool, bool) {
				n, ok := value(a)
				return beyond(n), ok
			})
		}
	}
	switch rule.Metric {
	case "playback-failure-percentage":
		share(false, hasFailed)
	case "video-startup-failure-percentage":
		share(true, flagged(colStartupFailure))
	case "exits-before-video-start":
		share(true, flagged(colExit))
	case "video-startup-time":
		share(true, func(v *view.View) (bool, bool) {
			startup, ok := v.Number(colStartup)
			if !ok && above { // still waiting
				startup, ok = in.waiting(v)
				return ok && beyond(startup), ok && beyond(startup)
			}
			return beyond(startup), ok
		})
		return true
	case "current-rebuffering-percentage":
		window((*activity).rebuffering)
	case "current-average-bitrate":
		window((*activity).bitrate)
		return true
	case "current-concurrent-viewers":
		in.question = func(ctx context.Context) (*Question, error) { return in.level(ctx, above) }
		return true
	default:
		return false
	}
	return above
}

// waiting is how long somebody has been waiting for the first frame in vain, in
// ms.
func (in *inquiry) waiting(v *view.View) (ms float64, ok bool) {
	if over, _ := v.Number(colExit); over == 1 {
		return 0, false
	}
	if failed, _ := hasFailed(v); failed {
		return 0, false
	}
	spans := v.Watch().Spans
	if len(spans) == 0 {
		return 0, false
	}
	if at := standing(spans, in.to); at < 0 || spans[at].Activity != view.Starting {
		return 0, false
	}
	return float64(in.to - spans[0].At), true
}

// shares asks which views are affected, of those that ended in the time of the
// incident; with byStart of those that began in it.
func (in *inquiry) shares(ctx context.Context, affected func(*view.View) (bool, bool), byStart bool) (*Question, error) {
	now, err := in.listNow(ctx)
	if err != nil {
		return nil, err
	}
	if in.of.Rule != nil {
		open, err := in.open(ctx, now)
		if err != nil {
			return nil, err
		}
		now = append(open, now...)
	}
	before, err := in.listBefore(ctx)
	if err != nil {
		return nil, err
	}
	q := &Question{About: in.of.Breakdowns}
	for _, v := range now {
		hit, ok := affected(v)
		start, _ := v.Number(colStart)
		switch o := (Observed{v, hit}); {
		case !ok:
		case byStart && start < float64(in.from-ruleWindow):
			q.Before = append(q.Before, o)
		default:
			q.Now = append(q.Now, o)
		}
	}
	for _, v := range before {
		if hit, ok := affected(v); ok {
			q.Before = append(q.Before, Observed{v, hit})
		}
	}
	return q, nil
}

// listNow lists views of the incident: while it is open those that ended last, and
// when it is over those that ended first.
func (in *inquiry) listNow(ctx context.Context) (views []*view.View, err error) {
	for _, reach := range reaches {
		p := in.plan(max(in.from, in.to-reach), in.to+1, mostNow)
		if in.of.ResolvedAt != nil {
			p = in.plan(in.from, min(in.to, in.from+reach)+1, mostNow)
			p.Ascending = true
		}
		views, err = lists(ctx, in.stored, p)
		if err != nil || len(views) >= enoughOf || in.to-in.from <= reach {
			break
		}
	}
	return views, err
}

// listBefore lists views from before the incident, the last ones first.
func (in *inquiry) listBefore(ctx context.Context) (views []*view.View, err error) {
	for _, reach := range reaches {
		views, err = lists(ctx, in.stored, in.plan(in.from-onset-reach, in.from-onset, mostBefore))
		if err != nil || len(views) >= enoughOf {
			break
		}
	}
	return views, err
}

func lists(ctx context.Context, from ViewLister, p *query.ListPlan) ([]*view.View, error) {
	list, err := from.List(ctx, p)
	if err != nil {
		return nil, err
	}
	return list.Views, nil
}

// plan lists views that ended in a time, the last ones first.
func (in *inquiry) plan(from, to int64, most int) *query.ListPlan {
	return &query.ListPlan{
		Scope:   query.Scope{Environment: in.of.EnvironmentID, Clock: catalog.ByEnd, From: from, To: to, Where: in.where},
		Columns: causeColumns, Limit: most,
	}
}

// open lists the views in progress that are not among some: they may have ended
// between the two lists.
func (in *inquiry) open(ctx context.Context, stored []*view.View) ([]*view.View, error) {
	open, err := lists(ctx, in.inProgress, in.plan(in.to-longAgo, in.now+ruleWindow, mostNow))
	if err != nil {
		return nil, err
	}
	known := make(map[view.ID]bool, len(stored))
	for _, v := range stored {
		known[v.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(open), func(v *view.View) bool { return known[v.ID] }), nil
}

// viewCondition is a condition of real-time numbers as one of views.
func viewCondition(c query.TickCondition) query.Condition {
	condition := valueCondition(catalog.RealtimeDimensions[c.Dimension].Column(), c.Values)
	condition.Not = c.Not
	return condition
}

// valueCondition keeps the views with one of some values; "" is not known.
func valueCondition(column *catalog.Column, values []string) query.Condition {
	c := query.Condition{Column: column}
	if column.IsText() {
		c.Texts = values
		return c
	}
	for _, v := range values {
		switch n, err := strconv.ParseFloat(v, 64); {
		case v == "":
			c.Null = true
		case v == "true":
			c.Numbers = append(c.Numbers, 1)
		case v == "false":
			c.Numbers = append(c.Numbers, 0)
		case err == nil:
			c.Numbers = append(c.Numbers, n)
		}
	}
	return c
}
