package api

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// errorTypeRoutes are the routes of types of errors.
var errorTypeRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/errors", name: "list-errors",
		doc: "The types of errors that views had, warnings and business exceptions too, the most frequent first: at most 1,000. " +
			"Errors with the same code and message are of one type.",
		permission: meta.DataRead,
		params:     []param{filters, metricFilters, timeframe},
		data:       []errorTypeRow{},
		answer:     (*server).listErrorTypes,
	},
}

// errorTypeRow is one type of error.
type errorTypeRow struct {
	ID                int64   `json:"id" doc:"always the same for a code and a message in an environment"`
	Percentage        float64 `json:"percentage" doc:"the share of all views that had it, from 0 to 1"`
	Notes             *string `json:"notes" doc:"what people wrote about it"`
	Message           *string `json:"message" doc:"what players say"`
	LastSeen          string  `json:"last_seen" format:"date-time" doc:"when the last view that had it ended"`
	Description       *string `json:"description" doc:"what its code means, if it is one of HTML's: 1 to 4"`
	Count             int64   `json:"count" doc:"views that had it"`
	Code              *int64  `json:"code" doc:"the code, if it is a whole number"`
	PlayerErrorCode   *string `json:"player_error_code" doc:"the code as players send it"`
	Severity          string  `json:"severity" doc:"fatal or warning: what an operator says about the code, or else what most players said"`
	BusinessException bool    `json:"business_exception" doc:"whether the error is meant to be, by the same"`
}

// codesOfHTML is what the codes of a media element's error mean.
var codesOfHTML = map[string]string{
	"1": "MEDIA_ERR_ABORTED: the viewer stopped the loading",
	"2": "MEDIA_ERR_NETWORK: the network failed while loading",
	"3": "MEDIA_ERR_DECODE: the media could not be decoded",
	"4": "MEDIA_ERR_SRC_NOT_SUPPORTED: the source is missing or not of a kind that can be played",
}

func (s *server) listErrorTypes(c *call) (any, error) {
	p, err := query.ErrorTypes(c.query)
	if err != nil {
		return nil, err
	}
	views, err := s.one(c, p.Views)
	if err != nil {
		return nil, err
	}
	types, err := s.Engine.Aggregate(c, p.Types)
	if err != nil {
		return nil, err
	}
	data := make([]errorTypeRow, len(types.Rows))
	notes := s.Records.ErrorNotes(c.environment.ID)
	for i, r := range types.Rows {
		id, err := strconv.ParseInt(r.Groups[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("id of error type: %w", err)
		}
		code := r.Groups[1]
		data[i] = errorTypeRow{
			ID:              id,
			Percentage:      r.Values[query.IndexCount] / views.Rows[0].Values[query.IndexCount],
			Notes:           text(notes[id]),
			Message:         text(r.Groups[2]),
			LastSeen:        instant(r.Values[query.IndexLastSeen]),
			Description:     text(codesOfHTML[code]),
			Count:           count(r.Values[query.IndexCount]),
			Code:            wholeCode(code),
			PlayerErrorCode: text(code),
		}
	}
	if err := s.judge(c, p, data, types.Rows); err != nil {
		return nil, err
	}
	slices.SortStableFunc(data, func(a, b errorTypeRow) int { // ids as numbers
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID))
	})
	return envelope{Data: data, Total: rows(types.Total), Timeframe: bounds(p.Timeframe)}, nil
}

// judge sets the severity of types: by the category of the code, or by what
// most players said. data and types are the same rows.
func (s *server) judge(c *call, p *query.ErrorsPlan, data []errorTypeRow, types []query.Row) error {
	if len(types) == 0 {
		return nil
	}
	said, err := s.Engine.Aggregate(c, p.Severities(types))
	if err != nil {
		return err
	}
	mostSaid := map[string]query.Row{}
	for _, r := range slices.Backward(said.Rows) { // the first comes last and stays
		mostSaid[r.Groups[0]] = r
	}
	categories := map[string]meta.ErrorCategory{}
	for _, category := range s.Records.ErrorCategories(c.environment.ID) {
		categories[category.Code] = category
	}
	for i, t := range types {
		if category, ok := categories[t.Groups[1]]; ok {
			data[i].Severity, data[i].BusinessException = category.Severity, category.BusinessException
		} else if r, ok := mostSaid[t.Groups[0]]; ok {
			data[i].Severity, data[i].BusinessException = r.Groups[1], r.Groups[2] == "true"
		}
	}
	return nil
}

// wholeCode reads a code that is a whole number.
func wholeCode(code string) *int64 {
	n, err := strconv.ParseInt(code, 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
