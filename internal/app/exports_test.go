package app

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export/daily"
	"playhead/internal/store/duckdb"
)

// viewsOfDays are the ids of all views of a folder by the day that they ended in, in
// the order of their ends; those of today are left out.
func viewsOfDays(t *testing.T, cfg Config) map[string][]string {
	t.Helper()
	s, err := duckdb.Open(t.Context(), cfg.views(cfg.DataDir+"/"+viewsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	days := map[string][]string{}
	err = s.Read(t.Context(), func(db *sql.DB) error {
		rows, err := db.QueryContext(t.Context(), "SELECT strftime(make_timestamp(view_end * 1000), '%Y-%m-%d'), id::VARCHAR FROM views ORDER BY view_end, id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var day, id string
			if err := rows.Scan(&day, &id); err != nil {
				return err
			}
			days[day] = append(days[day], id)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return days
}

// manifests waits until a folder has the manifests of days, of an issue, and reads them.
func manifests(t *testing.T, dir string, days []string, issue int) map[string]daily.Manifest {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		all := map[string]daily.Manifest{}
		for _, day := range days {
			found, err := filepath.Glob(filepath.Join(dir, "*", strings.ReplaceAll(day, "-", "_")+".json"))
			if err != nil || len(found) == 0 {
				continue
			}
			text, err := os.ReadFile(found[0])
			var m daily.Manifest
			if err != nil || json.Unmarshal(text, &m) != nil {
				t.Fatalf("manifest %s: %q, %v", found[0], text, err)
			}
			if m.Issue == issue {
				all[day] = m
			}
		}
		if len(all) == len(days) {
			return all
		}
		if time.Now().After(end) {
			t.Fatalf("there are manifests of %v, want %v", slices.Collect(maps.Keys(all)), days)
		}
	}
}

// published is a file that a manifest tells of, checked against it, and inflated.
func published(t *testing.T, dir string, m daily.Manifest, format string) []byte {
	t.Helper()
	for _, f := range m.Files {
		if f.Format != format {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(content)) != f.Bytes {
			t.Errorf("%s has %d bytes and the sum %x, the manifest says %+v", f.Name, len(content), sum, f)
		}
		if format == "parquet" {
			return content
		}
		z, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		content, err = io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	t.Fatalf("no %s in %+v", format, m)
	return nil
}

// TestFilesOfDays: a server has files of the days of its past soon after its start: each
// with the views that ended in it. One that was restored from its backup, which has no
// files, makes them anew, and they are the same.
func TestFilesOfDays(t *testing.T) {
	t.Parallel()
	cfg := pastConfig(t)
	cfg.ExportRetention = 7 * 24 * time.Hour
	now := time.Now()
	past := month(900)
	past.From = past.Until.Add(-3 * 24 * time.Hour)
	if _, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: past}); err != nil {
		t.Fatal(err)
	}
	want := viewsOfDays(t, cfg)
	for day := range want {
		if end, err := time.Parse(time.DateOnly, day); err != nil || now.Before(end.Add(25*time.Hour+2*time.Minute)) {
			delete(want, day) // it is not over, or not final
		}
	}
	if len(want) < 2 {
		t.Fatalf("the past has only the days %v", want)
	}
	days := slices.Sorted(maps.Keys(want))
	a := start(t, cfg)
	dir := a.path(exportsFolder)
	made := manifests(t, dir, days, 1)
	for day, m := range made {
		if len(m.Files) != 3 || m.Version != 17 || m.Property != 1 || m.Rows != int64(len(want[day])) {
			t.Errorf("%s: manifest %+v, want %d rows", day, m, len(want[day]))
		}
		rows, err := csv.NewReader(bytes.NewReader(published(t, dir, m, "csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		id := slices.Index(rows[0], "view_id")
		var got []string
		for _, row := range rows[1:] {
			got = append(got, row[id])
		}
		if diff := cmp.Diff(want[day], got); diff != "" {
			t.Errorf("%s: views in CSV (-want +got):\n%s", day, diff)
		}
		if n := bytes.Count(published(t, dir, m, "ndjson"), []byte("\n")); n != len(want[day]) {
			t.Errorf("%s: %d lines in NDJSON, want %d", day, n, len(want[day]))
		}
		if p := published(t, dir, m, "parquet"); !bytes.HasPrefix(p, []byte("PAR1")) || !bytes.HasSuffix(p, []byte("PAR1")) {
			t.Errorf("%s: Parquet has no magic", day)
		}
	}

	file := filepath.Join(t.TempDir(), "backup.tar")
	if _, err := FetchBackup(t.Context(), a.API(), "id:secret", file); err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), file, cfg.DataDir); err != nil {
		t.Fatal(err)
	}
	restored := start(t, cfg)
	for day, m := range manifests(t, restored.path(exportsFolder), days, 2) {
		if diff := cmp.Diff(made[day].Files, m.Files); diff != "" {
			t.Errorf("%s: files after a restore (-first +second):\n%s", day, diff)
		}
	}
}
