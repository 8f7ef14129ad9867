package simulate

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// byHand is a view written by hand: a preroll, a stall, a switch to a lower
// rendition, a seek and a pause, and an error at last.
func byHand(after time.Duration) *script {
	return &script{
		viewer: viewer{device: &devices[0], network: &places[1].networks[0], place: &places[1], release: "5.3.0", id: "viewer"},
		title:  findTitle("bread"), cdn: &cdns[0], viewID: "a", speed: 2e7, page: page{autoplay: true, load: 800, player: 50},
		start: begin.Add(after).UnixMilli(), rung: 4, leaves: true, errors: []playerError{decodeError},
		scenes: []scene{
			{kind: sceneReady, ms: 1000},
			{kind: sceneBreak, n: preroll},
			{kind: sceneAdRequest, ms: 200},
			{kind: sceneAdLoad, ms: 300},
			{kind: sceneAd, ms: 6000, to: 6000},
			{kind: sceneAdEnded},
			{kind: sceneBreakEnded},
			{kind: sceneLoad, ms: 500},
			{kind: scenePlay, ms: 4000},
			{kind: sceneStall, ms: 1500},
			{kind: scenePlay, ms: 12_000},
			{kind: sceneShift, n: 3},
			{kind: sceneSeek, ms: 400, to: 60_000},
			{kind: scenePlay, ms: 8000},
			{kind: scenePause, ms: 20_000},
			{kind: scenePlay, ms: 2000},
			{kind: sceneFail},
			{kind: sceneLook, ms: 3000},
		},
	}
}

// short is a view of plain HTML that only loads and plays.
func short(id string, after, load, play time.Duration, leaves bool) *script {
	s := byHand(after)
	s.viewer.device, s.viewID, s.leaves = &devices[1], id, leaves
	s.scenes = []scene{{kind: sceneReady}, {kind: sceneLoad, ms: int32(load.Milliseconds())}}
	if play > 0 {
		s.scenes = append(s.scenes, scene{kind: scenePlay, ms: int32(play.Milliseconds())})
	}
	return s
}

// TestTruth adds up by hand.
func TestTruth(t *testing.T) {
	got := byHand(0).truth()
	at := begin.UnixMilli()
	want := Truth{
		ViewID: "a", ViewerID: "viewer", Start: at + 1000, End: at + 58_900,
		Place: Place{"DE", 3320, "wifi", "desktop", "Chrome", "Windows", "site", "5.3.0", "hls.js"},
		What:  What{"bread", "A Baker's Night", "", "on-demand", "northlight", []string{"northlight"}},

		StartupTime: new(int64(500)), ContentStartupTime: new(int64(500)), AggregateStartup: new(int64(800 + 50 + 1000 + 500)),
		PageLoadTime: new(int64(800)), PlayerStartupTime: new(int64(50)),
		WatchTime: 500 + 6000 + 500 + 26_000 + 1500 + 400, PlayingTime: 32_000, ContentTime: 32_000, Modes: map[string]int64{"standard": 32_000},
		RebufferCount: 1, RebufferTime: 1500, SeekCount: 1, SeekTime: 400,
		Ranges: [][2]int64{{0, 16_000}, {60_000, 70_000}}, MaxPlayhead: 70_000,
		DroppedFrames: 1,
		Quality: Quality{
			Bitrate: new(4_923_076.923076923),                                                              // (6 Mbit/s · 16 s + 3.2 Mbit/s · 10 s) / 26 s
			Upscale: new(0.0), Downscale: new(0.20512820512820512), MaxUp: new(0.0), MaxDown: new(1.0 / 3), // 1280 of 1920 px for 16 s of 26 s
			Changes: 1, Downshifts: 1, Renditions: []RenditionTime{{6_000_000, 1920, 1080, 16_000}, {3_200_000, 1280, 720, 10_000}},
		},
		Ads: Ads{
			Attempts: 1, Impressions: 1, Breaks: 1, AdPlayingTime: 6000,
			AdPrerollStartup: new(int64(300)), PrerollRequestTime: new(int64(200)), PrerollLoadTime: new(int64(300)), PrerollRequests: new(int64(1)),
		},
		Outcome: Outcome{Failure: true, ErrorCode: "3", ErrorMessage: "The media could not be decoded."},
		States: []State{
			{at + 1000, Starting, 0},
			{at + 1500, Playing, 0},
			{at + 7500, Loading, 0},
			{at + 8000, Playing, 6_000_000},
			{at + 12_000, Rebuffering, 0},
			{at + 13_500, Playing, 6_000_000},
			{at + 25_500, Seeking, 0},
			{at + 25_900, Playing, 3_200_000},
			{at + 33_900, Paused, 0},
			{at + 53_900, Playing, 3_200_000},
			{at + 55_900, Failed, 0},
			{at + 58_900, Ended, 0},
		},
	}
	ignored := cmpopts.IgnoreFields(Truth{}, "RequestLatency", "MaxLatency", "Throughput") // nobody can add these up by hand
	if diff := cmp.Diff(want, got, ignored, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("truth (-want +got):\n%s", diff)
	}
	if got.RequestLatency == nil || *got.RequestLatency < 10 || *got.RequestLatency > 60 {
		t.Errorf("the latency is %v, want about 32 ms", got.RequestLatency)
	}
}

