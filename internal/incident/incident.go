// Package incident finds out that something has gone wrong with many viewers,
// when, why, and when it is over; docs/incidents.md is its story.
//
// What decides is pure: a [Detector] takes complete views, a [Watcher] takes
// moments of a real-time metric, and both say which incidents open, change and
// close. They have no clock, no lock and no I/O, and what they remember can be
// written down and read again. [Explain] names the cause.
//
// An [Evaluator] feeds them: it reads views and real-time numbers as they come,
// and makes what follows durable together with how far it has read, so that a
// crash neither forgets nor repeats anything. A [Notifier] tells people.
package incident

import (
	"playhead/internal/meta"
	"playhead/internal/view"
)

// Measurement is what anomalies are found by: the share of views with a playback
// failure, in percent.
const Measurement = "error_rate"

// Sample is what a detector looks at of a complete view.
type Sample struct {
	ID      view.ID
	At      int64  // its end, in ms since 1970
	Title   string // "" is not known
	Failure int64  // type of the error of its playback failure; 0: there is none. Warnings and business exceptions are none
	Code    string // of that error
	Message string // of that error
}

// Change is what has become of an incident. Its incident has all that the
// detector or watcher knows; causes, and the part of the description that names
// them, are added by others.
type Change struct {
	Event    meta.Event // "": only figures have changed
	Incident meta.Incident
}
