package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/store/memory"
)

// issuedDays are what has been issued of env1 alone.
type issuedDays []meta.ExportDay

func (d issuedDays) ExportDaysOf(_ context.Context, environmentID string) ([]meta.ExportDay, error) {
	if environmentID != "env1" {
		return nil, nil
	}
	return d, nil
}

// folder is a folder of files.
type folder string

func (f folder) Open(name string) (*os.File, error) {
	file, err := os.Open(filepath.Join(string(f), filepath.FromSlash(name)))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no file %s", name)
	}
	return file, err
}

// twoDays are the second and third of May, in an order that is not that of answers.
var twoDays = issuedDays{
	{EnvironmentID: "env1", Day: "2026-05-03", Issue: 2, Version: 17, Files: []meta.ExportFile{
		{Name: "env1/2026_05_03.parquet", Format: "parquet", Rows: 3, Bytes: 300, SHA256: "b3"},
		{Name: "env1/2026_05_03.csv.gz", Format: "csv", Rows: 3, Bytes: 30, SHA256: "a3"},
	}},
	{EnvironmentID: "env1", Day: "2026-05-02", Issue: 1, Version: 16, Files: []meta.ExportFile{
		{Name: "env1/2026_05_02.csv.gz", Format: "csv", Rows: 5_000_000_000, Bytes: 6_000_000_000, SHA256: "a2"},
	}},
	{EnvironmentID: "env1", Day: "2026-05-01", Issue: 1, Version: 17, Files: []meta.ExportFile{
		{Name: "env1/2026_05_01.parquet", Format: "parquet", Rows: 1, Bytes: 10, SHA256: "b1"},
	}},
}

// urlKey is what URLs are signed with in these tests. Signatures were made with
// the HMAC of Python.
var urlKey = []byte("0123456789abcdef0123456789abcdef")

const (
	signedCSV3     = "/exports/18922/2026_05_03.csv.gz?expires=1777899600&signature=b0eab0e4bace81fcb7c8108bd6b2a3a4b5dda1b403f7899ea4a3716e1c0112f8"
	signedParquet3 = "/exports/18922/2026_05_03.parquet?expires=1777899600&signature=790987b53089a518742f16f71caee8edead089a9e6a895b9b68ec628b19251c9"
	signedCSV2     = "/exports/18922/2026_05_02.csv.gz?expires=1777899600&signature=b406124bf3ad8bf32815a37169c68a39d0c0b919ee75403dfc52ed08cb0519f4"
	signedParquet1 = "/exports/18922/2026_05_01.parquet?expires=1777899600&signature="
)

func withDays(c *Config) { c.Exports.Days, c.Exports.Key = twoDays, urlKey }

