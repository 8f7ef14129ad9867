package export

import (
	"encoding/binary"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"playhead/internal/view"
)

// The fields of an event in a message that are no payload.
const (
	tagEvents = 5 // in the message of a view

	tagServerTime   = 1
	tagViewerTime   = 2
	tagPlayheadTime = 3
	tagType         = 4
	tagSequence     = 7
)

// appendField appends a field to a message.
func appendField(dst []byte, tag int32, v *value) []byte {
	n := protowire.Number(tag)
	switch v.wire {
	case String:
		return appendTextField(dst, tag, v.text)
	case Int32, Int64:
		return protowire.AppendVarint(protowire.AppendTag(dst, n, protowire.VarintType), uint64(v.whole))
	case Boolean:
		return protowire.AppendVarint(protowire.AppendTag(dst, n, protowire.VarintType), protowire.EncodeBool(v.is))
	case Float32:
		return protowire.AppendFixed32(protowire.AppendTag(dst, n, protowire.Fixed32Type), math.Float32bits(float32(v.number)))
	case Float64:
		return protowire.AppendFixed64(protowire.AppendTag(dst, n, protowire.Fixed64Type), math.Float64bits(v.number))
	case Timestamp:
		return appendTime(dst, tag, v.whole)
	case Strings:
		for _, text := range v.list {
			dst = appendTextField(dst, tag, text)
		}
	case Totals:
		for _, t := range v.totals {
			dst = protowire.AppendTag(dst, n, protowire.BytesType)
			entry := len(dst)
			dst = protowire.AppendTag(appendTextField(dst, 1, t.Name), 2, protowire.BytesType)
			inner := len(dst)
			dst = closed(appendField(dst, 1, &value{wire: Int64, whole: t.Time}), inner)
			dst = closed(dst, entry)
		}
	}
	return dst
}

func appendTextField(dst []byte, tag int32, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, protowire.Number(tag), protowire.BytesType), valid(text))
}

// closed puts the length of a message before it, which begins at a place and goes
// to the end of dst.
func closed(dst []byte, at int) []byte {
	size := len(dst) - at
	var length [binary.MaxVarintLen64]byte
	return slices.Insert(dst, at, length[:binary.PutUvarint(length[:], uint64(size))]...)
}

// appendTime appends a time: its seconds since 1970, rounded down, and the rest in ns.
func appendTime(dst []byte, tag int32, ms int64) []byte {
	ms = clampTime(ms)
	s := ms / 1000
	if ms%1000 < 0 {
		s--
	}
	return appendSeconds(dst, tag, s, (ms-s*1000)*1e6)
}

// appendDuration appends a duration, whose seconds and ns have the same sign.
func appendDuration(dst []byte, tag int32, ms int64) []byte {
	return appendSeconds(dst, tag, ms/1000, ms%1000*1e6)
}

func appendSeconds(dst []byte, tag int32, seconds, nanos int64) []byte {
	dst = protowire.AppendTag(dst, protowire.Number(tag), protowire.BytesType)
	at := len(dst)
	dst = appendField(dst, 1, &value{wire: Int64, whole: seconds})
	return closed(appendField(dst, 2, &value{wire: Int32, whole: nanos}), at)
}

// appendProtoEvent appends an event to the message of its view.
func appendProtoEvent(dst []byte, e *view.TimelineEvent) []byte {
	dst = protowire.AppendTag(dst, tagEvents, protowire.BytesType)
	at := len(dst)
	dst = appendTime(dst, tagServerTime, e.EventTime)
	dst = appendTime(dst, tagViewerTime, e.ViewerTime)
	dst = appendDuration(dst, tagPlayheadTime, e.PlaybackTime)
	dst = appendTextField(dst, tagType, e.Name)
	dst = appendField(dst, tagSequence, &value{wire: Int64, whole: max(0, e.Seq)})
	if p := payloadOf(e.Name); p.told(e.Details) {
		dst = protowire.AppendTag(dst, protowire.Number(p.tag), protowire.BytesType)
		body := len(dst)
		for i := range p.fields {
			if v, ok := p.fields[i].of(e.Details); ok {
				dst = appendField(dst, p.fields[i].tag, &v)
			}
		}
		dst = closed(dst, body)
	}
	return closed(dst, at)
}
