package crash

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/meta"
)

// TestIncidents kills the process while one title after the other fails and is right
// again, and a webhook is told. Each title must have one incident, which has opened and closed,
// and the webhook must have been told of each of these once, however often it was sent:
// by one id, with the same body, signed.
func TestIncidents(t *testing.T) {
	t.Parallel()
	hook := newWebhook(t)
	c := newCampaign(t, t.TempDir(), append(slices.Clone(settings), "--notify-networks", "127.0.0.0/8")...)
	c.start()
	c.server.Stop(t) // it has made the environment
	hook.subscribe(t, c.dir)
	c.start()
	trouble := &episodes{ledger: c.ledger}
	rest := trouble.begin(t)
	for c.count() < *kills {
		c.kill()
		for c.count() < *kills && c.random.IntN(3) == 0 {
			c.killAtStart()
		}
		c.start()
	}
	rest()
	harness.Eventually(t, 90*time.Second, func() error { return hook.hasAll(trouble.titles) })
	c.server.Stop(t)
	noErrors(t, c.server)
	is := recordedIncidents(t, c.dir)
	t.Logf("%d kills, %d titles failed, %d incidents; the webhook was sent %d messages, %d of them again",
		c.count(), len(trouble.titles), len(is), hook.taken, hook.taken-len(hook.messages))
	once := map[string]int{}
	for _, i := range is {
		if i.Status != meta.IncidentClosed || i.ResolvedAt == nil {
			t.Errorf("incident %s of %v is %s, want closed", i.ID, i.Breakdowns, i.Status)
		}
		once[titleOf(i.Breakdowns)]++
		for _, event := range []meta.Event{meta.Opened, meta.Closed} {
			if n := hook.told(i.ID, event); n != 1 {
				t.Errorf("the webhook was told by %d ids that incident %s of %v has %s, want one", n, i.ID, i.Breakdowns, event)
			}
		}
	}
	want := map[string]int{}
	for _, title := range trouble.titles {
		want[title] = 1
	}
	if diff := cmp.Diff(want, once); diff != "" {
		t.Errorf("incidents by title (-want +got):\n%s", diff)
	}
	if n := len(hook.messages); n != 2*len(is) {
		t.Errorf("the webhook was told of %d events of %d incidents, want two of each", n, len(is))
	}
	for _, problem := range hook.problems {
		t.Error(problem)
	}
	if len(trouble.titles) < *kills/2 {
		t.Errorf("%d titles failed during %d kills: that shows nothing", len(trouble.titles), *kills)
	}
}

func titleOf(about []meta.Breakdown) string {
	for _, b := range about {
		if b.Name == "video_title" {
			return b.Value
		}
	}
	return ""
}

// episodes are titles that fail and are right again, one after the other, beside many
// views that are well.
type episodes struct {
	ledger *ledger
	titles []string // that have failed; to be read at the end
	views  int
}

// begin begins to send, and returns what ends that with the title that is under way.
func (e *episodes) begin(t *testing.T) (end func()) {
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- e.run(t.Context(), stop) }()
	return func() {
		t.Helper()
		close(stop)
		if err := <-done; err != nil {
			t.Fatalf("load: %v", err)
		}
	}
}

func (e *episodes) run(ctx context.Context, stop <-chan struct{}) error {
	pace := time.NewTicker(120 * time.Millisecond)
	defer pace.Stop()
	for range 20 { // what is usual
		if err := e.send(ctx, "the usual", 0); err != nil {
			return err
		}
	}
	for n := 1; ; n++ {
		title := fmt.Sprint("title ", n)
		e.titles = append(e.titles, title)
		for beacon := range 25 { // the first hundred views of the title are its first bucket, and two in ten fail
			failing := 0
			if beacon < 10 {
				failing = 2
			}
			if err := e.send(ctx, title, failing); err != nil {
				return err
			}
			<-pace.C
		}
		select {
		case <-stop:
			return nil
		default:
		}
	}
}

