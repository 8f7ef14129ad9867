// Package post sends streams of exports by HTTP: batches, posted to a URL and
// signed, so that the receiver knows where they come from.
package post

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"playhead/internal/export/stream"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// The headers of a request beside the usual ones, and the signature.
const (
	DeliveryHeader = "Playhead-Delivery" // the same whenever the same is sent
	ContentHeader  = "Playhead-Content"  // video_views or monitoring_samples
	MessagesHeader = "Playhead-Messages" // how many there are
	TestHeader     = "Playhead-Test"     // of a test, which has no messages
)

// The types of bodies.
const (
	typeJSON     = "application/x-ndjson"
	typeProtobuf = "application/x-protobuf" // each message preceded by its length
)

// Connector makes sinks that post.
type Connector struct {
	client *outbound.Client
	clock  func() time.Time
}

// New makes a Connector. The client should wait for longer than for a webhook: receivers
// write down what they take.
func New(client *outbound.Client, clock func() time.Time) *Connector {
	return &Connector{client, clock}
}

// Check implements [stream.Connector].
func (c *Connector) Check(s meta.ExportStream) error {
	if err := c.client.Check(s.Target); err != nil {
		return &fault.Error{Code: fault.Invalid, Param: "target", Message: err.Error()}
	}
	return nil
}

// MostBytes implements [stream.Connector]: what receivers take they say.
func (c *Connector) MostBytes() int { return 0 }

// Connect implements [stream.Connector].
func (c *Connector) Connect(s meta.ExportStream) (stream.Sink, error) {
	if len(s.Secrets) == 0 {
		return nil, errors.New("the stream has no secret to sign with: rotate it")
	}
	return &sink{c, s}, nil
}

// sink posts to one URL.
type sink struct {
	*Connector
	to meta.ExportStream
}

// Send implements [stream.Sink]. Any status of 2xx says that all has been taken.
func (s *sink) Send(ctx context.Context, b *stream.Batch) error {
	body, kind := ndjson(b), typeJSON
	if b.Format == meta.FormatProtobuf {
		body, kind = delimited(b), typeProtobuf
	}
	return s.post(ctx, http.Header{
		"Content-Type": {kind}, DeliveryHeader: {b.ID}, ContentHeader: {b.Content}, MessagesHeader: {strconv.Itoa(len(b.Messages))},
	}, body)
}

// Test implements [stream.Sink]: it posts no messages, and says so.
func (s *sink) Test(ctx context.Context) error {
	kind := typeJSON
	if s.to.Format == meta.FormatProtobuf {
		kind = typeProtobuf
	}
	return s.post(ctx, http.Header{"Content-Type": {kind}, ContentHeader: {s.to.Content}, MessagesHeader: {"0"}, TestHeader: {"true"}}, nil)
}

// Close implements [stream.Sink].
func (s *sink) Close() {}

func (s *sink) post(ctx context.Context, header http.Header, body []byte) error {
	now := s.clock()
	header.Set(outbound.SignatureHeader, outbound.Sign(s.to.SecretsAt(now), now, body))
	answer, err := s.client.Post(ctx, s.to.Target, header, body)
	switch {
	case err != nil:
		return err
	case answer.Status/100 == 2:
		return nil
	case answer.Status/100 == 3:
		err = fmt.Errorf("the receiver answers %d: redirects are not followed", answer.Status)
	default:
		err = fmt.Errorf("the receiver answers %d %s: want 2xx", answer.Status, http.StatusText(answer.Status))
	}
	return &stream.Failure{Err: err, TooLarge: answer.Status == http.StatusRequestEntityTooLarge, RetryAfter: answer.RetryAfter}
}

// ndjson is a line for each message.
func ndjson(b *stream.Batch) []byte {
	body := make([]byte, 0, size(b)+len(b.Messages))
	for _, m := range b.Messages {
		body = append(append(body, m.Body...), '\n')
	}
	return body
}

// delimited has the length of each message, a varint, before it.
func delimited(b *stream.Batch) []byte {
	body := make([]byte, 0, size(b)+binary.MaxVarintLen32*len(b.Messages))
	for _, m := range b.Messages {
		body = append(binary.AppendUvarint(body, uint64(len(m.Body))), m.Body...)
	}
	return body
}

func size(b *stream.Batch) (bytes int) {
	for _, m := range b.Messages {
		bytes += len(m.Body)
	}
	return bytes
}
