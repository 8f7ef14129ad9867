package api

import (
	"context"
	"time"

	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// Annotations gives access to notes about moments. Unknown ids are
// fault.NotFound errors.
type Annotations interface {
	Annotations(ctx context.Context, environmentID string, p meta.AnnotationPage) (meta.AnnotationList, error)
	Annotation(ctx context.Context, environmentID, id string) (meta.Annotation, error)
	CreateAnnotation(ctx context.Context, environmentID string, a meta.Annotation) (meta.Annotation, error)
	ChangeAnnotation(ctx context.Context, environmentID, id string, c meta.AnnotationChange) (meta.Annotation, error)
	RemoveAnnotation(ctx context.Context, environmentID, id string) error
}

// annotationRoutes are the routes of annotations.
var annotationRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/annotations", name: "list-annotations",
		doc:        "Notes about moments, by their dates, the earliest first by default. Without a timeframe, that of the answer reaches from the first to the last.",
		permission: meta.DataRead,
		params:     []param{limit, page, orderDirection.says("which end comes first; asc by default"), timeframe.says("the moments to list: spelled as everywhere; all of them by default")},
		data:       []annotationRow{},
		answer:     (*server).listAnnotations,
	},
	{
		method: "POST", pattern: "/data/v1/annotations", name: "create-annotation",
		doc:        "Write a note about a moment.",
		permission: meta.DataWrite,
		body:       func() any { return new(newAnnotation) },
		data:       annotationRow{},
		created:    true,
		answer:     (*server).createAnnotation,
	},
	{
		method: "GET", pattern: "/data/v1/annotations/{id}", name: "get-annotation",
		doc:        "One note.",
		permission: meta.DataRead,
		path:       []param{annotationID},
		data:       annotationRow{},
		answer:     (*server).getAnnotation,
	},
	{
		method: "PATCH", pattern: "/data/v1/annotations/{id}", name: "update-annotation",
		doc:        "Change a note. Members that are not sent, or null, stay as they are.",
		permission: meta.DataWrite,
		path:       []param{annotationID},
		body:       func() any { return new(annotationChange) },
		data:       annotationRow{},
		answer:     (*server).changeAnnotation,
	},
	{
		method: "DELETE", pattern: "/data/v1/annotations/{id}", name: "delete-annotation",
		doc:        "Remove a note.",
		permission: meta.DataWrite,
		path:       []param{annotationID},
		answer:     (*server).deleteAnnotation,
	},
}

var annotationID = inPath("id", "the note, by the id that it was made with", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").
	of(&openapi.Schema{Type: openapi.Types{"string"}, Format: "uuid"})

// annotationRow is a note about a moment.
type annotationRow struct {
	ID            string  `json:"id" format:"uuid" doc:"a UUID"`
	Note          string  `json:"note" doc:"the text"`
	Date          string  `json:"date" format:"date-time" doc:"the moment"`
	SubPropertyID *string `json:"sub_property_id" doc:"your own name of a part of the environment"`
}

// newAnnotation is a note to write.
type newAnnotation struct {
	Note          string `json:"note" doc:"1 to 10,000 characters"`
	Date          int64  `json:"date" doc:"the moment, in seconds since 1970"`
	SubPropertyID string `json:"sub_property_id,omitempty" doc:"your own name of a part of the environment: at most 255 printable characters"`
}

// annotationChange is what becomes different.
type annotationChange struct {
	Note          *string `json:"note,omitempty" doc:"1 to 10,000 characters"`
	Date          *int64  `json:"date,omitempty" doc:"the moment, in seconds since 1970"`
	SubPropertyID *string `json:"sub_property_id,omitempty" doc:"your own name of a part of the environment; empty for none"`
}

func (s *server) listAnnotations(c *call) (any, error) {
	p, err := query.Records(c.query)
	if err != nil {
		return nil, err
	}
	asked := meta.AnnotationPage{Descending: p.Descending, Limit: p.Limit, Offset: p.Offset}
	if f := p.Timeframe; f != nil {
		asked.From, asked.To = time.Unix(f.From, 0), time.Unix(f.To, 0)
		if f.To == c.query.Now.Unix() { // what was written in this second is of the last day, too
			asked.To = asked.To.Add(time.Second)
		}
	}
	list, err := s.Records.Annotations(c, c.environment.ID, asked)
	if err != nil {
		return nil, err
	}
	data := make([]annotationRow, len(list.Annotations))
	for i, a := range list.Annotations {
		data[i] = newAnnotationRow(a)
	}
	frame := lastDay(c.query.Now)
	switch {
	case p.Timeframe != nil:
		frame = bounds(*p.Timeframe)
	case list.Total > 0:
		frame = [2]int64{list.First.Unix(), list.Last.Unix() + 1}
	}
	return envelope{Data: data, Total: rows(list.Total), Timeframe: frame}, nil
}

func (s *server) createAnnotation(c *call) (any, error) {
	b := c.body.(*newAnnotation)
	a, err := s.Records.CreateAnnotation(c, c.environment.ID, meta.Annotation{
		Note: b.Note, Date: time.Unix(b.Date, 0), SubPropertyID: b.SubPropertyID,
	})
	return oneRecord(c, newAnnotationRow(a)), err
}

func (s *server) getAnnotation(c *call) (any, error) {
	a, err := s.Records.Annotation(c, c.environment.ID, c.id)
	return oneRecord(c, newAnnotationRow(a)), err
}

func (s *server) changeAnnotation(c *call) (any, error) {
	b := c.body.(*annotationChange)
	change := meta.AnnotationChange{Note: b.Note, SubPropertyID: b.SubPropertyID}
	if b.Date != nil {
		date := time.Unix(*b.Date, 0)
		change.Date = &date
	}
	a, err := s.Records.ChangeAnnotation(c, c.environment.ID, c.id, change)
	return oneRecord(c, newAnnotationRow(a)), err
}

func (s *server) deleteAnnotation(c *call) (any, error) {
	return nil, s.Records.RemoveAnnotation(c, c.environment.ID, c.id)
}

func newAnnotationRow(a meta.Annotation) annotationRow {
	return annotationRow{ID: a.ID, Note: a.Note, Date: date(a.Date), SubPropertyID: text(a.SubPropertyID)}
}
