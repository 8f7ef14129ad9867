package simulate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/view"
)

// begin is when the worlds of tests begin: a Saturday, an hour before the derby.
var begin = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)

// TestFold has the server's own fold tell of many views what the truth says of
// them. It is the truth that is tested here as much as the fold: the one adds
// up what was decided, the other hears what players tell.
func TestFold(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	seen := map[sceneKind]bool{}
	for _, brief := range []bool{false, true} {
		w := &World{Seed: 5, Start: begin, Brief: brief}
		for s := range w.views(begin, begin.Add(24*time.Hour), 1500) {
			truth := s.truth()
			v := fold(s, nil)
			for _, c := range s.scenes {
				seen[c.kind] = true
			}
			for name, want := range expected(&truth) {
				got := column(v, name)
				if !same(got, want) {
					t.Fatalf("view %s (%s): %s is %v, want %v\n%v", s.viewID, s.viewer.player, name, got, want, s.scenes)
				}
			}
		}
	}
	for kind := sceneReady; kind <= sceneBreakEnded; kind++ {
		if !seen[kind] {
			t.Errorf("no view has a scene of kind %d", kind)
		}
	}
}

// TestFoldWithoutSums is TestFold for players that add nothing up: the server
// has to see from the events alone how long everything took. (Whether an ad
// was loaded while another played, and what an ad server did, it cannot see.)
func TestFoldWithoutSums(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	summed := map[event.Field]bool{}
	for _, f := range []event.Field{
		fieldPlaying, fieldAdPlaying, fieldWatch, fieldContent, fieldFirstFrame, fieldRebuffers, fieldRebuffered, fieldRebufferPart, fieldRebufferRate,
		fieldSeeks, fieldSought, fieldMaxSeek, fieldScaled, fieldUpscaling, fieldDownscaling, fieldMaxUp, fieldMaxDown,
		fieldRequests, fieldLatency, fieldThroughput, fieldMaxLatency, fieldViewStart,
	} {
		summed[f] = true
	}
	w := &World{Seed: 7, Start: begin}
	for s := range w.views(begin, begin.Add(24*time.Hour), 1500) {
		truth := s.truth()
		v := fold(s, summed)
		for name, want := range expected(&truth) {
			if got := column(v, name); !same(got, want) {
				t.Errorf("view %s (%s): %s is %v, want %v\n%v", s.viewID, s.viewer.player, name, got, want, s.scenes)
			}
		}
	}
}

// fold tells the events of a script to the server's state machine, but for some
// fields.
func fold(s *script, without map[event.Field]bool) *view.View {
	return machine(s, without).Summary(view.Status{Dropped: !s.leaves})
}

// machine is the state machine that the events of a script were told to.
func machine(s *script, without map[event.Field]bool) *view.Machine {
	m := view.NewMachine("environment", s.viewID, view.Scoring{})
	end := s.start + s.length().Milliseconds()
	origin := &event.Origin{Received: end, Sent: end}
	held := append(fields(nil), s.constants()...)
	seq := int64(0)
	var e scriptEvent
	for c := s.cursor(); c.next(&e); {
		seq++
		m.Apply(&event.Event{
			View: s.viewID, Player: s.playerID, Seq: seq, Kind: e.kind, ViewerTime: s.start + e.at.Milliseconds(),
			Playhead: e.playhead.Milliseconds(), Fields: append(held, slices.DeleteFunc(slices.Clone(e.fields), func(v event.Value) bool { return without[v.Field] })...), Origin: origin,
		})
		held = nil
	}
	return m
}

// column is a property of a view; nil if it has none.
func column(v *view.View, name string) any {
	c := catalog.MustColumn(name)
	if c.IsText() {
		if text := v.Text(c); text != "" {
			return text
		}
		return nil
	}
	if n, ok := v.Number(c); ok {
		return n
	}
	return nil
}

