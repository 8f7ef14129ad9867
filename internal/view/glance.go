package view

import (
	"math"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// glance is a look at the few fields that real-time numbers go by, which takes
// much less time than all that is known of a view. It lasts until the next event.
type glance struct {
	registers registers
	place     [maxGlanced]int32       // by glanceOf: 1 + where the register's entry begins; 0 is not set
	client    [maxGlanced]event.Value // by glanceOf: what the connection tells
}

// maxGlanced bounds how many fields a glance is of.
const maxGlanced = 20

// glanceOf numbers the fields that a glance is of from 1 on, and glanceOfRegister
// those of them that are registered, by their registers.
var glanceOf, glanceOfRegister = func() (of []uint8, ofRegister [256]uint8) {
	of = make([]uint8, event.Count())
	list := []event.Field{fieldFirstFrame, fieldIsLive, fieldSourceIsLive}
	for _, c := range realtimeColumns {
		list = append(append(list, fieldsOf[c.value]...), fieldsOf[c.label]...)
	}
	if len(list) >= maxGlanced {
		panic("BUG: real-time numbers go by more fields than a glance takes in")
	}
	for i, f := range list {
		of[f], ofRegister[registerOf[f]] = uint8(i+1), uint8(i+1)
	}
	ofRegister[0] = 0
	return of, ofRegister
}()

// realtimeColumns are where the values and labels of [catalog.RealtimeDimensions]
// are, nil where they are nowhere.
var realtimeColumns = func() (list []struct{ value, label *catalog.Column }) {
	for i, d := range catalog.RealtimeDimensions {
		columns := struct{ value, label *catalog.Column }{d.Column(), d.Label}
		if i == catalog.RealtimeCDN {
			columns.value = nil
		}
		list = append(list, columns)
	}
	return list
}()

// fieldsOf are the fields that columns are taken from.
var fieldsOf = func() map[*catalog.Column][]event.Field {
	of := map[*catalog.Column][]event.Field{}
	for _, s := range sources {
		of[s.column] = s.fields
	}
	return of
}()

// look takes in what is known now.
func (g *glance) look(m *Machine) {
	r := m.registers
	g.registers = r
	for at := 0; at < len(r); at = r.end(at) {
		if n := glanceOfRegister[r[at]]; n != 0 {
			g.place[n] = int32(at) + 1
		}
	}
	for client := unpacker(m.client.packed); len(client) > 0; {
		v := client.value()
		if n := glanceOf[v.Field]; n != 0 {
			g.client[n] = v
		}
	}
}

// value is the value of a field of a player.
func (g *glance) value(f event.Field) value {
	if place := g.place[glanceOf[f]]; place > 0 {
		e := g.registers.entry(int(place - 1))
		return e.value()
	}
	return value{num: math.NaN()}
}

// text is the text of a column: that of its first field that has one.
func (g *glance) text(c *catalog.Column) string {
	for _, f := range fieldsOf[c] {
		text := strings.Clone(g.client[glanceOf[f]].Text)
		if registered[f] != 0 {
			text = g.value(f).text
		}
		if text != "" {
			return text
		}
	}
	return ""
}

// count is the whole number of a column that is taken from what the connection
// tells, in decimals; "" if there is none.
func (g *glance) count(c *catalog.Column) string {
	for _, f := range fieldsOf[c] {
		if v := &g.client[glanceOf[f]]; v.Field == f && !v.Null && valid(v.Num, c) {
			return strconv.FormatInt(roundMS(v.Num), 10)
		}
	}
	return ""
}

// values are the values and labels of real-time dimensions.
func (g *glance) values(hasAd bool) (values, labels []string) {
	all := make([]string, 2*len(realtimeColumns))
	values, labels = all[:len(realtimeColumns):len(realtimeColumns)], all[len(realtimeColumns):]
	for i, c := range realtimeColumns {
		switch {
		case c.value == nil:
		case c.value == colHasAd:
			values[i] = strconv.FormatBool(hasAd)
		case c.value == colStreamType:
			values[i] = either(g.text(c.value), streamType(g.value(fieldIsLive).num, g.value(fieldSourceIsLive).num))
		case c.value.IsText():
			values[i] = g.text(c.value)
		default:
			values[i] = g.count(c.value)
		}
		if c.label != nil {
			labels[i] = g.text(c.label)
		}
	}
	return values, labels
}

// streamType is what a source is that the customer does not tell the type of.
func streamType(live, sourceIsLive float64) string {
	if math.IsNaN(live) {
		live = sourceIsLive
	}
	switch live {
	case 0:
		return "on-demand"
	case 1:
		return "live"
	}
	return ""
}
