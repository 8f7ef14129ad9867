package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// listed is a view in the list.
type listed struct {
	ID        string   `json:"id"`
	System    *string  `json:"viewer_os_family"`
	Browser   *string  `json:"viewer_application_name"`
	Title     *string  `json:"video_title"`
	Total     int      `json:"total_row_count"`
	Message   *string  `json:"player_error_message"`
	Code      *string  `json:"player_error_code"`
	ErrorType *float64 `json:"error_type_id"`
	Country   *string  `json:"country_code"`
	Start     string   `json:"view_start"`
	End       string   `json:"view_end"`
	Score     *float64 `json:"viewer_experience_score"`
	Watch     float64  `json:"watch_time"`
	Failure   bool     `json:"playback_failure"`
}

// askLists reads the list in pages, both ways, by viewer and by error.
func askLists(t *testing.T, w *world, random *rand.Rand) {
	checkList(t, w, everything(), 1000, "")
	checkList(t, w, everything(), 900, "asc")
	for range 15 {
		checkList(t, w, w.filtered(random), 5+random.IntN(200), []string{"", "asc", "desc"}[random.IntN(3)])
	}
	for range 30 {
		v := w.views[random.IntN(len(w.views))]
		for _, id := range []string{v.user, v.sdk} {
			if id != "" {
				s := w.window(random)
				s.query.Set("viewer_id", id)
				s.match = append(s.match, func(v *view) bool { return v.user == id || v.sdk == id })
				checkList(t, w, s, 100, "")
			}
		}
	}
	for _, kind := range slices.Concat(failures, exceptions, warnings) {
		id := w.types[kind.kind()]
		s := w.window(random)
		s.query.Set("error_id", strconv.FormatInt(id, 10))
		same := func(k errorKind) bool { return k.kind() == kind.kind() }
		s.match = append(s.match, func(v *view) bool { return slices.ContainsFunc(v.errors, same) }) // warnings too
		checkCount(t, w, s)
		filter := w.filtered(random)
		filter.query.Add("filters[]", "error_type_id:"+strconv.FormatInt(id, 10))
		filter.match = append(filter.match, func(v *view) bool { return v.fatal != nil && same(*v.fatal) })
		checkCount(t, w, filter)
	}
	failed := w.filtered(random)
	failed.query.Set("error_id", "any")
	failed.match = append(failed.match, func(v *view) bool { return v.fatal != nil })
	checkList(t, w, failed, 1000, "")
	checkViews(t, w, random)
}

// checkList reads all pages of a list, at most six of them.
func checkList(t *testing.T, w *world, s *scope, limit int, direction string) {
	t.Helper()
	want := slices.SortedFunc(slices.Values(s.within(w.views, byEnd)), func(a, b *view) int {
		if direction == "asc" {
			a, b = b, a
		}
		return int(b.end - a.end)
	})
	for page := 1; page <= 7; page++ {
		a, q := get[[]listed](t, w, "video-views", s.with("limit", strconv.Itoa(limit), "page", strconv.Itoa(page), "order_direction", direction))
		rest := want[min(len(want), (page-1)*limit):min(len(want), page*limit)]
		if a.Total == nil || *a.Total != len(want) || len(a.Data) != len(rest) {
			t.Errorf("%s: %d rows, total %v; want %d and %d", q, len(a.Data), pointee(a.Total), len(rest), len(want))
			return
		}
		for i, row := range a.Data {
			checkListed(t, w, q, row, rest[i], len(want))
		}
		if len(rest) == 0 {
			return
		}
	}
}

