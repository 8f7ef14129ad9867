package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// filterable are the dimensions that questions filter by, except the trace.
var filterable = strings.Fields(`video_title video_id video_series video_content_type custom_1 custom_2 custom_17 browser
	operating_system viewer_device_category player_name player_software stream_type viewer_connection_type viewer_user_id country
	continent_code cdn experiment_name sub_property_id client_application_name view_drm_type player_error_code video_codec
	exit_before_video_start playback_failure video_startup_failure view_dropped view_has_ad playback_business_exception
	player_autoplay player_remote_played used_captions asn video_source_height video_source_bitrate_initial
	video_source_fps view_dropped_frame_count`)

// spell writes a trace as filters do, and as the API shows it; none is "".
func spell(trace []string) string {
	if len(trace) == 0 {
		return ""
	}
	return "[" + strings.Join(trace, ",") + "]"
}

// filtered is a scope of a part of the time with up to four filters.
func (w *world) filtered(random *rand.Rand) *scope {
	s := w.window(random)
	taken := map[string]bool{}
	for range random.IntN(4) {
		dimension := filterable[random.IntN(len(filterable))]
		if random.IntN(6) == 0 {
			dimension = "video_cdn_trace"
		}
		if !taken[dimension] {
			taken[dimension] = true
			w.filter(random, s, dimension)
		}
	}
	return s
}

// filter adds filters of one dimension: values that are wanted, of which one
// is enough, and values that are refused, all of them.
func (w *world) filter(random *rand.Rand, s *scope, dimension string) {
	var wanted, refused []func(*view) bool
	for range []int{1, 1, 2, 3}[random.IntN(4)] {
		spelt, match, not := w.term(random, dimension)
		s.query.Add("filters[]", spelt)
		if not {
			refused = append(refused, match)
		} else {
			wanted = append(wanted, match)
		}
	}
	s.match = append(s.match, func(v *view) bool {
		is := func(match func(*view) bool) bool { return match(v) }
		return (len(wanted) == 0 || slices.ContainsFunc(wanted, is)) && !slices.ContainsFunc(refused, is)
	})
}

// term makes one filter about a value that some view has, or none. Match tells
// which views have it; not is that they are refused.
func (w *world) term(random *rand.Rand, dimension string) (spelt string, match func(*view) bool, not bool) {
	some := w.views[random.IntN(len(w.views))]
	not = random.IntN(3) == 0
	if dimension == "video_cdn_trace" {
		return traceTerm(random, some.trace, not)
	}
	value := some.dims[dimension]
	if random.IntN(20) == 0 {
		value = ""
	}
	spelt = dimension + ":" + value
	if not {
		spelt = "!" + spelt
	}
	return spelt, func(v *view) bool { return v.dims[dimension] == value }, not
}

// traceTerm makes a filter about a trace, whole or one of its elements.
func traceTerm(random *rand.Rand, trace []string, not bool) (string, func(*view) bool, bool) {
	if random.IntN(2) == 0 {
		element := cdns[random.IntN(len(cdns))]
		has := func(v *view) bool { return slices.Contains(v.trace, element) }
		return map[bool]string{false: "+", true: "-"}[not] + "video_cdn_trace:" + element, has, not
	}
	spelt := "video_cdn_trace:" + spell(trace)
	if len(trace) == 0 && random.IntN(2) == 0 {
		spelt += "[]"
	}
	if not {
		spelt = "!" + spelt
	}
	return spelt, func(v *view) bool { return slices.Equal(v.trace, trace) }, not
}

// askFilters counts the views that filters leave, and asks for a metric of them.
func askFilters(t *testing.T, w *world, random *rand.Rand) {
	for i, dimension := range slices.Repeat(append(filterable, "video_cdn_trace", "video_cdn_trace", "video_cdn_trace"), 4) {
		s := w.window(random)
		w.filter(random, s, dimension)
		if i%2 == 0 {
			w.filter(random, s, filterable[(i+7)%len(filterable)])
		}
		if i%5 == 0 { // an array may be spelt without brackets
			s.query["filters"] = s.query["filters[]"]
			delete(s.query, "filters[]")
		}
		checkCount(t, w, s)
		m := metrics[random.IntN(len(metrics))]
		checkOverall(t, w, m, m.id, m.ways[random.IntN(len(m.ways))], s)
	}
}

// checkCount asks the list how many views there are.
func checkCount(t *testing.T, w *world, s *scope) {
	t.Helper()
	want := len(s.within(w.views, byEnd))
	a, q := get[[]struct{}](t, w, "video-views", s.with("limit", "1"))
	if a.Total == nil || *a.Total != want || len(a.Data) != min(want, 1) {
		t.Errorf("%s: total %v and %d rows, want %d and %d", q, pointee(a.Total), len(a.Data), want, min(want, 1))
	}
}

func pointee(p *int) any {
	if p == nil {
		return "null"
	}
	return *p
}

// askMetricFilters filters by the values of each metric, with each operator.
func askMetricFilters(t *testing.T, w *world, random *rand.Rand) {
	never := strings.Fields("exits_before_video_start unique_viewers video_startup_failure_percentage view_dropped_percentage views")
	for _, m := range metrics {
		for _, op := range []string{">=", "<=", ">", "<", "="} {
			if slices.Contains(never, m.id) {
				q := asked{"video-views", everything().with("metric_filters[]", m.id+op+"1")}
				if status, body := w.ask(t, q); status != 400 || !strings.Contains(string(body), "metric_filters[]") {
					t.Errorf("%s: status %d: %s; want 400 that names the parameter", q, status, body)
				}
				continue
			}
			s := w.window(random)
			w.metricFilter(random, s, m, op)
			if random.IntN(3) == 0 {
				w.metricFilter(random, s, metricOf("playing_time"), ">")
				w.filter(random, s, "country")
			}
			checkCount(t, w, s)
		}
	}
}

// metricFilter adds a filter by the value of a metric: one that is a value of
// some view where all values are whole and exact, else one between two values
// that are well apart.
func (w *world) metricFilter(random *rand.Rand, s *scope, m *metric, op string) {
	list := slices.Sorted(slices.Values(values(w.views, m.id)))
	i := random.IntN(len(list))
	limit := list[i]
	if m.slack > 0 || limit != float64(int64(limit)) {
		limit = list[len(list)-1] + 1 + 3*m.slack // above all, if there is no such place
		for ; i < len(list)-1; i++ {
			if gap := list[i+1] - list[i]; gap > 3*m.slack+1e-6*list[i+1] {
				limit = list[i] + gap/2
				break
			}
		}
	}
	spelt := strconv.FormatFloat(limit, 'g', -1, 64)
	s.query.Add("metric_filters[]", fmt.Sprintf("%s%s%s", m.id, op, spelt))
	s.match = append(s.match, func(v *view) bool {
		x := v.value(m.id) // compares with nothing if it is null
		return map[string]bool{">=": x >= limit, "<=": x <= limit, ">": x > limit, "<": x < limit, "=": x == limit}[op]
	})
}