// expected are the properties that a view is to have, by their columns.
func expected(t *Truth) map[string]any {
	whole := func(p *int64) any {
		if p == nil {
			return nil
		}
		return float64(*p)
	}
	exact := func(p *float64) any {
		if p == nil {
			return nil
		}
		return *p
	}
	rounded := func(p *float64) any {
		if p == nil {
			return nil
		}
		return math.Round(*p)
	}
	is := func(b bool) any {
		if b {
			return 1.0
		}
		return 0.0
	}
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return map[string]any{
		"view_start": float64(t.Start), "view_end": float64(t.End), "mux_viewer_id": t.ViewerID, "viewer_user_id": text(t.UserID),
		"video_id": t.VideoID, "video_title": t.VideoTitle, "video_series": text(t.Series), "stream_type": t.StreamType,
		"playback_mode_playing_times": text(list(t.Modes)), "video_playback_range": played(t.Ranges),
		"cdn": t.CDN, "video_cdn_trace": view.JoinList(t.CDNTrace), "player_name": t.Player, "player_version": t.Release, "player_software": t.Software,

		"video_startup_time": whole(t.StartupTime), "view_content_startup_time": whole(t.ContentStartupTime),
		"aggregate_startup_time": whole(t.AggregateStartup), "page_load_time": whole(t.PageLoadTime), "player_startup_time": whole(t.PlayerStartupTime),
		"watch_time": float64(t.WatchTime), "playing_time": float64(t.PlayingTime),
		"rebuffer_count": float64(t.RebufferCount), "rebuffer_duration": float64(t.RebufferTime),
		"view_seek_count": float64(t.SeekCount), "view_seek_duration": float64(t.SeekTime),
		"rendition_playing_times": text(renditionList(t.Renditions)), "view_has_ad": is(t.Attempts > 0), "watched": is(t.StartupTime != nil),
		"content_playback_failure": is(t.Failure && !t.AdFailure), "error_type_id": errorType(t),
		"used_captions": is(t.Captions), "used_fullscreen": is(t.Fullscreen), "view_dropped_frame_count": orNull(t.DroppedFrames, t.Upscale != nil),
		"live_stream_latency": whole(t.LiveLatency), "request_latency": rounded(t.RequestLatency),
		"max_request_latency": whole(t.MaxLatency), "request_throughput": rounded(t.Throughput),

		"weighted_average_bitrate": exact(t.Bitrate), "upscale_percentage": exact(t.Upscale), "downscale_percentage": exact(t.Downscale),
		"max_upscale_percentage": exact(t.MaxUp), "max_downscale_percentage": exact(t.MaxDown),
		"rendition_change_count": float64(t.Changes), "rendition_upshift_count": float64(t.Upshifts), "rendition_downshift_count": float64(t.Downshifts),

		"ad_attempt_count": float64(t.Attempts), "ad_impression_count": float64(t.Impressions), "ad_break_count": float64(t.Breaks),
		"ad_error_count": float64(t.AdErrors), "ad_break_error_count": float64(t.BreakErrors), "ad_startup_error_count": float64(t.StartupErrors),
		"ad_exit_before_start_count": float64(t.ExitsBeforeAd), "ad_preroll_startup_time": whole(t.AdPrerollStartup),
		"video_startup_preroll_request_time": whole(t.PrerollRequestTime), "video_startup_preroll_load_time": whole(t.PrerollLoadTime),
		"requests_for_first_preroll": whole(t.PrerollRequests),

		"playback_failure": is(t.Failure), "video_startup_failure": is(t.StartupFailure), "ad_playback_failure": is(t.AdFailure),
		"playback_business_exception": is(t.Business), "video_startup_business_exception": is(t.StartupBusiness),
		"exit_before_video_start": is(t.ExitBeforeStart), "view_dropped": is(t.Dropped),
		"player_error_code": text(t.ErrorCode), "player_error_message": text(t.ErrorMessage),
	}
}

// orNull is a number that players only tell once something was measured.
func orNull(n int64, told bool) any {
	if !told {
		return nil
	}
	return float64(n)
}

// errorType is the id of the last fatal error's type.
func errorType(t *Truth) any {
	if t.ErrorCode == "" {
		return nil
	}
	return float64(view.ErrorTypeID(t.ErrorCode, t.ErrorMessage))
}

// renditionList is renditions with their times as the column holds them.
func renditionList(renditions []RenditionTime) string {
	var elements []string
	for _, r := range renditions {
		bitrate, fps, codec, name := "", "", "", ""
		if r.Bitrate > 0 {
			rung := rungOf(r)
			bitrate, fps, codec, name = strconv.Itoa(r.Bitrate), strconv.FormatFloat(rung.fps, 'f', -1, 64), "avc1.640028,mp4a.40.2", rung.name
		}
		elements = append(elements, view.JoinParts(bitrate, strconv.Itoa(r.Width), strconv.Itoa(r.Height), fps, codec, name, strconv.FormatInt(r.Time, 10)))
	}
	return view.JoinList(elements)
}

// rungOf finds the rendition that was told.
func rungOf(r RenditionTime) rendition {
	for _, ladder := range [][]rendition{filmLadder, clipLadder, liveLadder} {
		for _, rung := range ladder {
			if rung.bitrate == r.Bitrate && rung.width == r.Width {
				return rung
			}
		}
	}
	return rendition{}
}

// list is the modes with their times as the column holds them: nobody begins in
// fullscreen.
func list(modes map[string]int64) string {
	var elements []string
	for _, mode := range []string{"standard", "fullscreen"} {
		if ms := modes[mode]; ms > 0 {
			elements = append(elements, view.JoinParts(mode, strconv.FormatInt(ms, 10)))
		}
	}
	return view.JoinList(elements)
}

// played is ranges of the content as SDKs write them.
func played(ranges [][2]int64) any {
	if len(ranges) == 0 {
		return nil
	}
	var texts []string
	for _, r := range ranges {
		texts = append(texts, fmt.Sprintf("%q", fmt.Sprintf("%d:%d", r[0], r[1])))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// same compares values; sums of fractions may differ in their last digits.
func same(got, want any) bool {
	a, ok1 := got.(float64)
	b, ok2 := want.(float64)
	if ok1 && ok2 {
		return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b))
	}
	return cmp.Equal(got, want)
}
