package view

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"playhead/internal/event"
)

// The fields that the details of an event show. What is left over from earlier
// events is not shown: a request that failed has neither times nor a size.
var (
	requestDetails = lookup("request_url", "request_hostname", "request_type", "request_start", "request_response_start",
		"request_response_end", "request_bytes_loaded", "request_labeled_bitrate", "request_id", "request_current_level",
		"request_media_duration", "request_video_width", "request_video_height", "request_media_start_time")
	failureDetails = lookup("request_url", "request_hostname", "request_type", "request_labeled_bitrate", "request_id",
		"request_current_level", "request_media_duration", "request_video_width", "request_video_height",
		"request_media_start_time", "request_error", "request_error_code", "request_error_text", "request_cancel")
	adDetails = lookup("ad_asset_url", "ad_tag_url", "ad_creative_id", "ad_id", "ad_universal_id", "ad_type")
)

func lookup(names ...string) []event.Field {
	list := make([]event.Field, len(names))
	for i, n := range names {
		list[i] = event.MustLookup(n)
	}
	return list
}

// timeline is the events of the view by the time of the player's clock; those
// of the same time are in their order.
func (m *Machine) timeline(s Status) []TimelineEvent {
	list := make([]TimelineEvent, 0, m.history.len()+1)
	var before segment
	m.history.each(func(e *moment) bool {
		t := TimelineEvent{Name: string(e.kind), ViewerTime: e.time, EventTime: e.received, Details: details(e, &before)}
		if numbered(e.key) {
			t.Seq = e.key
		}
		if e.playhead != event.NoPlayhead {
			t.PlaybackTime = e.playhead
		}
		list = append(list, t)
		return true
	})
	slices.SortStableFunc(list, func(a, b TimelineEvent) int { return cmp.Compare(a.ViewerTime, b.ViewerTime) })
	if s.Dropped && !m.ended && len(list) > 0 {
		last := list[len(list)-1]
		list = append(list, TimelineEvent{
			Name: string(event.ViewDropped), ViewerTime: last.ViewerTime, PlaybackTime: last.PlaybackTime,
			EventTime: last.EventTime, Details: map[string]any{},
		})
	}
	return list
}

// segment is the request that came before another one: SDKs show its address
// and id on a manifest, which has none of its own.
type segment struct{ url, id string }

// details are what an event is about: texts, numbers (float64) and booleans.
func details(m *moment, before *segment) map[string]any {
	d := map[string]any{}
	switch {
	case m.kind == event.RenditionChange:
		renditionDetails(d, m)
	case m.kind == event.Error:
		errorDetails(d, m)
	case isRequest(m.kind):
		requestDetail(d, m, before)
	case m.class&onAd != 0:
		show(d, m, adDetails...)
	case m.kind == event.CDNChange:
		show(d, m, fieldCDN, fieldPreviousCDN)
	case m.kind == event.PlaybackModeChange:
		show(d, m, fieldMode, fieldModeData)
	case m.kind == event.NetworkChange:
		show(d, m, fieldConnection, fieldLowData)
	case m.kind == event.OrientationChange:
		orientationDetails(d, m)
	}
	return d
}

// show puts fields that the event has into its details, under their own names.
func show(d map[string]any, m *moment, fields ...event.Field) {
	for _, f := range fields {
		showAs(d, m, f, f.Name())
	}
}

func showAs(d map[string]any, m *moment, f event.Field, name string) {
	for i := range m.values {
		v := &m.values[i]
		switch {
		case v.Field != f || v.Null:
		case isText(f):
			if v.Text != "" {
				d[name] = v.Text
			}
		case f.Type() == event.Bool:
			d[name] = v.Num == 1
		default:
			d[name] = v.Num
		}
	}
}

func renditionDetails(d map[string]any, m *moment) {
	for _, p := range [...]struct {
		field event.Field
		name  string
	}{{fieldWidth, "width"}, {fieldHeight, "height"}, {fieldFPS, "fps"}, {fieldBitrate, "bitrate"}} {
		if n, ok := m.number(p.field); ok && n > 0 {
			d[p.name] = n
		}
	}
	showAs(d, m, fieldSourceCodec, "codec")
	showAs(d, m, fieldVideoCodec, "codec")
	showAs(d, m, fieldRenditionName, "rendition_name")
}

func errorDetails(d map[string]any, m *moment) {
	code, message := m.text(fieldErrorCode), m.text(fieldErrorMessage)
	d["error_type"] = float64(ErrorTypeID(code, message))
	showAs(d, m, fieldErrorCode, "error_code")
	showAs(d, m, fieldErrorMessage, "error_message")
	showAs(d, m, fieldErrorContext, "error_context")
	d["error_severity"] = severity(fatal(m))
	d["is_business_exception"] = business(m)
}

func requestDetail(d map[string]any, m *moment, before *segment) {
	url, id := m.text(fieldRequestURL), m.text(fieldRequestID)
	switch m.kind {
	case event.RequestCompleted:
		show(d, m, requestDetails...)
	case event.RequestFailed:
		show(d, m, failureDetails...)
		delete(d, "request_cancel")
	default:
		show(d, m, failureDetails...)
		for _, name := range [...]string{"request_error", "request_error_code", "request_error_text"} {
			delete(d, name)
		}
	}
	if m.text(fieldRequestType) != "manifest" {
		*before = segment{url, id}
		return
	}
	for _, name := range [...]string{
		"request_media_duration", "request_video_width", "request_video_height", "request_media_start_time", "request_labeled_bitrate",
	} {
		delete(d, name)
	}
	if url == before.url {
		delete(d, "request_url")
	}
	if id == before.id {
		delete(d, "request_id")
	}
}

// orientationDetails reads the orientation, which is [x, y, z] on the web and
// an object with these members elsewhere.
func orientationDetails(d map[string]any, m *moment) {
	names := [...]string{"x", "y", "z"}
	var axes []float64
	if text := m.text(fieldOrientation); strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &axes) == nil {
		for i, n := range axes[:min(len(axes), len(names))] {
			d[names[i]] = n
		}
		return
	}
	var members map[string]any
	if json.Unmarshal([]byte(m.text(fieldOrigin)), &members) != nil {
		return
	}
	for _, name := range names {
		if v := members[name]; v != nil {
			d[name] = v
		}
	}
}
