package app

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLostJournal removes the journal of a stopped server, as its operator may
// have to. The views stay, and new ones come.
func TestLostJournal(t *testing.T) {
	cfg := testConfig(t)
	a := start(t, cfg)
	allTime(a).post(t, "first", `"e":"viewstart"`, `"e":"viewend"`)
	allTime(a).list(t, 1)
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(cfg.DataDir, journalFolder, "*.seg"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("segments %v, error %v", segments, err)
	}
	for _, path := range segments {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is a journal again
		a = start(t, cfg)
		allTime(a).list(t, 1)
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a = start(t, cfg)
	allTime(a).post(t, "second", `"e":"viewstart"`, `"e":"viewend"`)
	allTime(a).list(t, 2)
}

func do(t *testing.T, method, url, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("id", "secret")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
