package slack_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"playhead/internal/incident"
	"playhead/internal/incident/notifytest"
	"playhead/internal/incident/slack"
	"playhead/internal/meta"
)

func TestSend(t *testing.T) {
	for _, event := range []meta.Event{meta.Opened, meta.Closed, meta.Tested} {
		receiver := notifytest.NewReceiver(t, 200, "ok")
		c := meta.Channel{Kind: meta.Slack, Target: receiver.URL + "/services/T000/B000/XXXX"}
		if status, err := slack.New(receiver.Client).Send(t.Context(), c, notifytest.Message(event)); status != 200 || err != nil {
			t.Fatalf("status %d, error %v; want 200", status, err)
		}
		r := receiver.Requests()[0]
		if r.Path != "/services/T000/B000/XXXX" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("request for %s with %v", r.Path, r.Header)
		}
		notifytest.Conforms(t, "message.schema.json", r.Body)
		notifytest.Golden(t, string(event)+".json", notifytest.Indented(t, r.Body))
	}
}

// TestForeignText: whatever players send, the message is taken, nobody is called
// by it, and cause and link are there.
func TestForeignText(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "ok")
	m := notifytest.Message(meta.Opened)
	long := strings.Repeat("<!here>@channel[a](b)&🎬", 1000)
	m.Incident.Breakdowns[0].Value, m.Incident.Description, m.Incident.ErrorDescription = long, long, long
	m.Incident.Causes = append(m.Incident.Causes, m.Incident.Causes[0], m.Incident.Causes[0])
	m.Incident.Causes[1].Breakdowns = []meta.Breakdown{{Name: "video_title", Value: long}}
	m.Incident.Causes[2].Breakdowns = []meta.Breakdown{{Name: "player_name", Value: long}}
	if _, err := slack.New(receiver.Client).Send(t.Context(), meta.Channel{Target: receiver.URL}, m); err != nil {
		t.Fatal(err)
	}
	body := receiver.Requests()[0].Body
	notifytest.Conforms(t, "message.schema.json", body)
	var got struct {
		Text   string
		Blocks []struct {
			Type string
			Text struct{ Text string }
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	section := got.Blocks[1].Text.Text
	if title := got.Blocks[0].Text.Text; len(utf16.Encode([]rune(title))) > 150 {
		t.Errorf("the header has too many characters: %s", title)
	}
	if all := section + got.Text; strings.Contains(all, "<!") || strings.Contains(all, "@channel") || strings.Contains(all, "](") {
		t.Errorf("there is a mention in %s", body)
	}
	if !strings.HasPrefix(section, "*Cause:* 92% of the excess failures: *cdn=akamai and country=DE*") || !strings.HasSuffix(section, "/data/v1/incidents/4u13td|Incident 4u13td>") {
		t.Errorf("the section is %s; want the cause in front and the link at the end", section)
	}
}

// TestAnswers has the answers of https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks.
func TestAnswers(t *testing.T) {
	receiver := notifytest.NewReceiver(t, 200, "ok")
	for _, test := range []struct {
		status    int
		body      string
		permanent bool
		text      string
	}{
		{400, "invalid_payload", true, "slack answers 400: invalid_payload"},
		{403, "action_prohibited", false, "slack answers 403: action_prohibited"},
		{404, "channel_not_found\n", false, "slack answers 404: channel_not_found"},
		{410, "channel_is_archived", true, "slack answers 410: channel_is_archived"},
		{429, "", false, "slack answers 429"},
		{500, "rollup_error", false, "slack answers 500: rollup_error"},
		{500, "<html>a page of something inside</html>", false, "slack answers 500"},
		{302, "", false, "slack answers 302"},
	} {
		receiver.Answer(test.status, http.Header{"Retry-After": {"30"}}, test.body)
		status, err := slack.New(receiver.Client).Send(t.Context(), meta.Channel{Target: receiver.URL}, notifytest.Message(meta.Opened))
		var f *incident.Failure
		if !errors.As(err, &f) || status != test.status || f.Permanent != test.permanent || f.RetryAfter != 30*time.Second || err.Error() != test.text {
			t.Errorf("answer %d %s: status %d, error %+v; want %q, permanent %t", test.status, test.body, status, err, test.text, test.permanent)
		}
	}
}
