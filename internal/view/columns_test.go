package view_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// sameColumns checks that a document is read as one of any form is, and likewise without
// its events.
func sameColumns(t interface{ Errorf(string, ...any) }, doc []byte) {
	want, err := view.DecodeAny(doc)
	if err != nil {
		return // what no version wrote may be read or not
	}
	if whole, err := view.DecodeDocument(doc); err != nil {
		t.Errorf("%s: %v", doc, err)
	} else if diff := cmp.Diff(want.Events, whole.Events); diff != "" || viewtest.Document(want) != viewtest.Document(whole) {
		t.Errorf("%s is read as %s, want %s\nevents (-of any form, +read):\n%s", doc, viewtest.Document(whole), viewtest.Document(want), diff)
	}
	if _, events, has := bytes.Cut(doc, []byte(`,"events":`)); has && !json.Valid(bytes.TrimSuffix(events, []byte("}"))) {
		return // there is something after the events, which no version wrote
	}
	got, err := view.DecodeColumns(doc)
	if err != nil {
		t.Errorf("%s: %v", doc, err)
		return
	}
	if want.Events = nil; got.Events != nil {
		t.Errorf("%s: it has events", doc)
	}
	if diff := cmp.Diff(viewtest.Document(want), viewtest.Document(got)); diff != "" {
		t.Errorf("%s (-with events, +without):\n%s", doc, diff)
	}
}

var documents = []string{
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4"}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","environment_id":"e","view_start":1700000000000,"watch_time":0,"rebuffer_percentage":0.25,"upscale_percentage":1e-7}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","view_id":"a\"b\\c\u00e9\n\t\/","video_title":"größe \u2028 \u003c","events":[{"seq":1,"name":"play","details":{"a":",\"events\":["}}]}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","view_id":"\ud83d\ude00","video_title":"\ud83d"}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","exit_before_video_start":true,"view_has_ad":false,"playback_failure":null}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","playback_ranges":["0\u001e5","7\u001e9"],"error_types":[],"activities":["a\u001fb"]}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","video_cdn_trace":["a","",","],"city":",","latitude":-12.5}`,
	`{ "id" : "0198b2c4-7a1f-7d02-9c3e-5f60718293a4" , "city" : "Ulm" , "not_known" : {"a":[1]} }`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","city":"Ulm","environment_id":"order is another one","watch_time":9007199254740993,"playing_time":-5}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","events":[{"seq":1,"name":"play","details":{}}],"city":"Ulm"}`,
	`{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","city":"Ulm","events":[]}`,
	`{"events":[],"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","city":"Ulm"}`,
	`{"id":"0198B2C4-7a1f-7d02-9c3e-5f60718293a4","city":"a` + "\xff" + `b"}`,
}

// TestDecodeColumns reads documents of all forms, those of this version and others.
func TestDecodeColumns(t *testing.T) {
	for _, doc := range documents {
		if _, err := view.DecodeDocument([]byte(doc)); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
		sameColumns(t, []byte(doc))
	}
	for _, doc := range []string{``, `{}`, `{"id":"a"}`, `{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4"`, `{"id":"0198b2c4-7a1f-7d02-9c3e-5f60718293a4","watch_time":"5"}`} {
		if v, err := view.DecodeColumns([]byte(doc)); err == nil {
			t.Errorf("%q is %s, want an error", doc, viewtest.Document(v))
		}
	}
}

// TestDecodeDrawnColumns writes views of drawn columns and reads them: all are as
// they were.
func TestDecodeDrawnColumns(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z,:"\\<>\[\]{}]{0,9}`))
	rapid.Check(t, func(t *rapid.T) {
		v := view.New(view.NewID(rapid.Int64Range(0, 1<<48-1).Draw(t, "time"), "e", "v"))
		for range rapid.IntRange(0, 20).Draw(t, "columns") {
			c := rapid.SampledFrom(catalog.Columns).Draw(t, "column")
			switch {
			case c.Kind == catalog.List:
				v.SetText(c, view.JoinList(rapid.SliceOf(texts).Draw(t, "list")))
			case c.IsText():
				v.SetText(c, strings.ToValidUTF8(texts.Draw(t, "text"), "?"))
			case c.Kind == catalog.Bool:
				v.SetNumber(c, float64(rapid.IntRange(0, 1).Draw(t, "bool")))
			case c.Kind == catalog.Float:
				v.SetNumber(c, rapid.Float64().Draw(t, "float"))
			default:
				v.SetNumber(c, float64(rapid.Int64Range(-(1<<53), 1<<53).Draw(t, "int")))
			}
		}
		if rapid.Bool().Draw(t, "events") {
			v.Events = []view.TimelineEvent{{Name: texts.Draw(t, "name"), Details: map[string]any{texts.Draw(t, "detail"): texts.Draw(t, "value")}}}
		}
		doc := viewtest.Document(v)
		sameColumns(t, []byte(doc))
		if v.Events = nil; !strings.Contains(doc, "\ufffd") {
			got, err := view.DecodeColumns([]byte(doc))
			if err != nil || viewtest.Document(got) != viewtest.Document(v) {
				t.Errorf("%s: %v", doc, err)
			}
		}
	})
}

// FuzzDecodeColumns reads anything: what has columns has the same without events.
func FuzzDecodeColumns(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { sameColumns(t, doc) })
}
