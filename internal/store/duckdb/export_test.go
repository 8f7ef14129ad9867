package duckdb

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// changedBy is a view that changed by a record; by -1 it is not known.
func changedBy(i int, record int64, title string) *view.View {
	v := sample(i, title)
	if record >= 0 {
		v.SetNumber(changedRecord, float64(record))
	}
	return v
}

// whole views are compared with all that is known of them.
func checkWhole(t testing.TB, got, want *view.View) {
	t.Helper()
	a, err := view.EncodeDocument(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := view.EncodeDocument(got)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "view", string(b), string(a))
}

// TestExport reads views with all columns, and without their events, also those of
// which there is no document.
func TestExport(t *testing.T) {
	s := openNew(t)
	s.cfg.TimelinesFrom = noon + 2000
	a, b, c, other := sample(1, "a"), sample(2, "b"), sample(3, "c"), sample(4, "other")
	other.SetText(environmentID, "f")
	c.SetNumber(catalog.MustColumn("view_end"), noon+1500) // as the first one
	commit(t, s, view.Batch{Views: []*view.View{b, c, other, a}})
	var got []*view.View
	for v, err := range s.Export(t.Context(), everything) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if len(got) != 3 {
		t.Fatalf("%d views, want 3", len(got))
	}
	a.SetText(catalog.MustColumn("viewer_user_agent"), "") // kept in the document alone, which it never had
	for i, want := range []*view.View{a, c, b} {
		want.Events = nil
		checkWhole(t, got[i], want)
	}
	if n, err := s.CountScope(t.Context(), everything); n != 3 || err != nil {
		t.Errorf("count = %d, %v, want 3", n, err)
	}
}

// TestExportScopes reads the views of drawn ends that a scope is about.
func TestExportScopes(t *testing.T) {
	s := openNew(t)
	var last []view.ID
	end := catalog.MustColumn("view_end")
	rapid.Check(t, func(rt *rapid.T) {
		s.together = rapid.Int64Range(1, 12).Draw(rt, "together")
		s.cfg.TimelinesFrom = noon + 1000*rapid.Int64Range(0, 40).Draw(rt, "timelines from")
		batch := view.Batch{Replaced: last}
		last = nil
		for i := range rapid.IntRange(0, 40).Draw(rt, "views") {
			v := sample(i, fmt.Sprint(i))
			v.SetNumber(end, float64(noon+1000*rapid.Int64Range(0, 30).Draw(rt, "end")))
			batch.Views, last = append(batch.Views, v), append(last, v.ID)
		}
		batch.Views = rapid.Permutation(batch.Views).Draw(rt, "order")
		commit(t, s, batch)
		from, before := noon+1000*rapid.Int64Range(0, 31).Draw(rt, "from"), noon+1000*rapid.Int64Range(0, 31).Draw(rt, "before")
		failed := 1.0
		scope := query.Scope{Environment: "e", Clock: catalog.ByEnd, From: from, To: before, Where: []query.Condition{{Column: catalog.MustColumn("playback_failure"), Numbers: []float64{failed}}}}
		meant := slices.DeleteFunc(slices.Clone(batch.Views), func(v *view.View) bool {
			n, _ := v.Number(scope.Where[0].Column)
			return n != failed
		})
		want := inOrder(meant, end, from, before)
		if got := read(t, s.Export(t.Context(), scope)); !slices.Equal(got, want) {
			rt.Fatalf("ended %d to %d: %v, want %v", from-noon, before-noon, got, want)
		}
		if n, err := s.CountScope(t.Context(), scope); n != int64(len(want)) || err != nil {
			rt.Fatalf("count = %d, %v, want %d", n, err, len(want))
		}
	})
}

