package api

import (
	"fmt"
	"slices"
	"strings"

	"playhead/internal/query"
)

func (s *server) subviewOverall(c *call, sub *query.Subview) (any, error) {
	p, err := sub.Overall(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.one(c, p.Plan)
	if err != nil {
		return nil, err
	}
	return envelope{Data: subviewOverall{result.Rows[0].Values[query.IndexPlayed]}, Timeframe: bounds(p.Timeframe), Meta: subviewMetaOf(sub)}, nil
}

func (s *server) subviewBreakdown(c *call, sub *query.Subview) (any, error) {
	p, err := sub.Breakdown(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	return envelope{
		Data: played(result.Rows), Total: rows(result.Total), Timeframe: bounds(p.Timeframe),
		Meta: subviewGroupedMeta{subviewMetaOf(sub), p.GroupBy},
	}, nil
}

func (s *server) subviewComparison(c *call, sub *query.Subview) (any, error) {
	p, err := sub.Comparison(c.query)
	if err != nil {
		return nil, err
	}
	data := make([]subviewGroup, len(p.Plans))
	for i, plan := range p.Plans {
		result, err := s.Engine.Aggregate(c, plan)
		if err != nil {
			return nil, err
		}
		data[i] = subviewGroup{Value: c.query.Values[i], Values: played(result.Rows)}
	}
	return envelope{
		Data: data, Total: rows(len(data)), Timeframe: bounds(p.Timeframe),
		Meta: subviewComparisonMeta{subviewGroupedMeta{subviewMetaOf(sub), p.GroupBy}, c.query.Dimension},
	}, nil
}

func (s *server) subviewTimeseries(c *call, sub *query.Subview) (any, error) {
	p, err := sub.Timeseries(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	b, final := p.Plan.Buckets, c.query.Now.Add(-s.FinalAfter).UnixMilli()
	steps := make([][]query.Row, b.Count)
	for _, r := range result.Rows {
		if r.Bucket < 0 || r.Bucket >= b.Count {
			return nil, fmt.Errorf("engine answered bucket %d of %d", r.Bucket, b.Count)
		}
		if len(steps[r.Bucket]) < p.Rows {
			steps[r.Bucket] = append(steps[r.Bucket], r)
		}
	}
	data := []subviewStep{}
	for i, step := range steps {
		start := b.Start + int64(i)*b.Width
		status := "complete"
		if min(start+b.Width, p.Plan.To) > final {
			status = "partial"
		}
		if status == "complete" || len(step) > 0 {
			data = append(data, subviewStep{Date: instant(float64(start)), Status: status, Values: played(step)})
		}
	}
	return envelope{
		Data: data, Total: rows(len(data)), Timeframe: bounds(p.Timeframe),
		Meta: subviewTimeseriesMeta{subviewGroupedMeta{subviewMetaOf(sub), p.GroupBy}, instant(float64(final)), p.Granularity},
	}, nil
}

func (s *server) subviewDimensions(c *call, sub *query.Subview) (any, error) {
	return envelope{
		Data:      subviewDimensions{View: sub.ViewDimensions(), Subview: sub.Dimensions()},
		Timeframe: lastDay(c.query.Now),
	}, nil
}

func (s *server) subviewValues(c *call, sub *query.Subview) (any, error) {
	c.query.Dimension = c.id
	p, err := sub.DimensionValues(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	found, total := p.Page(result)
	data := make([]subviewValue, len(found))
	for i, r := range found {
		value := r.Groups[0]
		if p.Dimension != nil {
			value = spell(p.Dimension, value)
		}
		data[i] = subviewValue{Value: orNoValue(value), Played: r.Values[query.IndexPlayed]}
	}
	return envelope{
		Data: data, Total: rows(total), Timeframe: bounds(p.Timeframe),
		Meta: subviewValuesMeta{subviewMetaOf(sub), c.query.Dimension},
	}, nil
}

// played writes rows of a breakdown.
func played(list []query.Row) []subviewRow {
	data := make([]subviewRow, len(list))
	for i, r := range list {
		words := slices.Clone(r.Groups)
		for j := range words {
			words[j] = orNoValue(words[j])
		}
		data[i] = subviewRow{Breakdown: strings.Join(words, " / "), Value: r.Values[query.IndexPlayed]}
	}
	return data
}

// orNoValue writes a value; one that is not known has a name too.
func orNoValue(value string) string {
	if value == "" {
		return query.NoValue
	}
	return value
}
