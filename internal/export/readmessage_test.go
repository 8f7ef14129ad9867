package export

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// drawView draws a view of which some is known, in numbers that views can have.
func drawView(t *rapid.T) *view.View {
	v := view.New(view.NewID(noon, "env", "sdk"))
	text := rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'é', '"', '\\', '\n', '<', '=', ' ', 0x1F600}), 1, 5, -1)
	for _, c := range byTag {
		if c.column == nil || c.special != 0 || !rapid.Bool().Draw(t, c.name()) {
			continue
		}
		switch {
		case c.Wire == Totals:
			var list []string
			for _, mode := range rapid.SliceOfNDistinct(text, 1, 3, rapid.ID).Draw(t, "modes") {
				list = append(list, view.JoinParts(mode, fmt.Sprint(rapid.Int64Range(0, 1<<40).Draw(t, "ms"))))
			}
			v.SetText(c.column, view.JoinList(list))
		case c.Wire == Strings:
			v.SetText(c.column, view.JoinList(rapid.SliceOfN(text, 1, 3).Draw(t, "list")))
		case c.column.Kind == catalog.Text:
			v.SetText(c.column, text.Draw(t, "text"))
		case c.column.Kind == catalog.Bool:
			v.SetNumber(c.column, float64(rapid.IntRange(0, 1).Draw(t, "bool")))
		case c.column.Kind == catalog.Time:
			v.SetNumber(c.column, float64(rapid.Int64Range(1, 4e12).Draw(t, "time")))
		case c.column.Unit == "score":
			v.SetNumber(c.column, float64(rapid.Float32Range(0, 1).Draw(t, "score")))
		case c.column.Unit == "degrees":
			v.SetNumber(c.column, float64(rapid.IntRange(-180, 180).Draw(t, "degrees")))
		case c.column.Kind == catalog.Float:
			v.SetNumber(c.column, float64(rapid.Float32Range(0, 1e6).Draw(t, "float")))
		default:
			v.SetNumber(c.column, float64(rapid.Int64Range(0, math.MaxInt32).Draw(t, "int")))
		}
	}
	v.Events = slices.Clone(events[:rapid.IntRange(0, len(events)).Draw(t, "events")])
	for n := range v.Events {
		v.Events[n].ViewerTime += rapid.Int64Range(-1e10, 1e10).Draw(t, "viewer time")
		v.Events[n].PlaybackTime = rapid.Int64Range(-1e7, 1e7).Draw(t, "playhead")
	}
	return v
}

// TestMessageIsReadAsItWasWritten draws views, and reads their messages in both formats:
// all that messages have fields for is as it was.
func TestMessageIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t)
		for _, f := range MessageFormats {
			data, err := AppendMessage(nil, f, v, 42)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadMessage(f, data)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if len(got.Unread)+len(got.Unmapped) > 0 {
				t.Fatalf("%s: unread %v, unmapped %v", f, got.Unread, got.Unmapped)
			}
			if got.ViewID != v.ID.String() || got.EnvironmentID != v.Text(colEnvironment) {
				t.Fatalf("%s: the view %q of %q, want %s of %q", f, got.ViewID, got.EnvironmentID, v.ID, v.Text(colEnvironment))
			}
			compareViews(t, f, v, got.View)
		}
	})
}

// compareViews compares what messages tell of a view.
func compareViews(t *rapid.T, f MessageFormat, want, got *view.View) {
	if diff := cmp.Diff(want.Events, got.Events, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s: events (-want +got):\n%s", f, diff)
	}
	for _, c := range byTag {
		if c.column == nil || c.special != 0 || c.column == colEnvironment {
			continue
		}
		if c.column.IsText() {
			if want.Text(c.column) != got.Text(c.column) {
				t.Fatalf("%s: %s is %q, want %q", f, c.name(), got.Text(c.column), want.Text(c.column))
			}
			continue
		}
		is, ok := got.Number(c.column)
		was, had := want.Number(c.column)
		near := is == was || c.Scale != 0 && math.Abs(is-was) <= 1e-6*was+1e-12
		if ok != had || ok && !near {
			t.Fatalf("%s: %s is %v, %v, want %v, %v", f, c.name(), is, ok, was, had)
		}
	}
}

