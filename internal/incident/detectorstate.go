package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"playhead/internal/meta"
)

// reserved begins the names of scopes that are no titles. No player means
// anything by it: it is a control character.
const (
	reserved     = "\x1f"
	historyScope = reserved + "history"
)

// The states of a detector, as they are written down: of the environment, of its
// history, which changes seldom, and of each title.
type (
	wholeState struct {
		Now    int64      `json:"now"`
		Calm   int64      `json:"calm"`
		Touch  int64      `json:"touch"`
		Recent recent     `json:"recent"`
		Scope  scopeState `json:"scope"`
	}
	historyState struct {
		Hours []pastHour `json:"hours"`
	}
	scopeState struct {
		Bucket bucket     `json:"bucket"`
		Open   []*anomaly `json:"open,omitempty"`
		Last   int64      `json:"last"`
		Touch  int64      `json:"touch,omitempty"`
		Began  int64      `json:"began,omitempty"`
	}
)

// Restore takes up what Take gave to be remembered of a scope. It is called for
// each of them before anything else. An error tells that the state is not one of
// this version; nothing has changed then.
func (d *Detector) Restore(s meta.DetectorState) error {
	if s.Data == nil {
		return nil
	}
	switch {
	case s.Scope == "":
		var read wholeState
		if err := decode(s, &read); err != nil {
			return err
		}
		d.now, d.calm, d.touch, d.recent = read.Now, read.Calm, read.Touch, read.Recent
		d.whole.take(&read.Scope)
	case s.Scope == historyScope:
		var read historyState
		if err := decode(s, &read); err != nil {
			return err
		}
		d.history.restore(read.Hours)
	case strings.HasPrefix(s.Scope, reserved):
		return fmt.Errorf("state of a detector: scope %q is not known", s.Scope)
	default:
		var read scopeState
		if err := decode(s, &read); err != nil {
			return err
		}
		title := &scope{title: s.Scope, size: titleViews}
		title.take(&read)
		d.titles[s.Scope] = title
	}
	return nil
}

func decode(s meta.DetectorState, into any) error {
	if err := json.Unmarshal(s.Data, into); err != nil {
		return fmt.Errorf("state of a detector, scope %q: %w", s.Scope, err)
	}
	return nil
}

func (s *scope) take(read *scopeState) {
	s.bucket, s.open, s.last, s.touch, s.began = read.Bucket, read.Open, read.Last, read.Touch, read.Began
	for _, a := range s.open {
		a.told = true
	}
}

// link puts the titles that were restored into their orders.
func (d *Detector) link() {
	if d.linked {
		return
	}
	d.linked = true
	var titles []*scope
	for _, s := range d.titles {
		titles = append(titles, s)
	}
	slices.SortFunc(titles, func(a, b *scope) int { return int(a.touch - b.touch) })
	for _, s := range titles {
		s.inTouch = d.byTouch.PushBack(s)
	}
	slices.SortFunc(titles, func(a, b *scope) int { return int(a.began - b.began) })
	for _, s := range titles {
		if s.bucket.Views > 0 && s.bucket.Judged == 0 {
			s.inBegin = d.byBegin.PushBack(s)
		}
	}
}

// states are what is to be remembered of what has changed.
func (d *Detector) states() []meta.DetectorState {
	var states []meta.DetectorState
	write := func(scope string, state any) {
		data, err := json.Marshal(state)
		if err != nil {
			panic(fmt.Sprintf("BUG: state of a detector cannot be written: %v", err))
		}
		states = append(states, meta.DetectorState{EnvironmentID: d.environment, Scope: scope, Data: data})
	}
	for _, title := range d.forgotten {
		if d.titles[title] == nil {
			states = append(states, meta.DetectorState{EnvironmentID: d.environment, Scope: title})
		}
	}
	for _, s := range d.dirty {
		s.dirty = false
		state := scopeState{s.bucket, s.open, s.last, s.touch, s.began}
		switch {
		case s == d.whole:
			write("", wholeState{d.now, d.calm, d.touch, d.recent, state})
		case d.titles[s.title] == s:
			write(s.title, state)
		}
	}
	if d.learned {
		write(historyScope, historyState{d.history.hours})
	}
	return states
}
