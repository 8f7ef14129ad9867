// Package viewtest has the rules that every view has to meet whatever it was made
// of, for the tests of those who make views. Only tests import it.
package viewtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// Check says what is wrong with a view that no player can be to blame for: a
// number that its column cannot hold, text that is not UTF-8, more than may be
// kept, or a document that is no JSON or that does not read as the same view.
func Check(v *view.View) error {
	errs := []error{checkDocument(v)}
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, c := range catalog.Columns {
		if c.IsText() {
			if text := v.Text(c); !utf8.ValidString(text) || len(text) > maxColumn {
				wrong("%s has %d bytes, valid %v: want at most %d of UTF-8", c.Name, len(text), utf8.ValidString(text), maxColumn)
			}
			continue
		}
		if n, ok := v.Number(c); ok && !holds(c, n) {
			wrong("%s is %v", c.Name, n)
		}
	}
	start, _ := v.Number(catalog.MustColumn("view_start"))
	if end, _ := v.Number(catalog.MustColumn("view_end")); start > end {
		wrong("it starts at %v and ends at %v", start, end)
	}
	if n := len(v.Events); n > view.MaxEvents+view.MaxVitalEvents+1 {
		wrong("its timeline has %d events", n)
	}
	return errors.Join(errs...)
}

// maxColumn is more than any column may hold: a list of a thousand short elements.
const maxColumn = 96 << 10

// holds reports whether a column may have a number.
func holds(c *catalog.Column, n float64) bool {
	whole := n == math.Trunc(n)
	switch {
	case c.Unit == "degrees":
		return n >= -180 && n <= 180
	case n < 0 || n >= 1<<53:
		return false
	case c.Kind == catalog.Bool:
		return n == 0 || n == 1
	case c.Unit == "score":
		return n <= 1
	case c.Kind == catalog.Int, c.Kind == catalog.Time:
		return whole
	}
	return true
}

func checkDocument(v *view.View) error {
	doc, err := view.EncodeDocument(v)
	if err != nil {
		return err
	}
	if !json.Valid(doc) {
		return fmt.Errorf("not JSON: %s", doc)
	}
	read, err := view.DecodeDocument(doc)
	if err != nil {
		return err
	}
	again, err := view.EncodeDocument(read)
	if err != nil {
		return err
	}
	if string(again) != string(doc) {
		return fmt.Errorf("read and written again, the document\n%s\nis\n%s", doc, again)
	}
	return nil
}

// CheckWatch says what is wrong with what a machine tells for real-time numbers:
// that the view, once it is stored, would tell something else, or what no view
// can tell.
func CheckWatch(m *view.Machine, s view.Status) error {
	got, want := m.Watch(s, true), m.Summary(s).Watch()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("a view in progress tells what it will not tell when it is stored (-stored, +in progress):\n%s", diff)
	}
	var errs []error
	for i, span := range got.Spans {
		wrong := func(what string) { errs = append(errs, fmt.Errorf("span %d of %+v: %s", i, got.Spans, what)) }
		if i > 0 && span.At < got.Spans[i-1].At {
			wrong("it begins before the one before it")
		}
		if span.Bitrate != 0 && span.Activity != view.Playing {
			wrong("it has a bitrate and does not play")
		}
		if span.Activity == view.LeftEarly && i+1 < len(got.Spans) {
			wrong("somebody who left early came back")
		}
		if span.Unheard && (!span.Activity.Watching() || i+1 == len(got.Spans) || got.Spans[i+1].At > span.At+view.SilentAfter) {
			wrong("nothing is told of it for too long")
		}
	}
	return errors.Join(errs...)
}

// Document is the document of a view. It panics where [view.EncodeDocument] fails.
func Document(v *view.View) string {
	doc, err := view.EncodeDocument(v)
	if err != nil {
		panic(err)
	}
	return string(doc)
}

var records = regexp.MustCompile(`"(complete|changed)_record":\d+,?`)

// WithoutRecord is a document without the records by which its view was complete and
// changed: they depend on how the events of all views are divided among records.
func WithoutRecord(document string) string { return records.ReplaceAllString(document, "") }
