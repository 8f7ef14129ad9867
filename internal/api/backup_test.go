package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"playhead/internal/fault"
	"playhead/internal/store/memory"
)

// textBackup is a backup that is a text, or cannot be sent, or not be made.
type textBackup struct {
	text       string
	send, make error
	closed     int
}

func (b *textBackup) Backup(ctx context.Context) (Download, error) {
	if _, limited := ctx.Deadline(); limited {
		return nil, errors.New("there is a limit of time")
	}
	return b, b.make
}

func (b *textBackup) Name() string { return "backup.tar" }

func (b *textBackup) Bytes() int64 { return int64(len(b.text)) }

func (b *textBackup) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, b.text)
	return int64(n), errors.Join(err, b.send)
}

func (b *textBackup) Close() error { b.closed++; return nil }

func TestBackupRoute(t *testing.T) {
	b := &textBackup{text: "everything"}
	h := newAPI(t, memory.New(), func(c *Config) { c.Backups = b })
	const path = "/system/v1/backup"
	if w := send(t, h, "GET", path, basic("reader", "secret")); w.Code != http.StatusForbidden {
		t.Errorf("a token without the permission: status %d, want 403", w.Code)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", path, http.NoBody)
	r.SetBasicAuth("other", "secret")
	h.ServeHTTP(w, r)
	checkAnswer(t, r, w)
	if w.Code != http.StatusOK || w.Body.String() != "everything" || b.closed != 1 {
		t.Errorf("status %d, body %q, closed %d times; want 200, everything, once", w.Code, w.Body, b.closed)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-tar", "Content-Disposition": `attachment; filename="backup.tar"`, "Playhead-Bytes": "10",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	b.make = fault.New(fault.Conflict, "there is another one")
	if w := send(t, h, "GET", path, basic("other", "secret")); w.Code != http.StatusConflict {
		t.Errorf("while there is another one: status %d, want 409", w.Code)
	}
	if w := send(t, newAPI(t, memory.New(), func(c *Config) { c.Backups = nil }), "GET", path, basic("other", "secret")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a server without backups: status %d, want 503", w.Code)
	}
}

// TestBackupIsCutOff ends the connection when a backup cannot be sent to its
// end: the client must not take it for a whole one.
func TestBackupIsCutOff(t *testing.T) {
	b := &textBackup{text: "half of it", send: errors.New("the disk is on fire")}
	server := httptest.NewServer(newAPI(t, memory.New(), func(c *Config) { c.Backups = b }))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/system/v1/backup", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("other", "secret")
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if err == nil {
		t.Error("the answer has an end")
	}
}
