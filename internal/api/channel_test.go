package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

const channels = "/data/v1/notification-channels"

// notifier counts what it is told, and cannot reach one host.
type notifier struct{ woken int }

func (n *notifier) Check(c meta.Channel) error {
	if strings.Contains(c.Target, "unreachable") {
		return fault.Badf("target", "unreachable is not allowed")
	}
	return nil
}

func (n *notifier) Wake() { n.woken++ }

func TestChannels(t *testing.T) {
	c := newControl(t, func(c *Config) { c.Notifier = &notifier{} })
	read, write := "shop system read", "shop system write"
	const rest = `"rotated_until":null,"created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z"`
	gone, err := c.store.CreateChannel(t.Context(), meta.Channel{ // this server was told of other networks then
		EnvironmentID: c.names["shop"], Name: "was there", Kind: meta.Webhook, Subscription: meta.All, Target: "https://unreachable/",
	})
	if err != nil {
		t.Fatal(err)
	}
	c.names["gone"] = gone.ID
	const hook = `{"id":"{hook}","name":"Hook","kind":"webhook","enabled":true,"subscription":"all","target":"https://example.com/hook",` + rest + `}`
	c.run(t, []step{
		{token: "news system read", method: "GET", target: channels, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: channels, body: `{"name":"Hook","kind":"webhook","target":"https://example.com/hook"}`, status: 201, keep: "hook"},
		{
			token: write, method: "POST", target: channels, status: 201, keep: "slack",
			body: `{"name":"Slack","kind":"slack","target":"https://hooks.slack.com/services/T000/B000/XXXXYYYYZZZZ","subscription":"threshold","enabled":false}`,
			want: `{"data":{"id":"{slack}","name":"Slack","kind":"slack","enabled":false,"subscription":"threshold","target":"https://hooks.slack.com/…ZZZZ",` + rest + `,"secret":null},
				"total_row_count":1,` + lastDayJSON + `}`,
		},
		{
			token: write, method: "POST", target: channels, status: 201, keep: "mail",
			body: `{"name":"Mail","kind":"email","target":"ops@example.com, oncall@example.com","subscription":"anomaly"}`,
			want: `{"data":{"id":"{mail}","name":"Mail","kind":"email","enabled":true,"subscription":"anomaly","target":"ops@example.com, oncall@example.com",` + rest + `,"secret":null},
				"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "POST", target: channels, body: `{"name":"Pager","kind":"pagerduty","target":"0123456789abcdef0123456789abcdef"}`, status: 201, keep: "pager"},
		{token: "news system write", method: "POST", target: channels, body: `{"name":"other","kind":"email","target":"a@example.com"}`, status: 201, keep: "other"},
		{token: read, method: "GET", target: channels + "/{hook}", status: 200, want: `{"data":` + hook + `,"total_row_count":1,` + lastDayJSON + `}`},
		{
			token: read, method: "GET", target: channels + "/{pager}", status: 200,
			want: `{"data":{"id":"{pager}","name":"Pager","kind":"pagerduty","enabled":true,"subscription":"all","target":"…cdef",` + rest + `},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: read, method: "GET", target: channels + "?limit=3&page=3", status: 200, want: `{"data":[],"total_row_count":5,` + lastDayJSON + `}`},

		{
			token: write, method: "PATCH", target: channels + "/{hook}", body: `{"name":"Renamed","enabled":false,"subscription":"anomaly","target":"https://example.com/a?token=secret"}`, status: 200,
			want: `{"data":{"id":"{hook}","name":"Renamed","kind":"webhook","enabled":false,"subscription":"anomaly","target":"https://example.com/a?…",` + rest + `},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{
			token: write, method: "PATCH", target: channels + "/{hook}", body: `{"kind":"email","enabled":null,"secret":"mine"}`, status: 200, // neither can be changed
			want: `{"data":{"id":"{hook}","name":"Renamed","kind":"webhook","enabled":false,"subscription":"anomaly","target":"https://example.com/a?…",` + rest + `},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PATCH", target: channels + "/{hook}", body: `{"target":"https://example.com/a?…"}`, status: 400, want: "target: is shortened"},
		{token: write, method: "PATCH", target: channels + "/{hook}", body: `{"target":"https://unreachable/"}`, status: 400, want: "target: unreachable is not allowed"},
		{token: write, method: "PATCH", target: channels + "/{gone}", body: `{"name":"Gone","enabled":false}`, status: 200},
		{token: write, method: "PATCH", target: channels + "/{gone}", body: `{"enabled":true}`, status: 400, want: "target: unreachable is not allowed"},
		{token: write, method: "PATCH", target: channels + "/{hook}", body: `{"subscription":"none"}`, status: 400, want: "subscription"},
		{token: write, method: "PATCH", target: channels + "/{hook}", body: `{"name":""}`, status: 400, want: "name"},
		{token: write, method: "DELETE", target: channels + "/{hook}", status: 204},
		{token: write, method: "DELETE", target: channels + "/{hook}", status: 404, want: "channel"},
		{token: read, method: "GET", target: channels + "/{hook}", status: 404, want: "channel"},
		{token: write, method: "PATCH", target: channels + "/{hook}", body: `{}`, status: 404, want: "channel"},

		{token: write, method: "POST", target: channels, body: `{"kind":"email","target":"a@example.com"}`, status: 400, want: "name: is missing"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","target":"a@example.com"}`, status: 400, want: "kind: is missing"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"email"}`, status: 400, want: "target: is missing"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"fax","target":"a@example.com"}`, status: 400, want: "kind"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"email","target":"nobody"}`, status: 400, want: "target"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"webhook","target":"ftp://example.com/"}`, status: 400, want: "target"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"webhook","target":"https://unreachable/"}`, status: 400, want: "target: unreachable is not allowed"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"pagerduty","target":"short one"}`, status: 400, want: "target"},
		{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"email","target":"a@example.com","subscription":"x"}`, status: 400, want: "subscription"},
	})
}

// TestChannelsAreOfTheirEnvironment: with a token of another environment there
// are none, and without the permissions of the system nothing can be done.
func TestChannelsAreOfTheirEnvironment(t *testing.T) {
	c := newControl(t)
	const mail = `{"name":"a","kind":"email","target":"a@example.com"}`
	c.run(t, []step{{token: "news system write", method: "POST", target: channels, body: mail, status: 201, keep: "other"}})
	for _, s := range []struct{ method, below, permission string }{
		{"GET", "", "system:read"},
		{"POST", "", "system:write"},
		{"GET", "/{other}", "system:read"},
		{"PATCH", "/{other}", "system:write"},
		{"DELETE", "/{other}", "system:write"},
		{"POST", "/{other}/rotate-secret", "system:write"},
		{"POST", "/{other}/test", "system:write"},
		{"GET", "/{other}/deliveries", "system:read"},
		{"GET", "/{other}/deliveries/1", "system:read"},
		{"POST", "/{other}/deliveries/1/redeliver", "system:write"},
	} {
		var body string
		if s.method == "POST" || s.method == "PATCH" {
			body = mail
		}
		for _, permission := range meta.Permissions {
			token := "shop " + strings.ReplaceAll(string(permission), ":", " ")
			switch {
			case string(permission) != s.permission:
				c.run(t, []step{{token: token, method: s.method, target: channels + s.below, body: body, status: 403, want: s.permission}})
			case s.below != "":
				c.run(t, []step{{token: token, method: s.method, target: channels + s.below, body: body, status: 404, want: "channel"}})
			}
		}
	}
}

// TestSecretIsShownOnce: the secret of a webhook is in the answers of its creation
// and of each rotation, and in no other.
func TestSecretIsShownOnce(t *testing.T) {
	c := newControl(t)
	secretOf := func(method, target, body string, status int) string {
		t.Helper()
		w := sendBody(t, c, method, target, basic("shop system write", "secret"), body)
		var answer struct{ Data struct{ ID, Secret string } }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != status || len(answer.Data.Secret) < 32 {
			t.Fatalf("%s %s: status %d: %s", method, target, w.Code, w.Body)
		}
		c.names["hook"] = answer.Data.ID
		return answer.Data.Secret
	}
	first := secretOf("POST", channels, `{"name":"a","kind":"webhook","target":"https://example.com/"}`, 201)
	second := secretOf("POST", channels+"/"+c.names["hook"]+"/rotate-secret", "", 200)
	if first == second {
		t.Error("the secret is the same after a rotation")
	}
	kept, err := c.store.Channel(c.names["shop"], c.names["hook"])
	if diff := cmp.Diff([]string{second, first}, kept.Secrets); diff != "" || err != nil {
		t.Errorf("%v, and what signs (-want +got):\n%s", err, diff)
	}
	for _, target := range []string{channels, channels + "/" + c.names["hook"]} {
		w := send(t, c, http.MethodGet, target, basic("shop system read", "secret"))
		if body := w.Body.String(); strings.Contains(body, first) || strings.Contains(body, second) || !strings.Contains(body, `"rotated_until":"2026-05-05T12:00:00Z"`) {
			t.Errorf("%s: has a secret, or not the end of the old one: %s", target, body)
		}
	}
	w := sendBody(t, c, "PATCH", channels+"/"+c.names["hook"], basic("shop system write", "secret"), `{"name":"b"}`)
	if strings.Contains(w.Body.String(), second) {
		t.Errorf("a change shows the secret: %s", w.Body)
	}
	c.run(t, []step{
		{token: "shop system write", method: "POST", target: channels, body: `{"name":"m","kind":"email","target":"a@example.com"}`, status: 201, keep: "mail"},
		{token: "shop system write", method: "POST", target: channels + "/{mail}/rotate-secret", status: 409, want: "secret"},
	})
}

// TestDeliveries: a notification of an incident, a test, their log, and sending
// one again.
func TestDeliveries(t *testing.T) {
	n := &notifier{}
	c := newControl(t, func(c *Config) { c.Notifier = n })
	read, write := "shop system read", "shop system write"
	c.run(t, []step{{token: write, method: "POST", target: channels, body: `{"name":"a","kind":"email","target":"a@example.com","subscription":"anomaly"}`, status: 201, keep: "mail"}})
	deliveries := channels + "/{mail}/deliveries"
	c.run(t, []step{{token: read, method: "GET", target: deliveries, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`}})
	c.told(t, meta.Opened, fiveIncidents(c)[1])
	queued := func(event, incident string) string {
		return `{"id":{` + event + `},"event":"` + event + `","incident_id":` + incident + `,"state":"queued","queued_at":"2026-05-04T12:00:00.000000Z",
			"attempted_at":null,"next_attempt_at":"2026-05-04T12:00:00.000000Z","attempts":0,"log":[]}`
	}
	due, err := c.store.DueNotifications(t.Context(), now, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due: %+v, %v; want the opening", due, err)
	}
	c.names["opened"] = digits(due[0].ID)
	w := send(t, c, "POST", c.fill(channels+"/{mail}/test"), basic(write, "secret"))
	var test struct{ Data struct{ ID int64 } }
	if err := json.Unmarshal(w.Body.Bytes(), &test); err != nil || w.Code != 201 || n.woken != 1 {
		t.Fatalf("test: status %d, %d times woken: %s", w.Code, n.woken, w.Body)
	}
	c.names["test"] = digits(test.Data.ID)
	if diff := cmp.Diff(decode(t, []byte(c.fill(`{"data":`+queued("test", "null")+`,"total_row_count":1,`+lastDayJSON+`}`))), decode(t, w.Body.Bytes())); diff != "" {
		t.Errorf("test (-want +got):\n%s", diff)
	}
	c.run(t, []step{
		{token: read, method: "GET", target: deliveries, status: 200, want: `{"data":[` + queued("test", "null") + `,` + queued("opened", `"bbbbbb"`) + `],"total_row_count":2,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: deliveries + "?limit=1&page=2", status: 200, want: `{"data":[` + queued("opened", `"bbbbbb"`) + `],"total_row_count":2,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: deliveries + "/{opened}", status: 200, want: `{"data":` + queued("opened", `"bbbbbb"`) + `,"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: deliveries + "?limit=0", status: 400, want: "limit"},
		{token: read, method: "GET", target: deliveries + "/7", status: 404, want: "7"},
		{token: read, method: "GET", target: deliveries + "/x", status: 404, want: `"x"`},
		{token: write, method: "POST", target: deliveries + "/7/redeliver", status: 404, want: "7"},
		{token: write, method: "POST", target: deliveries + "/99999999999999999999/redeliver", status: 404, want: "99999"},
	})
	later := now.Add(10 * time.Second)
	for _, a := range []struct {
		meta.Attempt
		state string
	}{
		{meta.Attempt{At: now.Add(time.Second), Took: 1500 * time.Millisecond, Status: 0, Error: "no answer"}, meta.Queued},
		{meta.Attempt{At: now.Add(2 * time.Second), Took: 20 * time.Millisecond, Status: 550, Error: "no such mailbox"}, meta.Failed},
	} {
		a.NotificationID = due[0].ID
		if err := c.store.Attempted(t.Context(), a.Attempt, a.state, later); err != nil {
			t.Fatal(err)
		}
	}
	log := `"log":[{"at":"2026-05-04T12:00:02.000000Z","took_ms":20,"status":550,"error":"no such mailbox"},{"at":"2026-05-04T12:00:01.000000Z","took_ms":1500,"status":0,"error":"no answer"}]`
	again := strings.Replace(strings.Replace(queued("opened", `"bbbbbb"`), `"log":[]`, log, 1), `"attempted_at":null`, `"attempted_at":"2026-05-04T12:00:02.000000Z"`, 1)
	failed := strings.NewReplacer(`"queued"`, `"failed"`, `"next_attempt_at":"2026-05-04T12:00:00.000000Z"`, `"next_attempt_at":null`, `"attempts":0`, `"attempts":2`).Replace(again)
	const ofIncident = "/data/v1/incidents/bbbbbb/deliveries"
	named := strings.Replace(failed, `{"id"`, `{"channel_id":"{mail}","channel_name":"a","channel_kind":"email","id"`, 1)
	c.run(t, []step{
		{token: read, method: "GET", target: ofIncident, status: 200, want: `{"data":[` + named + `],"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: "/data/v1/incidents/zzzzzz/deliveries", status: 404, want: "zzzzzz"},
		{token: "shop data read", method: "GET", target: ofIncident, status: 403, want: "system:read"},
		{token: "news system read", method: "GET", target: ofIncident, status: 404, want: "bbbbbb"},
		{token: read, method: "GET", target: deliveries + "/{opened}", status: 200, want: `{"data":` + failed + `,"total_row_count":1,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: deliveries + "/{opened}/redeliver", status: 200, want: `{"data":` + again + `,"total_row_count":1,` + lastDayJSON + `}`},
	})
	if n.woken != 2 {
		t.Errorf("the notifier was woken %d times, want once for the test and once for sending again", n.woken)
	}
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
