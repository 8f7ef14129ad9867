package sdk

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/beacon/mux"
)

// said is an event that a player tells.
type said struct {
	at     float64 // seconds after the minute
	name   string
	fields map[string]any
}

// watchers are players whose numbers are in testdata/monitor.json, worked out by
// hand. Heartbeats are left out here.
//
//	a, b  play from 3.3 and 3.5 to 62.5; b stalls from 21 to 23
//	c     plays from 4.5, and is paused from 12.5 on
//	d     wants to play at 31, and fails at 32.5 without a first frame
//	e     wants to play at 38.5, and leaves at 43.5 without one
var watchers = map[string]struct {
	title, cdn string
	says       []said
}{
	"a": {"Derby", "northlight", []said{
		{2.5, "viewstart", nil}, {2.5, "play", nil}, {3.3, "playing", firstFrame(800, 2_000_000)}, {62.5, "viewend", nil},
	}},
	"b": {"Derby", "northlight", []said{
		{2.5, "viewstart", nil},
		{2.5, "play", nil},
		{3.5, "playing", firstFrame(1000, 4_000_000)},
		{21, "rebufferstart", nil},
		{23, "rebufferend", nil},
		{62.5, "viewend", nil},
	}},
	"c": {"Gala", "skyhop", []said{
		{2.5, "viewstart", nil}, {2.5, "play", nil}, {4.5, "playing", firstFrame(2000, 6_000_000)}, {12.5, "pause", nil}, {62.5, "viewend", nil},
	}},
	"d": {"Gala", "skyhop", []said{
		{31, "viewstart", nil},
		{31, "play", nil},
		{32.5, "error", map[string]any{"player_error_code": "404", "player_error_message": "not found"}},
		{37.5, "viewend", nil},
	}},
	"e": {"Gala", "skyhop", []said{{38.5, "viewstart", nil}, {38.5, "play", nil}, {43.5, "viewend", nil}}},
}

func firstFrame(after, bitrate int) map[string]any {
	return map[string]any{"view_time_to_first_frame": after, "video_source_bitrate": bitrate}
}

// tellWatchers sends what the watchers say, in one beacon, as players do that
// were offline.
func tellWatchers(t *testing.T, server *harness.Server, minute time.Time) {
	t.Helper()
	var events []map[string]any
	for id, w := range watchers {
		says, end := slices.Clone(w.says), w.says[len(w.says)-1].at
		for at := says[0].at + 10; at < end; at += 10 {
			says = append(says, said{at, "hb", nil})
		}
		slices.SortStableFunc(says, func(a, b said) int { return int(1000 * (a.at - b.at)) })
		for i, s := range says {
			event := map[string]any{
				"event": s.name, "view_id": id, "view_sequence_number": i + 1, "viewer_time": minute.UnixMilli() + int64(1000*s.at),
				"property_key": harness.EnvKey, "video_title": w.title, "video_cdn": w.cdn,
			}
			maps.Copy(event, s.fields)
			wire := map[string]any{}
			for field, value := range event {
				wire[mux.EncodeKey(field)] = value
			}
			events = append(events, wire)
		}
	}
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"transmission_timestamp": time.Now().UnixMilli()}, "events": events})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := harness.Post(server.Ingest, harness.Request{Header: http.Header{"Content-Type": {"text/plain"}}, Body: body}); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, error %v; want 200", status, err)
	}
}

// TestMonitoring runs monitor.mjs over players who watched three minutes ago.
// Its answers are compared with testdata/monitor.json, which is written by hand.
func TestMonitoring(t *testing.T) {
	server := harness.Start(t)
	minute := time.Now().Add(-3 * time.Minute).Truncate(time.Minute)
	tellWatchers(t, server, minute)
	harness.Eventually(t, 20*time.Second, func() error {
		got, err := harness.Get[[]struct {
			Viewers int `json:"concurrent_viewers"`
		}](server, "/data/v1/monitoring/metrics/current-concurrent-viewers/timeseries", url.Values{"timestamp": {strconv.FormatInt(minute.Unix()+60, 10)}})
		if err == nil && got.Data[0].Viewers != 2 {
			err = fmt.Errorf("%d viewers at the end; want 2", got.Data[0].Viewers)
		}
		return err
	})
	want := golden[map[string]any](t, "monitor.json")
	got := decode[map[string]any](t, node(t, "monitor.mjs", settings(t, server, map[string]any{"at": minute.Unix()})))
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if diff := cmp.Diff(want[name], got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
