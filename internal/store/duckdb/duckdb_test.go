package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// noon is the time of the views of these tests, in ms since 1970.
const noon = 1_780_000_000_000

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

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: path, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openNew opens a new file, in a folder of a name that needs care.
func openNew(t testing.TB) *Store {
	return open(t, filepath.Join(t.TempDir(), "O'Neil & views.duckdb"))
}

// sample is a view of environment e that began i seconds after noon, titled so.
func sample(i int, title string) *view.View {
	at := int64(noon + 1000*i)
	v := view.New(view.NewID(at, "e", fmt.Sprint("v", i)))
	v.SetText(catalog.MustColumn("environment_id"), "e")
	v.SetText(catalog.MustColumn("view_id"), fmt.Sprint("v", i))
	v.SetText(catalog.MustColumn("video_title"), title)
	v.SetText(catalog.MustColumn("viewer_user_agent"), "only shown")
	v.SetNumber(catalog.MustColumn("view_start"), float64(at))
	v.SetNumber(catalog.MustColumn("view_end"), float64(at+500))
	v.SetNumber(catalog.MustColumn("playback_failure"), float64(i%2))
	v.SetNumber(catalog.MustColumn("video_startup_time"), float64(100*i))
	v.Events = []view.TimelineEvent{{Seq: 1, Name: "viewstart", ViewerTime: at, EventTime: at, Details: map[string]any{}}}
	return v
}

