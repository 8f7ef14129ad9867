package export

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// span is a span of a watch, which begins so many ms after noon.
func span(after int64, a view.Activity) view.Span {
	return view.Span{At: noon + after, Activity: a, Startup: -1}
}

// session is a viewer who waits 1.5 s, plays, stalls from 20 s to 23 s and again across the end of
// the first half minute, seeks for 0.7 s, has an ad with a new bitrate and CDN, pauses, and fails.
func session() *view.Watch {
	w := &view.Watch{ID: view.NewID(noon, "env", "sdk"), Spans: []view.Span{
		span(0, view.Starting),
		span(1500, view.Playing),
		span(20_000, view.Rebuffering),
		span(23_000, view.Playing),
		span(29_000, view.Rebuffering),
		span(31_000, view.Playing),
		span(40_000, view.Seeking),
		span(40_700, view.Playing),
		span(50_000, view.Playing),
		span(55_000, view.Paused),
		span(95_000, view.Playing),
		span(96_000, view.Failed),
		span(100_000, view.Left),
	}}
	w.Spans[1].Startup = 1500
	for n := range w.Spans {
		w.Spans[n].CDN = "one"
		if n >= 8 {
			w.Spans[n].CDN, w.Spans[n].Bitrate = "two", 5_000_000
		}
	}
	return w
}

func window(n int64) (from, to int64) { return noon + n*30_000, noon + (n+1)*30_000 }

// TestSamples compares the samples of a viewer with what they are by hand.
func TestSamples(t *testing.T) {
	w := session()
	id := w.ID
	at := func(ms int64, typ SampleType, n int64) Record {
		return Record{Start: noon + ms, Metrics: []SampleMetric{{typ, n}}}
	}
	during := func(n int64, metrics ...SampleMetric) Record {
		return Record{Start: noon + n*30_000, Duration: 30_000, Metrics: metrics}
	}
	want := map[int64]Sample{
		0: {View: id, Property: 7, Source: "one", Records: []Record{
			during(0, SampleMetric{WatchDuration, 30_000}, SampleMetric{RebufferDuration, 4000}, SampleMetric{RebufferCount, 2}),
			at(1500, StartLatency, 1500),
		}},
		1: {View: id, Property: 7, Source: "two", Before: "one", Records: []Record{
			during(1, SampleMetric{WatchDuration, 25_000}, SampleMetric{SeekLatency, 700}, SampleMetric{RebufferDuration, 1000}),
		}},
		3: {View: id, Property: 7, Source: "two", Records: []Record{
			during(3, SampleMetric{WatchDuration, 1000}),
			// 1.5 to 20, 23 to 29, 31 to 40, 40.7 to 55 and 95 to 96 seconds
			at(96_000, PlaybackError, 18_500+6000+9000+14_300+1000),
		}},
	}
	for n := int64(-1); n < 6; n++ {
		from, to := window(n)
		got, ok := SampleOf(w, from, to, 7)
		expected, is := want[n]
		if ok != is {
			t.Errorf("window %d: there is a sample: %v, want %v", n, ok, is)
		}
		if diff := cmp.Diff(expected, got); is && diff != "" {
			t.Errorf("window %d (-want +got):\n%s", n, diff)
		}
	}
}

// TestSampleMoments has what happens at once before the first frame, and what nothing is told of.
func TestSampleMoments(t *testing.T) {
	unheard := func(s view.Span) view.Span { s.Unheard = true; return s }
	for name, test := range map[string]struct {
		spans          []view.Span
		failed, exited bool
		records        []Record
		nothing        bool
	}{
		"exit": {
			spans: []view.Span{span(1000, view.Starting), span(6000, view.LeftEarly)}, exited: true,
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 5000}}}, {noon + 6000, 0, []SampleMetric{{ExitBeforeVideoStart, 0}}}},
		},
		"failure before the first frame": {
			spans: []view.Span{span(1000, view.Starting), span(6000, view.FailedToStart)}, failed: true,
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 5000}}}, {noon + 6000, 0, []SampleMetric{{PlaybackError, 0}}}},
		},
		"business exception": {
			spans:   []view.Span{span(1000, view.Starting), span(6000, view.Excepted)},
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 5000}}}},
		},
		"unheard": {
			spans:   []view.Span{span(-1000, view.Playing), unheard(span(2000, view.Playing)), span(29_000, view.Left)},
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 2000}}}},
		},
		"a stall goes on with another CDN": {
			spans:   []view.Span{span(-1000, view.Rebuffering), {At: noon + 500, Activity: view.Rebuffering, CDN: "x", Startup: -1}, span(1500, view.Left)},
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 1500}, {RebufferDuration, 1500}}}},
		},
		"at the edges": {
			spans:   []view.Span{span(0, view.Rebuffering), span(30_000, view.Failed)},
			records: []Record{{noon, 30_000, []SampleMetric{{WatchDuration, 30_000}, {RebufferDuration, 30_000}, {RebufferCount, 1}}}},
		},
		"paused":   {spans: []view.Span{span(-5000, view.Playing), span(-1000, view.Paused), span(70_000, view.Left)}, nothing: true},
		"no spans": {nothing: true},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := window(0)
			got, ok := SampleOf(&view.Watch{Spans: test.spans}, from, to, 1)
			if ok == test.nothing || got.StartupFailure != test.failed || got.Exited != test.exited {
				t.Errorf("there is a sample: %v, failed %v, exited %v", ok, got.StartupFailure, got.Exited)
			}
			if diff := cmp.Diff(test.records, got.Records); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSamplesAddUp draws viewers and windows that follow each other: together they tell as
