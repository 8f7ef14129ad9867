package app

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table is three views, of which the second has cells that a reader of lines
// would take for more.
const table = "id,title\r\n1,a\r\n2,\"b\nc \"\"d\"\"\n\"\r\n3,\r\n"

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRowCounter counts views however the file is cut into pieces.
func TestRowCounter(t *testing.T) {
	for _, tt := range []struct {
		query url.Values
		file  []byte
		want  int64
	}{
		{url.Values{"format": {"csv"}}, []byte(table), 3},
		{url.Values{}, []byte(table), 3},
		{url.Values{"format": {"csv"}}, []byte("id,title\r\n"), 0},
		{url.Values{"format": {"csv"}, "compression": {"gzip"}}, packed(t, table), 3},
		{url.Values{"format": {"ndjson"}}, []byte("{\"a\":\"\\\"\"}\n{}\n"), 2},
		{url.Values{"format": {"ndjson"}, "compression": {"gzip"}}, packed(t, "{\"a\":\"\\\"\"}\n{}\n"), 2},
		{url.Values{"format": {"parquet"}}, []byte("PAR1\nPAR1"), -1},
	} {
		for size := 1; size <= len(tt.file); size++ {
			c := newRowCounter(tt.query)
			for rest := tt.file; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if _, err := c.Write(rest[:min(size, len(rest))]); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Close(); err != nil || c.views() != tt.want {
				t.Errorf("%v in pieces of %d: %d views, error %v; want %d", tt.query, size, c.views(), err, tt.want)
			}
		}
	}
	whole := packed(t, table)
	for size := range whole {
		c := newRowCounter(url.Values{"compression": {"gzip"}})
		_, _ = c.Write(whole[:size]) // what is wrong is told by either
		if err := c.Close(); err == nil {
			t.Errorf("a packed file of which %d of %d bytes have come: no error", size, len(whole))
		}
	}
}

func TestFetchExport(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter){
		"csv": func(w http.ResponseWriter) { fmt.Fprint(w, table) },
		"cut": func(w http.ResponseWriter) {
			fmt.Fprint(w, table)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"parquet": func(w http.ResponseWriter) { fmt.Fprint(w, "PAR1 half of it") },
		"refused": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":{"type":"invalid_parameters","messages":["format: want csv"]}}`)
		},
		"busy": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error":{"type":"unavailable","messages":["4 exports are being made"]}}`)
		},
		"stranger": func(w http.ResponseWriter) { w.Header().Del("Playhead-Rows") },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, secret, _ := r.BasicAuth(); r.URL.Path != "/data/v1/exports/query" || id != "id" || secret != "secret:x" {
			t.Errorf("asked for %s as %s with %s", r.URL, id, secret)
		}
		w.Header().Set("Playhead-Rows", "4")
		answers[r.URL.Query().Get("format")](w)
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "views")
	fetch := func(format string) (Exported, error) {
		return FetchExport(t.Context(), ExportRequest{URL: server.URL + "/", Token: "id:secret:x", Query: url.Values{"format": {format}}, File: file})
	}
	for format, says := range map[string]string{
		"cut": "unexpected EOF", "parquet": "what has come is not whole", "refused": "format: want csv", "busy": "4 exports are being made", "stranger": "how many views come",
	} {
		_, err := fetch(format)
		if err == nil || !strings.Contains(err.Error(), says) || errors.Is(err, ErrRefused) != (format == "refused") {
			t.Errorf("%s: error %v; want %s, as what would be refused again only if it is", format, err, says)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: leaves %v", format, left)
		}
	}
	if e, err := fetch("csv"); err != nil || e != (Exported{Views: 3, Bytes: int64(len(table))}) {
		t.Errorf("%+v, error %v; want 3 views and all bytes", e, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, error %v; want one for its owner alone", info, err)
	}
	if _, err := fetch("csv"); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("error %v; want that the file is there already", err)
	}
	var to bytes.Buffer
	var told [][3]int64
	_, err = FetchExport(t.Context(), ExportRequest{
		URL: server.URL, Token: "id:secret:x", Query: url.Values{"format": {"csv"}}, To: &to,
		Progress: func(views, of, bytes int64) { told = append(told, [3]int64{views, of, bytes}) },
	})
	if err != nil || to.String() != table || len(told) == 0 || told[len(told)-1] != [3]int64{3, 4, int64(len(table))} {
		t.Errorf("error %v, %q, told %v; want all of it, and at last of 3 of 4 views", err, to.String(), told)
	}
}
