package storetest

import (
	"context"
	"iter"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/store/memory"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// testExport checks the order of exported views and what they hold.
func testExport(t *testing.T, s Store) {
	whole := Fields{
		"view_start": epoch, "view_end": epoch + 30, "country": "US", "video_title": "größe\n\"x\"", "asn": 9007199254740991, "seek_latency": 0.1,
		"playback_failure": false, "video_cdn_trace": []string{"a", "", "b"}, "error_types": []string{view.JoinParts("5", "fatal", "", "code", "message")},
		"city": "only shown", "view_total_upscaling": -0.25, "watched": true, "changed_record": 0,
	}
	first := made(t, 4, whole)
	first.Events = []view.TimelineEvent{{Seq: 1, Name: "play", Details: map[string]any{"a": "b"}}}
	commitBatch(t, s, view.Batch{Views: []*view.View{
		first,
		made(t, 2, Fields{"view_start": epoch + 200, "view_end": epoch + 40}),
		made(t, 3, Fields{"view_start": epoch + 100, "view_end": epoch + 30}),
		made(t, 1, Fields{"environment_id": "other"}),
	}})
	// It comes in again, with its end, after the last one.
	commitBatch(t, s, view.Batch{Views: []*view.View{made(t, 3, Fields{"view_start": epoch + 100, "view_end": epoch + 30})}, Replaced: []view.ID{id(3)}})
	got := exported(t, s, around())
	for i, want := range []*view.View{made(t, 3, Fields{"view_start": epoch + 100, "view_end": epoch + 30}), made(t, 4, whole), made(t, 2, Fields{"view_start": epoch + 200, "view_end": epoch + 40})} {
		if i >= len(got) || got[i].ID != want.ID {
			t.Fatalf("view %d is not %s, of %d", i, want.ID, len(got))
		}
		if diff := cmp.Diff(contents(want), contents(got[i])); diff != "" {
			t.Errorf("view %d (-want +got):\n%s", i, diff)
		}
		if got[i].Events != nil {
			t.Errorf("view %d has events", i)
		}
	}
	byStart := around()
	byStart.Clock, byStart.From = catalog.ByStart, epoch+100
	if got := exported(t, s, byStart); len(got) != 2 || got[0].ID != id(3) || got[1].ID != id(2) {
		t.Errorf("%d views that began later, want 3 and 2 in the order of their ends", len(got))
	}
	for _, err := range s.Export(t.Context(), around()) {
		if err != nil {
			t.Error(err)
		}
		break // whoever has enough may go
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Export(ctx, around()) {
		if err == nil {
			t.Error("a cancelled export goes on")
		}
	}
}

// testRandomExport compares what a store exports with package memory on random views and
// scopes.
func testRandomExport(t *testing.T, s Store) {
	oracle := memory.New()
	for _, b := range randomBatches() {
		commitBatch(t, s, b)
		commitBatch(t, oracle, b)
	}
	rapid.Check(t, func(rt *rapid.T) {
		scope := randomScope(rt)
		if rapid.Bool().Draw(rt, "all") {
			scope.Where = nil
		}
		want := exported(t, oracle, scope)
		got := exported(t, s, scope)
		if len(got) != len(want) {
			rt.Fatalf("%+v: %d views, want %d", scope, len(got), len(want))
		}
		for i := range want {
			if got[i].ID != want[i].ID {
				rt.Fatalf("%+v: view %d is %s, want %s", scope, i, got[i].ID, want[i].ID)
			}
			if viewtest.Document(got[i]) != viewtest.Document(want[i]) { // much faster than the difference
				rt.Fatalf("view %s (-want +got):\n%s", want[i].ID, cmp.Diff(contents(want[i]), contents(got[i])))
			}
		}
		if n, err := s.CountScope(t.Context(), scope); n != int64(len(want)) || err != nil {
			rt.Fatalf("%+v: %d are counted (%v), want %d", scope, n, err, len(want))
		}
	})
	everything := query.Scope{Environment: environment, Clock: catalog.ByEnd, From: math.MinInt64 / 2, To: math.MaxInt64 / 2}
	if got, want := len(exported(t, s, everything)), len(exported(t, oracle, everything)); got != want || got == 0 {
		t.Errorf("%d views of all times, want %d", got, want)
	}
}

// exporter is what exported needs of a store.
type exporter interface {
	Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error]
}

func exported(t *testing.T, s exporter, scope query.Scope) (list []*view.View) {
	t.Helper()
	for v, err := range s.Export(t.Context(), scope) {
		if err != nil {
			t.Fatalf("Export: %v", err)
		}
		list = append(list, v)
	}
	return list
}
