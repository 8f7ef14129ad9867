package view

import (
	"math"
	"strconv"

	"playhead/internal/event"
)

// RenditionSpan is the rendition that played for a time.
type RenditionSpan struct {
	From    int64    `json:"from" doc:"in ms from the start"`
	To      int64    `json:"to" doc:"likewise; it is no longer in it"`
	Bitrate *int64   `json:"bitrate" doc:"in bit/s, as this and the others are known"`
	Width   *int64   `json:"width" doc:"in pixels"`
	Height  *int64   `json:"height" doc:"in pixels"`
	FPS     *float64 `json:"fps" doc:"frames per second"`
	Codec   *string  `json:"codec" doc:"of the picture"`
	Name    *string  `json:"name" doc:"what the player calls it"`

	rung rung
}

// CDNSpan is the CDN that delivered for a time.
type CDNSpan struct {
	From int64  `json:"from" doc:"in ms from the start"`
	To   int64  `json:"to" doc:"likewise; it is no longer in it"`
	Name string `json:"name" doc:"of the CDN"`
}

// RequestSpan is a request and how long it took.
type RequestSpan struct {
	From      int64   `json:"from" doc:"when it was sent, in ms from the start; of one whose times are not known, when it was told of"`
	FirstByte *int64  `json:"first_byte" doc:"when the answer began"`
	To        *int64  `json:"to" doc:"when the answer was there"`
	Result    string  `json:"result" enum:"completed,failed,canceled" doc:"what became of it"`
	Type      *string `json:"type" doc:"what it was for: manifest, media, video, audio, encryption and others"`
	Host      *string `json:"host" doc:"name of the host"`
	URL       *string `json:"url" doc:"as far as the player tells it"`
	Bytes     *int64  `json:"bytes" doc:"of the answer"`
	Duration  *int64  `json:"media_duration" doc:"of the media in the answer, in ms"`
	Bitrate   *int64  `json:"labeled_bitrate" doc:"of the rendition that it is of, in bit/s"`
	Code      *string `json:"error_code" doc:"why it failed: mostly the status of HTTP"`
	Error     *string `json:"error" doc:"likewise, in words"`
}

// piece is a time in which content played, in ms since 1970, and its bitrate, 0 if
// that is not known.
type piece struct{ from, to, bitrate int64 }

// states fills the lane of what the viewer was doing. It returns when content
// is known to have played, and the last state, which may begin where the axis ends.
func (a *axis) states(c *Course, spans []Span, ads steps) (content []piece, last string) {
	place := 0
	for i, s := range spans {
		until := a.start + c.Length
		if i+1 < len(spans) {
			until = min(until, spans[i+1].At)
		}
		last = activityNames[s.Activity]
		for from := s.At; from < until; {
			state, to := activityNames[s.Activity], until
			if s.Activity == Playing {
				inAd, next := ads.at(&place, from)
				if to = min(to, next); inAd == 1 {
					state = "ad"
				} else if !s.Unheard {
					content = append(content, piece{from, to, s.Bitrate})
				}
			}
			c.addState(StateSpan{from - a.start, to - a.start, state, !s.Unheard})
			last, from = state, to
		}
	}
	return content, last
}

// addState adds a span to the lane: it may go on with the one before.
func (c *Course) addState(s StateSpan) {
	if n := len(c.States); n > 0 {
		if last := &c.States[n-1]; last.To == s.From && last.State == s.State && last.Heard == s.Heard {
			last.To = s.To
			return
		}
	}
	c.States = append(c.States, s)
}

// adTimes tells from the events when ads were on: 1 from a time on, or 0.
func (a *axis) adTimes(events []*TimelineEvent) (times steps) {
	var ads ads
	latest := int64(math.MinInt64)
	for _, e := range events {
		m := moment{kind: event.Kind(e.Name)}
		if id := e.words("ad_id"); id != nil {
			m.values = []event.Value{{Field: fieldAdID, Text: *id}}
		}
		latest = max(latest, a.since1970(e))
		ads.apply(&m)
		is := int64(0)
		if ads.inside() {
			is = 1
		}
		times.turn(latest, is)
	}
	return times
}

// cdns fills the lane of who delivered.
func (a *axis) cdns(c *Course, spans []Span) {
	for i, s := range spans {
		to := c.Length
		if i+1 < len(spans) {
			to = min(to, spans[i+1].At-a.start)
		}
		one := CDNSpan{s.At - a.start, to, s.CDN}
		if one.Name == "" || one.To <= one.From || s.Activity >= Left {
			continue
		}
		if n := len(c.CDNs); n > 0 && c.CDNs[n-1].Name == one.Name && c.CDNs[n-1].To == one.From {
			c.CDNs[n-1].To = one.To
			continue
		}
		c.CDNs = append(c.CDNs, one)
	}
}

// media is what plays from a time on, in ms since 1970.
type media struct {
	at int64
	rung
}

