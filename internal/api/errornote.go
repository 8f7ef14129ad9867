package api

import (
	"context"
	"strconv"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/openapi"
)

// ErrorNotes gives access to what people write about types of errors.
type ErrorNotes interface {
	// ErrorNotes are the notes of an environment by the id of the type.
	ErrorNotes(environmentID string) map[int64]string
	// SetErrorNote writes a note, or removes it when it is "".
	SetErrorNote(ctx context.Context, environmentID string, errorTypeID int64, note string) error
}

// errorNoteRoutes are the routes of notes about errors, which are ours.
var errorNoteRoutes = []route{
	{
		method: "PATCH", pattern: "/data/v1/errors/{id}", name: "update-error",
		doc:        "Write the note of an error type.",
		permission: meta.DataWrite,
		path:       []param{errorTypeID},
		body:       func() any { return new(errorNoteBody) },
		data:       errorNoteRow{},
		answer:     (*server).patchError,
	},
}

var errorTypeID = inPath("id", "the id of an error type", "1").of(&openapi.Schema{Type: openapi.Types{"integer"}, Format: "int64"})

// errorNoteBody is the note to write.
type errorNoteBody struct {
	Notes *string `json:"notes" doc:"1 to 10,000 characters; null or an empty text removes the note"`
}

// errorNoteRow is the note of one type.
type errorNoteRow struct {
	ID    int64   `json:"id" doc:"the id of the error type"`
	Notes *string `json:"notes" doc:"what people wrote about it"`
}

func (s *server) patchError(c *call) (any, error) {
	id, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil {
		return nil, fault.New(fault.NotFound, "there is no error type %s", fault.Quote(c.id))
	}
	var note string
	if b := c.body.(*errorNoteBody); b.Notes != nil {
		note = *b.Notes
	}
	if err := s.Records.SetErrorNote(c, c.environment.ID, id, note); err != nil {
		return nil, err
	}
	return oneRecord(c, errorNoteRow{ID: id, Notes: text(note)}), nil
}