func commit(t testing.TB, s *Store, b view.Batch) {
	t.Helper()
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// titles lists the titles of all views, oldest first.
func titles(t testing.TB, s *Store) []string {
	t.Helper()
	title := catalog.MustColumn("video_title")
	r, err := s.List(t.Context(), &query.ListPlan{Scope: everything, Columns: []*catalog.Column{title}, Ascending: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, v := range r.Views {
		list = append(list, v.Text(title))
	}
	if r.Total != len(list) {
		t.Errorf("total of the list = %d, want %d", r.Total, len(list))
	}
	return list
}

var everything = query.Scope{Environment: "e", Clock: catalog.ByEnd, From: 0, To: math.MaxInt64}

func check(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func progress(t testing.TB, s *Store) view.Progress {
	t.Helper()
	p, err := s.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCommit(t *testing.T) {
	s := openNew(t)
	check(t, "progress of a new file", progress(t, s), view.Progress{})

	a, b := sample(1, "a"), sample(2, "b")
	commit(t, s, view.Batch{Views: []*view.View{a, b}, Progress: view.Progress{Read: 10, Resume: 4}})
	check(t, "titles", titles(t, s), []string{"a", "b"})

	b2, c := sample(2, "b2"), sample(3, "c")
	second := view.Batch{Views: []*view.View{b2, c}, Replaced: []view.ID{b2.ID}, Progress: view.Progress{Read: 20, Resume: 5}}
	commit(t, s, second)
	check(t, "titles after the second batch", titles(t, s), []string{"a", "b2", "c"})
	check(t, "progress", progress(t, s), view.Progress{Read: 20, Resume: 5})

	second.Replaced = []view.ID{b2.ID, c.ID}
	commit(t, s, second)
	check(t, "titles after the second batch again", titles(t, s), []string{"a", "b2", "c"})

	commit(t, s, view.Batch{Progress: view.Progress{Read: 30, Resume: 30}})
	check(t, "progress of a batch without views", progress(t, s), view.Progress{Read: 30, Resume: 30})
}

// TestCommitIsAtomic injects errors between the parts of a commit: neither
// views nor timelines nor progress may show any of it.
func TestCommitIsAtomic(t *testing.T) {
	for _, step := range []string{"commit", "deleted", "appended", "written"} {
		t.Run(step, func(t *testing.T) {
			s := openNew(t)
			old := sample(1, "old")
			commit(t, s, view.Batch{Views: []*view.View{old}, Progress: view.Progress{Read: 1}})

			boom := errors.New("boom")
			s.fail = func(at string) error {
				if at == step {
					return boom
				}
				return nil
			}
			batch := view.Batch{Views: []*view.View{sample(1, "new"), sample(2, "more")}, Replaced: []view.ID{old.ID}, Progress: view.Progress{Read: 2}}
			if err := s.Commit(t.Context(), batch); !errors.Is(err, boom) {
				t.Fatalf("commit = %v, want the injected error", err)
			}
			s.fail = func(string) error { return nil }
			check(t, "titles", titles(t, s), []string{"old"})
			check(t, "progress", progress(t, s), view.Progress{Read: 1})
			v, err := s.View(t.Context(), "e", old.ID)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "title in the timeline", v.Text(catalog.MustColumn("video_title")), "old")

			commit(t, s, batch)
			check(t, "titles after another try", titles(t, s), []string{"new", "more"})
		})
	}
}

// TestInvalidated checks that the store gets over the errors after which
// DuckDB refuses everything: only the operation that met one fails.
func TestInvalidated(t *testing.T) {
	for _, step := range []string{"commit", "written", "aggregate", "list", "view", "progress"} {
		t.Run(step, func(t *testing.T) {
			s := openNew(t)
			a := sample(1, "a")
			commit(t, s, view.Batch{Views: []*view.View{a}, Progress: view.Progress{Read: 1}})
			before := s.db

			s.fail = func(at string) error {
				if at != step {
					return nil
				}
				return errors.New("FATAL Error: Failed: database has been invalidated because of a previous fatal error")
			}
			_, errAggregate := s.Aggregate(t.Context(), &query.Plan{Scope: everything, Values: []expr.Node{expr.MustParse("count()")}})
			_, errList := s.List(t.Context(), &query.ListPlan{Scope: everything})
			_, errView := s.View(t.Context(), "e", a.ID)
			_, errProgress := s.Progress(t.Context())
			errCommit := s.Commit(t.Context(), view.Batch{Views: []*view.View{sample(2, "b")}, Progress: view.Progress{Read: 2}})
			failed := 0
			for _, err := range []error{errAggregate, errList, errView, errProgress, errCommit} {
				if err != nil {
					failed++
				}
			}
			if failed != 1 {
				t.Fatalf("%d operations failed, want 1", failed)
			}
			if s.db == before {
				t.Error("the file was not opened anew")
			}

			s.fail = func(string) error { return nil }
			want := []string{"a", "b"}
			if errCommit != nil {
				want = want[:1]
			}
			check(t, "titles", titles(t, s), want)
			check(t, "progress", progress(t, s), view.Progress{Read: int64(len(want))})
		})
	}
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

func TestView(t *testing.T) {
	s := openNew(t)
	a := sample(1, "a")
	commit(t, s, view.Batch{Views: []*view.View{a}})
	got, err := s.View(t.Context(), "e", a.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalog.Columns {
		if c.IsText() {
			check(t, c.Name, got.Text(c), a.Text(c))
			continue
		}
		x, okX := a.Number(c)
		y, okY := got.Number(c)
		if okX != okY || okX && x != y {
			t.Errorf("%s = %v %v, want %v %v", c.Name, y, okY, x, okX)
		}
	}
	check(t, "events", got.Events, a.Events)

	for _, environment := range []string{"other", ""} {
		if _, err := s.View(t.Context(), environment, a.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("view asked for by environment %q = %v, want not found", environment, err)
		}
	}
	if _, err := s.View(t.Context(), "e", sample(2, "").ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("view that is not there = %v, want not found", err)
	}
}

// TestStrangeText checks that no text makes a commit fail.
func TestStrangeText(t *testing.T) {
	s := openNew(t)
	var batch view.Batch
	texts := []string{"\xff\xfe broken", "a\x00b", strings.Repeat("long ", 10000), "'; DROP TABLE views; --", "🎬"}
	for i, text := range texts {
		batch.Views = append(batch.Views, sample(i, text))
	}
	batch.Views[0].SetNumber(catalog.MustColumn("watch_time"), 1e300)
	commit(t, s, batch)
	texts[0] = "\uFFFD broken"
	check(t, "titles", titles(t, s), texts)
	for _, text := range batch.Views {
		p := &query.ListPlan{Scope: everything, Limit: 10}
		title := catalog.MustColumn("video_title")
		p.Where = []query.Condition{{Column: title, Texts: []string{text.Text(title)}}}
		r, err := s.List(t.Context(), p)
		if err != nil || len(r.Views) != 1 {
			t.Errorf("list by title %.20q = %v, %v, want one view", text.Text(title), r, err)
		}
	}
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

func TestFreeSpaceFloor(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "views.duckdb"), FreeSpaceFloor: math.MaxInt64})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Commit(t.Context(), view.Batch{Progress: view.Progress{Read: 1}}); !errors.Is(err, ErrDiskLow) {
		t.Errorf("commit below the floor = %v, want %v", err, ErrDiskLow)
	}
	check(t, "progress", progress(t, s), view.Progress{})
}

// TestBusy checks that a heavy query gives up waiting for another one.
func TestBusy(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "views.duckdb"), HeavyWait: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := &query.Plan{Scope: everything}
	for range heavyValues + 1 {
		p.Values = append(p.Values, expr.MustParse("quantile(video_startup_time, 0.5)"))
	}
	done, err := s.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Aggregate(t.Context(), p); fault.CodeOf(err) != fault.Busy {
		t.Errorf("second heavy query = %v, want busy", err)
	}
	light := *p
	light.Values = p.Values[:1]
	if _, err := s.Aggregate(t.Context(), &light); err != nil {
		t.Errorf("light query = %v", err)
	}
	done()
	if _, err := s.Aggregate(t.Context(), p); err != nil {
		t.Errorf("heavy query after the other one = %v", err)
	}
}

func TestRetention(t *testing.T) {
	s := openNew(t)
	var batch view.Batch
	for i := range 10 {
		batch.Views = append(batch.Views, sample(i, fmt.Sprint(i)))
	}
	commit(t, s, batch)
	at := func(i int) int64 { return noon + 1000*int64(i) }

	n, err := s.DeleteTimelines(t.Context(), at(4))
	if err != nil || n != 4 {
		t.Fatalf("deleted %d timelines, %v, want 4", n, err)
	}
	for i, v := range batch.Views {
		got, err := s.View(t.Context(), "e", v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if events := len(got.Events); events > 0 != (i >= 4) {
			t.Errorf("view %d has %d events", i, events)
		}
		check(t, "title", got.Text(catalog.MustColumn("video_title")), fmt.Sprint(i))
	}

	// A reader that began before does not get in the way.
	tx, err := s.db.pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	var count int
	if err := tx.QueryRow("SELECT count(*) FROM views").Scan(&count); err != nil || count != 10 {
		t.Fatalf("%d views, %v", count, err)
	}

	// A view ends half a second after it began.
	if n, err = s.DeleteViews(t.Context(), at(6)+500); err != nil || n != 6 {
		t.Fatalf("deleted %d views, %v, want 6", n, err)
	}
	check(t, "titles", titles(t, s), []string{"6", "7", "8", "9"})
	if _, err := s.View(t.Context(), "e", batch.Views[5].ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("deleted view = %v, want not found", err)
	}
	if n, err = s.DeleteViews(t.Context(), at(6)+500); err != nil || n != 0 {
		t.Errorf("deleted %d views again, %v, want none", n, err)
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
