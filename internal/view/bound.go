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

// Take sets a column that is not a text to a number that was not measured here. It
// reports whether the column can hold it; if not, the column stays as it is.
// What is to be whole is rounded, and scores are kept as [Scoring] says.
func (v *View) Take(c *catalog.Column, n float64) bool {
	n = whole(n, c.Kind)
	switch {
	case !valid(n, c), c.Kind == catalog.Bool && n != 0 && n != 1, c.Unit == "score" && n > 1:
		return false
	case c.Unit == "score":
		n = float64(float32(n))
	}
	v.SetNumber(c, n)
	return true
}

// TakeText sets a column to a text that was not told by a player: as those of
// players, it is kept in UTF-8 and within a bound. A text that is to be an element of
// a list is put through [CleanText] before it.
func (v *View) TakeText(c *catalog.Column, text string) { v.SetText(c, CleanText(text)) }

// CleanText is a text as views keep it: in UTF-8, and cut to 16 KiB.
func CleanText(text string) string { return clean(text, maxText) }
