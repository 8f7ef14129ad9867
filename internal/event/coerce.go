package event

import (
	"math"
	"strconv"
	"strings"
)

// Coerce reads a value that was sent as text, by the type of its field. It
// returns false if the text does not fit the type: the value is then left out.
func Coerce(f Field, text string) (Value, bool) {
	switch f.Type() {
	case Number:
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return Value{}, false
		}
		return NumberValue(f, n), true
	case Bool:
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "true", "1":
			return Value{Field: f, Num: 1}, true
		case "false", "0":
			return Value{Field: f}, true
		}
		return Value{}, false
	}
	return Value{Field: f, Text: text}, true
}

// NumberValue is a number as the value of a field of any type. A NaN or an
// infinity is null.
func NumberValue(f Field, n float64) Value {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Value{Field: f, Null: true}
	}
	switch f.Type() {
	case Number:
		return Value{Field: f, Num: n}
	case Bool:
		if n != 0 {
			n = 1
		}
		return Value{Field: f, Num: n}
	}
	return Value{Field: f, Text: formatNumber(n)}
}

// BoolValue is a truth value as the value of a field of any type.
func BoolValue(f Field, b bool) Value {
	v := Value{Field: f}
	switch f.Type() {
	case Text, Raw:
		v.Text = strconv.FormatBool(b)
	default:
		if b {
			v.Num = 1
		}
	}
	return v
}

func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
