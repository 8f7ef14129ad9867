package sdk

import (
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// exportList is what the client's method answers.
type exportList = harness.Envelope[[]struct {
	Date  string `json:"export_date"`
	Files []struct {
		Version            int
		Type, Path, SHA256 string
		Rows, Bytes        int64
	}
}]

// exported is what exports.mjs writes.
type exported struct {
	List      exportList
	Downloads []struct {
		Day, Format, Type, SHA256 string
		Status                    int
		Bytes                     int64
		Header, IDs               []string
	}
	Resumed struct {
		Statuses []int
		SHA256   string
	}
	Older    harness.Envelope[[]string]
	Refusals struct {
		Secret                     refusal
		Unsigned, Prolonged, Other int
	}
}

// TestExports lists the files of two days at least, made of a past that was
// written down, with the public client, and downloads each by its listed URL.
func TestExports(t *testing.T) {
	dir := t.TempDir()
	harness.StartIn(t, dir).Stop(t) // makes the environment
	past := exec.CommandContext(t.Context(), harness.Binary(t), "simulate", "--backfill", "4d", "--views", "400", "--data-dir", dir, "--env-key", harness.EnvKey)
	past.Env = harness.Environ()
	if out, err := past.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server := harness.StartIn(t, dir)
	due := daysOver(t, server)
	harness.Eventually(t, 30*time.Second, func() error {
		list, err := harness.Get[[]any](server, "/data/v1/exports/views", nil)
		if err == nil && len(list.Data) < due {
			err = fmt.Errorf("files of %d days; want %d", len(list.Data), due)
		}
		return err
	})
	got := decode[exported](t, node(t, "exports.mjs", settings(t, server, nil)))

	if days := got.List.Data; len(days) < 3 || got.List.TotalRowCount == nil || *got.List.TotalRowCount != int64(len(days)) || days[0].Date <= days[1].Date {
		t.Fatalf("the list is %+v; want days, newest first, and their number", got.List)
	}
	checkDownloads(t, server, got)
	csv := got.List.Data[0].Files[0]
	if csv.Type != "csv" || csv.Version != 17 || !strings.HasSuffix(strings.Split(csv.Path, "?")[0], "/exports/1/"+strings.ReplaceAll(got.List.Data[0].Date, "-", "_")+".csv.gz") {
		t.Errorf("the first file is %+v; want the CSV of version 17, property and day in its URL", csv)
	}
	if diff := cmp.Diff([]int{200, 206, 206, 200}, got.Resumed.Statuses); diff != "" || got.Resumed.SHA256 != csv.SHA256 {
		t.Errorf("a download that was cut off has %s, want %s; statuses (-want +got):\n%s", got.Resumed.SHA256, csv.SHA256, diff)
	}
	checkOlder(t, got)
	checkQuery(t, server)
	if r := got.Refusals; r.Secret.Status != 401 || r.Unsigned != 403 || r.Prolonged != 403 || r.Other != 403 {
		t.Errorf("refusals are %+v; want 401 without the secret, 403 without the URL's own signature", r)
	}
}

// checkDownloads compares each file with what is said of it, and its views with
// those that the API lists of the day.
func checkDownloads(t *testing.T, server *harness.Server, got exported) {
	n := 0
	for _, day := range got.List.Data {
		ids := viewsOf(t, server, day.Date)
		if len(ids) == 0 || len(day.Files) != 3 {
			t.Errorf("%s: %d views, %d files; want some, and 3", day.Date, len(ids), len(day.Files))
		}
		for _, f := range day.Files {
			d := got.Downloads[n]
			n++
			if d.Status != 200 || d.Bytes != f.Bytes || d.SHA256 != f.SHA256 || f.Rows != int64(len(ids)) {
				t.Errorf("%s %s: status %d, %d bytes, checksum %s; want 200, and as in the list: %+v, of %d views", day.Date, f.Type, d.Status, d.Bytes, d.SHA256, f, len(ids))
			}
			if f.Type != "csv" {
				continue
			}
			slices.Sort(d.IDs)
			if diff := cmp.Diff(ids, d.IDs); diff != "" {
				t.Errorf("%s: views (-want +got):\n%s", day.Date, diff)
			}
			if !slices.IsSorted(d.Header) || len(d.Header) < 150 || d.Type != "application/gzip" {
				t.Errorf("%s: a file of type %s with %d columns, %v; want those of version 17 in the order of their names", day.Date, d.Type, len(d.Header), d.Header)
			}
		}
	}
}

// daysOver counts the days of the past that have views and are over for so long
// that these are final.
func daysOver(t *testing.T, server *harness.Server) (n int) {
	t.Helper()
	for day := range 6 {
		begin := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -day)
		if time.Since(begin.Add(24*time.Hour)) > time.Hour+2*time.Minute && len(viewsOf(t, server, begin.Format(time.DateOnly))) > 0 {
			n++
		}
	}
	return n
}

