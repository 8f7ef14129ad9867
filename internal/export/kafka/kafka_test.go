package kafka_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"playhead/internal/export/kafka"
	"playhead/internal/export/stream"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// cluster starts brokers in this process that speak the protocol of Kafka.
func cluster(t *testing.T, options ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.SeedTopics(4, "views")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func toTopic(c *kfake.Cluster) meta.ExportStream {
	return meta.ExportStream{
		ID: "s", Kind: meta.StreamKafka, Content: meta.VideoViews, Format: meta.FormatJSON, Target: strings.Join(c.ListenAddrs(), ", "), Topic: "views",
	}
}

func connected(t *testing.T, client *outbound.Client, of meta.ExportStream) stream.Sink {
	t.Helper()
	sink, err := kafka.New(client).Connect(of)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

// record is what a consumer has read.
type record struct {
	Partition            int32
	Key, Value           string
	ContentType, Content string
}

// consumed reads so many records of the topic, as a consumer of its own.
func consumed(t *testing.T, c *kfake.Cluster, n int, options ...kgo.Opt) (list []record) {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("views"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for len(list) < n {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			got := record{Partition: r.Partition, Key: string(r.Key), Value: string(r.Value)}
			for _, h := range r.Headers {
				switch h.Key {
				case "content-type":
					got.ContentType = string(h.Value)
				case "playhead-content":
					got.Content = string(h.Value)
				}
			}
			list = append(list, got)
		})
	}
	return list
}

func batch(format string, n int) *stream.Batch {
	b := &stream.Batch{ID: "the id", Content: meta.VideoViews, Format: format}
	for i := range n {
		b.Messages = append(b.Messages, stream.Message{Key: fmt.Sprint("view", i%10), Body: fmt.Appendf(nil, "message %d", i)})
	}
	return b
}

// TestSend: all messages come, those of a view in one partition and in their order.
func TestSend(t *testing.T) {
	c := cluster(t)
	sink := connected(t, outbound.New(outbound.Config{Networks: loopback}), toTopic(c))
	if err := sink.Test(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := sink.Send(t.Context(), batch(meta.FormatJSON, 500)); err != nil {
		t.Fatal(err)
	}
	list := consumed(t, c, 500)
	var want, got []string
	partition, last := map[string]int32{}, map[string]int{}
	for i := range 500 {
		want = append(want, fmt.Sprintf("view%d message %d", i%10, i))
	}
	for _, r := range list {
		got = append(got, r.Key+" "+r.Value)
		if p, known := partition[r.Key]; known && p != r.Partition {
			t.Errorf("%s is in partitions %d and %d", r.Key, p, r.Partition)
		}
		partition[r.Key] = r.Partition
		var n int
		if _, err := fmt.Sscanf(r.Value, "message %d", &n); err != nil || n < last[r.Key] {
			t.Errorf("%s of %s comes after message %d, %v", r.Value, r.Key, last[r.Key], err)
		}
		last[r.Key] = n
		if r.ContentType != "application/json" || r.Content != "video_views" {
			t.Errorf("headers %q and %q", r.ContentType, r.Content)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// TestSecure logs in, over TLS.
func TestSecure(t *testing.T) {
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := outbound.New(outbound.Config{Networks: loopback, RootCAs: roots})
	for _, mechanism := range meta.StreamMechanisms {
		c := cluster(t, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}), kfake.EnableSASL(), kfake.Superuser(strings.ToUpper(mechanism), "me", "pass"))
		of := toTopic(c)
		of.TLS, of.Mechanism, of.Username, of.Password, of.Format = true, mechanism, "me", "pass", meta.FormatProtobuf
		sink := connected(t, client, of)
		if err := sink.Send(t.Context(), batch(meta.FormatProtobuf, 3)); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		bad := of
		bad.Password = "wrongword"
		for what, sink := range map[string]stream.Sink{
			"another name and password":      connected(t, client, bad),
			"signed by an unknown authority": connected(t, outbound.New(outbound.Config{Networks: loopback}), of),
		} {
			hidden(t, sink.Test(t.Context()), what)
		}
		c.ControlKey(int16(kmsg.SASLAuthenticate), func(request kmsg.Request) (kmsg.Response, error, bool) {
			answer := request.(*kmsg.SASLAuthenticateRequest).ResponseKind().(*kmsg.SASLAuthenticateResponse)
			answer.ErrorCode = kerr.SaslAuthenticationFailed.Code // as brokers that are not of this process do
			return answer, nil, true
		})
		hidden(t, connected(t, client, bad).Test(t.Context()), "SASL_AUTHENTICATION_FAILED")
	}
}

// hidden checks what an error says, and that it gives nothing away.
func hidden(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "wrongword") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error %v; want one of %s", err, want)
	}
}

// TestErrors: what is told of a failure is of use, and gives nothing away.
func TestErrors(t *testing.T) {
	c := cluster(t)
	allowed := outbound.New(outbound.Config{Networks: loopback})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	at := func(target, topic string) meta.ExportStream {
		s := toTopic(c)
		s.Target, s.Topic = target, topic
		return s
	}
	for _, test := range []struct {
		client *outbound.Client
		of     meta.ExportStream
		want   string
	}{
		{allowed, at(c.ListenAddrs()[0], "unknown"), "the broker answers UNKNOWN_TOPIC_OR_PARTITION"},
		{allowed, at(closed.Addr().String(), "views"), "the host refuses connections"},
		{outbound.New(outbound.Config{}), toTopic(c), "connections without TLS are only made to networks that the server's setting notify-networks names: want tls"},
	} {
		sink := connected(t, test.client, test.of)
		for _, err := range []error{sink.Test(t.Context()), sink.Send(t.Context(), batch(meta.FormatJSON, 1))} {
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v; want %s", err, test.want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := connected(t, allowed, at(silent.Addr().String(), "views")).Send(ctx, batch(meta.FormatJSON, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("broken off: %v", err)
	}
	k := kafka.New(outbound.New(outbound.Config{}))
	var f *fault.Error
	if err := k.Check(at("kafka.example.com:9092,127.0.0.1:9092", "views")); !errors.As(err, &f) || f.Param != "target" || !strings.Contains(err.Error(), "127.0.0.1:9092") {
		t.Errorf("check: %v, want a fault of target that names the broker", err)
	}
	if err := kafka.New(allowed).Check(toTopic(c)); err != nil {
		t.Errorf("check of what can be reached: %v", err)
	}
}

// TestRefused has brokers that refuse records for some time, and then take them: what they
// refused is not sent after that by itself.
func TestRefused(t *testing.T) {
	c := cluster(t, kfake.NumBrokers(1))
	sink := connected(t, outbound.New(outbound.Config{Networks: loopback}), toTopic(c))
	var refuse atomic.Int32
	c.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if refuse.Load() == 0 {
			return nil, nil, false
		}
		return refusal(request.(*kmsg.ProduceRequest), int16(refuse.Load())), nil, true
	})
	for code, want := range map[int16]string{kerr.MessageTooLarge.Code: "MESSAGE_TOO_LARGE", kerr.TopicAuthorizationFailed.Code: "TOPIC_AUTHORIZATION_FAILED"} {
		refuse.Store(int32(code))
		err := sink.Send(t.Context(), batch(meta.FormatJSON, 2))
		var f *stream.Failure
		if !errors.As(err, &f) || !strings.Contains(err.Error(), want) || f.TooLarge != (code == kerr.MessageTooLarge.Code) {
			t.Errorf("error %v; want %s", err, want)
		}
	}
	refuse.Store(0)
	if err := sink.Send(t.Context(), batch(meta.FormatJSON, 2)); err != nil {
		t.Error(err)
	}
	if list := consumed(t, c, 2); len(list) != 2 {
		t.Errorf("the topic has %v", list)
	}
}

