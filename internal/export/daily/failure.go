package daily

import (
	"context"
	"errors"
	"time"
)

const (
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
)

// failure is that something about a day failed.
type failure struct {
	pause time.Duration
	next  time.Time // when it is tried again
}

// may reports whether something about a day may be tried.
func (d *Daily) may(k key, now time.Time) bool {
	m := d.memories[k]
	if m == nil || m.failure == nil {
		return true
	}
	f := m.failure
	return !now.Before(f.next) || now.Before(f.next.Add(-f.pause)) // the clock was set back
}

// fail notes that a day failed, and when it is tried again.
func (d *Daily) fail(k key, what string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	m := d.memory(k)
	if m.failure == nil {
		m.failure = &failure{}
	}
	f := m.failure
	f.pause = min(max(2*f.pause, firstPause), longestPause)
	f.next = d.cfg.Clock().Add(f.pause)
	d.cfg.Logger.Error("exports of a day failed", "what", what, "environment", k.environment, "day", k.day, "again_in", f.pause, "err", err)
}
