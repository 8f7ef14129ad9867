package query

import (
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// maxErrorSeries is how many types of errors a timeseries can be about.
const maxErrorSeries = 100

// ErrorSeriesPlan is the plan of types of errors over time. Rows of With hold
// the number of views with an error of the type at [IndexCount], and their
// group, if there is one, is the type's id; rows of All hold the number of all
// views. Buckets without a view are left out.
type ErrorSeriesPlan struct {
	With, All   *Plan
	Timeframe   Timeframe
	Granularity Granularity
	Types       []string // ids, of rows with groups
	Descending  bool
}

// ErrorSeries plans the views with an error of the type r.ErrorID, which is as in
// the list of views or "any" fatal one, for each step of the timeframe; steps are
// those of [Timeseries]. A type that is no number is fault.NotFound, anything else wrong
// is fault.Invalid.
func ErrorSeries(r Request) (*ErrorSeriesPlan, error) {
	with, err := errorOfPath(r.ErrorID)
	if err != nil {
		return nil, err
	}
	p, err := errorSeries(r)
	if err != nil {
		return nil, err
	}
	p.With.Where = append(p.With.Where[:len(p.With.Where):len(p.With.Where)], with)
	return p, nil
}

// ErrorTypesSeries is [ErrorSeries] of several types, r.Values. Everything wrong
// is fault.Invalid.
func ErrorTypesSeries(r Request) (*ErrorSeriesPlan, error) {
	const param = "error_ids[]"
	if len(r.Values) == 0 || len(r.Values) > maxErrorSeries {
		return nil, fault.Badf(param, "want 1 to %d types of errors, have %d", maxErrorSeries, len(r.Values))
	}
	p, err := errorSeries(r)
	if err != nil {
		return nil, err
	}
	for _, word := range r.Values {
		n, ok := parseWhole(word)
		if !ok {
			return nil, fault.Badf(param, "want the numbers of types of errors, have %s", fault.Quote(word))
		}
		p.Types = append(p.Types, FormatNumber(fatalType, n))
	}
	p.With.Each = &Each{
		Column: errorTypes, Parts: []int{partErrorID},
		Where: []ElementCondition{{Part: partErrorID, Texts: p.Types}},
	}
	return p, nil
}

// errorSeries is what the two have in common.
func errorSeries(r Request) (*ErrorSeriesPlan, error) {
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	p := &ErrorSeriesPlan{Timeframe: frame}
	if p.Granularity, err = granularity(r.GroupBy, frame); err != nil {
		return nil, err
	}
	steps, err := buckets("group_by", p.Granularity, frame)
	if err != nil {
		return nil, err
	}
	if p.Descending, err = descending(r.Direction, false); err != nil {
		return nil, err
	}
	plan := Plan{Scope: scope, Values: []expr.Node{IndexCount: countViews}, Buckets: steps}
	with := plan
	p.With, p.All = &with, &plan
	return p, nil
}

// fatalType is the type of the last fatal error of a view.
var fatalType = catalog.MustColumn("error_type_id")

// anyError stands for every type of errors that end playback.
const anyError = "any"

// errorOfPath is the condition of views that had an error of the type that a path
// names: as often as the list of types counts it.
func errorOfPath(id string) (Condition, error) {
	if id == anyError {
		return Condition{Column: fatalType, Not: true, Null: true}, nil
	}
	n, ok := parseWhole(id)
	if !ok {
		return Condition{}, fault.New(fault.NotFound, "there is no error type %s: they have whole numbers, and %s is all fatal ones", fault.Quote(id), anyError)
	}
	text := FormatNumber(fatalType, n)
	return Condition{Column: errorTypes, First: &text}, nil
}

// ErrorBreakdownPlan is the plan of the views with an error by a dimension. Rows
// hold their number at [IndexCount].
type ErrorBreakdownPlan struct {
	With      *Plan
	Timeframe Timeframe
	Dimension *catalog.Dimension
}

// ErrorBreakdown plans the views with an error of the type r.ErrorID for each
// value of the dimension r.GroupBy, country when empty, the most first. Errors
// are as those of [ErrorSeries].
func ErrorBreakdown(r Request) (*ErrorBreakdownPlan, error) {
	with, err := errorOfPath(r.ErrorID)
	if err != nil {
		return nil, err
	}
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	if r.GroupBy == "" {
		r.GroupBy = "country"
	}
	d, err := dimension("group_by", r.GroupBy)
	if err != nil {
		return nil, err
	}
	limit, page, err := page(r)
	if err != nil {
		return nil, err
	}
	scope.Where = append(scope.Where, with)
	return &ErrorBreakdownPlan{
		With: &Plan{
			Scope: scope, Values: []expr.Node{IndexCount: countViews}, GroupBy: []*catalog.Dimension{d},
			Order: []Order{{By: IndexCount, Descending: true}}, Limit: limit, Offset: (page - 1) * limit,
		},
		Timeframe: frame, Dimension: d,
	}, nil
}

// All plans the number of all views for each value in rows of With.
func (p *ErrorBreakdownPlan) All(rows []Row) *Plan {
	of := choice{dimension: p.Dimension}
	for _, r := range rows {
		of.addGroup(r.Groups[0])
	}
	all := *p.With
	all.Where = append(all.Where[:len(all.Where)-1:len(all.Where)-1], of.condition())
	all.Order, all.Limit, all.Offset = nil, 0, 0
	return &all
}

// addGroup adds a value as [Row.Groups] has it.
func (c *choice) addGroup(group string) {
	switch col := c.dimension.Column(); {
	case col.IsText():
		c.texts = append(c.texts, group)
	case group == "":
		c.null = true
	case col.Kind == catalog.Bool:
		n, _ := parseValue(catalog.Bool, group)
		c.numbers = append(c.numbers, n)
	default:
		n, err := strconv.ParseFloat(group, 64)
		if err != nil {
			panic("BUG: query: a group of numbers is " + group)
		}
		c.numbers = append(c.numbers, n)
	}
}
