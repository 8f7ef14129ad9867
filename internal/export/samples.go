package export

import (
	"slices"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// Sample is what a viewer did in a window of time: what real-time numbers are made of.
type Sample struct {
	View     view.ID
	Property int64    // number of the environment
	Records  []Record // in the order of their times; never none
	Source   string   // the CDN that delivered last; "" is not known
	Before   string   // the one before it in the window; "" if there was none

	Values         []string // of [catalog.RealtimeDimensions], as [view.Watch] has them
	StartupFailure bool     // a fatal error came before the first frame
	Exited         bool     // the viewer left before the first frame
}

// Record is what was measured from a time on.
type Record struct {
	Start    int64 // ms since 1970
	Duration int64 // ms; 0: the metrics are of this moment
	Metrics  []SampleMetric
}

// SampleMetric is one measured number.
type SampleMetric struct {
	Type  SampleType
	Value int64
}

// SampleType is what was measured.
type SampleType uint8

// The types, with their numbers in messages. Those in a comment as ms of the playhead tell how
// much had played by then: that is where the playhead is of somebody who
// began at the beginning and did not seek, and real-time numbers know no other.
const (
	StartLatency         SampleType = 1 // startup time in ms, at the first frame
	ExitBeforeVideoStart SampleType = 2 // ms of the playhead, when the viewer left
	WatchDuration        SampleType = 3 // ms of the window, rebuffering and seeks included, without pauses
	SeekLatency          SampleType = 4 // ms of the window, waited after seeks
	RebufferDuration     SampleType = 5 // ms of the window
	RebufferCount        SampleType = 6 // of those that began in the window
	PlaybackError        SampleType = 7 // ms of the playhead, at a fatal error that is no business exception
)

// sampleTypes are the names of the types.
var sampleTypes = [...]string{
	StartLatency: "START_LATENCY_MS", ExitBeforeVideoStart: "EXIT_BEFORE_VIDEO_START", WatchDuration: "WATCH_DURATION_MS",
	SeekLatency: "SEEK_LATENCY_MS", RebufferDuration: "REBUFFER_DURATION_MS", RebufferCount: "REBUFFER_COUNT", PlaybackError: "PLAYBACK_ERROR",
}

// SampleOf tells what a viewer did from a time on and until before another one, in
// ms since 1970. ok is false if that is nothing: who pauses has no sample. What is
// told goes by what is known of the window; so it should be over for long enough that nothing
// comes late. property is the number of the environment.
func SampleOf(w *view.Watch, from, to, property int64) (s Sample, ok bool) {
	s = Sample{View: w.ID, Property: property, Values: w.Values}
	m := measure{sample: &s, from: from, to: to}
	for n := range w.Spans {
		var next *view.Span
		if n+1 < len(w.Spans) {
			next = &w.Spans[n+1]
		}
		m.take(&w.Spans[n], next)
	}
	m.finish()
	return s, len(s.Records) > 0
}

// measure adds up what a viewer did in a window.
type measure struct {
	sample   *Sample
	from, to int64
	before   view.Activity
	played   int64 // ms until now, from the first frame on

	watched, stalled, sought, stalls int64
	moments                          []Record
}

// take takes what the viewer did until the next span; after the last one there is
// nothing.
func (m *measure) take(s, next *view.Span) {
	until := s.At
	if next != nil {
		until = max(s.At, next.At)
	}
	if s.At >= m.from && s.At < m.to {
		m.begin(s)
	}
	if length := min(until, m.to) - max(s.At, m.from); length > 0 && s.Activity.Watching() && !s.Unheard {
		m.watched += length
		switch s.Activity {
		case view.Rebuffering:
			m.stalled += length
		case view.Seeking:
			m.sought += length
		}
	}
	if s.CDN != "" && s.CDN != m.sample.Source && s.At < m.to {
		if m.sample.Source != "" && s.At >= m.from {
			m.sample.Before = m.sample.Source
		}
		m.sample.Source = s.CDN
	}
	if s.Activity == view.Playing && !s.Unheard {
		m.played += until - s.At
	}
	m.before = s.Activity
}

// begin notes what a span tells by its beginning.
func (m *measure) begin(s *view.Span) {
	if s.Startup >= 0 {
		m.moment(s.At, StartLatency, s.Startup)
	}
	if s.Activity == m.before {
		return // it goes on, with another bitrate or CDN
	}
	switch s.Activity {
	case view.Rebuffering:
		m.stalls++
	case view.Failed, view.FailedToStart:
		m.moment(s.At, PlaybackError, m.played)
		m.sample.StartupFailure = m.sample.StartupFailure || s.Activity == view.FailedToStart
	case view.LeftEarly:
		m.moment(s.At, ExitBeforeVideoStart, m.played)
		m.sample.Exited = true
	}
}

func (m *measure) moment(at int64, t SampleType, n int64) {
	m.moments = append(m.moments, Record{Start: at, Metrics: []SampleMetric{{t, n}}})
}

// finish writes the records: that of the window, with what is more than nothing,
// and those of its moments.
func (m *measure) finish() {
	window := Record{Start: m.from, Duration: m.to - m.from}
	for _, metric := range [...]SampleMetric{
		{WatchDuration, m.watched}, {SeekLatency, m.sought}, {RebufferDuration, m.stalled}, {RebufferCount, m.stalls},
	} {
		if metric.Value > 0 {
			window.Metrics = append(window.Metrics, metric)
		}
	}
	if len(window.Metrics) > 0 {
		m.sample.Records = append(m.sample.Records, window)
	}
	m.sample.Records = append(m.sample.Records, m.moments...)
}

// sampleField is a field of a sample that tells a real-time dimension.
type sampleField struct {
	tag       int32
	wire      Wire
	name      string
	dimension int // index among [catalog.RealtimeDimensions]
}

// sampleFields are these fields.
var sampleFields = func() []sampleField {
	list := []sampleField{
		{tag: 9, wire: Int64, name: "asn"},
		{tag: 10, wire: String, name: "viewer_os_family"},
		{tag: 13, wire: String, name: "player_name"},
		{tag: 15, wire: Boolean, name: "view_has_ad"},
		{tag: 18, wire: String, name: "sub_property_id"},
		{tag: 19, wire: String, name: "stream_type"},
	}
	for n := range list {
		dimension := list[n].name
		if dimension == "viewer_os_family" {
			dimension = "operating_system"
		}
		list[n].dimension = slices.IndexFunc(catalog.RealtimeDimensions, func(d catalog.RealtimeDimension) bool { return d.Name == dimension })
		if list[n].dimension < 0 {
			panic("BUG: there is no real-time dimension " + dimension)
		}
	}
	return list
}()

// of is the value of the field of a sample; ok is false if it is not known.
func (f *sampleField) of(s *Sample) (v value, ok bool) {
	if f.dimension >= len(s.Values) || s.Values[f.dimension] == "" {
		return v, false
	}
	text := s.Values[f.dimension]
	switch f.wire {
	case Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		return value{wire: Int64, whole: n}, err == nil
	case Boolean:
		return value{wire: Boolean, is: text == "true"}, true
	}
	return value{wire: String, text: text}, true
}
