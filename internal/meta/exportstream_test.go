package meta

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// toURL is a stream as people make them; toTopic one to Kafka.
func toURL(environmentID string) ExportStream {
	return ExportStream{EnvironmentID: environmentID, Name: "lake", Content: VideoViews, Format: FormatJSON, Kind: StreamHTTP, Enabled: true, Target: "https://example.com/in"}
}

func toTopic(environmentID string) ExportStream {
	return ExportStream{
		EnvironmentID: environmentID, Name: "bus", Content: MonitoringSamples, Format: FormatProtobuf, Kind: StreamKafka,
		Target: "k1.example.com:9092, 10.0.0.1:9093", Topic: "views.v1", TLS: true, Mechanism: SASLScram512, Username: "me", Password: "pass",
	}
}

func createStream(t *testing.T, s *Store, e ExportStream, record int64) ExportStream {
	t.Helper()
	e, err := s.CreateExportStream(t.Context(), e, record)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExportStreams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon.Add(47 * time.Second)}
	s := open(t, path, clock)
	server := open(t, path, clock)
	server.Start()
	e, other := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	hook := createStream(t, s, toURL(e), 17)
	clock.advance(time.Millisecond)
	bad := toTopic(e)
	bad.ID, bad.Secrets, bad.RotatedUntil = "mine", []string{"mine"}, noon
	bus := createStream(t, s, bad, 18)
	want := toTopic(e)
	want.ID, want.CreatedAt, want.UpdatedAt = bus.ID, clock.now(), clock.now()
	if diff := cmp.Diff(want, bus); diff != "" || bus.ID == "mine" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if len(hook.Secrets) != 1 || len(hook.Secrets[0]) != 52 {
		t.Errorf("secrets %q, want one of 52 letters", hook.Secrets)
	}
	await(t, "the streams in the other process", func() bool { return cmp.Equal([]ExportStream{hook, bus}, server.ExportStreams(e)) })
	third := createStream(t, s, toURL(other), 19)
	if diff := cmp.Diff([]ExportStream{hook, bus, third}, s.AllExportStreams()); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	const began = 1777896030_000 // 12:00:30, the half minute that it was made in
	if p, err := s.ExportPosition(t.Context(), bus.ID); err != nil || p != (ExportPosition{Record: 18, SampledTo: began}) {
		t.Errorf("a new stream is at %+v, %v (want sampled to %d)", p, err, began)
	}

	clock.advance(time.Hour)
	got, err := s.ChangeExportStream(t.Context(), e, bus.ID, func(c *ExportStream) error {
		c.Name, c.Enabled, c.Target, c.Topic, c.TLS, c.Mechanism, c.Username, c.Password = "renamed", true, "k:1", "t", false, "", "", ""
		c.ID, c.EnvironmentID, c.CreatedAt, c.RotatedUntil, c.Secrets = "mine", other, time.Time{}, noon, []string{"mine"}
		return nil
	})
	want.Name, want.Enabled, want.Target, want.Topic, want.TLS, want.Mechanism, want.Username, want.Password = "renamed", true, "k:1", "t", false, "", "", ""
	want.UpdatedAt = clock.now()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("changed: %v (-want +got):\n%s", err, diff)
	}
	clock.advance(time.Hour)
	if _, err := s.ChangeExportStream(t.Context(), e, bus.ID, func(*ExportStream) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, path, clock).ExportStream(e, bus.ID); err != nil || !cmp.Equal(want, got) {
		t.Errorf("after a change of nothing, and a restart: %v (-want +got):\n%s", err, cmp.Diff(want, got))
	}

	_, err1 := s.ExportStream(other, hook.ID)
	_, err2 := s.ChangeExportStream(t.Context(), other, hook.ID, func(*ExportStream) error { return nil })
	_, err3 := s.RotateExportSecret(t.Context(), other, hook.ID)
	for i, err := range []error{err1, err2, err3, s.RemoveExportStream(t.Context(), other, hook.ID)} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%d, the stream of another environment: %v, want not found", i, err)
		}
	}
	if _, err := s.ExportPosition(t.Context(), hook.ID); err != nil {
		t.Errorf("its position is gone: %v", err)
	}
	if err := s.RemoveExportStream(t.Context(), e, hook.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "the removal in the other process", func() bool { return cmp.Equal([]ExportStream{want}, server.ExportStreams(e)) })
	_, err = s.ExportPosition(t.Context(), hook.ID)
	for _, err := range []error{err, s.PutExportPosition(t.Context(), hook.ID, ExportPosition{})} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the position of a stream that is removed: %v, want not found", err)
		}
	}
}