// send sends ten views of a title, of which some fail, and ninety of other titles, in
// one beacon. They last a second and end now. So never more than 20 of a thousand views of
// the environment fail, which is not enough for it to have an incident of its own.
func (e *episodes) send(ctx context.Context, title string, failing int) error {
	var events []map[string]any
	now := time.Now().UnixMilli()
	for i := range 100 {
		e.views++
		id, of := fmt.Sprint("view ", e.views), title
		if i >= 10 {
			of = fmt.Sprint("evergreen ", i)
		}
		tell := func(seq int, at int64, name string) map[string]any {
			events = append(events, map[string]any{"ake": harness.EnvKey, "xid": id, "vtt": of, "xsqno": seq, "uti": at, "e": name})
			return events[len(events)-1]
		}
		tell(1, now-1000, "viewstart")
		tell(2, now-1000, "play")
		if i < failing {
			tell(3, now-500, "error")["perme"] = "no network"
		} else {
			tell(3, now-500, "playing")
		}
		tell(4, now, "viewend")
	}
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"transmission_timestamp": now}, "events": events})
	if err != nil {
		return err
	}
	c := crowd{ledger: e.ledger}
	return c.post(ctx, harness.Request{Header: http.Header{"Content-Type": {"text/plain"}}, Body: body})
}

// webhook is a receiver that keeps what it is told by its id, and now and then breaks the
// connection before or after it has.
type webhook struct {
	url    string
	secret string

	mu       sync.Mutex
	calls    int
	taken    int                // messages that it has kept or knew
	messages map[string]message // by id
	problems []string
}

// message is what a webhook is told, as far as it matters here.
type message struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Data struct {
		ID         string           `json:"id"`
		Breakdowns []meta.Breakdown `json:"breakdowns"`
	} `json:"data"`

	body string
}

func newWebhook(t *testing.T) *webhook {
	h := &webhook{messages: map[string]message{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// subscribe makes a channel in the records of a server that does not run.
func (h *webhook) subscribe(t *testing.T, dir string) {
	t.Helper()
	records := openRecords(t, dir)
	c, err := records.CreateChannel(t.Context(), meta.Channel{
		EnvironmentID: records.Environments()[0].ID, Name: "on call", Kind: meta.Webhook, Enabled: true, Subscription: meta.All, Target: h.url,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.secret = c.Secrets[0]
	if err := records.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// ServeHTTP implements [http.Handler].
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if h.calls%9 == 4 {
		panic(http.ErrAbortHandler) // before it has kept it
	}
	if err == nil {
		err = h.take(r.Header, body)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // the sender was killed
		h.problems = append(h.problems, fmt.Sprintf("%v: %s", err, body))
	}
	if h.calls%9 == 8 {
		panic(http.ErrAbortHandler) // after it has
	}
}

// take keeps a message.
func (h *webhook) take(header http.Header, body []byte) error {
	m := message{body: string(body)}
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	at, signature, _ := strings.Cut(header.Get("Mux-Signature"), ",v1=")
	mac := hmac.New(sha256.New, []byte(h.secret))
	mac.Write([]byte(strings.TrimPrefix(at, "t=") + "."))
	mac.Write(body)
	if want := hex.EncodeToString(mac.Sum(nil)); signature != want {
		return fmt.Errorf("signature %s, want %s", signature, want)
	}
	if known, ok := h.messages[m.ID]; ok && known.body != m.body {
		return fmt.Errorf("message %s came before as %s", m.ID, known.body)
	}
	h.taken++
	h.messages[m.ID] = m
	return nil
}

// hasAll is an error until each title has been told to have opened and closed.
func (h *webhook) hasAll(titles []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := map[string]bool{}
	for _, m := range h.messages {
		told[titleOf(m.Data.Breakdowns)+" "+m.Type] = true
	}
	for _, title := range titles {
		for _, event := range []meta.Event{meta.Opened, meta.Closed} {
			if what := title + " incident." + string(event); !told[what] {
				return fmt.Errorf("the webhook has not been told: %s", what)
			}
		}
	}
	return nil
}

// told is by how many ids the webhook was told of an event of an incident.
func (h *webhook) told(incident string, event meta.Event) (n int) {
	for _, m := range h.messages {
		if m.Data.ID == incident && m.Type == "incident."+string(event) {
			n++
		}
	}
	return n
}

// openRecords opens the records of a server that does not run.
func openRecords(t *testing.T, dir string) *meta.Store {
	t.Helper()
	records, err := meta.Open(t.Context(), meta.Config{Path: filepath.Join(dir, "records.sqlite"), Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = records.Stop(context.WithoutCancel(t.Context())) })
	return records
}

// recordedIncidents are those of the only environment of a server that has ended.
func recordedIncidents(t *testing.T, dir string) (all []meta.Incident) {
	t.Helper()
	records := openRecords(t, dir)
	for {
		page, err := records.Incidents(t.Context(), records.Environments()[0].ID, meta.IncidentPage{Limit: 100, Offset: len(all)})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page.Incidents...); len(page.Incidents) == 0 || len(all) >= page.Total {
			return all
		}
	}
}
