package export

import (
	"io"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// ndjsonWriter writes an object of JSON on each line, with a member for each column of
// the version and each of our own. Numbers are numbers, times are texts in RFC 3339,
// totals are objects of numbers; the elements of lists that have parts are objects, without
// the parts that they do not have.
type ndjsonWriter struct {
	w       io.Writer
	o       Options
	columns []*Column
	names   []string // of the members, with what stands before and after them
	buf     []byte
}

func newNDJSONWriter(w io.Writer, o Options) *ndjsonWriter {
	n := &ndjsonWriter{w: w, o: o, columns: append(Of(o.Version), Own()...)}
	for i, c := range n.columns {
		before := `,"`
		if i == 0 {
			before = `{"`
		}
		n.names = append(n.names, before+c.Name+`":`)
	}
	return n
}

func (w *ndjsonWriter) Write(v *view.View) error {
	r := Row{v, w.o.Property}
	for i, c := range w.columns {
		w.buf = c.appendMember(append(w.buf, w.names[i]...), r)
	}
	w.buf = append(w.buf, "}\n"...)
	if len(w.buf) < flushAt {
		return nil
	}
	return w.flush()
}

// Close writes the lines that are not written yet.
func (w *ndjsonWriter) Close() error { return w.flush() }

func (w *ndjsonWriter) flush() error {
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// appendMember writes the value of a column.
func (c *Column) appendMember(dst []byte, r Row) []byte {
	if c.Null(r) {
		return append(dst, "null"...)
	}
	switch c.Kind() {
	case catalog.Text:
		return appendString(dst, c.Text(r))
	case catalog.List:
		return c.appendArray(dst, r)
	case catalog.Time:
		n, _ := c.Number(r)
		return append(c.appendNumber(append(dst, '"'), n), '"')
	}
	n, _ := c.Number(r)
	return c.appendNumber(dst, n)
}

// appendArray writes a list, or an object of totals.
func (c *Column) appendArray(dst []byte, r Row) []byte {
	if c.Wire == Totals {
		return c.appendTotals(dst, r, "", "")
	}
	elements, parts := c.Elements(r), c.Parts()
	if parts == nil {
		return appendJSON(dst, elements)
	}
	dst = append(dst, '[')
	for i, e := range elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		values := view.SplitParts(e)
		for p, value := range values[:min(len(values), len(parts))] {
			if p > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, parts[p]), ':')
			dst = appendString(dst, value)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendString writes a text in JSON. Nearly all texts stand for themselves.
func appendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendJSON(dst, text)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}
