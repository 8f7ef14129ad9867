package view

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"playhead/internal/catalog"
)

// DecodeColumns reads what [EncodeDocument] wrote without its events. They are the last
// member, and it does not look at them: that takes little of the time.
func DecodeColumns(data []byte) (*View, error) {
	if v := decodeColumns(data); v != nil {
		return v, nil
	}
	v, err := decodeAny(data)
	if err != nil {
		return nil, err
	}
	v.Events = nil
	return v, nil
}

// eventsMember is where the columns of a document end, if it has events. It stands in
// no text, where its quotation marks would be escaped.
var eventsMember = []byte(`,"events":[`)

// decodeColumns reads the columns of a document that is exactly of the form that this
// version writes, in a small part of the time that JSON of any form takes. Of any other
// one it is nil, and of one that is no document it may be whatever is in it.
func decodeColumns(data []byte) *View {
	end := len(data) - 1
	if end < 0 || data[end] != '}' {
		return nil
	}
	if at := bytes.Index(data, eventsMember); at >= 0 {
		end = at
	}
	d := scanner{text: string(data[:end])} // all texts of the view are parts of it
	const head, id = `{"id":"`, 36
	if !strings.HasPrefix(d.text, head) || len(d.text) <= len(head)+id || d.text[len(head)+id] != '"' || !utf8.ValidString(d.text) {
		return nil
	}
	parsed, err := ParseID(d.text[len(head) : len(head)+id])
	if err != nil {
		return nil
	}
	d.at = len(head) + id + 1
	v := New(parsed)
	for next := 0; d.at < len(d.text); next++ {
		name, ok := d.name()
		if !ok {
			return nil
		}
		for next < len(catalog.Columns) && catalog.Columns[next].Name != name {
			next++
		}
		if next == len(catalog.Columns) || !d.column(v, catalog.Columns[next]) {
			return nil // not known, or not in the order of the catalogue
		}
	}
	return v
}

// scanner reads a document from left to right.
type scanner struct {
	text string
	at   int
}

// name reads the beginning of a member, up to its value.
func (d *scanner) name() (string, bool) {
	rest := d.text[d.at:]
	if len(rest) < 2 || rest[0] != ',' || rest[1] != '"' {
		return "", false
	}
	end := strings.IndexByte(rest[2:], '"')
	if end < 0 || len(rest) < end+4 || rest[end+3] != ':' {
		return "", false
	}
	d.at += end + 4
	return rest[2 : end+2], true
}

// column reads a value.
func (d *scanner) column(v *View, c *catalog.Column) bool {
	switch {
	case c.Kind == catalog.List:
		return d.list(v, c)
	case c.IsText():
		text, ok := d.quoted()
		v.SetText(c, text)
		return ok
	case c.Kind == catalog.Bool:
		for is, word := range [...]string{"false", "true"} {
			if strings.HasPrefix(d.text[d.at:], word) {
				d.at += len(word)
				v.SetNumber(c, float64(is))
				return true
			}
		}
		return false
	}
	n, ok := d.number()
	v.SetNumber(c, n)
	return ok
}

// number reads a number.
func (d *scanner) number() (float64, bool) {
	start, whole, n := d.at, true, int64(0)
	for ; d.at < len(d.text) && d.text[d.at] != ','; d.at++ {
		digit := d.text[d.at] - '0'
		if digit > 9 {
			whole = false
			continue
		}
		n = 10*n + int64(digit)
	}
	if size := d.at - start; whole && size > 0 && size < 16 && (size == 1 || d.text[start] != '0') {
		return float64(n), true
	}
	text := d.text[start:d.at]
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') { // what else ParseFloat would take
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// quoted reads a text.
func (d *scanner) quoted() (string, bool) {
	raw, plain, ok := d.raw()
	if !ok || plain {
		return raw, ok
	}
	text, ok := unescape(nil, raw)
	return string(text), ok
}

// raw reads a text as it stands between its quotation marks; plain tells that it stands
// for itself.
func (d *scanner) raw() (raw string, plain, ok bool) {
	if d.at >= len(d.text) || d.text[d.at] != '"' {
		return "", false, false
	}
	start := d.at + 1
	plain = true
	for i := start; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == '"':
			d.at = i + 1
			return d.text[start:i], plain, true
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", false, false
		}
	}
	return "", false, false
}

// list reads a list of texts.
func (d *scanner) list(v *View, c *catalog.Column) bool {
	if d.at >= len(d.text) || d.text[d.at] != '[' {
		return false
	}
	const separator = catalog.ListSeparator
	joined := []byte(separator)
	for d.at++; ; d.at++ {
		raw, plain, ok := d.raw()
		start := len(joined)
		switch {
		case !ok:
			return false
		case plain:
			joined = append(joined, raw...)
		default:
			if joined, ok = unescape(joined, raw); !ok || strings.Contains(string(joined[start:]), separator) {
				return false
			}
		}
		joined = append(joined, separator...)
		if d.at >= len(d.text) {
			return false
		}
		if d.text[d.at] == ']' {
			d.at++
			v.SetText(c, string(joined))
			return true
		}
		if d.text[d.at] != ',' {
			return false
		}
	}
}

// unescape appends the text that stands in JSON between quotation marks. Halves of
// characters it does not read, as whoever writes documents writes none.
func unescape(dst []byte, raw string) ([]byte, bool) {
	for {
		at := strings.IndexByte(raw, '\\')
		if at < 0 || at+1 == len(raw) {
			return append(dst, raw...), at < 0
		}
		dst = append(dst, raw[:at]...)
		c := raw[at+1]
		raw = raw[at+2:]
		if i := strings.IndexByte(escaped, c); i >= 0 {
			dst = append(dst, stands[i])
			continue
		}
		if c != 'u' || len(raw) < 4 {
			return dst, false
		}
		r, err := strconv.ParseUint(raw[:4], 16, 16)
		if err != nil || r >= 0xD800 && r < 0xE000 {
			return dst, false
		}
		dst, raw = utf8.AppendRune(dst, rune(r)), raw[4:]
	}
}

// Letters after a backslash, and what they stand for.
const (
	escaped = `"\/bfnrt`
	stands  = "\"\\/\b\f\n\r\t"
)
