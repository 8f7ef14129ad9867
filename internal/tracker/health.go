package tracker

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// health is what keeps a tracker from going on, if anything does.
type health struct {
	mu          sync.Mutex
	committing  time.Time // since when the commit that is under way has been tried; zero when none is
	commitErr   error     // of its last attempt
	lastCommit  time.Time // when the last one succeeded; zero before the first
	unreadable  time.Time // since when the journal cannot be read; zero when it can
	readErr     error
	readFailure int // in a row
}

// commit notes that a commit begins.
func (h *health) commit(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.committing, h.commitErr = now, nil
}

// committed notes what became of an attempt to commit.
func (h *health) committed(err error, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.commitErr = err; err == nil {
		h.committing, h.lastCommit = time.Time{}, now
	}
}

// read notes what became of an attempt to read, and returns how many have failed
// in a row.
func (h *health) read(err error, now time.Time) (failures int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readErr = err
	switch {
	case err == nil:
		h.unreadable, h.readFailure = time.Time{}, 0
	case h.unreadable.IsZero():
		h.unreadable, h.readFailure = now, 1
	default:
		h.readFailure++
	}
	return h.readFailure
}

// running is how long the commit that is under way has been.
func (h *health) running(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.committing.IsZero() {
		return 0
	}
	return now.Sub(h.committing)
}

// Stuck says what has kept the tracker from going on for at least a time, or nil.
// Views are not updated meanwhile; beacons wait in the journal.
func (t *Tracker) Stuck(atLeast time.Duration) error {
	h, now := &t.health, t.cfg.Clock()
	h.mu.Lock()
	defer h.mu.Unlock()
	commit, read := now.Sub(h.committing), now.Sub(h.unreadable)
	switch {
	case !h.unreadable.IsZero() && read >= atLeast:
		return fmt.Errorf("the journal has not been readable for %s: %w", read.Round(time.Second), h.readErr)
	case h.committing.IsZero() || commit < atLeast:
		return nil
	case h.commitErr != nil:
		return fmt.Errorf("the commit of views has been failing for %s: %w", commit.Round(time.Second), h.commitErr)
	}
	return fmt.Errorf("the commit of views has been running for %s", commit.Round(time.Second))
}

// registerHealth shows how far the tracker is behind, and since when.
func (t *Tracker) registerHealth(reg prometheus.Registerer) {
	for _, g := range []struct {
		name, help string
		read       func() float64
	}{
		{
			"commit_running_seconds", "Time since the commit of views that is under way was begun, failed attempts included; 0 when none is.",
			func() float64 { return t.health.running(t.cfg.Clock()).Seconds() },
		},
		{"last_commit_time_seconds", "When the last commit of views succeeded, in seconds since 1970; 0 before the first.", func() float64 {
			t.health.mu.Lock()
			defer t.health.mu.Unlock()
			if t.health.lastCommit.IsZero() {
				return 0
			}
			return float64(t.health.lastCommit.UnixMilli()) / 1000
		}},
		{"behind_records", "Records of the journal that have not been folded.", func() float64 { return float64(t.behind()) }},
		{
			"behind_seconds", "Age of the last record folded, if it is not the last one of the journal; 0 otherwise.",
			func() float64 { return t.Load().Behind.Seconds() },
		},
	} {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "playhead_tracker_" + g.name, Help: g.help}, g.read))
	}
}

// behind is how many records of the journal have not been folded.
func (t *Tracker) behind() int64 {
	_, next := t.cfg.Log.Bounds()
	return max(0, next-t.read.Load())
}

// Load is what a tracker has to do.
type Load struct {
	BehindRecords int64         // of the journal that have not been folded
	Behind        time.Duration // age of the last record folded, if there are such; else 0
	OpenViews     int           // views that are not final
	RunningViews  int           // of them, views that are not complete
}

// Load tells what the tracker has to do now.
func (t *Tracker) Load() Load {
	l := Load{BehindRecords: t.behind(), RunningViews: int(t.running.Load()), OpenViews: int(t.waiting.Load())}
	if l.BehindRecords > 0 {
		l.Behind = max(0, t.cfg.Clock().Sub(time.UnixMilli(t.now.Load())))
	}
	return l
}
