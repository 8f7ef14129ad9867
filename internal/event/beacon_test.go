package event

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestBeaconRoundTrip writes beacons and reads them again.
func TestBeaconRoundTrip(t *testing.T) {
	fields := []string{"client_country_code", "client_asn", "client_user_agent", "client_latitude"}
	rapid.Check(t, func(t *rapid.T) {
		want := Beacon{
			Environment: rapid.String().Draw(t, "environment"),
			Format:      rapid.String().Draw(t, "format"),
			Received:    rapid.Int64().Draw(t, "received"),
			Body:        rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "values") {
			f := MustLookup(rapid.SampledFrom(fields).Draw(t, "field"))
			v := Value{Field: f}
			if f.Type() == Text {
				v.Text = rapid.String().Draw(t, "text")
			} else {
				v.Num = rapid.Float64().Draw(t, "number")
			}
			want.Client = append(want.Client, v)
		}
		data, err := want.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got Beacon
		if err := got.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("beacon (-written, +read):\n%s", diff)
		}
		// Cut off before its body, it is not read as another beacon.
		cut := rapid.IntRange(0, len(data)-len(want.Body)-1).Draw(t, "cut")
		if err := got.UnmarshalBinary(data[:cut]); err == nil {
			t.Errorf("read a beacon of %d bytes from its first %d", len(data), cut)
		}
	})
}

// FuzzBeacon reads whatever may stand in a record: what can be read says the
// same when it is written and read again.
func FuzzBeacon(f *testing.F) {
	client := []Value{{Field: MustLookup("client_asn"), Num: 3320}, {Field: MustLookup("client_city"), Text: "\xff"}}
	data, err := (&Beacon{
		Environment: "e", Format: "mux", Received: 1, Client: client, Body: []byte("{}"), Categories: []Category{{Code: "a b", Warning: true}},
	}).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	for i := range data {
		f.Add(data[:i])
	}
	f.Add(data)
	f.Add(bytes.Replace(data, []byte("3320"), []byte(" NaN"), 1))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) // announces 2^64 values
	f.Fuzz(func(t *testing.T, data []byte) {
		var b, again Beacon
		if b.UnmarshalBinary(data) != nil {
			return
		}
		if len(b.Body) > len(data) {
			t.Errorf("a body of %d bytes out of %d", len(b.Body), len(data))
		}
		written, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalBinary(written); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, again); diff != "" {
			t.Errorf("written and read again (-before, +after):\n%s", diff)
		}
	})
}

// TestCoerce holds values as the SDKs of different platforms send them.
func TestCoerce(t *testing.T) {
	number, flag, text := MustLookup("player_width"), MustLookup("player_autoplay_on"), MustLookup("player_error_code")
	for _, c := range []struct {
		field Field
		text  string
		want  Value
		ok    bool
	}{
		{number, "720 ", Value{Field: number, Num: 720}, true},
		{number, "-1.5", Value{Field: number, Num: -1.5}, true},
		{number, "NaN", Value{Field: number, Null: true}, true},
		{number, "Infinity", Value{Field: number, Null: true}, true},
		{number, "wide", Value{}, false},
		{number, "", Value{}, false},
		{flag, "true", Value{Field: flag, Num: 1}, true},
		{flag, "1", Value{Field: flag, Num: 1}, true},
		{flag, "False", Value{Field: flag}, true},
		{flag, "0", Value{Field: flag}, true},
		{flag, "maybe", Value{}, false},
		{text, " networkError", Value{Field: text, Text: " networkError"}, true},
	} {
		got, ok := Coerce(c.field, c.text)
		if ok != c.ok || got != c.want {
			t.Errorf("Coerce(%s, %q) = %+v, %v; want %+v, %v", c.field, c.text, got, ok, c.want, c.ok)
		}
	}
	if got, want := NumberValue(text, 4), (Value{Field: text, Text: "4"}); got != want {
		t.Errorf("NumberValue(%s, 4) = %+v, want %+v", text, got, want)
	}
	if got, want := BoolValue(MustLookup("player_preload_on"), true).Text, "true"; got != want {
		t.Errorf("a true text is %q, want %q", got, want)
	}
}
