package incident

import (
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// The columns that samples are made of.
var (
	environmentColumn = catalog.MustColumn("environment_id")
	completeColumn    = catalog.MustColumn("complete_record")
	endColumn         = catalog.MustColumn("view_end")
	titleColumn       = catalog.MustColumn("video_title")
	failureColumn     = catalog.MustColumn("playback_failure_error_type_id")
	typesColumn       = catalog.MustColumn("error_types")

	sampled = []*catalog.Column{environmentColumn, completeColumn, endColumn, titleColumn, failureColumn, typesColumn}
)

// mostMessage is how many characters of the message of an error, or of its code, are
// kept: detectors remember many.
const mostMessage = 500

// SampleOf is what a detector looks at of a view.
func SampleOf(v *view.View) Sample {
	s := Sample{ID: v.ID, At: whole(v, endColumn), Title: v.Text(titleColumn), Failure: whole(v, failureColumn)}
	if s.Failure == 0 {
		return s
	}
	const id, code, message = 0, 3, 4 // parts of an element
	for _, e := range v.Elements(typesColumn) {
		if parts := view.SplitParts(e); len(parts) > message && parts[id] == strconv.FormatInt(s.Failure, 10) {
			s.Code, s.Message = strings.Clone(shortened(parts[code], mostMessage)), strings.Clone(shortened(parts[message], mostMessage))
		}
	}
	return s
}

// whole is a whole number of a view; 0 is null too.
func whole(v *view.View, c *catalog.Column) int64 {
	if n, ok := v.Number(c); ok {
		return int64(n)
	}
	return 0
}
