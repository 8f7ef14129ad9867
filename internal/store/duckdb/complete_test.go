package duckdb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

var titleAlone = []*catalog.Column{catalog.MustColumn("video_title")}

// completeBy is a view that was complete by a record; by -1 it is not known.
func completeBy(i int, record int64, title string) *view.View {
	v := sample(i, title)
	if record >= 0 {
		v.SetNumber(completeRecord, float64(record))
	}
	return v
}

// read are the titles of views, in their order.
func read(t testing.TB, views iter.Seq2[*view.View, error]) (list []string) {
	t.Helper()
	for v, err := range views {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v.Text(titleAlone[0]))
	}
	return list
}

// TestCompleted reads views by the records by which they were complete. The ids of the
// samples ascend with the seconds of their starts.
func TestCompleted(t *testing.T) {
	s := openNew(t)
	commit(t, s, view.Batch{Views: []*view.View{
		completeBy(5, 7, "b"), completeBy(1, 9, "d"), completeBy(4, 7, "a"), completeBy(2, 8, "c"),
		completeBy(6, -1, "not by a record"), completeBy(0, 0, "first"),
	}})
	// It changes, and still is of the same record.
	again := completeBy(4, 7, "a again")
	commit(t, s, view.Batch{Views: []*view.View{again}, Replaced: []view.ID{again.ID}})
	for _, test := range []struct {
		from, before int64
		want         []string
	}{
		{0, 100, []string{"first", "a again", "b", "c", "d"}},
		{1, 9, []string{"a again", "b", "c"}},
		{7, 8, []string{"a again", "b"}},
		{8, 10, []string{"c", "d"}},
		{10, 100, nil},
		{8, 8, nil},
	} {
		for _, together := range []int64{1, 2, 3, watchesTogether} {
			s.together = together
			got := read(t, s.Completed(t.Context(), titleAlone, test.from, test.before))
			check(t, fmt.Sprintf("records %d to %d, %d together", test.from, test.before, together), got, test.want)
		}
	}
	s.together = 2
	for range s.Completed(t.Context(), titleAlone, 0, 100) {
		break // whoever has enough may go
	}
}

// TestCompletedColumns reads some columns, and leaves out what is not in the table.
func TestCompletedColumns(t *testing.T) {
	s := openNew(t)
	commit(t, s, view.Batch{Views: []*view.View{completeBy(3, 5, "a")}})
	start, agent := catalog.MustColumn("view_start"), catalog.MustColumn("viewer_user_agent")
	for v, err := range s.Completed(t.Context(), []*catalog.Column{start, agent}, 0, 6) {
		if err != nil {
			t.Fatal(err)
		}
		n, _ := v.Number(start)
		record, _ := v.Number(completeRecord)
		check(t, "id", v.ID, sample(3, "").ID)
		check(t, "start and record", []float64{n, record}, []float64{noon + 3000, 5})
		check(t, "texts", []string{v.Text(agent), v.Text(titleAlone[0])}, []string{"", ""})
	}
}

// TestEnded reads views by their ends, half a second after their starts.
func TestEnded(t *testing.T) {
	s := openNew(t)
	other := completeBy(3, 4, "other")
	other.SetText(environmentID, "f")
	commit(t, s, view.Batch{Views: []*view.View{
		completeBy(9, -1, "e"), completeBy(1, 6, "a"), other, completeBy(7200, 2, "later"),
		completeBy(2, 7, "b"), completeBy(5, 1, "d"), completeBy(4, -1, "c"),
	}})
	const end = noon + 500
	for _, test := range []struct {
		environment          string
		from, before, record int64
		want                 []string
	}{
		{"", 0, math.MaxInt64, 100, []string{"a", "b", "other", "c", "d", "e", "later"}},
		{"e", 0, math.MaxInt64, 7, []string{"a", "c", "d", "e", "later"}},
		{"f", 0, math.MaxInt64, 7, []string{"other"}},
		{"e", 0, math.MaxInt64, 0, []string{"c", "e"}},
		{"e", end + 2000, end + 5000, 8, []string{"b", "c"}},
		{"", end + 2001, end + 5001, 8, []string{"other", "c", "d"}},
		{"g", 0, math.MaxInt64, 100, nil},
	} {
		for _, together := range []int64{1, 3, watchesTogether} {
			s.together = together
			got := read(t, s.Ended(t.Context(), titleAlone, test.environment, test.from, test.before, test.record))
			check(t, fmt.Sprintf("%+v, %d together", test, together), got, test.want)
		}
	}
}

