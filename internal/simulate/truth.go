package simulate

// Truth is what a server has to say of a view. It follows from the script by
// plain addition. Its names are those of the view's properties in the server's
// reference; times are in ms, bitrates in bit/s, and what is not there (null)
// has no value.
type Truth struct {
	ViewID   string `json:"view_id"`
	ViewerID string `json:"mux_viewer_id"`
	UserID   string `json:"viewer_user_id,omitempty"`
	Start    int64  `json:"view_start"` // the request to play, in ms since 1970 by a right clock
	End      int64  `json:"view_end"`   // the last event
	Place
	What

	StartupTime        *int64 `json:"video_startup_time,omitempty"`
	ContentStartupTime *int64 `json:"view_content_startup_time,omitempty"`
	AggregateStartup   *int64 `json:"aggregate_startup_time,omitempty"`
	PageLoadTime       *int64 `json:"page_load_time,omitempty"`
	PlayerStartupTime  *int64 `json:"player_startup_time,omitempty"`

	WatchTime      int64            `json:"watch_time"`
	PlayingTime    int64            `json:"playing_time"`
	ContentTime    int64            `json:"content_playback_time"` // as above, by the playhead
	Modes          map[string]int64 `json:"playback_mode_playing_times,omitempty"`
	RebufferCount  int64            `json:"rebuffer_count"`
	RebufferTime   int64            `json:"rebuffer_duration"`
	SeekCount      int64            `json:"view_seek_count"`
	SeekTime       int64            `json:"view_seek_duration"`
	Ranges         [][2]int64       `json:"playback_ranges,omitempty"` // of the content, in the order they were played
	MaxPlayhead    int64            `json:"view_max_playhead_position"`
	LiveLatency    *int64           `json:"live_stream_latency,omitempty"`
	RequestLatency *float64         `json:"request_latency,omitempty"`
	MaxLatency     *int64           `json:"max_request_latency,omitempty"`
	Throughput     *float64         `json:"request_throughput,omitempty"`
	DroppedFrames  int64            `json:"view_dropped_frame_count"`
	Captions       bool             `json:"used_captions"`
	Fullscreen     bool             `json:"used_fullscreen"`

	Quality
	Ads
	Outcome

	States []State `json:"states"` // what the viewer was doing, from the start on
}

// Place is where and on what somebody watched.
type Place struct {
	Country    string `json:"country"`
	ASN        int    `json:"asn"`
	Connection string `json:"viewer_connection_type"`
	Device     string `json:"viewer_device_category"`
	Browser    string `json:"browser,omitempty"`
	System     string `json:"operating_system"`
	Player     string `json:"player_name"`
	Release    string `json:"player_version"`
	Software   string `json:"player_software"`
}

// What is what somebody watched.
type What struct {
	VideoID    string   `json:"video_id"`
	VideoTitle string   `json:"video_title"`
	Series     string   `json:"video_series,omitempty"`
	StreamType string   `json:"stream_type"`     // live or on-demand
	Part       string   `json:"sub_property_id"` // of the customer
	CDN        string   `json:"cdn"`             // multiple, if there were several
	CDNTrace   []string `json:"video_cdn_trace"`
}

// Quality is of the picture.
type Quality struct {
	Bitrate    *float64        `json:"weighted_average_bitrate,omitempty"` // weighted by playing time, without ads
	Upscale    *float64        `json:"upscale_percentage,omitempty"`       // a fraction; weighted likewise
	Downscale  *float64        `json:"downscale_percentage,omitempty"`
	MaxUp      *float64        `json:"max_upscale_percentage,omitempty"`
	MaxDown    *float64        `json:"max_downscale_percentage,omitempty"`
	Changes    int64           `json:"rendition_change_count"`
	Upshifts   int64           `json:"rendition_upshift_count"`
	Downshifts int64           `json:"rendition_downshift_count"`
	Renditions []RenditionTime `json:"rendition_playing_times,omitempty"`
}

// RenditionTime is how long a rendition played. A bitrate of 0 is not known.
type RenditionTime struct {
	Bitrate int   `json:"video_source_bitrate"`
	Width   int   `json:"video_source_width"`
	Height  int   `json:"video_source_height"`
	Time    int64 `json:"playing_time"`
}

// Ads counts ads and breaks, and the times of the first preroll.
type Ads struct {
	Attempts           int64  `json:"ad_attempt_count"`
	Impressions        int64  `json:"ad_impression_count"`
	Breaks             int64  `json:"ad_break_count"`
	AdErrors           int64  `json:"ad_error_count"`
	BreakErrors        int64  `json:"ad_break_error_count"` // breaks with an error
	StartupErrors      int64  `json:"ad_startup_error_count"`
	ExitsBeforeAd      int64  `json:"ad_exit_before_start_count"`
	AdPlayingTime      int64  `json:"ad_playing_time"`
	AdPrerollStartup   *int64 `json:"ad_preroll_startup_time,omitempty"`
	PrerollRequestTime *int64 `json:"video_startup_preroll_request_time,omitempty"`
	PrerollLoadTime    *int64 `json:"video_startup_preroll_load_time,omitempty"`
	PrerollRequests    *int64 `json:"requests_for_first_preroll,omitempty"`
}

// Outcome is how the view went.
type Outcome struct {
	Failure         bool   `json:"playback_failure"`
	StartupFailure  bool   `json:"video_startup_failure"`
	AdFailure       bool   `json:"ad_playback_failure"`
	Business        bool   `json:"playback_business_exception"`
	StartupBusiness bool   `json:"video_startup_business_exception"`
	ExitBeforeStart bool   `json:"exit_before_video_start"`
	Dropped         bool   `json:"view_dropped"` // it ended in silence
	ErrorCode       string `json:"player_error_code,omitempty"`
	ErrorMessage    string `json:"player_error_message,omitempty"`
}

