package app

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"playhead/internal/backup"
)

// TestBackupUnderLoad backs a server up while views come, restores it elsewhere
// and starts it there: every view that was acknowledged before is there, those
// that were open go on, and new ones come.
func TestBackupUnderLoad(t *testing.T) {
	c := startServer(t)
	c.post(t, "open", `"e":"viewstart"`)
	const posters = 4
	var sent [posters]atomic.Int64
	ended, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for i := range posters {
		load.Go(func() {
			for ended.Err() == nil {
				c.post(t, fmt.Sprintf("%d/%d", i, sent[i].Load()), `"e":"viewstart"`, `"e":"viewend"`)
				sent[i].Add(1)
			}
		})
	}
	some := func() { // until each has had some acknowledged
		for i := range sent {
			for n := sent[i].Load(); sent[i].Load() < n+10; {
				<-time.After(time.Millisecond)
			}
		}
	}
	some()
	acknowledged := map[string]bool{"open": true}
	for i := range sent {
		for n := range sent[i].Load() {
			acknowledged[fmt.Sprintf("%d/%d", i, n)] = true
		}
	}
	file := filepath.Join(t.TempDir(), "backup.tar")
	content, err := FetchBackup(t.Context(), c.app.API(), "id:secret", file)
	if err != nil {
		t.Fatal(err)
	}
	some()
	cancel()
	load.Wait()

	cfg := c.app.cfg
	cfg.DataDir = filepath.Join(t.TempDir(), "restored")
	restored, err := Restore(t.Context(), file, cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	if restored.Content != content || restored.Environments != 1 || restored.Records < int64(len(acknowledged)) {
		t.Errorf("restored %+v of %+v, want an environment and at least %d records", restored, content, len(acknowledged))
	}
	cfg.BootstrapEnvKey, cfg.BootstrapToken = "", ""
	again := &client{app: start(t, cfg), from: c.from, to: c.to}
	again.post(t, "open", `"e":"viewstart"`, `"e":"play"`, `"e":"viewend"`)
	again.post(t, "new", `"e":"viewstart"`, `"e":"viewend"`)
	again.find(t, "new")
	for id := range acknowledged {
		again.find(t, id)
	}
	if views := get[[]listed](t, again, "video-views", url.Values{"view_id": {"open"}}); len(views) != 1 {
		t.Errorf("the view that was open is there %d times, want once", len(views))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup may be read by others: %v, %v", info, err)
	}
	if left, err := os.ReadDir(c.app.path(backupFolder)); err == nil {
		t.Errorf("copies are left: %v", left)
	}
}

// find waits until the view is there that the player calls so.
func (c *client) find(t *testing.T, sdkID string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		if len(get[[]listed](t, c, "video-views", url.Values{"view_id": {sdkID}})) > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("view %q never came", sdkID)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// TestBackupToSlowClient lets a client take nothing of its backup. Views go on
// to be taken and stored; another backup is refused until the client is gone.
func TestBackupToSlowClient(t *testing.T) {
	t.Parallel()
	c := startServer(t)
	for i := range 30 { // more than the connection takes by itself
		title := make([]byte, 400_000)
		rand.Read(title)
		c.post(t, fmt.Sprint("large ", i), fmt.Sprintf(`"e":"viewstart","vtt":"%x"`, title))
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.app.API(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /system/v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer id:secret\r\n\r\n")
	if line, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); !strings.Contains(line, "200 OK") {
		t.Fatalf("answer %q, %v", line, err)
	}
	c.post(t, "meanwhile", `"e":"viewstart"`, `"e":"viewend"`)
	c.find(t, "meanwhile")
	file := filepath.Join(t.TempDir(), "backup.tar")
	_, err = FetchBackup(t.Context(), c.app.API(), "id:secret", file)
	if err == nil || !strings.Contains(err.Error(), "409") || !strings.Contains(err.Error(), "another backup") {
		t.Errorf("second backup: %v, want that there is another one", err)
	}
	conn.Close()
	for end := time.Now().Add(30 * time.Second); ; {
		if _, err = FetchBackup(t.Context(), c.app.API(), "id:secret", file); err == nil || time.Now().After(end) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if err != nil {
		t.Errorf("once the client is gone: %v", err)
	}
	if left, _ := filepath.Glob(file + "?*"); len(left) > 0 {
		t.Errorf("parts are left: %v", left)
	}
}

// TestBackupNeedsSpace refuses a backup for which there is no room.
func TestBackupNeedsSpace(t *testing.T) {
	cfg := testConfig(t)
	cfg.FreeSpaceFloor = 1 << 60
	a := start(t, cfg)
	_, err := FetchBackup(t.Context(), a.API(), "id:secret", filepath.Join(t.TempDir(), "backup.tar"))
	if err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "must stay free") {
		t.Errorf("got %v, want that there is no room", err)
	}
}

// TestFetchBackup meets servers that send what is no whole backup: no file may
// be left of it.
func TestFetchBackup(t *testing.T) {
	for name, test := range map[string]struct {
		send func(w http.ResponseWriter)
		want string
	}{
		"a page":           {func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, "size of its backup"},
		"another file":     {func(w http.ResponseWriter) { w.Header().Set("Playhead-Bytes", "5"); fmt.Fprint(w, "hello") }, "no backup of Playhead"},
		"too much":         {func(w http.ResponseWriter) { w.Header().Set("Playhead-Bytes", fmt.Sprint(int64(1)<<60)) }, "room for"},
		"half of it":       {sendHalf, "cut off"},
		"an error":         {func(w http.ResponseWriter) { http.Error(w, `{"error":{"messages":["not you"]}}`, http.StatusForbidden) }, "403 Forbidden: not you"},
		"another's error":  {func(w http.ResponseWriter) { http.Error(w, "x", http.StatusNotFound) }, "want the address of a server's API"},
		"half, and an end": {func(w http.ResponseWriter) { sendHalf(w); panic(http.ErrAbortHandler) }, "cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.send(w) }), ReadHeaderTimeout: time.Minute}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go server.Serve(l) //nolint:errcheck // it is closed
			defer server.Close()
			dir := t.TempDir()
			_, err = FetchBackup(t.Context(), "http://"+l.Addr().String(), "id:secret", filepath.Join(dir, "backup.tar"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("files are left: %v", left)
			}
		})
	}
}

// sendHalf sends a backup without its end.
func sendHalf(w http.ResponseWriter) {
	w.Header().Set("Playhead-Bytes", "5")
	missing := []backup.File{{Name: "x", Path: "/nowhere", Size: 5}}
	if err := backup.Write(w, time.Now(), missing); !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}
	w.(http.Flusher).Flush()
}

// TestRestore refuses what it must not touch or cannot trust.
func TestRestore(t *testing.T) {
	c := startServer(t)
	c.post(t, "a", `"e":"viewstart"`, `"e":"viewend"`)
	c.list(t, 1)
	file := filepath.Join(t.TempDir(), "backup.tar")
	if _, err := FetchBackup(t.Context(), c.app.API(), "id:secret", file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.tar")
	f, err := os.Create(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(backup.Write(f, time.Now(), []backup.File{{Name: "bin/sh", Path: file, Size: 1}}), f.Close()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		prepare func(dir string) (file string)
		want    string
	}{
		"not empty": {func(dir string) string { write(t, filepath.Join(dir, "x"), nil); return file }, "not empty"},
		"cut off":   {func(string) string { return write(t, filepath.Join(t.TempDir(), "b"), whole[:len(whole)*2/3]) }, "cut off"},
		"foreign":   {func(string) string { return foreign }, "does not keep"},
		"no file":   {func(string) string { return "nowhere" }, "no such file"},
	} {
		dir := t.TempDir()
		_, err := Restore(t.Context(), test.prepare(dir), dir)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if left, _ := os.ReadDir(dir); name != "not empty" && len(left) > 0 {
			t.Errorf("%s: files are left: %v", name, left)
		}
	}

	// A restore that did not come to its end leaves a folder that no server takes.
	cfg := testConfig(t)
	if err := os.Mkdir(filepath.Join(cfg.DataDir, restoreFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := New(cfg, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "restored here in part") {
		t.Errorf("start: got %v", err)
	}
}

// write writes a file and returns its path.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
