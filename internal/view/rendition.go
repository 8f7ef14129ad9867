package view

import "playhead/internal/event"

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
	first rendition // at the first frame, or what came to be known first after it
	last  rendition // known last

	switched      bool // a renditionchange has said what is in play
	from          rendition
	changes       int
	ups, downs    int
	told, derived weighted // by the SDK's playing time, and by ours
	toldTime      float64  // the SDK's playing time so far
}

// weighted is a sum of bitrates over playing time.
type weighted struct{ bits, ms float64 }

func (w *weighted) add(bitrate, ms float64) {
	if bitrate > 0 && ms != 0 {
		w.bits += bitrate * ms
		w.ms += ms
	}
}

// advance gives the playing time before an event to the bitrate that was in
// play. Ads do not count.
func (r *renditions) advance(m *moment, played int64, inAd bool) {
	told := r.toldTime
	if n, ok := m.number(fieldPlayingCumulative); ok {
		told = n
	} else if n, ok := m.number(fieldPlayingTime); ok {
		told = n
	}
	if !inAd {
		r.derived.add(r.now.bitrate, float64(played))
		r.told.add(r.now.bitrate, max(0, told-r.toldTime))
	}
	r.toldTime = told
}

// average is the mean bitrate; ok is false if none is known.
func (r *renditions) average() (bitrate float64, ok bool) {
	w := r.derived
	if r.toldTime > 0 {
		w = r.told
	}
	if !(w.ms > 0) {
		return 0, false
	}
	return w.bits / w.ms, true
}

func (r *renditions) apply(m *moment, firstFrame bool) {
	if m.kind == event.AudioTrackChange {
		r.now.track = ""
	}
	for i := range m.values {
		r.now.take(&m.values[i])
	}
	r.last.fill(&r.now, true)
	if firstFrame {
		r.first.fill(&r.now, false)
	}
	if m.kind == event.RenditionChange && r.now.known() {
		if r.switched && firstFrame {
			r.count()
		}
		r.switched, r.from = true, r.now
	}
}

// count takes a change of the rendition during playback.
func (r *renditions) count() {
	a, b := &r.from, &r.now
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
	positive := max(0, v.Num)
	if positive >= maxInt {
		positive = 0
	}
	switch v.Field {
	case fieldBitrate:
		r.bitrate = positive
	case fieldWidth:
		r.width = positive
	case fieldHeight:
		r.height = positive
	case fieldFPS:
		r.fps = positive
	case fieldSourceCodec:
		r.sourceCodec = v.Text
	case fieldVideoCodec:
		r.video = v.Text
	case fieldAudioCodec:
		r.audio = v.Text
	case fieldTrackCodec:
		r.track = v.Text
	case fieldDynamicRange:
		r.dyno = v.Text
	}
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
