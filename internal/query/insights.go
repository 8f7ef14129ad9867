package query

import "playhead/internal/catalog"

// InsightsPlan is the plan of a metric by the values of all dimensions, the
// value that hurts the metric most first. A row of its result is about the
// value of the dimension in Plan.Sets that [Row.Set] tells; [Result.All] has
// the metric over all views.
type InsightsPlan struct {
	MetricPlan
	Limit, Page int
}

// insightDimensions are the dimensions that insights are about, with and without
// those that tell how views went.
var (
	insightDimensions = boundedDimensions(true)
	insightCauses     = boundedDimensions(false)
)

func boundedDimensions(outcomes bool) []*catalog.Dimension {
	var list []*catalog.Dimension
	for i := range catalog.Dimensions {
		if d := &catalog.Dimensions[i]; !d.Unbounded && (outcomes || d.Group != catalog.Outcome) {
			list = append(list, d)
		}
	}
	return list
}

// Insights plans a metric for each value of each dimension whose values are
// bounded, but those of how views went if r.Outcomes is false. r.Limit is 1,000
// when empty. Errors are as those of [Overall].
func Insights(r Request) (*InsightsPlan, error) {
	m, err := metricPlan(r)
	if err != nil {
		return nil, err
	}
	p := &InsightsPlan{MetricPlan: m}
	if p.Limit, p.Page, err = pageOf(r, maxLimit); err != nil {
		return nil, err
	}
	kind := ImpactAbove
	if m.Metric.Better == catalog.Higher {
		kind = ImpactBelow
	}
	outcomes, err := flag("outcomes", r.Outcomes, true)
	if err != nil {
		return nil, err
	}
	if p.Plan.Sets = insightDimensions; !outcomes {
		p.Plan.Sets = insightCauses
	}
	p.Plan.Impact = &Impact{Value: IndexValue, Weight: IndexViews, Kind: kind}
	p.Plan.Order = []Order{{By: OrderByRank}}
	p.Plan.Limit, p.Plan.Offset = p.Limit, (p.Page-1)*p.Limit
	return p, nil
}

// Score is how much better than all views those of a row are, times their
// number: the more below 0, the more they hurt the metric.
func (p *InsightsPlan) Score(r Row, all *Row) float64 {
	low, high := r.Values[IndexValue], all.Values[IndexValue]
	if p.Plan.Impact.Kind == ImpactBelow {
		low, high = high, low
	}
	return (high - low) * r.Values[IndexViews]
}
