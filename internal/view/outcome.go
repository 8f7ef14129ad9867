package view

import "math"

// success sets how the view went, and its errors.
func (m *account) success(v *View, f facts) {
	e := &m.story.failures
	flag(v, "exit_before_video_start", m.exited(f))
	flag(v, "playback_failure", e.failed != nil)
	flag(v, "video_startup_failure", e.startup)
	flag(v, "content_playback_failure", e.content)
	flag(v, "ad_playback_failure", e.inAd != nil)
	flag(v, "playback_business_exception", e.business != nil)
	flag(v, "video_startup_business_exception", e.starting != nil)
	flag(v, "view_dropped", f.dropped)
	if e.last != nil {
		setText(v, "player_error_code", e.last.code)
		setText(v, "player_error_message", e.last.message)
		setText(v, "player_error_context", e.last.context)
	}
	setType(v, "error_type_id", e.last)
	setType(v, "playback_failure_error_type_id", e.failed)
	setType(v, "playback_business_exception_error_type_id", e.business)
	setType(v, "video_startup_business_exception_error_type_id", e.starting)
	setType(v, "ad_playback_failure_error_type_id", e.inAd)
}

// exited reports whether the viewer left before the first frame. A view that
// is still open may yet show one.
func (m *account) exited(f facts) bool {
	return m.started && f.over && !f.firstFrame && !f.programme && m.story.failures.last == nil
}

// scores sets the five scores. Components of a view without a first frame are
// null, and so is quality where no scaling was measured.
func (m *account) scores(v *View, f facts) {
	success := PlaybackSuccess(Verdict{
		Failed: m.story.failures.failed != nil, Exited: m.exited(f), Started: f.firstFrame, Waited: f.watch,
	})
	smoothness, startup, quality := math.NaN(), math.NaN(), math.NaN()
	if f.firstFrame {
		startup = StartupScore(f.startup)
		if f.watch > 0 {
			smoothness = SmoothnessScore(f.rebuffers, f.rebuffered/f.watch)
		}
		if s := m.scales(); s.ms > 0 {
			quality = QualityScore(s.maxUp, s.up/s.ms)
		}
	}
	setScore(v, "playback_success_score", success)
	setScore(v, "rebuffer_score", smoothness)
	setScore(v, "startup_time_score", startup)
	setScore(v, "video_quality_score", quality)
	setScore(v, "viewer_experience_score", m.scoring.Overall(success, smoothness, startup, quality))
}

// setScore sets a score as views keep it; see [Scoring] on the rounding.
func setScore(v *View, name string, score float64) { set(v, name, float64(float32(score))) }

func setType(v *View, name string, f *failure) {
	if f != nil {
		set(v, name, float64(f.typeID()))
	}
}