// refusal is the answer that takes nothing.
func refusal(to *kmsg.ProduceRequest, code int16) kmsg.Response {
	answer := to.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range to.Topics {
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic, topic.TopicID = t.Topic, t.TopicID
		for _, p := range t.Partitions {
			partition := kmsg.NewProduceResponseTopicPartition()
			partition.Partition, partition.ErrorCode = p.Partition, code
			topic.Partitions = append(topic.Partitions, partition)
		}
		answer.Topics = append(answer.Topics, topic)
	}
	return answer
}

// TestAdvertised: what brokers say where others are is not trusted: an address that
// the server is not to speak to gets no connection, also if it comes from them.
func TestAdvertised(t *testing.T) {
	c := cluster(t, kfake.NumBrokers(1))
	inside, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	var connections atomic.Int32
	reached := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := inside.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			reached <- struct{}{}
			_ = conn.Close()
		}
	}()
	port := inside.Addr().(*net.TCPAddr).Port
	c.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		answer := request.(*kmsg.MetadataRequest).ResponseKind().(*kmsg.MetadataResponse)
		answer.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 7, Host: "127.0.0.2", Port: int32(port)}}
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic, topic.TopicID = new("views"), c.TopicInfo("views").TopicID
		partition := kmsg.NewMetadataResponseTopicPartition()
		partition.Leader, partition.Replicas, partition.ISR = 7, []int32{7}, []int32{7}
		topic.Partitions = append(topic.Partitions, partition)
		answer.Topics = append(answer.Topics, topic)
		return answer, nil, true
	})
	for network, allowed := range map[string]bool{"127.0.0.1/32": false, "127.0.0.0/8": true} {
		connections.Store(0)
		patience := 2 * time.Second
		if allowed {
			patience = time.Minute
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		sink := connected(t, outbound.New(outbound.Config{Networks: []netip.Prefix{netip.MustParsePrefix(network)}}), toTopic(c))
		failed := make(chan error, 1)
		go func() { failed <- sink.Send(ctx, batch(meta.FormatJSON, 1)) }()
		if allowed {
			select {
			case <-reached: // so it does go where brokers say
			case <-ctx.Done():
			}
			cancel()
		}
		if err := <-failed; err == nil {
			t.Errorf("%s: records were taken by nobody", network)
		}
		if n := connections.Load(); (n > 0) != allowed {
			t.Errorf("%s: %d connections to an address that a broker told of, want some: %t", network, n, allowed)
		}
		cancel()
	}
}
