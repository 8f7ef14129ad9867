package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
	"playhead/internal/view"
)

// testList checks the order of a list and what its views hold.
func testList(t *testing.T, s Store) {
	commit(t, s,
		Fields{"view_start": epoch + 900, "view_end": epoch + 10, "country": "US", "video_title": "x", "asn": 9007199254740991, "seek_latency": 0.1, "playback_failure": false, "video_cdn_trace": []string{"a", "b"}},
		Fields{"view_start": epoch + 100, "view_end": epoch + 30},
		Fields{"view_start": epoch + 200, "view_end": epoch + 20},
		Fields{"view_start": epoch + 300, "view_end": epoch + 20},
	)
	// The third comes in again after the fourth, and still stands before it.
	commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 3, Fields{"view_start": epoch + 200, "view_end": epoch + 20})}, Replaced: []view.ID{id(3)}})
	for _, law := range []struct {
		law       string
		ascending bool
		clock     catalog.Clock
		want      []int
	}{
		{"newest end first, then by id", false, catalog.ByEnd, []int{2, 3, 4, 1}},
		{"oldest end first, then by id", true, catalog.ByEnd, []int{1, 3, 4, 2}},
		{"by end also when starts are in the timeframe", false, catalog.ByStart, []int{2, 3, 4, 1}},
	} {
		t.Run(law.law, func(t *testing.T) {
			p := &query.ListPlan{Scope: around(), Ascending: law.ascending, Limit: 10}
			p.Clock = law.clock
			if diff := cmp.Diff(law.want, listedNumbers(t, s, p)); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("views have the columns asked for and no others", func(t *testing.T) {
		p := &query.ListPlan{Scope: around(), Ascending: true, Limit: 2}
		for _, name := range []string{"video_cdn_trace", "view_start", "asn", "country", "seek_latency", "playback_failure", "live_stream_latency"} {
			p.Columns = append(p.Columns, column(name))
		}
		views := list(t, s, p).Views
		if len(views) != 2 {
			t.Fatalf("%d views, want 2", len(views))
		}
		want := map[string]any{
			"video_cdn_trace": view.JoinList([]string{"a", "b"}), "view_start": epoch + 900.0, "asn": 9007199254740991.0,
			"country": "US", "seek_latency": 0.1, "playback_failure": 0.0,
		}
		if diff := cmp.Diff(want, contents(views[0])); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]any{"view_start": epoch + 200.0}, contents(views[1])); diff != "" {
			t.Errorf("columns of a view of which little is known (-want +got):\n%s", diff)
		}
	})
	t.Run("every column of the plans of package query", func(t *testing.T) {
		r := query.Request{Environment: environment, Timeframe: []string{fmt.Sprint(epoch / 1000), fmt.Sprint(epoch/1000 + 1)}}
		p, err := query.Views(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := list(t, s, p.Plan).Total; got != 4 {
			t.Errorf("total = %d, want 4", got)
		}
	})
}

// full is a view of which everything is known.
func full(t *testing.T, n int) *view.View {
	v := made(t, n, nil)
	for i, c := range catalog.Columns {
		switch c.Kind {
		case catalog.Text:
			v.SetText(c, fmt.Sprintf("%s '%d' 日本\n", c.Name, n))
		case catalog.List:
			v.SetText(c, view.JoinList([]string{c.Name, "b"}))
		case catalog.Bool:
			v.SetNumber(c, float64(i%2))
		case catalog.Int:
			v.SetNumber(c, float64(1000+i))
		case catalog.Float:
			v.SetNumber(c, 0.1+float64(i))
		case catalog.Time:
			v.SetNumber(c, float64(epoch+i))
		}
	}
	v.SetText(column("environment_id"), environment)
	v.Events = []view.TimelineEvent{
		{Seq: 1, Name: "viewstart", ViewerTime: epoch, EventTime: epoch + 5, Details: map[string]any{}},
		{
			Seq: 3, Name: "error", ViewerTime: epoch + 10, PlaybackTime: 1234, EventTime: epoch + 20,
			Details: map[string]any{"player_error_code": "4'", "fatal": true, "share": 0.25},
		},
	}
	return v
}

// testView checks the retrieval of single views.
func testView(t *testing.T, s Store) {
	want := full(t, 1)
	commitBatch(t, s, view.Batch{Views: []*view.View{want, made(t, 2, nil)}})
	t.Run("has all columns and events", func(t *testing.T) {
		got, err := s.View(t.Context(), environment, id(1))
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != id(1) {
			t.Errorf("id = %s, want %s", got.ID, id(1))
		}
		if diff := cmp.Diff(contents(want), contents(got)); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want.Events, got.Events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
	t.Run("nulls stay null", func(t *testing.T) {
		got, err := s.View(t.Context(), environment, id(2))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contents(made(t, 2, nil)), contents(got)); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if len(got.Events) != 0 {
			t.Errorf("%d events, want none", len(got.Events))
		}
	})
	t.Run("of another environment is not found", func(t *testing.T) { notFound(t, s, "other", id(1)) })
	t.Run("of an unknown id is not found", func(t *testing.T) { notFound(t, s, environment, id(3)) })
}

func notFound(t *testing.T, s Store, environment string, id view.ID) {
	t.Helper()
	v, err := s.View(t.Context(), environment, id)
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("View = %v, %v; want an error with code %s", v, err, fault.NotFound)
	}
}

// testCommit checks batches: progress, replacement and atomicity.
func testCommit(t *testing.T, open func(*testing.T) Store) {
	t.Run("an empty store has no progress", func(t *testing.T) { wantProgress(t, open(t), view.Progress{}) })
	t.Run("progress is that of the last batch", func(t *testing.T) {
		s := open(t)
		for _, p := range []view.Progress{{Read: 1 << 40, Resume: 5, Rules: `[{"a": 'b'}]`}, {Read: 1<<40 + 7, Resume: 1 << 39}} {
			commitBatch(t, s, view.Batch{Progress: p, Views: []*view.View{made(t, int(p.Resume), nil)}})
			wantProgress(t, s, p)
		}
	})
	t.Run("a batch without views still has progress", func(t *testing.T) {
		s := open(t)
		commitBatch(t, s, view.Batch{Progress: view.Progress{Read: 9, Resume: 8}})
		wantProgress(t, s, view.Progress{Read: 9, Resume: 8})
	})
	t.Run("a later version replaces a view everywhere", func(t *testing.T) {
		s := open(t)
		old := full(t, 1)
		commitBatch(t, s, view.Batch{Views: []*view.View{old, made(t, 2, Fields{"watch_time": 1})}})
		later := made(t, 1, Fields{"watch_time": 70, "view_start": epoch - 40*86_400_000, "view_end": epoch + 60_000}) // a late event moved its start to another month
		later.Events = []view.TimelineEvent{{Seq: 9, Name: "viewend", Details: map[string]any{}}}
		commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 3, nil), later}, Replaced: []view.ID{id(1)}})

		check(t, s, &query.Plan{Scope: around(), Values: values("count()", "sum(watch_time)", "count(asn)")}, 1, query.Row{Values: []float64{3, 71, 0}})
		p := &query.ListPlan{Scope: around(), Limit: 10, Columns: []*catalog.Column{column("view_end")}}
		if diff := cmp.Diff([]int{1, 2, 3}, listedNumbers(t, s, p)); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
		got, err := s.View(t.Context(), environment, id(1))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contents(later), contents(got)); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(later.Events, got.Events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
	t.Run("a later version moves a view to another time", func(t *testing.T) {
		s := open(t)
		commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 1, nil), made(t, 2, nil)}})
		commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 1, Fields{"view_end": epoch + 600_000})}, Replaced: []view.ID{id(1)}})
		early, late := around(), around()
		early.To, late.From = epoch+1, epoch+1
		for n, scope := range map[int]query.Scope{2: early, 1: late} {
			if diff := cmp.Diff([]int{n}, listedNumbers(t, s, &query.ListPlan{Scope: scope, Limit: 10})); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			check(t, s, &query.Plan{Scope: scope, Values: values("count()")}, 1, query.Row{Values: []float64{1}})
		}
	})
	t.Run("the same batch twice changes nothing", func(t *testing.T) {
		s := open(t)
		b := view.Batch{Replaced: []view.ID{id(1), id(2)}, Progress: view.Progress{Read: 3}}
		for range 2 {
			b.Views = []*view.View{made(t, 1, Fields{"watch_time": 5}), made(t, 2, Fields{"watch_time": 6})}
			commitBatch(t, s, b)
			check(t, s, &query.Plan{Scope: around(), Values: values("count()", "sum(watch_time)")}, 1, query.Row{Values: []float64{2, 11}})
			wantProgress(t, s, b.Progress)
		}
	})
	t.Run("a cancelled commit changes nothing", func(t *testing.T) {
		s := open(t)
		commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 1, nil)}, Progress: view.Progress{Read: 1}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Commit(ctx, view.Batch{Views: []*view.View{made(t, 2, nil)}, Replaced: []view.ID{id(1)}, Progress: view.Progress{Read: 2}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Commit = %v, want %v", err, context.Canceled)
		}
		wantProgress(t, s, view.Progress{Read: 1})
		if diff := cmp.Diff([]int{1}, listedNumbers(t, s, &query.ListPlan{Scope: around(), Limit: 10})); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	})
	t.Run("a cancelled query fails", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r, err := open(t).Aggregate(ctx, &query.Plan{Scope: around(), Values: values("count()")}); err == nil {
			t.Errorf("Aggregate = %v, want an error", r)
		}
	})
	t.Run("views and progress are seen together", func(t *testing.T) { testTogether(t, open(t)) })
}

