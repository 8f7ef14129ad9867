package simulate

import (
	"math"
	"strconv"
	"unicode/utf8"

	"playhead/internal/event"
)

// A style is how an SDK writes numbers or truth values.
type style uint8

const (
	plain  style = iota // of JSON: 12, true
	words               // as strings: "12", "true"
	digits              // truth values as "1" and "0"
)

// appendValue appends a value in the styles of an SDK.
func (g *generation) appendValue(dst []byte, v event.Value) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch v.Field.Type() {
	case event.Number:
		if g.numbers == words || g.stringTimes && isStringTime[v.Field] {
			return append(appendNumber(append(dst, '"'), v.Num), '"')
		}
		return appendNumber(dst, v.Num)
	case event.Bool:
		return append(dst, truths[g.booleans][int(v.Num)&1]...)
	}
	if g.numbers == plain && v.Field == fieldErrorCode && isNumber(v.Text) {
		return append(dst, v.Text...)
	}
	return appendText(dst, v.Text)
}

var truths = [...][2]string{plain: {"false", "true"}, words: {`"false"`, `"true"`}, digits: {`"0"`, `"1"`}}

// isNumber reports whether a code is one of HTML5's, which are numbers.
func isNumber(code string) bool {
	n, err := strconv.Atoi(code)
	return err == nil && strconv.Itoa(n) == code
}

// appendNumber appends a number as JSON has it: without an exponent.
func appendNumber(dst []byte, n float64) []byte {
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return strconv.AppendFloat(dst, n, 'f', -1, 64)
}

// appendText appends a string of JSON. What is no UTF-8 becomes U+FFFD, as in
// the strings of a browser.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += size
			continue
		case c == '"', c == '\\':
			dst = append(append(dst, s[from:i]...), '\\', c)
			from = i + 1
		case c < ' ':
			dst = append(append(dst, s[from:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			from = i + 1
		}
		i++
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// isStringTime are the numbers that Roku sends as strings.
var isStringTime = func() []bool {
	is := append([]bool(nil), isClock...)
	for _, name := range []string{"player_width", "player_height", "view_average_request_throughput", "view_min_request_throughput"} {
		is[event.MustLookup(name)] = true
	}
	return is
}()
