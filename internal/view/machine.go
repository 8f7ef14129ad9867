package view

import "playhead/internal/event"

// Machine computes one view from its events. It has no clock, no lock and no
// I/O: the same events give the same view, whatever the order and the number
// of times they come in.
type Machine struct{}

// Status is what the owner of a machine knows of a view beyond its events.
type Status struct {
	ID       ID
	Dropped  bool  // the view is complete by silence: its end was never told
	Resumed  bool  // events came after it had been complete by silence
	Inserted int64 // journal time of its first event, in ms since 1970
	Updated  int64 // journal time of its last event, in ms since 1970
}

// Outcome is what became of an event.
type Outcome uint8

// The outcomes.
const (
	Applied   Outcome = iota
	Duplicate         // an event with this number was applied before
	Overflow          // the view has as many events as it may have
)

// NewMachine makes a machine for a view of which nothing is known.
func NewMachine(environment, sdkID string, scoring Scoring) *Machine {
	panic("written by the view package")
}

// Apply takes an event of the view.
func (m *Machine) Apply(e *event.Event) Outcome { panic("") }

// Started reports whether playback was ever requested: without that, a view is
// not shown anywhere.
func (m *Machine) Started() bool { panic("") }

// Ended reports whether the end of the view has been told.
func (m *Machine) Ended() bool { panic("") }

// FirstReceived is the earliest receipt of any of its events, in ms since 1970.
func (m *Machine) FirstReceived() int64 { panic("") }

// View returns what is known of the view.
func (m *Machine) View(s Status) *View { panic("") }

// Scoring holds the parameters of the overall score.
type Scoring struct{}
