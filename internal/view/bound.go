package view

import (
	"math"
	"slices"

	"playhead/internal/catalog"
)

// Bounds of the numbers of a view. A number beyond them was not measured but
// made up, by a bug or on purpose, and is null: one of them would decide every
// mean and sum that it is in.
const (
	// maxInt is above the whole numbers that a column can hold: those that a
	// float has without gaps.
	maxInt = 1 << 53
	// maxFigure intervals counts and times (in ms: 24 days) that add up over views.
	// Clients of the API read them as numbers of 32 bits.
	maxFigure = math.MaxInt32
)

// interval is what a column that is not a text can hold.
type interval struct{ least, most float64 }

// intervals are by the slot of the column.
var intervals = func() []interval {
	list := make([]interval, catalog.NumberColumns)
	for _, c := range catalog.Columns {
		if !c.IsText() {
			list[c.Slot()] = intervalOf(c)
		}
	}
	return list
}()

func intervalOf(c *catalog.Column) interval {
	figure := slices.ContainsFunc(catalog.Quantities, func(q catalog.Column) bool { return q.Name == c.Name })
	switch {
	case c.Unit == "degrees":
		return interval{-180, 180}
	case figure && (c.Unit == "ms" || c.Unit == ""):
		return interval{0, maxFigure}
	}
	return interval{0, maxInt - 1}
}

// valid reports whether a column can hold a number.
func valid(n float64, c *catalog.Column) bool {
	i := intervals[c.Slot()]
	return n >= i.least && n <= i.most
}
