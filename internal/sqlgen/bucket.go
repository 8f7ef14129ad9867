package sqlgen

import (
	"fmt"
	"strconv"

	"playhead/internal/catalog"
)

// BucketColumn is the column that holds the bucket of another column's value: a
// 16-bit number, or null. Columns without [catalog.Column.Buckets] have none.
func BucketColumn(c *catalog.Column) string { return "b_" + c.Name }

// BucketOf renders the bucket of a column's value, for rows that were written
// before there was a column for it.
func BucketOf(c *catalog.Column) string {
	b := c.Buckets()
	rounded := fmt.Sprintf("floor(%s * %s + 0.5)", c.Name, double(b.Steps))
	if b.Root {
		rounded = fmt.Sprintf("floor(sqrt(%s) * %s)", c.Name, double(b.Steps))
	}
	return fmt.Sprintf("CASE WHEN %s >= 0 THEN CAST(least(%s, %d) AS USMALLINT) END", c.Name, rounded, catalog.LastBucket)
}

// double renders a constant. An exponent makes it a double: decimals and
// integers calculate differently.
func double(n float64) string { return strconv.FormatFloat(n, 'e', -1, 64) }
