package meta

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// TestAnnotations: two processes see each other's annotations at once, as they
// are read from the file.
func TestAnnotations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s, other := open(t, path, clock), open(t, path, clock)
	e := createEnvironment(t, s, "shop", "k").ID
	day := func(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }
	create := func(a Annotation) Annotation {
		t.Helper()
		made, err := s.CreateAnnotation(t.Context(), e, a)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	third := create(Annotation{Date: day(3).Add(999 * time.Millisecond), Note: "third"})
	first := create(Annotation{Date: day(1), Note: "first", SubPropertyID: "sub"})
	second := create(Annotation{Date: day(2), Note: strings.Repeat("é", 10_000)})
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(first.ID) {
		t.Errorf("%q is no UUID of version 4", first.ID)
	}
	if !third.Date.Equal(day(3)) {
		t.Errorf("the third is of %v, want whole seconds", third.Date)
	}
	for _, tt := range []struct {
		name string
		page AnnotationPage
		want AnnotationList
	}{
		{"all", AnnotationPage{Limit: 9}, AnnotationList{[]Annotation{first, second, third}, 3, day(1), day(3)}},
		{"last page", AnnotationPage{Limit: 2, Offset: 2}, AnnotationList{[]Annotation{third}, 3, day(1), day(3)}},
		{"past the end", AnnotationPage{Limit: 2, Offset: 4}, AnnotationList{nil, 3, day(1), day(3)}},
		{"descending", AnnotationPage{Limit: 2, Descending: true}, AnnotationList{[]Annotation{third, second}, 3, day(1), day(3)}},
		{"timeframe", AnnotationPage{From: day(2), To: day(3), Limit: 9}, AnnotationList{[]Annotation{second}, 1, day(2), day(2)}},
		{"nothing", AnnotationPage{From: day(4), To: day(5), Limit: 9}, AnnotationList{}},
	} {
		got, err := other.Annotations(t.Context(), e, tt.page)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}

	date, empty := day(9), ""
	changed, err := other.ChangeAnnotation(t.Context(), e, first.ID, AnnotationChange{Date: &date, SubPropertyID: &empty})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Annotation{ID: first.ID, Date: day(9), Note: "first"}, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if got, err := s.Annotation(t.Context(), e, first.ID); err != nil || !cmp.Equal(changed, got) {
		t.Errorf("read again: %+v, %v", got, err)
	}
	if err := other.RemoveAnnotation(t.Context(), e, first.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Annotation(t.Context(), e, first.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("after the removal: %v, want not found", err)
	}
}

func TestAnnotationsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	_, err := s.db.ExecContext(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		INSERT INTO annotations (id, environment_id, date, note, sub_property_id) SELECT CAST(i AS TEXT), $1, i, 'x', '' FROM n`, e)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.CreateAnnotation(t.Context(), e, Annotation{Date: noon, Note: "a"})
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "100000 annotations") {
		t.Errorf("got %v, want it refused as one too many", err)
	}
	list, err := s.Annotations(t.Context(), e, AnnotationPage{Limit: 1, Descending: true})
	if err != nil || list.Total != 100_000 || list.Annotations[0].ID != "100000" {
		t.Errorf("got %d, %v, %v", list.Total, list.Annotations, err)
	}
}
