package app

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// TestLiveView posts the first half of the recording of a player and looks at
// the view, which goes on; then it posts the rest.
func TestLiveView(t *testing.T) {
	c, requests := startForRecordings(t), record(t, "07_hls_abr")
	// What the recording says up to its third beacon: 33 events, of which the
	// last one tells 19157 ms of playing time. 6 s later is the second change of
	// the rendition.
	const sdkID = "6a76840f-ed04-4f90-9a3c-8c8704ba4f18"
	c.replay(t, requests[:3])
	open := url.Values{"in_progress": {"true"}, "view_id": {sdkID}}
	id := c.await(t, open)
	harness.Eventually(t, 30*time.Second, func() error {
		if n := c.look(t, id).Events; n != 33 {
			return fmt.Errorf("the view has %d events, want 33", n)
		}
		return nil
	})
	want := look{ID: id, Playing: "19157", Changes: 1, Events: 33, Last: "requestcompleted"}
	for _, by := range []string{id, sdkID} {
		if diff := cmp.Diff(want, c.look(t, by)); diff != "" {
			t.Errorf("live view %s (-want, +got):\n%s", by, diff)
		}
	}
	if stored := get[[]listed](t, c, "video-views", nil); len(stored) != 0 {
		t.Errorf("%d views are stored, want none yet", len(stored))
	}

	c.replay(t, requests[3:])
	if again := c.await(t, url.Values{"view_id": {sdkID}}); again != id {
		t.Errorf("the view is now %s, it was %s", again, id)
	}
	want = look{ID: id, Playing: "36049", Changes: 2, Events: 45, Last: "viewend"}
	if diff := cmp.Diff(want, c.look(t, id)); diff != "" {
		t.Errorf("the whole view (-want, +got):\n%s", diff)
	}
	if left := get[[]listed](t, c, "video-views", open); len(left) != 0 {
		t.Errorf("%d views are in progress, want none any more", len(left))
	}
}

// look is what a view is known by in this test.
type look struct {
	ID      string
	Playing string
	Changes int
	Dropped bool
	Events  int
	Last    string // event
}

func (c *client) look(t *testing.T, id string) look {
	t.Helper()
	v := get[struct {
		ID      string
		Playing string `json:"view_playing_time"`
		Changes int    `json:"rendition_change_count"`
		Dropped bool   `json:"view_dropped"`
		Events  []struct{ Name string }
	}](t, c, "video-views/"+id, nil)
	return look{v.ID, v.Playing, v.Changes, v.Dropped, len(v.Events), v.Events[len(v.Events)-1].Name}
}

// await waits until one view is listed, and returns its id.
func (c *client) await(t *testing.T, params url.Values) (id string) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, func() error {
		list := get[[]listed](t, c, "video-views", params)
		if len(list) != 1 {
			return fmt.Errorf("%d views are listed for %v, want 1", len(list), params)
		}
		id = list[0].ID
		return nil
	})
	return id
}