// begun reports whether anybody asked for the video: else there is no view.
func (s *script) begun() bool { return len(s.scenes) > 1 }

// truth adds the scenes up.
func (s *script) truth() Truth {
	t := Truth{
		ViewID: s.viewID, ViewerID: s.viewer.id, UserID: s.viewer.userID,
		Start: s.start + int64(s.scenes[0].ms), End: s.start + s.length().Milliseconds(),
		Place: s.place(), What: s.what(), States: s.states(),
	}
	if s.page.load > 0 {
		t.PageLoadTime = &s.page.load
	}
	if s.page.player > 0 {
		t.PlayerStartupTime = &s.page.player
	}
	t.Dropped = !s.leaves
	t.addTimes(s)
	t.addStartup(s)
	t.addQuality(s)
	t.addRequests(s)
	t.addAds(s)
	t.addOutcome(s)
	return t
}

func (s *script) place() Place {
	v := &s.viewer
	return Place{
		Country: v.place.country, ASN: v.asn, Connection: v.connection, Device: v.category, Browser: v.browser, System: v.system,
		Player: v.player, Release: v.release, Software: v.software,
	}
}

func (s *script) what() What {
	w := What{
		VideoID: s.title.id, VideoTitle: s.title.name, Series: s.title.series, StreamType: s.title.streamType(), Part: s.title.producer(),
		CDN: s.cdn.name, CDNTrace: []string{s.cdn.name},
	}
	for _, c := range s.scenes {
		if c.kind == sceneSwitch {
			w.CDN, w.CDNTrace = "multiple", append(w.CDNTrace, cdns[c.n].name)
		}
	}
	return w
}

// sum adds up how long scenes of some kinds took, in ms.
func (s *script) sum(kinds ...sceneKind) (ms int64) {
	for _, c := range s.scenes {
		for _, k := range kinds {
			if c.kind == k {
				ms += int64(c.ms)
			}
		}
	}
	return ms
}

// count is how many scenes are of a kind.
func (s *script) count(kind sceneKind) (n int64) {
	for _, c := range s.scenes {
		if c.kind == kind {
			n++
		}
	}
	return n
}

func (t *Truth) addTimes(s *script) {
	t.PlayingTime = s.sum(scenePlay, sceneAd)
	t.ContentTime = t.PlayingTime
	t.AdPlayingTime = s.sum(sceneAd)
	t.RebufferCount, t.RebufferTime = s.count(sceneStall), s.sum(sceneStall)
	t.SeekCount, t.SeekTime = s.count(sceneSeek), s.sum(sceneSeek)
	t.DroppedFrames = s.sum(scenePlay) / frameDrop
	t.Captions, t.Fullscreen = s.count(sceneCaptions) > 0, s.count(sceneMode) > 0
	t.WatchTime = t.PlayingTime + t.RebufferTime + t.SeekTime + s.sum(sceneLoad, sceneAdRequest, sceneAdLoad)

	var from, playhead int64
	over := func() {
		if playhead > from {
			t.Ranges = append(t.Ranges, [2]int64{from, playhead})
		}
	}
	mode := "standard"
	t.Modes = map[string]int64{}
	for _, c := range s.scenes {
		switch c.kind {
		case scenePlay:
			playhead += int64(c.ms)
			t.Modes[mode] += int64(c.ms)
		case sceneAd:
			t.Modes[mode] += int64(c.ms)
		case sceneSeek:
			over()
			from, playhead = int64(c.to), int64(c.to)
		case sceneMode:
			mode = [...]string{"standard", "fullscreen"}[c.n]
		}
		t.MaxPlayhead = max(t.MaxPlayhead, playhead)
	}
	over()
}

// addStartup adds what there was before the first frame, and before that of the
// content.
func (t *Truth) addStartup(s *script) {
	var waited, ads int64
	inAds, shown := false, false
	for _, c := range s.scenes {
		switch c.kind {
		case sceneBreak:
			inAds = true
		case sceneBreakEnded:
			inAds = false
		case scenePlay, sceneAd:
			if !shown {
				shown = true
				startup := waited
				t.StartupTime = &startup
				if s.page.autoplay && s.page.load > 0 {
					whole := s.page.load + s.page.player + int64(s.scenes[0].ms) + startup
					t.AggregateStartup = &whole
				}
			}
			if c.kind == scenePlay {
				content := waited - ads
				t.ContentStartupTime = &content
				if s.title.live() && !s.shifted() {
					t.LiveLatency = &s.latency
				}
				return
			}
		case sceneLoad, sceneAdRequest, sceneAdLoad:
			waited += int64(c.ms)
			if inAds {
				ads += int64(c.ms)
			}
		}
	}
}

func (t *Truth) addOutcome(s *script) {
	inAds := false
	for _, c := range s.scenes {
		switch c.kind {
		case sceneBreak:
			inAds = true
		case sceneBreakEnded:
			inAds = false
		case sceneFail:
			e := s.errors[c.n]
			early := t.StartupTime == nil
			t.ErrorCode, t.ErrorMessage = e.code, e.message
			t.Failure, t.Business = !e.business, e.business
			t.StartupFailure, t.StartupBusiness = !e.business && early, e.business && early
			t.AdFailure = !e.business && inAds
		}
	}
	t.ExitBeforeStart = t.StartupTime == nil && t.ErrorCode == ""
}
