package view

import (
	"math"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// The columns that are computed here.
var (
	colEnvironment = catalog.MustColumn("environment_id")
	colViewID      = catalog.MustColumn("view_id")
	colStart       = catalog.MustColumn("view_start")
	colEnd         = catalog.MustColumn("view_end")
	colViewerKey   = catalog.MustColumn("viewer_key")
	colPlayer      = catalog.MustColumn("player_instance_id")
	colStreamType  = catalog.MustColumn("stream_type")
)

// facts is what several columns are derived from.
type facts struct {
	over       bool // the view has come to its end, told or not
	dropped    bool
	firstFrame bool
	programme  bool    // the view began by a change of programme
	startup    float64 // NaN is null, as below
	watch      float64
	rebuffers  float64
	rebuffered float64
	seeks      float64
	sought     float64
}

// Summary returns what is known of the view, without its timeline.
func (m *Machine) Summary(s Status) *View {
	m.tell()
	v := New(s.ID)
	m.fill(v)
	f := m.facts(s)
	m.identify(v, s)
	m.times(v, f)
	m.success(v, f)
	m.network(v)
	m.media(v)
	m.adCounts(v, f)
	m.uses(v, s, f)
	m.scores(v, f)
	return v
}

// fill sets the columns that are taken from fields as they are: of the most
// trusted field that has a value, the latest one.
func (m *Machine) fill(v *View) {
	var scratch [32]event.Value
	client := unpacker(m.client.packed)
	connection := client.values(scratch[:0])
	for _, s := range sources {
		for _, f := range s.fields {
			if s.column.IsText() {
				if t := m.text(f, connection); t != "" {
					v.SetText(s.column, t)
					break
				}
			} else if n := m.number(f, connection); valid(n, s.column.Kind) {
				v.SetNumber(s.column, whole(n, s.column.Kind))
				break
			}
		}
	}
}

func (m *Machine) text(f event.Field, connection []event.Value) string {
	if registered[f] != 0 {
		return m.registers.text(f)
	}
	for i := range connection {
		if connection[i].Field == f {
			return connection[i].Text
		}
	}
	return ""
}

func (m *Machine) number(f event.Field, connection []event.Value) float64 {
	if registered[f] != 0 {
		return m.registers.number(f)
	}
	for i := range connection {
		if connection[i].Field == f && !connection[i].Null {
			return connection[i].Num
		}
	}
	return math.NaN()
}

// valid reports whether a column can hold a number that was sent. Whole
// numbers are counts, sizes and times, none of which can be negative.
func valid(n float64, k catalog.Kind) bool {
	if k == catalog.Float {
		return !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return n >= 0 && n < maxInt
}

// whole rounds a number as the kind of its column needs.
func whole(n float64, k catalog.Kind) float64 {
	switch k {
	case catalog.Int, catalog.Time:
		return math.Round(n)
	}
	return n
}

// facts decides between what the SDK adds up and what follows from the events:
// the former, where it was sent.
func (m *Machine) facts(s Status) facts {
	p, r := &m.story.playback, &m.registers
	f := facts{
		dropped:    s.Dropped && !m.ended,
		over:       s.Dropped || m.ended,
		firstFrame: p.firstFrame,
		programme:  m.ever.programChanged,
		startup:    math.NaN(),
		watch:      told(r.amount(fieldWatchTime), p.watched),
		rebuffers:  told(r.amount(fieldRebufferCount), int64(p.rebuffers)),
		rebuffered: told(r.amount(fieldRebufferDuration), p.rebufferTime()),
		seeks:      told(r.amount(fieldSeekCount), int64(p.seeks)),
		sought:     told(r.amount(fieldSeekDuration), p.seekTime()),
	}
	if f.firstFrame && !f.programme {
		f.startup = r.amount(fieldFirstFrame)
		if math.IsNaN(f.startup) && p.startTold {
			f.startup = float64(p.startup)
		}
	}
	return f
}

// told is what the SDK told, or else what was derived.
func told(n float64, derived int64) float64 {
	if math.IsNaN(n) {
		return float64(derived)
	}
	return math.Round(n)
}

// identify sets who and when.
func (m *Machine) identify(v *View, s Status) {
	v.SetText(colEnvironment, m.environment)
	v.SetText(colViewID, m.sdkID)
	v.SetText(colPlayer, m.player.text)
	viewer := m.registers.text(fieldUserID)
	if viewer == "" {
		viewer = m.registers.text(fieldMuxViewerID)
	}
	if viewer != "" {
		v.SetNumber(colViewerKey, float64(hash(viewer)>>11))
	}
	c := &m.story.clock
	start := m.offsetStart()
	last := c.final
	if c.end.set() {
		last = c.end
	}
	end, _ := m.offset.correct(last.time, last.received)
	v.SetNumber(colStart, float64(start))
	v.SetNumber(colEnd, float64(max(start, end)))
	set(v, "inserted_at", float64(s.Inserted))
	set(v, "updated_at", float64(s.Updated))
}

// offsetStart is the start of the view by the server's clock: as the SDK told
// it, or else the first event that requested playback, or else its first event.
func (m *Machine) offsetStart() int64 {
	at := m.story.clock.start
	if !at.set() {
		at = mark{0, m.FirstReceived()}
	}
	if told := m.registers.amount(fieldViewStart); told > 0 {
		if start, clamped := m.offset.correct(roundMS(told), at.received); !clamped {
			return start
		}
	}
	start, _ := m.offset.correct(at.time, at.received)
	return start
}

// times sets how long everything took.
func (m *Machine) times(v *View, f facts) {
	p, r := &m.story.playback, &m.registers
	playing := r.amount(fieldPlayingCumulative)
	if math.IsNaN(playing) {
		playing = r.amount(fieldPlayingTime)
	}
	set(v, "watch_time", f.watch)
	set(v, "playing_time", told(playing, p.played))
	set(v, "content_playback_time", math.Round(r.amount(fieldContentTime)))
	set(v, "video_startup_time", math.Round(f.startup))
	switch {
	case f.programme || !p.contentStarted && p.preroll:
	case !p.preroll:
		set(v, "view_content_startup_time", math.Round(f.startup))
	default:
		set(v, "view_content_startup_time", float64(p.contentStartup))
	}
	if p.prerollShown {
		set(v, "ad_preroll_startup_time", float64(max(0, p.prerollStartup)))
	}
	set(v, "player_startup_time", math.Round(r.amount(fieldPlayerStartup)))
	set(v, "page_load_time", math.Round(r.amount(fieldPageLoad)))

	set(v, "rebuffer_count", f.rebuffers)
	set(v, "rebuffer_duration", f.rebuffered)
	if f.watch > 0 {
		set(v, "rebuffer_percentage", f.rebuffered/f.watch)
		set(v, "rebuffer_frequency", f.rebuffers/(f.watch/60000))
	}
	set(v, "view_seek_count", f.seeks)
	set(v, "view_seek_duration", f.sought)
	if f.seeks > 0 {
		set(v, "seek_latency", f.sought/f.seeks)
	}
}

// success sets how the view went, and its errors.
func (m *Machine) success(v *View, f facts) {
	e := &m.story.failures
	flag(v, "exit_before_video_start", m.exited(f))
	flag(v, "playback_failure", e.failed != nil)
	flag(v, "video_startup_failure", e.startup)
	flag(v, "content_playback_failure", e.content)
	flag(v, "ad_playback_failure", e.inAd != nil)
	flag(v, "playback_business_exception", e.business != nil)
	flag(v, "video_startup_business_exception", e.starting != nil)
	flag(v, "view_dropped", f.dropped)
	if e.last != nil {
		setText(v, "player_error_code", e.last.code)
		setText(v, "player_error_message", e.last.message)
		setText(v, "player_error_context", e.last.context)
	}
	for name, failure := range map[string]*failure{
		"error_type_id":                                  e.last,
		"playback_failure_error_type_id":                 e.failed,
		"playback_business_exception_error_type_id":      e.business,
		"video_startup_business_exception_error_type_id": e.starting,
		"ad_playback_failure_error_type_id":              e.inAd,
	} {
		if failure != nil {
			set(v, name, float64(failure.typeID()))
		}
	}
}

// exited reports whether the viewer left before the first frame. A view that
// is still open may yet show one.
func (m *Machine) exited(f facts) bool {
	return m.started && f.over && !f.firstFrame && !f.programme && m.story.failures.last == nil
}

// network sets what requests and CDNs had to do with the view.
func (m *Machine) network(v *View) {
	q, r := &m.story.requests, &m.registers
	if q.any {
		if q.ms > 0 {
			set(v, "request_throughput", math.Round(q.bits/(q.ms/1000)))
		}
		if q.timed > 0 {
			set(v, "request_latency", math.Round(q.latency/float64(q.timed)))
			set(v, "max_request_latency", math.Round(q.longest))
		}
	} else {
		set(v, "request_throughput", math.Round(r.amount(fieldThroughput)))
		set(v, "request_latency", math.Round(r.amount(fieldLatency)))
		set(v, "max_request_latency", math.Round(r.amount(fieldMaxLatency)))
	}
	setText(v, "cdn", m.story.cdns.current())
	setText(v, "video_cdn_trace", JoinList(append([]string(nil), m.story.cdns.trace...)))
	if ms, ok := m.story.live.mean(&m.history, m.offset); ok {
		set(v, "live_stream_latency", math.Round(ms))
	}
}

// media sets what was played.
func (m *Machine) media(v *View) {
	r := &m.story.renditions
	for _, p := range []struct {
		suffix string
		rendition
	}{{"", r.last}, {"_initial", r.first}} {
		known(v, "video_source_bitrate"+p.suffix, math.Round(p.bitrate))
		known(v, "video_source_width"+p.suffix, math.Round(p.width))
		known(v, "video_source_height"+p.suffix, math.Round(p.height))
		known(v, "video_source_fps"+p.suffix, p.fps)
	}
	setText(v, "video_codec_initial", r.first.videoCodec())
	setText(v, "audio_codec_initial", r.first.audioCodec())
	setText(v, "video_dynamic_range_type_initial", r.first.dyno)
	set(v, "rendition_change_count", float64(r.changes))
	set(v, "rendition_upshift_count", float64(r.ups))
	set(v, "rendition_downshift_count", float64(r.downs))
	if bitrate, ok := r.average(); ok {
		set(v, "weighted_average_bitrate", bitrate)
	}
	if content := m.registers.amount(fieldTotalContent); content > 0 {
		set(v, "upscale_percentage", m.registers.amount(fieldTotalUpscaling)/content)
		set(v, "downscale_percentage", m.registers.amount(fieldTotalDownscaling)/content)
	}
	if v.Text(colStreamType) == "" {
		live := m.registers.number(fieldIsLive)
		if math.IsNaN(live) {
			live = m.registers.number(fieldSourceIsLive)
		}
		switch live {
		case 0:
			v.SetText(colStreamType, "on-demand")
		case 1:
			v.SetText(colStreamType, "live")
		}
	}
}

// adCounts sets the figures of ads.
func (m *Machine) adCounts(v *View, f facts) {
	a := &m.story.ads
	flag(v, "view_has_ad", a.attempts > 0 || m.ever.ad)
	counts := []struct {
		name string
		n    int
		of   int
		rate string
	}{
		{"ad_attempt_count", a.attempts, 0, ""},
		{"ad_impression_count", a.shown, 0, ""},
		{"ad_break_count", a.breaks, 0, ""},
		{"ad_error_count", a.errors, a.attempts, "ad_error_percentage"},
		{"ad_break_error_count", a.badBreaks, a.breaks, "ad_break_error_percentage"},
		{"ad_startup_error_count", a.badStarts, a.attempts, "ad_startup_error_percentage"},
		{"ad_exit_before_start_count", a.exits(f.over), a.attempts, "ad_exit_before_start_percentage"},
	}
	for _, c := range counts {
		set(v, c.name, float64(c.n))
		if c.of > 0 {
			set(v, c.rate, float64(c.n)/float64(c.of))
		}
	}
}

// uses sets what the viewer made use of, and the state of the view.
func (m *Machine) uses(v *View, s Status, f facts) {
	flag(v, "used_captions", m.ever.captions)
	flag(v, "used_pip", m.ever.pip)
	flag(v, "used_fullscreen", m.ever.fullscreen)
	flag(v, "time_shift_enabled", m.ever.timeShift)
	flag(v, "watched", f.firstFrame)
	flag(v, "long_rebuffering", m.ended && f.rebuffered > 5*60*1000)
	flag(v, "long_resume", s.Resumed)
	switch preload := strings.ToLower(strings.TrimSpace(m.registers.text(fieldPreload))); preload {
	case "":
	case "none", "false", "0":
		flag(v, "player_preload", false)
	default:
		flag(v, "player_preload", true)
	}
}

// scores sets the five scores. Components of a view without a first frame are
// null, and so is quality where no scaling was measured.
func (m *Machine) scores(v *View, f facts) {
	success := PlaybackSuccess(Verdict{
		Failed: m.story.failures.failed != nil, Exited: m.exited(f), Started: f.firstFrame, Waited: f.watch,
	})
	smoothness, startup, quality := math.NaN(), math.NaN(), math.NaN()
	if f.firstFrame {
		startup = StartupScore(f.startup)
		if f.watch > 0 {
			smoothness = SmoothnessScore(f.rebuffers, f.rebuffered/f.watch)
		}
		if content := m.registers.amount(fieldTotalContent); content > 0 {
			quality = QualityScore(m.registers.amount(fieldMaxUpscale), m.registers.amount(fieldTotalUpscaling)/content)
		}
	}
	for name, score := range map[string]float64{
		"playback_success_score":  success,
		"rebuffer_score":          smoothness,
		"startup_time_score":      startup,
		"video_quality_score":     quality,
		"viewer_experience_score": m.scoring.Overall(success, smoothness, startup, quality),
	} {
		set(v, name, float64(float32(score)))
	}
}

// set sets a column that is not a text, by its name. What the column cannot
// hold is null: absurd input makes no number rather than a wrong one.
func set(v *View, name string, n float64) {
	if c := column(name); valid(n, c.Kind) {
		v.SetNumber(c, n)
	}
}

// known is set for numbers of which 0 means that they are not known.
func known(v *View, name string, n float64) {
	if n > 0 {
		set(v, name, n)
	}
}

func flag(v *View, name string, is bool) {
	n := 0.0
	if is {
		n = 1
	}
	set(v, name, n)
}

func setText(v *View, name, text string) {
	if text != "" {
		v.SetText(column(name), text)
	}
}

func column(name string) *catalog.Column { return catalog.MustColumn(name) }
