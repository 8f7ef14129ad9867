package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"playhead/internal/catalog"
)

// lines reads the lines of a file, which are objects of JSON. Several objects may be on a
// line, as some collectors join them.
type lines struct {
	limit  *rowLimit
	r      *bufio.Reader
	line   int64
	more   *json.Decoder                       // of the line, while it has more
	object func(data []byte) (Imported, error) // reads an object
}

func newLines(r io.Reader, object func([]byte) (Imported, error)) *lines {
	limit := &rowLimit{r: r}
	return &lines{limit: limit, r: bufio.NewReaderSize(limit, 64<<10), object: object}
}

func (l *lines) Read() (Imported, error) {
	for l.more == nil {
		l.limit.next()
		line, err := l.r.ReadBytes('\n')
		if err != nil && (err != io.EOF || len(line) == 0) {
			return Imported{}, err
		}
		l.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l.more = json.NewDecoder(bytes.NewReader(line))
		}
	}
	var object json.RawMessage
	err := l.more.Decode(&object)
	if err == nil {
		return readObject(object, l.line, l.object)
	}
	l.more = nil
	if err == io.EOF {
		return l.Read()
	}
	return Imported{}, &RowError{l.line, err}
}

// readObject reads one object.
func readObject(data []byte, line int64, object func([]byte) (Imported, error)) (Imported, error) {
	i, err := object(data)
	if err != nil {
		return Imported{}, &RowError{line, err}
	}
	i.Line = line
	return i, nil
}

// array reads the objects of an array.
type array struct {
	limit  *rowLimit
	d      *json.Decoder // after the beginning of the array
	number int64
	object func(data []byte) (Imported, error)
}

// newArray reads the array that is all of the file, or that is the member data of
// the object that is.
func newArray(r io.Reader, object func([]byte) (Imported, error)) (Reader, error) {
	limit := &rowLimit{r: r}
	limit.next()
	a := &array{limit: limit, d: json.NewDecoder(limit), object: object}
	for {
		token, err := a.d.Token()
		if err != nil {
			return nil, err
		}
		if token == json.Delim('[') {
			return a, nil
		}
	}
}

func (a *array) Read() (Imported, error) {
	if !a.d.More() {
		if _, err := a.d.Token(); err != nil {
			return Imported{}, fmt.Errorf("after %d views: %w", a.number, unexpected(err))
		}
		return Imported{}, io.EOF
	}
	a.limit.next()
	a.number++
	var object json.RawMessage
	if err := a.d.Decode(&object); err != nil {
		return Imported{}, fmt.Errorf("view %d: %w", a.number, unexpected(err))
	}
	return readObject(object, a.number, a.object)
}

// readRow reads an object that is a row of NDJSON.
func readRow(members map[string]json.RawMessage) Imported {
	i := newImported()
	i.says = make(map[*catalog.Column]bool, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		member := members[name]
		c := byName[name]
		if c != nil {
			i.says[c.column] = true
		}
		switch {
		case string(member) == "null":
		case c == nil:
			i.unmap(name)
		default:
			c.setMember(&i, member)
		}
	}
	return i
}

// setMember sets a column to a value of JSON that is not null.
func (c *Column) setMember(i *Imported, member json.RawMessage) {
	if c.Kind() == catalog.List {
		if !c.setJSON(i, member) {
			i.fail(c, string(member))
		}
		return
	}
	text := string(member)
	if member[0] == '"' {
		if err := json.Unmarshal(member, &text); err != nil {
			i.fail(c, string(member))
			return
		}
	}
	if c.Kind() == catalog.Text {
		c.SetText(i, text)
		return
	}
	if n, ok := numberOf(c.Kind(), text); ok {
		c.SetNumber(i, n)
	} else if c.special == 0 {
		i.fail(c, text)
	}
}
