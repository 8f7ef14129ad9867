package mux

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/event"
)

func set(name string, v any) event.Value {
	f := event.MustLookup(name)
	switch v := v.(type) {
	case nil:
		return event.Value{Field: f, Null: true}
	case string:
		return event.Value{Field: f, Text: v}
	case bool:
		return event.BoolValue(f, v)
	case int:
		return event.Value{Field: f, Num: float64(v)}
	case float64:
		return event.Value{Field: f, Num: v}
	}
	panic("BUG: no such value")
}

// decode decodes a body that has to be readable.
func decode(t *testing.T, body string) ([]event.Event, Stats) {
	t.Helper()
	events, stats, err := Decode(&event.Beacon{Body: []byte(body)})
	if err != nil {
		t.Fatalf("Decode(%s): %v", body, err)
	}
	return events, stats
}

// TestDecodeBeacon reads a whole body, shortened from a recorded one.
func TestDecodeBeacon(t *testing.T) {
	client := []event.Value{set("client_country_code", "DE")}
	got, stats, err := Decode(&event.Beacon{
		Received: 1795374607300,
		Client:   client,
		Body: []byte(`{"metadata":{"transmission_timestamp":1795374607211,"rtt_ms":61},"events":[
			{"e":"rebufferstart","xid":"a0b1c8c7","pinid":"eb13f746","xsqno":17,"uti":1795374604889,"pphti":13394,
			 "ake":"testenvkey0000000000000001","vsodu":null,"xreco":2,"pispa":false,"vtt":"Rebuffering"},
			{"e":"playerready","uti":1795374597198.6,"wloti":358}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	origin := &event.Origin{Received: 1795374607300, Sent: 1795374607211, Latest: 1795374604889, Client: client}
	want := []event.Event{{
		View: "a0b1c8c7", Player: "eb13f746", Seq: 17, Kind: event.RebufferStart, ViewerTime: 1795374604889, Playhead: 13394,
		Fields: []event.Value{
			set("video_source_duration", nil), set("view_rebuffer_count", 2),
			set("player_is_paused", false), set("video_title", "Rebuffering"),
		},
		Origin: origin,
	}, {
		Kind: event.PlayerReady, ViewerTime: 1795374597199, Playhead: event.NoPlayhead,
		Fields: []event.Value{set("page_load_time", 358)},
		Origin: origin,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events differ (-want +got):\n%s", diff)
	}
	if stats != (Stats{}) {
		t.Errorf("left out %+v, want nothing", stats)
	}
	if got[0].Origin != got[1].Origin {
		t.Error("the events do not share their origin")
	}
}

// TestCoercion checks that values are read by their field, not their JSON type.
func TestCoercion(t *testing.T) {
	tests := []struct {
		member string
		want   any // a value; missing{} if the value does not fit
		field  string
	}{
		{`"pht":"720 "`, 720, "player_height"},
		{`"pht":" 7.5e2"`, 750, "player_height"},
		{`"pht":720.25`, 720.25, "player_height"},
		{`"pht":null`, nil, "player_height"},
		{`"pht":"NaN"`, nil, "player_height"},
		{`"pht":"-Infinity"`, nil, "player_height"},
		{`"pht":true`, 1, "player_height"},
		{`"pht":1e308`, 1e308, "player_height"},
		{`"pht":1e999`, missing{}, "player_height"},
		{`"pht":"tall"`, missing{}, "player_height"},
		{`"pht":""`, missing{}, "player_height"},
		{`"pht":{"a":1}`, missing{}, "player_height"},
		{`"pispa":"1"`, true, "player_is_paused"},
		{`"pispa":"0"`, false, "player_is_paused"},
		{`"pispa":"TRUE"`, true, "player_is_paused"},
		{`"pispa":0`, false, "player_is_paused"},
		{`"pispa":"maybe"`, missing{}, "player_is_paused"},
		{`"pispa":[]`, missing{}, "player_is_paused"},
		{`"percd":4`, "4", "player_error_code"},
		{`"percd":"networkError"`, "networkError", "player_error_code"},
		{`"ppron":false`, "false", "player_preload_on"},
		{`"vid":12345678901234567890`, "12345678901234567890", "video_id"},
		{`"vid":1.50`, "1.5", "video_id"},
		{`"vid":null`, nil, "video_id"},
		{`"vid":{"a": "ü"}`, `{"a": "ü"}`, "video_id"},
		{`"vtt":"\u00fc\ud83d\ude00\n\/\"\\"`, "ü😀\n/\"\\", "video_title"},
		{`"vtt":"a\ud800b\udc00\ud800\u0041"`, "a\uFFFDb\uFFFD\uFFFDA", "video_title"},
		{"\"vtt\":\"a\xffb\"", "a\uFFFDb", "video_title"},
		{`"vpbrg":"[\"0:7581\"]"`, `["0:7581"]`, "video_playback_range"},
		{`"vpbrg":["0:7581", "8:9"]`, `["0:7581", "8:9"]`, "video_playback_range"},
		{`"qrphe":{"x-cdn":"a","n":[1,null]}`, `{"x-cdn":"a","n":[1,null]}`, "request_response_headers"},
		{`"udv_orientation_":[0,90,0]`, `[0,90,0]`, "viewer_device_orientation"},
		{`"v\u0074t":"escaped key"`, "escaped key", "video_title"},
	}
	for _, test := range tests {
		events, stats := decode(t, `{"events":[{`+test.member+`}]}`)
		var want []event.Value
		wantStats := Stats{Invalid: 1}
		if test.want != (missing{}) {
			want, wantStats = []event.Value{set(test.field, test.want)}, Stats{}
		}
		if diff := cmp.Diff(want, events[0].Fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.member, diff)
		}
		if stats != wantStats {
			t.Errorf("%s: left out %+v, want %+v", test.member, stats, wantStats)
		}
	}
}

// missing stands for a value that is left out.
type missing struct{}

// TestMembers checks values of the members of an event that need judgement.
func TestMembers(t *testing.T) {
	none := event.Event{Playhead: event.NoPlayhead}
	with := func(change func(*event.Event)) event.Event {
		e := none
		change(&e)
		return e
	}
	tests := []struct {
		members string
		want    event.Event
	}{
		{`"xsqno":"12","uti":"1795374597193.5","pphti":"10.4"`, event.Event{Seq: 12, ViewerTime: 1795374597194, Playhead: 10}},
		{`"xsqno":-1,"uti":-5,"pphti":-20`, event.Event{Playhead: -20}},
		{`"xsqno":1e300,"uti":1e300,"pphti":1e300`, none},
		{`"xsqno":9007199254740993,"uti":null,"pphti":null`, with(func(e *event.Event) { e.Seq = 1 << 53 })},
		{`"xsqno":1e17,"uti":"soon","pphti":"NaN"`, none},
		{`"xsqno":{},"uti":[],"pphti":true`, none},
		{`"xid":null,"pinid":{"a":1},"e":[]`, none},
		{`"xid":7,"pinid":"","e":"novelty"`, with(func(e *event.Event) { e.View, e.Kind = "7", "novelty" })},
		{`"xid":"a","xid":"b"`, with(func(e *event.Event) { e.View = "b" })},
	}
	for _, test := range tests {
		events, _ := decode(t, `{"events":[{`+test.members+`}]}`)
		if diff := cmp.Diff(test.want, events[0], cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".Origin"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.members, diff)
		}
	}
}

func TestDecodeCounts(t *testing.T) {
	long := strings.Repeat("ä", MaxText/2) + "ä"
	events, stats := decode(t, `{"other":[{}],"events":[1,null,"e",[{}],
		{"pioerda":1,"v_foo_":2,"client__country__code_":"XX","pht":"?","vtt":"`+long+`","vpbrg":"`+long+`"},
		{"xid":"`+long+`"}]}`)
	want := Stats{Skipped: 4, Unknown: 3, Invalid: 2, Cut: 2}
	if stats != want {
		t.Errorf("left out %+v, want %+v", stats, want)
	}
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	if diff := cmp.Diff([]event.Value{set("video_title", long[:MaxText])}, events[0].Fields); diff != "" {
		t.Errorf("fields differ (-want +got):\n%.300s", diff)
	}
	if events[1].View != long[:MaxID] {
		t.Errorf("view id has %d bytes, want the first %d", len(events[1].View), MaxID)
	}
}

func TestMetadata(t *testing.T) {
	tests := map[string]int64{ // sent
		`{"rtt_ms":"12.2","transmission_timestamp":"1795374597193.7"}`: 1795374597194,
		`{"transmission_timestamp":-1}`:                                0,
		`{"transmission_timestamp":1e300}`:                             0,
		`{"transmission_timestamp":null}`:                              0,
		`[1]`:                                                          0,
		`null`:                                                         0,
	}
	for metadata, want := range tests {
		events, _ := decode(t, `{"events":[{}],"metadata":`+metadata+`}`)
		if got := events[0].Origin.Sent; got != want {
			t.Errorf("metadata %s: sent %d, want %d", metadata, got, want)
		}
	}
}

func TestMalformed(t *testing.T) {
	deep := func(n int) string {
		return `{"events":[{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}]}`
	}
	for _, body := range []string{
		``, ` `, `null`, `[]`, `"events"`, `{}`, `{"events":{}}`, `{"events":null}`, `{"events":[}`, `{"events":[{}]`,
		`{"events":[{}]}x`, `{"events":[{}]}{}`, `{"events":[{}]},`, `{"events":[{},]}`, `{"events":[,{}]}`,
		`{"events":[{"a"}]}`, `{"events":[{"a":}]}`, `{"events":[{"a":1,}]}`, `{"events":[{a:1}]}`, `{"events":[{"a":01}]}`,
		`{"events":[{"a":"\x"}]}`, `{"events":[{"a":"\u12"}]}`, `{"events":[{"a":"b}]}`, "{\"events\":[{\"a\":\"\n\"}]}",
		`{"events":[{"a":NaN}]}`, `{"events":[{"a":-}]}`, `{"events":[{"a":1.}]}`, `{"events":[{"a":1e}]}`,
		"{\"events\":[]}\x00", deep(MaxDepth - 2),
	} {
		if _, _, err := Decode(&event.Beacon{Body: []byte(body)}); !errors.Is(err, ErrMalformed) {
			t.Errorf("Decode(%.60q): error %v, want ErrMalformed", body, err)
		}
		if _, _, err := Split([]byte(body), toFirst); !errors.Is(err, ErrMalformed) {
			t.Errorf("Split(%.60q): error %v, want ErrMalformed", body, err)
		}
	}
	decode(t, deep(MaxDepth-3))

	many := func(n int) string { return `{"events":[` + strings.Repeat("{},", n-1) + `{}]}` }
	if events, _ := decode(t, many(MaxEvents)); len(events) != MaxEvents {
		t.Errorf("%d events, want %d", len(events), MaxEvents)
	}
	if _, _, err := Decode(&event.Beacon{Body: []byte(many(MaxEvents + 1))}); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many events: error %v, want ErrTooMany", err)
	}
}

// TestDecodeCopies overwrites the body after decoding: the journal uses its
// buffer again.
func TestDecodeCopies(t *testing.T) {
	body := []byte(`{"metadata":{"rtt_ms":1},"events":[{"e":"novelty","xid":"view","pinid":"player","vtt":"title","qrphe":{"a":"b"}}]}`)
	beacon := &event.Beacon{Body: body}
	before, _, err := Decode(beacon)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%+v", before)
	for i := range body {
		body[i] = '#'
	}
	if got := fmt.Sprintf("%+v", before); got != want {
		t.Errorf("events changed with the body:\n%s\n%s", want, got)
	}
}

// TestRepeatedMembers: the last one that fits counts, within its event alone.
func TestRepeatedMembers(t *testing.T) {
	events, _ := decode(t, `{"events":[{"vtt":"a","xwati":1,"vtt":"b","xwati":null,"xwati":2,"xwati":"x"},{"xwati":3,"vtt":"c","vtt":null}]}`)
	want := [][]event.Value{
		{set("video_title", "b"), set("view_watch_time", 2)},
		{set("view_watch_time", 3), set("video_title", nil)},
	}
	for i, e := range events {
		if diff := cmp.Diff(want[i], e.Fields); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range recorded(f) {
		f.Add(r.body)
	}
	f.Add([]byte(`{"events":[{"xsqno":-1e999,"uti":"9e9","vtt":"\ud800\\","xid":"\u0000","qrfls":{"a":[{}]}},5,null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, _, err := Decode(&event.Beacon{Body: bytes.Clone(body)})
		if err != nil && len(events) > 0 {
			t.Error("events in spite of an error")
		}
		for i := range events {
			checkEvent(t, &events[i])
		}
	})
}

// checkEvent checks what readers of events rely on.
func checkEvent(t *testing.T, e *event.Event) {
	t.Helper()
	if e.Seq < 0 || e.ViewerTime < 0 || e.ViewerTime > maxTime || e.Origin == nil || e.Origin.Latest < e.ViewerTime {
		t.Errorf("absurd event %+v", e)
	}
	if len(e.View) > MaxID || len(e.Player) > MaxID || !utf8.ValidString(e.View+e.Player+string(e.Kind)) {
		t.Errorf("bad ids in %+v", e)
	}
	seen := map[event.Field]bool{}
	for _, v := range e.Fields {
		if seen[v.Field] {
			t.Errorf("%s is set twice", v.Field)
		}
		seen[v.Field] = true
		if math.IsNaN(v.Num) || math.IsInf(v.Num, 0) || len(v.Text) > MaxText || !utf8.ValidString(v.Text) {
			t.Errorf("bad value %+v", v)
		}
		if strings.HasPrefix(v.Field.Name(), "client_") {
			t.Errorf("a player set %s", v.Field)
		}
	}
}
