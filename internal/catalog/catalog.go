// Package catalog lists every dimension, measured quantity and metric that the
// server knows, as data.
//
// To add a dimension, add one entry to [Dimensions]: its column in the stores,
// its filter, its group and its place in the API follow. To add a metric over
// known quantities, add one entry to [Metrics]. To add a measured quantity,
// compute it in package view and add one entry to [Quantities]. Real-time
// numbers have tables of their own: [RealtimeMetrics] and [RealtimeDimensions].
package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"playhead/internal/expr"
)

// Columns are all columns of a view: first the identity and times of the view,
// then those of [Dimensions], [Quantities], [Lists] and [Attributes], in their order.
var Columns []*Column

// TextColumns is how many columns are texts: their [Column.Slot] is below it.
var TextColumns int

// NumberColumns is how many columns are not texts: their [Column.Slot] is below it.
var NumberColumns int

var (
	columnByName    = map[string]*Column{}
	dimensionByName = map[string]*Dimension{}
	metricByName    = map[string]*Metric{}
)

func init() {
	for _, c := range identity {
		addColumn(c)
	}
	for i := range Dimensions {
		d := &Dimensions[i]
		if _, twice := dimensionByName[d.Name]; twice {
			panic("BUG: dimension twice: " + d.Name)
		}
		dimensionByName[d.Name] = d
		d.column = columnByName[d.Name] // identity columns can be dimensions too
		if d.column == nil {
			d.column = addColumn(Column{Name: d.Name, Title: d.Title, Group: d.Group, Kind: d.Kind, Format: d.Format, From: d.From, Doc: d.Doc})
		}
	}
	for _, list := range [][]Column{Quantities, Lists, Attributes} {
		for _, c := range list {
			addColumn(c)
		}
	}
	for i := range Metrics {
		addMetric(&Metrics[i])
	}
	addRealtimeDimensions()
	addRealtimeMetrics()
}

func addColumn(c Column) *Column {
	if _, twice := columnByName[c.Name]; twice {
		panic("BUG: column twice: " + c.Name)
	}
	p := &c
	if c.Kind.text() {
		p.slot = TextColumns
		TextColumns++
	} else {
		p.slot = NumberColumns
		NumberColumns++
	}
	columnByName[c.Name] = p
	Columns = append(Columns, p)
	return p
}

func addMetric(m *Metric) {
	m.nodes = make(map[Measurement]expr.Node, len(m.Formulas))
	for measurement, formula := range m.Formulas {
		n := expr.MustParse(formula)
		expr.Columns(n, func(name string, flag bool) {
			c := columnByName[name]
			if c == nil || c.Kind.text() || c.Shown || flag != (c.Kind == Bool) {
				panic(fmt.Sprintf("BUG: metric %s: formula %q cannot use column %q", m.ID, formula, name))
			}
		})
		m.nodes[measurement] = n
		addBuckets(n)
	}
	if m.nodes[m.Default] == nil {
		panic("BUG: metric without its default measurement: " + m.ID)
	}
	if m.Column != "" {
		m.column = MustColumn(m.Column)
	}
	if c := columnByName[m.ID]; c != nil {
		c.Title, c.Group = m.Title, m.Group // people call it the same
	}
	for _, name := range append([]string{m.ID}, m.Aliases...) {
		if _, twice := metricByName[name]; twice {
			panic("BUG: metric twice: " + name)
		}
		metricByName[name] = m
	}
}

// MustColumn finds a column by a name written in the source. It panics if there
// is none.
func MustColumn(name string) *Column {
	c, ok := columnByName[name]
	if !ok {
		panic("BUG: no column " + name)
	}
	return c
}

// LookupDimension finds a dimension by name.
func LookupDimension(name string) (*Dimension, bool) { d, ok := dimensionByName[name]; return d, ok }

// LookupMetric finds a metric by its id or one of its aliases.
func LookupMetric(id string) (*Metric, bool) { m, ok := metricByName[id]; return m, ok }

// NearestDimensions are the up to three names of dimensions most like name,
// for error messages.
func NearestDimensions(name string) []string {
	return nearest(name, slices.Sorted(maps.Keys(dimensionByName)))
}

// NearestMetrics are the up to three ids of metrics most like name.
func NearestMetrics(name string) []string {
	return nearest(name, slices.Sorted(maps.Keys(metricByName)))
}

// nearest sorts candidates by edit distance and keeps the three best.
func nearest(name string, candidates []string) []string {
	name = strings.ToLower(name)
	if len(name) > 64 {
		name = name[:64]
	}
	distances := make(map[string]int, len(candidates))
	for _, c := range candidates {
		distances[c] = distance(name, c)
	}
	slices.SortStableFunc(candidates, func(a, b string) int { return distances[a] - distances[b] })
	return candidates[:min(3, len(candidates))]
}

// distance is the number of single-letter edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
