package view

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"playhead/internal/event"
)

// registers hold the latest value of each registered field, and of the
// player's id. Which value wins depends on the order of the events only, not on
// the order of their coming: that of the later event, and of two events in the
// same place the larger one.
//
// They are packed, because there are as many views open as there are viewers.
// An entry is the number of its register as a byte, and the length of the rest:
// the place of the event that set it, and the text or the number (see
// [appendNumber]).
type registers []byte

// registerOf numbers the registered fields from 1 on; 0 is not registered.
// isTextRegister is about those numbers.
var registerOf, isTextRegister = func() (of []uint8, isTexts [256]bool) {
	of = make([]uint8, event.Count())
	n := 0
	for f, c := range registered {
		if c == 0 {
			continue
		}
		if n++; n >= playerRegister {
			panic("BUG: more registered fields than a byte can count")
		}
		of[f], isTexts[n] = uint8(n), isText(event.Field(f))
	}
	isTexts[playerRegister] = true
	return of, isTexts
}()

// playerRegister holds the id of the player, which is not a field.
const playerRegister = 255

func isText(f event.Field) bool { return f.Type() == event.Text || f.Type() == event.Raw }

// news is what one event tells registers, at most one value for each.
type news struct {
	event *event.Event
	place [256]uint32 // by register: 1 + index in the event's fields, or one of those below; 0 is nothing
	count int         // registers that are still to be told something
}

const (
	nullPlace   = math.MaxUint32 - iota // the field was cleared
	playerPlace                         // the id of the player
)

// value is a value for a register.
type value struct {
	text string
	num  float64 // NaN is null
}

// tell has a field of the event told; of two for the same register, the larger.
func (t *news) tell(n uint8, field int) {
	at := t.place[n]
	t.set(n, uint32(field)+1)
	if at != 0 && !t.value(n).exceeds(t.of(n, at)) {
		t.set(n, at)
	}
}

// done has nothing more told to a register.
func (t *news) done(n uint8) {
	t.place[n] = 0
	t.count--
}

func (t *news) set(n uint8, place uint32) {
	if t.place[n] == 0 {
		t.count++
	}
	t.place[n] = place
}

// value is what is told a register.
func (t *news) value(n uint8) value { return t.of(n, t.place[n]) }

func (t *news) of(n uint8, place uint32) value {
	v := value{num: math.NaN()}
	switch place {
	case nullPlace:
	case playerPlace:
		v.text = clean(t.event.Player, maxName)
	default:
		switch told := &t.event.Fields[place-1]; {
		case isTextRegister[n]:
			v.text = clean(told.Text, maxText)
		case !told.Null:
			v.num = told.Num
		}
	}
	return v
}

// exceeds compares values of the same register; a null is less than any.
func (v value) exceeds(w value) bool {
	return v.text > w.text || v.num > w.num || math.IsNaN(w.num) && !math.IsNaN(v.num)
}

// take takes over the values that were told by the event at key.
func (r *registers) take(t *news, key int64) {
	var room [1024]byte
	next, old, same := room[:0], *r, 0 // from same on, old goes on as next does
	for at := 0; at < len(old) && t.count > 0; {
		n, end := old[at], old.end(at)
		if t.place[n] != 0 {
			e := old.entry(at)
			if v := t.value(n); e.yields(key, v) {
				var short [64]byte
				to := appendEntry(short[:0], n, key, v)
				if len(to) == end-at { // as mostly
					copy(old[at:], to)
				} else {
					next = append(append(next, old[same:at]...), to...)
					same = end
				}
			}
			t.done(n)
		}
		at = end
	}
	if same == 0 && t.count == 0 {
		return
	}
	next = append(next, old[same:]...)
	var roomFirst [512]byte
	first := roomFirst[:0]
	for n := uint8(playerRegister); t.count > 0; n-- {
		switch {
		case t.place[n] == 0:
			continue
		case n == playerRegister || !isTextRegister[n]: // most events tell them
			first = appendEntry(first, n, key, t.value(n))
		default:
			next = appendEntry(next, n, key, t.value(n))
		}
		t.done(n)
	}
	if size := len(first) + len(next); cap(old) < size {
		old = slices.Grow(registers(nil), size+size/16)
	}
	*r = append(append(old[:0], first...), next...)
}

