package tracker

import (
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// MaxInProgress is the most views that [Tracker.InProgress] returns: those that
// were heard of last.
const MaxInProgress = 10_000

// View finds a view that is not final, by its id or by that of the player's SDK,
// as it is now and with its timeline. It is as new as the store's or newer. Until the
// journal has been read up to where the store stands there are none.
func (t *Tracker) View(environment, id string) (*view.View, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.fold.open.byKey[key{environment, id}]
	if own, err := view.ParseID(id); v == nil && err == nil {
		v = t.fold.open.byID[own]
	}
	if v == nil || v.key.environment != environment || !v.machine.Started() || !t.isCurrent() {
		return nil, false
	}
	return t.look(v, (*view.Machine).View)
}

// InProgress returns the views of an environment that are not complete, as they
// are now and without their timelines, those heard of last first.
func (t *Tracker) InProgress(environment string) []*view.View {
	var list []*view.View
	t.each(environment, func(v *openView) bool {
		if summary, ok := t.look(v, (*view.Machine).Summary); ok {
			list = append(list, summary)
		}
		return len(list) < MaxInProgress
	})
	return list
}

// Watching counts the views of an environment that are not complete and have a
// value in a Text column, and their viewers. Views of whose viewer nothing is
// known are each taken for one.
func (t *Tracker) Watching(environment string, c *catalog.Column, value string) (views, viewers int) {
	known := map[string]bool{}
	t.each(environment, func(v *openView) bool {
		if v.machine.Text(c) != value {
			return true
		}
		views++
		if viewer := v.machine.Viewer(); viewer != "" {
			known[viewer] = true
		} else {
			viewers++
		}
		return true
	})
	return views, viewers + len(known)
}

// Begun counts the views of an environment that are not complete and began in a time,
// both ends included, in ms since 1970: by when the server heard of them first. Unless
// the value is "", it counts those that have it in a Text column.
func (t *Tracker) Begun(environment string, c *catalog.Column, value string, from, to int64) (views int64) {
	t.each(environment, func(v *openView) bool {
		if at := v.machine.FirstReceived(); at >= from && at <= to && (value == "" || v.machine.Text(c) == value) {
			views++
		}
		return true
	})
	return views
}

// isCurrent reports whether open views are as new as those of the store.
func (t *Tracker) isCurrent() bool { return t.fold.read >= t.fold.stored.Read }

// each calls f with the views of an environment that are not complete, those
// heard of last first, until it returns false. The tracker goes on in between:
// it never waits for more than a few of them.
func (t *Tracker) each(environment string, f func(*openView) bool) {
	const together = 64
	for some := range slices.Chunk(t.inProgress(environment), together) {
		if !t.some(some, f) {
			return
		}
	}
}

func (t *Tracker) inProgress(environment string) []*openView {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*openView
	if !t.isCurrent() {
		return nil
	}
	for el := t.fold.open.running.Back(); el != nil; el = el.Prev() {
		if v := el.Value.(*openView); v.key.environment == environment {
			list = append(list, v)
		}
	}
	return list
}

func (t *Tracker) some(list []*openView, f func(*openView) bool) (more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range list {
		if !v.complete() && v.machine.Started() && !f(v) {
			return false
		}
	}
	return true
}

// look computes a view for a reader. What panics is logged and is not there.
func (t *Tracker) look(v *openView, compute func(*view.Machine, view.Status) *view.View) (*view.View, bool) {
	built, err := v.compute(compute, v.dropped && v.complete())
	if err != nil {
		t.cfg.Logger.Error("a view in progress was left out", "err", err)
	}
	return built, err == nil
}
