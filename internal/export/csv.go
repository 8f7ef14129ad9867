package export

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// csvWriter writes CSV as RFC 4180 has it, but for the ends of lines: they are LF, so
// that tools that go by lines have no CR in the last column. The first line has
// the names of the columns.
type csvWriter struct {
	w       io.Writer
	o       Options
	columns []*Column
	buf     []byte
}

// flushAt is how many bytes writers of lines gather before they write them.
const flushAt = 64 << 10

func newCSVWriter(w io.Writer, o Options) *csvWriter {
	c := &csvWriter{w: w, o: o, columns: Of(o.Version)}
	for i, column := range c.columns {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		c.buf = append(c.buf, column.Name...)
	}
	c.buf = append(c.buf, '\n')
	return c
}

func (w *csvWriter) Write(v *view.View) error {
	r := Row{v, w.o.Property}
	for i, c := range w.columns {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = c.appendCell(w.buf, r)
	}
	w.buf = append(w.buf, '\n')
	if len(w.buf) < flushAt {
		return nil
	}
	return w.flush()
}

// Close writes the lines that are not written yet.
func (w *csvWriter) Close() error { return w.flush() }

func (w *csvWriter) flush() error {
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// appendCell writes the value of a column as a cell; null is empty.
func (c *Column) appendCell(dst []byte, r Row) []byte {
	switch c.Kind() {
	case catalog.Text:
		return appendQuotedCell(dst, neutral(c.Text(r)))
	case catalog.List:
		if c.Null(r) {
			return dst
		}
		return appendQuotedCell(dst, string(c.appendList(nil, r)))
	}
	n, ok := c.Number(r)
	if !ok {
		return dst
	}
	return c.appendNumber(dst, n)
}

// appendNumber writes a value that is neither a text nor a list as files of lines
// have it: a time in RFC 3339, in UTC with ms.
func (c *Column) appendNumber(dst []byte, n float64) []byte {
	switch c.Kind() {
	case catalog.Bool:
		return strconv.AppendBool(dst, n != 0)
	case catalog.Time:
		return time.UnixMilli(int64(n)).UTC().AppendFormat(dst, timeLayout)
	}
	return strconv.AppendFloat(dst, n, 'f', -1, 64)
}

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// appendList writes a list as CSV has it, in JSON: totals are those of messages.
func (c *Column) appendList(dst []byte, r Row) []byte {
	if c.Wire != Totals {
		return appendJSON(dst, c.Elements(r))
	}
	return c.appendTotals(dst, r, `{"total_playing_time_ms":`, "}")
}

// appendTotals writes totals as an object, with what stands before and after each time.
func (c *Column) appendTotals(dst []byte, r Row, before, after string) []byte {
	dst = append(dst, '{')
	for i, t := range c.Totals(r) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendString(dst, t.Name), ':'), before...)
		dst = append(strconv.AppendInt(dst, t.Time, 10), after...)
	}
	return append(dst, '}')
}

// appendJSON writes what always can be written.
func appendJSON(dst []byte, value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		panic("BUG: write lists and texts as JSON: " + err.Error())
	}
	return append(dst, b...)
}

// appendQuotedCell writes a text as a cell, in quotes where it needs them.
func appendQuotedCell(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	if text[0] != ' ' && text[len(text)-1] != ' ' && !strings.ContainsAny(text, ",\"\r\n") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for i := range len(text) {
		if text[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

// neutral is a text as a cell of a spreadsheet that does not execute it: what it
// would take for a formula begins with an apostrophe. A text that reads so already
// gets another one, so that the first one can be taken off again, see [literal].
func neutral(text string) string {
	if executable(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// literal is the text that a cell was made of by [neutral].
func literal(cell string) string {
	if strings.HasPrefix(cell, "'") && executable(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}

// executable reports whether spreadsheets would take a text for a formula: it begins
// as formulas do, or with what spreadsheets leave out before those, and is no number.
// The last four are what some of them take for the first four.
func executable(text string) bool {
	if text == "" {
		return false
	}
	for _, begin := range [...]string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, begin) {
			return !isDecimal(text)
		}
	}
	return false
}

// isDecimal reports whether a text is a number in decimals, with or without an exponent.
func isDecimal(text string) bool {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
