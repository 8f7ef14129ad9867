package post_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export/post"
	"playhead/internal/export/stream"
	"playhead/internal/fault"
	"playhead/internal/incident/notifytest"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func toURL(target, format string) meta.ExportStream {
	return meta.ExportStream{ID: "s", Kind: meta.StreamHTTP, Content: meta.VideoViews, Format: format, Target: target, Secrets: []string{"new", "old"}, RotatedUntil: now.Add(time.Hour)}
}

func connected(t *testing.T, c *post.Connector, of meta.ExportStream) stream.Sink {
	t.Helper()
	sink, err := c.Connect(of)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

// long is a message whose length takes two bytes.
var long = bytes.Repeat([]byte("x"), 300)

func batch(format string) *stream.Batch {
	return &stream.Batch{ID: "the id", Content: meta.VideoViews, Format: format, Messages: []stream.Message{{Key: "a", Body: []byte(`{"a":1}`)}, {Key: "b", Body: long}, {Key: "c"}}}
}

// TestSend reads bodies as a receiver does: line by line, or by the lengths.
func TestSend(t *testing.T) {
	want := []string{`{"a":1}`, string(long), ""}
	for format, test := range map[string]struct {
		kind string
		read func(body []byte) ([]string, error)
	}{
		meta.FormatJSON: {"application/x-ndjson", func(body []byte) (list []string, err error) {
			lines := bufio.NewScanner(bytes.NewReader(body))
			for lines.Scan() {
				list = append(list, lines.Text())
			}
			return list, lines.Err()
		}},
		meta.FormatProtobuf: {"application/x-protobuf", func(body []byte) (list []string, err error) {
			r := bytes.NewReader(body)
			for r.Len() > 0 {
				n, err := binary.ReadUvarint(r)
				if err != nil {
					return list, err
				}
				m := make([]byte, n)
				if _, err := io.ReadFull(r, m); err != nil {
					return list, err
				}
				list = append(list, string(m))
			}
			return list, nil
		}},
	} {
		receiver := notifytest.NewReceiver(t, http.StatusAccepted, "")
		sink := connected(t, post.New(receiver.Client, clock), toURL(receiver.URL+"/in?key=1", format))
		for range 2 {
			if err := sink.Send(t.Context(), batch(format)); err != nil {
				t.Fatal(err)
			}
		}
		requests := receiver.Requests()
		r := requests[0]
		got, err := test.read(r.Body)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, messages (-want +got):\n%s", format, err, diff)
		}
		if r.Path != "/in?key=1" || !bytes.Equal(r.Body, requests[1].Body) {
			t.Errorf("%s: path %s, and the same again: %t", format, r.Path, bytes.Equal(r.Body, requests[1].Body))
		}
		for name, value := range map[string]string{
			"Content-Type": test.kind, "Playhead-Delivery": "the id", "Playhead-Content": "video_views", "Playhead-Messages": "3", "Playhead-Test": "",
			"Mux-Signature": outbound.Sign([]string{"new", "old"}, now, r.Body),
		} {
			if r.Header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", format, name, r.Header.Get(name), value)
			}
		}
	}
}

// TestTest: nothing is in the request of a test, and it says so.
func TestTest(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	of := toURL(receiver.URL, meta.FormatProtobuf)
	of.RotatedUntil = now
	if err := connected(t, post.New(receiver.Client, clock), of).Test(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := receiver.Requests()[0]
	if len(r.Body) > 0 || r.Header.Get("Playhead-Test") != "true" || r.Header.Get("Playhead-Messages") != "0" || r.Header.Get("Playhead-Delivery") != "" {
		t.Errorf("request with %v: %q", r.Header, r.Body)
	}
	if want := outbound.Sign([]string{"new"}, now, nil); r.Header.Get("Mux-Signature") != want {
		t.Errorf("signature %s, want that of the new secret alone, %s", r.Header.Get("Mux-Signature"), want)
	}
}

func TestAnswers(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	sink := connected(t, post.New(receiver.Client, clock), toURL(receiver.URL, meta.FormatJSON))
	for status, want := range map[int]string{
		200: "", 299: "", 302: "the receiver answers 302: redirects are not followed", 413: "the receiver answers 413 Request Entity Too Large: want 2xx",
		410: "the receiver answers 410 Gone: want 2xx", 429: "the receiver answers 429 Too Many Requests: want 2xx", 500: "the receiver answers 500 Internal Server Error: want 2xx",
	} {
		receiver.Answer(status, http.Header{"Retry-After": {"90"}, "Location": {"/elsewhere"}}, "internal secrets of the receiver")
		err := sink.Send(t.Context(), batch(meta.FormatJSON))
		if want == "" {
			if err != nil {
				t.Errorf("answer %d: %v", status, err)
			}
			continue
		}
		var f *stream.Failure
		if !errors.As(err, &f) || f.RetryAfter != 90*time.Second || f.TooLarge != (status == 413) || err.Error() != want {
			t.Errorf("answer %d: %+v; want %q, to be tried again after 90 s", status, err, want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	c := post.New(receiver.Client, clock)
	of := toURL("http://198.51.100.1/secret", meta.FormatJSON)
	err := connected(t, c, of).Send(t.Context(), batch(meta.FormatJSON))
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "198.51") {
		t.Errorf("error %v; want one without the URL", err)
	}
	want := &fault.Error{Code: fault.Invalid, Param: "target", Message: "http is only used to networks that the server's setting notify-networks names: want https"}
	if diff := cmp.Diff(error(want), c.Check(of)); diff != "" {
		t.Errorf("check (-want +got):\n%s", diff)
	}
	if err := c.Check(toURL(receiver.URL, meta.FormatJSON)); err != nil {
		t.Errorf("check of one that can be reached: %v", err)
	}
	of.Secrets = nil
	if _, err := c.Connect(of); err == nil {
		t.Error("a stream without a secret is sent")
	}
}
