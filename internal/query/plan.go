package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// Where the values of a metric's plan are in [Row.Values]. All plans of
// [Overall], [Breakdown] and [Timeseries] compute the four of them.
const (
	IndexValue       = iota // the metric; null when no view has a value
	IndexViews              // views that have a value of the metric
	IndexWatchTime          // watch time of those views in ms
	IndexPlayingTime        // playing time of those views in ms
)

// Timeframe is a resolved timeframe in whole seconds since 1970: From ≤ t < To.
type Timeframe struct{ From, To int64 }

// MetricPlan is a plan about one metric, and how it was understood.
type MetricPlan struct {
	Plan        *Plan
	Timeframe   Timeframe
	Metric      *catalog.Metric
	Measurement catalog.Measurement
}

// BreakdownPlan is the plan of a metric by the values of a dimension.
type BreakdownPlan struct {
	MetricPlan
	Dimension   *catalog.Dimension
	Limit, Page int // Page counts from 1
}

// TimeseriesPlan is the plan of a metric over time. The rows of its result
// ascend, and buckets without a view are left out: the caller fills them in and
// turns the rows around if Descending is set.
type TimeseriesPlan struct {
	MetricPlan
	Granularity Granularity
	Descending  bool
}

// Overall plans one number for all views of the timeframe. An unknown metric
// is fault.NotFound, anything else wrong is fault.Invalid.
func Overall(r Request) (*MetricPlan, error) {
	p, err := metricPlan(r)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Breakdown plans a metric for each value of the dimension in r.GroupBy, which
// is country when empty. Groups are ranked by [Impact], weighted by their
// views. Errors are as those of [Overall].
func Breakdown(r Request) (*BreakdownPlan, error) {
	m, err := metricPlan(r)
	if err != nil {
		return nil, err
	}
	b := &BreakdownPlan{MetricPlan: m}
	if r.GroupBy == "" {
		r.GroupBy = "country"
	}
	if b.Dimension, err = dimension("group_by", r.GroupBy); err != nil {
		return nil, err
	}
	if b.Limit, b.Page, err = page(r); err != nil {
		return nil, err
	}
	if b.Plan.Order, err = breakdownOrder(r); err != nil {
		return nil, err
	}
	b.Plan.GroupBy = []*catalog.Dimension{b.Dimension}
	b.Plan.Impact = &Impact{Value: IndexValue, Weight: IndexViews, Kind: impactKind(m.Metric)}
	b.Plan.Limit, b.Plan.Offset = b.Limit, (b.Page-1)*b.Limit
	return b, nil
}

// Timeseries plans a metric for each step of the timeframe; r.GroupBy is a
// [Granularity], by default one that fits the length of the timeframe. Errors
// are as those of [Overall].
func Timeseries(r Request) (*TimeseriesPlan, error) {
	m, err := metricPlan(r)
	if err != nil {
		return nil, err
	}
	t := &TimeseriesPlan{MetricPlan: m}
	if t.Granularity, err = granularity(r.GroupBy, m.Timeframe); err != nil {
		return nil, err
	}
	if t.Plan.Buckets, err = buckets("group_by", t.Granularity, m.Timeframe); err != nil {
		return nil, err
	}
	if t.Descending, err = descending(r.Direction, false); err != nil {
		return nil, err
	}
	return t, nil
}

var (
	countViews     = expr.MustParse("count()")
	sumWatchTime   = expr.MustParse("sum(watch_time)")
	sumPlayingTime = expr.MustParse("sum(playing_time)")
)

// metricPlan is what the three plans about a metric have in common.
func metricPlan(r Request) (MetricPlan, error) {
	m, ok := catalog.LookupMetric(r.Metric)
	if !ok {
		return MetricPlan{}, fault.New(fault.NotFound, "%s", unknown("metric", r.Metric, catalog.NearestMetrics))
	}
	measurement := catalog.Measurement(r.Measurement)
	if measurement == "" {
		measurement = m.Default
	}
	value, ok := m.Node(measurement)
	if !ok {
		return MetricPlan{}, fault.Badf("measurement", "%s has no measurement %s; it has %s",
			m.ID, fault.Quote(r.Measurement), list(m.Supported()))
	}
	scope, frame, err := scope(r, m.Clock)
	if err != nil {
		return MetricPlan{}, err
	}
	p := &Plan{
		Scope: scope,
		Has:   m.ValueColumn(),
		Values: []expr.Node{
			IndexValue:       value,
			IndexViews:       countViews,
			IndexWatchTime:   sumWatchTime,
			IndexPlayingTime: sumPlayingTime,
		},
	}
	return MetricPlan{Plan: p, Timeframe: frame, Metric: m, Measurement: measurement}, nil
}

// scope resolves what all plans have: the timeframe and the filters.
func scope(r Request, clock catalog.Clock) (Scope, Timeframe, error) {
	frame, err := timeframe(r.Timeframe, r.Now)
	if err != nil {
		return Scope{}, Timeframe{}, err
	}
	where, err := filters(r.Filters)
	if err != nil {
		return Scope{}, Timeframe{}, err
	}
	more, err := metricFilters(r.MetricFilters)
	if err != nil {
		return Scope{}, Timeframe{}, err
	}
	s := Scope{Environment: r.Environment, Clock: clock, From: frame.From * 1000, To: frame.To * 1000, Where: append(where, more...)}
	return s, frame, nil
}

// impactKind says how bad the values of a metric are: the larger the worse,
// unless higher is better.
func impactKind(m *catalog.Metric) ImpactKind {
	switch {
	case m.Better != catalog.Higher:
		return ImpactValue
	case m.Type == catalog.Score:
		return ImpactScore
	default:
		return ImpactBest
	}
}

// dimension looks up a dimension that a parameter names.
func dimension(param, name string) (*catalog.Dimension, error) {
	d, ok := catalog.LookupDimension(name)
	if !ok {
		return nil, fault.Badf(param, "%s", unknown("dimension", name, catalog.NearestDimensions))
	}
	return d, nil
}

// unknown is the sentence about a name that the catalogue does not have.
func unknown(what, name string, nearest func(string) []string) string {
	return fmt.Sprintf("there is no %s %s; the nearest are %s", what, fault.Quote(name), list(nearest(name)))
}

// list writes names as a sentence does.
func list[S ~string](names []S) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}

// FormatNumber writes a value of a column that is not a text, as [Row.Groups]
// and the API show it: booleans as true and false, numbers in plain decimals
// with the fewest digits that tell them apart. NaN, which is null, is "".
func FormatNumber(c *catalog.Column, n float64) string {
	switch {
	case math.IsNaN(n):
		return ""
	case c.Kind == catalog.Bool:
		return strconv.FormatBool(n != 0)
	case n == 0:
		return "0" // also of a negative zero
	default:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
}
