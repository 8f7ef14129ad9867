package main

import (
	"fmt"
	"io"
)

// figures is a table: a line for each figure, a column for each of times.
type figures struct {
	column int
	lines  []line
}

// line is one figure.
type line struct {
	name   string
	total  bool // it is expected to grow as the load does; others are for each request, view or commit
	values [len(times)]float64
}

// tolerance is how much more than expected a figure may grow before it is
// marked: less is noise.
const tolerance = 1.3

// each notes a figure that should stay the same.
func (f *figures) each(name string, value float64) { f.note(name, false, value) }

// total notes a figure that should grow no more than what it is measured against.
func (f *figures) total(name string, value float64) { f.note(name, true, value) }

func (f *figures) note(name string, total bool, value float64) {
	for i := range f.lines {
		if f.lines[i].name == name {
			f.lines[i].values[f.column] = value
			return
		}
	}
	l := line{name: name, total: total}
	l.values[f.column] = value
	f.lines = append(f.lines, l)
}

// print prints the table. The last column is how much the figure grew from the
// first time to the last.
func (f *figures) print(w io.Writer, title string) {
	fmt.Fprintf(w, "%s\n%-34s", title, "")
	for _, n := range times {
		fmt.Fprintf(w, "%10d×", n)
	}
	fmt.Fprintf(w, "%12s\n", "growth")
	for _, l := range f.lines {
		fmt.Fprintf(w, "%-34s", l.name)
		for _, v := range l.values {
			fmt.Fprintf(w, "%11s", digits(v))
		}
		fmt.Fprintln(w, l.growth())
	}
	fmt.Fprintln(w)
}

// growth says how much a figure grew from the first time to the last.
func (l *line) growth() string {
	const last = len(times) - 1
	if l.values[0] == 0 {
		return ""
	}
	growth, expected := l.values[last]/l.values[0], 1.0
	if l.total {
		expected = float64(times[last])
	}
	mark := ""
	if growth > expected*tolerance {
		mark = "  worse than linear"
	}
	return fmt.Sprintf("%11.2f×%s", growth, mark)
}

// digits writes a number with as many digits as say something.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
