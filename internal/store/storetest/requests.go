package storetest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// endpoint is something that the API asks engines.
type endpoint struct {
	name string
	say  []func(*rapid.T, *query.Request) // what requests say beside their timeframe and filters
	plan func(query.Request) (plans, error)
}

// plans are what a request becomes.
type plans struct {
	aggregates []*query.Plan
	list       *query.ListPlan
}

// says is for tables.
func says(say ...func(*rapid.T, *query.Request)) []func(*rapid.T, *query.Request) { return say }

// planned makes plans of what a function of package query returns.
func planned[P any](plan func(query.Request) (*P, error), aggregates func(*P) []*query.Plan) func(query.Request) (plans, error) {
	return func(r query.Request) (plans, error) {
		p, err := plan(r)
		if err != nil {
			return plans{}, err
		}
		return plans{aggregates: aggregates(p)}, nil
	}
}

func one(p *query.Plan) []*query.Plan { return []*query.Plan{p} }

// endpoints are all that there are.
var endpoints = slices.Concat([]endpoint{
	{"overall", says(sayMetric), planned(query.Overall, func(p *query.MetricPlan) []*query.Plan { return one(p.Plan) })},
	{
		"breakdown", says(sayMetric, sayGroup, sayPage, sayOrder("", "views", "value", "field", "negative_impact")),
		planned(query.Breakdown, func(p *query.BreakdownPlan) []*query.Plan { return one(p.Plan) }),
	},
	{
		"timeseries", says(sayMetric, sayStep, sayOrder("")),
		planned(query.Timeseries, func(p *query.TimeseriesPlan) []*query.Plan { return one(p.Plan) }),
	},
	{"insights", says(sayMetric, sayPage), planned(query.Insights, func(p *query.InsightsPlan) []*query.Plan { return one(p.Plan) })},
	{"comparison", says(sayValue), planned(query.Comparison, func(p *query.ComparisonPlan) []*query.Plan { return []*query.Plan{p.ByEnd, p.ByStart} })},
	{"values", says(sayDimension, saySearch, sayPage), planned(query.DimensionValues, func(p *query.ValuesPlan) []*query.Plan { return one(p.Plan) })},
	{
		"elements", says(sayTrace, saySearch, sayPage, sayOrder("", "views", "value", "field", "negative_impact")),
		planned(query.DimensionElements, func(p *query.ValuesPlan) []*query.Plan { return one(p.Plan) }),
	},
	{"errors", nil, planned(query.ErrorTypes, func(p *query.ErrorsPlan) []*query.Plan {
		return []*query.Plan{p.Types, p.Views, p.Severities([]query.Row{{Groups: []string{"1"}}, {Groups: []string{"20"}}})}
	})},
	{"error timeseries", says(sayErrors, sayStep, sayOrder("")), planned(query.ErrorSeries, ofSeries)},
	{"errors timeseries", says(sayErrors, sayStep, sayOrder("")), planned(query.ErrorTypesSeries, ofSeries)},
	{"error breakdown", says(sayErrors, sayGroup, sayPage), planned(query.ErrorBreakdown, func(p *query.ErrorBreakdownPlan) []*query.Plan {
		return []*query.Plan{p.With, p.All([]query.Row{{Groups: []string{""}}, {Groups: []string{"1"}}})}
	})},
	{"sdks", nil, func(r query.Request) (plans, error) {
		p, err := query.SDKs(r)
		return plans{aggregates: one(p)}, err
	}},
	{"engagement", says(sayContent, sayOrder("")), planned(query.Engagement, func(p *query.EngagementPlan) []*query.Plan {
		return []*query.Plan{p.Starts, p.Ends, p.Views}
	})},
	{"views", says(sayIdentity, sayPage, sayOrder("")), func(r query.Request) (plans, error) {
		p, err := query.Views(r)
		if err != nil {
			return plans{}, err
		}
		return plans{list: p.Plan}, nil
	}},
}, ofSubviews(query.Subviews[0]), ofSubviews(query.Subviews[1]))

