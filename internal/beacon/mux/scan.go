package mux

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON in place. It builds no tree: a hostile body of two
// million brackets costs no memory, and a value is the very bytes that were
// sent, so that a body can be cut without writing any value again.
//
// Its grammar is that of encoding/json, with nesting limited to MaxDepth.
// After the first fault, bad is set and nothing more is read.
type scanner struct {
	data  []byte
	pos   int
	depth int
	first bool // nothing of the innermost container has been read
	bad   bool
}

// A token is one value as it was sent: for a string with its quotes. It is of four
// words, as the compiler keeps longer ones out of registers, which costs half as
// much again.
type token struct {
	raw     []byte
	escaped bool // a string with a backslash in it
	wide    bool // a string with more than ASCII in it
}

// kind is the byte that a value begins with; 0 for none.
func (t token) kind() byte {
	if len(t.raw) == 0 {
		return 0
	}
	return t.raw[0]
}

func (s *scanner) fail() { s.bad, s.pos = true, len(s.data) }

// peek skips white space and returns the byte after it; 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// open steps into a container that begins with the given bracket. Its values
// are then read between calls of more.
func (s *scanner) open(bracket byte) bool {
	if s.peek() != bracket || s.depth == MaxDepth {
		s.fail()
		return false
	}
	s.pos++
	s.depth++
	s.first = true
	return true
}

// more reports whether the container that ends with the given bracket goes on.
func (s *scanner) more(bracket byte) bool {
	c := s.peek()
	if c == bracket {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if s.first {
		s.first = false
		return !s.bad
	}
	if c != ',' {
		s.fail()
		return false
	}
	s.pos++
	return true
}

// key reads the name of a member and its colon.
func (s *scanner) key() token {
	if s.peek() != '"' {
		s.fail()
		return token{}
	}
	key := s.string()
	if s.peek() != ':' {
		s.fail()
		return token{}
	}
	s.pos++
	return key
}

// value reads the next value of any kind.
func (s *scanner) value() token {
	switch c := s.peek(); c {
	case '"':
		return s.string()
	case '{', '[':
		start := s.pos
		for s.open(c); s.more(c + 2); s.value() { // in ASCII, '{'+2 is '}' and '['+2 is ']'
			if c == '{' {
				s.key()
			}
		}
		if s.bad {
			return token{}
		}
		return token{raw: s.data[start:s.pos]}
	}
	return s.literal()
}

// string reads a string whose opening quote is at pos.
func (s *scanner) string() token {
	start, escaped, all := s.pos, false, byte(0)
	for i := start + 1; i < len(s.data); i++ {
		c := s.data[i]
		if isPlain[c] {
			all |= c
			continue
		}
		if c == '"' {
			s.pos = i + 1
			return token{raw: s.data[start:s.pos], escaped: escaped, wide: all >= utf8.RuneSelf}
		}
		n := escapeLength(s.data[i:])
		if n == 0 { // a bad escape, or a control character
			break
		}
		escaped = true
		i += n - 1
	}
	s.fail()
	return token{}
}

// isPlain are the bytes that stand for themselves in a string.
var isPlain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// literal reads a number, true, false or null.
func (s *scanner) literal() token {
	start := s.pos
	if n := digits(s.data[start:]); n > 0 && (n == 1 || s.data[start] != '0') && (start+n == len(s.data) || !isLiteral[s.data[start+n]]) {
		s.pos += n // nearly all literals are whole numbers
		return token{raw: s.data[start:s.pos]}
	}
	for s.pos < len(s.data) && isLiteral[s.data[s.pos]] {
		s.pos++
	}
	raw := s.data[start:s.pos]
	switch string(raw) {
	case "true", "false", "null":
	default:
		if !isNumber(raw) {
			s.fail()
			return token{}
		}
	}
	return token{raw: raw}
}

var isLiteral = func() (table [256]bool) {
	for _, c := range []byte("0123456789+-.eEtrufalsn") {
		table[c] = true
	}
	return table
}()

// isNumber reports whether b is a number by the grammar of JSON.
func isNumber(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	n := digits(b)
	if n == 0 || n > 1 && b[0] == '0' {
		return false
	}
	b = b[n:]
	if len(b) > 0 && b[0] == '.' {
		n = digits(b[1:])
		if n == 0 {
			return false
		}
		b = b[1+n:]
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		n = digits(b)
		return n > 0 && n == len(b)
	}
	return len(b) == 0
}

// escapeLength is the length of the escape that b begins with; 0 if it is none.
func escapeLength(b []byte) int {
	if len(b) < 2 || b[0] != '\\' {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b); ok {
			return 6
		}
	}
	return 0
}

// hex4 reads the escape \uXXXX that b begins with.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// text returns what a string says, without copying if it has no escapes. What
// is not UTF-8, and halves of surrogate pairs, become U+FFFD.
func (t token) text() []byte {
	if len(t.raw) < 2 {
		return nil
	}
	b := t.raw[1 : len(t.raw)-1]
	if t.escaped {
		b = unescape(b)
	}
	if t.wide && !utf8.Valid(b) {
		return []byte(string([]rune(string(b)))) // a replacement for each byte
	}
	return b
}

// unescape replaces the escapes of b, which string has checked.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for {
		n := bytes.IndexByte(b, '\\')
		if n < 0 {
			return append(out, b...)
		}
		out = append(out, b[:n]...)
		b = b[n:]
		if b[1] != 'u' {
			out = append(out, unescaped[b[1]])
			b = b[2:]
			continue
		}
		r, _ := hex4(b)
		b = b[6:]
		if utf16.IsSurrogate(r) {
			low, _ := hex4(b)
			r = utf16.DecodeRune(r, low)
			if r != utf8.RuneError {
				b = b[6:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
}

var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
