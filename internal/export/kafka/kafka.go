// Package kafka sends streams of exports to topics of Kafka: a record for each
// message, its key the id of the view, so that all that is said of a view is in one
// partition, in its order.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"playhead/internal/export/stream"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

// The headers of records.
const (
	TypeHeader    = "content-type"     // application/json or application/x-protobuf
	ContentHeader = "playhead-content" // video_views or monitoring_samples
)

// How long brokers may take.
const (
	requestTimeout = 10 * time.Second // for an answer, attempts included
	recordTimeout  = 30 * time.Second // until all of a batch has been taken
)

// mostBytes is how large a message may be: brokers take a megabyte with what is around it, unless they
// are set up otherwise.
const mostBytes = 1_000_000 - 2048

// Connector makes sinks that produce records.
type Connector struct{ client *outbound.Client }

// New makes a Connector.
func New(client *outbound.Client) *Connector { return &Connector{client} }

// Check implements [stream.Connector].
func (c *Connector) Check(s meta.ExportStream) error {
	for _, broker := range meta.Brokers(s.Target) {
		if err := c.client.CheckAddress(broker, s.TLS); err != nil {
			return &fault.Error{Code: fault.Invalid, Param: "target", Message: fmt.Sprintf("%s: %s", fault.Quote(broker), err)}
		}
	}
	return nil
}

// MostBytes implements [stream.Connector].
func (c *Connector) MostBytes() int { return mostBytes }

// Connect implements [stream.Connector].
func (c *Connector) Connect(s meta.ExportStream) (stream.Sink, error) {
	return &sink{dial: c.client, to: s}, nil
}

// sink produces records of one topic.
type sink struct {
	dial   *outbound.Client
	to     meta.ExportStream
	client *kgo.Client // nil: there is none yet, or the one before has failed
}

// Send implements [stream.Sink]. Records are taken once all replicas that are in sync
// have them.
func (s *sink) Send(ctx context.Context, b *stream.Batch) error {
	if s.client == nil {
		if err := s.Test(ctx); err != nil {
			return err
		}
	}
	kind := "application/json"
	if b.Format == meta.FormatProtobuf {
		kind = "application/x-protobuf"
	}
	headers := []kgo.RecordHeader{{Key: TypeHeader, Value: []byte(kind)}, {Key: ContentHeader, Value: []byte(b.Content)}}
	records := make([]*kgo.Record, len(b.Messages))
	for i, m := range b.Messages {
		records[i] = &kgo.Record{Key: []byte(m.Key), Value: m.Body, Headers: headers}
	}
	err := s.client.ProduceSync(ctx, records...).FirstErr()
	if err != nil {
		s.Close() // what it still has is not to be sent after what follows
		return failure(err)
	}
	return nil
}

// Test implements [stream.Sink]: brokers can be reached, and have the topic.
func (s *sink) Test(ctx context.Context) error {
	if s.client == nil {
		client, err := kgo.NewClient(s.options()...)
		if err != nil {
			return fmt.Errorf("the settings of the stream are of no use to a client of Kafka: %w", err)
		}
		s.client = client
	}
	if err := s.look(ctx); err != nil {
		s.Close()
		return failure(err)
	}
	return nil
}

// look asks for the topic.
func (s *sink) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = &s.to.Topic
	request.Topics = append(request.Topics, topic)
	answer, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return err
	}
	for _, t := range answer.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}

// Close implements [stream.Sink].
func (s *sink) Close() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

// options are those of a client.
func (s *sink) options() []kgo.Opt {
	options := []kgo.Opt{
		kgo.SeedBrokers(meta.Brokers(s.to.Target)...), kgo.ClientID("playhead"), kgo.DefaultProduceTopic(s.to.Topic),
		kgo.Dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.dial.Dial(ctx, network, address, s.to.TLS)
		}),
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0), kgo.RecordDeliveryTimeout(recordTimeout),
		kgo.RequestRetries(2), kgo.RetryTimeout(requestTimeout), kgo.UnknownTopicRetries(2),
	}
	if m := s.mechanism(); m != nil {
		options = append(options, kgo.SASL(m))
	}
	return options
}

// mechanism is how the stream logs in; nil: it does not.
func (s *sink) mechanism() sasl.Mechanism {
	switch s.to.Mechanism {
	case meta.SASLPlain:
		return plain.Auth{User: s.to.Username, Pass: s.to.Password}.AsMechanism()
	case meta.SASLScram256:
		return scram.Auth{User: s.to.Username, Pass: s.to.Password}.AsSha256Mechanism()
	case meta.SASLScram512:
		return scram.Auth{User: s.to.Username, Pass: s.to.Password}.AsSha512Mechanism()
	}
	return nil
}

// failure is an error as the owner of the stream may read it: without addresses that
// brokers have told of.
func failure(err error) error {
	if refused, ok := errors.AsType[*outbound.Error](err); ok {
		return refused
	}
	if said, ok := errors.AsType[*kerr.Error](err); ok {
		f := &stream.Failure{Err: fmt.Errorf("the broker answers %s: %s", said.Message, said.Description)}
		f.TooLarge = errors.Is(said, kerr.MessageTooLarge) || errors.Is(said, kerr.RecordListTooLarge)
		return f
	}
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("the attempt was broken off: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, kgo.ErrRecordTimeout):
		return errors.New("the brokers have not taken it in time")
	case errors.Is(err, io.EOF):
		return errors.New("a broker ends the connection at once: it may want TLS or no TLS, or another name and password")
	}
	return errors.New("the connection to the brokers failed before there was an answer")
}
