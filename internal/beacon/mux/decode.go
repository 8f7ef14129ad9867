package mux

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"playhead/internal/event"
)

// Stats counts what Decode left out of a body.
type Stats struct {
	Skipped int // members of the events array that are not objects
	Unknown int // keys that name no known field; they stay in the journal
	Invalid int // values that do not fit the type of their field, or JSON longer than MaxText
	Cut     int // texts that were longer than MaxText, or ids longer than MaxID
}

// maxTime is the latest time of a player that is taken, in ms since 1970.
// Whether a time is plausible is for the view to judge.
const maxTime = 253402300800000 // 10000-01-01

// Decode reads the events of a beacon in the order in which they were sent.
// Nothing that it returns refers to the beacon's body. An error wraps
// ErrMalformed or ErrTooMany; there are then no events.
//
// A missing, negative or absurd number in a member of an event counts as not
// sent; fractions of a millisecond are rounded.
func Decode(b *event.Beacon) ([]event.Event, Stats, error) {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	defer d.reset()
	d.origin = &event.Origin{Received: b.Received, Client: b.Client}
	d.copy = string(b.Body)
	if err := d.body.scan(b.Body, d); err != nil {
		return nil, Stats{}, fmt.Errorf("decode beacon: %w", err)
	}
	d.stats.Skipped = d.body.skipped
	d.origin.Sent = readSent(d.body.metadata)
	events, values := slices.Clone(d.events), slices.Clone(d.values)
	from := 0
	for i, to := range d.ends {
		if to > from {
			events[i].Fields = values[from:to:to]
		}
		from = to
	}
	return events, d.stats, nil
}

// A decoder holds what one call of Decode needs and the next can use again.
type decoder struct {
	body   body
	copy   string // of the data, of which texts are parts: one for all of them
	origin *event.Origin
	events []event.Event // without their fields
	values []event.Value // the fields of all events
	ends   []int         // of the fields of each event in values
	stats  Stats

	// places is where in values each field was set last, by this event or by any
	// before, in this body or another.
	places []int
}

// reset lets go of the body.
func (d *decoder) reset() {
	clear(d.events)
	clear(d.values)
	*d = decoder{events: d.events[:0], values: d.values[:0], ends: d.ends[:0], places: d.places}
}

var decoders = sync.Pool{New: func() any { return &decoder{places: make([]int, event.Count())} }}

// readSent reads from the metadata of a body when it was sent, in ms since 1970
// by the player's clock; 0 if not told.
func readSent(metadata []byte) (sent int64) {
	if metadata == nil {
		return 0
	}
	s := scanner{data: metadata}
	for s.open('{'); s.more('}'); {
		key, value := s.key(), s.value()
		if string(key.text()) == "transmission_timestamp" {
			sent = value.integer(1, maxTime, 0)
		}
	}
	return sent
}

// event implements reader.
func (d *decoder) event(s *scanner) {
	e := event.Event{Playhead: event.NoPlayhead, Origin: d.origin}
	for s.open('{'); s.more('}'); {
		key, value := s.key(), s.value()
		to, ok := slotOf(key.text())
		switch {
		case !ok:
			d.stats.Unknown++
		case to.member == noMember:
			d.field(to.field, value)
		case to.member == viewMember:
			e.View = d.id(value)
		case to.member == playerMember:
			e.Player = d.id(value)
		default:
			d.member(&e, to.member, value)
		}
	}
	d.origin.Latest = max(d.origin.Latest, e.ViewerTime)
	d.events, d.ends = append(d.events, e), append(d.ends, len(d.values))
}

// member reads a member that is not an id.
func (d *decoder) member(e *event.Event, m member, value token) {
	switch m {
	case sequenceMember:
		e.Seq = value.integer(1, 1<<53, 0)
	case timeMember:
		e.ViewerTime = value.integer(1, maxTime, 0)
	case playheadMember:
		e.Playhead = value.integer(-maxTime, maxTime, event.NoPlayhead)
	case kindMember:
		if k, ok := kinds[string(value.text())]; ok && value.kind() == '"' {
			e.Kind = k
		} else {
			e.Kind = event.Kind(d.id(value))
		}
	}
}

// id is value.id as a string.
func (d *decoder) id(value token) string {
	b, whole := value.id()
	if !whole {
		d.stats.Cut++
	}
	if whole && value.kind() == '"' {
		return d.said(value)
	}
	return string(b)
}

// said is value.text, of the value that was read last, as a string.
func (d *decoder) said(value token) string {
	if value.escaped || value.wide {
		return string(value.text())
	}
	end := d.body.scanner.pos
	return d.copy[end-len(value.raw)+1 : end-1]
}