// checkListed compares a row with the truth.
func checkListed(t *testing.T, w *world, q asked, got listed, v *view, total int) {
	t.Helper()
	want := listed{
		ID: got.ID, System: optional(v.dims["operating_system"]), Browser: optional(v.dims["browser"]), Title: optional(v.dims["video_title"]),
		Total: total, Country: optional(v.dims["country"]), Start: got.Start, End: got.End,
		Watch: v.value("watch_time"), Failure: v.dims["playback_failure"] == "true", Score: got.Score,
	}
	if v.fatal != nil {
		id := float64(w.types[v.fatal.kind()])
		want.Message, want.ErrorType, want.Code = optional(v.fatal.message), &id, optional(v.dims["player_error_code"])
	}
	if show(got) != show(want) || !near(number(got.Score), v.value("viewer_experience_score"), 1e-7) {
		t.Errorf("%s: view %s: %s, score %v; want %s, score %v", q, v.id, show(got), number(got.Score), show(want), v.value("viewer_experience_score"))
	}
	checkTime(t, q, "view_start", got.Start, v.start)
	checkTime(t, q, "view_end", got.End, v.end)
}

// checkTime compares a time of whole seconds with one that is known but for
// the time that a beacon takes.
func checkTime(t *testing.T, q asked, what, got string, want int64) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, got)
	if late := at.UnixMilli() - want; err != nil || late < -1000 || late > 5000 {
		t.Errorf("%s: %s is %s, want %s", q, what, got, time.UnixMilli(want).UTC().Format(time.RFC3339Nano))
	}
}

// show writes a row without what is compared in other ways.
func show(l listed) string {
	return text(l.System) + "|" + text(l.Browser) + "|" + text(l.Title) + "|" + strconv.Itoa(l.Total) + "|" + text(l.Message) + "|" +
		text(l.Code) + "|" + fmt.Sprint(number(l.ErrorType)) + "|" + text(l.Country) + "|" + strconv.FormatFloat(l.Watch, 'f', -1, 64) + "|" + strconv.FormatBool(l.Failure)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// checkViews reads some views as a whole.
func checkViews(t *testing.T, w *world, random *rand.Rand) {
	for range 60 {
		v := w.views[random.IntN(len(w.views))]
		got, err := harness.FindView(w.server, v.id)
		if err != nil {
			t.Error(err)
			continue
		}
		for key, name := range viewNumbers {
			x, ok, err := got.Number(key)
			want := v.value(name)
			if err != nil || ok != known(want) || ok && !near(x, want, metricOf(name).slack) {
				t.Errorf("view %s: %s is %v (%v); want %v", v.id, key, got[key], err, want)
			}
		}
		for key, dimension := range viewTexts {
			if value, _ := got[key].(string); value != v.dims[dimension] {
				t.Errorf("view %s: %s is %v; want %q", v.id, key, got[key], v.dims[dimension])
			}
		}
	}
}

// viewNumbers are members of a view that are numbers, or texts that hold one,
// and the metrics that they are values of.
var viewNumbers = map[string]string{
	"time_to_first_frame": "video_startup_time", "view_content_startup_time": "view_content_startup_time",
	"ad_preroll_startup_time": "ad_preroll_startup_time", "player_startup_time": "player_startup_time", "page_load_time": "page_load_time",
	"buffering_count": "rebuffer_count", "buffering_duration": "rebuffer_duration", "rebuffer_percentage": "rebuffer_percentage",
	"view_playing_time": "playing_time", "ad_attempt_count": "ad_attempt_count", "ad_error_percentage": "ad_error_percentage",
	"viewer_experience_score": "viewer_experience_score", "playback_score": "playback_success_score", "startup_score": "startup_time_score",
	"rebuffering_score": "rebuffer_score", "quality_score": "video_quality_score", "weighted_average_bitrate": "weighted_average_bitrate",
	"view_average_request_latency": "request_latency", "view_average_request_throughput": "request_throughput",
	"live_stream_latency": "live_stream_latency", "view_max_upscale_percentage": "max_upscale_percentage",
	"rendition_change_count": "rendition_change_count",
}

// viewTexts are members of a view that are dimensions.
var viewTexts = map[string]string{
	"video_title": "video_title", "custom_1": "custom_1", "country_code": "country", "cdn": "cdn", "player_error_code": "player_error_code",
	"viewer_os_family": "operating_system", "viewer_user_id": "viewer_user_id", "video_codec": "video_codec",
}
