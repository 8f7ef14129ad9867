package daily

import "playhead/internal/export"

// States are the states of the days of an environment that have files or will have
// some, by day, as of the last round. Before the first there are none.
func (d *Daily) States(environmentID string) map[string]export.DayState {
	states := map[string]export.DayState{}
	if all := d.states.Load(); all != nil {
		for k, s := range *all {
			if k.environment == environmentID {
				states[k.day] = s
			}
		}
	}
	return states
}

// tell shows what became of each day in a round: of days about which something failed,
// that.
func (d *Daily) tell(states map[key]export.DayState) {
	for k, m := range d.memories {
		if m.failure != nil {
			states[k] = export.DayFailing
		}
	}
	d.states.Store(&states)
}
