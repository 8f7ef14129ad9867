package export

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"playhead/internal/catalog"
)

// csvReader reads CSV of any version, whatever the order of the columns and whether a
// version has them.
type csvReader struct {
	limit   *rowLimit
	r       *csv.Reader
	names   []string  // of the columns, as the first line has them
	columns []*Column // nil: there is none of the name
	says    map[*catalog.Column]bool
}

// maxColumns bounds the columns of a file, of which no version has 200.
const maxColumns = 10_000

func newCSVReader(r io.Reader) (Reader, error) {
	limit := &rowLimit{r: r}
	limit.next()
	c := &csvReader{limit: limit, r: csv.NewReader(limit), says: map[*catalog.Column]bool{}}
	c.r.ReuseRecord, c.r.FieldsPerRecord = true, -1
	header, err := c.r.Read()
	if err != nil {
		return nil, fmt.Errorf("names of the columns: %w", err)
	}
	if len(header) > maxColumns {
		return nil, fmt.Errorf("names of the columns: there are %d, want at most %d", len(header), maxColumns)
	}
	ids := 0
	for _, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))
		column := byName[name]
		if column != nil {
			c.says[column.column] = true
		}
		if column != nil && column.special == id {
			ids++
		}
		c.names, c.columns = append(c.names, name), append(c.columns, column)
	}
	if ids != 1 {
		return nil, fmt.Errorf("names of the columns: view_id is there %d times, want once", ids)
	}
	return c, nil
}

func (c *csvReader) Read() (Imported, error) {
	c.limit.next()
	cells, err := c.r.Read()
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &syntax):
		return Imported{}, &RowError{int64(syntax.StartLine), fmt.Errorf("column %d: %w", syntax.Column, syntax.Err)}
	case err != nil:
		return Imported{}, err
	}
	line, _ := c.r.FieldPos(0)
	if len(cells) != len(c.columns) {
		return Imported{}, &RowError{int64(line), fmt.Errorf("%d cells, want %d as in the first line", len(cells), len(c.columns))}
	}
	i := newImported()
	i.Line, i.says = int64(line), c.says
	for n, cell := range cells {
		switch column := c.columns[n]; {
		case cell == "":
		case column == nil:
			i.unmap(c.names[n])
		default:
			column.setCell(&i, cell)
		}
	}
	return i, nil
}
