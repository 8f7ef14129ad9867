package eventtest

import (
	"fmt"

	"pgregory.net/rapid"

	"playhead/internal/event"
)

// Story draws the events of a view as a player would send them: numbered from
// 1, in the order of their time, in beacons that share an origin. The clock of
// the player is some seconds off. SDKs that add nothing up are among them.
func Story() *rapid.Generator[[]event.Event] {
	return rapid.Custom(func(t *rapid.T) []event.Event {
		s := &teller{
			t: t, now: Base, tells: rapid.Bool().Draw(t, "adds up"), live: rapid.Bool().Draw(t, "live"),
			behind: rapid.Int64Range(-5000, 5000).Draw(t, "clock"),
		}
		s.tell(event.PlayerReady, 0, number("page_load_time", 300), number("player_startup_time", 20))
		s.begin()
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, "step")(s)
		}
		if rapid.Bool().Draw(t, "ends") {
			s.tell(event.ViewEnd, 500)
		}
		s.send()
		return s.events
	})
}

// teller makes the events of one view.
type teller struct {
	t              *rapid.T
	tells, live    bool
	behind         int64 // ms that the player's clock is behind
	now            int64 // by the server's clock
	watch, playing int64
	playhead       int64
	events         []event.Event
	sent           int // events that have an origin
}

// tell adds an event that happens some ms after the one before.
func (s *teller) tell(k event.Kind, after int64, fields ...event.Value) {
	s.now += after
	if s.tells {
		fields = append(fields, number("view_watch_time", float64(s.watch)), number("view_playing_time_ms_cumulative", float64(s.playing)))
	}
	if s.live {
		fields = append(fields, number("player_program_time", float64(s.now-s.behind-20_000)),
			number("player_live_edge_program_time", float64(s.now-s.behind-5000)))
	}
	s.events = append(s.events, event.Event{
		View: "sdk", Player: "player", Seq: int64(len(s.events) + 1), Kind: k, ViewerTime: s.now - s.behind, Playhead: s.playhead, Fields: fields,
	})
	if len(s.events)-s.sent >= rapid.IntRange(1, 8).Draw(s.t, "beacon") {
		s.send()
	}
}

// send gives the events that have no origin one.
func (s *teller) send() {
	o := &event.Origin{Received: s.now + rapid.Int64Range(1, 300).Draw(s.t, "on its way"), Sent: s.now - s.behind, Client: Client()}
	if rapid.IntRange(0, 9).Draw(s.t, "another network") == 0 {
		o.Client = Client()[:1]
	}
	for ; s.sent < len(s.events); s.sent++ {
		e := &s.events[s.sent]
		e.Origin, o.Latest = o, max(o.Latest, e.ViewerTime)
	}
}

// begin has the view begin, with a preroll or without.
func (s *teller) begin() {
	s.tell(event.ViewStart, 50, text("video_title", "Title"), text("mux_viewer_id", "viewer"), number("view_start", float64(s.now-s.behind)),
		number("player_width", 640), number("player_height", 360))
	if rapid.Bool().Draw(s.t, "preroll") {
		s.ad()
	}
	s.play()
}

func (s *teller) play() {
	s.tell(event.Play, 10)
	wait := rapid.Int64Range(0, 3000).Draw(s.t, "startup")
	s.watch += wait
	s.tell(event.Playing, wait)
	s.heartbeat()
}

func (s *teller) heartbeat() {
	ms := rapid.Int64Range(1, 10_000).Draw(s.t, "plays")
	s.watch, s.playing, s.playhead = s.watch+ms, s.playing+ms, s.playhead+ms
	s.tell(event.Heartbeat, ms)
}

func (s *teller) ad() {
	id := text("ad_id", fmt.Sprint(rapid.IntRange(1, 3).Draw(s.t, "ad")))
	s.tell(event.AdBreakStart, 5)
	s.tell(event.AdPlay, 20, id)
	if last := rapid.SampledFrom([]event.Kind{event.AdEnded, event.AdError, event.AdSkipped, event.AdPause}).Draw(s.t, "ad ends"); last != event.AdError {
		s.tell(event.AdPlaying, 400, id)
		s.tell(last, 3000, id)
	} else {
		s.tell(last, 100, id)
	}
	s.tell(event.AdBreakEnd, 5)
}

func (s *teller) pause() {
	s.tell(event.Pause, 10)
	s.now += rapid.Int64Range(0, 100_000).Draw(s.t, "pauses")
	s.play()
}

// stall is told after the fact, as players do.
func (s *teller) stall() {
	ms := rapid.Int64Range(250, 5000).Draw(s.t, "stalls")
	s.watch += ms
	s.tell(event.RebufferStart, 0)
	s.events[len(s.events)-1].ViewerTime -= rapid.Int64Range(0, 1000).Draw(s.t, "back-dated")
	s.tell(event.RebufferEnd, ms)
	s.heartbeat()
}

func (s *teller) seek() {
	s.tell(event.Seeking, 10)
	s.playhead = rapid.Int64Range(0, 600_000).Draw(s.t, "playhead")
	s.watch += 300
	s.tell(event.Seeked, 300)
	s.heartbeat()
}

func (s *teller) rendition() {
	n := float64(rapid.IntRange(1, 4).Draw(s.t, "rendition"))
	s.tell(event.RenditionChange, 5, number("video_source_bitrate", n*1_000_000), number("video_source_width", n*320), number("video_source_height", n*180))
	s.heartbeat()
}

func (s *teller) request() {
	begin := float64(s.now - s.behind)
	kind := rapid.SampledFrom([]event.Kind{event.RequestCompleted, event.RequestFailed, event.RequestCanceled}).Draw(s.t, "request")
	s.tell(kind, 30, text("request_type", "media"), text("request_url", "https://cdn.example/"+fmt.Sprint(s.now)), number("request_start", begin),
		number("request_response_start", begin+10), number("request_response_end", begin+30), number("request_bytes_loaded", 50_000))
}

func (s *teller) fail() {
	severity := rapid.SampledFrom([]string{"fatal", "warning"}).Draw(s.t, "severity")
	code := fmt.Sprint(rapid.IntRange(1, 3).Draw(s.t, "code"))
	s.tell(event.Error, 10, text("player_error_code", code), text("player_error_message", "message"), text("player_error_severity", severity),
		number("player_error_business_exception", float64(rapid.IntRange(0, 1).Draw(s.t, "business"))))
}

func (s *teller) cdn() {
	s.tell(event.CDNChange, 5, text("video_cdn", rapid.SampledFrom([]string{"a", "b"}).Draw(s.t, "cdn")), text("video_previous_cdn", "z"))
}

func (s *teller) mode() {
	s.tell(event.PlaybackModeChange, 5, text("player_playback_mode", rapid.SampledFrom([]string{"standard", "pip", "fullscreen"}).Draw(s.t, "mode")))
	s.heartbeat()
}

func (s *teller) track() {
	s.tell(event.AudioTrackChange, 5, text("player_audio_track_language", rapid.SampledFrom([]string{"de", "en"}).Draw(s.t, "track")))
}

// steps are what can happen in a view.
var steps = []func(*teller){
	(*teller).heartbeat, (*teller).ad, (*teller).pause, (*teller).stall, (*teller).seek, (*teller).rendition, (*teller).request,
	(*teller).fail, (*teller).cdn, (*teller).mode, (*teller).track,
}