func TestExportLists(t *testing.T) {
	h := newAPI(t, memory.New(), withDays)
	const around = `"timeframe": [1777809600, 1777896000]}`
	const day1 = "SIGNED1"
	for target, want := range map[string]string{
		"/data/v1/exports": `{"data": ["http://example.com` + signedCSV2 + `", "http://example.com` + signedCSV3 + `"], "total_row_count": 2, ` + around,
		"/data/v1/exports/views": `{"data": [
			{"export_date": "2026-05-03", "files": [
				{"version": 17, "type": "csv", "path": "http://example.com` + signedCSV3 + `", "rows": 3, "bytes": 30, "sha256": "a3"},
				{"version": 17, "type": "parquet", "path": "http://example.com` + signedParquet3 + `", "rows": 3, "bytes": 300, "sha256": "b3"}]},
			{"export_date": "2026-05-02", "files": [
				{"version": 16, "type": "csv", "path": "http://example.com` + signedCSV2 + `", "rows": 5000000000, "bytes": 6000000000, "sha256": "a2"}]},
			{"export_date": "2026-05-01", "files": [
				{"version": 17, "type": "parquet", "path": "` + day1 + `", "rows": 1, "bytes": 10, "sha256": "b1"}]}
		], "total_row_count": 3, ` + around,
	} {
		body := get(t, h, target).Body.String()
		if begin := strings.Index(body, "http://example.com"+signedParquet1); begin >= 0 {
			body = strings.Replace(body, body[begin:begin+len("http://example.com"+signedParquet1)+64], day1, 1)
		}
		if diff := cmp.Diff(decode(t, []byte(want)), decode(t, []byte(body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
	for _, h := range []http.Handler{newAPI(t, memory.New()), h} { // without exports; of another environment
		for _, target := range []string{"/data/v1/exports", "/data/v1/exports/views"} {
			w := send(t, h, "GET", target, basic("other", "secret"))
			want := decode(t, []byte(`{"data": [], "total_row_count": 0, `+around))
			if diff := cmp.Diff(want, decode(t, w.Body.Bytes())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", target, diff)
			}
		}
	}
	if w := send(t, h, "GET", "/data/v1/exports/views", basic("nobody", "secret")); w.Code != http.StatusForbidden {
		t.Errorf("without data:read: status %d, want 403", w.Code)
	}
}

// dayStates are states of days of one environment.
type dayStates map[string]export.DayState

func (s dayStates) States(environmentID string) map[string]export.DayState {
	if environmentID != "env1" {
		return nil
	}
	return s
}

// TestExportStates: days are told of before they have files, too.
func TestExportStates(t *testing.T) {
	h := newAPI(t, memory.New(), func(c *Config) {
		c.Exports.Days = issuedDays{
			{EnvironmentID: "env1", Day: "2026-05-02", Issue: 1, MadeAt: now.Add(-time.Hour)},
			{EnvironmentID: "env1", Day: "2026-05-01", Issue: 3, MadeAt: now.Add(-time.Minute)},
		}
		c.Exports.States = dayStates{"2026-05-03": export.DayWaiting, "2026-05-02": export.DayStale, "2026-04-30": export.DayFailing}
	})
	const path, around = "/data/v1/exports/days", `, "timeframe": [1777809600, 1777896000]}`
	want := `{"data": [
		{"export_date": "2026-05-03", "state": "waiting", "issue": null, "made_at": null},
		{"export_date": "2026-05-02", "state": "stale", "issue": 1, "made_at": "2026-05-04T11:00:00Z"},
		{"export_date": "2026-05-01", "state": "issued", "issue": 3, "made_at": "2026-05-04T11:59:00Z"},
		{"export_date": "2026-04-30", "state": "failing", "issue": null, "made_at": null}
	], "total_row_count": 4` + around
	if diff := cmp.Diff(decode(t, []byte(want)), decode(t, get(t, h, path).Body.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, answer := range map[string][]byte{
		"of another environment": send(t, h, "GET", path, basic("other", "secret")).Body.Bytes(), "without exports": get(t, newAPI(t, memory.New()), path).Body.Bytes(),
	} {
		if diff := cmp.Diff(decode(t, []byte(`{"data": [], "total_row_count": 0`+around)), decode(t, answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if w := send(t, h, "GET", path, basic("nobody", "secret")); w.Code != http.StatusForbidden {
		t.Errorf("without data:read: status %d, want 403", w.Code)
	}
}

// TestExportBase: URLs lead to where the client asks, or to what is set.
func TestExportBase(t *testing.T) {
	for _, tt := range []struct{ public, proto, want string }{
		{"", "", "http://example.com/exports/18922/2026"},
		{"", "https", "https://example.com/exports/18922/2026"},
		{"", "javascript", "http://example.com/exports/18922/2026"},
		{"https://p.example.net/playhead/", "", "https://p.example.net/playhead/exports/18922/2026"},
		{"http://p.example.net", "https", "http://p.example.net/exports/18922/2026"},
	} {
		h := newAPI(t, memory.New(), withDays, func(c *Config) { c.PublicURL = tt.public })
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/data/v1/exports", http.NoBody)
		r.SetBasicAuth("reader", "secret")
		r.Header.Set("X-Forwarded-Proto", tt.proto)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `["`+tt.want) {
			t.Errorf("public URL %q, X-Forwarded-Proto %q: %s; want URLs that begin with %s", tt.public, tt.proto, w.Body, tt.want)
		}
	}
}

// links makes URLs as an object storage does, or cannot.
type links struct{ err error }

func (l links) Link(_ context.Context, name string, good time.Duration) (string, error) {
	return "https://s3.example.com/bucket/" + name + "?X-Amz-Expires=" + fmt.Sprint(good.Seconds()), l.err
}

func TestExportLinksOfStorage(t *testing.T) {
	h := newAPI(t, memory.New(), withDays, func(c *Config) { c.Exports.Links = links{} })
	want := decode(t, []byte(`["https://s3.example.com/bucket/env1/2026_05_02.csv.gz?X-Amz-Expires=3600", "https://s3.example.com/bucket/env1/2026_05_03.csv.gz?X-Amz-Expires=3600"]`))
	got := decode(t, get(t, h, "/data/v1/exports").Body.Bytes()).(map[string]any)["data"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h = newAPI(t, memory.New(), withDays, func(c *Config) { c.Exports.Links = links{errors.New("secret of the storage")} })
	for _, target := range []string{"/data/v1/exports", "/data/v1/exports/views"} {
		if w := get(t, h, target); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s, of a storage that does not answer: status %d, %s; want 503 and no more of it", target, w.Code, w.Body)
		}
	}
}

// storedFiles is the API over a folder with the CSV file of 3 May.
func storedFiles(t *testing.T) (h http.Handler, file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "env1", "2026_05_03.csv.gz")
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.Mkdir(filepath.Join(dir, "env2"), 0o700), os.WriteFile(file, []byte("0123456789"), 0o600),
		os.WriteFile(filepath.Join(dir, "env2", "2026_05_03.csv.gz"), []byte("of others"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return newAPI(t, memory.New(), withDays, func(c *Config) { c.Exports.Folder = folder(dir) }), file
}

// askFile sends a request without a token.
func askFile(t *testing.T, h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	h.ServeHTTP(w, r)
	checkAnswer(t, r, w)
	return w
}

func TestExportFile(t *testing.T) {
	h, file := storedFiles(t)
	w := askFile(t, h, "GET", signedCSV3)
	if w.Code != http.StatusOK || w.Body.String() != "0123456789" {
		t.Fatalf("status %d, body %q; want 200 and the file", w.Code, w.Body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/gzip", "Content-Disposition": `attachment; filename="18922_2026_05_03.csv.gz"`, "Accept-Ranges": "bytes",
		"Content-Length": "10", "Content-Encoding": "", "X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=0, private, must-revalidate",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	etag := w.Header().Get("ETag")
	if len(etag) < 3 || etag[0] != '"' || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("ETag is %s, want a strong one; X-Request-Id is %q", etag, w.Header().Get("X-Request-Id"))
	}
	check := func(what string, w *httptest.ResponseRecorder, status int, body string) {
		t.Helper()
		if w.Code != status || w.Body.String() != body {
			t.Errorf("%s: status %d, body %q; want %d, %q", what, w.Code, w.Body, status, body)
		}
	}
	check("HEAD", askFile(t, h, "HEAD", signedCSV3), 200, "")
	check("a range", askFile(t, h, "GET", signedCSV3, "Range", "bytes=4-6"), 206, "456")
	check("the rest", askFile(t, h, "GET", signedCSV3, "Range", "bytes=8-", "If-Range", etag), 206, "89")
	check("what it has", askFile(t, h, "GET", signedCSV3, "If-None-Match", etag), 304, "")
	check("another one", askFile(t, h, "GET", signedCSV3, "If-Match", `"other"`), 412, `{"error":{"type":"precondition_failed","messages":["the file is not the one that If-Match names"]}}`)
	w = askFile(t, h, "GET", signedCSV3, "Range", "bytes=10-")
	check("past the end", w, 416, `{"error":{"type":"range_not_satisfiable","messages":["the file does not have the part that the header Range asks for"]}}`)
	if got := w.Header().Get("Content-Range"); got != "bytes */10" {
		t.Errorf("past the end: Content-Range is %q, want bytes */10", got)
	}

	// The file is made again, in the same second and with the same size: who has
	// half of the old one gets all of the new one.
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	next := file + ".next"
	if err := errors.Join(os.WriteFile(next, []byte("abcdefghij"), 0o600), os.Chtimes(next, time.Time{}, info.ModTime().Add(time.Microsecond)), os.Rename(next, file)); err != nil {
		t.Fatal(err)
	}
	check("the rest of a new one", askFile(t, h, "GET", signedCSV3, "Range", "bytes=8-", "If-Range", etag), 200, "abcdefghij")
}

// TestExportFileGoesOn: who downloads a file while it is replaced has the old
// one to the end.
func TestExportFileGoesOn(t *testing.T) {
	_, file := storedFiles(t)
	h := newAPI(t, memory.New(), func(c *Config) {
		c.Exports, c.Clock = Exports{Key: urlKey, Folder: folder(filepath.Dir(filepath.Dir(file)))}, time.Now
	})
	large := strings.Repeat("old", 1<<20)
	if err := os.WriteFile(file, []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	signer := server{Config: Config{Exports: Exports{Key: urlKey}}}
	listening := httptest.NewServer(h)
	defer listening.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", signer.signURL(listening.URL, 18922, "2026_05_03.csv.gz", time.Now().Add(time.Minute)), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := errors.Join(os.WriteFile(file+".next", []byte("new"), 0o600), os.Rename(file+".next", file)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != large {
		t.Errorf("%d bytes, error %v; want the %d of the old file", len(got), err, len(large))
	}
}

func TestExportFileRefused(t *testing.T) {
	h, _ := storedFiles(t)
	const wrong, ended, gone = "this is not the signature of this URL", "this URL has ended", "there is no such file any more"
	for _, tt := range []struct {
		what, target string
		status       int
		says         string
	}{
		{"no signature", "/exports/18922/2026_05_03.csv.gz", 403, wrong},
		{"an empty one", "/exports/18922/2026_05_03.csv.gz?expires=1777899600&signature=", 403, wrong},
		{"a later end", strings.Replace(signedCSV3, "1777899600", "1777899601", 1), 403, wrong},
		{"another file", strings.Replace(signedCSV3, "05_03", "05_02", 1), 403, wrong},
		{"another environment", strings.Replace(signedCSV3, "18922", "2", 1), 403, wrong},
		{"a file beside it", strings.Replace(signedCSV3, "2026_05_03", "..%2fenv2%2f2026_05_03", 1), 403, wrong},
		{"in capitals", strings.Replace(signedCSV3, "b0eab0e", "B0EAB0E", 1), 403, wrong},
		{"ended now", "/exports/18922/2026_05_03.csv.gz?expires=1777896000&signature=4cee76bbdbca1b60ad3c2dc16762aec5c44957f4cb763b23562754ebfa56c51f", 403, ended},
		{"ends in a second", "/exports/18922/2026_05_03.csv.gz?expires=1777896001&signature=29a1a4322d4a8e17772e09e405cb0914b3b72962dcfa4b19e2a1d4777dae2b8b", 200, "0123456789"},
		{"ends some time", "/exports/18922/2026_05_03.csv.gz?expires=soon&signature=d7120aaddccee4c97d663b55ebfe83ee2603c858fb8ee456caf6a77555448fa4", 403, ended},
		{"its own environment", "/exports/2/2026_05_03.csv.gz?expires=1777899600&signature=2f8a49d65669b109958720ad21110ea2712115291f818b42546832bb601f8e01", 200, "of others"},
		{"an environment that is gone", "/exports/7/2026_05_03.csv.gz?expires=1777899600&signature=758169f40f90dccb50a08d16194d7870b8a9b71ee7339269f406dcd60cddd704", 404, gone},
		{"a file that is gone", signedCSV2, 404, gone},
		{"what is added", signedCSV3 + "&x=y", 200, "0123456789"},
	} {
		if w := askFile(t, h, "GET", tt.target); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
			t.Errorf("%s: status %d, %s; want %d, %s", tt.what, w.Code, w.Body, tt.status, tt.says)
		}
	}
	if w := askFile(t, h, "DELETE", signedCSV3); w.Code != 404 {
		t.Errorf("DELETE: status %d, want 404", w.Code)
	}
	if w := askFile(t, newAPI(t, memory.New(), withDays), "GET", signedCSV3); w.Code != 404 {
		t.Errorf("without a folder: status %d, want 404", w.Code)
	}
	// Without a key nothing is signed, not even with an empty one.
	h = newAPI(t, memory.New(), withDays, func(c *Config) { c.Exports.Key = nil })
	unsigned := (&server{}).signURL("", 18922, "2026_05_03.csv.gz", now.Add(time.Hour))
	if w := askFile(t, h, "GET", unsigned); w.Code != 403 {
		t.Errorf("without a key: status %d, want 403", w.Code)
	}
}