// appendEntry writes an entry.
func appendEntry(dst []byte, n uint8, key int64, v value) []byte {
	var room [32]byte
	rest := binary.AppendVarint(room[:0], key)
	if !isTextRegister[n] {
		rest = appendNumber(rest, v.num)
	}
	dst = binary.AppendUvarint(append(dst, n), uint64(len(rest)+len(v.text)))
	return append(append(dst, rest...), v.text...)
}

// check finds what appendEntry does not write, which is read in several ways. It
// panics, as [unpacker] does, where nothing can be read.
func (r registers) check() error {
	var written []byte
	for u := unpacker(r); len(u) > 0; {
		all := u
		n, rest := u.byte(), unpacker(u.text())
		key, v := rest.varint(), value{num: math.NaN()}
		if isTextRegister[n] {
			v.text = string(rest)
		} else {
			v.num = rest.num()
		}
		if written = appendEntry(written[:0], n, key, v); string(written) != string(all[:len(all)-len(u)]) {
			return fmt.Errorf("register %d is damaged", n)
		}
	}
	return nil
}

// entry is one register, packed.
type entry struct {
	register uint8
	rest     []byte
}

// entry returns the one that begins at a place.
func (r registers) entry(at int) entry {
	size, n := binary.Uvarint(r[at+1:])
	start := at + 1 + n
	return entry{r[at], r[start : start+int(size)]}
}

// end is where the entry ends that begins at a place.
func (r registers) end(at int) int {
	if size := r[at+1]; size < 0x80 { // as mostly
		return at + 2 + int(size)
	}
	size, n := binary.Uvarint(r[at+1:])
	return at + 1 + n + int(size)
}

// yields reports whether a value that the event at key told replaces that of the entry.
func (e *entry) yields(key int64, v value) bool {
	k, _ := binary.Varint(e.rest)
	return key > k || key == k && v.exceeds(e.value())
}

// value is the value of the entry.
func (e *entry) value() value {
	_, n := binary.Varint(e.rest)
	if isTextRegister[e.register] {
		return value{text: string(e.rest[n:]), num: math.NaN()}
	}
	u := unpacker(e.rest[n:])
	return value{num: u.num()}
}

// text returns the latest value of a text field; "" if it has none. Whoever
// needs many values reads all of them.
func (r registers) text(f event.Field) string {
	for at := 0; at < len(r); at = r.end(at) {
		if r[at] == registerOf[f] {
			e := r.entry(at)
			return e.value().text
		}
	}
	return ""
}

// reading is the registers as they were once, by number.
type reading struct {
	packed string
	place  [256]int32 // of the length in their entries; 0 is not set
}

// read returns the registers for someone who needs many values.
func (r registers) read() reading {
	all := reading{packed: string(r)}
	for at := 0; at < len(r); at = r.end(at) {
		all.place[r[at]] = int32(at) + 1
	}
	return all
}

// value is the packed value of a register.
func (r *reading) value(n uint8) unpacker {
	u := unpacker(r.packed[r.place[n]:])
	rest := unpacker(u.text())
	rest.varint()
	return rest
}

// player is the id of the player; "" if it was never told.
func (r *reading) player() string { return r.textOf(playerRegister) }

// text returns the latest value of a text field; "" if it has none.
func (r *reading) text(f event.Field) string { return r.textOf(registerOf[f]) }

func (r *reading) textOf(n uint8) string {
	if r.place[n] == 0 {
		return ""
	}
	return string(r.value(n))
}

// number returns the latest value of any other field; NaN if it has none.
func (r *reading) number(f event.Field) float64 {
	n := registerOf[f]
	if r.place[n] == 0 {
		return math.NaN()
	}
	u := r.value(n)
	return u.num()
}

// amount is number for what cannot be negative: such values are null.
func (r *reading) amount(f event.Field) float64 { return amount(r.number(f)) }

func amount(n float64) float64 {
	if n >= 0 && n < maxInt {
		return n
	}
	return math.NaN()
}

// maxText bounds the texts that are kept once a view, maxDetail those that are
// kept with every event; both in bytes.
const (
	maxText   = 16 << 10
	maxDetail = 4 << 10
)

// clean makes a text valid UTF-8 of at most limit bytes.
func clean(s string, limit int) string {
	if len(s) > limit {
		end := limit
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end]
	}
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
