package export

import (
	"math"
	"strconv"
	"strings"
)

// value is what a field of a message holds, of the type that its wire tells.
type value struct {
	wire   Wire
	text   string   // String
	whole  int64    // Int32, Int64; Timestamp: ms since 1970
	number float64  // Float32, Float64
	is     bool     // Boolean
	list   []string // Strings
	totals []Total  // Totals
}

// message is the value of a column as a field of messages; ok is false if nothing is known.
func (c *Column) message(r Row) (v value, ok bool) {
	switch v.wire = c.Wire; c.Wire {
	case String:
		v.text = c.Text(r)
		if c.special == property {
			v.text = strconv.FormatInt(r.Property, 10)
		}
		return v, v.text != ""
	case Strings:
		v.list = c.Elements(r)
		return v, len(v.list) > 0
	case Totals:
		v.totals = c.Totals(r)
		return v, len(v.totals) > 0
	}
	n, ok := c.Number(r)
	if !ok {
		return v, false
	}
	return figure(c.Wire, n)
}

// figure makes the value of a number for a type of field; ok is false if it has none.
// What the type cannot hold is its largest or smallest number: a view of a month
// has watched for longer than any int32 of milliseconds, and not for less than nothing.
func figure(w Wire, n float64) (v value, ok bool) {
	v.wire = w
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return v, false
	case w == Boolean:
		v.is = n != 0
	case w == Int32:
		v.whole = int64(min(max(math.Round(n), math.MinInt32), math.MaxInt32))
	case w == Int64:
		v.whole = clampInt64(math.Round(n))
	case w == Timestamp:
		v.whole = clampTime(clampInt64(math.Round(n)))
	case w == Float32:
		v.number = min(max(n, -math.MaxFloat32), math.MaxFloat32)
	case w == Float64:
		v.number = n
	default:
		return v, false
	}
	return v, true
}

func clampInt64(n float64) int64 {
	switch {
	case n >= math.MaxInt64:
		return math.MaxInt64
	case n <= math.MinInt64:
		return math.MinInt64
	}
	return int64(n)
}

// The first and the last time in ms that timestamps can tell: those of the years 1 and 9999.
const (
	firstTime = -62_135_596_800_000
	lastTime  = 253_402_300_799_999
)

func clampTime(ms int64) int64 { return min(max(ms, firstTime), lastTime) }

// valid makes a text valid UTF-8, as fields of messages need it.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// of is the value of a field of an event's details; ok is false if they do not tell it.
func (f *payloadField) of(details map[string]any) (v value, ok bool) {
	switch told := details[f.name].(type) {
	case string:
		return value{wire: String, text: told}, f.wire == String && told != ""
	case bool:
		return value{wire: Boolean, is: told}, f.wire == Boolean
	case float64:
		switch f.wire {
		case Int64, Float64:
			return figure(f.wire, told)
		case String:
			if !math.IsNaN(told) && !math.IsInf(told, 0) {
				return value{wire: String, text: strconv.FormatFloat(told, 'f', -1, 64)}, true
			}
		}
	}
	return value{}, false
}

// detail is a value of a payload as the details of an event have it.
func (f *payloadField) detail(v *value) any {
	switch v.wire {
	case Boolean:
		return v.is
	case Int32, Int64:
		return float64(v.whole)
	case Float32, Float64:
		return v.number
	}
	if n, err := strconv.ParseFloat(v.text, 64); f.figure && err == nil && strconv.FormatFloat(n, 'f', -1, 64) == v.text {
		return n
	}
	return v.text
}