// id reads an identifier: a text or a number as it was sent, of at most MaxID
// bytes, and whether that is all of it. Anything else is no identifier.
func (t token) id() (b []byte, whole bool) {
	switch t.kind() {
	case '"':
		b = t.text()
	case '{', '[', 'n', 't', 'f', 0:
		return nil, true
	default:
		b = t.raw
	}
	if len(b) > MaxID {
		return cut(b, MaxID), false
	}
	return b, true
}

// field reads the value of a field by the field's type.
func (d *decoder) field(f event.Field, value token) {
	v, ok := event.Value{Field: f}, true
	switch value.kind() {
	case '"':
		v, ok = d.text(f, d.said(value))
	case '{', '[':
		ok = (f.Type() == event.Raw || f.Type() == event.Text) && len(value.raw) <= MaxText && utf8.Valid(value.raw)
		if ok {
			v.Text = string(value.raw)
		}
	case 'n':
		v.Null = true
	case 't', 'f':
		v = event.BoolValue(f, value.kind() == 't')
	default:
		v, ok = number(f, value.raw)
	}
	if !ok {
		d.stats.Invalid++
		return
	}
	d.set(v)
}

// set adds a value to those of the event that is being read. An event has each
// field once: of a member that is repeated the last one counts, as elsewhere.
func (d *decoder) set(v event.Value) {
	first := 0
	if n := len(d.ends); n > 0 {
		first = d.ends[n-1]
	}
	if at := d.places[v.Field]; at >= first && at < len(d.values) && d.values[at].Field == v.Field {
		d.values[at] = v
		return
	}
	d.places[v.Field] = len(d.values)
	d.values = append(d.values, v)
}

// text is a string as the value of a field.
func (d *decoder) text(f event.Field, text string) (event.Value, bool) {
	if len(text) > MaxText {
		if f.Type() != event.Text {
			return event.Value{}, false
		}
		d.stats.Cut++
		text = cut(text, MaxText)
	}
	return event.Coerce(f, text)
}

// number is a JSON number as the value of a field. Whole numbers in texts,
// such as ids, keep all their digits.
func number(f event.Field, raw []byte) (event.Value, bool) {
	if f.Type() == event.Text && len(raw) <= 64 && digits(raw) == len(raw) {
		return event.Value{Field: f, Text: string(raw)}, true
	}
	n, err := parse(raw)
	if err != nil {
		return event.Value{}, false
	}
	return event.NumberValue(f, n), true
}

// parse reads a number. Nearly all are whole and have few digits.
func parse(b []byte) (float64, error) {
	const exact = 15 // digits that a double holds for certain
	if len(b) == 0 || len(b) > exact || digits(b) < len(b) {
		return strconv.ParseFloat(string(b), 64)
	}
	n := int64(0)
	for _, c := range b {
		n = 10*n + int64(c-'0')
	}
	return float64(n), nil
}

// integer reads a number, or a string that holds one, rounded to a whole
// number. Outside of least and most it is the given default.
func (t token) integer(least, most, otherwise int64) int64 {
	b := t.raw
	if t.kind() == '"' {
		b = bytes.TrimSpace(t.text())
	}
	n, err := parse(b)
	n = math.Round(n)
	if err != nil || !(n >= float64(least) && n <= float64(most)) {
		return otherwise
	}
	return int64(n)
}

// cut shortens b to at most n bytes without cutting a character.
func cut[T string | []byte](b T, n int) T {
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// kinds are the kinds of events that players send, so that reading one makes
// no new string.
var kinds = func() map[string]event.Kind {
	m := make(map[string]event.Kind)
	for _, k := range []event.Kind{
		event.PlayerReady, event.ViewStart, event.Play, event.Playing, event.Pause, event.Seeking, event.Seeked,
		event.RebufferStart, event.RebufferEnd, event.Waiting, event.Ended, event.Error, event.Heartbeat,
		event.RenditionChange, event.CDNChange, event.NetworkChange, event.OrientationChange,
		event.PlaybackModeChange, event.TextTrackChange, event.AudioTrackChange, event.RequestCompleted,
		event.RequestFailed, event.RequestCanceled, event.AdRequest, event.AdResponse, event.AdBreakStart,
		event.AdPlay, event.AdPlaying, event.AdPause, event.AdEnded, event.AdSkipped, event.AdBreakEnd,
		event.AdError, event.ViewEnd, "loadstart", "ratechange", "devicesleep", "devicewake",
		"adfirstquartile", "admidpoint", "adthirdquartile", "adimpression", "eventrateexceeded",
	} {
		m[string(k)] = k
	}
	return m
}()
