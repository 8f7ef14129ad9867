package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"playhead/e2e/harness"
	"playhead/internal/incident/email"
	"playhead/internal/incident/notifytest"
)

// TestNotifyingSettings has settings of notifications that are refused, with what
// is said of them.
func TestNotifyingSettings(t *testing.T) {
	for says, set := range map[string]func(*Config){
		"": func(c *Config) {
			c.PublicURL, c.SMTPAddress, c.SMTPFrom = "https://example.com/playhead", "mail.example.com:587", "alerts@example.com"
		},
		`public-url is "playhead.example.com"`:                              func(c *Config) { c.PublicURL = "playhead.example.com" },
		`public-url is "https://e.com/?a"`:                                  func(c *Config) { c.PublicURL = "https://e.com/?a" },
		`public-url is "https://e.com/ui/": its path cannot begin with /ui`: func(c *Config) { c.PublicURL = "https://e.com/ui/" },
		`pagerduty-url is "ftp://example.com"`:                              func(c *Config) { c.PagerDutyURL = "ftp://example.com" },
		`smtp-address is "mail"`:                                            func(c *Config) { c.SMTPAddress = "mail" },
		`smtp-from is ""`:                                                   func(c *Config) { c.SMTPAddress = "mail:25" },
		"smtp-username and smtp-password: want":                             func(c *Config) { c.SMTPAddress, c.SMTPFrom, c.SMTPUsername = "mail:25", "a@example.com", "a" },
	} {
		var c Config
		if err := kong.ApplyDefaults(&c); err != nil {
			t.Fatal(err)
		}
		set(&c)
		if err := c.Validate(); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// hook is a receiver of requests over HTTP, as on the operator's own network.
type hook struct {
	mu     sync.Mutex
	status int
	says   string
}

// answer has it answer so from now on.
func (h *hook) answer(status int, says string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.says = status, says
}

func (h *hook) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w.WriteHeader(h.status)
	fmt.Fprint(w, h.says)
}

// watchedLog is a log that can be read while it is written.
type watchedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *watchedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// TestChannelsOfEachKind makes a channel of each kind on a whole server and tests
// it, once with a receiver that takes what comes and once with one that refuses
// it. What is secret of a channel is in no answer and in no line of the log.
func TestChannelsOfEachKind(t *testing.T) {
	const key, path = "e93facc04764012d7bfb002500d5d1a6", "/services/T000/B000/hushhushhushhush"
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	receiver := server.URL
	mailbox := notifytest.NewMailbox(t, false, false)
	cfg := testConfig(t)
	cfg.LogLevel = "debug"
	cfg.NotifyNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.SMTPAddress, cfg.SMTPFrom, cfg.SMTPTLS = mailbox.Address, "alerts@example.com", email.NoTLS
	cfg.PagerDutyURL = receiver + "/v2/enqueue"
	log := &watchedLog{}
	a := startLogging(t, cfg, log)

	var answers strings.Builder // all of them
	ask := func(method, path, body string) map[string]any {
		t.Helper()
		answer := do(t, method, a.API()+"/data/v1/notification-channels"+path, body)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %s %v: %s", method, path, answer.Status, err, text)
		}
		answers.Write(text)
		var said struct{ Data any }
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if list, ok := said.Data.([]any); ok {
			return list[0].(map[string]any)
		}
		return said.Data.(map[string]any)
	}
	for _, tt := range []struct {
		kind, target string
		status       int
		says, reason string
	}{
		{"webhook", receiver + "/hook?key=hushhushhushhush", 500, "hushhush inside", "the receiver answers 500 Internal Server Error: want 2xx"},
		{"slack", receiver + path, 404, "no_service", "slack answers 404: no_service"},
		{"pagerduty", key, 400, `{"message":"Key ` + key + ` is invalid"}`, "PagerDuty answers 400: Key … is invalid"},
		{"email", "ann@example.com", 0, "", ""},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			body, err := json.Marshal(map[string]any{"name": tt.kind, "kind": tt.kind, "target": tt.target})
			if err != nil {
				t.Fatal(err)
			}
			id := ask(http.MethodPost, "", string(body))["id"].(string)
			outcome := func(state string) map[string]any {
				t.Helper()
				ask(http.MethodPost, "/"+id+"/test", "")
				var last map[string]any
				harness.Eventually(t, 10*time.Second, func() error {
					if last = ask(http.MethodGet, "/"+id+"/deliveries", ""); last["state"] == "queued" {
						return fmt.Errorf("the test is still queued")
					}
					return nil
				})
				if last["state"] != state {
					t.Errorf("the delivery is %v; want it %s", last, state)
				}
				return last
			}
			h.answer(200, "ok")
			outcome("delivered")
			if tt.status == 0 {
				if got := mailbox.Messages(); len(got) != 1 || got[0].To != tt.target {
					t.Errorf("messages %v; want one to %s", got, tt.target)
				}
				return
			}
			h.answer(tt.status, tt.says)
			attempts := outcome("failed")["log"].([]any)
			if got := attempts[0].(map[string]any); got["error"] != tt.reason || got["status"] != float64(tt.status) {
				t.Errorf("the attempt is %v; want %q, %d", got, tt.reason, tt.status)
			}
		})
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for what, text := range map[string]string{"answers": answers.String(), "log": log.text.String()} {
		for _, secret := range []string{key, path, "hushhush"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the %s:\n%s", secret, what, text)
			}
		}
	}
}
