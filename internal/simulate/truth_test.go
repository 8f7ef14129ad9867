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
		What:  What{"bread", "A Baker's Night", "", "on-demand", "Lanternhouse Films", "northlight", []string{"northlight"}},

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
			{at + 1000, Starting, false, 0, "northlight"},
			{at + 1500, Playing, false, 0, "northlight"},
			{at + 7500, Loading, false, 0, "northlight"},
			{at + 8000, Playing, false, 6_000_000, "northlight"},
			{at + 12_000, Rebuffering, false, 0, "northlight"},
			{at + 13_500, Playing, false, 6_000_000, "northlight"},
			{at + 25_500, Seeking, false, 0, "northlight"},
			{at + 25_900, Playing, false, 3_200_000, "northlight"},
			{at + 33_900, Paused, false, 0, "northlight"},
			{at + 53_900, Playing, false, 3_200_000, "northlight"},
			{at + 55_900, Failed, false, 0, "northlight"},
			{at + 58_900, Ended, false, 0, "northlight"},
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

// TestTicks follows viewers by hand: the one above, one who leaves after 2.5 s
// without a picture, one who falls silent while playing, one who fails at once
// because of a business exception, and one of whom nothing is heard any more
// after 1.5 s of waiting for a picture.
func TestTicks(t *testing.T) {
	business := short("d", 42*time.Second, 100*time.Millisecond, 0, true)
	business.errors = []playerError{blocked}
	business.scenes = append(business.scenes, scene{kind: sceneFail}, scene{kind: sceneLook, ms: 1000})
	views := []Truth{
		byHand(0).truth(), short("b", 3*time.Second, 2500*time.Millisecond, 0, true).truth(),
		short("c", 20*time.Second, time.Second, 10*time.Second, false).truth(), business.truth(),
		short("e", 61*time.Second, 1500*time.Millisecond, 0, false).truth(),
	}
	at := func(s int64) int64 { return begin.UnixMilli() + s*1000 }
	paused, unheard, waits := Viewing{"a", Paused, false, 0}, Viewing{"c", Playing, true, 0}, Viewing{"e", Starting, true, 0}
	want := map[int64]Tick{
		5: {
			Viewers: []Viewing{{"a", Playing, false, 0}, {"b", Starting, false, 0}}, Concurrent: 2, StartingUp: 1,
			WatchTime: 4000 + 2000, StartAttempts: 2, Startups: []int64{500},
		},
		10: {
			Viewers: []Viewing{{"a", Playing, false, 6_000_000}}, Concurrent: 1, WatchTime: 5000 + 500, StartAttempts: 1, Exits: 1,
			Bitrate: 6_000_000, BitrateViewers: 1,
		},
		15: {
			Viewers: []Viewing{{"a", Playing, false, 6_000_000}}, Concurrent: 1, WatchTime: 5000, RebufferTime: 1500,
			Bitrate: 6_000_000, BitrateViewers: 1,
		},
		20: { // c begins at this very moment
			Viewers: []Viewing{{"a", Playing, false, 6_000_000}, {"c", Starting, false, 0}}, Concurrent: 2, StartingUp: 1,
			WatchTime: 5000, StartAttempts: 1, Bitrate: 6_000_000, BitrateViewers: 1,
		},
		25: {
			Viewers: []Viewing{{"a", Playing, false, 6_000_000}, {"c", Playing, false, 0}}, Concurrent: 2, WatchTime: 10_000, StartAttempts: 1,
			Startups: []int64{1000}, Bitrate: 6_000_000, BitrateViewers: 1,
		},
		30: {
			Viewers: []Viewing{{"a", Playing, false, 3_200_000}, {"c", Playing, false, 0}}, Concurrent: 2, WatchTime: 10_000,
			Bitrate: 3_200_000, BitrateViewers: 1,
		},
		35: {Viewers: []Viewing{paused, unheard}, Concurrent: 1, WatchTime: 3900 + 1000}, // c was heard of last at 31 s
		40: {Viewers: []Viewing{paused, unheard}, Concurrent: 1},
		45: {Viewers: []Viewing{paused, unheard}, Concurrent: 1, WatchTime: 100, StartAttempts: 1}, // d has come and gone
		50: {Viewers: []Viewing{paused, unheard}, Concurrent: 1},
		55: {
			Viewers: []Viewing{{"a", Playing, false, 3_200_000}, unheard}, Concurrent: 2, WatchTime: 1100,
			Bitrate: 3_200_000, BitrateViewers: 1,
		},
		60:  {Viewers: []Viewing{unheard}, Concurrent: 2, WatchTime: 900, Failures: 1},                    // a failed and has left
		65:  {Viewers: []Viewing{waits}, Concurrent: 1, StartingUp: 1, WatchTime: 1500, StartAttempts: 1}, // c has been gone since 61 s, e unheard since 62.5 s
		90:  {Viewers: []Viewing{waits}, Concurrent: 1, StartingUp: 1, StartAttempts: 1},
		95:  {StartAttempts: 1, Exits: 1}, // e has been gone since 92.5 s
		100: {},
	}
	n := 0
	for tick := range Ticks(views, begin, begin.Add(100*time.Second)) {
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
	if n != 20 {
		t.Errorf("%d ticks, want 20", n)
	}
}

// TestTicksByCDN follows a viewer who is delivered by one CDN until 4.2 s, by
// another one then, and fails after 8 s.
func TestTicksByCDN(t *testing.T) {
	s := short("a", 0, 200*time.Millisecond, 4*time.Second, true)
	s.errors = []playerError{decodeError}
	s.scenes = append(s.scenes, scene{kind: sceneSwitch, n: 2}, scene{kind: scenePlay, ms: 3800}, scene{kind: sceneFail})
	for cdn, want := range map[string][]Tick{
		"northlight": {{StartAttempts: 1, WatchTime: 4200, Startups: []int64{200}}, {}},
		"harbor": {
			{Viewers: []Viewing{{"a", Playing, false, 0}}, Concurrent: 1, WatchTime: 800},
			{Concurrent: 1, WatchTime: 3000, Failures: 1}, // it failed and left at once
		},
		"skyhop": {{}, {}},
	} {
		var got []Tick
		for tick := range TicksOf([]Truth{s.truth()}, begin, begin.Add(10*time.Second), func(_ *Truth, s *State) bool { return s.CDN == cdn }) {
			tick.At = 0
			got = append(got, tick)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cdn, diff)
		}
	}
}

