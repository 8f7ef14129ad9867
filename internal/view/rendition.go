package view

import (
	"math"

	"playhead/internal/event"
)

// rendition is what is known of the media in play; 0 and "" are not known.
type rendition struct {
	bitrate, width, height, fps            float64
	sourceCodec, video, audio, track, dyno string
}

// videoCodec and audioCodec prefer what the customer or player declares over
// what the source says.
func (r *rendition) videoCodec() string { return either(r.video, r.sourceCodec) }
func (r *rendition) audioCodec() string { return either(r.audio, r.track) }

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// renditions follows the media in play: what was played first and last, the
// switches between, and the mean bitrate.
type renditions struct {
	now   rendition
	name  string    // of the rendition in play
	first rendition // at the first frame, or what came to be known first after it
	last  rendition // known last

	switched            bool // a renditionchange has said what is in play
	from                picture
	changes, ups, downs int32
	played              shares[rung]
}

// picture is what a switch is recognised by.
type picture struct{ bitrate, width, height float64 }

func (r *renditions) picture() picture { return picture{r.now.bitrate, r.now.width, r.now.height} }

// rung is what tells the renditions of a source apart.
type rung struct {
	bitrate, width, height, fps float64
	codec, name                 string
}

// maxRung bounds the texts of a rung, in bytes.
const maxRung = 128

// rung is the one in play.
func (r *renditions) rung() rung {
	n := &r.now
	return rung{
		math.Round(n.bitrate), math.Round(n.width), math.Round(n.height), n.fps,
		clean(n.sourceCodec, maxRung), clean(r.name, maxRung),
	}
}

// advance gives the playing time before an event to the rendition that was in
// play.
func (r *renditions) advance(g growth) {
	if g != (growth{}) {
		r.played.add(r.rung(), g)
	}
}

// average is the mean bitrate over the playing time with a known one; ok is
// false if there is none. told has it be the SDK's playing time. A rendition of
// which more was taken back, by stalls told late, than played does not count.
func (r *renditions) average(told bool) (bitrate float64, ok bool) {
	var bits, ms float64
	for _, s := range r.played.list {
		if time := s.time(told); s.of.bitrate > 0 && time > 0 {
			bits += s.of.bitrate * time
			ms += time
		}
	}
	if !(ms > 0) {
		return 0, false
	}
	return bits / ms, true
}

// elements are the renditions and their playing times.
func (r *renditions) elements(told bool) []string {
	return r.played.elements(told, func(g rung, ms string) string {
		return JoinParts(plain(g.bitrate), plain(g.width), plain(g.height), plain(g.fps), g.codec, g.name, ms)
	})
}

func (r *renditions) apply(m *moment, firstFrame bool) {
	if m.kind == event.AudioTrackChange {
		r.now.track = ""
	}
	for i := range m.values {
		r.now.take(&m.values[i])
	}
	keep(&r.name, either(m.text(fieldRenditionName), r.name))
	r.last.fill(&r.now, true)
	if firstFrame {
		r.first.fill(&r.now, false)
	}
	if m.kind == event.RenditionChange && r.now.known() {
		if r.switched && firstFrame {
			r.count()
		}
		r.switched, r.from = true, r.picture()
	}
}

// count takes a change of the rendition during playback.
func (r *renditions) count() {
	a, b := r.from, r.picture()
	switch {
	case a.bitrate > 0 && b.bitrate > 0:
		if a.bitrate == b.bitrate {
			return
		}
		if b.bitrate > a.bitrate {
			r.ups++
		} else {
			r.downs++
		}
	case a.width == b.width && a.height == b.height:
		return
	}
	r.changes++
}

// known reports whether it is known which rendition it is.
func (r *rendition) known() bool { return r.bitrate > 0 || r.width > 0 && r.height > 0 }

// take sets what a value of an event says.
func (r *rendition) take(v *event.Value) {
	switch v.Field {
	case fieldBitrate:
		r.bitrate = positive(v.Num)
	case fieldWidth:
		r.width = positive(v.Num)
	case fieldHeight:
		r.height = positive(v.Num)
	case fieldFPS:
		r.fps = positive(v.Num)
	case fieldSourceCodec:
		keep(&r.sourceCodec, v.Text)
	case fieldVideoCodec:
		keep(&r.video, v.Text)
	case fieldAudioCodec:
		keep(&r.audio, v.Text)
	case fieldTrackCodec:
		keep(&r.track, v.Text)
	case fieldDynamicRange:
		keep(&r.dyno, v.Text)
	}
}

// positive is a number that a player tells of the media; 0 if it makes no sense.
func positive(n float64) float64 {
	if n > 0 && n < maxInt {
		return n
	}
	return 0
}

// fill takes over what is known of now, or with over false only what it does
// not know itself yet.
func (r *rendition) fill(now *rendition, over bool) {
	for _, p := range [...]struct{ to, from *float64 }{
		{&r.bitrate, &now.bitrate}, {&r.width, &now.width}, {&r.height, &now.height}, {&r.fps, &now.fps},
	} {
		if *p.from > 0 && (over || *p.to == 0) {
			*p.to = *p.from
		}
	}
	for _, p := range [...]struct{ to, from *string }{
		{&r.sourceCodec, &now.sourceCodec}, {&r.video, &now.video}, {&r.audio, &now.audio}, {&r.track, &now.track}, {&r.dyno, &now.dyno},
	} {
		if *p.from != "" && (over || *p.to == "") {
			*p.to = *p.from
		}
	}
}