// ofSubviews are the endpoints of one type of subviews.
func ofSubviews(s *query.Subview) []endpoint {
	say := func(rt *rapid.T, r *query.Request) {
		parts := rapid.SampledFrom(s.Dimensions())
		r.Parts = rapid.SliceOfN(parts, 0, 3).Draw(rt, "parts")
		for range rapid.IntRange(0, 2).Draw(rt, "part filters") {
			op := rapid.SampledFrom([]string{"", "!"}).Draw(rt, "op")
			r.Filters = append(r.Filters, op+parts.Draw(rt, "part")+":"+rapid.SampledFrom(append([]string{query.NoValue}, someParts...)).Draw(rt, "value"))
		}
	}
	compared := func(rt *rapid.T, r *query.Request) {
		r.Dimension = rapid.SampledFrom(s.Dimensions()).Draw(rt, "dimension")
		r.Values = rapid.SliceOfN(rapid.SampledFrom(someParts), 1, 3).Draw(rt, "values")
	}
	searched := func(rt *rapid.T, r *query.Request) {
		r.Dimension = rapid.SampledFrom(append(s.Dimensions(), "country", "asn")).Draw(rt, "dimension")
		saySearch(rt, r)
	}
	return []endpoint{
		{s.Type + " overall", says(say), planned(s.Overall, func(p *query.SubviewPlan) []*query.Plan { return one(p.Plan) })},
		{s.Type + " breakdown", says(say, sayPage), planned(s.Breakdown, func(p *query.SubviewPlan) []*query.Plan { return one(p.Plan) })},
		{s.Type + " comparison", says(say, compared), planned(s.Comparison, func(p *query.SubviewComparisonPlan) []*query.Plan { return p.Plans })},
		{s.Type + " timeseries", says(say), planned(s.Timeseries, func(p *query.SubviewTimeseriesPlan) []*query.Plan { return one(p.Plan) })},
		{
			s.Type + " values", says(say, searched, sayPage, sayOrder("", "playing_time", "value")),
			planned(s.DimensionValues, func(p *query.SubviewValuesPlan) []*query.Plan { return one(p.Plan) }),
		},
	}
}

// randomRequest is a valid request by names, as the API reads it, about the
// random views.
func randomRequest(rt *rapid.T, e *endpoint) query.Request {
	from := epoch/1000 + rapid.Int64Range(-10, 300).Draw(rt, "from")
	r := query.Request{
		Environment: environment,
		Timeframe:   []string{fmt.Sprint(from), fmt.Sprint(from + rapid.Int64Range(10, 620).Draw(rt, "length"))},
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 4}).Draw(rt, "filters") { // few, so that views are left
		r.Filters = append(r.Filters, randomFilter(rt))
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "metric filters") {
		r.MetricFilters = append(r.MetricFilters, rapid.SampledFrom(filterable).Draw(rt, "metric")+
			rapid.SampledFrom([]string{">=", "<=", ">", "<", "="}).Draw(rt, "op")+
			rapid.SampledFrom([]string{"0", "0.25", "0.5", "1", "2", "5", "1e3", "-1"}).Draw(rt, "constant"))
	}
	for _, say := range e.say {
		say(rt, &r)
	}
	return r
}

// filterable are the metrics that views can be filtered by.
var filterable = slices.DeleteFunc(metricNames(), func(name string) bool {
	_, err := query.Comparison(query.Request{Timeframe: []string{"0", "1"}, MetricFilters: []string{name + ">1"}})
	return err != nil
})

func metricNames() []string {
	var names []string
	for i := range catalog.Metrics {
		names = append(append(names, catalog.Metrics[i].ID), catalog.Metrics[i].Aliases...)
	}
	return names
}

// randomFilter is any filter of any dimension.
func randomFilter(rt *rapid.T) string {
	d := randomDimension(rt)
	ops := []string{"", "", "!"}
	if d.Trace() {
		ops = []string{"", "!", "+", "-"}
	}
	op := rapid.SampledFrom(ops).Draw(rt, "op")
	if op == "+" || op == "-" {
		return op + d.Name + ":" + rapid.SampledFrom([]string{"a", "b", "ab", "%", "'"}).Draw(rt, "element")
	}
	return op + d.Name + ":" + randomValue(rt, d)
}