// TestStates looks at what takes no time, or too long: viewers who fall silent
// with a pause or a stall, who leave as soon as they come, who stall for six
// minutes, and one who tells only once a minute that playing goes on.
func TestStates(t *testing.T) {
	cast := func(leaves, brief bool, scenes ...scene) *script {
		s := short("a", 0, time.Second, 0, leaves)
		s.brief, s.scenes = brief, append(s.scenes, scenes...)
		return s
	}
	is := func(after int64, state string, unheard bool) State {
		return State{begin.UnixMilli() + after, state, unheard, 0, "northlight"}
	}
	nothing := cast(true, false)
	nothing.scenes[1].ms = 0
	for _, test := range []struct {
		name   string
		script *script
		want   []State
	}{
		{
			"silent as it pauses", cast(false, false, scene{kind: scenePlay, ms: 5000}, scene{kind: scenePause}),
			[]State{is(0, Starting, false), is(1000, Playing, false), is(6000, Silent, false)},
		},
		{
			"silent as it stalls", cast(false, false, scene{kind: scenePlay, ms: 5000}, scene{kind: sceneStall}),
			[]State{is(0, Starting, false), is(1000, Playing, false), is(6000, Rebuffering, true), is(36_000, Silent, false)},
		},
		{"comes and leaves", nothing, []State{is(0, Starting, false), is(0, Ended, false)}},
		{ // who plays tells so at 61 s and 121 s, and at 131 s the end
			"tells little", cast(true, true, scene{kind: scenePlay, ms: 130_000}),
			[]State{
				is(0, Starting, false), is(1000, Playing, false), is(1000, Playing, true), is(31_000, Silent, false),
				is(61_000, Playing, false), is(61_000, Playing, true), is(91_000, Silent, false), is(121_000, Playing, false), is(131_000, Ended, false),
			},
		},
	} {
		if diff := cmp.Diff(test.want, test.script.truth().States); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}

	// Who stalls from 6 s on counts until 306 s.
	stalled := cast(true, false, scene{kind: scenePlay, ms: 5000}, scene{kind: sceneStall, ms: 360_000}).truth()
	want := map[int64]Tick{
		305: {Concurrent: 1, WatchTime: 5000, RebufferTime: 5000},
		310: {WatchTime: 1000, RebufferTime: 1000},
		315: {},
	}
	for tick := range Ticks([]Truth{stalled}, begin.Add(300*time.Second), begin.Add(315*time.Second)) {
		after := (tick.At - begin.UnixMilli()) / 1000
		tick.At, tick.Viewers = 0, nil
		if diff := cmp.Diff(want[after], tick); diff != "" {
			t.Errorf("stalled, after %d s (-want +got):\n%s", after, diff)
		}
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
