package incident

import (
	"testing"
	"time"
)

// TestImpact has the words of samples of the compatible API, and those for one view.
func TestImpact(t *testing.T) {
	for _, c := range []struct {
		affected, perHour int64
		open              bool
		want              string
	}{
		{30, 60, true, "*30 views* have been affected so far at a rate of *60 per hour*"},
		{71, 29, false, "*71 views* were affected at a rate of *29 per hour*"},
		{0, 0, false, "*0 views* were affected at a rate of *0 per hour*"},
		{1, 2, true, "*1 view* has been affected so far at a rate of *2 per hour*"},
		{1, 1, false, "*1 view* was affected at a rate of *1 per hour*"},
	} {
		if got := Impact(c.affected, c.perHour, c.open); got != c.want {
			t.Errorf("%d views, open %v: %q, want %q", c.affected, c.open, got, c.want)
		}
	}
}

// TestPerHour has the figures of the recorded incidents, rounding at a half, and
// times of less than a second.
func TestPerHour(t *testing.T) {
	for _, c := range []struct {
		affected int64
		in       time.Duration
		want     int64
	}{
		{59, 47*time.Minute + 30*time.Second, 75}, // 74.53
		{97, 90 * time.Minute, 65},                // 64.67
		{100, 28 * time.Second, 12857},            // 12857.1
		{71, 8778 * time.Second, 29},              // 29.12
		{9, 2 * time.Hour, 5},
		{1, 2 * time.Hour, 1},
		{1, 2*time.Hour + time.Second, 0},
		{2, 0, 7200},
		{2, time.Millisecond, 7200},
		{0, 0, 0},
	} {
		from := time.Date(2021, 1, 5, 9, 4, 46, 0, time.UTC)
		if got := PerHour(c.affected, from, from.Add(c.in)); got != c.want {
			t.Errorf("%d in %s: %d, want %d", c.affected, c.in, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, views int64
		want        float64
	}{{59, 1000, 5.9}, {97, 100, 97}, {100, 100, 100}, {1, 3, 33.3333}, {2, 3, 66.6667}, {0, 0, 0}, {0, 7, 0}} {
		if got := Percent(c.part, c.views); got != c.want {
			t.Errorf("%d of %d: %v, want %v", c.part, c.views, got, c.want)
		}
	}
}