// TestReadingViewsFails has each of the steps of reading fail.
func TestReadingViewsFails(t *testing.T) {
	s := openNew(t)
	commit(t, s, view.Batch{Views: []*view.View{completeBy(1, 1, "a"), completeBy(2, 2, "b"), completeBy(60, 3, "c")}})
	s.together = 1
	broken := errors.New("broken")
	for steps := range 3 {
		left := steps
		s.fail = func(string) error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}
		for what, views := range map[string]iter.Seq2[*view.View, error]{
			"completed": s.Completed(t.Context(), titleAlone, 0, 10),
			"ended":     s.Ended(t.Context(), titleAlone, "", 0, math.MaxInt64, 10),
		} {
			left = steps
			var last error
			ends := 0
			for _, err := range views {
				if last = err; err != nil {
					ends++
				}
			}
			if !errors.Is(last, broken) || ends != 1 {
				t.Errorf("%s, step %d fails: %v, after %d errors; want that it is the last, once", what, steps+1, last, ends)
			}
		}
		left = steps
		var last error
		for _, last = range s.WatchesOf(t.Context(), "e", 0, math.MaxInt64) {
		}
		if steps < 2 && !errors.Is(last, broken) {
			t.Errorf("watches, step %d fails: %v; want that", steps+1, last)
		}
	}
}

// TestWatchesOf reads what viewers were doing in a time: views i begin i seconds
// after noon and end half a second later.
func TestWatchesOf(t *testing.T) {
	s := openNew(t)
	other := watchedSample(2)
	other.SetText(environmentID, "f")
	long := watchedSample(1)
	long.SetNumber(catalog.MustColumn("view_end"), noon+100_000)
	commit(t, s, view.Batch{Views: []*view.View{watchedSample(3), long, other, watchedSample(4), sample(5, "never asked for"), watchedSample(6)}})
	title := slices.IndexFunc(catalog.RealtimeDimensions, func(d catalog.RealtimeDimension) bool { return d.Name == "video_title" })
	for _, test := range []struct {
		environment  string
		from, before int64
		want         []string
	}{
		{"e", 0, math.MaxInt64, []string{"title 1", "title 6", "title 4", "title 3"}},
		{"f", 0, math.MaxInt64, []string{"title 2"}},
		{"e", noon + 3500, noon + 4000, []string{"title 1", "title 3"}},
		{"e", noon + 3501, noon + 4001, []string{"title 1", "title 4"}},
		{"e", 0, noon + 1000, nil},
		{"e", noon + 100_001, math.MaxInt64, nil},
	} {
		for _, together := range []int64{1, watchesTogether} {
			s.together = together
			var got []string
			for w, err := range s.WatchesOf(t.Context(), test.environment, test.from, test.before) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, w.Values[title])
			}
			check(t, fmt.Sprintf("%+v, %d together", test, together), got, test.want)
		}
	}
}

// TestManyComplete reads views of drawn records and ends, more than fit into one
// chunk: each comes once, in order.
func TestManyComplete(t *testing.T) {
	s := openNew(t)
	var last []view.ID
	rapid.Check(t, func(rt *rapid.T) {
		s.together = rapid.Int64Range(1, 12).Draw(rt, "together")
		batch := view.Batch{}
		for i := range rapid.IntRange(0, 40).Draw(rt, "views") {
			v := completeBy(i, rapid.Int64Range(-1, 6).Draw(rt, "record"), fmt.Sprint(i))
			v.SetNumber(catalog.MustColumn("view_end"), float64(noon+1000*rapid.Int64Range(0, 30).Draw(rt, "end")))
			batch.Views = append(batch.Views, v)
		}
		batch.Views = rapid.Permutation(batch.Views).Draw(rt, "order")
		batch.Replaced, last = last, nil
		for _, v := range batch.Views {
			last = append(last, v.ID)
		}
		commit(t, s, batch)
		from, before := rapid.Int64Range(0, 7).Draw(rt, "from"), rapid.Int64Range(0, 8).Draw(rt, "before")
		got := read(t, s.Completed(t.Context(), titleAlone, from, before))
		if want := inOrder(batch.Views, completeRecord, from, before); !slices.Equal(got, want) {
			rt.Fatalf("complete by %d to %d: %v, want %v", from, before, got, want)
		}
		end := catalog.MustColumn("view_end")
		got = read(t, s.Ended(t.Context(), titleAlone, "", noon+from*1000, noon+before*1000, math.MaxInt64))
		if want := inOrder(batch.Views, end, noon+from*1000, noon+before*1000); !slices.Equal(got, want) {
			rt.Fatalf("ended %d to %d s after noon: %v, want %v", from, before, got, want)
		}
	})
}

// inOrder are the titles of the views of which a column is in a range, in the
// order of it, then by id.
func inOrder(views []*view.View, c *catalog.Column, from, before int64) (list []string) {
	number := func(v *view.View) float64 { n, _ := v.Number(c); return n }
	views = slices.DeleteFunc(slices.Clone(views), func(v *view.View) bool {
		n, known := v.Number(c)
		return !known || n < float64(from) || n >= float64(before)
	})
	slices.SortFunc(views, func(a, b *view.View) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), bytes.Compare(a.ID[:], b.ID[:]))
	})
	for _, v := range views {
		list = append(list, v.Text(titleAlone[0]))
	}
	return list
}
