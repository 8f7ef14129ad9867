package export

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// noon is noon on 28 November 2026, UTC.
const noon = 1_795_867_200_000

// known makes a view of which all is known that columns tell: texts are the
// names of their columns, numbers their places in the catalogue, and a half if they
// are no whole ones.
func known() *view.View {
	v := view.New(view.NewID(noon, "env", "sdk"))
	for n, c := range catalog.Columns {
		switch c.Kind {
		case catalog.Text:
			v.SetText(c, c.Name)
		case catalog.List:
			v.SetText(c, view.JoinList([]string{"a", c.Name, "a"}))
		case catalog.Bool:
			v.SetNumber(c, float64(n%2))
		case catalog.Float:
			v.SetNumber(c, float64(n)+0.5)
		case catalog.Time:
			v.SetNumber(c, noon+float64(n))
		default:
			v.SetNumber(c, float64(n))
		}
	}
	for name, list := range map[string][]string{
		"playback_mode_playing_times": {view.JoinParts("standard", "60000"), view.JoinParts("fullscreen", "30000")},
		"ad_type_playing_times":       {view.JoinParts("preroll", "30000"), view.JoinParts("midroll", "15000")},
	} {
		v.SetText(catalog.MustColumn(name), view.JoinList(list))
	}
	v.Events = events
	return v
}

// events are one of each kind of payload, and one without any.
var events = []view.TimelineEvent{
	{Seq: 1, Name: "viewstart", ViewerTime: noon, EventTime: noon + 1001, Details: map[string]any{}},
	{Seq: 2, Name: "orientationchange", ViewerTime: noon + 1, EventTime: noon + 1001, Details: map[string]any{"x": 0.0, "y": -0.5, "z": 90.0}},
	{Seq: 3, Name: "renditionchange", ViewerTime: noon + 2, EventTime: noon + 1001, PlaybackTime: 25_514, Details: map[string]any{
		"width": 1280.0, "height": 720.0, "fps": 29.97, "bitrate": 2_500_000.0, "codec": "avc1", "rendition_name": "720p",
	}},
	{Seq: 4, Name: "error", ViewerTime: noon + 3, EventTime: noon + 1001, Details: map[string]any{
		"error_type": 7.0, "error_code": "2", "error_message": "no \"network\"", "error_context": "é\n", "error_severity": "fatal", "is_business_exception": false,
	}},
	{Seq: 5, Name: "adplay", ViewerTime: noon + 4, EventTime: noon + 1001, Details: map[string]any{
		"ad_asset_url": "a", "ad_tag_url": "b", "ad_creative_id": "c", "ad_id": "d", "ad_universal_id": "e", "ad_type": "preroll",
	}},
	{Seq: 6, Name: "requestfailed", ViewerTime: noon + 5, EventTime: noon + 1001, Details: map[string]any{
		"request_url": "u", "request_hostname": "h", "request_type": "media", "request_error": "gone", "request_error_code": 404.0,
		"request_error_text": "not found", "request_id": "i",
	}},
	{Seq: 7, Name: "requestcanceled", ViewerTime: noon + 6, EventTime: noon + 1001, Details: map[string]any{
		"request_url": "u", "request_hostname": "h", "request_type": "media", "request_cancel": "emergency",
	}},
	{Seq: 8, Name: "requestcompleted", ViewerTime: noon + 7, EventTime: noon + 1001, Details: map[string]any{
		"request_url": "u", "request_hostname": "h", "request_type": "media", "request_start": noon + 1.0, "request_response_start": noon + 2.0,
		"request_response_end": noon + 3.0, "request_bytes_loaded": 5e9, "request_labeled_bitrate": 300_000.0, "request_id": "i", "request_current_level": 2.0,
		"request_media_duration": 4000.0, "request_video_width": 640.0, "request_video_height": 360.0, "request_media_start_time": 8000.0,
	}},
	{Seq: 9, Name: "cdnchange", ViewerTime: noon + 8, EventTime: noon + 1001, Details: map[string]any{"video_cdn": "b", "video_previous_cdn": "a"}},
	{Seq: 10, Name: "playbackmodechange", ViewerTime: noon + 9, EventTime: noon + 1001, Details: map[string]any{
		"player_playback_mode": "pip", "player_playback_mode_data": `{"a":1}`,
	}},
	{Seq: 11, Name: "networkchange", ViewerTime: noon + 10, EventTime: noon + 1001, Details: map[string]any{
		"viewer_connection_type": "wifi", "viewer_connection_low_data_mode": true,
	}},
	{Name: "viewdropped", ViewerTime: noon + 10, EventTime: noon + 1001, Details: map[string]any{}},
}

