package api

import (
	"fmt"
	"slices"
	"strconv"

	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// errorSeriesRoutes are the routes of types of errors over time and by
// dimensions. They are ours.
var errorSeriesRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/errors/timeseries", name: "list-errors-timeseries",
		doc:        "Several types of errors over time: the views that had an error of each of them, beside all views.",
		permission: meta.DataRead,
		params:     []param{errorIDs, granularity, filters, metricFilters, orderDirection, timeframe},
		data:       []errorsStep{},
		meta:       typesMeta{},
		answer:     (*server).errorsTimeseries,
	},
	{
		method: "GET", pattern: "/data/v1/errors/{id}/timeseries", name: "get-error-timeseries",
		doc: "One type of errors over time: the views that had one, beside all views, in the steps of the timeseries of metrics. " +
			"Added up, they are what the list of types counts.",
		permission: meta.DataRead,
		path:       []param{errorPathID},
		params:     []param{granularity, filters, metricFilters, orderDirection, timeframe},
		data:       []errorStep{},
		meta:       stepsMeta{},
		answer:     (*server).errorTimeseries,
	},
	{
		method: "GET", pattern: "/data/v1/errors/{id}/breakdown", name: "list-error-breakdown-values",
		doc:        "One type of errors for each value of a dimension: the views that had one, the most first, beside all views with the value.",
		permission: meta.DataRead,
		path:       []param{errorPathID},
		params:     []param{groupBy, filters, metricFilters, limit, page, timeframe},
		data:       []errorBreakdownRow{},
		answer:     (*server).errorBreakdown,
	},
}

var (
	errorPathID = inPath("id", `the id of an error type, warnings too; or "any": all fatal errors`, "1").
			of(&openapi.Schema{Type: openapi.Types{"integer", "string"}})
	errorIDs = array("error_ids", "the ids of 1 to 100 error types, warnings too",
		func(r *query.Request) *[]string { return &r.Values }).of(errorTypeID.schema).like("1").must()
)

// stepsMeta tells how wide the steps of a timeseries are.
type stepsMeta struct {
	Granularity query.Granularity `json:"granularity" doc:"the width of a step"`
}

// typesMeta tells also what counts are of.
type typesMeta struct {
	stepsMeta
	ErrorIDs []int64 `json:"error_ids" doc:"the types that counts are of, in their order"`
}

// errorStep is one type of errors in one step.
type errorStep struct {
	Time  string `json:"time" format:"date-time" doc:"begin of the step"`
	Count int64  `json:"count" doc:"views of the step that had an error of the type"`
	share
}

// share is a part of all views.
type share struct {
	Views      int64    `json:"views" doc:"all views among them, with the error and without"`
	Percentage *float64 `json:"percentage" doc:"the share of these views that had one, from 0 to 1; null without views"`
}

// errorsStep is several types of errors in one step.
type errorsStep struct {
	Time   string  `json:"time" format:"date-time" doc:"begin of the step"`
	Counts []int64 `json:"counts" doc:"views of the step that had an error of each type, in the order of meta.error_ids"`
	Views  int64   `json:"views" doc:"all views of the step, with an error and without"`
}

// errorBreakdownRow is one type of errors for one value of a dimension.
type errorBreakdownRow struct {
	Field *string `json:"field" doc:"value of the dimension: a text for dimensions of every kind, null where it is not known"`
	Count int64   `json:"count" doc:"views with the value that had an error of the type"`
	share
}

func (s *server) errorTimeseries(c *call) (any, error) {
	c.query.ErrorID = c.id
	p, err := query.ErrorSeries(c.query)
	if err != nil {
		return nil, err
	}
	steps, err := s.errorSteps(c, p, 1)
	if err != nil {
		return nil, err
	}
	data := make([]errorStep, len(steps))
	for i, step := range steps {
		data[i] = errorStep{Time: step.Time, Count: step.Counts[0], share: shareOf(step.Counts[0], step.Views)}
	}
	return seriesOf(p, data, stepsMeta{p.Granularity}), nil
}

func (s *server) errorsTimeseries(c *call) (any, error) {
	p, err := query.ErrorTypesSeries(c.query)
	if err != nil {
		return nil, err
	}
	data, err := s.errorSteps(c, p, len(p.Types))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(p.Types))
	for i, text := range p.Types {
		if ids[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("id of error type: %w", err)
		}
	}
	return seriesOf(p, data, typesMeta{stepsMeta{p.Granularity}, ids}), nil
}

func seriesOf[T any](p *query.ErrorSeriesPlan, data []T, meta any) envelope {
	if p.Descending {
		slices.Reverse(data)
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: bounds(p.Timeframe), Meta: meta}
}

// errorSteps are all steps of a plan, ascending, with so many counts in each.
func (s *server) errorSteps(c *call, p *query.ErrorSeriesPlan, counts int) ([]errorsStep, error) {
	with, err := s.Engine.Aggregate(c, p.With)
	if err != nil {
		return nil, err
	}
	all, err := s.Engine.Aggregate(c, p.All) // after those with an error: what comes meanwhile is in no share above 1
	if err != nil {
		return nil, err
	}
	b := p.All.Buckets
	steps := make([]errorsStep, b.Count)
	for i := range steps {
		steps[i] = errorsStep{Time: instant(float64(b.Start + int64(i)*b.Width)), Counts: make([]int64, counts)}
	}
	for _, r := range slices.Concat(with.Rows, all.Rows) {
		if r.Bucket < 0 || r.Bucket >= b.Count {
			return nil, fmt.Errorf("engine answered bucket %d of %d", r.Bucket, b.Count)
		}
	}
	for _, r := range all.Rows {
		steps[r.Bucket].Views = count(r.Values[query.IndexCount])
	}
	for _, r := range with.Rows {
		for i := range counts { // a type that is asked for twice is answered twice
			if len(r.Groups) == 0 || r.Groups[0] == p.Types[i] {
				steps[r.Bucket].Counts[i] = count(r.Values[query.IndexCount])
			}
		}
	}
	return steps, nil
}

func shareOf(some, all int64) share {
	if all == 0 {
		return share{}
	}
	return share{Views: all, Percentage: number(float64(some) / float64(all))}
}

func (s *server) errorBreakdown(c *call) (any, error) {
	c.query.ErrorID = c.id
	p, err := query.ErrorBreakdown(c.query)
	if err != nil {
		return nil, err
	}
	with, err := s.Engine.Aggregate(c, p.With)
	if err != nil {
		return nil, err
	}
	all := map[string]int64{}
	if len(with.Rows) > 0 {
		result, err := s.Engine.Aggregate(c, p.All(with.Rows))
		if err != nil {
			return nil, err
		}
		for _, r := range result.Rows {
			all[r.Groups[0]] = count(r.Values[query.IndexCount])
		}
	}
	data := make([]errorBreakdownRow, len(with.Rows))
	for i, r := range with.Rows {
		n := count(r.Values[query.IndexCount])
		data[i] = errorBreakdownRow{Field: field(p.Dimension, r.Groups[0]), Count: n, share: shareOf(n, all[r.Groups[0]])}
	}
	return envelope{Data: data, Total: rows(with.Total), Timeframe: bounds(p.Timeframe)}, nil
}
