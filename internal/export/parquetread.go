package export

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// parquetReader reads views of a Parquet file: of ours, and of one that another
// program has made of ours. Columns are found by their names; numbers are read in
// whatever width, and times in whatever unit, they are.
type parquetReader struct {
	groups []parquet.RowGroup // not yet read
	rows   parquet.Rows       // of the row group that is read; nil between them
	fields []parquetField
	buffer []parquet.Row
	ready  []parquet.Row // of the buffer, not yet read
	values [][]parquet.Value
	line   int64
}

// parquetField is a column of a file.
type parquetField struct {
	column *Column // nil: there is none of this name
	name   string
	leaves []parquetLeaf
	first  int // index of the first of them among those of the file
}

// parquetLeaf is a leaf of a column.
type parquetLeaf struct {
	part    string        // the last name of its path
	element int           // the definition level of an element; that of a value, of what is flat
	unit    time.Duration // of a time
	strange bool          // of a type that none of our columns can be of
}

// parquetRows is how many rows are read at once.
const parquetRows = 64

// newParquetReader makes a reader of a file of a size. Its errors, and those of
// reading, also come of files that are damaged.
func newParquetReader(r io.ReaderAt, size int64) (reader *parquetReader, err error) {
	defer damaged(&err)
	file, err := parquet.OpenFile(r, size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, fmt.Errorf("file of Parquet: %w", err)
	}
	reader = &parquetReader{groups: file.RowGroups(), buffer: make([]parquet.Row, parquetRows)}
	for i, path := range file.Schema().Columns() {
		last := len(reader.fields) - 1
		if last < 0 || reader.fields[last].name != path[0] {
			reader.fields = append(reader.fields, parquetField{column: fileColumns()[path[0]], name: path[0], first: i})
			last++
		}
		f := &reader.fields[last]
		f.leaves = append(f.leaves, leafOf(file.Schema(), path))
	}
	reader.values = make([][]parquet.Value, len(file.Schema().Columns()))
	return reader, nil
}

// damaged makes an error of a panic: the library panics at some files that are
// damaged, which no fault of the program is.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("file of Parquet is damaged: %v", p)
	}
}

// fileColumns are the columns that files can have, by name.
var fileColumns = sync.OnceValue(func() map[string]*Column {
	columns := map[string]*Column{}
	for _, c := range slices.Concat(Of(LatestVersion), Own()) {
		columns[c.Name] = c
	}
	return columns
})

// leafOf is the leaf at a path of a schema.
func leafOf(s *parquet.Schema, path []string) parquetLeaf {
	l := parquetLeaf{part: path[len(path)-1]}
	repeated, most := 0, 0
	var node parquet.Node = s
	for _, name := range path {
		for _, f := range node.Fields() {
			if f.Name() == name {
				node = f
				break
			}
		}
		if node.Optional() || node.Repeated() {
			most++
		}
		if node.Repeated() {
			l.element = most
			repeated++
		}
	}
	if l.element == 0 {
		l.element = most
	}
	l.strange = repeated > 1
	switch t := node.Type().LogicalType(); {
	case node.Type().Kind() == parquet.Int96, node.Type().Kind() == parquet.FixedLenByteArray:
		l.strange = true
	case t == nil:
	default:
		switch t := t.Value.(type) {
		case *format.TimestampType:
			l.unit = t.Unit.Value.Duration()
		case *format.DecimalType, *format.DateType, *format.TimeType:
			l.strange = true
		}
	}
	return l
}

// Read implements [Reader].
func (p *parquetReader) Read() (i Imported, err error) {
	defer damaged(&err)
	row, err := p.next()
	if err != nil {
		return Imported{}, err
	}
	p.line++
	i = newImported()
	i.Line = p.line
	for leaf, values := range row.Range {
		p.values[leaf] = values
	}
	for n := range p.fields {
		f := &p.fields[n]
		f.set(&i, p.values[f.first:f.first+len(f.leaves)])
	}
	return i, nil
}

