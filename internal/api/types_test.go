package api

import (
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// typed are requests for every kind of answer; those of metrics and dimensions
// follow in TestTypes.
var typed = []string{
	"/data/v1/video-views",
	"/data/v1/video-views?error_id=99",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000001",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000002",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000003",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000001/timeline",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000002/timeline",
	"/data/v1/video-views/019df2b4-9c00-7000-8000-000000000003/timeline",
	"/data/v1/errors",
	renditions + "overall",
	renditions + "breakdown",
	renditions + "comparison?dimension=country&values=US",
	renditions + "breakdown-timeseries",
	"/data/v1/subview-metrics/rendition/dimensions",
	"/data/v1/subview-metrics/playback_mode/dimensions",
	"/data/v1/metrics/comparison",
	"/data/v1/metrics/comparison?dimension=country&value=XX",
	"/data/v1/dimensions",
	"/data/v1/filters",
	"/data/v1/filters/asn",
	"/data/v1/dimensions/video_cdn_trace/elements",
	"/system/v1/whoami",
	"/data/v1/catalog",
	"/data/v1/error-categories",
	"/data/v1/monitoring/dimensions",
	"/data/v1/monitoring/metrics",
	"/data/v1/monitoring/metrics/video-startup-time/histogram-timeseries",
	"/data/v1/realtime/dimensions",
	"/data/v1/realtime/metrics",
	"/data/v1/realtime/metrics/video-startup-time/histogram-timeseries",
}

// elsewhere are the routes, by the begin of their paths, that have tests of their
// own over what was made before.
var elsewhere = []string{
	"/counts", "/data/v1/annotations", "/data/v1/incidents", "/data/v1/alert-rules", "/data/v1/notification-channels", "/data/v1/exports", "/exports/",
	streamPath, "/system/v1/", "/session",
}

// TestTypes checks the answers over three views: one of which everything is
// known, with awkward numbers, one of which nothing is, and one of large
// numbers. Every metric and every dimension is asked for. That the answers have
// the types of the description is what get checks, as in all tests.
func TestTypes(t *testing.T) {
	h := newAPI(t, stored(t, filled(t, "01", 1.0/3), blank(t, "02"), filled(t, "03", 1e15)), viewers)
	targets := slices.Clone(typed)
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range m.Supported() {
			for _, kind := range []string{"overall", "breakdown", "insights", "timeseries"} {
				targets = append(targets, "/data/v1/metrics/"+m.ID+"/"+kind+"?measurement="+string(measurement))
			}
		}
	}
	for i := range catalog.Dimensions {
		d := catalog.Dimensions[i].Name
		targets = append(targets,
			"/data/v1/dimensions/"+d,
			"/data/v1/dimensions/"+d+"?search=1",
			"/data/v1/errors/any/breakdown?group_by="+d,
			"/data/v1/subview-metrics/rendition/dimensions/"+d+"?query=1",
			"/data/v1/subview-metrics/playback_mode/dimensions/"+d,
			"/data/v1/metrics/views/breakdown?group_by="+d)
	}
	for _, content := range []string{"assets/%3Casset_id%208%3E", "videos/%3Cvideo_id%208%3E", "playback-ids/none"} {
		targets = append(targets, "/data/v1/engagement/"+content+"/heatmap", "/data/v1/engagement/"+content+"/hotspots")
	}
	for i := range catalog.RealtimeMetrics {
		for _, list := range []string{"monitoring", "realtime"} {
			m := &catalog.RealtimeMetrics[i]
			if m.Formula == "" || list == "realtime" && m.Newer {
				continue
			}
			path := "/data/v1/" + list + "/metrics/" + m.ID
			targets = append(targets, path+"/timeseries", path+"/breakdown", path+"/breakdown?dimension=country&order_by=value")
			if list == "monitoring" {
				targets = append(targets, path+"/breakdown-timeseries?dimension=view_has_ad&order_by=negative_impact")
			}
		}
	}
	targets = append(targets, "/data/v1/errors/10/timeseries", "/data/v1/errors/timeseries?error_ids[]=10&error_ids[]=1")
	asked := map[string]bool{}
	for _, target := range targets {
		w := get(t, h, target)
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", target, w.Code, w.Body)
		}
		_, pattern := h.(*server).routes.Handler(httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
		asked[pattern] = true
	}
	for i := range routes {
		pattern := routes[i].method + " " + routes[i].pattern
		if routes[i].method == http.MethodGet && !asked[pattern] && !beginsWithAny(routes[i].pattern, elsewhere) {
			t.Errorf("%s: is not asked for", pattern)
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
