package api

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// TestRequestsAreCounted by route, not by path: a path may hold anything.
func TestRequestsAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	h := newAPI(t, stored(t, fourViews(t)...), func(c *Config) { c.Registerer = registry })
	for _, target := range []string{
		"/data/v1/metrics/views/overall", "/data/v1/metrics/unique_viewers/overall", "/data/v1/metrics/nothing/overall", "/nothing", "//",
	} {
		get(t, h, target)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			line := f.GetName()
			for _, l := range m.GetLabel() {
				line += " " + l.GetValue()
			}
			got = append(got, fmt.Sprint(line, " ", m.GetCounter().GetValue()+float64(m.GetHistogram().GetSampleCount())))
		}
	}
	slices.Sort(got)
	want := []string{
		"playhead_api_exports_open 0",
		"playhead_api_request_seconds /data/v1/metrics/{id}/overall 3",
		"playhead_api_request_seconds unknown 2",
		"playhead_api_requests_total /data/v1/metrics/{id}/overall 200 2",
		"playhead_api_requests_total /data/v1/metrics/{id}/overall 404 1",
		"playhead_api_requests_total unknown 404 2",
		"playhead_api_stream_selections 0",
		"playhead_api_streams 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := New(Config{Registerer: registry}); err == nil {
		t.Error("two APIs share one registry without an error")
	}
}
