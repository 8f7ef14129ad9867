package reference

import (
	"fmt"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// Metric is one line of the catalogue's metrics.
type Metric struct {
	*catalog.Metric
	Unit         string
	Direction    string
	Clock        string
	Measurements []Measurement // the default first
}

// Measurement is one way to compute a metric.
type Measurement struct{ Name, Formula string }

// Quantity is a column that formulas use.
type Quantity struct{ Name, Kind, Doc string }

// Dimension is one line of the catalogue's dimensions.
type Dimension struct {
	*catalog.Dimension
	List, Kind string
}

func metrics() []Metric {
	directions := map[catalog.Better]string{
		catalog.Lower:   "lower is better: 95th is the 95th percentile",
		catalog.Higher:  "higher is better: 95th is the 5th percentile",
		catalog.Neither: "neither direction is better",
	}
	clocks := map[catalog.Clock]string{
		catalog.ByEnd: "views that ended in the timeframe", catalog.ByStart: "views that started in the timeframe",
	}
	list := make([]Metric, len(catalog.Metrics))
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		list[i] = Metric{Metric: m, Unit: m.Type.Unit(), Direction: directions[m.Better], Clock: clocks[m.Clock]}
		for _, measurement := range m.Supported() {
			shown := Measurement{string(measurement), m.Formulas[measurement]}
			if measurement == m.Default {
				list[i].Measurements = slices.Insert(list[i].Measurements, 0, shown)
			} else {
				list[i].Measurements = append(list[i].Measurements, shown)
			}
		}
	}
	return list
}

// quantities are the columns that formulas use, in the order of their names.
func quantities() []Quantity {
	used := map[string]Quantity{}
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range m.Supported() {
			node, _ := m.Node(measurement)
			expr.Columns(node, func(name string, _ bool) {
				c := catalog.MustColumn(name)
				used[name] = Quantity{name, kind(c.Kind, c.Unit), c.Doc}
			})
		}
	}
	list := make([]Quantity, 0, len(used))
	for _, q := range used {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b Quantity) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func dimensions() []Dimension {
	lists := map[catalog.Level]string{catalog.Basic: "basic", catalog.Advanced: "advanced", catalog.Unlisted: "in neither list"}
	list := make([]Dimension, len(catalog.Dimensions))
	for i := range catalog.Dimensions {
		d := &catalog.Dimensions[i]
		list[i] = Dimension{Dimension: d, List: lists[d.Level], Kind: kind(d.Kind, "")}
	}
	return list
}

// kind writes what values a column has.
func kind(k catalog.Kind, unit string) string {
	name := map[catalog.Kind]string{
		catalog.Text: "text", catalog.List: "sequence", catalog.Bool: "true or false",
		catalog.Int: "whole number", catalog.Float: "number", catalog.Time: "time",
	}[k]
	if unit != "" {
		return fmt.Sprintf("%s, %s", name, unit)
	}
	return name
}
