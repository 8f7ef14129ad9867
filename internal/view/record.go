package view

import (
	"encoding/binary"
	"math"

	"playhead/internal/event"
)

// moment is one event as the story of a view sees it. Its values are parts of
// the record it was read from.
type moment struct {
	key      int64
	received int64
	kind     event.Kind
	class    class
	time     int64 // by the player's clock; 0 is not known
	playhead int64 // event.NoPlayhead is not known
	progress bool  // the player said that something has been shown by now
	values   []event.Value
}

// text returns a text field of the event, "" if it has none.
func (m *moment) text(f event.Field) string {
	for i := range m.values {
		if m.values[i].Field == f {
			return m.values[i].Text
		}
	}
	return ""
}

// number returns any other field of the event; ok is false if it has none or
// if it is null.
func (m *moment) number(f event.Field) (n float64, ok bool) {
	for i := range m.values {
		if m.values[i].Field == f {
			return m.values[i].Num, !m.values[i].Null
		}
	}
	return 0, false
}

// The packed form of an event is: the kind as a byte (see kinds; 0 is followed
// by its name), flags, the time, the playhead if it is known, and the narrated
// fields, each as a number (twice the field, plus 1 for a null) and its value.
const (
	flagProgress = 1 << iota
	flagPlayhead
)

// kinds are the kinds of events that are packed into a byte; their order is
// never stored. The first two are the vital ones.
var kinds = []event.Kind{
	"", event.Error, event.ViewEnd,
	event.PlayerReady, event.ViewStart, event.Play, event.Playing, event.Pause, event.Seeking, event.Seeked,
	event.RebufferStart, event.RebufferEnd, event.Waiting, event.Ended, event.Heartbeat, event.RenditionChange,
	event.CDNChange, event.NetworkChange, event.OrientationChange, event.PlaybackModeChange, event.TextTrackChange,
	event.AudioTrackChange, event.RequestCompleted, event.RequestFailed, event.RequestCanceled, event.AdRequest,
	event.AdResponse, event.AdBreakStart, event.AdPlay, event.AdPlaying, event.AdPause, event.AdEnded, event.AdSkipped,
	event.AdBreakEnd, event.AdError, "adfirstquartile", "admidpoint", "adthirdquartile", "loadstart", deviceSleep, deviceWake,
}

const (
	deviceSleep event.Kind = "devicesleep"
	deviceWake  event.Kind = "devicewake"
)

var kindCode = func() map[event.Kind]byte {
	m := make(map[event.Kind]byte, len(kinds))
	for i, k := range kinds[1:] {
		m[k] = byte(i + 1)
	}
	return m
}()

// vital reports whether a packed event is of a kind with a bound of its own.
func vital(packed string) bool { return packed[0] == 1 || packed[0] == 2 }

// maxName bounds the names of kinds and players, in bytes.
const maxName = 64

// pack writes what the story of a view needs of an event.
func pack(dst []byte, e *event.Event, c class) []byte {
	code := kindCode[e.Kind]
	dst = append(dst, code)
	if code == 0 {
		dst = appendText(dst, clean(string(e.Kind), maxName))
	}
	flags := len(dst)
	dst = append(dst, 0)
	dst = binary.AppendVarint(dst, e.ViewerTime)
	if e.Playhead != event.NoPlayhead {
		dst[flags] |= flagPlayhead
		dst = binary.AppendVarint(dst, e.Playhead)
	}
	for i := range e.Fields {
		v := &e.Fields[i]
		if narrated[v.Field]&c != 0 {
			dst = appendValue(dst, v)
		}
		if shows(v) {
			dst[flags] |= flagProgress
		}
	}
	return dst
}

