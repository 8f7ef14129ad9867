package view

import (
	"math"
	"testing"
)

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s: got %v, want %v ± %v", what, got, want, tolerance)
	}
}

// The vectors of the next three tests are computed from the published formulas
// by other programs, and agree with published samples.

func TestStartupScore(t *testing.T) {
	for ms, want := range map[float64]float64{
		0: 1, 4: 0.9995002498750625, 400: 0.9523809523809523, 987: 0.8901746967842439, 1000: 0.8888888888888888,
		2000: 0.8, 4000: 0.6666666666666666, 8000: 0.5, 20000: 0.2857142857142857,
	} {
		within(t, "startup", StartupScore(ms), want, 1e-15)
	}
	within(t, "no startup", StartupScore(math.NaN()), math.NaN(), 0)
}

func TestSmoothnessScore(t *testing.T) {
	for in, want := range map[[2]float64]float64{
		{0, 0}: 1, {1, 286. / 6165}: 0.7616239310127363, {1, 5. / 300}: 0.870454457945265,
		{4, 60. / 1200}: 0.5268721276062956, {2, 0.02}: 0.7629187671322646, {10, 0.3}: 0.122951601753024,
	} {
		within(t, "smoothness", SmoothnessScore(in[0], in[1]), want, 1e-15)
	}
}

func TestQualityScore(t *testing.T) {
	for in, want := range map[[2]float64]float64{
		{0.5, 0.5}: 0.8478937040879159, {1, 0.2}: 0.8997844898987211, {2, 60. / 1230}: 0.8934338991291326,
		{3, 3}: 0.3715766910220457, {0, 0}: 1,
	} {
		within(t, "quality", QualityScore(in[0], in[1]), want, 1e-15)
	}
}

func TestPlaybackSuccess(t *testing.T) {
	for _, c := range []struct {
		name string
		v    Verdict
		want float64
	}{
		{"played", Verdict{Started: true, Waited: 100}, 1},
		{"failed after the start", Verdict{Failed: true, Started: true}, 0},
		{"failed before the start", Verdict{Failed: true}, 0},
		{"left after a second", Verdict{Exited: true, Waited: 1000}, 0.5},
		{"left within a second", Verdict{Exited: true, Waited: 999}, math.NaN()},
		{"business exception before the start", Verdict{}, math.NaN()},
	} {
		within(t, c.name, PlaybackSuccess(c.v), c.want, 0)
	}
}

func TestOverall(t *testing.T) {
	null := math.NaN()
	for _, c := range []struct {
		name                                  string
		success, smoothness, startup, quality float64
		want                                  float64
	}{
		{"all of them", 1, 1, StartupScore(1200), QualityScore(0.5, 0.1), 0.9423598181677627},
		{"worse", 1, SmoothnessScore(3, 0.04), StartupScore(2500), QualityScore(1, 0.4), 0.7233488446408307},
		{"failed", 0, 1, 1, 1, 0},
		{"exit", 0.5, null, null, null, 0.5},
		{"not judged", null, null, null, null, null},
		{"one component", 1, 0.8, null, null, 0.8},
		// (1.22·0.5 + 0.75·1) ÷ (1.22 + 0.75), with three times the weights.
		{"no startup", 1, 0.5, null, 1, 1.36 / 1.97},
	} {
		got := DefaultScoring().Overall(c.success, c.smoothness, c.startup, c.quality)
		within(t, c.name, got, c.want, 1e-12)
		within(t, c.name+", zero scoring", Scoring{}.Overall(c.success, c.smoothness, c.startup, c.quality), got, 0)
	}
}

// TestPower checks the mean of three equal pairs: whatever the weights, a
// power of −1 makes T(0.5, 1) with equal weights the harmonic mean 2/3.
func TestPower(t *testing.T) {
	s := Scoring{SmoothnessOverQuality: 0.5, SmoothnessOverStartup: 0.5, StartupOverQuality: 0.5, Power: -1}
	within(t, "harmonic", s.Overall(1, 0.5, 1, 1), (2./3+2./3+1)/3, 1e-12)
	within(t, "zero component", s.Overall(1, 0, 1, 1), 1./3, 1e-12)
}

func TestValidate(t *testing.T) {
	good := DefaultScoring()
	for _, s := range []Scoring{good, {}, {0, 1, 0.5, -2}} {
		if err := s.Validate(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	bad := []Scoring{good, good, good, good, good, good}
	bad[0].SmoothnessOverQuality = 1.01
	bad[1].SmoothnessOverStartup = -0.01
	bad[2].StartupOverQuality = math.NaN()
	bad[3].Power = 0
	bad[4].Power = math.Inf(1)
	bad[5].Power = math.NaN()
	for _, s := range bad {
		if s.Validate() == nil {
			t.Errorf("%+v is taken for valid", s)
		}
	}
}