// next is the next row of the file, until the one after it. After the last
// one it is [io.EOF].
func (p *parquetReader) next() (parquet.Row, error) {
	for len(p.ready) == 0 {
		if p.rows == nil {
			if len(p.groups) == 0 {
				return nil, io.EOF
			}
			p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
		}
		n, err := p.rows.ReadRows(p.buffer)
		p.ready = p.buffer[:n]
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if n == 0 || err != nil {
			if err = errors.Join(err, p.rows.Close()); err != nil {
				return nil, fmt.Errorf("file of Parquet, after row %d: %w", p.line, err)
			}
			p.rows = nil
		}
	}
	row := p.ready[0]
	p.ready = p.ready[1:]
	return row, nil
}

// set sets the column to what the values of its leaves say.
func (f *parquetField) set(i *Imported, values [][]parquet.Value) {
	known := slices.ContainsFunc(values, func(list []parquet.Value) bool {
		return slices.ContainsFunc(list, func(v parquet.Value) bool { return !v.IsNull() })
	})
	l := f.leaves[0]
	switch {
	case !known:
	case f.column == nil:
		i.unmap(f.name)
	case slices.ContainsFunc(f.leaves, func(l parquetLeaf) bool { return l.strange }):
		i.fail(f.column, values[0][0].String())
	case f.column.Kind() != catalog.List && len(f.leaves) == 1 && len(values[0]) == 1:
		setFlat(i, f.column, l, values[0][0])
	case f.column.Kind() != catalog.List:
		i.fail(f.column, values[0][0].String())
	case f.column.Wire == Totals:
		f.setTotals(i, values)
	case len(f.column.Parts()) > 0:
		f.setParts(i, values)
	default:
		var elements []string
		for _, v := range values[0] {
			if v.DefinitionLevel() >= l.element {
				elements = append(elements, text(v))
			}
		}
		f.column.SetElements(i, elements)
	}
}

// setFlat sets a column that is not a list.
func setFlat(i *Imported, c *Column, l parquetLeaf, v parquet.Value) {
	if c.Kind() == catalog.Text {
		c.SetText(i, text(v))
		return
	}
	switch v.Kind() {
	case parquet.Boolean:
		n := 0.0
		if v.Boolean() {
			n = 1
		}
		c.SetNumber(i, n)
	case parquet.Int32:
		c.SetNumber(i, float64(v.Int32()))
	case parquet.Int64:
		n := v.Int64()
		if l.unit != 0 && l.unit < time.Millisecond {
			n /= int64(time.Millisecond / l.unit)
		}
		c.SetNumber(i, float64(n))
	case parquet.Float:
		c.SetNumber(i, float64(v.Float()))
	case parquet.Double:
		c.SetNumber(i, v.Double())
	default:
		c.SetText(i, text(v)) // which it cannot hold: that is noted
	}
}

// text is a value as a text.
func text(v parquet.Value) string {
	if v.IsNull() {
		return ""
	}
	return v.String()
}

// setParts sets a list whose elements have parts. Parts at the end of an element
// that are null are not there.
func (f *parquetField) setParts(i *Imported, values [][]parquet.Value) {
	var elements [][]string // the parts of each
	for n, l := range f.leaves {
		part := slices.Index(f.column.Parts(), l.part)
		if part < 0 {
			i.unmap(f.name + "." + l.part)
			continue
		}
		for at, v := range values[n] {
			if v.DefinitionLevel() < l.element {
				continue // there are no elements
			}
			if at == len(elements) {
				elements = append(elements, nil)
			}
			if v.IsNull() {
				continue
			}
			for len(elements[at]) <= part {
				elements[at] = append(elements[at], "")
			}
			elements[at][part] = text(v)
		}
	}
	joined := make([]string, len(elements))
	for n, parts := range elements {
		joined[n] = view.JoinParts(parts...)
	}
	f.column.SetElements(i, joined)
}

// setTotals sets a column of totals.
func (f *parquetField) setTotals(i *Imported, values [][]parquet.Value) {
	if len(f.leaves) != 2 || values[1][0].Kind() != parquet.Int64 {
		i.fail(f.column, strings.TrimSpace(values[0][0].String()))
		return
	}
	var list []Total
	for n, v := range values[0] {
		if v.DefinitionLevel() >= f.leaves[0].element {
			list = append(list, Total{text(v), values[1][n].Int64()})
		}
	}
	f.column.SetTotals(i, list)
}
