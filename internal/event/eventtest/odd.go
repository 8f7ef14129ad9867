package eventtest

import (
	"math"
	"strings"

	"pgregory.net/rapid"

	"playhead/internal/event"
)

// kinds are those that players send, and some that they do not.
var kinds = []event.Kind{
	event.PlayerReady, event.ViewStart, event.Play, event.Playing, event.Pause, event.Seeking, event.Seeked, event.RebufferStart,
	event.RebufferEnd, event.Waiting, event.Ended, event.Error, event.Heartbeat, event.RenditionChange, event.CDNChange,
	event.NetworkChange, event.OrientationChange, event.PlaybackModeChange, event.TextTrackChange, event.AudioTrackChange,
	event.RequestCompleted, event.RequestFailed, event.RequestCanceled, event.AdRequest, event.AdResponse, event.AdBreakStart,
	event.AdPlay, event.AdPlaying, event.AdPause, event.AdEnded, event.AdSkipped, event.AdBreakEnd, event.AdError, event.ViewEnd,
	"devicesleep", "devicewake", "mything", "eventrateexceeded",
}

// common are the fields that drawn events tell more often than others.
var common = []event.Field{
	event.MustLookup("view_watch_time"), event.MustLookup("video_source_bitrate"), event.MustLookup("video_cdn"),
	event.MustLookup("view_playing_time_ms_cumulative"),
}

// played are the fields that players set.
var played = func() []event.Field {
	var list []event.Field
	for f := range event.Field(event.Count()) {
		if !strings.HasPrefix(f.Name(), "client_") {
			list = append(list, f)
		}
	}
	return list
}()

// Odd draws an event out of few numbers, times and values, so that events
// meet: with the same number and another content, without a number, from one
// beacon or several, with absurd times. It is of the view "sdk".
func Odd() *rapid.Generator[event.Event] {
	seqs := []int64{-3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1 << 53, 1<<53 + 5, math.MaxInt64}
	times := []int64{0, 5, Base, Base + 10, Base + 3000, Base + 90*24*3_600_000, math.MaxInt64, math.MinInt64}
	return rapid.Custom(func(t *rapid.T) event.Event {
		return event.Event{
			View:       "sdk",
			Seq:        rapid.SampledFrom(seqs).Draw(t, "seq"),
			Kind:       rapid.SampledFrom(kinds).Draw(t, "kind"),
			Player:     rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "player"),
			ViewerTime: rapid.SampledFrom(times).Draw(t, "time"),
			Playhead:   rapid.SampledFrom([]int64{event.NoPlayhead, 0, 500, math.MaxInt64}).Draw(t, "playhead"),
			Fields:     rapid.SliceOfN(value(), 0, 5).Draw(t, "fields"),
			Origin: &event.Origin{
				Received: rapid.SampledFrom([]int64{Base, Base + 5, Base + 4000}).Draw(t, "received"),
				Sent:     rapid.SampledFrom([]int64{0, Base, Base - 2000}).Draw(t, "sent"),
				Latest:   rapid.SampledFrom([]int64{0, Base, Base + 1}).Draw(t, "latest"),
				Client:   rapid.SampledFrom([][]event.Value{nil, Client(), Client()[:1]}).Draw(t, "client"),
			},
		}
	})
}

// value draws the value of a field.
func value() *rapid.Generator[event.Value] {
	texts := []string{"", "a", "b", "media", "warning", "pip", "[1,2]", `["0:10","30:20000"]`, "\xff", "\x1e\x1f\x00"}
	numbers := []float64{-1, 0, 0.5, 1, 7, 1000, 3e5, Base, Base + 2000, 1 << 53, 1e300, -1e300}
	return rapid.Custom(func(t *rapid.T) event.Value {
		v := event.Value{Field: rapid.SampledFrom(played).Draw(t, "field")}
		if rapid.Bool().Draw(t, "few") {
			v.Field = rapid.SampledFrom(common).Draw(t, "field")
		}
		switch v.Field.Type() {
		case event.Text, event.Raw:
			v.Text = rapid.SampledFrom(texts).Draw(t, "text")
		case event.Bool:
			v.Num = float64(rapid.IntRange(0, 1).Draw(t, "truth"))
		default:
			v.Num = rapid.SampledFrom(numbers).Draw(t, "number")
		}
		if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
			v = event.Value{Field: v.Field, Null: true}
		}
		return v
	})
}
