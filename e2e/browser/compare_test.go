package browser

import (
	"math"
	"net/url"
	"testing"

	"playhead/e2e/harness"
)

// expectation is what is known of a viewer before anything is measured.
type expectation struct {
	video    string
	title    string
	stalls   int
	seeks    int
	failure  string // the error code of a failure before the first frame; "" is none
	exit     bool   // left before the first frame
	switches int    // changes of rendition
	height   int    // of the picture at the end in px; 0 when there never was one
}

var expectations = []expectation{
	{video: "played", title: "Film für played", seeks: 2, height: 180},
	{video: "stalled", title: "Film für stalled", stalls: 2, height: 180},
	{video: "switched", title: "Film für switched", switches: 1, height: 90},
	{video: "missing", title: "Film für missing", failure: "4"}, // MEDIA_ERR_SRC_NOT_SUPPORTED
	{video: "left", title: "Film für left", exit: true},
	{video: "navigated", title: "Film für navigated", height: 180},
}

// compare holds a view against what its page measured and against what the
// viewer was told to do.
func compare(t *testing.T, view harness.View, measured truth, want expectation) {
	t.Helper()
	// The measurement itself must be of the intended kind, or nothing is shown.
	if got := len(measured.Stalls); got != want.stalls {
		t.Errorf("the page saw %d stalls; the viewer was to have %d", got, want.stalls)
	}
	if got := len(measured.Seeks); got != want.seeks {
		t.Errorf("the page saw %d seeks; the viewer was to make %d", got, want.seeks)
	}
	started := !want.exit && want.failure == ""
	if started != (measured.Startup != nil) {
		t.Fatalf("the page saw a startup time of %v; want one: %v", measured.Startup, started)
	}

	if started {
		// No better than the page could look: a busy machine shows it events late.
		const accuracy, busiest = 50, 150
		near(t, view, "time_to_first_frame", *measured.Startup, math.Min(math.Max(accuracy, measured.Lag), busiest))
	} else {
		isNull(t, view, "time_to_first_frame")
	}
	near(t, view, "buffering_count", float64(len(measured.Stalls)), 0)
	near(t, view, "buffering_duration", sum(measured.Stalls), 0.1*sum(measured.Stalls))
	near(t, view, "view_seek_count", float64(len(measured.Seeks)), 0)
	near(t, view, "view_seek_duration", sum(measured.Seeks), 50*float64(len(measured.Seeks)))
	// Of less than a second, 3 % would be less than the delay of an event.
	near(t, view, "watch_time", measured.Watched, math.Max(0.03*measured.Watched, 30))
	if want.stalls == 0 && started {
		// The SDK tells of a stall one second late, so that its playing time is too long then.
		near(t, view, "view_playing_time", measured.Moving, math.Max(0.03*measured.Moving, 100))
	}
	equal(t, view, "exit_before_video_start", want.exit)
	equal(t, view, "video_startup_failure", want.failure != "")
	equal(t, view, "playback_failure", want.failure != "")
	if want.failure == "" {
		isNull(t, view, "player_error_code")
	} else {
		equal(t, view, "player_error_code", want.failure)
		if measured.Error == nil {
			t.Error("the page saw no error")
		}
	}
	if want.switches > 0 {
		near(t, view, "rendition_change_count", float64(want.switches), 0)
		near(t, view, "rendition_downshift_count", float64(want.switches), 0)
	}
	if want.height > 0 {
		near(t, view, "player_source_height", float64(want.height), 0)
	}
	equal(t, view, "view_dropped", false)
	equal(t, view, "video_id", want.video)
	equal(t, view, "video_title", want.title)
	equal(t, view, "viewer_user_id", "viewer-"+want.video)
	equal(t, view, "custom_1", "outer")
	equal(t, view, "player_name", "Outer test")
	equal(t, view, "viewer_application_name", "Chrome")
	equal(t, view, "viewer_os_family", "Linux")
}

// compareMetrics holds the metrics over all views against the sums and shares
// of what the pages measured.
func compareMetrics(t *testing.T, server *harness.Server, site *site) {
	var watched, stalled, failures, exits float64
	for _, e := range expectations {
		measured, _ := site.truth(e.video)
		watched += measured.Watched
		stalled += sum(measured.Stalls)
		if e.failure != "" {
			failures++
		}
		if e.exit {
			exits++
		}
	}
	all := float64(len(expectations))
	for metric, want := range map[string]struct{ value, tolerance float64 }{
		"views":                       {all, 0},
		"unique_viewers":              {all, 0},
		"playback_failure_percentage": {failures / all, 1e-9},
		"exits_before_video_start":    {exits / all, 1e-9},
		"rebuffer_percentage":         {stalled / watched, 0.13 * stalled / watched},
	} {
		got, err := harness.Get[struct{ Value float64 }](server, "/data/v1/metrics/"+metric+"/overall",
			url.Values{"timeframe[]": {"1:hours"}})
		if err != nil {
			t.Errorf("%s: %v", metric, err)
		} else if math.Abs(got.Data.Value-want.value) > want.tolerance {
			t.Errorf("%s is %v; want %v ± %v", metric, got.Data.Value, want.value, want.tolerance)
		}
	}
}

func near(t *testing.T, view harness.View, key string, want, tolerance float64) {
	t.Helper()
	got, ok, err := view.Number(key)
	switch {
	case err != nil:
		t.Error(err)
	case !ok:
		t.Errorf("%s is null; want %.0f ± %.0f", key, want, tolerance)
	case math.Abs(got-want) > tolerance:
		t.Errorf("%s is %.0f; want %.0f ± %.0f", key, got, want, tolerance)
	}
}

func equal(t *testing.T, view harness.View, key string, want any) {
	t.Helper()
	if got, present := view[key]; !present || got != want {
		t.Errorf("%s is %#v; want %#v", key, got, want)
	}
}

func isNull(t *testing.T, view harness.View, key string) {
	t.Helper()
	if got, present := view[key]; !present || got != nil {
		t.Errorf("%s is %#v; want null", key, got)
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
