package api

import (
	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// dimensionRoutes are the routes of dimensions. Those of filters are older
// names of the same.
var dimensionRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/dimensions", name: "list-dimensions",
		doc:        "The names of all dimensions.",
		permission: meta.DataRead,
		data:       dimensionLists{},
		answer:     (*server).listDimensions,
	},
	{
		method: "GET", pattern: "/data/v1/dimensions/{id}", name: "list-dimension-values",
		doc:        "The values of a dimension, the most frequent first.",
		permission: meta.DataRead,
		path:       []param{dimensionID},
		params:     valuesParams,
		data:       []valueRow{},
		answer:     (*server).listValues,
	},
	{
		method: "GET", pattern: "/data/v1/dimensions/{id}/elements", name: "list-dimension-elements",
		doc:        "The elements in the sequences of a dimension such as video_cdn_trace, each counted as often as it comes.",
		permission: meta.DataRead,
		path:       []param{sequenceID},
		params:     append([]param{elementsOrder, orderDirection}, valuesParams...),
		data:       []valueRow{},
		answer:     (*server).listElements,
	},
	{
		method: "GET", pattern: "/data/v1/filters", name: "list-filters",
		doc:        "The older name of /data/v1/dimensions.",
		permission: meta.DataRead,
		data:       dimensionLists{},
		answer:     (*server).listDimensions,
	},
	{
		method: "GET", pattern: "/data/v1/filters/{id}", name: "list-filter-values",
		doc:        "The older name of /data/v1/dimensions/{id}.",
		permission: meta.DataRead,
		path:       []param{dimensionID},
		params:     valuesParams,
		data:       []valueRow{},
		answer:     (*server).listValues,
	},
}

var (
	valuesParams = []param{search, limit, page, filters, metricFilters, timeframe}
	search       = scalar("search", "only values with this text inside, whatever the case of letters; no character stands for others; of sequences: in an element; a parameter of our own",
		func(r *query.Request) *string { return &r.Search }).like("tv")
	elementsOrder = scalar("order_by", "views or negative_impact (the count, which is the default), value or field (the element)",
		func(r *query.Request) *string { return &r.OrderBy }).of(orderBy.schema)
)

// dimensionLists are the names of the dimensions that are listed.
type dimensionLists struct {
	Basic    []string `json:"basic" doc:"those that most ask for"`
	Advanced []string `json:"advanced" doc:"all others that are listed"`
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
	return oneRecord(c, lists), nil
}

// valueRow is one value of a dimension, or one element of a sequence.
type valueRow struct {
	Value *string `json:"value" doc:"as filters spell it; null where it is not known"`
	Count int64   `json:"total_count" doc:"how often it comes"`
}

func (s *server) listValues(c *call) (any, error) { return s.values(c, query.DimensionValues) }

func (s *server) listElements(c *call) (any, error) { return s.values(c, query.DimensionElements) }

// values answers with what a dimension has.
func (s *server) values(c *call, plan func(query.Request) (*query.ValuesPlan, error)) (any, error) {
	c.query.Dimension = c.id
	p, err := plan(c.query)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(c, p.Plan)
	if err != nil {
		return nil, err
	}
	page, total := p.Page(result)
	data := make([]valueRow, len(page))
	for i, r := range page {
		value := field(p.Dimension, r.Groups[0])
		if p.Plan.Each != nil {
			value = text(r.Groups[0])
		}
		data[i] = valueRow{Value: value, Count: count(r.Values[query.IndexCount])}
	}
	return envelope{Data: data, Total: rows(total), Timeframe: bounds(p.Timeframe)}, nil
}
