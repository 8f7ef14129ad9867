package api

import (
	"math"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/openapi"
	"playhead/internal/view"
)

// way is a way to show a column: what it writes, and the schema of that.
type way struct {
	show   func(v *view.View, c *catalog.Column) any
	types  openapi.Types
	format string
}

// The ways to show a column.
var (
	// shown is a text, or null.
	shown = way{func(v *view.View, c *catalog.Column) any { return text(v.Text(c)) }, openapi.Types{"string", "null"}, ""}
	// words is a text that is never null.
	words = way{func(v *view.View, c *catalog.Column) any { return v.Text(c) }, openapi.Types{"string"}, ""}
	// whole64 is a whole number, or null.
	whole64 = way{func(v *view.View, c *catalog.Column) any { return integer(numberOf(v, c)) }, openapi.Types{"integer", "null"}, "int64"}
	// whole32 is a whole number of 32 bits, or null.
	whole32 = way{func(v *view.View, c *catalog.Column) any { return integer32(numberOf(v, c)) }, whole64.types, "int32"}
	// float is a number, or null.
	float = way{func(v *view.View, c *catalog.Column) any { return number(numberOf(v, c)) }, openapi.Types{"number", "null"}, "double"}
	// decimal is a text that holds a number in plain decimals, or null. Clients
	// expect scores, percentages and positions so. A fraction that was measured
	// or kept with 32 bits is written with the digits that it has: 0.9805123,
	// not 0.980512320995331.
	decimal = way{func(v *view.View, c *catalog.Column) any { return decimals(numberOf(v, c)) }, openapi.Types{"string", "null"}, "decimal"}
	// perMillisecond is decimal for a frequency that is kept per minute: this
	// object alone counts by the ms.
	perMillisecond = way{func(v *view.View, c *catalog.Column) any { return decimals(numberOf(v, c) / 60_000) }, decimal.types, decimal.format}
	// flag is a boolean; what is not known is false.
	flag = way{func(v *view.View, c *catalog.Column) any { return numberOf(v, c) == 1 }, openapi.Types{"boolean"}, ""}
	// maybe is a boolean, or null.
	maybe = way{nullableFlag, openapi.Types{"boolean", "null"}, ""}
	// moment is a time in whole seconds.
	moment = way{func(v *view.View, c *catalog.Column) any { return instant(numberOf(v, c)) }, openapi.Types{"string"}, "date-time"}
	// receipt is a moment that is in the document of a view alone. Once that is
	// deleted, the view was received when it ended, as far as anybody knows.
	receipt = way{func(v *view.View, c *catalog.Column) any {
		ms, kept := v.Number(c)
		if !kept {
			ms = numberOf(v, viewEnd)
		}
		return instant(ms)
	}, moment.types, moment.format}
	// everWatched is known without the document too.
	everWatched = way{func(v *view.View, _ *catalog.Column) any { return v.Watched() }, flag.types, ""}
	// list is an array of texts, never null.
	list = way{func(v *view.View, c *catalog.Column) any { return append([]string{}, v.Elements(c)...) }, openapi.Types{"array"}, ""}
)

var viewEnd = catalog.MustColumn("view_end")

func nullableFlag(v *view.View, c *catalog.Column) any {
	n, ok := v.Number(c)
	if !ok {
		return nil
	}
	return n == 1
}

func decimals(value float64) any {
	n := number(value)
	if n == nil {
		return nil
	}
	bits := 64
	if *n != math.Trunc(*n) && float64(float32(*n)) == *n {
		bits = 32
	}
	return strconv.FormatFloat(*n, 'f', -1, bits)
}

// numberOf is the value of a column, NaN for null.
func numberOf(v *view.View, c *catalog.Column) float64 {
	n, ok := v.Number(c)
	if !ok {
		return math.NaN()
	}
	return n
}
