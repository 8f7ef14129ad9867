package export

// DayState is how it is with the files of a day, for people. The figure
// playhead_export_days counts days by it.
type DayState string

// The states.
const (
	DayIssued  DayState = "issued"  // they are as the views are
	DayWaiting DayState = "waiting" // they will be made, once views are final or have settled
	DayDue     DayState = "due"     // they are to be made now
	DayStaged  DayState = "staged"  // they are made, and wait for the destination
	DayStale   DayState = "stale"   // views have changed, but it is not issued again
	DayFailing DayState = "failing" // something about it failed, and is tried again
)

// DayStates are the states.
var DayStates = []DayState{DayIssued, DayWaiting, DayDue, DayStaged, DayStale, DayFailing}
