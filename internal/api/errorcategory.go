package api

import (
	"context"

	"playhead/internal/meta"
)

// ErrorCategories gives access to what operators say about codes of errors.
type ErrorCategories interface {
	ErrorCategories(environmentID string) []meta.ErrorCategory
	SetErrorCategory(ctx context.Context, environmentID string, c meta.ErrorCategory) error
	RemoveErrorCategory(ctx context.Context, environmentID, code string) error
}

// errorCategoryRoutes are the routes of the categories of errors. They are
// ours: the compatible service has them in its dashboard alone.
var errorCategoryRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/error-categories", name: "list-error-categories",
		doc:        "What operators say about codes of errors, ascending by code.",
		permission: meta.DataRead,
		data:       []errorCategoryRow{},
		answer:     (*server).listErrorCategories,
	},
	{
		method: "PUT", pattern: "/data/v1/error-categories/{code}", name: "set-error-category",
		doc: "Say what all errors with a code are, whatever players say. It holds for errors that come from now on: " +
			"only fatal ones that are no business exceptions are playback failures.",
		permission: meta.DataWrite,
		path:       []param{errorCode},
		body:       func() any { return new(errorCategoryBody) },
		data:       errorCategoryRow{},
		answer:     (*server).putErrorCategory,
	},
	{
		method: "DELETE", pattern: "/data/v1/error-categories/{code}", name: "remove-error-category",
		doc:        "Leave a code to what players say of it again.",
		permission: meta.DataWrite,
		path:       []param{errorCode},
		answer:     (*server).deleteErrorCategory,
	},
}

var errorCode = inPath("code", "the code of an error, as players send it", "2001")

// errorCategoryRow is what operators say about one code.
type errorCategoryRow struct {
	Code              string `json:"code" doc:"the code as players send it: 1 to 128 printable characters"`
	Severity          string `json:"severity" enum:"fatal,warning" doc:"fatal or warning"`
	BusinessException bool   `json:"business_exception" doc:"whether the error is meant to be, such as a subscription that has ended"`
}

// errorCategoryBody is a category to set.
type errorCategoryBody struct {
	Severity          string `json:"severity" enum:"fatal,warning" doc:"fatal or warning"`
	BusinessException bool   `json:"business_exception,omitempty" doc:"whether the error is meant to be; false when it is not sent"`
}

func (s *server) listErrorCategories(c *call) (any, error) {
	categories := s.Records.ErrorCategories(c.environment.ID)
	data := make([]errorCategoryRow, len(categories))
	for i, category := range categories {
		data[i] = errorCategoryRow(category)
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) putErrorCategory(c *call) (any, error) {
	b := c.body.(*errorCategoryBody)
	category := meta.ErrorCategory{Code: c.path("code"), Severity: b.Severity, BusinessException: b.BusinessException}
	if err := s.Records.SetErrorCategory(c, c.environment.ID, category); err != nil {
		return nil, err
	}
	return oneRecord(c, errorCategoryRow(category)), nil
}

func (s *server) deleteErrorCategory(c *call) (any, error) {
	return nil, s.Records.RemoveErrorCategory(c, c.environment.ID, c.path("code"))
}