func TestExportPositions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e := createEnvironment(t, s, "shop", "k").ID
	a, b, c := createStream(t, s, toURL(e), 5), createStream(t, s, toURL(e), 5), createStream(t, s, toURL(e), 5)
	counter := s.current.Load().counter
	want := ExportPosition{
		Record: 100, ViewID: "0198b2c4-7a1f-7d02-9c3e-5f60718293a4", SampledTo: 7, Delivered: 1 << 40, DeliveredAt: noon, Failures: 3, FailedAt: noon.Add(time.Second), Error: "no",
	}
	for id, p := range map[string]ExportPosition{a.ID: want, b.ID: {Record: 99, ViewID: "x", Error: strings.Repeat("é", 600)}, c.ID: {Record: 99}} {
		if err := s.PutExportPosition(t.Context(), id, p); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := open(t, path, clock).ExportPosition(t.Context(), a.ID); err != nil || got != want {
		t.Errorf("position %+v, %v; want %+v", got, err, want)
	}
	if s.refresh(t.Context()) != nil || s.current.Load().counter != counter {
		t.Error("a position has raised the counter of changes")
	}
	if got, _ := s.ExportPosition(t.Context(), b.ID); got.Error != strings.Repeat("é", 512) {
		t.Errorf("an error of %d bytes is kept, want 1024", len(got.Error))
	}

	// The store is at 99: a has views that it does not, and b some of that record.
	if n, err := s.BoundExportPositions(t.Context(), 99); err != nil || n != 2 {
		t.Errorf("%d were further, %v; want 2", n, err)
	}
	for _, id := range []string{a.ID, b.ID, c.ID} {
		if got, err := s.ExportPosition(t.Context(), id); err != nil || got.Record != 99 || got.ViewID != "" {
			t.Errorf("bounded: %+v, %v; want the beginning of 99", got, err)
		}
	}
	if n, err := s.BoundExportPositions(t.Context(), 99); err != nil || n != 0 {
		t.Errorf("%d are further still, %v", n, err)
	}
}

