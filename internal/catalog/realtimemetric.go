package catalog

import (
	"fmt"

	"playhead/internal/expr"
)

// RealtimeMetric is a number over the viewers of a moment.
type RealtimeMetric struct {
	ID      string // as in the API
	Title   string // for people, as the API's list of metrics has it
	Type    Type
	Better  Better
	Formula string // over [RealtimeQuantities], see package expr: each is added up over viewers. "": it is known as a histogram alone
	Of      string // what a row of the stream calls those of whom a value is made; "" where it counts them itself, or is a histogram
	Newer   bool   // the older list of the API, of 2021, does not have it
	Doc     string

	node expr.Node
}

// Node is the parsed formula; nil if there is none.
func (m *RealtimeMetric) Node() expr.Node { return m.node }

// RealtimeMetrics is the table of real-time metrics, in the order of the API's
// list, which is that of their ids.
var RealtimeMetrics = []RealtimeMetric{
	{ID: "current-average-bitrate", Title: "Current Average Bitrate", Type: Mbps, Better: Higher, Formula: "sum(bitrate) / sum(bitrate_viewers)", Of: "concurrent_viewers", Doc: "Mean bitrate of the content that plays at the moment."},
	{ID: "current-concurrent-viewers", Title: "Current Concurrent Viewers (CCV)", Type: Number, Better: Neither, Formula: "sum(concurrent)", Doc: "Viewers who are watching, or have just failed."},
	{ID: "current-rebuffering-percentage", Title: "Current Rebuffering Percentage", Type: Percentage, Better: Lower, Formula: "sum(rebuffer_time) / sum(watch_time)", Of: "concurrent_viewers", Doc: "Rebuffering time over watch time."},
	{ID: "exits-before-video-start", Title: "Exits Before Video Start", Type: Percentage, Better: Lower, Formula: "sum(exits) / sum(start_attempts)", Of: "start_attempts", Doc: "Viewers who have just left before the first frame, of the start attempts."},
	{ID: "playback-failure-percentage", Title: "Playback Failure Percentage", Type: Percentage, Better: Lower, Formula: "sum(failures) / sum(concurrent)", Of: "concurrent_viewers", Doc: "Viewers who have just had a fatal error, of the concurrent ones."},
	{ID: "video-startup-failure-percentage", Title: "Video Startup Failure Percentage", Type: Percentage, Better: Lower, Formula: "sum(startup_failures) / sum(start_attempts)", Of: "start_attempts", Newer: true, Doc: "Viewers who have just had a fatal error before the first frame, of the start attempts."},
	{ID: "video-startup-time", Title: "Video Startup Time", Type: Milliseconds, Better: Lower, Doc: "From the instruction to play to the first frame, of content or an ad: a histogram of the first frames of each minute."},
}

// RealtimeQuantities are what formulas of real-time metrics are over: what is
// added up over viewers at a moment, and in the five seconds up to it.
var RealtimeQuantities = []Column{
	{Name: "concurrent", Kind: Int, Doc: "Viewers who are watching, or came to a failure in the five seconds."},
	{Name: "starting_up", Kind: Int, Doc: "Viewers who wait for the first frame."},
	{Name: "watch_time", Kind: Int, Unit: "ms", Doc: "Time in the five seconds that was spent starting, playing, rebuffering, seeking or loading."},
	{Name: "rebuffer_time", Kind: Int, Unit: "ms", Doc: "Time in the five seconds that was spent rebuffering."},
	{Name: "start_attempts", Kind: Int, Doc: "Viewers who waited for the first frame at any time of the five seconds, or came to an exit or a startup failure in them."},
	{Name: "exits", Kind: Int, Doc: "Viewers who left in the five seconds before the first frame, after a second or more and without a fatal error."},
	{Name: "failures", Kind: Int, Doc: "Viewers who came to a fatal error in the five seconds; business exceptions are none."},
	{Name: "startup_failures", Kind: Int, Doc: "Of these, those before the first frame."},
	{Name: "bitrate", Kind: Int, Unit: "bit/s", Doc: "Bitrates of the content that viewers play, together."},
	{Name: "bitrate_viewers", Kind: Int, Doc: "Viewers who play content of a known bitrate."},
}

func addRealtimeMetrics() {
	known := map[string]bool{}
	for _, q := range RealtimeQuantities {
		known[q.Name] = true
	}
	for i := range RealtimeMetrics {
		m := &RealtimeMetrics[i]
		if m.Formula == "" {
			continue
		}
		m.node = expr.MustParse(m.Formula)
		expr.Columns(m.node, func(name string, flag bool) {
			if !known[name] || flag {
				panic(fmt.Sprintf("BUG: real-time metric %s: formula %q cannot use %q", m.ID, m.Formula, name))
			}
		})
	}
}

// LookupRealtimeMetric finds a real-time metric by its id.
func LookupRealtimeMetric(id string) (*RealtimeMetric, bool) {
	for i := range RealtimeMetrics {
		if RealtimeMetrics[i].ID == id {
			return &RealtimeMetrics[i], true
		}
	}
	return nil, false
}

// LookupRealtimeDimension finds the index of a real-time dimension among
// [RealtimeDimensions] by its name.
func LookupRealtimeDimension(name string) (int, bool) {
	for i := range RealtimeDimensions {
		if RealtimeDimensions[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// NearestRealtimeMetrics are the up to three ids of real-time metrics most like
// id; with older of those in the API's older list.
func NearestRealtimeMetrics(id string, older bool) []string {
	var ids []string
	for i := range RealtimeMetrics {
		if m := &RealtimeMetrics[i]; !older || !m.Newer {
			ids = append(ids, m.ID)
		}
	}
	return nearest(id, ids)
}

// NearestRealtimeDimensions are the up to three names of real-time dimensions
// most like name; with older of those in the API's older list.
func NearestRealtimeDimensions(name string, older bool) []string {
	var names []string
	for _, d := range RealtimeDimensions {
		if !older || !d.Newer {
			names = append(names, d.Name)
		}
	}
	return nearest(name, names)
}
