package api

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/query"
	"playhead/internal/view"
)

// openViews are views in progress by the SDK's id.
type openViews struct {
	nothingLive
	engine query.Engine
	bySDK  map[string]*view.View
}

func (o openViews) View(environmentID, id string) (*view.View, bool) {
	for sdkID, v := range o.bySDK {
		if environmentID == "env1" && (id == sdkID || id == v.ID.String()) {
			return v, true
		}
	}
	return nil, false
}

func (o openViews) List(ctx context.Context, p *query.ListPlan) (*query.ListResult, error) {
	return o.engine.List(ctx, p)
}

// TestLive asks for views of which one is in progress: it is stored as it was
// before it went on.
func TestLive(t *testing.T) {
	open := makeView(t, "0d", row{
		"environment_id": "env1", "view_id": "sdk-d", "view_start": at("11:50:00"), "view_end": at("11:59:59"), "watch_time": 590000,
	})
	open.Events = []view.TimelineEvent{{Name: "hb", ViewerTime: 5, PlaybackTime: 6, EventTime: 7}}
	h := newAPI(t, stored(t, fourViews(t)...), func(c *Config) {
		c.Live = openViews{engine: stored(t, open), bySDK: map[string]*view.View{"sdk-d": open}}
	})

	type answer struct {
		ID     string
		End    string `json:"view_end"`
		Watch  int    `json:"watch_time"`
		Events []struct{ Name string }
	}
	want := view.Course{Start: int64(at("11:50:00")), Length: 600_000, InProgress: true, Verdict: "No first frame yet, in progress"}
	course := data[view.Course](t, h, "/data/v1/video-views/sdk-d/timeline")
	got := view.Course{Start: course.Start, Length: course.Length, InProgress: course.InProgress, Verdict: course.Verdict}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(view.RenditionSpan{})); diff != "" {
		t.Errorf("timeline (-want, +got):\n%s", diff)
	}

	now := answer{open.ID.String(), "2026-05-04T11:59:59Z", 590000, []struct{ Name string }{{"hb"}}}
	for _, id := range []string{open.ID.String(), "sdk-d"} {
		if diff := cmp.Diff(now, data[answer](t, h, "/data/v1/video-views/"+id)); diff != "" {
			t.Errorf("view %s (-want, +got):\n%s", id, diff)
		}
	}
	if got := data[answer](t, h, "/data/v1/video-views/019df2b4-9c00-7000-8000-00000000000c"); got.Watch != 100000 {
		t.Errorf("a view that is stored alone has %d ms of watch time, want 100000", got.Watch)
	}
	for _, path := range []string{"sdk-d", "sdk-d/timeline", "019df2b4-9c00-7000-8000-00000000000c/timeline"} {
		if w := send(t, h, "GET", "/data/v1/video-views/"+path, basic("other", "secret")); w.Code != http.StatusNotFound {
			t.Errorf("%s of another environment: status %d, want 404", path, w.Code)
		}
	}

	for query, want := range map[string][]int{
		"":                                        {50000, 100000, 300000, 600000},
		"?in_progress=false&limit=1":              {50000},
		"?in_progress=true":                       {590000},
		"?in_progress=true&view_id=sdk-d":         {590000},
		"?in_progress=true&page=2":                nil,
		"?in_progress=true&filters[]=country:US":  nil,
		"?in_progress=true&filters[]=!country:US": {590000},
	} {
		var got []int
		for _, row := range data[[]answer](t, h, "/data/v1/video-views"+query) {
			got = append(got, row.Watch)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("list%s: watch times (-want, +got):\n%s", query, diff)
		}
	}
}

// data asks for the data of an answer.
func data[T any](t *testing.T, h http.Handler, target string) T {
	t.Helper()
	w := get(t, h, target)
	var a struct{ Data T }
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", target, w.Code, err, w.Body)
	}
	return a.Data
}
