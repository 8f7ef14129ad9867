package api

import (
	"context"
	"strings"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/openapi"
)

// ExportStreams gives access to where views and samples are sent as they become
// known. Unknown ids are fault.NotFound errors.
type ExportStreams interface {
	ExportStreams(environmentID string) []meta.ExportStream
	ExportStream(environmentID, id string) (meta.ExportStream, error)
	// CreateExportStream makes a stream that begins at a record of the journal.
	CreateExportStream(ctx context.Context, s meta.ExportStream, record int64) (meta.ExportStream, error)
	// ChangeExportStream keeps what a function makes of a stream, unless that fails.
	ChangeExportStream(ctx context.Context, environmentID, id string, change func(*meta.ExportStream) error) (meta.ExportStream, error)
	RemoveExportStream(ctx context.Context, environmentID, id string) error
	// RotateExportSecret gives a stream by HTTP a new secret; the old one signs for another while, too.
	RotateExportSecret(ctx context.Context, environmentID, id string) (meta.ExportStream, error)
	ExportPosition(ctx context.Context, streamID string) (meta.ExportPosition, error)
}

// ExportSender is what sends streams.
type ExportSender interface {
	// Check refuses a stream that this server cannot send anything to.
	Check(s meta.ExportStream) error
	// Position is the record of the journal at which a stream begins that is made now.
	Position() int64
	// Test finds out whether a receiver can be reached.
	Test(ctx context.Context, s meta.ExportStream) (took time.Duration, err error)
	// Lag is for how long what is not sent yet has been there; false: the stream does not run.
	Lag(id string) (time.Duration, bool)
	// Wake tells that streams have been made or changed.
	Wake()
}

// noExportSender sends nothing.
type noExportSender struct{}

func (noExportSender) Check(meta.ExportStream) error { return nil }
func (noExportSender) Position() int64               { return 0 }
func (noExportSender) Test(context.Context, meta.ExportStream) (time.Duration, error) {
	return 0, fault.New(fault.Busy, "the server does not send streams")
}
func (noExportSender) Lag(string) (time.Duration, bool) { return 0, false }
func (noExportSender) Wake()                            {}

// exportStreamRoutes are the routes of streams of exports. They are ours: the compatible
// service has them in its dashboard alone.
var exportStreamRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/exports/streams", name: "list-export-streams",
		doc:        "Where views and samples are sent as they become known, and how far that has come, in the order of their creation.",
		permission: meta.SystemRead,
		params:     []param{limit, page},
		data:       []exportStreamRow{},
		answer:     (*server).listExportStreams,
	},
	{
		method: "POST", pattern: "/data/v1/exports/streams", name: "create-export-stream",
		doc: "Have views or samples sent as they become known: to a URL, or to a topic of Kafka. It begins with what becomes known from now on. " +
			"The secret that requests are signed with is shown this once.",
		permission: meta.SystemWrite,
		body:       func() any { return new(newExportStream) },
		data:       exportStreamWithSecret{},
		created:    true,
		answer:     (*server).createExportStream,
	},
	{
		method: "GET", pattern: "/data/v1/exports/streams/{id}", name: "get-export-stream",
		doc:        "One stream.",
		permission: meta.SystemRead,
		path:       []param{exportStreamID},
		data:       exportStreamRow{},
		answer:     (*server).getExportStream,
	},
	{
		method: "PATCH", pattern: "/data/v1/exports/streams/{id}", name: "update-export-stream",
		doc:        "Change a stream. Members that are not sent, or null, stay as they are. One that is disabled keeps its place: enabled again, it goes on there.",
		permission: meta.SystemWrite,
		path:       []param{exportStreamID},
		body:       func() any { return new(exportStreamChange) },
		data:       exportStreamRow{},
		answer:     (*server).changeExportStream,
	},
	{
		method: "DELETE", pattern: "/data/v1/exports/streams/{id}", name: "delete-export-stream",
		doc:        "Remove a stream.",
		permission: meta.SystemWrite,
		path:       []param{exportStreamID},
		answer:     (*server).deleteExportStream,
	},
	{
		method: "POST", pattern: "/data/v1/exports/streams/{id}/test", name: "test-export-stream",
		doc: "Find out whether the receiver can be reached, even if the stream is not enabled. No message is sent: " +
			"a URL gets a signed request without any, with the header Playhead-Test; brokers of Kafka are asked for the topic.",
		permission: meta.SystemWrite,
		path:       []param{exportStreamID},
		data:       exportStreamTest{},
		answer:     (*server).testExportStream,
	},
	{
		method: "POST", pattern: "/data/v1/exports/streams/{id}/rotate-secret", name: "rotate-export-stream-secret",
		doc:        "Sign requests with a new secret, which is shown this once. Until rotated_until there is a signature of the old one beside the new one.",
		permission: meta.SystemWrite,
		path:       []param{exportStreamID},
		data:       exportStreamWithSecret{},
		unique:     true,
		answer:     (*server).rotateExportSecret,
	},
}