// much as one that is as long.
func TestSamplesAddUp(t *testing.T) {
	sum := func(total map[SampleType]int64, s *Sample) {
		for _, r := range s.Records {
			for _, m := range r.Metrics {
				total[m.Type] += m.Value
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &view.Watch{}
		at := rapid.Int64Range(-50_000, 0).Draw(t, "begin")
		for range rapid.IntRange(0, 20).Draw(t, "spans") {
			s := span(at, view.Activity(rapid.IntRange(int(view.Starting), int(view.LeftEarly)).Draw(t, "activity")))
			s.Unheard = rapid.IntRange(0, 4).Draw(t, "unheard") == 0
			s.CDN = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "cdn")
			w.Spans = append(w.Spans, s)
			at += rapid.Int64Range(0, 20_000).Draw(t, "length")
		}
		parts, whole := map[SampleType]int64{}, map[SampleType]int64{}
		for n := range int64(5) {
			from, to := window(n)
			one, _ := SampleOf(w, from, to, 1)
			sum(parts, &one)
		}
		one, _ := SampleOf(w, noon, noon+150_000, 1)
		sum(whole, &one)
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("five windows tell another sum than one (-one +five):\n%s", diff)
		}
	})
}

// TestSamplesAreReadByOthers has the protobuf library read samples in both formats, by the
// tables of the compatible service.
func TestSamplesAreReadByOthers(t *testing.T) {
	w := session()
	values := map[string]string{
		"asn": "64500", "cdn": "x", "country": "DE", "operating_system": "Android", "player_name": "main \"one\"", "region": "BE",
		"stream_type": "live", "sub_property_id": "sub", "video_series": "s", "video_title": "t", "view_has_ad": "true",
	}
	for _, d := range catalog.RealtimeDimensions {
		w.Values = append(w.Values, values[d.Name])
	}
	var list []Sample
	for _, n := range []int64{1, 3} {
		from, to := window(n)
		s, _ := SampleOf(w, from, to, 42)
		list = append(list, s)
	}
	list[1].Values, list[1].StartupFailure, list[1].Exited = nil, true, true
	binary := wellKnown().decode(t, "Samples", AppendSamples(nil, Protobuf, list))
	text := wellKnown().decodeJSON(t, "Samples", AppendSamples(nil, JSON, list))
	if diff := cmp.Diff(binary, text, protocmp.Transform()); diff != "" {
		t.Errorf("JSON (+) is another message than protobuf (-):\n%s", diff)
	}
	descriptions().decode(t, "Samples", AppendSamples(nil, Protobuf, list))
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(binary)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{"samples":[
		{"customer_id":"42","view_id":"`+w.ID.String()+`","asn":"64500","viewer_os_family":"Android","player_name":"main \"one\"","view_has_ad":true,
		 "video_startup_failure":false,"exit_before_video_start":false,"sub_property_id":"sub","stream_type":"live","source":{"host_id":"two"},"previous_source":{"host_id":"one"},
		 "records":[{"start":"2026-11-28T12:00:30Z","duration_ms":30000,"metrics":[
			{"type":"WATCH_DURATION_MS","value":"25000"},{"type":"SEEK_LATENCY_MS","value":"700"},{"type":"REBUFFER_DURATION_MS","value":"1000"}]}]},
		{"customer_id":"42","view_id":"`+w.ID.String()+`","video_startup_failure":true,"exit_before_video_start":true,"source":{"host_id":"two"},
		 "records":[{"start":"2026-11-28T12:01:30Z","duration_ms":30000,"metrics":[{"type":"WATCH_DURATION_MS","value":"1000"}]},
			{"start":"2026-11-28T12:01:36Z","duration_ms":0,"metrics":[{"type":"PLAYBACK_ERROR","value":"48800"}]}]}]}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}
