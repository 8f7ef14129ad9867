package view

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"playhead/internal/event"
)

// template is what the values of the next request of a view are written
// against: the values of the requests before it.
//
// They are written as the fields, only where they are others than those of the
// last request; a bit for each that says whether its value is another than the
// last one of this field; and those values.
type template struct {
	room   [maxDiffed]event.Value
	known  int // how many values there are in room: of the last request, then what earlier ones had and that one had not
	fields int // how many are of the last request
}

// maxDiffed bounds the values that are written against others: requests have
// about fifteen.
const maxDiffed = 30

// none stands for a value that was never told.
var none event.Value

// values are those that a request can be written against.
func (t *template) values() []event.Value { return t.room[:t.known] }

// unpack has requests be written against packed values, some of which are of the
// last one.
func (t *template) unpack(packed string, fields int) {
	t.known, t.fields = len(unpacker(packed).values(t.room[:0])), fields
}

// write appends the values of a request, of which there are at most maxDiffed,
// and takes them over.
func (t *template) write(dst []byte, list []event.Value) []byte {
	dst = t.writeFields(dst, list)
	changed := uint32(0)
	for i := range list {
		if !same(&list[i], t.find(&list[i], i)) {
			changed |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, uint64(changed))
	for ; changed != 0; changed &= changed - 1 {
		i := bits.TrailingZeros32(changed)
		dst = writeChange(dst, &list[i], t.find(&list[i], i))
	}
	t.take(list)
	return dst
}

// writeFields writes how many fields there are and which; 0 are those of the
// last request.
func (t *template) writeFields(dst []byte, list []event.Value) []byte {
	last := t.room[:t.fields]
	if slices.EqualFunc(list, last, func(a, b event.Value) bool { return a.Field == b.Field && a.Null == b.Null }) {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(list))+1)
	for i := range list {
		dst = binary.AppendUvarint(dst, fieldCode(&list[i]))
	}
	return dst
}

// read appends what write wrote in its packed form.
func (t *template) read(dst []byte, u *unpacker) []byte {
	var scratch [maxDiffed]event.Value
	list := t.readFields(scratch[:0], u)
	changed := u.uvarint()
	for i := range list {
		v := &list[i]
		before := t.find(v, i)
		switch {
		case changed&(1<<i) == 0:
			v.Text, v.Num = before.Text, before.Num
			dst = appendValue(dst, v)
		case isText(v.Field):
			dst = readText(binary.AppendUvarint(dst, fieldCode(v)), u, before.Text)
		default:
			v.Num = readNumber(u, before.Num)
			dst = appendValue(dst, v)
		}
	}
	return dst
}

func (t *template) readFields(list []event.Value, u *unpacker) []event.Value {
	n := u.uvarint()
	if n == 0 {
		for i := range t.fields {
			v := &t.room[i]
			list = append(list, event.Value{Field: v.Field, Null: v.Null})
		}
		return list
	}
	for range n - 1 {
		code := u.uvarint()
		list = append(list, event.Value{Field: event.Field(code >> 1), Null: code&1 != 0})
	}
	return list
}

// take has the next request be written against one more. What there is no room
// for is forgotten.
func (t *template) take(list []event.Value) {
	var scratch [maxDiffed]event.Value
	older := append(scratch[:0], t.values()...)
	t.known, t.fields = copy(t.room[:], list), len(list)
	for i := range older {
		if t.known < maxDiffed && t.find(&older[i], i) == &none {
			t.room[t.known] = older[i]
			t.known++
		}
	}
}

// find returns the last value of a field. It is likely to be at a place.
func (t *template) find(v *event.Value, at int) *event.Value {
	values := t.values()
	if at < len(values) && values[at].Field == v.Field {
		return &values[at]
	}
	for i := range values {
		if values[i].Field == v.Field {
			return &values[i]
		}
	}
	return &none
}

// same reports whether a value needs not be written.
func same(v, before *event.Value) bool {
	return v.Null || v.Text == before.Text && math.Float64bits(v.Num) == math.Float64bits(before.Num)
}

// writeChange writes a value against another of its field: a text as how many
// bytes are the same at the beginning, how many at the end, and those between
// them; a number as twice the difference, if both are whole, or else as it is.
func writeChange(dst []byte, v, before *event.Value) []byte {
	if isText(v.Field) {
		a, b := v.Text, before.Text
		head, tail := 0, 0
		for shorter := min(len(a), len(b)); head < shorter && a[head] == b[head]; {
			head++
		}
		for shorter := min(len(a), len(b)) - head; tail < shorter && a[len(a)-1-tail] == b[len(b)-1-tail]; {
			tail++
		}
		dst = binary.AppendUvarint(dst, uint64(head))
		dst = binary.AppendUvarint(dst, uint64(tail))
		return appendText(dst, a[head:len(a)-tail])
	}
	if isWhole(v.Num) && isWhole(before.Num) {
		d := int64(v.Num) - int64(before.Num)
		return binary.AppendUvarint(dst, uint64(d<<1^d>>63)<<1)
	}
	return appendRaw(dst, v.Num)
}

func readText(dst []byte, u *unpacker, before string) []byte {
	head, tail := int(u.uvarint()), int(u.uvarint())
	between := u.text()
	rest := before[head:]
	rest = rest[len(rest)-tail:]
	dst = binary.AppendUvarint(dst, uint64(head+len(between)+len(rest)))
	return append(append(append(dst, before[:head]...), between...), rest...)
}

func readNumber(u *unpacker, before float64) float64 {
	n := u.uvarint()
	if n == rawNumber {
		return u.raw()
	}
	n >>= 1
	return float64(int64(before) + (int64(n>>1) ^ -int64(n&1)))
}