// TestRotateExportSecret: of two rotations in a row the first secret signs no more.
func TestRotateExportSecret(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	first := createStream(t, s, toURL(e), 0)
	if got := first.SecretsAt(clock.now()); !cmp.Equal(got, first.Secrets) {
		t.Errorf("a new stream is signed with %q", got)
	}
	second, err := s.RotateExportSecret(t.Context(), e, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	both := []string{second.Secrets[0], first.Secrets[0]}
	for after, want := range map[time.Duration][]string{0: both, 24*time.Hour - 1: both, 24 * time.Hour: both[:1]} {
		if got := second.SecretsAt(clock.now().Add(after)); !cmp.Equal(got, want) || both[0] == both[1] {
			t.Errorf("after %s it is signed with %q, want %q", after, got, want)
		}
	}
	third, err := s.RotateExportSecret(t.Context(), e, first.ID)
	if err != nil || len(third.Secrets) != 2 || third.Secrets[1] != second.Secrets[0] {
		t.Errorf("rotated twice: %q, %v", third.Secrets, err)
	}
	bus := createStream(t, s, toTopic(e), 0)
	if _, err := s.RotateExportSecret(t.Context(), e, bus.ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a stream without a secret: %v, want a conflict", err)
	}
}

func TestInvalidExportStreams(t *testing.T) {
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	for _, tt := range []struct {
		says   string // the parameter
		of     func(string) ExportStream
		change func(*ExportStream)
	}{
		{"name", toURL, func(c *ExportStream) { c.Name = "" }},
		{"name", toURL, func(c *ExportStream) { c.Name = "a\nb" }},
		{"content", toURL, func(c *ExportStream) { c.Content = "everything" }},
		{"format", toURL, func(c *ExportStream) { c.Format = "xml" }},
		{"kind", toURL, func(c *ExportStream) { c.Kind = "kinesis" }},
		{"target", toURL, func(c *ExportStream) { c.Target = "" }},
		{"target", toURL, func(c *ExportStream) { c.Target = "ftp://example.com" }},
		{"target", toURL, func(c *ExportStream) { c.Target = "https://example.com/" + strings.Repeat("x", 2048) }},
		{"target", toURL, func(c *ExportStream) { c.Target = "https://example.com:0/" }},
		{"target", toURL, func(c *ExportStream) { c.Target = "https://example.com/#here" }},
		{"topic", toURL, func(c *ExportStream) { c.Topic = "t" }},
		{"tls", toURL, func(c *ExportStream) { c.TLS = true }},
		{"sasl_mechanism", toURL, func(c *ExportStream) { c.Mechanism = SASLPlain }},
		{"username", toURL, func(c *ExportStream) { c.Username = "u" }},
		{"password", toURL, func(c *ExportStream) { c.Password = "p" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = "https://example.com" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = "example.com" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = "example.com:70000" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = ":9092" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = "me:pass@example.com:9092" }},
		{"target", toTopic, func(c *ExportStream) { c.Target = "," }},
		{"target", toTopic, func(c *ExportStream) { c.Target = strings.Repeat("k:1,", 21) }},
		{"topic", toTopic, func(c *ExportStream) { c.Topic = "" }},
		{"topic", toTopic, func(c *ExportStream) { c.Topic = ".." }},
		{"topic", toTopic, func(c *ExportStream) { c.Topic = "a b" }},
		{"topic", toTopic, func(c *ExportStream) { c.Topic = strings.Repeat("t", 250) }},
		{"sasl_mechanism", toTopic, func(c *ExportStream) { c.Mechanism = "gssapi" }},
		{"sasl_mechanism", toTopic, func(c *ExportStream) { c.Mechanism, c.TLS = SASLPlain, false }},
		{"username", toTopic, func(c *ExportStream) { c.Mechanism = "" }},
		{"username", toTopic, func(c *ExportStream) { c.Username = "" }},
		{"password", toTopic, func(c *ExportStream) { c.Mechanism, c.Username = "", "" }},
		{"password", toTopic, func(c *ExportStream) { c.Password = strings.Repeat("p", 1025) }},
	} {
		bad := tt.of(e)
		tt.change(&bad)
		var f *fault.Error
		if _, err := s.CreateExportStream(t.Context(), bad, 0); !errors.As(err, &f) || f.Code != fault.Invalid || f.Param != tt.says {
			t.Errorf("%+v: got %v, want a fault of %s", bad, err, tt.says)
		}
	}
	good := createStream(t, s, toTopic(e), 0)
	for member, change := range map[string]func(*ExportStream){
		"content": func(c *ExportStream) { c.Content = VideoViews },
		"format":  func(c *ExportStream) { c.Format = FormatJSON },
		"kind":    func(c *ExportStream) { *c = toURL(e); c.Content, c.Format = MonitoringSamples, FormatProtobuf },
		"topic":   func(c *ExportStream) { c.Topic = "" },
	} {
		var f *fault.Error
		_, err := s.ChangeExportStream(t.Context(), e, good.ID, func(c *ExportStream) error { change(c); return nil })
		if !errors.As(err, &f) || f.Code != fault.Invalid || f.Param != member {
			t.Errorf("changed %s: %v, want a fault of it", member, err)
		}
	}
	for range 9 {
		createStream(t, s, toURL(e), 0)
	}
	if _, err := s.CreateExportStream(t.Context(), toURL(e), 0); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "10 export streams") {
		t.Errorf("one more than 10: %v", err)
	}
	for i := range 9 {
		e := createEnvironment(t, s, "e"+strings.Repeat("x", i), "k"+strings.Repeat("x", i+1)).ID
		for range 10 {
			createStream(t, s, toURL(e), 0)
		}
	}
	last := createEnvironment(t, s, "last", "last").ID
	if _, err := s.CreateExportStream(t.Context(), toURL(last), 0); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "100 export streams") {
		t.Errorf("one more than 100: %v", err)
	}
	if n := len(s.AllExportStreams()); n != 100 {
		t.Errorf("%d streams, want 100", n)
	}
}

// TestMaskURL: what is secret of a URL is not shown.
func TestMaskURL(t *testing.T) {
	for target, want := range map[string]string{
		"https://me:pass@example.com:8443/in/x?key=secret": "https://…@example.com:8443/in/x?…",
		"https://example.com/in":                           "https://example.com/in",
		"https://example.com?":                             "https://example.com",
		"nonsense":                                         "…",
		"%":                                                "…",
	} {
		if got := MaskURL(target); got != want {
			t.Errorf("%s is shown as %s, want %s", target, got, want)
		}
	}
}
