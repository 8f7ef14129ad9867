package view

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/event/eventtest"
	"playhead/internal/recording"
)

// machines folds requests into the views that they are of.
func machines(requests [][]event.Event) map[string]*Machine {
	return fold(requests, func(*Machine) {})
}

// fold is machines, and calls told after each request with the view of its first event.
func fold(requests [][]event.Event, told func(*Machine)) map[string]*Machine {
	all := map[string]*Machine{}
	for _, r := range requests {
		for i := range r {
			m := all[r[i].View]
			if m == nil {
				m = NewMachine("env", r[i].View, Scoring{})
				all[r[i].View] = m
			}
			m.Apply(&r[i])
		}
		if len(r) > 0 {
			told(all[r[0].View])
		}
	}
	return all
}

// written is the value of a column as the tests write it.
func written(v *View, name string) string {
	c := catalog.MustColumn(name)
	if c.IsText() {
		switch t := v.Text(c); {
		case t == "":
			return "null"
		case c.Kind == catalog.List:
			return strings.ReplaceAll(fmt.Sprint(SplitList(t)), catalog.PartSeparator, "|")
		default:
			return strings.ReplaceAll(t, "\n", "\\n")
		}
	}
	n, ok := v.Number(c)
	if !ok {
		return "null"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// TestCaptures compares every view of every recorded capture with
// testdata/captures.txt, whose values come from the summary of the captures,
// from the independent measurement in the page, and from the rules applied by
// hand. Lines under "every view" hold for all views.
func TestCaptures(t *testing.T) {
	want := recording.Expected(t, "testdata/captures.txt")
	every := want[recording.EveryView]
	delete(want, recording.EveryView)
	views := map[string]*View{}
	for _, name := range recording.Names(t) {
		for id, m := range machines(eventtest.Beacons(t, name)) {
			if m.Started() {
				views[id] = m.View(Status{Inserted: 1, Updated: 2})
			}
		}
	}
	for id, v := range views {
		if want[id] == nil {
			t.Errorf("unexpected view %s", id)
			continue
		}
		columns := maps.Clone(every)
		maps.Copy(columns, want[id])
		for name, w := range columns {
			if got := written(v, name); !recording.Meets(got, w) {
				t.Errorf("view %s: %s is %s, want %s", id, name, got, w)
			}
		}
	}
	for id := range want {
		if views[id] == nil {
			t.Errorf("no view %s", id)
		}
	}
}

// probe is what the page measured by itself.
type probe struct {
	Views []struct {
		ID     string `json:"view_id"`
		Events int    `json:"events"`
		Ended  bool   `json:"has_viewend"`
		Began  bool   `json:"has_viewstart"`
	}
	Truth []struct {
		Startup *float64 `json:"startup_ms"`
		Stalls  []struct{ MS float64 }
		Playing float64   `json:"playing_ms"`
		Seeks   []float64 `json:"seeks_ms"`
	}
}

func probes(t *testing.T) map[string]probe {
	t.Helper()
	all := map[string]probe{}
	recording.Summary(t, &all)
	return all
}

// TestSummary compares which views there are, and of how many events.
func TestSummary(t *testing.T) {
	for name, p := range probes(t) {
		all := machines(eventtest.Beacons(t, name))
		if len(all) != len(p.Views) {
			t.Errorf("%s: %d views, want %d", name, len(all), len(p.Views))
		}
		for _, w := range p.Views {
			m := all[w.ID]
			if m == nil {
				t.Errorf("%s: no view %s", name, w.ID)
				continue
			}
			if m.Started() != w.Began || m.Ended() != w.Ended {
				t.Errorf("%s: started %v, ended %v; want %v, %v", name, m.Started(), m.Ended(), w.Began, w.Ended)
			}
			if got := len(m.View(Status{}).Events); got != w.Events {
				t.Errorf("%s: %d events, want %d", name, got, w.Events)
			}
			if n := m.Clamped(); n != 0 {
				t.Errorf("%s: %d times clamped", name, n)
			}
		}
	}
}

// TestDerivedRanges takes away the ranges that SDKs tell: the playhead of the
// events tells the same ones.
func TestDerivedRanges(t *testing.T) {
	want := recording.Expected(t, "testdata/captures.txt")
	for _, name := range recording.Names(t) {
		if name == "20_device_sleep" {
			continue // played on for half a minute in which the page could not tell
		}
		requests := eventtest.Beacons(t, name)
		for _, r := range requests {
			for i := range r {
				r[i].Fields = slices.DeleteFunc(r[i].Fields, func(v event.Value) bool { return v.Field == fieldPlaybackRange })
			}
		}
		for id, m := range machines(requests) {
			if w, ok := want[id]["playback_ranges"]; ok {
				if got := written(m.Summary(Status{}), "playback_ranges"); got != w {
					t.Errorf("%s: view %s: %s, want %s", name, id, got, w)
				}
			}
		}
	}
}

// TestDerived takes away everything that the SDK adds up, as if an SDK had
// sent events alone, and compares with what the page measured.
func TestDerived(t *testing.T) {
	for _, c := range []struct {
		name    string
		startup float64 // tolerances in ms
		playing float64
		stalls  float64
		seeks   float64
	}{
		{"01_mp4_play_pause_seek_ended", 15, 250, 0, 15},
		{"02_mp4_autoplay_muted_close_mid_view", 15, 250, 0, 0},
		{"03_mp4_rebuffer", 15, 250, 150, 0},
		{"07_hls_abr", 15, 250, 0, 0},
		{"11_retry_collector_503_then_200", 15, 250, 0, 0},
		{"12_collector_without_cors", 15, 250, 0, 0},
		{"24_slow_collector_rtt_and_drop", 15, 250, 0, 0},
		{"27_mux_embed_4.9.0_xhr_json_preflight", 15, 250, 0, 0},
		{"28_mux_embed_3.4.0_beaconDomain_no_metadata", 15, 250, 0, 0},
	} {
		truth := probes(t)[c.name].Truth[0]
		requests := eventtest.Beacons(t, c.name)
		for _, r := range requests {
			for i := range r {
				r[i].Fields = slices.DeleteFunc(r[i].Fields, func(v event.Value) bool {
					return strings.HasPrefix(v.Field.Name(), "view_") && v.Field != fieldViewStart
				})
			}
		}
		for _, m := range machines(requests) {
			v := m.Summary(Status{})
			number := func(name string) float64 { n, _ := v.Number(catalog.MustColumn(name)); return n }
			within(t, c.name+" startup", number("video_startup_time"), *truth.Startup, c.startup)
			within(t, c.name+" playing", number("playing_time"), truth.Playing, c.playing)
			within(t, c.name+" stalls", number("rebuffer_count"), float64(len(truth.Stalls)), 0)
			within(t, c.name+" seeks", number("view_seek_count"), float64(len(truth.Seeks)), 0)
			var stalled, sought float64
			for _, s := range truth.Stalls {
				stalled += s.MS
			}
			for _, s := range truth.Seeks {
				sought += s
			}
			var modes float64
			for _, e := range v.Elements(catalog.MustColumn("playback_mode_playing_times")) {
				_, ms, _ := strings.Cut(e, catalog.PartSeparator)
				n, _ := strconv.ParseFloat(ms, 64)
				modes += n
			}
			within(t, c.name+" of all modes", modes, number("playing_time"), 0)
			within(t, c.name+" stalled", number("rebuffer_duration"), stalled, c.stalls)
			within(t, c.name+" sought", number("view_seek_duration"), sought, c.seeks)
		}
	}
}
