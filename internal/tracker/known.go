package tracker

import "time"

// standsStill is how long no record comes at most, while somebody watches and the
// journal takes records: a tick comes after a second, or soon after.
const standsStill = 3 * time.Second

// Known is until when the tracker knows, at a time, what players have told: until
// then, as a rule. If it does not go on, as the store takes nothing, or the journal
// takes no beacons, or there are more of them than it can fold, it is until about
// the time of the last record folded. What comes after that must not be taken for
// the silence of viewers.
func (t *Tracker) Known(now time.Time) time.Time {
	// The order matters: the time of a record is stored before idle and running change.
	waits := t.idle.Load()
	nobody := t.running.Load() == 0
	if waits != 0 && (nobody || now.UnixMilli()-waits <= standsStill.Milliseconds()) {
		return now
	}
	if known := time.UnixMilli(t.now.Load()).Add(standsStill); known.Before(now) {
		return known
	}
	return now
}

// waits notes that the tracker has folded all records that there are.
func (t *Tracker) waits() {
	if t.idle.Load() == 0 {
		t.idle.Store(t.cfg.Clock().UnixMilli())
	}
}

// works notes that there may be records that it has not folded.
func (t *Tracker) works() { t.idle.Store(0) }
