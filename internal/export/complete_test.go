package export

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// completed reads a file of one view and completes it; it returns the columns asked for.
func completed(t *testing.T, csv string, columns ...string) map[string]any {
	t.Helper()
	r, _, err := NewReader(strings.NewReader(csv), int64(len(csv)))
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Complete(view.DefaultScoring()); err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, name := range columns {
		c := catalog.MustColumn(name)
		if c.IsText() {
			got[name] = i.View.Text(c)
		} else if n, ok := i.View.Number(c); ok {
			got[name] = n
		}
	}
	return got
}

// TestCompleteFailures: how a view went, by the version of its file.
func TestCompleteFailures(t *testing.T) {
	ours := float64(view.ErrorTypeID("7", "oops"))
	flags := []string{
		"playback_failure", "content_playback_failure", "ad_playback_failure", "video_startup_failure", "playback_business_exception",
		"video_startup_business_exception", "exit_before_video_start", "error_type_id", "playback_failure_error_type_id", "playback_business_exception_error_type_id", "error_types",
	}
	const fatal, business = "\x1f%\x1efatal\x1efalse\x1e7\x1eoops\x1f", "\x1f%\x1efatal\x1etrue\x1e7\x1eoops\x1f"
	types := func(of string) string { return strings.Replace(of, "%", plainNumber(ours), 1) }
	for name, test := range map[string]struct {
		csv  string
		want map[string]any
	}{
		"version 9, a failure while an ad was on": {
			"view_id,view_end,error_type,player_error_code,player_error_message,playback_failure_error_type_id,ad_playback_failure_error_type_id,playback_business_exception_error_type_id,video_startup_business_exception_error_type_id,video_startup_time,playback_success_score\na,1767225600000,31,7,oops,31,31,,,500,0\n",
			map[string]any{
				"playback_failure": 1.0, "content_playback_failure": 0.0, "ad_playback_failure": 1.0, "video_startup_failure": 0.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_type_id": ours, "playback_failure_error_type_id": ours, "error_types": types(fatal),
			},
		},
		"version 9, a business exception before the start": {
			"view_id,view_end,error_type,player_error_code,player_error_message,playback_failure_error_type_id,playback_business_exception_error_type_id,video_startup_business_exception_error_type_id,video_startup_time,playback_success_score\na,1767225600000,31,7,oops,,31,31,,\n",
			map[string]any{
				"playback_failure": 0.0, "content_playback_failure": 0.0, "ad_playback_failure": 0.0, "video_startup_failure": 0.0, "playback_business_exception": 1.0,
				"video_startup_business_exception": 1.0, "exit_before_video_start": 0.0, "error_type_id": ours, "playback_business_exception_error_type_id": ours, "error_types": types(business),
			},
		},
		"version 9, a warning": {
			"view_id,view_end,error_type,player_error_code,player_error_message,playback_failure_error_type_id,playback_business_exception_error_type_id,video_startup_time,playback_success_score,exit_before_video_start\na,1767225600000,,,,,,500,1,false\n",
			map[string]any{
				"playback_failure": 0.0, "content_playback_failure": 0.0, "ad_playback_failure": 0.0, "video_startup_failure": 0.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_types": "",
			},
		},
		"version 2, a failure by its score": {
			"view_id,view_end,error_type,player_error_code,player_error_message,video_startup_time,playback_success_score,exit_before_video_start\na,1767225600000,31,,,,0,false\n",
			map[string]any{
				"playback_failure": 1.0, "content_playback_failure": 1.0, "ad_playback_failure": 0.0, "video_startup_failure": 1.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_type_id": 31.0, "error_types": "",
			},
		},
		"version 2, an error after which it played": {
			"view_id,view_end,error_type,player_error_code,player_error_message,video_startup_time,playback_success_score\na,1767225600000,31,7,oops,10,1\n",
			map[string]any{
				"playback_failure": 0.0, "content_playback_failure": 0.0, "ad_playback_failure": 0.0, "video_startup_failure": 0.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_type_id": ours, "error_types": types(fatal),
			},
		},
		"version 2, an error that is not judged": {
			"view_id,view_end,error_type,player_error_code,player_error_message,video_startup_time,playback_success_score,exit_before_video_start\na,1767225600000,31,7,oops,,,false\n",
			map[string]any{
				"playback_failure": 0.0, "content_playback_failure": 0.0, "ad_playback_failure": 0.0, "video_startup_failure": 0.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_type_id": ours, "error_types": types(fatal),
			},
		},
		"version 1, an error": {
			"view_id,view_end,error_type_id,player_error_code,player_error_message,time_to_first_frame\na,1767225600000,31,7,oops,\n",
			map[string]any{
				"playback_failure": 1.0, "content_playback_failure": 1.0, "ad_playback_failure": 0.0, "video_startup_failure": 1.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 0.0, "error_type_id": ours, "playback_failure_error_type_id": ours, "error_types": types(fatal),
			},
		},
		"left before it began": {
			"view_id,view_end,watch_time\na,1767225600000,2000\n",
			map[string]any{
				"playback_failure": 0.0, "content_playback_failure": 0.0, "ad_playback_failure": 0.0, "video_startup_failure": 0.0, "playback_business_exception": 0.0,
				"video_startup_business_exception": 0.0, "exit_before_video_start": 1.0, "error_types": "",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, completed(t, test.csv, flags...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// plainNumber writes a number in decimals.
func plainNumber(n float64) string { return string(MustColumn("watch_time").appendNumber(nil, n)) }

// TestCompleteQuotients: a quotient in fewer digits is the quotient; another number stays.
func TestCompleteQuotients(t *testing.T) {
	for said, want := range map[string]float64{"0.33333334": 1.0 / 3, "0.3": 0.3, "": math.NaN()} {
		got := completed(t, "view_id,view_start,rebuffer_duration,watch_time,rebuffer_percentage\na,1767225600000,1000,3000,"+said+"\n", "rebuffer_percentage")
		if n, ok := got["rebuffer_percentage"].(float64); ok != !math.IsNaN(want) || ok && n != want {
			t.Errorf("%q becomes %v, want %v", said, got, want)
		}
	}
	want := map[string]any{"seek_latency": 250.0, "rebuffer_percentage": 0.5, "rebuffer_frequency": 120.0, "upscale_percentage": 0.25, "ad_error_percentage": 0.5}
	got := completed(t, "view_id,view_start,rebuffer_duration,watch_time,rebuffer_count,view_seek_count,view_seek_duration,view_total_upscaling,view_total_content_playback_time,ad_error_count,ad_attempt_count\n"+
		"a,1767225600000,500,1000,2,2,500,100,400,1,2\n", "seek_latency", "rebuffer_percentage", "rebuffer_frequency", "upscale_percentage", "ad_error_percentage", "ad_break_error_percentage")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCompleteTimes: one time stands for the other, and the end is not before the start.
func TestCompleteTimes(t *testing.T) {
	for csv, want := range map[string][2]float64{
		"view_id,view_start\na,2026-01-01T00:00:00Z\n":                               {1767225600000, 1767225600000},
		"view_id,view_end\na,2026-01-01T00:00:00Z\n":                                 {1767225600000, 1767225600000},
		"view_id,view_start,view_end\na,2026-01-01T00:00:00Z,2025-01-01T00:00:00Z\n": {1767225600000, 1767225600000},
		"view_id,view_start,view_end\na,2026-01-01T00:00:00Z,2026-01-01T00:00:01Z\n": {1767225600000, 1767225601000},
	} {
		got := completed(t, csv, "view_start", "view_end", "inserted_at", "updated_at")
		if diff := cmp.Diff(map[string]any{"view_start": want[0], "view_end": want[1], "inserted_at": want[1], "updated_at": want[1]}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", csv, diff)
		}
	}
}

// TestCompleteViewers: a viewer is the customer's, or else that of the SDK.
func TestCompleteViewers(t *testing.T) {
	key := func(user, sdk string) any {
		return completed(t, "view_id,view_end,viewer_user_id,mux_viewer_id\na,1767225600000,"+user+","+sdk+"\n", "viewer_key")["viewer_key"]
	}
	if key("u", "m") != key("u", "n") || key("", "m") == key("", "n") || key("x", "") != key("", "x") || key("", "") != nil {
		t.Error("viewers are told apart by something else")
	}
}
