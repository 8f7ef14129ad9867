package export

import (
	"errors"
	"math"
	"strconv"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// Complete sets the columns of a view that its file does not have, as far as they
// follow from those that it has:
//
//   - the end or the start of the view is the other one, if one of them is missing, and the end is not before the start;
//   - viewer_key is that of viewer_user_id, else of mux_viewer_id;
//   - a business exception, a failure in an ad and a failure are those of which the file has the id of the error type, and a
//     failure is one where the playback success score is 0; in version 1, which has neither, each error is one;
//   - content_playback_failure is a failure that was not in an ad;
//   - watched is that there was a startup time or playing time; a startup failure and an exit before the start are
//     failures and no errors without it;
//   - error types are those of this server for the same code and message, so that errors of before and after are the
//     same type; where neither is known, they are those of the file. error_types is the type of the last error;
//   - seek_latency, rebuffer_percentage, rebuffer_frequency and the percentages of ads are the quotients that they are, also where the
//     file has the same number in fewer digits; upscale_percentage and downscale_percentage are the quotients where they are missing;
//   - aggregate_startup_time, which only views that autoplay have, is page_load_time, player_startup_time and video_startup_time
//     together, if all three are known: less than what players measure by the time between the view's start and the request to play;
//   - before version 3 playing_time is watch_time without startup, rebuffering and seeks, of views that were watched;
//   - in version 1 the scores are those of the published formulas;
//   - the first and the last event are received at the end of the view.
//
// It fails if the view has no time at all, or no id.
func (i *Imported) Complete(scoring view.Scoring) error {
	if i.ViewID == "" {
		return errors.New("view_id is missing")
	}
	c := completion{i.View, i}
	if err := c.times(); err != nil {
		return err
	}
	if viewer := cmpOr(c.text("viewer_user_id"), c.text("mux_viewer_id")); viewer != "" {
		c.set("viewer_key", view.ViewerKey(viewer))
	}
	if c.lacks("watched") {
		c.set("watched", bit(c.positive("playing_time") || c.known("video_startup_time")))
	}
	c.failures()
	c.errorTypes()
	c.quotients()
	c.playing()
	c.scores(scoring)
	return nil
}

// cmpOr is the first text that is not empty.
func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// completion completes a view, by the names of the catalogue.
type completion struct {
	v *view.View
	i *Imported
}

func (c completion) number(name string) (float64, bool) { return c.v.Number(catalog.MustColumn(name)) }

func (c completion) text(name string) string { return c.v.Text(catalog.MustColumn(name)) }

func (c completion) known(name string) bool { _, ok := c.number(name); return ok }

func (c completion) positive(name string) bool { n, _ := c.number(name); return n > 0 }

// set sets a number, if it is one that the column can hold.
func (c completion) set(name string, n float64) { c.v.Take(catalog.MustColumn(name), n) }

// lacks reports whether a column is to be completed: it is not in the file.
func (c completion) lacks(name string) bool {
	return c.i.says != nil && !c.i.says[catalog.MustColumn(name)] && !c.known(name)
}

func bit(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (c completion) times() error {
	start, started := c.number("view_start")
	end, ended := c.number("view_end")
	switch {
	case !started && !ended:
		return errors.New("view_start and view_end are missing")
	case !started:
		start = end
	case !ended:
		end = start
	}
	c.set("view_start", start)
	c.set("view_end", math.Max(start, end))
	for _, name := range []string{"inserted_at", "updated_at"} {
		if !c.known(name) {
			c.set(name, math.Max(start, end))
		}
	}
	return nil
}

// failures sets how the view went.
func (c completion) failures() {
	for flag, id := range map[string]string{
		"playback_business_exception":      "playback_business_exception_error_type_id",
		"video_startup_business_exception": "video_startup_business_exception_error_type_id",
		"ad_playback_failure":              "ad_playback_failure_error_type_id",
	} {
		if c.lacks(flag) {
			c.set(flag, bit(c.known(id)))
		}
	}
	if c.lacks("playback_failure") {
		success, judged := c.number("playback_success_score")
		failed := c.known("playback_failure_error_type_id") || judged && success == 0
		if c.lacks("playback_failure_error_type_id") && c.lacks("playback_success_score") {
			failed = c.hasError()
		}
		c.set("playback_failure", bit(failed))
	}
	failed, inAd, watched := c.positive("playback_failure"), c.positive("ad_playback_failure"), c.positive("watched")
	if c.lacks("content_playback_failure") {
		c.set("content_playback_failure", bit(failed && !inAd))
	}
	if c.lacks("video_startup_failure") {
		c.set("video_startup_failure", bit(failed && !watched))
	}
	if c.lacks("exit_before_video_start") {
		c.set("exit_before_video_start", bit(!watched && !failed && !c.positive("playback_business_exception")))
	}
}

// hasError reports whether a view has an error, of any kind.
func (c completion) hasError() bool {
	return c.positive("error_type_id") || c.text("player_error_code") != "" || c.text("player_error_message") != ""
}

// errorTypes has the types of errors be those of this server.
func (c completion) errorTypes() {
	code, message := c.text("player_error_code"), c.text("player_error_message")
	of, known := c.number("error_type_id")
	if code == "" && message == "" {
		return
	}
	ours := float64(view.ErrorTypeID(code, message))
	c.set("error_type_id", ours)
	business := false
	for _, name := range []string{
		"playback_failure_error_type_id", "playback_business_exception_error_type_id",
		"video_startup_business_exception_error_type_id", "ad_playback_failure_error_type_id",
	} {
		if id, ok := c.number(name); ok && known && id == of {
			c.set(name, ours)
			business = business || name == "playback_business_exception_error_type_id"
		}
	}
	if c.positive("playback_failure") && c.lacks("playback_failure_error_type_id") {
		c.set("playback_failure_error_type_id", ours)
	}
	if types := catalog.MustColumn("error_types"); c.v.Text(types) == "" {
		element := view.JoinParts(strconv.FormatFloat(ours, 'f', -1, 64), "fatal", strconv.FormatBool(business), code, message)
		c.v.SetText(types, view.JoinList([]string{element}))
	}
}

// quotients sets what is one number over another.
func (c completion) quotients() {
	for _, q := range []struct {
		name, of, over string
		unit           float64 // the second number is in so many of the first one's
		exact          bool    // whatever the file has, if it is about the same
	}{
		{"seek_latency", "view_seek_duration", "view_seek_count", 1, true},
		{"rebuffer_percentage", "rebuffer_duration", "watch_time", 1, true},
		{"rebuffer_frequency", "rebuffer_count", "watch_time", 60_000, true},
		{"ad_error_percentage", "ad_error_count", "ad_attempt_count", 1, true},
		{"ad_break_error_percentage", "ad_break_error_count", "ad_break_count", 1, true},
		{"ad_startup_error_percentage", "ad_startup_error_count", "ad_attempt_count", 1, true},
		{"ad_exit_before_start_percentage", "ad_exit_before_start_count", "ad_attempt_count", 1, true},
		{"upscale_percentage", "view_total_upscaling", "view_total_content_playback_time", 1, false},
		{"downscale_percentage", "view_total_downscaling", "view_total_content_playback_time", 1, false},
	} {
		of, ok := c.number(q.of)
		over, okOver := c.number(q.over)
		if !ok || !okOver || over <= 0 {
			continue
		}
		quotient := of / (over / q.unit)
		said, known := c.number(q.name)
		if c.lacks(q.name) || known && q.exact && about(said, quotient) {
			c.set(q.name, quotient)
		}
	}
}

// about reports whether numbers are the same but for the digits that 32 bits have.
func about(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

// playing sets times that follow from others.
func (c completion) playing() {
	if autoplay := c.positive("player_autoplay"); autoplay && c.lacks("aggregate_startup_time") {
		sum := 0.0
		for _, name := range []string{"page_load_time", "player_startup_time", "video_startup_time"} {
			n, _ := c.number(name) // NaN if it is not known, and so is the sum
			sum += n
		}
		c.set("aggregate_startup_time", sum)
	}
	watched, ok := c.number("watch_time")
	if !ok || !c.lacks("playing_time") {
		return
	}
	for _, name := range []string{"video_startup_time", "rebuffer_duration", "view_seek_duration"} {
		if n, ok := c.number(name); ok {
			watched -= n
		}
	}
	if !c.positive("watched") {
		watched = 0
	}
	c.set("playing_time", math.Max(0, watched))
}

// scores sets the scores of files that have none.
func (c completion) scores(scoring view.Scoring) {
	if !c.lacks("viewer_experience_score") || !c.lacks("playback_success_score") || !c.lacks("rebuffer_score") {
		return
	}
	watch, _ := c.number("watch_time")
	success := view.PlaybackSuccess(view.Verdict{
		Failed: c.positive("playback_failure"), Exited: c.positive("exit_before_video_start"), Started: c.positive("watched"), Waited: watch,
	})
	smoothness, startup, quality := math.NaN(), math.NaN(), math.NaN()
	if c.positive("watched") {
		if ms, ok := c.number("video_startup_time"); ok {
			startup = view.StartupScore(ms)
		}
		if share, ok := c.number("rebuffer_percentage"); ok {
			count, _ := c.number("rebuffer_count")
			smoothness = view.SmoothnessScore(count, share)
		}
		most, ok := c.number("max_upscale_percentage")
		if mean, okMean := c.number("upscale_percentage"); ok && okMean {
			quality = view.QualityScore(most, mean)
		}
	}
	c.set("playback_success_score", success)
	c.set("rebuffer_score", smoothness)
	c.set("startup_time_score", startup)
	c.set("video_quality_score", quality)
	c.set("viewer_experience_score", scoring.Overall(success, smoothness, startup, quality))
}
