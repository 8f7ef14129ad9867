package query

import (
	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// IndexCount is where the count is in the rows of [DimensionValues], of
// [DimensionElements] and of [ErrorTypes].
const IndexCount = 0

// ValuesPlan is the plan of the values that a dimension has, or of their
// elements. Its rows hold the count at [IndexCount]; Page finishes it.
type ValuesPlan struct {
	Plan      *Plan
	Timeframe Timeframe
	Dimension *catalog.Dimension

	inNumbers
}

// DimensionValues plans the values of r.Dimension, the most frequent first:
// counts are of views, and views without a value are one row. With r.Search only
// values that have it inside are there; of sequences, one of the elements has
// it. An unknown dimension is fault.NotFound, anything else wrong is
// fault.Invalid.
func DimensionValues(r Request) (*ValuesPlan, error) {
	d, err := dimensionOfPath(r.Dimension)
	if err != nil {
		return nil, err
	}
	v, err := valuesPlan(r, d)
	if err != nil {
		return nil, err
	}
	v.Plan.GroupBy = []*catalog.Dimension{d}
	v.Plan.Order = []Order{{By: IndexCount, Descending: true}}
	switch {
	case r.Search == "":
	case d.Column().IsText():
		v.Plan.Where = append(v.Plan.Where, Condition{Column: d.Column(), Inside: &r.Search})
	default:
		v.after(v.Plan, r.Search)
	}
	return v, nil
}

// DimensionElements plans the elements of the sequences that r.Dimension has,
// the most frequent first unless r.OrderBy and r.Direction say otherwise; with
// r.Search only those that have it inside. An element counts each time that it
// is in the sequence of a view. Errors are as those of [DimensionValues].
func DimensionElements(r Request) (*ValuesPlan, error) {
	d, err := dimensionOfPath(r.Dimension)
	if err != nil {
		return nil, err
	}
	if !d.Trace() {
		return nil, fault.New(fault.Invalid,
			"%s has single values and no elements: use /data/v1/dimensions/%s; sequences, such as video_cdn_trace, have elements", d.Name, d.Name)
	}
	v, err := valuesPlan(r, d)
	if err != nil {
		return nil, err
	}
	if v.Plan.Order, err = elementsOrder(r); err != nil {
		return nil, err
	}
	v.Plan.Each = &Each{Column: d.Column(), Parts: []int{0}}
	if r.Search != "" {
		v.Plan.Each.Where = []ElementCondition{{Contains: r.Search}}
	}
	return v, nil
}

// dimensionOfPath looks up a dimension that the path of a request names.
func dimensionOfPath(name string) (*catalog.Dimension, error) {
	d, ok := catalog.LookupDimension(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "%s", unknown("dimension", name, catalog.NearestDimensions))
	}
	return d, nil
}

// valuesPlan is what the two plans have in common.
func valuesPlan(r Request, d *catalog.Dimension) (*ValuesPlan, error) {
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	if err := bounded("search", []string{r.Search}); err != nil {
		return nil, err
	}
	limit, page, err := page(r)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Scope: scope, Values: []expr.Node{countViews}, Limit: limit, Offset: (page - 1) * limit}
	return &ValuesPlan{Plan: plan, Timeframe: frame, Dimension: d}, nil
}

// elementsOrder reads order_by and order_direction of elements, whose rows
// have nothing but a text and a count.
func elementsOrder(r Request) ([]Order, error) {
	byText := r.OrderBy == "value" || r.OrderBy == "field"
	desc, err := descending(r.Direction, !byText)
	if err != nil {
		return nil, err
	}
	switch r.OrderBy {
	case "", "views", "negative_impact":
		return []Order{{By: IndexCount, Descending: desc}}, nil
	case "value", "field":
		return []Order{{By: OrderByGroup, Descending: desc}}, nil
	}
	return nil, fault.Badf("order_by", "want views or negative_impact for the count, value or field for the element, have %s", fault.Quote(r.OrderBy))
}