var exportStreamID = inPath("id", "the stream, by the id that it was made with", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").
	of(&openapi.Schema{Type: openapi.Types{"string"}, Format: "uuid"})

func (s *server) listExportStreams(c *call) (any, error) {
	var failed error
	answer, err := listRecords(c, s.Records.ExportStreams(c.environment.ID), func(e meta.ExportStream) exportStreamRow {
		row, err := s.newExportStreamRow(c, e)
		if err != nil {
			failed = err
		}
		return row
	})
	if err == nil {
		err = failed
	}
	return answer, err
}

func (s *server) createExportStream(c *call) (any, error) {
	b := c.body.(*newExportStream)
	e := meta.ExportStream{
		EnvironmentID: c.environment.ID, Name: b.Name, Content: b.Content, Format: b.Format, Kind: b.Kind, Enabled: b.Enabled == nil || *b.Enabled,
		Target: b.Target, Topic: b.Topic, TLS: b.TLS, Mechanism: b.Mechanism, Username: b.Username, Password: b.Password,
	}
	if err := s.checkExportStream(e); err != nil {
		return nil, err
	}
	e, err := s.Records.CreateExportStream(c, e, s.Sender.Position())
	if err != nil {
		return nil, err
	}
	s.Sender.Wake()
	return s.exportStreamWithSecret(c, e)
}

// checkExportStream refuses what this server cannot send to. What is malformed the records
// refuse, and say more about.
func (s *server) checkExportStream(e meta.ExportStream) error {
	if err := e.Check(); err != nil {
		return err
	}
	return s.Sender.Check(e)
}

func (s *server) getExportStream(c *call) (any, error) {
	e, err := s.Records.ExportStream(c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	row, err := s.newExportStreamRow(c, e)
	return oneRecord(c, row), err
}

func (s *server) changeExportStream(c *call) (any, error) {
	b := c.body.(*exportStreamChange)
	e, err := s.Records.ChangeExportStream(c, c.environment.ID, c.id, func(e *meta.ExportStream) error { return s.applyToStream(e, b) })
	if err != nil {
		return nil, err
	}
	s.Sender.Wake()
	row, err := s.newExportStreamRow(c, e)
	return oneRecord(c, row), err
}

// applyToStream makes the change and checks what comes of it.
func (s *server) applyToStream(to *meta.ExportStream, b *exportStreamChange) error {
	if b.Target != nil && strings.Contains(*b.Target, "…") {
		return fault.Badf("target", "is shortened, as in answers: send all of it, or leave it out")
	}
	forgets := b.Mechanism != nil && *b.Mechanism == ""
	if b.Target != nil && *b.Target != to.Target && to.Password != "" && b.Password == nil && !forgets {
		return fault.Badf("password", "send it again with another target: it is only given to whom it was meant for")
	}
	replace(&to.Name, b.Name)
	replace(&to.Target, b.Target)
	replace(&to.Topic, b.Topic)
	replace(&to.TLS, b.TLS)
	replace(&to.Mechanism, b.Mechanism)
	if forgets {
		to.Username, to.Password = "", ""
	}
	replace(&to.Username, b.Username)
	replace(&to.Password, b.Password)
	replace(&to.Enabled, b.Enabled)
	if b.Target == nil && b.TLS == nil && (b.Enabled == nil || !*b.Enabled) {
		return nil // what can be sent nowhere any more can still be disabled, and renamed
	}
	return s.checkExportStream(*to)
}

func (s *server) deleteExportStream(c *call) (any, error) {
	if err := s.Records.RemoveExportStream(c, c.environment.ID, c.id); err != nil {
		return nil, err
	}
	s.Sender.Wake()
	return nil, nil
}

func (s *server) testExportStream(c *call) (any, error) {
	e, err := s.Records.ExportStream(c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	took, err := s.Sender.Test(c, e)
	result := exportStreamTest{OK: err == nil, TookMS: took.Milliseconds()}
	if err != nil {
		result.Error = text(err.Error())
	}
	return oneRecord(c, result), nil
}

func (s *server) rotateExportSecret(c *call) (any, error) {
	e, err := s.Records.RotateExportSecret(c, c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	s.Sender.Wake()
	return s.exportStreamWithSecret(c, e)
}
