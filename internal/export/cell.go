package export

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// byName are columns by the names that files may call them: those of all versions,
// those of messages, and our own.
var byName = make(map[string]*Column)

// nameColumns fills byName.
func nameColumns() {
	name := func(name string, c *Column) {
		if _, taken := byName[name]; !taken && name != "" {
			byName[name] = c
		}
	}
	for i := range Columns {
		name(Columns[i].Name, &Columns[i])
	}
	for _, c := range own {
		name(c.Name, c)
	}
	for i := range Columns {
		name(Columns[i].Old, &Columns[i])
		name(Columns[i].Field, &Columns[i])
	}
}

// setCell sets a column to what a cell of CSV says. An empty one is null and changes nothing.
func (c *Column) setCell(i *Imported, cell string) {
	if cell == "" {
		return
	}
	switch {
	case c.Kind() == catalog.Text:
		c.SetText(i, literal(cell))
	case c.Kind() == catalog.List:
		c.setList(i, cell)
	default:
		if n, ok := numberOf(c.Kind(), cell); ok {
			c.SetNumber(i, n)
		} else if c.special == 0 {
			i.fail(c, cell)
		}
	}
}

// numberOf reads a value that is neither a text nor a list.
func numberOf(k catalog.Kind, text string) (float64, bool) {
	text = strings.TrimSpace(text)
	switch k {
	case catalog.Bool:
		switch strings.ToLower(text) {
		case "true", "t", "1", "yes":
			return 1, true
		case "false", "f", "0", "no":
			return 0, true
		}
		return 0, false
	case catalog.Time:
		return timeOf(text)
	}
	if !isDecimal(text) {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// timeLayouts are how times are written: as RFC 3339 has it, and as databases do.
// Without a zone they are UTC.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 UTC", "2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02 15:04:05.999999999 -0700", "2006-01-02 15:04:05.999999999-07", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
}

// timeOf reads a time, also one in seconds, ms, µs or ns since 1970: by how many there are,
// as all are after 1973 and before 5138.
func timeOf(text string) (ms float64, ok bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMilli()), true
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if !isDecimal(text) || err != nil || n < 0 {
		return 0, false
	}
	for _, unit := range []struct{ below, ms float64 }{{1e11, 1000}, {1e14, 1}, {1e17, 1e-3}, {1e20, 1e-6}} {
		if n < unit.below {
			return math.Round(n * unit.ms), true
		}
	}
	return 0, false
}

// setList sets a list, or totals, that are in JSON, or a list as databases write it: [a, b],
// {a, b}, or a, b.
func (c *Column) setList(i *Imported, text string) {
	data := json.RawMessage(text)
	if c.setJSON(i, data) {
		return
	}
	elements, ok := bareElements(text)
	if !ok || c.Wire != Strings {
		i.fail(c, text)
		return
	}
	if len(elements) > 0 {
		c.SetElements(i, elements)
	}
}

// bareElements reads a list that is not in JSON, with brackets around it or without.
func bareElements(text string) ([]string, bool) {
	inner := strings.TrimSpace(text)
	if n := len(inner); n >= 2 && (inner[0] == '[' && inner[n-1] == ']' || inner[0] == '{' && inner[n-1] == '}') {
		inner = inner[1 : n-1]
	}
	if strings.ContainsAny(inner, "[]{}") {
		return nil, false
	}
	elements := strings.Split(inner, ",")
	for n := range elements {
		elements[n] = strings.Trim(strings.TrimSpace(elements[n]), `"'`)
	}
	return slices.DeleteFunc(elements, func(e string) bool { return e == "" }), true
}

// setJSON sets a list to a value of JSON: an array of texts, or of objects of the parts
// that the elements have, or an object of totals. It reports whether it is one.
func (c *Column) setJSON(i *Imported, data json.RawMessage) bool {
	if c.Wire == Totals {
		totals, ok := totalsOf(data)
		if ok {
			c.SetTotals(i, totals)
		}
		return ok
	}
	if parts := c.Parts(); parts != nil {
		elements, ok := elementsOf(parts, data)
		if ok {
			c.SetElements(i, elements)
		}
		return ok
	}
	var elements []string
	if json.Unmarshal(data, &elements) != nil {
		return false
	}
	if len(elements) > 0 {
		c.SetElements(i, elements)
	}
	return true
}

// elementsOf reads elements that are objects of their parts. An element ends before
// the first part that it does not have.
func elementsOf(parts []string, data json.RawMessage) ([]string, bool) {
	var list []map[string]string
	if json.Unmarshal(data, &list) != nil {
		return nil, false
	}
	elements := make([]string, 0, len(list))
	for _, e := range list {
		var values []string
		for _, p := range parts {
			value, ok := e[p]
			if !ok {
				break
			}
			values = append(values, value)
		}
		elements = append(elements, view.JoinParts(values...))
	}
	return elements, true
}

// totalsOf reads an object of totals, in their order. Each is a number, the text of
// one, or an object that has it as total_playing_time_ms, in either case of names; one
// that does not have it is 0.
func totalsOf(data json.RawMessage) ([]Total, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil, false
	}
	var list []Total
	for d.More() {
		name, err := d.Token()
		var member json.RawMessage
		if err != nil || d.Decode(&member) != nil {
			return nil, false
		}
		if member[0] == '{' {
			message := struct {
				Snake json.RawMessage `json:"total_playing_time_ms"`
				Camel json.RawMessage `json:"totalPlayingTimeMs"`
			}{Camel: json.RawMessage("0")}
			if json.Unmarshal(member, &message) != nil {
				return nil, false
			}
			if member = message.Snake; member == nil {
				member = message.Camel
			}
		}
		n, ok := numberOf(catalog.Int, strings.Trim(string(member), `"`))
		if !ok || n < 0 || n > maxWhole {
			return nil, false
		}
		list = append(list, Total{view.CleanText(name.(string)), int64(math.Round(n))})
	}
	_, err := d.Token()
	return list, err == nil
}