func message(t *testing.T, f MessageFormat, v *view.View) []byte {
	t.Helper()
	data, err := AppendMessage([]byte("before"), f, v, 42)
	if err != nil {
		t.Fatal(err)
	}
	return data[len("before"):]
}

// renamed are the columns of the catalogue that fields are taken from, where those have
// another name: as metrics.md of the contract and the pages of single metrics say.
var renamed = map[string]string{
	"error_type": "error_type_id", "smoothness_score": "rebuffer_score", "view_downscaling_percentage": "downscale_percentage",
	"view_upscaling_percentage": "upscale_percentage", "view_playing_time": "playing_time",
	"view_rendition_change_count": "rendition_change_count", "view_rendition_upshift_count": "rendition_upshift_count",
	"view_rendition_downshift_count": "rendition_downshift_count",
	"player_height_initial":          "video_source_height_initial", "player_width_initial": "video_source_width_initial",
	"player_source_bitrate": "video_source_bitrate", "player_source_bitrate_initial": "video_source_bitrate_initial",
	"player_source_fps": "video_source_fps", "player_source_fps_initial": "video_source_fps_initial",
	"player_source_height": "video_source_height", "player_source_width": "video_source_width",
	"playback_mode_totals": "playback_mode_playing_times", "ad_type_totals": "ad_type_playing_times",
}

// TestMessageHasEachField has the protobuf library read the message of a view of which all is
// known, by the tables of the compatible service: each of its fields has the value
// of its column.
func TestMessageHasEachField(t *testing.T) {
	v := known()
	m := descriptions().decode(t, "VideoView", message(t, Protobuf, v))
	fields := m.Descriptor().Fields()
	for n := range fields.Len() {
		f := fields.Get(n)
		name := string(f.Name())
		if !m.Has(f) {
			t.Errorf("%s is not there", name)
			continue
		}
		got := m.Get(f)
		var want string
		switch name {
		case "view_id":
			want = v.ID.String()
		case "property_id":
			want = "42"
		case "player_view_count":
			want = "1"
		case "rebuffer_frequency": // per ms
			c := catalog.MustColumn(name)
			n, _ := v.Number(c)
			want = protoreflect.ValueOfFloat32(float32(n / 60_000)).String()
		case "events":
			continue
		default:
			if from := renamed[name]; from != "" {
				name = from
			}
			want = expected(t, f, v, catalog.MustColumn(name))
		}
		if text := inWords(f, got); text != want {
			t.Errorf("%s is %s, want %s", f.Name(), text, want)
		}
	}
}

// expected is what a field of the value of a column is in words.
func expected(t *testing.T, f protoreflect.FieldDescriptor, v *view.View, c *catalog.Column) string {
	t.Helper()
	switch {
	case c.Kind == catalog.Text:
		return v.Text(c)
	case f.IsMap():
		return strings.NewReplacer("\x1f", " ", "\x1e", "=").Replace(strings.Trim(v.Text(c), "\x1f"))
	case c.Kind == catalog.List:
		return strings.Join(v.Elements(c), " ")
	}
	n, _ := v.Number(c)
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n == 1).String()
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n)).String()
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(n).String()
	}
	return protoreflect.ValueOfInt64(int64(n)).String()
}

// inWords is what a field holds in words.
func inWords(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	member := func(m protoreflect.Message, name string) int64 {
		return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name))).Int()
	}
	var list []string
	switch {
	case f.IsMap():
		for _, key := range [...]string{"standard", "fullscreen", "preroll", "midroll"} {
			if k := protoreflect.ValueOfString(key).MapKey(); v.Map().Has(k) {
				list = append(list, key+"="+protoreflect.ValueOfInt64(member(v.Map().Get(k).Message(), "total_playing_time_ms")).String())
			}
		}
		return strings.Join(list, " ")
	case f.IsList():
		for n := range v.List().Len() {
			list = append(list, v.List().Get(n).String())
		}
		return strings.Join(list, " ")
	case f.Kind() == protoreflect.MessageKind:
		return protoreflect.ValueOfInt64(member(v.Message(), "seconds")*1000 + member(v.Message(), "nanos")/1_000_000).String()
	}
	return v.String()
}

