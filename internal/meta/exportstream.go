package meta

import (
	"slices"
	"strings"
	"time"

	"playhead/internal/fault"
)

// What a stream of exports sends.
const (
	VideoViews        = "video_views"        // each complete view with its events, again when it changes
	MonitoringSamples = "monitoring_samples" // what each viewer did in 30 seconds
)

// The formats of its messages.
const (
	FormatJSON     = "json"
	FormatProtobuf = "protobuf"
)

// Where to.
const (
	StreamHTTP  = "http"
	StreamKafka = "kafka"
)

// How a stream logs in to Kafka.
const (
	SASLPlain    = "plain"
	SASLScram256 = "scram-sha-256"
	SASLScram512 = "scram-sha-512"
)

// SampleWindow is the time that a sample tells of.
const SampleWindow = 30 * time.Second

// What a stream may be.
var (
	StreamContents   = []string{VideoViews, MonitoringSamples}
	StreamFormats    = []string{FormatJSON, FormatProtobuf}
	StreamKinds      = []string{StreamHTTP, StreamKafka}
	StreamMechanisms = []string{SASLPlain, SASLScram256, SASLScram512}
)

// ExportStream is where what becomes known of views is sent as it does.
type ExportStream struct {
	ID            string // a UUID
	EnvironmentID string
	Name          string
	Content       string // VideoViews or MonitoringSamples
	Format        string // FormatJSON or FormatProtobuf
	Kind          string // StreamHTTP or StreamKafka
	Enabled       bool

	Target string // a URL, or the addresses of Kafka's brokers, separated by commas

	// Of Kafka alone.
	Topic     string
	TLS       bool
	Mechanism string // one of StreamMechanisms; "" if nobody logs in
	Username  string
	Password  string // secret

	// Secrets sign what is sent by HTTP, the newest first, as those of a [Channel] do.
	Secrets      []string
	RotatedUntil time.Time

	CreatedAt, UpdatedAt time.Time
}

// SecretsAt are the secrets that sign at a time.
func (s ExportStream) SecretsAt(now time.Time) []string {
	if len(s.Secrets) > 1 && !now.Before(s.RotatedUntil) {
		return s.Secrets[:1]
	}
	return s.Secrets
}

// ExportPosition is how far a stream has come: what its receiver has taken.
type ExportPosition struct {
	Record    int64  // of views: all that were stored as they are now by records before this one,
	ViewID    string // and those by this record up to this id; "": none of them
	SampledTo int64  // of samples: those of all windows before this time, in ms since 1970

	Delivered   int64     // messages
	DeliveredAt time.Time // of the last batch that was taken; zero: none was

	Failures int64     // attempts since then that have failed
	FailedAt time.Time // of the last one that failed; zero: none has
	Error    string    // why
}

// Check refuses malformed members: a fault.Invalid error that names one.
func (s ExportStream) Check() error {
	if err := checkName("name", s.Name); err != nil {
		return err
	}
	for _, m := range []struct {
		name, value string
		of          []string
	}{{"content", s.Content, StreamContents}, {"format", s.Format, StreamFormats}, {"kind", s.Kind, StreamKinds}} {
		if !slices.Contains(m.of, m.value) {
			return fault.Badf(m.name, "%s is not one of %s", fault.Quote(m.value), strings.Join(m.of, ", "))
		}
	}
	if s.Target == "" || len(s.Target) > maxTarget {
		return fault.Badf("target", "want 1 to %d bytes, have %d", maxTarget, len(s.Target))
	}
	if s.Kind == StreamHTTP {
		return s.checkHTTP()
	}
	return s.checkKafka()
}

// checkHTTP refuses members that a stream to a URL does not have.
func (s ExportStream) checkHTTP() error {
	for _, m := range []struct{ name, value string }{
		{"topic", s.Topic}, {"sasl_mechanism", s.Mechanism}, {"username", s.Username}, {"password", s.Password},
	} {
		if m.value != "" {
			return fault.Badf(m.name, "only streams of kind %s have one", StreamKafka)
		}
	}
	if s.TLS {
		return fault.Badf("tls", "only streams of kind %s have it: with %s the URL says so", StreamKafka, StreamHTTP)
	}
	return CheckURL("target", s.Target)
}

// maxCredential is how many bytes a name or password for Kafka may have.
const maxCredential = 1024

// checkKafka refuses malformed members of a stream to a topic.
func (s ExportStream) checkKafka() error {
	if err := checkBrokers(s.Target); err != nil {
		return err
	}
	if err := checkTopic(s.Topic); err != nil {
		return err
	}
	switch {
	case s.Mechanism != "" && !slices.Contains(StreamMechanisms, s.Mechanism):
		return fault.Badf("sasl_mechanism", "%s is not one of %s", fault.Quote(s.Mechanism), strings.Join(StreamMechanisms, ", "))
	case s.Mechanism == "" && s.Username != "":
		return fault.Badf("username", "is of no use without sasl_mechanism")
	case s.Mechanism == "" && s.Password != "":
		return fault.Badf("password", "is of no use without sasl_mechanism")
	case s.Mechanism != "" && (s.Username == "" || len(s.Username) > maxCredential):
		return fault.Badf("username", "want 1 to %d bytes to log in with %s", maxCredential, s.Mechanism)
	case s.Mechanism != "" && (s.Password == "" || len(s.Password) > maxCredential):
		return fault.Badf("password", "want 1 to %d bytes to log in with %s", maxCredential, s.Mechanism)
	case s.Mechanism == SASLPlain && !s.TLS:
		return fault.Badf("sasl_mechanism", "%s sends the password as it is: want tls, or %s or %s", SASLPlain, SASLScram256, SASLScram512)
	}
	return nil
}
