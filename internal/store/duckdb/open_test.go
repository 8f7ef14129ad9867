package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/view"
)

// TestMain lets a test run this program again as another process that holds a
// file open.
func TestMain(m *testing.M) {
	if path := os.Getenv("PLAYHEAD_TEST_HOLD"); path != "" {
		os.Exit(hold(path))
	}
	os.Exit(m.Run())
}

func hold(path string) int {
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the test closes it
	_ = s.Close()
	return 0
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.duckdb")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	a := sample(1, "a")
	commit(t, s, view.Batch{Views: []*view.View{a}, Progress: view.Progress{Read: 7, Resume: 3}})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Progress(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("progress of a closed store = %v, want %v", err, errClosed)
	}
	if _, err := os.Stat(path + ".wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	s = open(t, path)
	check(t, "titles", titles(t, s), []string{"a"})
	check(t, "progress", progress(t, s), view.Progress{Read: 7, Resume: 3})
}

// TestOldFile opens files made by versions that knew fewer columns, or more.
func TestOldFile(t *testing.T) {
	files, err := filepath.Glob("testdata/schema-*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("recorded schemas: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "views.duckdb")
			execute(t, path, string(script))
			s := open(t, path)
			check(t, "progress", progress(t, s), view.Progress{Read: 12, Resume: 11})
			check(t, "old titles", titles(t, s), []string{"old"})
			commit(t, s, view.Batch{Views: []*view.View{sample(5, "new")}, Progress: view.Progress{Read: 13}})
			check(t, "titles", titles(t, s), []string{"old", "new"})

			checkBuckets(t, s)

			if got, err := watches(t.Context(), s, 0, -1); err != nil || len(got) > 0 {
				t.Errorf("activities = %v, %v; want none of views that were stored without", got, err)
			}

			complete := read(t, s.Completed(t.Context(), titleAlone, 0, 1000))
			saysComplete := map[string][]string{"schema-3.sql": {"old"}}[filepath.Base(file)]
			check(t, "views of which it is known by which record they were complete", complete, saysComplete)
			check(t, "views that ended", read(t, s.Ended(t.Context(), titleAlone, "e", 0, noon+10_000, 100)), []string{"old", "new"})

			check(t, "views of which it is known by which record they changed", read(t, s.Changed(t.Context(), "e", view.Cursor{}, 1000)), []string(nil))
			check(t, "exported views", read(t, s.Export(t.Context(), everything)), []string{"old", "new"})
			days, err := s.Days(t.Context(), 0, noon+10_000)
			check(t, "days", days, []view.Day{{Environment: "e", Day: noon - noon%dayMS, Views: 2}})
			if err != nil {
				t.Error(err)
			}

			country := catalog.MustColumn("country") // which the old version did not have
			p := &query.ListPlan{Scope: everything, Columns: []*catalog.Column{country}, Limit: 10}
			p.Where = []query.Condition{{Column: country, Texts: []string{""}}}
			r, err := s.List(t.Context(), p)
			if err != nil || r.Total != 2 {
				t.Errorf("views without a country = %v, %v, want 2", r, err)
			}
		})
	}
}