// renditions fills the lane of what played: by the events, and where these tell
// another bitrate or are gone, by what the view knows to have played with it.
func (a *axis) renditions(c *Course, content []piece, v *View, events []*TimelineEvent) {
	turns, known := a.media(v, events), rungsOf(v)
	turn := 0
	for _, p := range content {
		for from := p.from; from < p.to; {
			for turn+1 < len(turns) && turns[turn+1].at <= from {
				turn++
			}
			now, to := turns[turn].rung, p.to
			if turn+1 < len(turns) {
				to = min(to, turns[turn+1].at)
			}
			if p.bitrate > 0 && now.bitrate != float64(p.bitrate) {
				now = known[p.bitrate]
				now.bitrate = float64(p.bitrate)
			}
			c.addRendition(from-a.start, to-a.start, now)
			from = to
		}
	}
}

// media are what played first and what players told of it, in the order of their
// times.
func (a *axis) media(v *View, events []*TimelineEvent) []media {
	of := func(name string) float64 {
		if n, ok := v.Number(column(name + "_initial")); ok {
			return n
		}
		return 0
	}
	now := media{math.MinInt64, rung{
		bitrate: of("video_source_bitrate"), width: of("video_source_width"), height: of("video_source_height"), fps: of("video_source_fps"),
		codec: v.Text(column("video_codec_initial")),
	}}
	list := []media{now}
	for _, e := range events {
		now.at = max(now.at, a.since1970(e))
		if e.Name != string(event.RenditionChange) {
			continue
		}
		for name, of := range map[string]*float64{"bitrate": &now.bitrate, "width": &now.width, "height": &now.height, "fps": &now.fps} {
			if n := e.number(name); n > 0 {
				*of = n
			}
		}
		now.bitrate = math.Round(now.bitrate)
		now.codec, now.name = or(e.words("codec"), now.codec), or(e.words("rendition_name"), now.name)
		list = append(list, now)
	}
	return list
}

// rungsOf are the renditions that played by their bitrates.
func rungsOf(v *View) map[int64]rung {
	of := map[int64]rung{}
	for _, element := range v.Elements(column("rendition_playing_times")) {
		parts := SplitParts(element)
		if len(parts) != 7 {
			continue
		}
		number := func(i int) float64 { n, _ := strconv.ParseFloat(parts[i], 64); return n }
		of[roundMS(number(0))] = rung{number(0), number(1), number(2), number(3), parts[4], parts[5]}
	}
	return of
}

// addRendition adds a span to the lane, unless nothing is known of it.
func (c *Course) addRendition(from, to int64, is rung) {
	if is == (rung{}) {
		return
	}
	s := RenditionSpan{From: from, To: to, Bitrate: knownCount(is.bitrate), Width: knownCount(is.width), Height: knownCount(is.height), rung: is}
	if is.fps > 0 {
		s.FPS = &is.fps
	}
	s.Codec, s.Name = knownText(is.codec), knownText(is.name)
	if n := len(c.Renditions); n > 0 {
		if last := &c.Renditions[n-1]; last.To == from && last.rung == is {
			last.To = to
			return
		}
	}
	c.Renditions = append(c.Renditions, s)
}

func knownCount(n float64) *int64 {
	if n <= 0 {
		return nil
	}
	whole := roundMS(n)
	return &whole
}

func knownText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func or(text *string, otherwise string) string {
	if text != nil {
		return *text
	}
	return otherwise
}

// results are what becomes of requests.
var results = map[event.Kind]string{event.RequestCompleted: "completed", event.RequestFailed: "failed", event.RequestCanceled: "canceled"}

// request is the request that an event tells of.
func (a *axis) request(at int64, e *TimelineEvent) RequestSpan {
	r := RequestSpan{
		From: at, Result: results[event.Kind(e.Name)], Type: e.words("request_type"), Host: e.words("request_hostname"), URL: e.words("request_url"),
		Bytes: e.whole("request_bytes_loaded"), Duration: e.whole("request_media_duration"), Bitrate: e.whole("request_labeled_bitrate"),
		Code: e.scalar("request_error_code"), Error: knownText(or(e.words("request_error_text"), or(e.words("request_error"), ""))),
	}
	// time is a time of the player's clock; nil if it cannot be that of the request.
	time := func(name string) *int64 {
		n := e.number(name)
		if e.ViewerTime <= 0 || math.Abs(n-float64(e.ViewerTime)) > day {
			return nil
		}
		t := roundMS(n) - e.ViewerTime + at
		return &t
	}
	sent, first, done := time("request_start"), time("request_response_start"), time("request_response_end")
	if sent == nil || done != nil && *done < *sent {
		return r
	}
	r.From, r.To = *sent, done
	if first != nil && *first >= *sent && (done == nil || *first <= *done) {
		r.FirstByte = first
	}
	return r
}
