package query

import (
	"slices"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// What requests for real-time numbers are answered with, unless they say
// otherwise.
const (
	TimeseriesTicks     = 360 // half an hour
	BreakdownTicks      = 12  // of a breakdown over time: a minute
	MaxBreakdownTicks   = 120 // ten minutes
	BreakdownValues     = 10  // of each moment of a breakdown over time
	MaxBreakdownValues  = 100
	MaxBreakdownRows    = 1000 // of the breakdown of a moment
	realtimeReachInText = "the last 24 hours"
)

// RealtimePlan is the plan of a real-time metric at some ticks. Ticks.From and
// Ticks.To may be moved by who wants to know it of other ones.
type RealtimePlan struct {
	Ticks  *TickPlan // its result has one group
	Metric *catalog.RealtimeMetric

	param string // that says where it begins; "": it begins by default
}

// RealtimeBreakdownPlan is the plan of a real-time metric for each value of a
// dimension. [RealtimeBreakdownPlan.Rows] makes rows of its result.
type RealtimeBreakdownPlan struct {
	RealtimePlan
	Timeframe Timeframe // that was asked for; of a moment both are it
	Limit     int       // rows of each tick

	order      realtimeOrder
	descending bool
	ranked     bool // rows have ranks
}

// Dimension is what the breakdown is by.
func (p *RealtimeBreakdownPlan) Dimension() *catalog.RealtimeDimension {
	return &catalog.RealtimeDimensions[p.Ticks.GroupBy]
}

// RealtimeTimeseries plans a real-time metric at [TimeseriesTicks] ticks: up to
// the newest one, or from r.Timestamp on as far as there are any. An unknown
// metric is fault.NotFound, anything else wrong is fault.Invalid.
func RealtimeTimeseries(r Request) (*RealtimePlan, error) {
	p, err := realtimePlan(r)
	if err != nil {
		return nil, err
	}
	newest := r.newestTick()
	p.Ticks.From, p.Ticks.To = newest-(TimeseriesTicks-1)*TickEvery, newest
	if r.Timestamp == "" {
		return &p, nil
	}
	if p.Ticks.From, err = r.timestamp(); err != nil {
		return nil, err
	}
	p.Ticks.To = min(p.Ticks.From+(TimeseriesTicks-1)*TickEvery, newest)
	p.param = "timestamp"
	return &p, nil
}

// RealtimeBreakdown plans a real-time metric at one tick for each value of
// r.Dimension, which is asn when empty. Errors are as those of
// [RealtimeTimeseries].
func RealtimeBreakdown(r Request) (*RealtimeBreakdownPlan, error) {
	p, err := realtimeBreakdown(r)
	if err != nil {
		return nil, err
	}
	p.Limit, p.ranked = MaxBreakdownRows, true
	tick := r.newestTick()
	if r.Timestamp != "" {
		if tick, err = r.timestamp(); err != nil {
			return nil, err
		}
		p.param = "timestamp"
	}
	p.Ticks.From, p.Ticks.To = tick, tick
	p.Timeframe = Timeframe{tick / 1000, tick / 1000}
	return p, nil
}

// RealtimeBreakdownTimeseries plans a real-time metric for each value of
// r.Dimension at the ticks of r.Timeframe, of which there may be none: then
// Ticks.From is after Ticks.To. Errors are as those of [RealtimeTimeseries].
func RealtimeBreakdownTimeseries(r Request) (*RealtimeBreakdownPlan, error) {
	p, err := realtimeBreakdown(r)
	if err != nil {
		return nil, err
	}
	if p.Limit, err = whole("limit", r.Limit, BreakdownValues, MaxBreakdownValues); err != nil {
		return nil, err
	}
	p.ranked = p.order == orderByRank
	newest := r.newestTick()
	if p.Timeframe, err = realtimeframe(r.Timeframe, r.Now, newest); err != nil {
		return nil, err
	}
	if len(r.Timeframe) > 0 {
		p.param = "timeframe[]"
	}
	p.Ticks.From = ceilTick(p.Timeframe.From * 1000)
	p.Ticks.To = min(ceilTick(p.Timeframe.To*1000)-TickEvery, newest)
	return p, nil
}

// realtimePlan is what all plans of real-time metrics have in common.
func realtimePlan(r Request) (RealtimePlan, error) {
	m, ok := catalog.LookupRealtimeMetric(r.Metric)
	switch {
	case !ok || r.Older && m.Newer:
		return RealtimePlan{}, noRealtimeMetric(r)
	case m.Formula == "":
		return RealtimePlan{}, fault.New(fault.NotFound, "%s is told as a histogram alone: ask for its histogram-timeseries", m.ID)
	}
	ticks, err := tickPlan(r)
	return RealtimePlan{Ticks: ticks, Metric: m}, err
}

// noRealtimeMetric is the error about a metric that is not there.
func noRealtimeMetric(r Request) error {
	return fault.New(fault.NotFound, "%s", unknown("real-time metric", r.Metric, func(id string) []string {
		return catalog.NearestRealtimeMetrics(id, r.Older)
	}))
}

// tickPlan is a plan without groups, of ticks that are not chosen yet.
func tickPlan(r Request) (*TickPlan, error) {
	where, err := realtimeFilters(r)
	if err != nil {
		return nil, err
	}
	return &TickPlan{Environment: r.Environment, Where: where, GroupBy: NoGroups}, nil
}

// realtimeBreakdown is what both plans of breakdowns have in common.
func realtimeBreakdown(r Request) (*RealtimeBreakdownPlan, error) {
	one, err := realtimePlan(r)
	if err != nil {
		return nil, err
	}
	p := &RealtimeBreakdownPlan{RealtimePlan: one}
	if r.Dimension == "" {
		r.Dimension = "asn"
	}
	if p.Ticks.GroupBy, err = realtimeDimension("dimension", r.Dimension, r.Older); err != nil {
		return nil, err
	}
	if p.order, err = realtimeOrderBy(r.OrderBy); err != nil {
		return nil, err
	}
	p.descending, err = descending(r.Direction, p.order != orderByField)
	return p, err
}

// realtimeDimension looks up a dimension that a parameter names.
func realtimeDimension(param, name string, older bool) (int, error) {
	i, ok := catalog.LookupRealtimeDimension(name)
	if !ok || older && catalog.RealtimeDimensions[i].Newer {
		return 0, fault.Badf(param, "%s", unknown("real-time dimension", name, func(name string) []string {
			return catalog.NearestRealtimeDimensions(name, older)
		}))
	}
	return i, nil
}

// realtimeFilters reads the parameter filters[] of real-time numbers:
// dimension:value or !dimension:value, put together as [filters] does.
func realtimeFilters(r Request) ([]TickCondition, error) {
	const param = "filters[]"
	if err := bounded(param, r.Filters); err != nil {
		return nil, err
	}
	var where []TickCondition
	for _, word := range r.Filters {
		op, rest := cutOp(word)
		name, value, ok := strings.Cut(rest, ":")
		if !ok || op != 0 && op != '!' {
			return nil, fault.Badf(param, "want dimension:value or !dimension:value, have %s", fault.Quote(word))
		}
		d, err := realtimeDimension(param, name, r.Older)
		if err != nil {
			return nil, err
		}
		if value, err = realtimeValue(param, catalog.RealtimeDimensions[d].Dimension, value); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(where, func(c TickCondition) bool { return c.Dimension == d && c.Not == (op == '!') })
		if i < 0 {
			i = len(where)
			where = append(where, TickCondition{Dimension: d, Not: op == '!'})
		}
		where[i].Values = append(where[i].Values, value)
	}
	return where, nil
}

// RealtimeCondition checks a filter of real-time numbers by names. Errors are
// fault.Invalid and name param.
func RealtimeCondition(param, dimension string, values []string, not bool) (TickCondition, error) {
	d, err := realtimeDimension(param, dimension, false)
	if err != nil {
		return TickCondition{}, err
	}
	c := TickCondition{Dimension: d, Not: not}
	for _, value := range values {
		if value, err = realtimeValue(param, catalog.RealtimeDimensions[d].Dimension, value); err != nil {
			return TickCondition{}, err
		}
		c.Values = append(c.Values, value)
	}
	return c, nil
}

// realtimeValue checks a value of a dimension, and writes it as [FormatNumber]
// does. An empty one is not known.
func realtimeValue(param string, d *catalog.Dimension, value string) (string, error) {
	if d.Column().IsText() || value == "" {
		return value, nil
	}
	n, want := parseValue(d.Kind, value)
	if want != "" {
		return "", fault.Badf(param, "%s wants %s, have %s", d.Name, want, fault.Quote(value))
	}
	return FormatNumber(d.Column(), n), nil
}

// clocksDiffer is by how many seconds a time that a client tells may be outside
// of the last 24 hours: its own now, or a day before it, must not be refused
// because its clock is a little ahead, or the request took a while.
const clocksDiffer = 60

// realtimeReach is what numbers can be asked for at a time, in seconds since 1970.
func realtimeReach(now time.Time) (first, last int64) {
	return now.Unix() - RealtimeReach/1000, now.Unix()
}

// timestamp reads the parameter of this name, and floors it to a tick that there
// is.
func (r *Request) timestamp() (int64, error) {
	seconds, ok := epoch(r.Timestamp)
	if first, last := realtimeReach(r.Now); !ok || seconds < first-clocksDiffer || seconds > last+clocksDiffer {
		return 0, fault.Badf("timestamp", "want whole seconds since 1970 within %s, now from %d to %d, have %s", realtimeReachInText, first, last, fault.Quote(r.Timestamp))
	}
	return min(floorTick(seconds*1000), r.newestTick()), nil
}

// realtimeframe reads the parameter timeframe[] of a breakdown over time. One
// that is told as a length ends with the newest tick.
func realtimeframe(words []string, now time.Time, newest int64) (Timeframe, error) {
	end := (newest + TickEvery) / 1000
	f := Timeframe{end - BreakdownTicks*TickEvery/1000, end}
	switch len(words) {
	case 0:
	case 1:
		seconds, ok := duration(words[0])
		if !ok {
			return f, fault.Badf("timeframe[]", "want N:unit such as 60:seconds, or two times in seconds since 1970; have %s", fault.Quote(words[0]))
		}
		f.From = end - max(seconds, TickEvery/1000)
	default:
		var err error
		if f, err = timeframe(words, now); err != nil {
			return f, err
		}
	}
	if length := f.To - f.From; length > MaxBreakdownTicks*TickEvery/1000 {
		return f, fault.Badf("timeframe[]", "want at most %d seconds, have %d", MaxBreakdownTicks*TickEvery/1000, length)
	}
	if first, last := realtimeReach(now); f.From < first-clocksDiffer || f.From > last+clocksDiffer {
		return f, fault.Badf("timeframe[]", "want a start within %s, now from %d to %d, have %d", realtimeReachInText, first, last, f.From)
	}
	return f, nil
}

// ceilTick is the first tick at or after a time in ms since 1970.
func ceilTick(ms int64) int64 { return floorTick(ms + TickEvery - 1) }
