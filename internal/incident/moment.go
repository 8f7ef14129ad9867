package incident

import (
	"context"
	"fmt"
	"math"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// minuteTicks is how many ticks a moment is over: the one that it is at, and those
// of the minute before it.
const minuteTicks = 12

// beforeMoment is from the first of these to the last one, in ms.
const beforeMoment = (minuteTicks - 1) * query.TickEvery

// Moments are those of a rule that [CheckRule] accepts, at the ticks from one to
// another, both in ms since 1970. Real-time numbers are asked for from 55 s before
// the first one on. Errors are those of the numbers.
func Moments(ctx context.Context, numbers query.Realtime, rule meta.AlertRule, from, to int64) ([]Moment, error) {
	r, err := newReading(rule)
	if err != nil {
		return nil, err
	}
	a := audience{plan: r.plan}
	if err := a.read(ctx, numbers, from-beforeMoment, to, r.ofStartups()); err != nil {
		return nil, err
	}
	moments := make([]Moment, 0, (to-from)/query.TickEvery+1)
	for tick := from; tick <= to; tick += query.TickEvery {
		moments = append(moments, r.moment(&a, tick))
	}
	return moments, nil
}

// reading is how moments of a rule are made.
type reading struct {
	rule   *meta.AlertRule
	metric *catalog.RealtimeMetric
	plan   query.TickPlan // whom it is about, without ticks
	key    string         // the same for all plans about the same viewers

	times []float64 // of a median; kept for the next one
}

func newReading(rule meta.AlertRule) (*reading, error) {
	m, ok := catalog.LookupRealtimeMetric(rule.Metric)
	if !ok {
		return nil, fmt.Errorf("rule %s: there is no real-time metric %q", rule.ID, rule.Metric)
	}
	where, err := ruleConditions(rule.Filters)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", rule.ID, err)
	}
	plan := query.TickPlan{Environment: rule.EnvironmentID, Where: where, GroupBy: query.NoGroups}
	return &reading{rule: &rule, metric: m, plan: plan, key: keyOf(&plan)}, nil
}

// ofStartups tells whether the metric is made of startup times, not of ticks.
func (r *reading) ofStartups() bool { return r.metric.Formula == "" }

// moment is the one at a tick, of an audience that has been read up to it or
// further.
func (r *reading) moment(a *audience, tick int64) Moment {
	minute := a.minute(tick)
	var sum query.Tick
	for _, t := range minute {
		sum.Add(t)
	}
	m := Moment{Tick: tick, Viewers: float64(sum.Concurrent) / minuteTicks}
	if r.ofStartups() {
		m.Value = r.median(a.firstFrames(tick-minuteTicks*query.TickEvery, tick))
		for _, s := range a.firstFrames(tick-query.TickEvery, tick) {
			if beyond(r.rule, float64(s.Time)) {
				m.Affected++
			}
		}
		return m
	}
	m.Value = inUnit(r.metric, query.RealtimeValue(r.metric, &sum))
	m.Affected = affectedAt(r.metric, &minute[minuteTicks-1])
	return m
}

// inUnit is a metric of a minute, as the sums over its ticks give it, in the unit of
// thresholds. What is no ratio is a mean. Percentages are rounded: 7 of 100 are 7
// and no more, where 0.07 · 100 is 7.000000000000001.
func inUnit(m *catalog.RealtimeMetric, value float64) float64 {
	switch m.Type {
	case catalog.Percentage:
		return math.Round(value*100*1e9) / 1e9
	case catalog.Number:
		return value / minuteTicks
	}
	return value
}

// affectedAt are the viewers who came to what a metric counts in the five seconds up to
// a tick; of one that is about what viewers are in, those who are in it.
func affectedAt(m *catalog.RealtimeMetric, t *query.Tick) int64 {
	switch m.ID {
	case "exits-before-video-start":
		return t.Exits
	case "playback-failure-percentage":
		return t.Failures
	case "video-startup-failure-percentage":
		return t.StartupFailures
	case "current-rebuffering-percentage": // as many as would have stalled all the time
		return (t.RebufferTime + query.TickEvery - 1) / query.TickEvery
	}
	return t.Concurrent
}

// median is that of startup times, in ms; NaN of none.
func (r *reading) median(list []query.Startup) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	r.times = r.times[:0]
	for _, s := range list {
		r.times = append(r.times, float64(s.Time))
	}
	slices.Sort(r.times)
	return expr.Interpolate(r.times, 0.5)
}
