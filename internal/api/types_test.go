package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// shapes are the sections of testdata/types.txt: the type of each key.
type shapes map[string]map[string]string

func readShapes(t *testing.T) shapes {
	t.Helper()
	b, err := os.ReadFile("testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, section := shapes{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			all[section] = map[string]string{}
		default:
			key, typ, _ := strings.Cut(line, " ")
			all[section][key] = typ
		}
	}
	return all
}

var patterns = map[string]*regexp.Regexp{
	"int":  regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`),
	"dec":  regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`),
	"time": regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`),
}

// check lists how a value differs from a type.
func (s shapes) check(at, typ string, v any) []string {
	typ, nullable := strings.CutSuffix(typ, "?")
	wrong := []string{fmt.Sprintf("%s: %#v is no %s", at, v, typ)}
	if v == nil {
		if nullable {
			return nil
		}
		return wrong
	}
	elements, isArray := v.([]any)
	switch typ[0] {
	case '[':
		if !isArray {
			return wrong
		}
		var problems []string
		for i, e := range elements {
			problems = append(problems, s.check(fmt.Sprintf("%s[%d]", at, i), typ[1:len(typ)-1], e)...)
		}
		return problems
	case '(':
		types := strings.Fields(typ[1 : len(typ)-1])
		if !isArray || len(elements) != len(types) {
			return wrong
		}
		var problems []string
		for i, e := range elements {
			problems = append(problems, s.check(fmt.Sprintf("%s[%d]", at, i), types[i], e)...)
		}
		return problems
	}
	if keys, ok := s[typ]; ok {
		o, isObject := v.(map[string]any)
		if !isObject {
			return wrong
		}
		return s.checkObject(at, keys, o)
	}
	ok := false
	switch typ {
	case "int":
		n, isNumber := v.(json.Number)
		ok = isNumber && patterns[typ].MatchString(n.String())
	case "num":
		_, ok = v.(json.Number)
	case "str":
		_, ok = v.(string)
	case "dec", "time":
		text, isText := v.(string)
		ok = isText && patterns[typ].MatchString(text)
	case "bool":
		_, ok = v.(bool)
	case "obj":
		_, ok = v.(map[string]any)
	default:
		return []string{"unknown type " + typ}
	}
	if !ok {
		return wrong
	}
	return nil
}

func (s shapes) checkObject(at string, keys map[string]string, o map[string]any) []string {
	var problems []string
	known := map[string]bool{}
	for key, typ := range keys {
		name, optional := strings.CutSuffix(key, "?")
		known[name] = true
		if v, there := o[name]; there {
			problems = append(problems, s.check(at+"."+name, typ, v)...)
		} else if !optional {
			problems = append(problems, at+"."+name+": is missing")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !known[key] {
			problems = append(problems, at+"."+key+": is not in the contract")
		}
	}
	return problems
}

// typed are requests for every kind of answer, and its section.
var typed = []struct{ section, target string }{
	{"video_views", "/data/v1/video-views"},
	{"video_views", "/data/v1/video-views?error_id=99"},
	{"video_view", "/data/v1/video-views/019df2b4-9c00-7000-8000-000000000001"},
	{"video_view", "/data/v1/video-views/019df2b4-9c00-7000-8000-000000000002"},
	{"video_view", "/data/v1/video-views/019df2b4-9c00-7000-8000-000000000003"},
	{"errors", "/data/v1/errors"},
	{"heatmap", "/data/v1/engagement/videos/%3Cvideo_id%208%3E/heatmap"},
	{"hotspots", "/data/v1/engagement/assets/none/hotspots"},
	{"subview_overall", renditions + "overall"},
	{"subview_breakdown", renditions + "breakdown"},
	{"subview_comparison", renditions + "comparison?dimension=country&values=US"},
	{"subview_timeseries", renditions + "breakdown-timeseries"},
	{"subview_dimensions", "/data/v1/subview-metrics/playback_mode/dimensions"},
	{"comparison", "/data/v1/metrics/comparison"},
	{"comparison", "/data/v1/metrics/comparison?dimension=country&value=XX"},
	{"dimensions", "/data/v1/dimensions"},
	{"dimensions", "/data/v1/filters"},
	{"dimension_values", "/data/v1/filters/asn"},
	{"dimension_values", "/data/v1/dimensions/video_cdn_trace/elements"},
	{"whoami", "/system/v1/whoami"},
	{"error", "/data/v1/nothing"},
	{"error", "/data/v1/metrics/nothing/overall"},
	{"error", "/data/v1/video-views?limit=0"},
}

// TestTypes checks the answers over three views: one of which everything is
// known, with awkward numbers, one of which nothing is, and one of large
// numbers. Every metric and every dimension is asked for.
func TestTypes(t *testing.T) {
	s := readShapes(t)
	if got := len(s["view"]); got != 194 {
		t.Fatalf("the view has %d keys in types.txt, want 194", got)
	}
	h := newAPI(t, stored(t, filled(t, "01", 1.0/3), blank(t, "02"), filled(t, "03", 1e15)))
	requests := slices.Clone(typed)
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range m.Supported() {
			query := "?measurement=" + string(measurement)
			requests = append(requests,
				struct{ section, target string }{"overall", "/data/v1/metrics/" + m.ID + "/overall" + query},
				struct{ section, target string }{"breakdown", "/data/v1/metrics/" + m.ID + "/breakdown" + query},
				struct{ section, target string }{"insights", "/data/v1/metrics/" + m.ID + "/insights" + query},
				struct{ section, target string }{"timeseries", "/data/v1/metrics/" + m.ID + "/timeseries" + query})
		}
	}
	for i := range catalog.Dimensions {
		d := catalog.Dimensions[i].Name
		requests = append(requests,
			struct{ section, target string }{"dimension_values", "/data/v1/dimensions/" + d},
			struct{ section, target string }{"subview_values", "/data/v1/subview-metrics/rendition/dimensions/" + d + "?query=1"},
			struct{ section, target string }{"breakdown", "/data/v1/metrics/views/breakdown?group_by=" + d})
	}
	for _, r := range requests {
		w := get(t, h, r.target)
		if (w.Code == http.StatusOK) == (r.section == "error") {
			t.Errorf("%s: status %d: %s", r.target, w.Code, w.Body)
			continue
		}
		for _, problem := range s.check("", r.section, decode(t, w.Body.Bytes())) {
			t.Errorf("%s: %s", r.target, problem)
		}
	}
}

// TestTypesAreChecked makes sure that the checks of this file can fail.
func TestTypesAreChecked(t *testing.T) {
	s := readShapes(t)
	for _, tt := range []struct{ typ, good, bad string }{
		{"int", `7`, `7.0`},
		{"int", `0`, `1e3`},
		{"int", `-7`, `"7"`},
		{"int?", `null`, `true`},
		{"num", `7.5`, `"7.5"`},
		{"num", `7`, `null`},
		{"dec", `"0.95"`, `0.95`},
		{"dec", `"41126"`, `"5e-07"`},
		{"dec?", `null`, `""`},
		{"str", `""`, `null`},
		{"bool", `false`, `"false"`},
		{"time", `"2026-05-04T12:00:00Z"`, `"2026-05-04T12:00:00.5Z"`},
		{"[str]", `[]`, `null`},
		{"[str]", `["a"]`, `["a", 1]`},
		{"(time num? int?)", `["2026-05-04T12:00:00Z", null, null]`, `["2026-05-04T12:00:00Z", 1]`},
		{"dimension_value", `{"value": null, "total_count": 1}`, `{"total_count": 1}`},
		{"dimension_value", `{"value": "a", "total_count": 1}`, `{"value": "a", "total_count": 1, "more": 1}`},
		{"meta", `{"aggregation": "view_end"}`, `{"granularity": "hour"}`},
	} {
		if problems := s.check("", tt.typ, decode(t, []byte(tt.good))); problems != nil {
			t.Errorf("%s refuses %s: %q", tt.typ, tt.good, problems)
		}
		if s.check("", tt.typ, decode(t, []byte(tt.bad))) == nil {
			t.Errorf("%s accepts %s", tt.typ, tt.bad)
		}
	}
}

// filled is a view of which every column is known: real numbers are n, whole
// ones n rounded up.
func filled(t *testing.T, digits string, n float64) *view.View {
	v := makeView(t, digits, nil)
	for _, c := range catalog.Columns {
		switch c.Kind {
		case catalog.Text:
			v.SetText(c, "<"+c.Name+" "+strconv.Itoa(len(c.Name))+">")
		case catalog.List:
			elements := []string{"a", "b"}
			if c.Parts != nil {
				elements = []string{view.JoinParts(slices.Repeat([]string{"10"}, len(c.Parts))...)}
			}
			v.SetText(c, view.JoinList(elements))
		case catalog.Bool:
			v.SetNumber(c, 1)
		case catalog.Time:
			v.SetNumber(c, at("11:00:00")+123)
		case catalog.Int:
			v.SetNumber(c, math.Ceil(n))
		case catalog.Float:
			v.SetNumber(c, n)
		}
	}
	v.SetText(catalog.MustColumn("environment_id"), "env1")
	v.Events = []view.TimelineEvent{{Name: "viewstart", ViewerTime: int64(at("11:00:00")), EventTime: int64(at("11:00:01"))}}
	return v
}

// blank is a view of which only its times are known.
func blank(t *testing.T, digits string) *view.View {
	return makeView(t, digits, row{"environment_id": "env1", "view_start": at("11:30:00"), "view_end": at("11:31:00")})
}