// randomValue is a value of a dimension as a filter has it.
func randomValue(rt *rapid.T, d *catalog.Dimension) string {
	switch d.Kind {
	case catalog.List:
		trace := rapid.SampledFrom(someTraces).Draw(rt, "trace")
		return "[" + strings.Join(trace, ",") + "]"
	case catalog.Bool:
		return rapid.SampledFrom([]string{"true", "false", ""}).Draw(rt, "value")
	case catalog.Int:
		return rapid.SampledFrom([]string{"0", "1", "5", "007", "4294967295", ""}).Draw(rt, "value")
	case catalog.Float:
		return rapid.SampledFrom([]string{"0", "0.25", "3", "-2.5", "1e0", ""}).Draw(rt, "value")
	}
	return rapid.SampledFrom(someTexts).Draw(rt, "value")
}

func sayMetric(rt *rapid.T, r *query.Request) {
	r.Metric = rapid.SampledFrom(metricNames()).Draw(rt, "metric")
	m, _ := catalog.LookupMetric(r.Metric)
	r.Measurement = string(rapid.SampledFrom(append(m.Supported(), "")).Draw(rt, "measurement"))
}

func sayGroup(rt *rapid.T, r *query.Request) { r.GroupBy = randomDimension(rt).Name }

func sayStep(rt *rapid.T, r *query.Request) {
	r.GroupBy = rapid.SampledFrom([]string{"", "minute", "ten_minutes", "hour", "day"}).Draw(rt, "step")
}

func sayDimension(rt *rapid.T, r *query.Request) { r.Dimension = randomDimension(rt).Name }

func saySearch(rt *rapid.T, r *query.Request) {
	r.Search = rapid.SampledFrom([]string{"", "", "a", "É", "2", "%", "ſ", "."}).Draw(rt, "search")
}

func sayTrace(_ *rapid.T, r *query.Request) { r.Dimension = "video_cdn_trace" }

// sayValue is of comparisons, which may be about a value of a dimension.
func sayValue(rt *rapid.T, r *query.Request) {
	if rapid.Bool().Draw(rt, "of a value") {
		d := randomDimension(rt)
		r.Dimension, r.Value = d.Name, new(randomValue(rt, d))
	}
}

func sayContent(rt *rapid.T, r *query.Request) {
	r.Dimension = rapid.SampledFrom([]string{"video_id", "asset_id", "playback_id"}).Draw(rt, "dimension")
	r.Value = new(rapid.SampledFrom(someTexts).Draw(rt, "value"))
}

func sayIdentity(rt *rapid.T, r *query.Request) {
	r.ViewerID = rapid.SampledFrom([]string{"", "", "US", "O'Neil\\"}).Draw(rt, "viewer")
	r.ErrorID = rapid.SampledFrom([]string{"", "", "any", "3"}).Draw(rt, "error")
	r.ViewID = rapid.SampledFrom([]string{"", "", "", "100%"}).Draw(rt, "view")
}

// sayErrors are types of errors that random views have or not.
func sayErrors(rt *rapid.T, r *query.Request) {
	r.ErrorID = rapid.SampledFrom([]string{"any", "1", "20", "3"}).Draw(rt, "error")
	r.Values = rapid.SliceOfN(rapid.SampledFrom([]string{"1", "20", "3"}), 1, 4).Draw(rt, "errors")
}

func ofSeries(p *query.ErrorSeriesPlan) []*query.Plan { return []*query.Plan{p.With, p.All} }

func sayPage(rt *rapid.T, r *query.Request) {
	r.Limit = rapid.SampledFrom([]string{"", "", "1", "3", "1000"}).Draw(rt, "limit")
	r.Page = rapid.SampledFrom([]string{"", "", "1", "1", "2", "2147483647"}).Draw(rt, "page")
}

func sayOrder(keys ...string) func(*rapid.T, *query.Request) {
	return func(rt *rapid.T, r *query.Request) {
		r.OrderBy = rapid.SampledFrom(keys).Draw(rt, "order")
		r.Direction = rapid.SampledFrom([]string{"", "asc", "desc"}).Draw(rt, "direction")
	}
}
