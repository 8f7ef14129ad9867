package duckdb

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

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
// DuckDB refuses everything: a commit that met one fails, and everything else is
// done again.
func TestInvalidated(t *testing.T) {
	for step, wantFailed := range map[string]int{"commit": 1, "written": 1, "choose": 0, "aggregate": 0, "list": 0, "view": 0, "progress": 0} {
		t.Run(step, func(t *testing.T) {
			s := openNew(t)
			a := sample(1, "a")
			commit(t, s, view.Batch{Views: []*view.View{a}, Progress: view.Progress{Read: 1}})
			before := s.db

			met := false
			s.fail = func(at string) error {
				if at != step || met {
					return nil
				}
				met = true
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
			if failed != wantFailed || !met {
				t.Fatalf("%d operations failed, want %d; fault met: %v", failed, wantFailed, met)
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

// TestListIsOfOneMoment lists views while others come in: all of them are on the
// page, so that there have to be as many as the total says.
func TestListIsOfOneMoment(t *testing.T) {
	s := openNew(t)
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range 30 {
			if err := s.Commit(t.Context(), view.Batch{Views: []*view.View{sample(i, "x")}, Progress: view.Progress{Read: int64(i + 1)}}); err != nil {
				t.Error(err)
			}
		}
	})
	for total := 0; total < 30 && !t.Failed(); {
		r, err := s.List(t.Context(), &query.ListPlan{Scope: everything, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if total = r.Total; total != len(r.Views) {
			t.Errorf("a list of %d views has a total of %d", len(r.Views), total)
		}
	}
	writer.Wait()
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