// viewsOf are the ids of the views that ended in a day, as the API lists them.
func viewsOf(t *testing.T, server *harness.Server, day string) (ids []string) {
	t.Helper()
	from, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	for page := 1; ; page++ {
		list, err := harness.Get[[]harness.Row](server, "/data/v1/video-views", url.Values{
			"timeframe[]": {unix(from), unix(from.Add(24 * time.Hour))}, "limit": {"1000"}, "page": {strconv.Itoa(page)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Data) == 0 {
			slices.Sort(ids)
			return ids
		}
		for _, row := range list.Data {
			ids = append(ids, row.ID)
		}
	}
}

// checkQuery: an export on demand has the views that the list has with the same
// parameters, in the same order.
func checkQuery(t *testing.T, server *harness.Server) {
	now := time.Now()
	frame := []string{unix(now.Add(-50 * time.Hour)), unix(now.Add(-3 * time.Hour))}
	for _, q := range []url.Values{
		{},
		{"filters[]": {"browser:Chrome"}},
		{"filters[]": {"!browser:Chrome", "!cdn:skyhop"}, "metric_filters[]": {"video_startup_time>=700"}},
		{"error_id": {"any"}},
		{"viewer_id": {"nobody"}},
	} {
		q.Set("limit", "1000")
		q.Set("order_direction", "asc")
		q["timeframe[]"] = frame
		list, err := harness.Get[[]harness.Row](server, "/data/v1/video-views", q)
		if err != nil {
			t.Fatal(err)
		}
		q.Set("format", "ndjson")
		status, file, err := server.Ask("/data/v1/exports/query", q)
		if err != nil || status != 200 {
			t.Fatalf("%v: status %d, error %v: %s", q, status, err, file)
		}
		var want, ids []string
		for _, row := range list.Data {
			want = append(want, row.ID)
		}
		for line := range strings.Lines(string(file)) {
			ids = append(ids, decode[struct {
				ID string `json:"view_id"`
			}](t, []byte(line)).ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" || (len(want) == 0) != (q.Get("viewer_id") != "") {
			t.Errorf("%v: %d views (-want +got):\n%s", q, len(want), diff)
		}
	}
}

// checkOlder: the list of 2021 has the URLs of the CSV files, oldest first.
func checkOlder(t *testing.T, got exported) {
	var want, urls []string
	for _, day := range slices.Backward(got.List.Data) {
		want = append(want, strings.Split(day.Files[0].Path, "?")[0])
	}
	for _, u := range got.Older.Data {
		urls = append(urls, strings.Split(u, "?")[0])
	}
	if diff := cmp.Diff(want, urls); diff != "" {
		t.Errorf("the older list (-want +got):\n%s", diff)
	}
	if got.Older.TotalRowCount == nil || *got.Older.TotalRowCount != int64(len(want)) {
		t.Errorf("it has %v URLs; want %d", got.Older.TotalRowCount, len(want))
	}
}
