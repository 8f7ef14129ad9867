package view

import "playhead/internal/event"

// scaling measures by how much the picture is larger or smaller in the player
// than in the media, over the time that content plays, for SDKs that do not
// add it up. A scale of 1.5 is an upscaling of 0.5, one of 0.75 a downscaling
// of 0.25.
type scaling struct {
	width, height  float64 // of the player in px; 0 is not known
	ms             float64 // playing time over which both sizes were known
	up, down       float64 // summed over it
	maxUp, maxDown float64
}

// advance gives the playing time before an event to the sizes that were known.
func (s *scaling) advance(now *rendition, played int64) {
	if played == 0 || s.width == 0 || s.height == 0 || now.width == 0 || now.height == 0 {
		return
	}
	scale := min(s.width/now.width, s.height/now.height)
	up, down := max(0, scale-1), max(0, 1-scale)
	ms := float64(played)
	s.ms += ms
	s.up += up * ms
	s.down += down * ms
	if ms > 0 {
		s.maxUp, s.maxDown = max(s.maxUp, up), max(s.maxDown, down)
	}
}

// bounded is the scaling whose means are within what was measured: a stall that
// is told after a change of the size takes back time that had another scale.
func (s scaling) bounded() scaling {
	s.up = min(max(0, s.up), s.maxUp*s.ms)
	s.down = min(max(0, s.down), s.maxDown*s.ms)
	return s
}

// scales is what the SDK added up, or else what follows from the events.
func (m *account) scales() scaling {
	r := &m.registers
	if content := r.amount(fieldTotalContent); content > 0 {
		return scaling{
			ms: content, up: r.amount(fieldTotalUpscaling), down: r.amount(fieldTotalDownscaling),
			maxUp: r.amount(fieldMaxUpscale), maxDown: r.amount(fieldMaxDownscale),
		}
	}
	return m.story.scaling.bounded()
}

func (s *scaling) apply(m *moment) {
	for _, size := range [...]struct {
		field event.Field
		to    *float64
	}{{fieldPlayerWidth, &s.width}, {fieldPlayerHeight, &s.height}} {
		if n, ok := m.number(size.field); ok && n >= 0 && n < maxInt {
			*size.to = n
		}
	}
}
