package event

import (
	"slices"
	"strings"
)

// Category is what an operator says of all errors with one code. It overrides
// what the player says of them.
type Category struct {
	Code     string // of the errors, as player_error_code holds it
	Warning  bool   // playback went on; otherwise the error is fatal
	Business bool   // the application meant it to happen
}

// categoryName marks a category among the fields of a beacon in the journal.
// It names no field, so that versions that know no categories leave it out.
const categoryName = "error_category"

// String is how the journal keeps a category.
func (c Category) String() string {
	meant := "technical"
	if c.Business {
		meant = "business"
	}
	return c.severity() + " " + meant + " " + c.Code
}

// severity is what player_error_severity says of such errors.
func (c Category) severity() string {
	if c.Warning {
		return "warning"
	}
	return "fatal"
}

func parseCategory(s string) Category {
	severity, rest, _ := strings.Cut(s, " ")
	meant, code, _ := strings.Cut(rest, " ")
	return Category{Code: code, Warning: severity == "warning", Business: meant == "business"}
}

var (
	codeField     = MustLookup("player_error_code")
	severityField = MustLookup("player_error_severity")
	businessField = MustLookup("player_error_business_exception")
)

// Categorise has the errors among the events of a beacon say what their
// categories say. All else stays as it is.
func (b *Beacon) Categorise(events []Event) {
	if len(b.Categories) == 0 {
		return
	}
	for i := range events {
		e := &events[i]
		if e.Kind != Error {
			continue
		}
		code := e.Code()
		at := slices.IndexFunc(b.Categories, func(c Category) bool { return c.Code == code })
		if at < 0 {
			continue
		}
		c := b.Categories[at]
		e.set(Value{Field: severityField, Text: c.severity()})
		e.set(BoolValue(businessField, c.Business))
	}
}

// Code is the code of an error; "" when not sent.
func (e *Event) Code() string {
	if at := e.index(codeField); at >= 0 {
		return e.Fields[at].Text
	}
	return ""
}

func (e *Event) index(f Field) int {
	return slices.IndexFunc(e.Fields, func(v Value) bool { return v.Field == f })
}

// set gives a field another value.
func (e *Event) set(v Value) {
	e.Fields = append(slices.DeleteFunc(e.Fields, func(old Value) bool { return old.Field == v.Field }), v)
}