// TestMessageOfOthers reads messages that others wrote: with times in ns, fields of later
// versions, nulls, names in camel case, and numbers as texts or not.
func TestMessageOfOthers(t *testing.T) {
	for name, text := range map[string]string{
		"as it is": `{"view_id":"theirs","property_id":"7","view_start":"2026-11-28T12:00:00.123456789Z","view_end":"2026-11-28T13:01:00+01:00",
			"environment_id":"abc","watch_time":60000,"view_playing_time":"59000","rebuffer_frequency":0.00005,"watched":true,"video_title":null,
			"playback_mode_totals":{"pip":{"total_playing_time_ms":"59000"}},"video_cdn_trace":["a","b"],"a_new_one":1,
			"events":[{"sequence_number":3,"server_time":"2026-11-28T12:00:00.9999Z","viewer_time":"2026-11-28T12:00:00Z","playhead_time":"0s","type":"aderror","ad_info":{"ad_id":"9"}}]}`,
		"camel": `{"viewId":"theirs","propertyId":"7","viewStart":"2026-11-28T12:00:00.123Z","viewEnd":"2026-11-28T12:01:00Z",
			"environmentId":"abc","watchTime":"60000","viewPlayingTime":59000,"rebufferFrequency":"5e-05","watched":"true","videoTitle":null,
			"playbackModeTotals":{"pip":{"totalPlayingTimeMs":59000}},"videoCdnTrace":["a","b"],"a_new_one":1,
			"events":[{"sequenceNumber":"3","serverTime":"2026-11-28T12:00:00.999Z","viewerTime":"2026-11-28T12:00:00Z","playheadTime":"0s","type":"aderror","adInfo":{"adId":"9"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadMessage(JSON, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got.ViewID != "theirs" || got.EnvironmentID != "abc" || len(got.Unread) > 0 || !slices.Equal(got.Unmapped, []string{"a_new_one"}) {
				t.Errorf("read %q of %q, unread %v, unmapped %v", got.ViewID, got.EnvironmentID, got.Unread, got.Unmapped)
			}
			for column, want := range map[string]float64{
				"view_start": noon + 123, "view_end": noon + 60_000, "watch_time": 60_000, "playing_time": 59_000, "rebuffer_frequency": 3, "watched": 1,
			} {
				if n, _ := got.View.Number(catalog.MustColumn(column)); math.Abs(n-want) > 1e-9 {
					t.Errorf("%s is %v, want %v", column, n, want)
				}
			}
			if list := got.View.Text(catalog.MustColumn("playback_mode_playing_times")); list != view.JoinList([]string{view.JoinParts("pip", "59000")}) {
				t.Errorf("modes are %q", list)
			}
			want := []view.TimelineEvent{{Seq: 3, Name: "aderror", ViewerTime: noon, EventTime: noon + 999, Details: map[string]any{"ad_id": "9"}}}
			if diff := cmp.Diff(want, got.View.Events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProtobufOfOthers reads what the protobuf library writes by the tables of the service,
// with a field that nobody knows.
func TestProtobufOfOthers(t *testing.T) {
	m := descriptions().empty("VideoView")
	if err := protojson.Unmarshal([]byte(`{"view_id":"theirs","property_id":"7","view_start":{"seconds":1795867200,"nanos":123999999},"view_end":{"seconds":1795867260},
		"environment_id":"abc","watch_time":60000,"rebuffer_count":-1,"video_startup_time":-5,"ad_type_totals":{},"playback_mode_totals":{"pip":{"total_playing_time_ms":"59000"}},
		"events":[{"sequence_number":"18446744073709551615","server_time":{"seconds":1795867200},"viewer_time":{"seconds":-1,"nanos":1},"playhead_time":{"seconds":-1,"nanos":-500000000},"type":"x"}]}`), m); err != nil {
		t.Fatal(err)
	}
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	data = appendTextField(data, 250, "what later versions say")
	data = protowire.AppendVarint(protowire.AppendTag(data, 79, protowire.VarintType), 1) // a title is a text
	got, err := ReadMessage(Protobuf, data)
	if err != nil {
		t.Fatal(err)
	}
	if start, _ := got.View.Number(catalog.MustColumn("view_start")); start != noon+123 {
		t.Errorf("view_start is %v, want %v", start, noon+123.0)
	}
	var unread []string
	for _, p := range got.Unread {
		unread = append(unread, p.Column+": "+p.Value)
	}
	want := []string{"rebuffer_count: -1", "video_startup_time: -5", "video_title: a field is of another type"}
	slices.Sort(unread)
	if !slices.Equal(unread, want) || !slices.Equal(got.Unmapped, []string{"field 250"}) {
		t.Errorf("unread %q, want %q; unmapped %q", unread, want, got.Unmapped)
	}
	events := []view.TimelineEvent{{Seq: maxWhole, Name: "x", ViewerTime: -1000, EventTime: noon, PlaybackTime: -1500, Details: map[string]any{}}}
	if diff := cmp.Diff(events, got.View.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestNoMessage reads what is none, or has fields that make no sense.
func TestNoMessage(t *testing.T) {
	for _, text := range []string{"", "{", `[]`, `"view"`, "view_id,property_id\n"} {
		if _, err := ReadMessage(JSON, []byte(text)); err == nil {
			t.Errorf("%q is read as a message in JSON", text)
		}
	}
	whole := message(t, Protobuf, known())
	for _, data := range [][]byte{whole[:len(whole)-1], {0x0a}, {0x0a, 0xff}, {0x07}, {0, 0}, {0x2a, 2, 0x0a, 5}, {0x08 | 5<<3, 1}} {
		if _, err := ReadMessage(Protobuf, data); err == nil {
			t.Errorf("%x is read as a message", data)
		}
	}
	got, err := ReadMessage(JSON, []byte(`{"watch_time":1.5,"view_start":"yesterday","video_title":{},"video_cdn_trace":"a","watched":"maybe","asn":1e300,"events":{},"playback_mode_totals":[1]}`))
	if err != nil {
		t.Fatal(err)
	}
	var unread []string
	for _, p := range got.Unread {
		unread = append(unread, p.Column)
	}
	if want := "asn events playback_mode_totals video_cdn_trace video_title view_start watch_time watched"; strings.Join(unread, " ") != want {
		t.Errorf("unread are %q, want %q", strings.Join(unread, " "), want)
	}
}

// FuzzMessage reads anything. What is read is written and read again as the same.
func FuzzMessage(f *testing.F) {
	for _, format := range MessageFormats {
		data, err := AppendMessage(nil, format, known(), 42)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"playback_mode_totals":{"a":{"totalPlayingTimeMs":1},"a":{}},"events":[{"playhead_time":"-1.5s","orientation_info":{"x":"1","y":2,"z":3}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range MessageFormats {
			once, err := ReadMessage(format, data)
			if err != nil {
				continue
			}
			for _, name := range [...]string{"view_start", "view_end"} { // which all views have
				if _, ok := once.View.Number(catalog.MustColumn(name)); !ok {
					once.View.SetNumber(catalog.MustColumn(name), noon)
				}
			}
			first, err := AppendMessage(nil, format, once.View, 1)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ReadMessage(format, first)
			if err != nil {
				t.Fatalf("%s: what was written is no message: %v", format, err)
			}
			second, err := AppendMessage(nil, format, withID(again.View, once.View.ID), 1)
			if err != nil {
				t.Fatal(err)
			}
			if format == Protobuf {
				descriptions().decode(t, "VideoView", first)
			}
			if string(first) != string(second) && !scaled(once.View) {
				t.Fatalf("%s: written again it is\n%q, before\n%q", format, second, first)
			}
		}
	})
}

func withID(v *view.View, id view.ID) *view.View {
	v.ID = id
	return v
}

// scaled reports whether a view has a number that is written in another unit, and so not
// to the last bit.
func scaled(v *view.View) bool {
	_, ok := v.Number(catalog.MustColumn("rebuffer_frequency"))
	return ok
}
