package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// control is the API over records in a file, with two environments. Tokens are
// called by their environment and what they may do; their secret is "secret".
type control struct {
	http.Handler
	store *meta.Store
	names map[string]string // what {name} in steps stands for
}

func newControl(t testing.TB, change ...func(*Config)) *control {
	t.Helper()
	store, err := meta.Open(t.Context(), meta.Config{
		Path: filepath.Join(t.TempDir(), "records.sqlite"), Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c := &control{store: store, names: map[string]string{}}
	for _, name := range []string{"shop", "news"} {
		e, err := store.CreateEnvironment(t.Context(), meta.NewEnvironment{Name: name, IngestKey: name + "-key"})
		if err != nil {
			t.Fatal(err)
		}
		c.names[name] = e.ID
		for _, p := range meta.Permissions {
			n := meta.NewToken{Name: string(p), EnvironmentID: e.ID, Permissions: []meta.Permission{p}}
			if _, err := store.ImportToken(t.Context(), n, name+" "+strings.ReplaceAll(string(p), ":", " "), "secret"); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Handler = newAPI(t, stored(t), append([]func(*Config){func(c *Config) { c.Records = store }}, change...)...)
	return c
}

// step is a request, and what has to be answered. {name} stands for a value
// that an earlier step kept.
type step struct {
	token, method, target, body string
	status                      int
	want                        string // the answer in JSON; for errors the text that it says; "": none, or anything when it is kept
	keep                        string // the name for the member data.id of the answer
}

// run takes the steps in their order.
func (c *control) run(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		target, what := c.fill(s.target), s.token+": "+s.method+" "+s.target+" "+s.body
		w := sendBody(t, c, s.method, strings.ReplaceAll(target, " ", "%20"), basic(s.token, "secret"), c.fill(s.body))
		switch {
		case w.Code != s.status:
			t.Errorf("%s: status %d, want %d: %s", what, w.Code, s.status, w.Body)
		case w.Code >= 400:
			typ := map[int]string{400: "invalid_parameters", 403: "forbidden", 404: "not_found", 409: "conflict"}[s.status]
			wantError(t, what, w, s.status, typ, s.want)
		case w.Code == http.StatusNoContent:
			if w.Body.Len() > 0 {
				t.Errorf("%s: has a body: %s", what, w.Body)
			}
		case s.keep != "":
			var b struct{ Data struct{ ID string } }
			if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || b.Data.ID == "" {
				t.Fatalf("%s: no id in %s", what, w.Body)
			}
			c.names[s.keep] = b.Data.ID
		}
		if s.want != "" && w.Code == s.status && w.Code < 300 {
			if diff := cmp.Diff(decode(t, []byte(c.fill(s.want))), decode(t, w.Body.Bytes())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	}
}

func (c *control) fill(s string) string {
	for name, value := range c.names {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}
