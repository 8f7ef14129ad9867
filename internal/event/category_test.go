package event

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCategorise checks what errors say once they have passed the categories of
// their beacon, which has been in the journal.
func TestCategorise(t *testing.T) {
	written := Beacon{Environment: "e", Client: []Value{{Field: MustLookup("client_asn"), Num: 3320}}, Body: []byte("{}"), Categories: []Category{
		{Code: "geo blocked", Business: true},
		{Code: "2", Warning: true},
	}}
	data, err := written.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var b Beacon
	if err := b.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, b); diff != "" {
		t.Fatalf("beacon (-written, +read):\n%s", diff)
	}
	code := func(s string) Value { return Value{Field: codeField, Text: s} }
	severity := func(s string) Value { return Value{Field: severityField, Text: s} }
	business := func(n float64) Value { return Value{Field: businessField, Num: n} }
	for _, c := range []struct {
		name       string
		kind       Kind
		said, want []Value
	}{
		{"nothing was said", Error, []Value{code("geo blocked")}, []Value{code("geo blocked"), severity("fatal"), business(1)}},
		{
			"the opposite was said", Error,
			[]Value{severity("warning"), business(0), code("geo blocked"), severity("warning")},
			[]Value{code("geo blocked"), severity("fatal"), business(1)},
		},
		{"no business exception", Error, []Value{code("2"), business(1)}, []Value{code("2"), severity("warning"), business(0)}},
		{"another code", Error, []Value{code("3"), severity("warning")}, []Value{code("3"), severity("warning")}},
		{"no code", Error, []Value{severity("warning")}, []Value{severity("warning")}},
		{"no error", Heartbeat, []Value{code("2")}, []Value{code("2")}},
	} {
		events := []Event{{Kind: c.kind, Fields: c.said}}
		b.Categorise(events)
		if diff := cmp.Diff(c.want, events[0].Fields); diff != "" {
			t.Errorf("%s (-want, +got):\n%s", c.name, diff)
		}
	}
}
