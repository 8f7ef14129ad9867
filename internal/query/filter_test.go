package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

func TestFilters(t *testing.T) {
	col := catalog.MustColumn
	country, asn, failure, trace := col("country"), col("asn"), col("playback_failure"), col("video_cdn_trace")
	const us = "\x1f" // between the elements of a kept trace
	ab := us + "a" + us + "b" + us
	el := func(s string) *string { return &s }
	for _, c := range []struct {
		name    string
		filters []string
		want    []Condition
	}{
		{"none", nil, nil},
		{"one value", []string{"country:US"}, []Condition{{Column: country, Texts: []string{"US"}}}},
		{
			"alternatives of one dimension",
			[]string{"country:US", "asn:5", "country:DE"},
			[]Condition{{Column: country, Texts: []string{"US", "DE"}}, {Column: asn, Numbers: []float64{5}}},
		},
		{"exclusions of one dimension", []string{"!country:US", "!country:DE"}, []Condition{{Column: country, Not: true, Texts: []string{"US", "DE"}}}},
		{
			"both of one dimension",
			[]string{"country:US", "!country:DE"},
			[]Condition{{Column: country, Texts: []string{"US"}}, {Column: country, Not: true, Texts: []string{"DE"}}},
		},
		{"the first colon splits", []string{"video_title:a: b:c"}, []Condition{{Column: col("video_title"), Texts: []string{"a: b:c"}}}},
		{"brackets and signs are data of a scalar", []string{"video_title:[live] +-!"}, []Condition{{Column: col("video_title"), Texts: []string{"[live] +-!"}}}},
		{"spaces are data", []string{"video_title: a "}, []Condition{{Column: col("video_title"), Texts: []string{" a "}}}},
		{"an empty text is what is not known", []string{"country:"}, []Condition{{Column: country, Texts: []string{""}}}},
		{"a known text", []string{"!country:"}, []Condition{{Column: country, Not: true, Texts: []string{""}}}},
		{"an empty number is null", []string{"asn:"}, []Condition{{Column: asn, Null: true}}},
		{"a number or null", []string{"asn:", "asn:7"}, []Condition{{Column: asn, Numbers: []float64{7}, Null: true}}},
		{"a known number", []string{"!asn:"}, []Condition{{Column: asn, Not: true, Null: true}}},
		{"true", []string{"playback_failure:true"}, []Condition{{Column: failure, Numbers: []float64{1}}}},
		{"not false", []string{"!playback_failure:false"}, []Condition{{Column: failure, Not: true, Numbers: []float64{0}}}},
		{"a fraction", []string{"video_source_fps:23.976"}, []Condition{{Column: col("video_source_fps"), Numbers: []float64{23.976}}}},
		{"a whole trace", []string{"video_cdn_trace:[a,b]"}, []Condition{{Column: trace, Texts: []string{ab}}}},
		{"a trace of one", []string{"video_cdn_trace:[a]"}, []Condition{{Column: trace, Texts: []string{us + "a" + us}}}},
		{"the empty trace", []string{"video_cdn_trace:[]"}, []Condition{{Column: trace, Texts: []string{""}}}},
		{"an empty value of a trace", []string{"video_cdn_trace:"}, []Condition{{Column: trace, Texts: []string{""}}}},
		{"another trace", []string{"!video_cdn_trace:[a,b]"}, []Condition{{Column: trace, Not: true, Texts: []string{ab}}}},
		{"an element", []string{"+video_cdn_trace:a,b"}, []Condition{{Column: trace, Element: el("a,b")}}},
		{"a plus that was decoded to a space", []string{" video_cdn_trace:a"}, []Condition{{Column: trace, Element: el("a")}}},
		{"without an element", []string{"-video_cdn_trace:a"}, []Condition{{Column: trace, Not: true, Element: el("a")}}},
		{
			"elements are alternatives",
			[]string{"+video_cdn_trace:a", "+video_cdn_trace:b"},
			[]Condition{{Any: []Condition{{Column: trace, Element: el("a")}, {Column: trace, Element: el("b")}}}},
		},
		{
			"an element or a trace",
			[]string{"+video_cdn_trace:c", "video_cdn_trace:[a,b]"},
			[]Condition{{Any: []Condition{{Column: trace, Texts: []string{ab}}, {Column: trace, Element: el("c")}}}},
		},
		{
			"without several",
			[]string{"-video_cdn_trace:a", "-video_cdn_trace:b", "!video_cdn_trace:[]"},
			[]Condition{{Not: true, Any: []Condition{{Column: trace, Texts: []string{""}}, {Column: trace, Element: el("a")}, {Column: trace, Element: el("b")}}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := filters(c.filters)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, compareNames); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFiltersRefused(t *testing.T) {
	for _, c := range []struct {
		filter string
		words  []string
	}{
		{"country", []string{`"country"`, "dimension:value"}},
		{"", []string{"dimension:value"}},
		{"contry:US", []string{`"contry"`, "country"}},
		{":US", []string{`""`}},
		{"!!country:US", []string{"one of ! + -"}},
		{"!+video_cdn_trace:a", []string{"one of ! + -"}},
		{"+!video_cdn_trace:[a]", []string{"one of ! + -"}},
		{"+country:US", []string{"+", "country:value", "!country:value"}},
		{"-country:US", []string{"-", "sequences"}},
		{"video_cdn_trace:a", []string{"video_cdn_trace:[value]", "+video_cdn_trace:value"}},
		{"!video_cdn_trace:a", []string{"video_cdn_trace:[value]"}},
		{"video_cdn_trace:[a", []string{"bracket"}},
		{"video_cdn_trace:a]", []string{"bracket"}},
		{"video_cdn_trace:[a,,b]", []string{"empty element"}},
		{"+video_cdn_trace:[a]", []string{"without brackets"}},
		{"-video_cdn_trace:[a]", []string{"without brackets"}},
		{"+video_cdn_trace:", []string{"one element"}},
		{"playback_failure:1", []string{"playback_failure", "true or false", `"1"`}},
		{"playback_failure:TRUE", []string{"true or false"}},
		{"asn:x", []string{"asn", "whole number", `"x"`}},
		{"asn:-1", []string{"whole number"}},
		{"asn:1.5", []string{"whole number"}},
		{"asn:9007199254740992", []string{"whole number"}},
		{"video_source_fps:x", []string{"a number"}},
		{"video_source_fps:NaN", []string{"a number"}},
		{"video_source_fps:Inf", []string{"a number"}},
		{"video_source_fps:1e999", []string{"a number"}},
		{"video_source_fps:0x10", []string{"a number"}},
		{"country:\xff", []string{"UTF-8"}},
		{"country:a\x00", []string{"control"}},
		{"+video_cdn_trace:a\x1fb", []string{"control"}},
		{"country:" + strings.Repeat("x", 5000), []string{"4096"}},
	} {
		t.Run(fmt.Sprintf("%.30q", c.filter), func(t *testing.T) {
			r := request()
			r.Filters = []string{"country:DE", c.filter}
			_, err := Overall(r)
			refused(t, err, fault.Invalid, "filters[]", c.words...)
		})
	}
	r := request()
	r.Filters = strings.Split(strings.Repeat("country:US ", 101), " ")[:101]
	_, err := Overall(r)
	refused(t, err, fault.Invalid, "filters[]", "100", "101")
}

func TestMetricFilters(t *testing.T) {
	compare := func(column, op string, n float64) Condition {
		return Condition{Column: catalog.MustColumn(column), Compare: &Compare{Op: op, Value: n}}
	}
	r := request()
	r.Filters = []string{"country:US"}
	r.MetricFilters = []string{
		"aggregate_startup_time>=1000", "rebuffer_percentage<=0.25", "rebuffer_percentage>0", "video_startup_time<1e3",
		"smoothness_score=1", "live_stream_latency>-5", "playback_failure_percentage>=1", "playing_time>=0",
	}
	got, err := Overall(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []Condition{
		{Column: catalog.MustColumn("country"), Texts: []string{"US"}},
		compare("aggregate_startup_time", ">=", 1000), compare("rebuffer_percentage", "<=", 0.25), compare("rebuffer_percentage", ">", 0),
		compare("video_startup_time", "<", 1000), compare("rebuffer_score", "=", 1), compare("live_stream_latency", ">", -5),
		compare("playback_failure", ">=", 1), compare("playing_time", ">=", 0),
	}
	if diff := cmp.Diff(want, got.Plan.Where, compareNames); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	for filter, word := range map[string]string{
		"exits_before_video_start>=1": "exits_before_video_start", "unique_viewers>1": "unique_viewers", "views>1": "views",
		"video_startup_failure_percentage=1": "video_startup_failure_percentage", "view_dropped_percentage=1": "view_dropped_percentage",
		"started_views>1": "views", "vidéo>1": "vid", "video_startup_tme>1": "video_startup_time",
		"video_startup_time": "one of >= <= > < =", "video_startup_time>=": "a number", "video_startup_time>=x": "a number",
		"video_startup_time==1": "a number", "video_startup_time!=1": "one of >= <= > < =", "!=1": "one of >= <= > < =", "video_startup_time>NaN": "a number", "": "a metric",
		"video_startup_time=>1": "a number", "video_startup_time> 1": "a number",
	} {
		t.Run(filter, func(t *testing.T) {
			r := request()
			r.MetricFilters = []string{filter}
			_, err := Overall(r)
			refused(t, err, fault.Invalid, "metric_filters[]", word)
		})
	}
}

// TestMostFilters: as many filters as there may be, each as long as it may be.
func TestMostFilters(t *testing.T) {
	r := request()
	r.Filters = slices.Repeat([]string{"country:" + strings.Repeat("x", maxFilterLength-len("country:"))}, maxFilters)
	r.MetricFilters = slices.Repeat([]string{"video_startup_time>=1"}, maxFilters)
	if _, err := Overall(r); err != nil {
		t.Error(err)
	}
	r.MetricFilters = append(r.MetricFilters, "video_startup_time>=1")
	_, err := Overall(r)
	refused(t, err, fault.Invalid, "metric_filters[]", "100", "101")
}

// FuzzFilters: a filter is refused with a fault, or becomes conditions that
// say something.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{"country:US", "!asn:5", "+video_cdn_trace:a", "video_cdn_trace:[a,b]", "-video_cdn_trace:", " x:y", "playback_failure:true"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := filters([]string{s})
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if len(got) != 1 || got[0].Column == nil || len(got[0].Texts)+len(got[0].Numbers) == 0 && !got[0].Null && got[0].Element == nil {
			t.Errorf("%q = %+v", s, got)
		}
	})
}
