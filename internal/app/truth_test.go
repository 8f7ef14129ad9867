package app

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"playhead/internal/enrich/mmdb"
	"playhead/internal/simulate"
)

// TestTruth plays viewers of whom everything is known against the whole
// server, and compares what the API says of them with plain sums over the
// truth: each view, and each figure over all views, by a dimension and by hour.
func TestTruth(t *testing.T) {
	views := fewer(400)
	c := startServerThatKnows(t, simulate.Networks())
	var told bytes.Buffer
	_, err := simulate.Run(t.Context(), simulate.Config{
		URL: c.app.Ingest(), EnvKey: "key", History: views, Past: 20 * time.Hour, World: simulate.World{Seed: 3}, Truth: &told,
		Client: http.DefaultClient, Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	truth := readTruth(t, &told)
	if len(truth) < views*9/10 { // some never play the video
		t.Fatalf("%d views have a truth, want most of %d", len(truth), views)
	}
	var all []known
	for _, row := range c.list(t, len(truth)) {
		o := get[map[string]any](t, c, "video-views/"+row.ID, nil)
		v, ok := truth[o["view_id"].(string)]
		if !ok {
			t.Fatalf("nobody played view %v", o["view_id"])
		}
		checkView(t, o, v)
		all = append(all, known{v, row.Start, row.End})
	}
	for i, f := range figures {
		t.Run(f.metric+" "+f.measurement, func(t *testing.T) { c.checkFigure(t, &f, dimensions[i%len(dimensions)], all) })
	}
}

// startServerThatKnows runs a server that knows where viewers are.
func startServerThatKnows(t *testing.T, networks []simulate.Network) *client {
	t.Helper()
	countries, systems := map[string]any{}, map[string]any{}
	for _, n := range networks {
		countries[n.Prefix.String()] = map[string]any{"country_code": n.Country}
		systems[n.Prefix.String()] = map[string]any{"autonomous_system_number": uint32(n.ASN)} //nolint:gosec // of 32 bits by definition
	}
	return startServer(t, func(cfg *Config) {
		cfg.GeoCountry, cfg.GeoASN = mmdb.Write(t, countries), mmdb.Write(t, systems)
		cfg.TrustedProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
}

// readTruth returns the truth about each view, by its id.
func readTruth(t *testing.T, told *bytes.Buffer) map[string]simulate.Truth {
	t.Helper()
	views, err := simulate.ReadTruth(told)
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]simulate.Truth{}
	for _, v := range views {
		truth[v.ViewID] = v
	}
	return truth
}

// known is a view with its truth, and the times that the list tells.
type known struct {
	simulate.Truth
	start, end time.Time
}

// checkView compares a view with its truth.
func checkView(t *testing.T, o map[string]any, v simulate.Truth) {
	t.Helper()
	checkFigures(t, o, v)
	for key, want := range map[string]int64{"view_start": v.Start, "view_end": v.End} {
		got, err := time.Parse(time.RFC3339, o[key].(string))
		// Whole seconds, and the time that a beacon takes to arrive.
		if err != nil || got.Sub(time.UnixMilli(want)).Abs() > 2*time.Second {
			t.Errorf("view %s: %s is %v, want %v", v.ViewID, key, o[key], time.UnixMilli(want).UTC())
		}
	}
	latency, ok := o["live_stream_latency"].(float64)
	if ok != (v.LiveLatency != nil) || ok && math.Abs(latency-float64(*v.LiveLatency)) > 500 { // by the corrected clock
		t.Errorf("view %s: the latency is %v, want %v", v.ViewID, o["live_stream_latency"], orNone(v.LiveLatency))
	}
}

// checkFigures compares what does not depend on the viewer's clock.
func checkFigures(t *testing.T, o map[string]any, v simulate.Truth) {
	t.Helper()
	for key, want := range expectedView(&v) {
		if got := o[key]; !equal(got, want) {
			t.Errorf("view %s: %s is %v, want %v", v.ViewID, key, got, want)
		}
	}
}

// equal compares a value of the API, which writes some numbers as texts, with
// an expected one.
func equal(got, want any) bool {
	n, ok := want.(float64)
	if !ok {
		return got == want
	}
	x, ok := got.(float64)
	if text, is := got.(string); is {
		_, err := fmt.Sscan(text, &x)
		ok = err == nil
	}
	return ok && math.Abs(x-n) <= 1e-6*max(1, math.Abs(n))
}

// expectedView is what the object of a view has to say.
func expectedView(v *simulate.Truth) map[string]any {
	return map[string]any{
		"mux_viewer_id": v.ViewerID, "viewer_user_id": orNull(v.UserID), "country_code": v.Country, "asn": float64(v.ASN),
		"viewer_connection_type": v.Connection, "viewer_device_category": v.Device, "viewer_application_name": orNull(v.Browser),
		"viewer_os_family": v.System, "player_name": v.Player, "player_version": v.Release, "player_software": v.Software,
		"video_id": v.VideoID, "video_title": v.VideoTitle, "video_series": orNull(v.Series), "video_stream_type": v.StreamType, "cdn": v.CDN,

		"time_to_first_frame": orNone(v.StartupTime), "view_content_startup_time": orNone(v.ContentStartupTime),
		"page_load_time": orNone(v.PageLoadTime), "player_startup_time": orNone(v.PlayerStartupTime),
		"watch_time": float64(v.WatchTime), "view_playing_time": float64(v.PlayingTime), "view_max_playhead_position": orZero(v.MaxPlayhead),
		"buffering_count": float64(v.RebufferCount), "buffering_duration": float64(v.RebufferTime),
		"used_captions": v.Captions, "used_fullscreen": v.Fullscreen, "view_seek_count": float64(v.SeekCount), "view_seek_duration": float64(v.SeekTime),
		"view_average_request_latency": rounded(v.RequestLatency), "view_max_request_latency": orNone(v.MaxLatency),
		"view_average_request_throughput": rounded(v.Throughput),

		"weighted_average_bitrate": orUnknown(v.Bitrate), "view_max_upscale_percentage": orUnknown(v.MaxUp), "view_max_downscale_percentage": orUnknown(v.MaxDown),
		"rendition_change_count": float64(v.Changes), "rendition_upshift_count": float64(v.Upshifts), "rendition_downshift_count": float64(v.Downshifts),

		"ad_attempt_count": float64(v.Attempts), "ad_impression_count": float64(v.Impressions), "ad_break_count": float64(v.Breaks),
		"ad_error_count": float64(v.AdErrors), "ad_break_error_count": float64(v.BreakErrors), "ad_startup_error_count": float64(v.StartupErrors),
		"ad_exit_before_start_count": float64(v.ExitsBeforeAd), "ad_preroll_startup_time": orNone(v.AdPrerollStartup),
		"video_startup_preroll_request_time": orNone(v.PrerollRequestTime), "video_startup_preroll_load_time": orNone(v.PrerollLoadTime),
		"requests_for_first_preroll": orNone(v.PrerollRequests),

		"playback_failure": v.Failure, "video_startup_failure": v.StartupFailure,
		"exit_before_video_start": v.ExitBeforeStart, "view_dropped": v.Dropped,
		"player_error_code": orNull(v.ErrorCode), "player_error_message": orNull(v.ErrorMessage),
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func orNone(n *int64) any {
	if n == nil {
		return nil
	}
	return float64(*n)
}

func orUnknown(n *float64) any {
	if n == nil {
		return nil
	}
	return *n
}

// rounded is a mean as the server keeps it.
func rounded(n *float64) any {
	if n == nil {
		return nil
	}
	return math.Round(*n)
}

// orZero is what players do not tell as long as it is 0.
func orZero(n int64) any {
	if n == 0 {
		return nil
	}
	return float64(n)
}
