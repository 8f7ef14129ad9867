// Package sdk reads recorded views back with the public client of the API,
// @mux/mux-node, of which only the base URL is changed.
package sdk

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// recorded is a view of the recordings, with what the player's own counters
// and the probe beside it say.
type recorded struct {
	name    string
	title   string
	startup float64 // ms; -1 when it never started
	watched float64 // ms
	played  float64 // ms
}

var recordings = []recorded{
	{"01_mp4_play_pause_seek_ended", "Test pattern A", 188, 20418, 20176},
	{"02_mp4_autoplay_muted_close_mid_view", "Autoplay muted", 19, 33388, 33368},
	{"03_mp4_rebuffer", "Rebuffering", 234, 31860, 27033}, // three stalls, 7177 ms
	{"04_error_404", "404", -1, 63, 0},
	{"07_hls_abr", "HLS ABR", 469, 36519, 36049},
	{"17_exit_before_video_start", "Never starts", -1, 6269, 0},
}

// What the table above adds up to.
const (
	allWatched = 20418 + 33388 + 31860 + 63 + 36519 + 6269
	allPlayed  = 20176 + 33368 + 27033 + 36049
)

// answers is what read.mjs writes, as far as it is looked at.
type answers struct {
	Views, Filtered, Oldest []row
	View                    harness.Envelope[harness.View]
	Overall                 map[string]struct{ Data overall }
	Breakdown               []group
	StartupByTitle          []group
	Timeseries              harness.Envelope[[][3]any]
	Comparison              harness.Envelope[[]map[string]any]
	ComparisonOfOne         harness.Envelope[[]map[string]any]
	Dimensions              struct {
		Data struct{ Basic, Advanced []string }
	}
	Browsers []value
	Refusals map[string]refusal
	Exports  harness.Envelope[[]any]

	Titles      []value
	Insights    harness.Envelope[[]insight]
	Errors      harness.Envelope[[]errorType]
	Heights     []part
	Annotations []any
	Whoami      map[string]any
	Methods     struct{ All, Called []string }
}

type row struct {
	ID            string
	Title         string  `json:"video_title"`
	Total         int     `json:"total_row_count"`
	ViewEnd       string  `json:"view_end"`
	WatchTime     float64 `json:"watch_time"`
	PlaybackFails bool    `json:"playback_failure"`
}

type value struct {
	Value      string
	TotalCount int `json:"total_count"`
}

type overall struct {
	Value      *float64
	TotalViews int     `json:"total_views"`
	TotalWatch float64 `json:"total_watch_time"`
}

type group struct {
	Field string
	Value float64
	Views int
}

type refusal struct {
	Name   string
	Status int
	Type   string
}

func TestClient(t *testing.T) {
	server := harness.Start(t)
	replay(t, server)
	got := decode[answers](t, node(t, "read.mjs", settings(t, server, nil)))

	t.Run("list", func(t *testing.T) { checkList(t, got) })
	t.Run("view", func(t *testing.T) { checkView(t, got) })
	t.Run("overall", func(t *testing.T) { checkOverall(t, got) })
	t.Run("breakdown", func(t *testing.T) { checkBreakdown(t, got) })
	t.Run("timeseries", func(t *testing.T) { checkTimeseries(t, got) })
	t.Run("comparison", func(t *testing.T) { checkComparison(t, got) })
	t.Run("dimensions", func(t *testing.T) {
		if !slices.Contains(got.Dimensions.Data.Basic, "browser") || !slices.Contains(got.Dimensions.Data.Advanced, "country") {
			t.Errorf("dimensions are %+v; want browser among the basic ones and country among the advanced", got.Dimensions.Data)
		}
		if len(got.Browsers) != 1 || got.Browsers[0].Value != "Chrome" || got.Browsers[0].TotalCount != len(recordings) {
			t.Errorf("browsers are %+v; want Chrome, %d times", got.Browsers, len(recordings))
		}
		if len(got.Titles) != len(recordings) {
			t.Errorf("titles of all pages of four are %+v; want %d", got.Titles, len(recordings))
		}
	})
	t.Run("insights", func(t *testing.T) { checkInsights(t, got) })
	t.Run("errors", func(t *testing.T) { checkErrors(t, got) })
	t.Run("heights", func(t *testing.T) { checkHeights(t, got) })
	t.Run("methods", func(t *testing.T) { checkMethods(t, got) })
	t.Run("refusals", func(t *testing.T) {
		want := map[string]refusal{
			"secret":      {"AuthenticationError", 401, "unauthorized"},
			"view":        {"NotFoundError", 404, "not_found"},
			"filter":      {"BadRequestError", 400, "invalid_parameters"},
			"measurement": {"BadRequestError", 400, "invalid_parameters"},
			"metric":      {"NotFoundError", 404, "not_found"},
			"route":       {"NotFoundError", 404, "not_found"},
		}
		if diff := cmp.Diff(want, got.Refusals); diff != "" {
			t.Errorf("refusals (-want +got):\n%s", diff)
		}
	})
}

// replay sends the recordings and waits until all their views are in the API.
func replay(t *testing.T, server *harness.Server) {
	t.Helper()
	unchanged := func(map[string]any) {}
	for _, r := range recordings {
		recording, err := harness.Record(t, r.name).Rewrite(time.Now(), unchanged)
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range recording {
			if status, err := harness.Post(server.Ingest, request); err != nil || status != 200 {
				t.Fatalf("%s: status %d, error %v; want 200", r.name, status, err)
			}
		}
	}
	harness.Eventually(t, 20*time.Second, func() error {
		list, err := harness.Get[[]row](server, "/data/v1/video-views", timeframe())
		if err == nil && len(list.Data) != len(recordings) {
			err = fmt.Errorf("%d views in the list; want %d", len(list.Data), len(recordings))
		}
		return err
	})
}

func timeframe() url.Values {
	now := time.Now()
	return url.Values{"timeframe[]": {unix(now.Add(-2 * time.Hour)), unix(now.Add(time.Hour))}}
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// number is the value of an answer; NaN stands for null.
func number(value *float64) float64 {
	if value == nil {
		return math.NaN()
	}
	return *value
}

// same compares two numbers; NaN is the same as NaN.
func same(got, want float64) bool {
	return math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want)) || math.IsNaN(got) && math.IsNaN(want)
}
