package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// watchedSample is a view of environment e that began i seconds after noon, ended
// half a second later and was starting from then on.
func watchedSample(i int) *view.View {
	v := sample(i, fmt.Sprint("title ", i))
	v.SetText(activities, view.JoinList([]string{view.JoinParts(fmt.Sprint(noon+1000*i+500), "starting", "", "", "")}))
	v.SetNumber(catalog.MustColumn("watch_time"), 500)
	return v
}

// watches are the titles of the views that are read, in their order, up to the
// first error or a number of them.
func watches(ctx context.Context, s *Store, since int64, most int) (list []string, err error) {
	title := slices.IndexFunc(catalog.RealtimeDimensions, func(d catalog.RealtimeDimension) bool { return d.Name == "video_title" })
	for w, err := range s.Watches(ctx, since) {
		if err != nil {
			return list, err
		}
		if list = append(list, w.Values[title]); len(list) == most {
			break
		}
	}
	return list, nil
}

// TestWatches reads views of some hours, also from a moment on at which one ended.
func TestWatches(t *testing.T) {
	s := openNew(t)
	never, old := sample(7, "never asked for"), sample(8, "of an earlier version")
	old.SetNumber(catalog.MustColumn("watch_time"), 500)
	commit(t, s, view.Batch{Views: []*view.View{watchedSample(3), watchedSample(1), never, watchedSample(7200), old, watchedSample(2)}})
	for _, test := range []struct {
		since int64
		want  []string
	}{
		{0, []string{"title 7200", "title 3", "title 2", "title 1"}},
		{noon + 2500, []string{"title 7200", "title 3", "title 2"}},
		{noon + 2501, []string{"title 7200", "title 3"}},
		{noon + 1000*7200 + 501, nil},
	} {
		got, err := watches(t.Context(), s, test.since, -1)
		if err != nil {
			t.Fatal(err)
		}
		check(t, fmt.Sprint("views that ended from ", test.since, " on"), got, test.want)
	}
	some, err := watches(t.Context(), s, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the first two", some, []string{"title 7200", "title 3"})
	n, err := s.Unwatched(t.Context(), noon+8500)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "views of an earlier version", n, int64(1))
}

// TestWatch reads a view with all that is known of it.
func TestWatch(t *testing.T) {
	s := openNew(t)
	v := watchedSample(1)
	for name, text := range map[string]string{
		"asn_name": "Example Net", "cdn": "of the whole view", "country": "DE", "country_name": "Germany", "operating_system": "iOS",
		"player_name": "big", "region": "Bavaria", "stream_type": "live", "sub_property_id": "sub", "video_series": "series",
	} {
		v.SetText(catalog.MustColumn(name), text)
	}
	v.SetNumber(catalog.MustColumn("asn"), 3320)
	v.SetNumber(catalog.MustColumn("view_has_ad"), 1)
	plain := watchedSample(2)
	commit(t, s, view.Batch{Views: []*view.View{v, plain}})
	want := []view.Watch{plain.Watch(), v.Watch()} // what it tells of a view is tested where it is
	var got []view.Watch
	for w, err := range s.Watches(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, w)
	}
	check(t, "what is read", got, want)
}

// TestManyWatches reads views of which more end together than are read at a time.
// In the midst of it the file refuses everything, and is opened anew; something
// else fails, and is tried again. Each view comes once all the same.
func TestManyWatches(t *testing.T) {
	s := openNew(t)
	s.together = 2000
	const count = 6000
	missing := manyWatched(t, s, count)
	broken := errors.New("broken")
	failures := map[int]error{1: broken, 2: broken, 4: &duckdb.Error{Type: duckdb.ErrorTypeFatal, Msg: "no space left on device"}, 6: broken}
	reads, told := 0, 0
	s.fail = func(string) error {
		reads++
		return failures[reads]
	}
	for w, err := range s.Watches(t.Context(), 0) {
		if err != nil {
			told++
			if !errors.Is(err, broken) {
				t.Errorf("%v; want no error but %v", err, broken)
			}
			continue
		}
		if !missing[w.ID] {
			t.Fatalf("view %s is not one of those, or came before", w.ID)
		}
		delete(missing, w.ID)
	}
	check(t, "views that are missing", len(missing), 0)
	check(t, "errors that were told", told, 3)
}

// TestWatchesEnd ends the reading by its context, or because of an error.
func TestWatchesEnd(t *testing.T) {
	s := openNew(t)
	s.together = 2000
	const count = 4001
	manyWatched(t, s, count)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	views := 0
	var err error
	for _, err = range s.Watches(ctx, 0) {
		if err != nil {
			break
		}
		views++
		cancel()
	}
	if views == 0 || views == count || !errors.Is(err, context.Canceled) {
		t.Errorf("%d views, at last %v; want some, and that it was canceled", views, err)
	}
	broken := errors.New("broken")
	s.fail = func(string) error { return broken }
	if _, err := watches(t.Context(), s, 0, -1); !errors.Is(err, broken) {
		t.Errorf("read with an error = %v, want that", err)
	}
	if _, err := s.Unwatched(t.Context(), 0); !errors.Is(err, broken) {
		t.Errorf("count with an error = %v, want that", err)
	}
}

// TestWatchesEndWithinARead ends the reading while views are read, sooner and later in it:
// whoever has been told of the error, and ends, is given nothing more.
func TestWatchesEndWithinARead(t *testing.T) {
	s := openNew(t)
	manyWatched(t, s, 6000)
	for delay := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		s.fail = func(step string) error {
			if step == "watches" {
				time.AfterFunc(time.Duration(delay)*500*time.Microsecond, cancel)
			}
			return nil
		}
		for _, err := range s.Watches(ctx, 0) { // which panics when it goes on after the end
			if err != nil {
				break
			}
		}
		cancel()
	}
}

// manyWatched stores views of which 1500 end at once each minute.
func manyWatched(t *testing.T, s *Store, count int) map[view.ID]bool {
	t.Helper()
	var batch view.Batch
	ids := map[view.ID]bool{}
	for i := range count {
		v := watchedSample(60 * (i / 1500))
		v.ID = view.NewID(noon, "e", fmt.Sprint(i))
		ids[v.ID] = true
		batch.Views = append(batch.Views, v)
	}
	commit(t, s, batch)
	return ids
}
