package view

import (
	"math"
	"strings"
	"unicode/utf8"

	"playhead/internal/event"
)

// registers hold the latest value of each registered field. Which value wins
// depends on the order of the events only, not on the order of their coming:
// that of the later event, and of two events in the same place the larger one.
type registers struct {
	place   []uint8 // by field: 1 + index in texts or numbers; 0 is not set
	texts   []textRegister
	numbers []numberRegister
}

type textRegister struct {
	key  int64  // of the event that set it
	text string // "" is null
}

type numberRegister struct {
	key int64
	num float64 // NaN is null
}

// registerOf numbers the registered fields from 1 on; 0 is not registered.
var registerOf, registerCount = func() ([]uint8, int) {
	t := make([]uint8, event.Count())
	n := 0
	for f, c := range registered {
		if c != 0 {
			if n++; n > 250 {
				panic("BUG: more registered fields than a byte can count")
			}
			t[f] = uint8(n)
		}
	}
	return t, n
}()

func isText(f event.Field) bool { return f.Type() == event.Text || f.Type() == event.Raw }

// set takes a value that was told by the event at key.
func (r *registers) set(v event.Value, key int64) {
	if r.place == nil {
		r.place = make([]uint8, registerCount+1)
	}
	p := &r.place[registerOf[v.Field]]
	if isText(v.Field) {
		r.setText(p, v, key)
	} else {
		r.setNumber(p, v, key)
	}
}

func (r *registers) setText(p *uint8, v event.Value, key int64) {
	if *p == 0 {
		r.texts = append(withRoom(r.texts), textRegister{key, strings.Clone(clean(v.Text, maxText))})
		*p = uint8(len(r.texts))
		return
	}
	t := &r.texts[*p-1]
	if key < t.key {
		return
	}
	text := clean(v.Text, maxText)
	if key == t.key && text <= t.text {
		return
	}
	t.key = key
	if text != t.text {
		t.text = strings.Clone(text)
	}
}

func (r *registers) setNumber(p *uint8, v event.Value, key int64) {
	num := v.Num
	if v.Null {
		num = math.NaN()
	}
	if *p == 0 {
		r.numbers = append(withRoom(r.numbers), numberRegister{key, num})
		*p = uint8(len(r.numbers))
		return
	}
	n := &r.numbers[*p-1]
	if key > n.key || key == n.key && (math.IsNaN(n.num) || num > n.num) {
		*n = numberRegister{key, num}
	}
}

// withRoom makes room for another register, and a few more. A view has about
// twenty of either kind, of which doubling would leave half empty: there are as
// many views open as there are viewers.
func withRoom[T any](list []T) []T {
	const more = 8
	if len(list) < cap(list) {
		return list
	}
	return append(make([]T, 0, len(list)+more), list...)
}

// text returns the latest value of a text field; "" if it has none.
func (r *registers) text(f event.Field) string {
	if r.place == nil || r.place[registerOf[f]] == 0 {
		return ""
	}
	return r.texts[r.place[registerOf[f]]-1].text
}

// number returns the latest value of any other field; NaN if it has none.
func (r *registers) number(f event.Field) float64 {
	if r.place == nil || r.place[registerOf[f]] == 0 {
		return math.NaN()
	}
	return r.numbers[r.place[registerOf[f]]-1].num
}

// amount is number for what cannot be negative: such values are null.
func (r *registers) amount(f event.Field) float64 {
	if n := r.number(f); n >= 0 && n < maxInt {
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
	return strings.ToValidUTF8(s, "\uFFFD")
}
