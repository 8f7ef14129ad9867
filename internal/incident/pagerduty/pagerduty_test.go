package pagerduty_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"playhead/internal/incident"
	"playhead/internal/incident/notifytest"
	"playhead/internal/incident/pagerduty"
	"playhead/internal/meta"
)

const key = "e93facc04764012d7bfb002500d5d1a6" // of the example of the reference

const taken = `{"status": "success", "message": "Event processed", "dedup_key": "4u13td"}`

func TestSend(t *testing.T) {
	for event, want := range map[meta.Event]int{meta.Opened: 1, meta.Closed: 1, meta.Expired: 1, meta.Tested: 2} {
		receiver := notifytest.NewReceiver(t, 202, taken)
		sender := pagerduty.New(receiver.Client, receiver.URL+"/v2/enqueue", "https://playhead.example.com")
		c := meta.Channel{Kind: meta.PagerDuty, Target: key}
		if status, err := sender.Send(t.Context(), c, notifytest.Message(event)); status != 202 || err != nil {
			t.Fatalf("status %d, error %v; want 202", status, err)
		}
		requests := receiver.Requests()
		if len(requests) != want {
			t.Errorf("%s: %d requests; want %d", event, len(requests), want)
		}
		for i, r := range requests {
			if r.Path != "/v2/enqueue" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("request for %s with %v", r.Path, r.Header)
			}
			notifytest.Conforms(t, "event.schema.json", r.Body)
			notifytest.Golden(t, fmt.Sprintf("%s%d.json", event, i+1), notifytest.Indented(t, r.Body))
		}
	}
}

func TestLongText(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 202, taken)
	m := notifytest.Message(meta.Opened)
	m.Incident.Breakdowns[0].Value = strings.Repeat("ä", 5000)
	m.Incident.Causes = append(m.Incident.Causes, m.Incident.Causes[0], m.Incident.Causes[0], m.Incident.Causes[0])
	if _, err := pagerduty.New(receiver.Client, receiver.URL, "here").Send(t.Context(), meta.Channel{Target: key}, m); err != nil {
		t.Fatal(err)
	}
	body := receiver.Requests()[0].Body
	notifytest.Conforms(t, "event.schema.json", body)
	if !strings.Contains(string(body), `"Also 2":`) {
		t.Errorf("three causes are not all in %s", body)
	}
}

// TestAnswers has what the reference says of retries: 400 is no use, all else is.
func TestAnswers(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 202, taken)
	for _, test := range []struct {
		status    int
		body      string
		permanent bool
		text      string
	}{
		{
			400, `{"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}`, true,
			"PagerDuty answers 400: Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters)",
		},
		{400, `{"status":"invalid event","message":"Key ` + key + ` is invalid"}`, true, "PagerDuty answers 400: Key … is invalid"},
		{429, "", false, "PagerDuty answers 429"},
		{500, "oops", false, "PagerDuty answers 500"},
		{503, "{}", false, "PagerDuty answers 503"},
	} {
		receiver.Answer(test.status, http.Header{"Retry-After": {"30"}}, test.body)
		status, err := pagerduty.New(receiver.Client, receiver.URL, "here").Send(t.Context(), meta.Channel{Target: key}, notifytest.Message(meta.Tested))
		var f *incident.Failure
		if !errors.As(err, &f) || status != test.status || f.Permanent != test.permanent || f.RetryAfter != 30*time.Second || err.Error() != test.text {
			t.Errorf("answer %d %s: status %d, error %+v; want %q, permanent %t", test.status, test.body, status, err, test.text, test.permanent)
		}
	}
	if n := len(receiver.Requests()); n != 5 {
		t.Errorf("%d requests; want no resolve after a trigger that was refused", n)
	}
}
