package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/expr"
)

// TestRealtimeOf: shares of start attempts are of these, whoever else watches.
func TestRealtimeOf(t *testing.T) {
	for i := range RealtimeMetrics {
		m := &RealtimeMetrics[i]
		want := "concurrent_viewers"
		switch {
		case strings.HasSuffix(m.Formula, "/ sum(start_attempts)"):
			want = "start_attempts"
		case !strings.Contains(m.Formula, "/"):
			want = ""
		}
		if m.Of != want {
			t.Errorf("%s is of %q, want %q", m.ID, m.Of, want)
		}
	}
}

// TestRealtimeLists: the API's lists, in its order, with its names for people.
func TestRealtimeLists(t *testing.T) {
	const wantDimensions = `
asn: ASN
cdn: CDN
country: Country
operating_system: Operating system
player_name: Player name
region: Region / State
stream_type: Stream type
sub_property_id: Sub property ID
video_series: Video series
video_title: Video title
view_has_ad: View has ad, newer`
	const wantMetrics = `
current-average-bitrate: Current Average Bitrate
current-concurrent-viewers: Current Concurrent Viewers (CCV)
current-rebuffering-percentage: Current Rebuffering Percentage
exits-before-video-start: Exits Before Video Start
playback-failure-percentage: Playback Failure Percentage
video-startup-failure-percentage: Video Startup Failure Percentage, newer
video-startup-time: Video Startup Time`
	line := func(name, title string, newer bool) string {
		if newer {
			title += ", newer"
		}
		return "\n" + name + ": " + title
	}
	var dimensions, metrics strings.Builder
	for i, d := range RealtimeDimensions {
		dimensions.WriteString(line(d.Name, d.Title, d.Newer))
		if found, ok := LookupRealtimeDimension(d.Name); !ok || found != i {
			t.Errorf("%s is found at %d, %t", d.Name, found, ok)
		}
	}
	for i := range RealtimeMetrics {
		m := &RealtimeMetrics[i]
		metrics.WriteString(line(m.ID, m.Title, m.Newer))
		if found, ok := LookupRealtimeMetric(m.ID); !ok || found != m {
			t.Errorf("%s is not found by its id", m.ID)
		}
		if m.Doc == "" || (m.Formula == "") != (m.Node() == nil) {
			t.Errorf("%s lacks a description or its formula", m.ID)
		}
	}
	if diff := cmp.Diff(wantDimensions, dimensions.String()); diff != "" {
		t.Errorf("dimensions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantMetrics, metrics.String()); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if name := RealtimeDimensions[RealtimeCDN].Name; name != "cdn" {
		t.Errorf("RealtimeCDN is %s", name)
	}
}

// TestRealtimeQuantities: each is described, and used or told in answers.
func TestRealtimeQuantities(t *testing.T) {
	used := []string{"starting_up"} // starting_up_viewers of breakdowns
	for i := range RealtimeMetrics {
		if n := RealtimeMetrics[i].Node(); n != nil {
			expr.Columns(n, func(name string, _ bool) { used = append(used, name) })
		}
	}
	for _, q := range RealtimeQuantities {
		if q.Doc == "" || !slices.Contains(used, q.Name) {
			t.Errorf("%s has no description or is not used", q.Name)
		}
	}
}

// TestRealtimeNearest: names that the older list does not have are not offered
// to those who ask by it.
func TestRealtimeNearest(t *testing.T) {
	for _, older := range []bool{false, true} {
		metrics, dimensions := NearestRealtimeMetrics("video-startup-failure", older), NearestRealtimeDimensions("view_has_ads", older)
		if slices.Contains(metrics, "video-startup-failure-percentage") == older || slices.Contains(dimensions, "view_has_ad") == older {
			t.Errorf("older %t: %q and %q", older, metrics, dimensions)
		}
	}
}
