package view

import (
	"fmt"
	"math"
)

// Scoring holds the parameters of the overall score: for each pair of
// components the weight of the first one in their trade-off, from 0 to 1, and
// the power of the mean that joins them. The zero value stands for
// [DefaultScoring].
//
// Scores are from 0 to 1, where 1 is the best; NaN stands for null. The four
// component formulas are published; how they make the overall score is not, so
// this is our approximation of it. A view keeps its scores rounded to 32-bit
// floats, as the service that we are compatible with seems to: only then do
// means over its sample data agree with the means that it reports to the last
// digit. The functions here do not round.
type Scoring struct {
	SmoothnessOverQuality float64
	SmoothnessOverStartup float64
	StartupOverQuality    float64

	// Power is the exponent p of T(a, b) = (w·aᵖ + (1−w)·bᵖ)^(1/p). With 1 the
	// trade-offs are linear; below 1 the worse component counts for more.
	Power float64
}

// DefaultScoring is our approximation of the unpublished trade-off: linear,
// with weights of 0.4067 for smoothness, 0.3433 for startup and 0.25 for
// quality in all. It agrees with the published sample within 4·10⁻⁵.
func DefaultScoring() Scoring {
	return Scoring{SmoothnessOverQuality: 0.65, SmoothnessOverStartup: 0.57, StartupOverQuality: 0.60, Power: 1}
}

// Validate returns an error that names the setting that is out of range.
func (s Scoring) Validate() error {
	if s == (Scoring{}) {
		return nil
	}
	for _, w := range []struct {
		name  string
		value float64
	}{
		{"score-smoothness-quality", s.SmoothnessOverQuality},
		{"score-smoothness-startup", s.SmoothnessOverStartup},
		{"score-startup-quality", s.StartupOverQuality},
	} {
		if !(w.value >= 0 && w.value <= 1) {
			return fmt.Errorf("%s is %v: want 0 to 1", w.name, w.value)
		}
	}
	if s.Power == 0 || math.IsNaN(s.Power) || math.IsInf(s.Power, 0) {
		return fmt.Errorf("score-power is %v: want a finite number other than 0", s.Power)
	}
	return nil
}

// StartupScore is the startup time score of a startup time in ms:
// 8 / (8 + seconds).
func StartupScore(startup float64) float64 {
	if !(startup >= 0) {
		return math.NaN()
	}
	return 8 / (8 + startup/1000)
}

// SmoothnessScore is the smoothness score of a number of rebuffering intervals
// and their share of the watch time: the mean of 1/√(1+(count/2)²) and
// exp(−10·share).
func SmoothnessScore(count, share float64) float64 {
	half := count / 2
	return (1/math.Sqrt(1+half*half) + math.Exp(-10*share)) / 2
}

// QualityScore is the video quality score of the largest and the mean
// upscaling, both as fractions: exp(−0.33·(0.15·largest + 0.85·mean)).
func QualityScore(largest, mean float64) float64 {
	return math.Exp(-0.33 * (0.15*largest + 0.85*mean))
}

// Verdict is how a view went, as far as playback success is concerned.
type Verdict struct {
	Failed  bool    // a fatal error that is no business exception
	Exited  bool    // left before the first frame, without a fatal error
	Started bool    // a first frame was shown
	Waited  float64 // watch time in ms
}

// PlaybackSuccess is the playback success score: 0 for a failure, 0.5 for an
// exit after a second or more, 1 for a view that started. All else is not
// judged and null: an exit within a second, a business exception before the
// first frame, a view that is still starting.
func PlaybackSuccess(v Verdict) float64 {
	switch {
	case v.Failed:
		return 0
	case v.Exited && v.Waited >= 1000:
		return 0.5
	case v.Started:
		return 1
	}
	return math.NaN()
}

// Overall is the viewer experience score: playback success times the mean of
// the three trade-offs. A component that is null is left out and the weights
// of the others are scaled up; without any component the score is the playback
// success itself.
func (s Scoring) Overall(success, smoothness, startup, quality float64) float64 {
	if s == (Scoring{}) {
		s = DefaultScoring()
	}
	if math.IsNaN(success) || success == 0 {
		return success
	}
	var sum, weights float64
	for _, p := range [...]struct{ a, b, w float64 }{
		{smoothness, quality, s.SmoothnessOverQuality},
		{smoothness, startup, s.SmoothnessOverStartup},
		{startup, quality, s.StartupOverQuality},
	} {
		value, weight := s.tradeOff(p.a, p.b, p.w)
		sum += value * weight
		weights += weight
	}
	if weights == 0 {
		return success
	}
	return success * sum / weights
}

// tradeOff joins two components, and returns how much the result weighs: less
// than 1 if a component is missing.
func (s Scoring) tradeOff(a, b, w float64) (value, weight float64) {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0, 0
	case math.IsNaN(b):
		return a, w
	case math.IsNaN(a):
		return b, 1 - w
	case s.Power == 1:
		return w*a + (1-w)*b, 1
	}
	return math.Pow(w*math.Pow(a, s.Power)+(1-w)*math.Pow(b, s.Power), 1/s.Power), 1
}