// TestChanged reads views by the records by which they changed.
func TestChanged(t *testing.T) {
	s := openNew(t)
	other := changedBy(7, 8, "other")
	other.SetText(environmentID, "f")
	commit(t, s, view.Batch{Views: []*view.View{
		changedBy(5, 7, "b"), changedBy(1, 9, "d"), changedBy(4, 7, "a"), changedBy(2, 8, "c"), other,
		changedBy(6, -1, "not by a record"), changedBy(0, 0, "first"),
	}})
	b := sample(5, "").ID
	for _, test := range []struct {
		after  view.Cursor
		before int64
		want   []string
	}{
		{view.Cursor{}, 100, []string{"first", "a", "b", "c", "d"}},
		{view.Cursor{Record: 1}, 9, []string{"a", "b", "c"}},
		{view.Cursor{Record: 7, ID: sample(4, "").ID}, 100, []string{"b", "c", "d"}},
		{view.Cursor{Record: 7, ID: b}, 100, []string{"c", "d"}},
		{view.Cursor{Record: 7, ID: sample(1, "").ID}, 8, []string{"a", "b"}},
		{view.Cursor{Record: 9, ID: sample(1, "").ID}, 100, nil},
		{view.Cursor{Record: 7}, 7, nil},
	} {
		for _, together := range []int64{1, 2, 3, watchesTogether} {
			s.together = together
			got := read(t, s.Changed(t.Context(), "e", test.after, test.before))
			check(t, fmt.Sprintf("after %+v and before %d, %d together", test.after, test.before, together), got, test.want)
		}
	}
	for v, err := range s.Changed(t.Context(), "e", view.Cursor{Record: 7}, 8) {
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, v, changedBy(4, 7, "a"))
		break
	}
}

// TestChangedDrawn follows changes of drawn records from one place to the next, in readings
// that end anywhere.
func TestChangedDrawn(t *testing.T) {
	s := openNew(t)
	var last []view.ID
	rapid.Check(t, func(rt *rapid.T) {
		s.together = rapid.Int64Range(1, 12).Draw(rt, "together")
		s.cfg.TimelinesFrom = noon + 1000*rapid.Int64Range(0, 40).Draw(rt, "timelines from")
		batch := view.Batch{Replaced: last}
		last = nil
		for i := range rapid.IntRange(0, 40).Draw(rt, "views") {
			v := changedBy(i, rapid.Int64Range(-1, 8).Draw(rt, "record"), fmt.Sprint(i))
			batch.Views, last = append(batch.Views, v), append(last, v.ID)
		}
		batch.Views = rapid.Permutation(batch.Views).Draw(rt, "order")
		commit(t, s, batch)
		var got []string
		var at view.Cursor
		for _, before := range []int64{rapid.Int64Range(0, 9).Draw(rt, "before"), 9, 9} {
			most := rapid.IntRange(0, 40).Draw(rt, "most")
			for v, err := range s.Changed(t.Context(), "e", at, before) {
				if err != nil {
					rt.Fatal(err)
				}
				if most--; most < 0 && before < 9 {
					break
				}
				n, _ := v.Number(changedRecord)
				at = view.Cursor{Record: int64(n), ID: v.ID}
				if got = append(got, v.Text(titleAlone[0])); int64(n) >= before {
					rt.Fatalf("a view that changed by %v, before %d", n, before)
				}
			}
		}
		if want := inOrder(batch.Views, changedRecord, 0, 9); !slices.Equal(got, want) {
			rt.Fatalf("changed: %v, want %v", got, want)
		}
	})
}

// TestLargeDocuments reads views that are much larger than most: fewer at a time.
func TestLargeDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	const views = 250
	s := openNew(t)
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 150_000)
	batch := view.Batch{}
	for i := range views {
		for k := range noise {
			noise[k] = byte('0' + random.IntN(64))
		}
		v := changedBy(i, int64(i), fmt.Sprint(i))
		v.Events[0].Details["noise"] = string(noise)
		batch.Views = append(batch.Views, v)
	}
	commit(t, s, batch)
	reads := 0
	s.fail = func(step string) error {
		if step == "changed" {
			reads++
		}
		return nil
	}
	if got := len(read(t, s.Changed(t.Context(), "e", view.Cursor{}, views))); got != views {
		t.Errorf("%d views, want %d", got, views)
	}
	if reads < 4 { // of 100, and of 8 MB
		t.Errorf("they were read with %d statements, want several", reads)
	}
}

