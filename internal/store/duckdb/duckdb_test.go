package duckdb

import (
	"fmt"
	"math"
	"path/filepath"
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
