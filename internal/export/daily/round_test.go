package daily

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// TestIssue: a day is there as it was once it is over and final, each format with its
// rows, the manifest last.
func TestIssue(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 00:30")
	w.store.put("shop", 3, at(t, "3 23:59").Add(59*time.Second+999*time.Millisecond), "last")
	w.store.put("shop", 1, at(t, "3 00:00"), "first")
	w.store.put("shop", 2, at(t, "4 00:00"), "of the next day")
	w.store.put("news", 4, at(t, "3 10:00"), "of another one")
	w.store.put("unknown", 5, at(t, "3 10:00"), "of nobody")
	w.round(t)
	if len(to.files) != 0 {
		t.Errorf("before views are final there are %v", to.names())
	}
	w.now = at(t, "4 01:01")
	w.round(t)

	shop := map[string]string{
		"shop/2026_10_03.csv.gz":    "csv of version 17 for property 4\n1 first\n3 last\n2 rows\n",
		"shop/2026_10_03.parquet":   "parquet of version 17 for property 4\n1 first\n3 last\n2 rows\n",
		"shop/2026_10_03.ndjson.gz": "ndjson of version 17 for property 4\n1 first\n3 last\n2 rows\n",
	}
	for name, want := range shop {
		if got := to.files[name]; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if len(to.files) != 8 {
		t.Errorf("there are %v", to.names())
	}
	wantOrder := []string{
		"news/2026_10_03.csv.gz", "news/2026_10_03.parquet", "news/2026_10_03.ndjson.gz", "news/2026_10_03.json",
		"shop/2026_10_03.csv.gz", "shop/2026_10_03.parquet", "shop/2026_10_03.ndjson.gz", "shop/2026_10_03.json",
	}
	if diff := cmp.Diff(wantOrder, to.order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if got := to.types["shop/2026_10_03.json"]; got != "application/json" {
		t.Errorf("the manifest is %q", got)
	}
	if w.store.scans != 2 {
		t.Errorf("%d passes over the store for two days", w.store.scans)
	}

	file := func(f export.Format) meta.ExportFile {
		name := FileName("shop", "2026-10-03", f)
		sum := sha256.Sum256([]byte(shop[name]))
		return meta.ExportFile{Name: name, Format: string(f), Rows: 2, Bytes: int64(len(shop[name])), SHA256: hex.EncodeToString(sum[:])}
	}
	want := meta.ExportDay{
		EnvironmentID: "shop", Day: "2026-10-03", Issue: 1, Version: 17, MadeAt: w.now, Views: 2, Changed: 2,
		Files: []meta.ExportFile{file(export.CSV), file(export.Parquet), file(export.NDJSON)},
	}
	if diff := cmp.Diff(want, w.records.days[key{"shop", "2026-10-03"}]); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	var manifest Manifest
	if err := json.Unmarshal([]byte(to.files["shop/2026_10_03.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	wantManifest := Manifest{EnvironmentID: "shop", Property: 4, Day: "2026-10-03", Issue: 1, Version: 17, MadeAt: w.now, Rows: 2, Files: want.Files}
	if diff := cmp.Diff(wantManifest, manifest); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if left, err := os.ReadDir(w.staging); err != nil || len(left) > 0 {
		t.Errorf("staged still: %v, %v", left, err)
	}
	w.figures(t, `playhead_export_days{state="issued"} 2`, `playhead_export_days{state="unknown"} 1`, `playhead_export_days{state="waiting"} 0`, `playhead_export_issues_total{issue="first"} 2`,
		`playhead_export_rows_total 3`)
	w.round(t)
	w.figures(t, `playhead_export_days{state="issued"} 2`, `playhead_export_days{state="due"} 0`)
	if w.store.scans != 2 {
		t.Error("a day that is as it was issued was written again")
	}
}

// issue is the issue of the day that is there, by its manifest; 0 if there is none.
func (s *shelf) issue(t *testing.T, name string) int {
	t.Helper()
	var m Manifest
	if text := s.files[name]; text != "" {
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
	}
	return m.Issue
}

const third = "shop/2026_10_03.json"

// TestLateViews: late views have a day issued again, when they have come to rest; one that
// moves to another day leaves an empty one.
func TestLateViews(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "early")
	w.round(t)
	for _, step := range []struct {
		now   string
		title string // of a view that comes late
		issue int
	}{
		{"4 05:01", "late", 1}, // an hour after the last issue at the earliest
		{"4 06:00", "", 2},
		{"4 08:00", "later", 2}, // ten minutes after it was seen
		{"4 08:09", "", 2},
		{"4 08:09", "latest", 2},
		{"4 08:18", "", 2},
		{"4 08:19", "", 3},
		{"4 08:20", "", 3},
		{"4 20:00", "", 3},
	} {
		w.now = at(t, step.now)
		if step.title != "" {
			w.store.put("shop", 2, at(t, "3 13:00"), step.title)
		}
		w.round(t)
		if got := to.issue(t, third); got != step.issue {
			t.Errorf("%s: issue %d, want %d", step.now, got, step.issue)
		}
	}
	if want := "csv of version 17 for property 4\n1 early\n2 latest\n2 rows\n"; to.files["shop/2026_10_03.csv.gz"] != want {
		t.Errorf("got %q, want %q", to.files["shop/2026_10_03.csv.gz"], want)
	}
	w.store.put("shop", 1, at(t, "4 12:00"), "ended later")
	w.store.put("shop", 2, at(t, "4 12:00"), "ended later")
	w.round(t)
	w.now = w.now.Add(quietFor)
	w.round(t)
	if want := "csv of version 17 for property 4\n0 rows\n"; to.files["shop/2026_10_03.csv.gz"] != want {
		t.Errorf("got %q, want an empty day", to.files["shop/2026_10_03.csv.gz"])
	}
}

// TestChangesForHours: a day that changes all the time is issued again after six hours.
func TestChangesForHours(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "early")
	w.round(t)
	begun := w.now
	for to.issue(t, third) == 1 {
		w.now = w.now.Add(time.Minute)
		w.store.put("shop", 2, at(t, "3 13:00"), "late")
		w.round(t)
		if w.now.Sub(begun) > 10*time.Hour {
			t.Fatal("it is not issued again")
		}
	}
	if got := w.now.Sub(begun); got != 6*time.Hour+time.Minute {
		t.Errorf("it is issued again after %s", got)
	}
}

// TestWritingChanges: what changes while a day is written has it issued again.
func TestWritingChanges(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "early")
	w.store.during = func(int, *view.View) {
		w.store.during = nil
		w.store.put("shop", 2, at(t, "3 13:00"), "meanwhile")
	}
	w.round(t)
	w.now = at(t, "4 06:00")
	w.round(t)
	w.now = at(t, "4 06:10")
	w.round(t)
	if want := "csv of version 17 for property 4\n1 early\n2 meanwhile\n2 rows\n"; to.files["shop/2026_10_03.csv.gz"] != want {
		t.Errorf("got %q, want %q", to.files["shop/2026_10_03.csv.gz"], want)
	}
}

// TestRetention: files go a week after the end of their day, the manifest first, and then
// what the records say. With no retention all go.
func TestRetention(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "10 12:00")
	for n, end := range []string{"1 12:00", "2 23:59", "3 00:00", "9 12:00"} {
		w.store.put("shop", byte(n), at(t, end), "x")
	}
	w.round(t)
	if got := to.issue(t, third); got != 1 || len(to.files) != 8 {
		t.Errorf("there are %v", to.names())
	}
	to.files["shop/other"] = "of somebody else"
	w.now = at(t, "10 23:59")
	w.round(t)
	if len(to.files) != 9 {
		t.Errorf("a minute before there are %v", to.names())
	}
	w.now = at(t, "11 00:00")
	to.fails = errors.New("not now")
	w.round(t)
	if len(w.records.days) != 2 {
		t.Errorf("what could not be removed is forgotten: %v", w.records.days)
	}
	to.fails = nil
	w.now = at(t, "11 00:01")
	w.round(t)
	want := []string{"shop/2026_10_09.csv.gz", "shop/2026_10_09.json", "shop/2026_10_09.ndjson.gz", "shop/2026_10_09.parquet", "shop/other"}
	if diff := cmp.Diff(want, to.names()); diff != "" || len(w.records.days) != 1 {
		t.Errorf("%d records, and files (-want +got):\n%s", len(w.records.days), diff)
	}
	w.figures(t, "playhead_export_removed_days_total 1", `playhead_export_days{state="issued"} 1`)
	w.rules = Rules{}
	w.restart(t)
	w.round(t)
	if diff := cmp.Diff([]string{"shop/other"}, to.names()); diff != "" || len(w.records.days) != 0 {
		t.Errorf("without retention: %d records, and files (-want +got):\n%s", len(w.records.days), diff)
	}
}

// TestOtherSettings: other formats and columns have all days issued again, and files of
// formats that are no more go.
func TestOtherSettings(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.round(t)
	w.rules.Formats, w.rules.Version = []export.Format{export.Parquet}, 9
	w.restart(t)
	w.round(t)
	want := "parquet of version 9 for property 4\n1 x\n1 rows\n"
	if diff := cmp.Diff([]string{"shop/2026_10_03.json", "shop/2026_10_03.parquet"}, to.names()); diff != "" || to.files["shop/2026_10_03.parquet"] != want {
		t.Errorf("got %q, and files (-want +got):\n%s", to.files["shop/2026_10_03.parquet"], diff)
	}
}

// TestForgotten: a day that was forgotten is issued again although the store says that
// nothing changed.
func TestForgotten(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.round(t)
	day := w.records.days[key{"shop", "2026-10-03"}]
	day.Views = -1
	w.records.days[key{"shop", "2026-10-03"}] = day
	w.restart(t)
	w.round(t)
	w.round(t)
	if got := to.issue(t, third); got != 2 {
		t.Errorf("issue %d, want the second", got)
	}
}

// TestEventsGone: a day that changes after its events have begun to be deleted stays as it is,
// which is told once.
func TestEventsGone(t *testing.T) {
	to := newShelf()
	w := newWorld(t, to, "4 05:00")
	w.rules.Retention = 1000 * 24 * time.Hour
	w.restart(t)
	w.store.put("shop", 1, at(t, "3 12:00"), "x")
	w.round(t)
	w.now = at(t, "17 00:00")
	w.store.put("shop", 2, at(t, "3 12:00"), "y")
	for range 3 {
		w.round(t)
		w.now = w.now.Add(time.Hour)
	}
	w.figures(t, "playhead_export_skipped_total 1", `playhead_export_days{state="stale"} 1`)
	if n := strings.Count(w.log.String(), "its exports stay as they are"); n != 1 || to.issue(t, third) != 1 {
		t.Errorf("it is told %d times, issue %d", n, to.issue(t, third))
	}
}

// TestStagedTooLate: what became visible, and no record tells of, goes when its time is
// over.
// TestStagedThenForgotten: what was staged before an import is not published, although the
// store tells of as many views and of no change.
// TestStagedAndRecorded: who died after the records were told left nothing to publish.
// TestStagedIsDamaged: what is not as its plan says is written anew.
// TestChangeIsUndone: when a day is again as it was issued, the next change is a new one.
func TestChangeIsUndone(t *testing.T) {
	var m memory
	now := at(t, "4 05:00")
	issued := &meta.ExportDay{Views: 1, Changed: 1}
	for hour, views := range []int64{2, 1, 2} {
		m.watch(&facts{views: views, changed: 1, issued: issued}, now.Add(time.Duration(hour)*time.Hour))
	}
	if want := now.Add(2 * time.Hour); !m.change.first.Equal(want) {
		t.Errorf("it differs since %s, want %s", m.change.first, want)
	}
}