// TestUpgrade has a server go on with the file of a version that did not write down by
// which records views changed: who follows changes meets old views once they change.
func TestUpgrade(t *testing.T) {
	script, err := os.ReadFile("testdata/schema-3.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "views.duckdb")
	execute(t, path, string(script))
	s := open(t, path)
	city := catalog.MustColumn("city")
	var old *view.View
	for v, err := range s.Export(t.Context(), everything) {
		if err != nil {
			t.Fatal(err)
		}
		old = v
	}
	n, ok := old.Number(changedRecord)
	check(t, "city, and events", []any{old.Text(city), len(old.Events)}, []any{"Ulm", 0})
	if ok {
		t.Errorf("the old view changed by record %v, want that it does not say", n)
	}
	days := func() []view.Day {
		list, err := s.Days(t.Context(), 0, noon+dayMS)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := progress(t, s).Read
	day := view.Day{Environment: "e", Day: noon - noon%dayMS, Views: 1}
	check(t, "days", days(), []view.Day{day})
	check(t, "changed", read(t, s.Changed(t.Context(), "e", view.Cursor{}, before)), []string(nil))

	// It goes on, and another one comes.
	old.SetNumber(changedRecord, float64(before))
	old.SetText(titleAlone[0], "old again")
	commit(t, s, view.Batch{Views: []*view.View{old, changedBy(1, before+1, "new")}, Replaced: []view.ID{old.ID}, Progress: view.Progress{Read: before + 2}})
	day.Views, day.Changed = 2, before+1
	check(t, "days afterwards", days(), []view.Day{day})
	check(t, "changed afterwards", read(t, s.Changed(t.Context(), "e", view.Cursor{Record: before}, before+2)), []string{"old again", "new"})
}

// checkBuckets checks the buckets of all views in a file: those of old views are
// computed in SQL, those of new ones in Go.
func checkBuckets(t *testing.T, s *Store) {
	t.Helper()
	for _, c := range bucketed {
		text := "SELECT count(*), count(*) FILTER (WHERE " + sqlgen.BucketColumn(c) + " IS DISTINCT FROM " + sqlgen.BucketOf(c) + ") FROM views"
		var all, wrong int
		if err := s.db.pool.QueryRowContext(t.Context(), text).Scan(&all, &wrong); err != nil {
			t.Fatal(err)
		}
		if wrong > 0 || all == 0 {
			t.Errorf("%d of %d views have a wrong bucket of %s", wrong, all, c.Name)
		}
	}
}

// execute runs a script on a file without the store.
func execute(t testing.TB, path, script string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFile(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	execute(t, other, "CREATE TABLE views (id INTEGER, title VARCHAR)")
	typed := filepath.Join(dir, "typed")
	execute(t, typed, "CREATE TABLE views (id UUID, country INTEGER)")
	for _, tt := range []struct{ path, want string }{
		{text, "move it away"},
		{other, "no id of type UUID"},
		{typed, "column country of table views is a INTEGER: want VARCHAR"},
		{filepath.Join(dir, "no folder", "views"), "no folder"},
		{"", "want a file"},
		{"a?b", "characters"},
	} {
		s, err := Open(t.Context(), Config{Path: tt.path})
		if err == nil {
			s.Close()
			t.Errorf("open %s: no error", tt.path)
			continue
		}
		if text := err.Error(); !strings.Contains(text, tt.want) || !strings.Contains(text, tt.path) {
			t.Errorf("open %s = %q, want the path and %q", tt.path, text, tt.want)
		}
	}
}

// TestLockedFile opens a file that another process holds.
func TestLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.duckdb")
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), "PLAYHEAD_TEST_HOLD="+path)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	word := make([]byte, 4)
	if _, err := out.Read(word); err != nil || string(word) != "open" {
		t.Fatalf("the other process said %q, %v", word, err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err == nil {
		s.Close()
		t.Error("the file could be opened twice")
	} else if text := err.Error(); !strings.Contains(text, "in use by another process") || !strings.Contains(text, path) {
		t.Errorf("open = %q, want the path and that it is in use", text)
	}
	if err := errors.Join(in.Close(), other.Wait()); err != nil {
		t.Error(err)
	}
	open(t, path)
	if _, err := Open(t.Context(), Config{Path: path, Threads: 2}); err == nil || !strings.Contains(err.Error(), "in this process already") {
		t.Errorf("second open in one process = %v, want that it is open already", err)
	}
}

// TestNoExternalAccess checks that SQL cannot read other files.
func TestNoExternalAccess(t *testing.T) {
	s := openNew(t)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"SELECT * FROM '" + secret + "'", "COPY views TO '" + secret + "'", "ATTACH '" + secret + "2'", "INSTALL httpfs", "SET enable_external_access = true"} {
		if _, err := s.db.pool.Exec(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// A thread has 125 MB (131,072,000 bytes), and there is one in any case.
func TestThreads(t *testing.T) {
	for _, c := range []struct {
		cores int
		limit int64
		want  int
	}{
		{8, 0, 8},
		{8, 9_000_000_000, 8},
		{8, 400_000_000, 3},
		{2, 262_144_000, 2},
		{2, 262_143_999, 1},
		{2, 64_000_000, 1},
		{1, 1_000_000_000, 1},
	} {
		if got := threads(c.cores, c.limit); got != c.want {
			t.Errorf("%d cores, %d bytes: %d threads, want %d", c.cores, c.limit, got, c.want)
		}
	}
}
