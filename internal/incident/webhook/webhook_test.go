package webhook_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/incident/notifytest"
	"playhead/internal/incident/webhook"
	"playhead/internal/meta"
	"playhead/internal/outbound"
)

var now = time.Date(2021, 1, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func channel(to string) meta.Channel {
	return meta.Channel{ID: "channel", Kind: meta.Webhook, Target: to, Secrets: []string{"SuperSecret123"}}
}

func TestSend(t *testing.T) {
	for _, event := range []meta.Event{meta.Opened, meta.Closed, meta.Tested} {
		receiver := notifytest.NewReceiver(t, http.StatusNoContent, "")
		sender := webhook.New(receiver.Client, clock)
		m := notifytest.Message(event)
		for range 2 {
			if status, err := sender.Send(t.Context(), channel(receiver.URL+"/hook?a=b"), m); status != 204 || err != nil {
				t.Fatalf("status %d, error %v; want 204", status, err)
			}
		}
		got := receiver.Requests()
		if !bytes.Equal(got[0].Body, got[1].Body) {
			t.Errorf("the second attempt has another body:\n%s\n%s", got[0].Body, got[1].Body)
		}
		r := got[0]
		if r.Path != "/hook?a=b" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Playhead-Delivery") != m.ID {
			t.Errorf("request for %s with %v", r.Path, r.Header)
		}
		if want := outbound.Sign([]string{"SuperSecret123"}, now, r.Body); r.Header.Get("Mux-Signature") != want {
			t.Errorf("signature %s; want %s", r.Header.Get("Mux-Signature"), want)
		}
		notifytest.Golden(t, string(event)+".json", notifytest.Indented(t, r.Body))
	}
}

// TestRotation: the secret of before signs too, until its time is over.
func TestRotation(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	sender := webhook.New(receiver.Client, clock)
	c := channel(receiver.URL)
	c.Secrets = []string{"new", "old"}
	for _, test := range []struct {
		until time.Time
		want  []string
	}{
		{now.Add(time.Second), []string{"new", "old"}},
		{now, []string{"new"}},
		{time.Time{}, []string{"new"}},
	} {
		c.RotatedUntil = test.until
		if _, err := sender.Send(t.Context(), c, notifytest.Message(meta.Opened)); err != nil {
			t.Fatal(err)
		}
		requests := receiver.Requests()
		r := requests[len(requests)-1]
		if want := outbound.Sign(test.want, now, r.Body); r.Header.Get("Mux-Signature") != want {
			t.Errorf("rotated until %s: signature %s; want %s, of %v", test.until, r.Header.Get("Mux-Signature"), want, test.want)
		}
	}
	c.Secrets = nil
	if _, err := sender.Send(t.Context(), c, notifytest.Message(meta.Opened)); err == nil {
		t.Error("sent without a signature")
	}
}

func TestAnswers(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	sender := webhook.New(receiver.Client, clock)
	for _, test := range []struct {
		status    int
		permanent bool
		text      string // "": success
	}{
		{200, false, ""},
		{201, false, ""},
		{202, false, ""},
		{299, false, ""},
		{302, false, "the receiver answers 302: redirects are not followed"},
		{400, false, "the receiver answers 400 Bad Request: want 2xx"},
		{401, false, "the receiver answers 401 Unauthorized: want 2xx"},
		{404, false, "the receiver answers 404 Not Found: want 2xx"},
		{410, true, "the receiver answers 410 Gone: want 2xx"},
		{429, false, "the receiver answers 429 Too Many Requests: want 2xx"},
		{500, false, "the receiver answers 500 Internal Server Error: want 2xx"},
	} {
		receiver.Answer(test.status, http.Header{"Retry-After": {"90"}, "Location": {"/elsewhere"}}, "internal secrets of the receiver")
		status, err := sender.Send(t.Context(), channel(receiver.URL), notifytest.Message(meta.Opened))
		if status != test.status || (err == nil) != (test.text == "") {
			t.Errorf("answer %d: status %d, error %v", test.status, status, err)
			continue
		}
		if err == nil {
			continue
		}
		var f *incident.Failure
		if !errors.As(err, &f) || f.Permanent != test.permanent || f.RetryAfter != 90*time.Second || err.Error() != test.text {
			t.Errorf("answer %d: %+v; want %q, permanent %t, to be tried again after 90 s", test.status, err, test.text, test.permanent)
		}
	}
}

func TestUnreachable(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "")
	to := channel("http://198.51.100.1/secret")
	sender := webhook.New(receiver.Client, clock)
	status, err := sender.Send(t.Context(), to, notifytest.Message(meta.Opened))
	if status != 0 || err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "198.51") {
		t.Errorf("status %d, error %v; want an error without the URL", status, err)
	}
	want := &fault.Error{Code: fault.Invalid, Param: "target", Message: "http is only used to networks that the server's setting notify-networks names: want https"}
	if diff := cmp.Diff(error(want), sender.Check(to)); diff != "" {
		t.Errorf("check (-want +got):\n%s", diff)
	}
	if err := sender.Check(channel(receiver.URL)); err != nil {
		t.Errorf("check of one that can be reached: %v", err)
	}
}
