package export

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// Row is a view as a row of an export.
type Row struct {
	*view.View
	Property int64 // number of the environment that the view is of
}

// Total is an element of a column of totals: how long was played in a mode, or of
// a type of ads.
type Total struct {
	Name string
	Time int64 // ms
}

// Number is the value of a column that is neither a text nor a list, in the unit of the export;
// ok is false for null. A Bool is 0 or 1, a Time is in ms since 1970.
func (c *Column) Number(r Row) (n float64, ok bool) {
	switch {
	case c.special == property:
		return float64(r.Property), true
	case c.special == one:
		return 1, true
	case c.column == nil || c.column.IsText():
		return 0, false
	}
	if n, ok = r.View.Number(c.column); !ok || math.IsInf(n, 0) {
		return 0, false
	}
	if c.Scale != 0 {
		n /= c.Scale
	}
	return n, true
}

// Text is the value of a Text column; "" is null.
func (c *Column) Text(r Row) string {
	switch {
	case c.special == id:
		return r.ID.String()
	case c.column == nil || c.column.Kind != catalog.Text:
		return ""
	}
	return r.View.Text(c.column)
}

// Elements are those of a List column; nil is null. Those that have [Column.Parts]
// are as [view.SplitParts] takes them.
func (c *Column) Elements(r Row) []string {
	if c.column == nil || c.column.Kind != catalog.List {
		return nil
	}
	return r.View.Elements(c.column)
}

// Parts are what the parts of the elements of a List column are; nil if they are whole.
func (c *Column) Parts() []string {
	if c.column == nil {
		return nil
	}
	return c.column.Parts
}

// Totals are the elements of a column of [Totals], in their order; nil is null. Each
// name is there once.
func (c *Column) Totals(r Row) []Total {
	var list []Total
	for _, e := range c.Elements(r) {
		parts := view.SplitParts(e)
		ms, err := strconv.ParseFloat(parts[len(parts)-1], 64)
		if len(parts) != 2 || err != nil || !(ms >= 0 && ms <= maxWhole) {
			continue
		}
		if at := slices.IndexFunc(list, func(t Total) bool { return t.Name == parts[0] }); at >= 0 {
			list[at].Time += int64(math.Round(ms))
			continue
		}
		list = append(list, Total{parts[0], int64(math.Round(ms))})
	}
	return list
}

// Null reports whether nothing is known.
func (c *Column) Null(r Row) bool {
	switch c.Kind() {
	case catalog.Text:
		return c.Text(r) == ""
	case catalog.List:
		return c.column == nil || r.View.Text(c.column) == ""
	}
	_, ok := c.Number(r)
	return !ok
}

// maxWhole is the largest whole number that a float has without gaps below it.
const maxWhole = 1<<53 - 1

// Imported is a view as it was read from an export: what it says of itself is
// beside the view, which has no id and no environment yet.
type Imported struct {
	View          *view.View
	ViewID        string // "" if there is none
	EnvironmentID string // "" if there is none
	Property      int64  // 0 if there is none

	Line     int64     // of the file, or the number of the message in it; from 1
	Unmapped []string  // what has a value and no column: each name once, the first thousand
	Unread   []Problem // values that are null now, as their column cannot hold them

	says map[*catalog.Column]bool // columns that a view of the file could have; nil: all
}

// Problem is a value that could not be read.
type Problem struct{ Column, Value string }

// newImported is a view of which nothing was read yet.
func newImported() Imported { return Imported{View: view.New(view.ID{})} }

// SetNumber sets a column to a number in the unit of the export. What the column
// cannot hold is noted, and not set. The columns that are older names of others
// only fill what is null.
func (c *Column) SetNumber(i *Imported, n float64) {
	switch {
	case c.special == property:
		i.Property = int64(min(max(n, 0), maxWhole))
		return
	case c.special == one:
		return // it says nothing of the view
	case c.Unknown:
		i.unmap(c.name())
		return
	case c.column == nil || c.column.IsText():
		i.fail(c, strconv.FormatFloat(n, 'g', -1, 64))
		return
	}
	if _, known := i.View.Number(c.column); known && c.older {
		return
	}
	scaled := n
	if c.Scale != 0 {
		scaled *= c.Scale
	}
	if !i.View.Take(c.column, scaled) {
		i.fail(c, strconv.FormatFloat(n, 'g', -1, 64))
	}
}

// SetText sets a Text column; "" is null and changes nothing.
func (c *Column) SetText(i *Imported, text string) {
	switch {
	case text == "":
	case c.special == property:
		i.Property, _ = strconv.ParseInt(text, 10, 64) // of any other service, it is no number of ours
	case c.Unknown:
		i.unmap(c.name())
	case c.special == id:
		i.ViewID = view.CleanText(text)
	case c.column == colEnvironment:
		i.EnvironmentID = view.CleanText(text)
	case c.column == nil || c.column.Kind != catalog.Text:
		i.fail(c, text)
	case c.older && i.View.Text(c.column) != "":
	default:
		i.View.TakeText(c.column, text)
	}
}

// SetElements sets a List column, whose elements are as [Column.Elements] has them.
// What is more than views keep of lists is left out from its end.
func (c *Column) SetElements(i *Imported, elements []string) {
	switch {
	case c.Unknown:
		i.unmap(c.name())
		return
	case c.column == nil || c.column.Kind != catalog.List:
		i.fail(c, strings.Join(elements, ","))
		return
	}
	size := 0
	for n := range elements {
		elements[n] = view.CleanText(elements[n])
		if size += len(elements[n]) + 1; size > maxList {
			i.fail(c, elements[n])
			elements = elements[:n]
			break
		}
	}
	i.View.SetText(c.column, view.JoinList(elements))
}

// maxList bounds the bytes of a list that is read.
const maxList = 64 << 10

// SetTotals sets a column of [Totals].
func (c *Column) SetTotals(i *Imported, list []Total) {
	elements := make([]string, 0, len(list))
	for _, t := range list {
		if t.Time < 0 || t.Time > maxWhole {
			i.fail(c, strconv.FormatInt(t.Time, 10))
			continue
		}
		elements = append(elements, view.JoinParts(t.Name, strconv.FormatInt(t.Time, 10)))
	}
	c.SetElements(i, elements)
}

// fail notes a value that a column cannot hold.
func (i *Imported) fail(c *Column, value string) {
	const most = 64
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "…"
	}
	i.Unread = append(i.Unread, Problem{c.name(), value})
}

// maxUnmapped bounds the names that a view notes: a row can have millions of them.
const maxUnmapped = 1000

// unmap notes that there is a value that no column takes.
func (i *Imported) unmap(name string) {
	if len(i.Unmapped) < maxUnmapped && !slices.Contains(i.Unmapped, name) {
		i.Unmapped = append(i.Unmapped, name)
	}
}

// name is what reports call the column.
func (c *Column) name() string {
	if c.Name == "" {
		return c.Field
	}
	return c.Name
}
