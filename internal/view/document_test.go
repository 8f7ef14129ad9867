package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
)

// TestDocumentRoundTrip writes and reads views with arbitrary values in every
// column.
func TestDocumentRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := New(NewID(base, "env", "sdk"))
		for _, c := range catalog.Columns {
			switch {
			case rapid.IntRange(0, 2).Draw(t, "null") == 0:
			case c.Kind == catalog.List:
				v.SetText(c, JoinList(rapid.SliceOfN(rapid.StringMatching(`[a-z"\\]{0,4}`), 0, 3).Draw(t, "list")))
			case c.IsText():
				v.SetText(c, rapid.String().Draw(t, "text"))
			case c.Kind == catalog.Bool:
				v.SetNumber(c, float64(rapid.IntRange(0, 1).Draw(t, "truth")))
			case c.Kind == catalog.Float:
				v.SetNumber(c, rapid.Float64Range(-1e12, 1e12).Draw(t, "float"))
			default:
				v.SetNumber(c, float64(rapid.Int64Range(0, maxInt-1).Draw(t, "whole")))
			}
		}
		data, err := EncodeDocument(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeDocument(data)
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if diff := cmp.Diff(v, got, cmp.AllowUnexported(View{}), sameFloats); diff != "" {
			t.Fatalf("another view:\n%s", diff)
		}
	})
}

func TestDocument(t *testing.T) {
	id := NewID(base, "env", "sdk")
	v := New(id)
	v.SetText(catalog.MustColumn("video_title"), "a \"b\"\n")
	v.SetText(catalog.MustColumn("video_cdn_trace"), JoinList([]string{"x", "y"}))
	v.SetNumber(catalog.MustColumn("watch_time"), 12345678)
	v.SetNumber(catalog.MustColumn("rebuffer_percentage"), 0.25)
	v.SetNumber(catalog.MustColumn("view_dropped"), 1)
	data, err := EncodeDocument(v)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + id.String() + `","video_title":"a \"b\"\n","video_cdn_trace":["x","y"],"view_dropped":true,"watch_time":12345678,"rebuffer_percentage":0.25}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

// TestDocumentOfOtherVersions reads a document with members that are not known
// and without some that are.
func TestDocumentOfOtherVersions(t *testing.T) {
	id := NewID(base, "env", "sdk")
	v, err := DecodeDocument([]byte(`{"new_thing":{"a":[1]},"id":"` + id.String() + `","video_title":"t","country":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if v.ID != id || written(v, "video_title") != "t" || written(v, "country") != "null" || written(v, "watch_time") != "null" {
		t.Errorf("got %+v", v)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"id":"x"}`, `{"id":"` + id.String() + `","watch_time":"1"}`, `{"id":"` + id.String() + `","events":7}`} {
		if _, err := DecodeDocument([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a document", bad)
		}
	}
}

func FuzzDecodeDocument(f *testing.F) {
	v := New(NewID(base, "env", "sdk"))
	v.SetNumber(catalog.MustColumn("watch_time"), 1)
	data, _ := EncodeDocument(v)
	f.Add(data)
	f.Add([]byte(`{"id":"","events":[{"details":{}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := DecodeDocument(data)
		if err != nil {
			return
		}
		if _, err := EncodeDocument(v); err != nil {
			t.Fatal(err)
		}
	})
}
