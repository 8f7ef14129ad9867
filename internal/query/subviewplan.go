package query

import (
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// IndexPlayed is where the playing time is in the rows of plans of subviews, in
// ms.
const IndexPlayed = 0

var sumAmount = expr.MustParse("sum(" + Amount + ")")

// SubviewPlan is the plan of the playing time of subviews, of the views that
// started in the timeframe.
type SubviewPlan struct {
	Plan      *Plan
	Timeframe Timeframe
	GroupBy   []string // what the groups of its rows are
}

// subviewPlan is what the plans of subviews have in common.
func subviewPlan(s *Subview, r Request) (*SubviewPlan, error) {
	views, elements, err := s.filters(r.Filters)
	if err != nil {
		return nil, err
	}
	r.Filters = nil
	scope, frame, err := scope(r, catalog.ByStart)
	if err != nil {
		return nil, err
	}
	scope.Where = append(views, scope.Where...)
	return &SubviewPlan{Timeframe: frame, Plan: &Plan{
		Scope:  scope,
		Values: []expr.Node{IndexPlayed: sumAmount},
		Each:   &Each{Column: s.column, Where: elements},
		Order:  []Order{{By: IndexPlayed, Descending: true}},
	}}, nil
}

// Overall plans the playing time of all subviews. Everything wrong is
// fault.Invalid.
func (s *Subview) Overall(r Request) (*SubviewPlan, error) { return subviewPlan(s, r) }

// grouped plans the playing time by r.Parts.
func (s *Subview) grouped(r Request) (*SubviewPlan, error) {
	p, err := subviewPlan(s, r)
	if err != nil {
		return nil, err
	}
	p.GroupBy, p.Plan.Each.Parts, err = s.groups(r.Parts)
	return p, err
}

// Breakdown plans the playing time by r.Parts, what played longest first.
// Everything wrong is fault.Invalid.
func (s *Subview) Breakdown(r Request) (*SubviewPlan, error) {
	p, err := s.grouped(r)
	if err != nil {
		return nil, err
	}
	limit, page, err := page(r)
	if err != nil {
		return nil, err
	}
	p.Plan.Limit, p.Plan.Offset = limit, (page-1)*limit
	return p, nil
}

// Bounds of the parameter breakdown_value_limit.
const (
	defaultRows = 10
	maxRows     = 100
)

// maxValues is how many values a comparison has.
const maxValues = 4

// SubviewComparisonPlan is a breakdown for each of some values of a dimension.
type SubviewComparisonPlan struct {
	Plans     []*Plan // one for each of the values, in their order
	Timeframe Timeframe
	GroupBy   []string
}

// Comparison plans breakdowns by r.Parts, each of at most r.Rows rows, for each
// of r.Values of r.Dimension. Everything wrong is fault.Invalid.
func (s *Subview) Comparison(r Request) (*SubviewComparisonPlan, error) {
	p, err := s.grouped(r)
	if err != nil {
		return nil, err
	}
	if p.Plan.Limit, err = whole("breakdown_value_limit", r.Rows, defaultRows, maxRows); err != nil {
		return nil, err
	}
	if r.Dimension == "" {
		return nil, fault.Badf("dimension", "is missing: want the dimension whose values are compared")
	}
	part, of, err := s.param("dimension", r.Dimension)
	if err != nil {
		return nil, err
	}
	if n := len(r.Values); n < 1 || n > maxValues {
		return nil, fault.Badf("values[]", "want 1 to %d values of %s, have %d", maxValues, r.Dimension, n)
	}
	if err := bounded("values[]", r.Values); err != nil {
		return nil, err
	}
	c := &SubviewComparisonPlan{Timeframe: p.Timeframe, GroupBy: p.GroupBy}
	for _, value := range r.Values {
		if value == NoValue {
			value = ""
		}
		only, each := *p.Plan, *p.Plan.Each
		only.Each = &each
		if of == nil {
			each.Where = append(slices.Clip(each.Where), ElementCondition{Part: part, Texts: []string{value}})
		} else {
			kept := choice{dimension: of}
			if err := kept.add("values[]", 0, value); err != nil {
				return nil, err
			}
			only.Where = append(slices.Clip(only.Where), kept.condition())
		}
		c.Plans = append(c.Plans, &only)
	}
	return c, nil
}

// SubviewTimeseriesPlan is a breakdown for each step of the timeframe. Its rows
// ascend by bucket, and those of a bucket are in their order; the caller keeps
// the first Rows of each.
type SubviewTimeseriesPlan struct {
	SubviewPlan
	Granularity Granularity
	Rows        int
}

// Timeseries plans the playing time by r.Parts for each step of the timeframe;
// r.Granularity is hour up to 15 days, and day beyond, when empty. Everything
// wrong is fault.Invalid.
func (s *Subview) Timeseries(r Request) (*SubviewTimeseriesPlan, error) {
	p, err := s.grouped(r)
	if err != nil {
		return nil, err
	}
	t := &SubviewTimeseriesPlan{SubviewPlan: *p, Granularity: Granularity(r.Granularity)}
	switch t.Granularity {
	case Hour, Day:
	case "":
		t.Granularity = Hour
		if p.Timeframe.To-p.Timeframe.From > 15*Day.Seconds() {
			t.Granularity = Day
		}
	default:
		return nil, fault.Badf("time_granularity", "want hour or day, have %s", fault.Quote(r.Granularity))
	}
	if t.Rows, err = whole("breakdown_value_limit", r.Rows, defaultRows, maxRows); err != nil {
		return nil, err
	}
	t.Plan.Buckets, err = buckets("time_granularity", t.Granularity, p.Timeframe)
	return t, err
}

// SubviewValuesPlan is the plan of the values of a dimension of subviews, or of
// their views, with their playing time. Page finishes it.
type SubviewValuesPlan struct {
	SubviewPlan
	Dimension *catalog.Dimension // of views; nil: of the subviews

	inNumbers
}

// DimensionValues plans the values of r.Dimension that have r.Search inside,
// what played longest first unless r.OrderBy and r.Direction say otherwise. An
// unknown dimension is fault.NotFound, anything else wrong is fault.Invalid.
func (s *Subview) DimensionValues(r Request) (*SubviewValuesPlan, error) {
	part, of, err := s.lookup(r.Dimension)
	if err != nil {
		return nil, err
	}
	p, err := subviewPlan(s, r)
	if err != nil {
		return nil, err
	}
	if err := bounded("query", []string{r.Search}); err != nil {
		return nil, err
	}
	limit, page, err := page(r)
	if err != nil {
		return nil, err
	}
	if p.Plan.Order, err = playedOrder(r); err != nil {
		return nil, err
	}
	v := &SubviewValuesPlan{SubviewPlan: *p, Dimension: of}
	v.Plan.Limit, v.Plan.Offset = limit, (page-1)*limit
	switch each := v.Plan.Each; {
	case of == nil:
		each.Parts = []int{part}
		each.Where = append(each.Where, ElementCondition{Part: part, Contains: r.Search})
		return v, nil
	case r.Search != "" && of.Column().IsText():
		v.Plan.Where = append(v.Plan.Where, Condition{Column: of.Column(), Inside: &r.Search})
	case r.Search != "":
		v.after(v.Plan, r.Search)
	}
	v.Plan.GroupBy = []*catalog.Dimension{of}
	return v, nil
}

// playedOrder reads order_by and order_direction of values with their playing
// time.
func playedOrder(r Request) ([]Order, error) {
	desc, err := descending(r.Direction, r.OrderBy != "value")
	if err != nil {
		return nil, err
	}
	switch r.OrderBy {
	case "", "playing_time":
		return []Order{{By: IndexPlayed, Descending: desc}}, nil
	case "value":
		return []Order{{By: OrderByGroup, Descending: desc}}, nil
	}
	return nil, fault.Badf("order_by", "want playing_time or value, have %s", fault.Quote(r.OrderBy))
}