// TestTicks follows four viewers by hand: the one above, one who leaves after
// 2.5 s without a picture, one who falls silent while playing, and one who
// fails at once because of a business exception.
func TestTicks(t *testing.T) {
	business := short("d", 42*time.Second, 100*time.Millisecond, 0, true)
	business.errors = []playerError{blocked}
	business.scenes = append(business.scenes, scene{kind: sceneFail}, scene{kind: sceneLook, ms: 1000})
	views := []Truth{
		byHand(0).truth(), short("b", 3*time.Second, 2500*time.Millisecond, 0, true).truth(),
		short("c", 20*time.Second, time.Second, 10*time.Second, false).truth(), business.truth(),
	}
	at := func(s int64) int64 { return begin.UnixMilli() + s*1000 }
	want := map[int64]Tick{
		5: {
			Viewers: []Viewing{{"a", Playing, 0}, {"b", Starting, 0}}, Concurrent: 2,
			WatchTime: 4000 + 2000, StartAttempts: 2, Startups: []int64{500},
		},
		10: {Viewers: []Viewing{{"a", Playing, 6_000_000}}, Concurrent: 1, WatchTime: 5000 + 500, StartAttempts: 1, Exits: 1, Bitrate: 6e6},
		15: {Viewers: []Viewing{{"a", Playing, 6_000_000}}, Concurrent: 1, WatchTime: 5000, RebufferTime: 1500, Bitrate: 6e6},
		20: { // c begins at this very moment
			Viewers: []Viewing{{"a", Playing, 6_000_000}, {"c", Starting, 0}}, Concurrent: 2, WatchTime: 5000, StartAttempts: 1, Bitrate: 6e6,
		},
		25: {
			Viewers: []Viewing{{"a", Playing, 6_000_000}, {"c", Playing, 0}}, Concurrent: 2, WatchTime: 10_000, StartAttempts: 1,
			Startups: []int64{1000}, Bitrate: 6e6,
		},
		30: {Viewers: []Viewing{{"a", Playing, 3_200_000}, {"c", Playing, 0}}, Concurrent: 2, WatchTime: 10_000, Bitrate: 3.2e6},
		35: {Viewers: []Viewing{{"a", Paused, 0}, {"c", Silent, 0}}, WatchTime: 3900 + 1000},
		40: {Viewers: []Viewing{{"a", Paused, 0}, {"c", Silent, 0}}},
		45: {Viewers: []Viewing{{"a", Paused, 0}, {"c", Silent, 0}}, WatchTime: 100, StartAttempts: 1}, // d has come and gone
		50: {Viewers: []Viewing{{"a", Paused, 0}, {"c", Silent, 0}}},
		55: {Viewers: []Viewing{{"a", Playing, 3_200_000}, {"c", Silent, 0}}, Concurrent: 1, WatchTime: 1100, Bitrate: 3.2e6},
		60: {Viewers: []Viewing{{"c", Silent, 0}}, Concurrent: 1, WatchTime: 900, Failures: 1}, // a failed and has left
		65: {Viewers: []Viewing{{"c", Silent, 0}}},
		90: {Viewers: []Viewing{{"c", Silent, 0}}},
		95: {},
	}
	n := 0
	for tick := range Ticks(views, begin, begin.Add(95*time.Second)) {
		n++
		s := (tick.At - at(0)) / 1000
		wanted, ok := want[s]
		if !ok {
			continue
		}
		wanted.At = at(s)
		if diff := cmp.Diff(wanted, tick); diff != "" {
			t.Errorf("after %d s (-want +got):\n%s", s, diff)
		}
	}
	if n != 19 {
		t.Errorf("%d ticks, want 19", n)
	}
}

// TestWriteTruth: each line is a view or a tick.
func TestWriteTruth(t *testing.T) {
	var out bytes.Buffer
	v := byHand(0).truth()
	if err := WriteTruth(&out, []Truth{v}, begin, begin.Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	type line struct {
		View *Truth
		Tick *Tick
	}
	var lines []line
	for dec := json.NewDecoder(&out); dec.More(); {
		var l line
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) != 3 || lines[0].View == nil || lines[1].Tick == nil || lines[2].Tick == nil {
		t.Fatalf("%d lines %+v, want a view and two ticks", len(lines), lines)
	}
	if diff := cmp.Diff(v, *lines[0].View); diff != "" {
		t.Errorf("the view (-want +got):\n%s", diff)
	}
	if got := lines[1].Tick.Viewers; len(got) != 1 || got[0].State != Playing {
		t.Errorf("viewers %v, want one who plays", got)
	}
}
