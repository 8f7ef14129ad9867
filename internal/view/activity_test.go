package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// saying folds events one second apart and in beacons of their own; kinds take
// turns, after a first one.
func saying(m *Machine, from, n int, first event.Kind, kinds ...event.Kind) {
	for i := from; i < from+n; i++ {
		kind, at := kinds[i%len(kinds)], base+int64(i)*1000
		if i == 0 {
			kind = first
		}
		m.Apply(&event.Event{
			Seq: int64(i + 1), Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead, Origin: &event.Origin{Received: at, Sent: at, Latest: at},
		})
	}
}

// TestSpansAreBounded has a viewer pause all the time: the newest spans are told,
// and those alone are stored.
func TestSpansAreBounded(t *testing.T) {
	m := NewMachine("env", "sdk", Scoring{})
	const n = 3000
	saying(m, 0, n, event.ViewStart, event.Pause, event.Playing)
	got := m.Watch(Status{}, true)
	if len(got.Spans) != maxSpans {
		t.Fatalf("%d spans, want %d", len(got.Spans), maxSpans)
	}
	// The last event is playing; unheard and left follow.
	want := []Span{
		{At: base + (n-2)*1000, Activity: Paused, Startup: -1},
		{At: base + (n-1)*1000, Activity: Playing, Unheard: true, Startup: -1},
		{At: base + (n-1)*1000 + SilentAfter, Activity: Left, Startup: -1},
	}
	if diff := cmp.Diff(want, got.Spans[maxSpans-3:]); diff != "" {
		t.Errorf("the newest spans (-want, +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, m.Summary(Status{}).Watch()); diff != "" {
		t.Errorf("in progress and stored (-, +):\n%s", diff)
	}
}

// TestWatchGoesOnBeyondTheBound has a viewer watch for longer than there is room
// for the events: as long as the player tells anything the viewer is there, and
// a stall in between is not known. It is the same told from a snapshot, backwards,
// and with the events that had to make way coming first.
func TestWatchGoesOnBeyondTheBound(t *testing.T) {
	const n = 2 * MaxEvents
	check := func(how string, m *Machine, want []Span) {
		t.Helper()
		if diff := cmp.Diff(want, m.Watch(Status{}, false).Spans); diff != "" {
			t.Errorf("%s (-want, +got):\n%s", how, diff)
		}
	}
	starting, playing := Span{At: base, Activity: Starting, Startup: -1}, Span{At: base + 1000, Activity: Playing, Startup: 1000}
	unheard, left := playing, playing
	unheard.At, unheard.Unheard, unheard.Startup = base+(n-1)*1000, true, -1
	left.At, left.Activity, left.Startup = unheard.At+SilentAfter, Left, -1

	m := NewMachine("env", "sdk", Scoring{})
	saying(m, 0, 2, event.ViewStart, event.Heartbeat, event.Playing)
	m.Watch(Status{}, false)
	saying(m, 2, n-2, "", event.Heartbeat)
	silent := []Span{starting, playing, unheard, left}
	check("silent at last", m, silent)
	again, err := RestoreMachine("env", "sdk", Scoring{}, string(m.AppendState(nil)))
	if err != nil {
		t.Fatal(err)
	}
	check("from a snapshot", again, silent)
	m.forget()
	check("anew", m, silent)

	gone := left
	gone.At = base + n*1000
	saying(m, n, 1, "", event.ViewEnd)
	check("ended", m, []Span{starting, playing, gone})

	reverse := NewMachine("env", "sdk", Scoring{})
	for i := n; i >= 0; i-- {
		kind := event.Heartbeat
		switch i {
		case 0:
			kind = event.ViewStart
		case 1:
			kind = event.Playing
		case n:
			kind = event.ViewEnd
		}
		saying(reverse, i, 1, kind, kind)
		if i%1000 == 0 {
			reverse.Watch(Status{}, false)
		}
	}
	check("backwards", reverse, []Span{starting, playing, gone})
}

// TestDamagedActivities reads columns that nobody wrote: they tell no spans.
func TestDamagedActivities(t *testing.T) {
	right := JoinList([]string{JoinParts("1000", "starting", "", "a", ""), JoinParts("5", "playing_unheard", "7", "", "5")})
	want := []Span{
		{At: 1000, Activity: Starting, CDN: "a", Startup: -1},
		{At: 1005, Activity: Playing, Unheard: true, Bitrate: 7, CDN: "a", Startup: 5},
	}
	if diff := cmp.Diff(want, parseActivities(right)); diff != "" {
		t.Fatalf("%q (-want, +got):\n%s", right, diff)
	}
	damaged := []string{
		"", "\x1f", "\x1f\x1f", "starting", "\x1fstarting\x1f", right[1:], right[:len(right)-1], right + right[1:4], right + "x",
		strings.Replace(right, "1000", "-1000", 1), strings.Replace(right, "1000", "1e3", 1), strings.Replace(right, "1000", "99999999999999999999", 1),
		strings.Replace(right, "starting", "", 1), strings.Replace(right, "starting", "_unheard", 1), strings.Replace(right, "starting", "sitting", 1),
		strings.Replace(right, "7", "x", 1), strings.Replace(right, "\x1e5\x1f", "\x1e5\x1e\x1f", 1), strings.Replace(right, "\x1e5\x1f", "\x1f", 1),
		right + strings.Repeat(right[1:], maxSpans/2),
	}
	for _, column := range damaged {
		if got := parseActivities(column); got != nil {
			t.Errorf("%q tells %+v", column, got)
		}
	}
}

// TestWatchValues tells what real-time numbers are filtered and grouped by.
func TestWatchValues(t *testing.T) {
	m := NewMachine("env", "sdk", Scoring{})
	for i, words := range []string{
		"1 viewstart 0 video_title=old video_series=s player_name=p video_is_live=1 mux_viewer_os_family=iOS " +
			"client_asn=15169 client_asn_name=Example client_country_code=DE client_country_name=Germany client_region=Hesse client_os=macOS",
		"2 adbreakstart 10 sub_property_id=sub video_cdn=a",
		"3 adplay 20 video_title=new",
	} {
		e := parseEvents(t, words)[0]
		e.Origin.Received += int64(i)
		m.Apply(&e)
	}
	got := map[string][2]string{}
	w := m.Watch(Status{ID: NewID(base, "env", "sdk")}, false)
	for i, d := range catalog.RealtimeDimensions {
		got[d.Name] = [2]string{w.Values[i], w.Labels[i]}
	}
	want := map[string][2]string{
		"asn": {"15169", "Example"}, "cdn": {}, "country": {"DE", "Germany"}, "operating_system": {"iOS"}, "player_name": {"p"}, "region": {"Hesse"},
		"stream_type": {"live"}, "sub_property_id": {"sub"}, "video_series": {"s"}, "video_title": {"new"}, "view_has_ad": {"true"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values and labels (-want, +got):\n%s", diff)
	}
	if w.ID != NewID(base, "env", "sdk") || w.Environment != "env" || w.Final {
		t.Errorf("it is of %s in %q, final %v", w.ID, w.Environment, w.Final)
	}
}
