package export

import (
	"math"
	"strconv"
	"time"

	"playhead/internal/view"
)

// The JSON of messages is that which protobuf defines for its messages, with the
// names of the fields as they are: int64 as texts, times and durations likewise,
// what is not known is not there.

// appendJSONValue appends the value of a field.
func appendJSONValue(dst []byte, v *value) []byte {
	switch v.wire {
	case String:
		return appendString(dst, v.text)
	case Int32:
		return strconv.AppendInt(dst, v.whole, 10)
	case Int64:
		return append(strconv.AppendInt(append(dst, '"'), v.whole, 10), '"')
	case Float32, Float64:
		return appendJSONFloat(dst, v.number)
	case Boolean:
		return strconv.AppendBool(dst, v.is)
	case Timestamp:
		return appendJSONTime(dst, v.whole)
	case Strings:
		dst = append(dst, '[')
		for i, text := range v.list {
			dst = appendString(appendComma(dst, i), text)
		}
		return append(dst, ']')
	case Totals:
		dst = append(dst, '{')
		for i, t := range v.totals {
			dst = append(appendString(appendComma(dst, i), t.Name), `:{"total_playing_time_ms":"`...)
			dst = append(strconv.AppendInt(dst, t.Time, 10), `"}`...)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// appendComma separates what has something before it.
func appendComma(dst []byte, before int) []byte {
	if before > 0 {
		return append(dst, ',')
	}
	return dst
}

// appendMember begins a member.
func appendMember(dst []byte, name string) []byte {
	if last := dst[len(dst)-1]; last != '{' {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '"'), name...), `":`...)
}

// appendJSONFloat appends a number as encoding/json does.
func appendJSONFloat(dst []byte, n float64) []byte {
	format := byte('f')
	if abs := math.Abs(n); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, n, format, -1, 64)
}

// appendJSONTime appends a time in UTC, with its ns.
func appendJSONTime(dst []byte, ms int64) []byte {
	dst = time.UnixMilli(clampTime(ms)).UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05.000000000Z")
	return append(dst, '"')
}

// appendJSONDuration appends a duration in seconds, such as "25.514s".
func appendJSONDuration(dst []byte, ms int64) []byte {
	dst = append(dst, '"')
	rest := ms % 1000
	if ms < 0 {
		dst = append(dst, '-')
		rest = -rest
	}
	whole := ms / 1000
	if whole < 0 {
		whole = -whole
	}
	dst = strconv.AppendInt(dst, whole, 10)
	if rest != 0 {
		dst = append(dst, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return append(dst, 's', '"')
}

// appendJSONEvent appends an event of a message.
func appendJSONEvent(dst []byte, e *view.TimelineEvent) []byte {
	dst = strconv.AppendInt(append(dst, `{"sequence_number":"`...), max(0, e.Seq), 10)
	dst = appendJSONTime(append(dst, `","server_time":`...), e.EventTime)
	dst = appendJSONTime(append(dst, `,"viewer_time":`...), e.ViewerTime)
	dst = appendJSONDuration(append(dst, `,"playhead_time":`...), e.PlaybackTime)
	dst = appendString(append(dst, `,"type":`...), e.Name)
	if p := payloadOf(e.Name); p.told(e.Details) {
		dst = append(appendMember(dst, p.name), '{')
		for i := range p.fields {
			if v, ok := p.fields[i].of(e.Details); ok {
				dst = appendJSONValue(appendMember(dst, p.fields[i].name), &v)
			}
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
