package meta

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func issued(environment, day string) ExportDay {
	return ExportDay{
		EnvironmentID: environment, Day: day, Issue: 1, Version: 17, MadeAt: noon, Views: 3, Changed: 41,
		Files: []ExportFile{{Name: environment + "/x.csv.gz", Format: "csv", Rows: 3, Bytes: 99, SHA256: "00ff"}},
	}
}

// TestExportDays: what one process writes another one reads, newest first, and a day
// that is issued again has its new content.
func TestExportDays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s, other := open(t, path, clock), open(t, path, clock)
	put := func(d ExportDay) {
		t.Helper()
		if err := s.PutExportDay(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	list := func(environment string) []ExportDay {
		t.Helper()
		days, err := other.ExportDaysOf(t.Context(), environment)
		if environment == "" {
			days, err = other.ExportDays(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return days
	}
	want := func(name string, got []ExportDay, want ...ExportDay) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	a1, a2, a3, b2 := issued("a", "2026-09-30"), issued("a", "2026-10-01"), issued("a", "2026-10-02"), issued("b", "2026-10-01")
	for _, d := range []ExportDay{a2, b2, a1, a3} {
		put(d)
	}
	want("all", list(""), a3, a2, b2, a1)
	want("those of one", list("a"), a3, a2, a1)
	want("of an unknown one", list("c"))

	a2.Issue, a2.Version, a2.MadeAt, a2.Views, a2.Changed, a2.Files = 2, 16, noon.Add(time.Hour), 4, 42, append(a2.Files, ExportFile{Name: "a/y.parquet", Format: "parquet", Rows: 4})
	put(a2)
	want("issued again", list("a"), a3, a2, a1)

	day := func(d int) time.Time { return time.Date(2026, 10, d, 0, 0, 0, 0, time.UTC) }
	zone := time.FixedZone("", -3*60*60) // in which the first of October ends at 3 in UTC
	if err := s.ForgetExportDays(t.Context(), "a", day(1).Add(-time.Millisecond).In(zone), day(2).Add(-time.Millisecond).In(zone)); err != nil {
		t.Fatal(err)
	}
	a1.Views, a2.Views = forgotten, forgotten
	want("forgotten", list(""), a3, a2, b2, a1)
	if !a1.Forgotten() || a3.Forgotten() {
		t.Error("what is forgotten does not say so")
	}
	for range 2 { // it is no error that there is none
		if err := s.RemoveExportDay(t.Context(), "a", "2026-10-01"); err != nil {
			t.Fatal(err)
		}
	}
	want("removed", list(""), a3, b2, a1)
}

func TestExportDaysAreBounded(t *testing.T) {
	s, _ := openNew(t)
	_, err := s.db.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO export_days (environment_id, day, issue, version, made_at, views, changed, files) SELECT 'a', CAST(i AS TEXT), 1, 17, 0, 0, 0, '[]' FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutExportDay(t.Context(), issued("a", "2026-10-01")); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "5000 days") {
		t.Errorf("got %v, want it refused as one too many", err)
	}
	for _, d := range []ExportDay{issued("a", "5000"), issued("b", "2026-10-01")} {
		if err := s.PutExportDay(t.Context(), d); err != nil {
			t.Errorf("%s of %s: %v", d.Day, d.EnvironmentID, err)
		}
	}
}

// TestSecret: a key stays, whoever asks for it, and no two are the same.
func TestSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s, other := open(t, path, clock), open(t, path, clock)
	var keys [][]byte
	for _, ask := range []struct {
		of   *Store
		name string
	}{{s, "a"}, {other, "a"}, {s, "b"}, {open(t, filepath.Join(t.TempDir(), "meta.db"), clock), "a"}} {
		key, err := ask.of.Secret(t.Context(), ask.name)
		if err != nil || len(key) != 32 {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		keys = append(keys, key)
	}
	if !bytes.Equal(keys[0], keys[1]) {
		t.Error("two processes have different keys of a name")
	}
	if bytes.Equal(keys[0], keys[2]) || bytes.Equal(keys[0], keys[3]) {
		t.Error("two names, or two servers, have the same key")
	}
}
