package api

import (
	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// dimensionRoutes are the routes of dimensions.
var dimensionRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/dimensions",
		doc:        "The names of all dimensions.",
		permission: meta.DataRead,
		data:       dimensionLists{},
		answer:     (*server).listDimensions,
	},
	{
		method: "GET", pattern: "/data/v1/dimensions/{id}",
		doc:        "The values of a dimension, the most frequent first.",
		permission: meta.DataRead,
		params:     []param{limit, page, filters, metricFilters, timeframe},
		data:       []valueRow{},
		answer:     (*server).listValues,
	},
}

// dimensionLists are the names of the dimensions that are listed.
type dimensionLists struct {
	Basic    []string `json:"basic"`
	Advanced []string `json:"advanced"`
}

func (s *server) listDimensions(c *call) (any, error) {
	var lists dimensionLists
	for i := range catalog.Dimensions {
		switch d := &catalog.Dimensions[i]; d.Level {
		case catalog.Basic:
			lists.Basic = append(lists.Basic, d.Name)
		case catalog.Advanced:
			lists.Advanced = append(lists.Advanced, d.Name)
		}
	}
	return envelope{Data: lists, Total: rows(1), Timeframe: lastDay(c.query.Now)}, nil
}

// valueRow is one value of a dimension.
type valueRow struct {
	Value *string `json:"value"`
	Count int64   `json:"total_count"`
}

func (s *server) listValues(c *call) (any, error) {
	c.query.Dimension = c.id
	p, err := query.DimensionValues(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	data := make([]valueRow, len(result.Rows))
	for i, r := range result.Rows {
		data[i] = valueRow{Value: field(p.Dimension, r.Groups[0]), Count: count(r.Values[query.IndexCount])}
	}
	return envelope{Data: data, Total: rows(result.Total), Timeframe: bounds(p.Timeframe)}, nil
}
