package incident

import (
	"encoding/json"
	"fmt"
	"slices"

	"playhead/internal/query"
)

// Restore has the watcher go on from what [Watcher.Take] wrote. Nothing at all is
// what a watcher of a new rule remembers.
func (w *Watcher) Restore(state []byte) error {
	if len(state) == 0 {
		return nil
	}
	var was watched
	if err := json.Unmarshal(state, &was); err != nil {
		return fmt.Errorf("read what is known of rule %s: %w", w.rule.ID, err)
	}
	if was.Due <= 0 || was.Due%query.TickEvery != 0 {
		return fmt.Errorf("read what is known of rule %s: %d is no tick", w.rule.ID, was.Due)
	}
	w.watched, w.taken = was, was.Due
	return nil
}

// Take is what has happened since the last call, and what there is to be remembered
// now. That is dirty if it has to be written down: what has happened since the last
// time that it was follows from the moments, and a watcher that is restored takes
// them again.
func (w *Watcher) Take() (changes []Change, state []byte, dirty bool) {
	changes, w.changes = w.changes, nil
	ahead := w.Due - w.taken
	if len(changes) == 0 && ahead < rememberEvery && ahead >= 0 {
		return nil, nil, false
	}
	state, err := json.Marshal(w.watched)
	if err != nil {
		panic(fmt.Sprintf("BUG: incident: state of rule %s: %v", w.rule.ID, err)) // numbers are known, and so finite
	}
	w.taken = w.Due
	return slices.Clip(changes), state, true
}
