package view

import (
	"strings"

	"playhead/internal/event"
)

// requests adds up the media requests of a view. The SDK's own figures run
// over all views of a player, so they are used only without any such event.
type requests struct {
	any      bool // a request event of any kind has come
	timed    int  // completed media requests with a time to the first byte
	latency  float64
	longest  float64
	bits, ms float64 // over those with a size
}

// isMedia reports whether requests of a type carry picture or sound.
func isMedia(requestType string) bool {
	switch requestType {
	case "media", "video", "audio", "video_init", "audio_init":
		return true
	}
	return false
}

func (r *requests) apply(m *moment) {
	r.any = true
	if m.kind != event.RequestCompleted || !isMedia(m.text(fieldRequestType)) {
		return
	}
	start, ok := m.number(fieldRequestStart)
	first, okFirst := m.number(fieldRequestResponseStart)
	if !okFirst || first <= 0 {
		return
	}
	if ok && start > 0 && first >= start {
		r.timed++
		r.latency += first - start
		r.longest = max(r.longest, first-start)
	}
	end, ok := m.number(fieldRequestResponseEnd)
	bytes, okBytes := m.number(fieldRequestBytes)
	if ok && okBytes && end >= first && bytes >= 0 {
		r.bits += 8 * bytes
		r.ms += end - first
	}
}

// cdns is the sequence of CDNs that delivered, repeats kept.
type cdns struct{ trace []string }

// maxTrace bounds how many CDNs are kept; the last one makes way for the next.
const maxTrace = 100

func (c *cdns) apply(m *moment) {
	if m.kind == event.CDNChange && len(c.trace) == 0 {
		c.visit(m.text(fieldPreviousCDN))
	}
	c.visit(m.text(fieldCDN))
}

func (c *cdns) visit(name string) {
	switch n := len(c.trace); {
	case name == "":
	case n > 0 && (n == maxTrace || c.trace[n-1] == name):
		keep(&c.trace[n-1], name)
	default:
		c.trace = append(c.trace, strings.Clone(name))
	}
}

// name is the CDN that delivered the view; "multiple" if there were several.
func (c *cdns) name() string {
	switch len(c.trace) {
	case 0:
		return ""
	case 1:
		return c.trace[0]
	}
	return "multiple"
}

// liveLatency is the delay behind the programme time of a live stream, by the
// player's clock. Viewers far behind the live edge watch on purpose what is
// past, and are left out.
type liveLatency struct {
	edge    float64 // programme time at the live edge; 0 is not known
	samples int
	sum     float64
	unsure  bool // there are samples without a known edge
}

// maxBehind is how far behind the live edge a sample may be, in ms.
const maxBehind = 5 * 60 * 1000

func (l *liveLatency) apply(m *moment) {
	for _, f := range [...]event.Field{fieldNewest, fieldLiveEdge} {
		if n, ok := m.number(f); ok && n > 0 {
			l.edge = n
		}
	}
	program, ok := m.number(fieldProgramTime)
	if !ok || program <= 0 || m.time <= 0 {
		return
	}
	if l.edge == 0 {
		l.unsure = true
		return
	}
	if l.edge-program <= maxBehind {
		l.samples++
		l.sum += float64(m.time) - program
	}
}

// mean is the mean latency in ms by the server's clock; ok is false if it is
// not known. Samples that came before any edge was told are judged by their
// latency, which takes the corrected clock: they are looked up once more.
func (l *liveLatency) mean(h *history, o offset) (ms float64, ok bool) {
	samples, sum := l.samples, l.sum
	if l.unsure {
		h.each(func(m *moment) bool {
			var early liveLatency
			early.apply(m)
			program, _ := m.number(fieldProgramTime)
			behind := float64(m.time) - program
			if early.unsure && behind+float64(o.delay) <= maxBehind {
				samples++
				sum += behind
			}
			return early.edge == 0
		})
	}
	if samples == 0 {
		return 0, false
	}
	ms = sum/float64(samples) + float64(o.delay)
	return ms, ms >= 0 && ms < day
}