func wantProgress(t *testing.T, s Store, want view.Progress) {
	t.Helper()
	got, err := s.Progress(t.Context())
	if err != nil {
		t.Fatalf("Progress: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Progress (-want +got):\n%s", diff)
	}
}

// testTogether reads while batches come in, each of which adds two views and
// replaces one: whoever looks must see a whole number of batches.
func testTogether(t *testing.T, s Store) {
	const batches = 20
	done := make(chan error, 1)
	batch := func(n int) view.Batch {
		return view.Batch{
			Views:    []*view.View{made(t, 0, Fields{"watch_time": n}), made(t, 2*n, nil), made(t, 2*n+1, nil)},
			Replaced: []view.ID{id(0)},
			Progress: view.Progress{Read: int64(n)},
		}
	}
	commitBatch(t, s, batch(1))
	var rest []view.Batch
	for n := 2; n <= batches; n++ {
		rest = append(rest, batch(n))
	}
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		for _, b := range rest {
			if err := s.Commit(t.Context(), b); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	})
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("Commit: %v", err)
			}
			running = false
		default:
		}
		before, err := s.Progress(t.Context())
		if err != nil {
			t.Fatalf("Progress: %v", err)
		}
		row := aggregate(t, s, &query.Plan{Scope: around(), Values: values("count()", "sum(watch_time)")}).Rows[0]
		after, err := s.Progress(t.Context())
		if err != nil {
			t.Fatalf("Progress: %v", err)
		}
		n := int64(row.Values[1])
		if row.Values[0] != float64(2*n+1) || n < before.Read || n > after.Read {
			t.Fatalf("%v views after batch %d, with progress %d before and %d after", row.Values[0], n, before.Read, after.Read)
		}
	}
}
