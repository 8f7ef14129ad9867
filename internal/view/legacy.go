package view

import (
	"math"
	"slices"

	"playhead/internal/event"
)

// Legacy is what another view under the same id has to know of this one, when it
// ends although its player goes on: players tell only what changes.
type Legacy struct {
	Player  string
	Time    int64         // of the last event, by the player's clock
	Playing bool          // frames advance
	Fields  []event.Value // what was told and holds on
	Totals  []event.Value // what the player adds up over the view, and goes on to add up
	Client  []event.Value // what the connection told
}

// runningTotals are the fields that a player adds up over a view.
var runningTotals = lookup("view_playing_time_ms_cumulative", "view_playing_time", "view_content_playback_time", "view_watch_time",
	"view_rebuffer_count", "view_rebuffer_duration", "view_seek_count", "view_seek_duration",
	"view_total_upscaling", "view_total_downscaling", "view_total_content_playback_time", "view_dropped_frame_count")

// ofTheStart are the fields that tell how a view began, or all that was in it:
// neither is so of the one after it.
var ofTheStart = lookup("view_start", "view_time_to_first_frame", "view_program_changed", "video_playback_range",
	"view_aggregate_startup_time", "view_startup_preroll_load_time", "view_startup_preroll_request_time", "view_preroll_played",
	"view_preroll_request_count", "view_preroll_requested", "page_load_time", "player_startup_time")

// Legacy returns what there is to know as of the last event.
func (m *Machine) Legacy() Legacy {
	told, known := m.tell(), m.registers.read()
	l := Legacy{Player: known.player(), Time: told.clock.final.time, Playing: told.playback.playing}
	m.story = nil // as after View; the track goes on
	client := unpacker(m.client.packed)
	l.Client = client.values(nil)
	for f := range event.Field(event.Count()) {
		if registered[f] == 0 || slices.Contains(ofTheStart, f) {
			continue
		}
		v := event.Value{Field: f}
		if isText(f) {
			v.Text = known.text(f)
		} else {
			v.Num = known.number(f)
		}
		switch {
		case v.Text == "" && (isText(f) || math.IsNaN(v.Num) || math.IsInf(v.Num, 0)): // not known
		case slices.Contains(runningTotals, f):
			l.Totals = append(l.Totals, v)
		default:
			l.Fields = append(l.Fields, v)
		}
	}
	return l
}

// GoesOn returns the events with which the view after it begins, of which seq is
// the number of the last event of the view before: that of a start without a
// startup time, as after a change of programme, and that of playing, if it was.
func (l *Legacy) GoesOn(sdkID string, seq int64, origin *event.Origin) []event.Event {
	start := event.Event{
		View: sdkID, Player: l.Player, Seq: max(0, seq-1), Kind: event.ViewStart, ViewerTime: l.Time, Playhead: event.NoPlayhead,
		Fields: append(slices.Clone(l.Fields), event.Value{Field: fieldProgramChanged, Num: 1}), Origin: origin,
	}
	if !l.Playing {
		return []event.Event{start}
	}
	playing := event.Event{
		View: sdkID, Player: l.Player, Seq: seq, Kind: event.Playing, ViewerTime: l.Time, Playhead: event.NoPlayhead, Origin: origin,
	}
	return []event.Event{start, playing}
}

// Since returns the fields of a later event as the view after it has them: what
// is added up counts from its beginning.
func (l *Legacy) Since(fields []event.Value) []event.Value {
	since := make([]event.Value, 0, len(fields))
	for _, v := range fields {
		if slices.Contains(ofTheStart, v.Field) {
			continue
		}
		for _, before := range l.Totals {
			if before.Field == v.Field && v.Num >= before.Num { // else it began anew by itself
				v.Num -= before.Num
			}
		}
		since = append(since, v)
	}
	return since
}