// TestChangedMeanwhile has views stored anew while others read: those are left to the
// next reading.
func TestChangedMeanwhile(t *testing.T) {
	s := openNew(t)
	s.together = 1
	commit(t, s, view.Batch{Views: []*view.View{changedBy(1, 1, "a"), changedBy(2, 2, "b"), changedBy(3, 3, "c")}})
	var got []string
	var last view.Cursor
	more := func(before int64) {
		for v, err := range s.Changed(t.Context(), "e", last, before) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, v.Text(titleAlone[0])); len(got) == 1 {
				again := changedBy(2, 4, "b again")
				commit(t, s, view.Batch{Views: []*view.View{again}, Replaced: []view.ID{again.ID}})
			}
			n, _ := v.Number(changedRecord)
			last = view.Cursor{Record: int64(n), ID: v.ID}
		}
	}
	more(4)
	more(5)
	check(t, "titles", got, []string{"a", "c", "b again"})
}

// TestDays counts views by the days of their ends.
func TestDays(t *testing.T) {
	s := openNew(t)
	const midnight = 1_780_012_800_000 // 2026-05-29 00:00 UTC
	at := func(i int, environment string, end, record int64) *view.View {
		v := changedBy(i, record, "")
		v.SetText(environmentID, environment)
		v.SetNumber(catalog.MustColumn("view_end"), float64(end))
		return v
	}
	commit(t, s, view.Batch{Views: []*view.View{
		at(1, "e", midnight-1, 9), at(2, "e", midnight, 4), at(3, "e", midnight+dayMS-1, 7), at(4, "e", midnight+dayMS, -1),
		at(5, "f", midnight+5, 0), at(6, "a", midnight+5, -1),
	}})
	all := []view.Day{
		{Environment: "a", Day: midnight, Views: 1},
		{Environment: "e", Day: midnight - dayMS, Views: 1, Changed: 9},
		{Environment: "e", Day: midnight, Views: 2, Changed: 7},
		{Environment: "e", Day: midnight + dayMS, Views: 1},
		{Environment: "f", Day: midnight, Views: 1},
	}
	for _, test := range []struct {
		from, before int64
		want         []view.Day
	}{
		{0, midnight + 2*dayMS, all},
		{midnight, midnight + dayMS, []view.Day{all[0], all[2], all[4]}},
		{midnight + 6, midnight + dayMS - 1, nil},
	} {
		got, err := s.Days(t.Context(), test.from, test.before)
		if err != nil {
			t.Fatal(err)
		}
		check(t, fmt.Sprint("days from ", test.from), got, test.want)
	}
}

// TestWholeViewsFail has each of the steps of reading fail, and the documents be damaged.
func TestWholeViewsFail(t *testing.T) {
	s := openNew(t)
	commit(t, s, view.Batch{Views: []*view.View{changedBy(1, 1, "a"), changedBy(2, 2, "b"), changedBy(60, 3, "c")}})
	s.together = 1
	all := func() map[string]iter.Seq2[*view.View, error] {
		return map[string]iter.Seq2[*view.View, error]{
			"export": s.Export(t.Context(), everything), "changed": s.Changed(t.Context(), "e", view.Cursor{}, 10),
		}
	}
	broken := errors.New("broken")
	for steps := range 4 {
		left := steps
		s.fail = func(string) error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}
		for what, views := range all() {
			left = steps
			got, err := untilError(views)
			if !errors.Is(err, broken) || got > steps {
				t.Errorf("%s, step %d fails: %v, after %d views", what, steps+1, err, got)
			}
		}
	}
	s.fail = func(string) error { return nil }
	if _, err := s.db.pool.ExecContext(t.Context(), "UPDATE timelines SET doc = 'damaged'"); err != nil {
		t.Fatal(err)
	}
	for what, views := range all() {
		if got, err := untilError(views); err == nil || got > 0 {
			t.Errorf("%s of damaged documents: %v after %d views, want an error", what, err, got)
		}
	}
}

// untilError takes views until there are no more, and returns how many there were
// and the error, which has to be the last.
func untilError(views iter.Seq2[*view.View, error]) (n int, last error) {
	for v, err := range views {
		switch {
		case last != nil:
			return n, fmt.Errorf("after an error it goes on: %w", last)
		case err == nil && v != nil:
			n++
		}
		last = err
	}
	return n, last
}