// TestMessageHasEachPayload has the protobuf library read the events, and tell them in its
// own JSON: that is what is known of the events, by hand.
func TestMessageHasEachPayload(t *testing.T) {
	m := descriptions().decode(t, "VideoView", message(t, Protobuf, known()))
	list := m.Get(m.Descriptor().Fields().ByName("events")).List()
	var got []string
	for n := range list.Len() {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(list.Get(n).Message().Interface())
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(data, &members); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(members) // as its spaces differ from run to run
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(again))
	}
	const server = `"server_time":{"nanos":1000000,"seconds":"1795867201"}`
	const at = `"viewer_time":{"nanos":`
	const zero = `"playhead_time":{"nanos":0,"seconds":"0"}`
	const since = `,"seconds":"1795867200"}}`
	want := []string{
		`{` + zero + `,"sequence_number":"1",` + server + `,"type":"viewstart",` + at + `0` + since,
		`{"orientation_info":{"x":0,"y":-0.5,"z":90},` + zero + `,"sequence_number":"2",` + server + `,"type":"orientationchange",` + at + `1000000` + since,
		`{"playhead_time":{"nanos":514000000,"seconds":"25"},"rendition_info":{"bitrate":"2500000","codec":"avc1","fps":29.97,"height":"720","rendition_name":"720p","width":"1280"},` +
			`"sequence_number":"3",` + server + `,"type":"renditionchange",` + at + `2000000` + since,
		`{"error_info":{"error_code":"2","error_context":"é\n","error_message":"no \"network\"","error_severity":"fatal","error_type":"7","is_business_exception":false},` + zero +
			`,"sequence_number":"4",` + server + `,"type":"error",` + at + `3000000` + since,
		`{"ad_info":{"ad_asset_url":"a","ad_creative_id":"c","ad_id":"d","ad_tag_url":"b","ad_type":"preroll","ad_universal_id":"e"},` + zero +
			`,"sequence_number":"5",` + server + `,"type":"adplay",` + at + `4000000` + since,
		`{` + zero + `,"request_failed_info":{"request_error":"gone","request_error_code":"404","request_error_text":"not found","request_hostname":"h","request_id":"i","request_type":"media","request_url":"u"},` +
			`"sequence_number":"6",` + server + `,"type":"requestfailed",` + at + `5000000` + since,
		`{` + zero + `,"request_canceled_info":{"request_cancel":"emergency","request_hostname":"h","request_type":"media","request_url":"u"},` +
			`"sequence_number":"7",` + server + `,"type":"requestcanceled",` + at + `6000000` + since,
		`{` + zero + `,"request_completed_info":{"request_bytes_loaded":"5000000000","request_current_level":"2","request_hostname":"h","request_id":"i","request_labeled_bitrate":"300000",` +
			`"request_media_duration":"4000","request_media_start_time":"8000","request_response_end":"1795867200003","request_response_start":"1795867200002","request_start":"1795867200001",` +
			`"request_type":"media","request_url":"u","request_video_height":"360","request_video_width":"640"},"sequence_number":"8",` + server + `,"type":"requestcompleted",` + at + `7000000` + since,
		`{"cdn_change_info":{"video_cdn":"b","video_previous_cdn":"a"},` + zero + `,"sequence_number":"9",` + server + `,"type":"cdnchange",` + at + `8000000` + since,
		`{"playback_mode_change_info":{"player_playback_mode":"pip","player_playback_mode_data":"{\"a\":1}"},` + zero + `,"sequence_number":"10",` + server + `,"type":"playbackmodechange",` + at + `9000000` + since,
		`{"network_change_info":{"viewer_connection_low_data_mode":true,"viewer_connection_type":"wifi"},` + zero + `,"sequence_number":"11",` + server + `,"type":"networkchange",` + at + `10000000` + since,
		`{` + zero + `,"sequence_number":"0",` + server + `,"type":"viewdropped",` + at + `10000000` + since,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestMessageInJSONIsTheSame has the protobuf library read both formats: they are
// the same message.
func TestMessageInJSONIsTheSame(t *testing.T) {
	v := known()
	want := wellKnown().decode(t, "VideoView", message(t, Protobuf, v))
	got := wellKnown().decodeJSON(t, "VideoView", message(t, JSON, v))
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("JSON (+) is another message than protobuf (-):\n%s", diff)
	}
}

