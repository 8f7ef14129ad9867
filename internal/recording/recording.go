// Package recording gives tests the recorded traffic of real players, with
// what is known of it by other means. Only tests import it.
package recording

import (
	"bufio"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Request is one request of a recording.
type Request struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"` // by names in lower case
	Body     string            `json:"body"`
	Received int64             `json:"received_ms"` // ms since 1970 by the collector's clock
}

// folder is where the recordings are: testdata/captures of the project.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata", "captures")
}

// Names are the names of all recordings.
func Names(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder(), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings:", err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".jsonl")
	}
	return files
}

// Requests reads a recording, in the order of arrival.
func Requests(t testing.TB, name string) []Request {
	t.Helper()
	f, err := os.Open(filepath.Join(folder(), name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []Request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(name, err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(name, err)
	}
	return all
}

// Posts are the requests of a recording that carry beacons.
func Posts(t testing.TB, name string) []Request {
	t.Helper()
	var posts []Request
	for _, r := range Requests(t, name) {
		if r.Method == http.MethodPost {
			posts = append(posts, r)
		}
	}
	return posts
}

// Summary reads what is known of all recordings into v: testdata's
// summary.json, an object with a member for each recording.
func Summary(t testing.TB, v any) {
	t.Helper()
	read(t, "summary.json", v)
}

// Truth reads into v what the page and its servers measured during a recording.
func Truth(t testing.TB, name string, v any) {
	t.Helper()
	read(t, name+".truth.json", v)
}

func read(t testing.TB, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder(), file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(file, err)
	}
}

// Table is what is expected of views: for each of them the values of columns,
// as text. The rows under EveryView hold for every view that has no such row.
type Table map[string]map[string]string

// EveryView is the key of the rows that hold for all views.
const EveryView = "every view"

// Expected reads a table. A line is a column and its value; lines that begin
// with "view" and "every view" say which view the following ones are of.
func Expected(t testing.TB, path string) Table {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table := Table{}
	var rows map[string]string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		key, value, both := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case line == EveryView || key == "view":
			id := strings.TrimPrefix(line, "view ")
			rows = map[string]string{}
			table[id] = rows
		case !both || rows == nil:
			t.Fatalf("%s: cannot read %q", path, line)
		default:
			rows[key] = value
		}
	}
	return table
}

// Meets compares a value with what is expected of it: the same text, or a
// number within a tolerance, as in "188 ±3".
func Meets(got, want string) bool {
	exact, tolerance, near := strings.Cut(want, " ±")
	if !near {
		return got == want
	}
	g, err1 := strconv.ParseFloat(got, 64)
	w, err2 := strconv.ParseFloat(exact, 64)
	d, err3 := strconv.ParseFloat(tolerance, 64)
	return err1 == nil && err2 == nil && err3 == nil && math.Abs(g-w) <= d
}