// shows reports whether a value tells that a frame has been shown.
func shows(v *event.Value) bool {
	switch v.Field {
	case fieldFirstFrame, fieldContentTime, fieldPlayingCumulative, fieldPlayingTime:
		return v.Num > 0
	}
	return false
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendValue writes a field and its value.
func appendValue(dst []byte, v *event.Value) []byte {
	dst = binary.AppendUvarint(dst, fieldCode(v))
	switch {
	case v.Null:
		return dst
	case isText(v.Field):
		return appendText(dst, clean(v.Text, maxDetail))
	}
	return appendNumber(dst, v.Num)
}

// fieldCode is what stands for a field whose value is packed.
func fieldCode(v *event.Value) uint64 {
	if v.Null {
		return uint64(v.Field)<<1 | 1
	}
	return uint64(v.Field) << 1
}

// rawNumber is followed by the eight bytes of a number.
const rawNumber = 1

// appendNumber writes a number that is whole as twice its value, any other one
// as it is.
func appendNumber(dst []byte, n float64) []byte {
	if isWhole(n) {
		return binary.AppendUvarint(dst, uint64(n)<<1)
	}
	return appendRaw(dst, n)
}

func appendRaw(dst []byte, n float64) []byte {
	return binary.BigEndian.AppendUint64(binary.AppendUvarint(dst, rawNumber), math.Float64bits(n))
}

// isWhole reports whether a number is a whole one that is not negative.
func isWhole(n float64) bool { return n == math.Trunc(n) && n >= 0 && n < maxInt }

// parts are the parts of the packed form of an event.
type parts struct {
	kind     string // as a byte, or 0 and its name
	flags    byte
	time     int64
	playhead int64 // 0 without flagPlayhead
	values   unpacker
}

func (r record) parts() parts {
	u := unpacker(r.packed)
	p := parts{kind: u.kind(), flags: u.byte(), time: u.varint()}
	if p.flags&flagPlayhead != 0 {
		p.playhead = u.varint()
	}
	p.values = u
	return p
}

// name is the kind of the event.
func (p parts) name() event.Kind {
	if code := p.kind[0]; code != 0 {
		return kinds[code]
	}
	u := unpacker(p.kind[1:])
	return event.Kind(u.text())
}

// read unpacks a record. The values are appended to scratch.
func (r record) read(scratch []event.Value) moment {
	p := r.parts()
	m := moment{
		key: r.key, received: r.received, kind: p.name(), time: p.time, playhead: event.NoPlayhead,
		progress: p.flags&flagProgress != 0, values: p.values.values(scratch),
	}
	m.class = classOf(m.kind)
	if p.flags&flagPlayhead != 0 {
		m.playhead = p.playhead
	}
	return m
}

// unpacker reads what was packed here, and so cannot be wrong: it panics if it is.
// Only [RestoreMachine] gives it what may be.
type unpacker string

func (u *unpacker) byte() byte {
	b := (*u)[0]
	*u = (*u)[1:]
	return b
}

// kind reads a kind, as it is packed.
func (u *unpacker) kind() string {
	all := *u
	if u.byte() == 0 {
		u.text()
	}
	return string(all[:len(all)-len(*u)])
}

func (u *unpacker) uvarint() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := u.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (u *unpacker) varint() int64 {
	n := u.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) text() string {
	n := u.uvarint()
	s := string((*u)[:n])
	*u = (*u)[n:]
	return s
}

// values reads all values that are left.
func (u unpacker) values(list []event.Value) []event.Value {
	for len(u) > 0 {
		list = append(list, u.value())
	}
	return list
}

func (u *unpacker) value() event.Value {
	code := u.uvarint()
	v := event.Value{Field: event.Field(code >> 1), Null: code&1 != 0}
	switch {
	case v.Null:
	case isText(v.Field):
		v.Text = u.text()
	default:
		v.Num = u.num()
	}
	return v
}

func (u *unpacker) num() float64 {
	if n := u.uvarint(); n != rawNumber {
		return float64(n >> 1)
	}
	return u.raw()
}

func (u *unpacker) raw() float64 {
	var bits uint64
	for range 8 {
		bits = bits<<8 | uint64(u.byte())
	}
	return math.Float64frombits(bits)
}

// packValues writes values alone, as the registers of the connection keep them.
func packValues(dst []byte, values []event.Value) []byte {
	for i := range values {
		dst = appendValue(dst, &values[i])
	}
	return dst
}
