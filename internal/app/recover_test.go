package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLostJournal removes the journal of a stopped server, as its operator may
// have to. The views stay, and new ones come.
func TestLostJournal(t *testing.T) {
	cfg := testConfig(t)
	a := start(t, cfg)
	play(t, a, "first")
	awaitViews(t, a, 1)
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
		awaitViews(t, a, 1)
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a = start(t, cfg)
	play(t, a, "second")
	awaitViews(t, a, 2)
}

// play sends a short view.
func play(t *testing.T, a *App, id string) {
	t.Helper()
	now := time.Now().UnixMilli()
	body := fmt.Sprintf(`{"events":[{"ake":"key","xid":"%[1]s","xsqno":1,"e":"viewstart","uti":%[2]d},{"ake":"key","xid":"%[1]s","xsqno":2,"e":"viewend","uti":%[2]d}]}`, id, now)
	answer := do(t, http.MethodPost, a.Ingest(), body)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("beacon answered %s", answer.Status)
	}
}

// awaitViews waits until as many views are listed.
func awaitViews(t *testing.T, a *App, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for got := -1; got != want; {
		answer := do(t, http.MethodGet, a.API()+"/data/v1/video-views", "")
		var list struct {
			Total int `json:"total_row_count"`
		}
		err := json.NewDecoder(answer.Body).Decode(&list)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		got = list.Total
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%d views are listed, want %d", got, want)
		}
	}
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