// TestMessageInJSON compares the JSON of a view with what it is by hand.
func TestMessageInJSON(t *testing.T) {
	v := view.New(view.NewID(noon, "env", "sdk"))
	set := func(name string, n float64) { v.SetNumber(catalog.MustColumn(name), n) }
	v.SetText(catalog.MustColumn("environment_id"), "env")
	v.SetText(catalog.MustColumn("video_title"), `"Tom & <Jerry>"`)
	v.SetText(catalog.MustColumn("video_cdn_trace"), view.JoinList([]string{"a", "b", "a"}))
	v.SetText(catalog.MustColumn("playback_mode_playing_times"), view.JoinList([]string{view.JoinParts("pip", "1500")}))
	set("view_start", noon)
	set("view_end", noon+61_234)
	set("watch_time", 61_234)
	set("playing_time", 60_000)
	set("rebuffer_count", 0)
	set("rebuffer_frequency", 3)
	set("view_has_ad", 0)
	set("latitude", -33.5)
	v.Events = []view.TimelineEvent{
		{Seq: 12, Name: "renditionchange", ViewerTime: noon + 5, EventTime: noon + 6, PlaybackTime: 25_514, Details: map[string]any{"width": 1280.0, "fps": 25.0}},
		{Name: "viewdropped", ViewerTime: noon + 5, EventTime: noon + 6, PlaybackTime: -40, Details: map[string]any{}},
	}
	want := `{"view_id":"` + v.ID.String() + `","property_id":"42","view_start":"2026-11-28T12:00:00.000000000Z","view_end":"2026-11-28T12:01:01.234000000Z",` +
		`"latitude":-33.5,"player_view_count":1,"rebuffer_count":0,"rebuffer_frequency":0.00005,"video_title":"\"Tom \u0026 \u003cJerry\u003e\"","view_playing_time":"60000","watch_time":61234,` +
		`"environment_id":"env","view_has_ad":false,"video_cdn_trace":["a","b","a"],"playback_mode_totals":{"pip":{"total_playing_time_ms":"1500"}},` +
		`"events":[{"sequence_number":"12","server_time":"2026-11-28T12:00:00.006000000Z","viewer_time":"2026-11-28T12:00:00.005000000Z","playhead_time":"25.514s",` +
		`"type":"renditionchange","rendition_info":{"width":"1280","fps":25}},` +
		`{"sequence_number":"0","server_time":"2026-11-28T12:00:00.006000000Z","viewer_time":"2026-11-28T12:00:00.005000000Z","playhead_time":"-0.040s","type":"viewdropped"}]}`
	if got := string(message(t, JSON, v)); got != want {
		t.Errorf("message in JSON:\n%s\nwant\n%s", got, want)
	}
}

// TestMessageClamps writes numbers that their fields cannot hold.
func TestMessageClamps(t *testing.T) {
	v := view.New(view.ID{})
	for name, n := range map[string]float64{
		"view_start": -1, "view_end": 1e18, "watch_time": 1e12, "rebuffer_count": -1e12, "playing_time": 1e12,
		"upscale_percentage": 1e300, "weighted_average_bitrate": 1e300, "video_startup_time": math.Inf(1), "latitude": math.NaN(), "asn": 4_200_000_000,
	} {
		v.SetNumber(catalog.MustColumn(name), n)
	}
	v.SetText(catalog.MustColumn("video_title"), "a\xffb")
	v.Events = []view.TimelineEvent{
		{Seq: -1, Name: "orientationchange", ViewerTime: -1, EventTime: math.MinInt64, PlaybackTime: -1500, Details: map[string]any{"x": 1.0, "y": 2.0}},
		{Name: "renditionchange", Details: map[string]any{"width": 1e300, "height": math.NaN(), "codec": 3.5, "fps": "fast"}},
	}
	m := descriptions().decode(t, "VideoView", message(t, Protobuf, v))
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	want := descriptions().empty("VideoView")
	if err := protojson.Unmarshal([]byte(`{"view_id":"00000000-0000-0000-0000-000000000000","property_id":"42","player_view_count":1,"view_start":{"seconds":-1,"nanos":999000000},
		"view_end":{"seconds":253402300799,"nanos":999000000},"watch_time":2147483647,"rebuffer_count":-2147483648,"view_playing_time":1000000000000,
		"view_upscaling_percentage":3.4028234663852886e38,"weighted_average_bitrate":1e300,"asn":2147483647,"video_title":"a\ufffdb","events":[
		{"sequence_number":0,"type":"orientationchange","viewer_time":{"seconds":-1,"nanos":999000000},"server_time":{"seconds":-62135596800,"nanos":0},"playhead_time":{"seconds":-1,"nanos":-500000000}},
		{"sequence_number":0,"type":"renditionchange","viewer_time":{"seconds":0,"nanos":0},"server_time":{"seconds":0,"nanos":0},"playhead_time":{"seconds":0,"nanos":0},
		 "rendition_info":{"width":9223372036854775807,"codec":"3.5"}}]}`), want); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(m, want) {
		t.Errorf("message is %s", data)
	}
	if diff := cmp.Diff(wellKnown().decode(t, "VideoView", message(t, Protobuf, v)), wellKnown().decodeJSON(t, "VideoView", message(t, JSON, v)), protocmp.Transform()); diff != "" {
		t.Errorf("JSON (+) is another message than protobuf (-):\n%s", diff)
	}
}

func TestNoSuchMessageFormat(t *testing.T) {
	if _, err := AppendMessage(nil, "xml", view.New(view.ID{}), 1); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("writing: %v", err)
	}
	if _, err := ReadMessage("xml", nil); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("reading: %v", err)
	}
}
