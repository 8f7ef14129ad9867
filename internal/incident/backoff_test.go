package incident

import (
	"errors"
	"testing"
	"time"
)

// TestNextAttempt has the waits as documented: 10 s, twice as long each time, an
// hour at most, for 24 hours. They double for 10+20+…+2560 = 5110 s, and after
// that there are 22 whole hours until 86,400 s.
func TestNextAttempt(t *testing.T) {
	var waits []time.Duration
	var sum time.Duration
	for attempts := 1; ; attempts++ {
		wait, again := nextAttempt(attempts, 0)
		if !again {
			break
		}
		waits = append(waits, wait)
		sum += wait
	}
	for i, want := range []time.Duration{10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600} {
		if waits[i] != want*time.Second {
			t.Errorf("wait %d is %s; want %s", i, waits[i], want*time.Second)
		}
	}
	if want := (5110 + 22*3600) * time.Second; len(waits) != 31 || sum != want {
		t.Errorf("%d waits of %s together; want 31 of %s", len(waits), sum, want)
	}
}

func TestAfterwards(t *testing.T) {
	failed := errors.New("failed")
	for name, test := range map[string]struct {
		err      error
		attempts int
		wait     time.Duration
		again    bool
	}{
		"first":                   {failed, 1, 10 * time.Second, true},
		"last":                    {failed, 32, 0, false},
		"permanent":               {&Failure{Err: failed, Permanent: true}, 1, 0, false},
		"asked for more":          {&Failure{Err: failed, RetryAfter: 5 * time.Minute}, 1, 5 * time.Minute, true},
		"asked for less":          {&Failure{Err: failed, RetryAfter: time.Second}, 3, 40 * time.Second, true},
		"asked for very much":     {&Failure{Err: failed, RetryAfter: 24 * time.Hour}, 1, time.Hour, true},
		"asked after the last":    {&Failure{Err: failed, RetryAfter: time.Minute}, 32, 0, false},
		"asked for nothing at it": {&Failure{Err: failed}, 2, 20 * time.Second, true},
	} {
		if wait, again := afterwards(test.err, test.attempts); wait != test.wait || again != test.again {
			t.Errorf("%s: %s, %t; want %s, %t", name, wait, again, test.wait, test.again)
		}
	}
}
