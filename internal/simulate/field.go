package simulate

import "playhead/internal/event"

// fields is a list of fields with their values, in the order they are told.
type fields []event.Value

// num, text, flag and null add a field; the type of the value is the field's.
func (f *fields) num(to event.Field, n float64) { *f = append(*f, event.Value{Field: to, Num: n}) }

func (f *fields) text(to event.Field, s string) {
	if s != "" { // what an SDK does not know it does not tell
		*f = append(*f, event.Value{Field: to, Text: s})
	}
}

func (f *fields) flag(to event.Field, is bool) {
	v := event.Value{Field: to}
	if is {
		v.Num = 1
	}
	*f = append(*f, v)
}

func (f *fields) null(to event.Field) { *f = append(*f, event.Value{Field: to, Null: true}) }
