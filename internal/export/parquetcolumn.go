package export

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"playhead/internal/catalog"
)

// parquetColumn is how a column stands in a Parquet file: as one leaf of its
// schema, or several where its elements have parts. All columns but view_id and
// property_id may be null.
//
//	Text          string
//	Int           int64
//	Float         double
//	Bool          boolean
//	Time          timestamp in ms, UTC
//	List          list of strings, or of groups with a string for each part
//	totals        map of strings to int64
type parquetColumn struct {
	*Column
	shape  shape
	leaf   int // the first of its leaves, in the order of the schema
	leaves int // how many it has

	defined int // the definition level of a value, of what is flat; 0: it is never null
}

// shape is what the leaves of a column are like.
type shape uint8

const (
	flatText shape = iota
	flatInt
	flatFloat
	flatBool
	listOfTexts
	listOfParts
	mapOfTotals
)

// Definition levels: how much of the path to a value there is.
const (
	definedFlat    = 1 // the value of a flat column
	definedElement = 2 // an element, or a key and its value
	definedPart    = 3 // a part of an element
)

// parquetSchema are the columns of a file and its schema.
func parquetSchema(version int) ([]*parquetColumn, *parquet.Schema) {
	var (
		columns []*parquetColumn
		root    group
		leaf    int
	)
	for _, c := range append(Of(version), Own()...) {
		p := &parquetColumn{Column: c, leaf: leaf, leaves: 1}
		root.add(c.Name, p.node())
		columns = append(columns, p)
		leaf += p.leaves
	}
	return columns, parquet.NewSchema("view", &root)
}

// node sets the shape of the column, and returns its node of the schema.
func (p *parquetColumn) node() parquet.Node {
	p.defined = definedFlat
	switch {
	case p.special == id, p.special == property:
		p.defined = 0
	case p.Wire == Totals:
		p.shape, p.leaves = mapOfTotals, 2
		return parquet.Optional(parquet.Map(words(), parquet.Int(64)))
	case p.Kind() == catalog.List && len(p.Parts()) > 0:
		p.shape, p.leaves = listOfParts, len(p.Parts())
		var element group
		for _, part := range p.Parts() {
			element.add(part, parquet.Optional(words()))
		}
		return parquet.Optional(parquet.List(&element))
	}
	switch p.Kind() {
	case catalog.List:
		p.shape = listOfTexts
		return parquet.Optional(parquet.List(words()))
	case catalog.Int:
		p.shape = flatInt
		if p.defined == 0 {
			return parquet.Int(64)
		}
		return parquet.Optional(parquet.Int(64))
	case catalog.Time:
		p.shape = flatInt
		return parquet.Optional(parquet.Timestamp(parquet.Millisecond))
	case catalog.Float:
		p.shape = flatFloat
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case catalog.Bool:
		p.shape = flatBool
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	}
	switch {
	case p.special == id:
		return parquet.String() // no value comes again
	case p.Name == OwnID:
		return parquet.Optional(parquet.String())
	}
	return parquet.Optional(words())
}

// words are texts of which most come again and again: what a page has is numbers
// of those that the row group has.
func words() parquet.Node { return parquet.Encoded(parquet.String(), &parquet.RLEDictionary) }

// group is a group of nodes in the order in which they were added.
type group struct {
	parquet.Group
	fields []parquet.Field
}

func (g *group) add(name string, n parquet.Node) {
	g.fields = append(g.fields, parquet.Group{name: n}.Fields()[0])
	if g.Group == nil {
		g.Group = parquet.Group{}
	}
	g.Group[name] = n
}

// Fields implements [parquet.Node].
func (g *group) Fields() []parquet.Field { return g.fields }

// add appends what the column is of a view to the values of the batch.
func (p *parquetColumn) add(w *parquetWriter, r Row) {
	switch p.shape {
	case flatText:
		text := p.Text(r)
		if text == "" {
			w.add(p.leaf, 0, 0, parquet.Value{})
			return
		}
		w.add(p.leaf, 0, p.defined, w.text(text))
	case listOfTexts, listOfParts, mapOfTotals:
		p.addElements(w, r)
	default:
		p.addNumber(w, r)
	}
}

// addNumber is add for numbers.
func (p *parquetColumn) addNumber(w *parquetWriter, r Row) {
	n, ok := p.Number(r)
	switch {
	case !ok || p.shape == flatInt && math.Abs(n) > maxWhole:
		w.add(p.leaf, 0, 0, parquet.Value{})
	case p.shape == flatInt:
		w.add(p.leaf, 0, p.defined, parquet.Int64Value(int64(n)))
	case p.shape == flatBool:
		w.add(p.leaf, 0, p.defined, parquet.BooleanValue(n != 0))
	default:
		w.add(p.leaf, 0, p.defined, parquet.DoubleValue(n))
	}
}

// addElements is add for lists and maps. A list without elements is null.
func (p *parquetColumn) addElements(w *parquetWriter, r Row) {
	again := 0
	switch {
	case p.Null(r):
	case p.shape == mapOfTotals:
		for _, t := range p.Totals(r) {
			w.add(p.leaf, again, definedElement, w.text(t.Name))
			w.add(p.leaf+1, again, definedElement, parquet.Int64Value(t.Time))
			again = 1
		}
	default:
		for _, element := range p.Elements(r) {
			if p.shape == listOfParts {
				p.addParts(w, element, again)
			} else {
				w.add(p.leaf, again, definedElement, w.text(element))
			}
			again = 1
		}
	}
	if again == 0 {
		for i := range p.leaves {
			w.add(p.leaf+i, 0, 0, parquet.Value{})
		}
	}
}

// addParts appends an element that has parts. Those that it does not have are
// null: what is empty is there.
func (p *parquetColumn) addParts(w *parquetWriter, element string, again int) {
	more := true
	for i := range p.leaves {
		if !more {
			w.add(p.leaf+i, again, definedElement, parquet.Value{})
			continue
		}
		var part string
		if part, element, more = strings.Cut(element, catalog.PartSeparator); i == p.leaves-1 && more {
			part += element // a separator that no part can have
		}
		w.add(p.leaf+i, again, definedPart, w.text(part))
	}
}

// add appends a value to the batch. again is 0 for the first one of a view, 1
// for others.
func (w *parquetWriter) add(leaf, again, defined int, value parquet.Value) {
	w.values[leaf] = append(w.values[leaf], value.Level(again, defined, leaf))
}

// text is a text as a value, valid as readers need it: one that is not would make
// them refuse the whole file.
func (w *parquetWriter) text(s string) parquet.Value {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	begin := len(w.texts)
	w.texts = append(w.texts, s...)
	return parquet.ByteArrayValue(w.texts[begin:len(w.texts):len(w.texts)])
}
