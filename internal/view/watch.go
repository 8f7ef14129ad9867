package view

// Watch is what real-time numbers are made of: who watches, and what they were
// doing from their request to play on. [Machine.Watch] tells it of a view in
// progress, [View.Watch] of one that was stored; of the same events they tell
// the same.
type Watch struct {
	ID          ID
	Environment string
	Final       bool     // nothing of it will change any more
	Values      []string // of catalog.RealtimeDimensions, in their order, as the API writes them; "" is not known, and that of the CDN is in the spans
	Labels      []string // what people call them, likewise; "" is the value itself
	Spans       []Span   // in the order of their times; none: playback was never asked for
}

// Span is what the viewer was doing from a time on and until that of the next
// span. After the last one there is nobody.
type Span struct {
	At       int64 // ms since 1970, by the corrected clock of the player
	Activity Activity
	Unheard  bool   // nothing is told of this time, as the player fell silent: the viewer counts as present, and the time does not count as watched
	Bitrate  int64  // of the content that plays, in bit/s; 0 is not known
	CDN      string // that delivers; "" is not known
	Startup  int64  // of the span with the first frame: the startup time in ms; -1 of all others, and where it is not known
}

// Activity is what a viewer is doing.
type Activity uint8

// The activities. A viewer comes to the last four by an event, at the time that
// their span begins.
const (
	Starting      Activity = iota + 1 // waits for the first frame, of content or an ad
	Playing                           // content or an ad advances
	Rebuffering                       // the content stalls
	Seeking                           // waits after a seek
	Loading                           // waits for an ad, or after ads or a pause for the content, though a frame has been shown; or for the first frame after a change of programme
	Paused                            // does not try to watch
	Failed                            // looks at a fatal error
	FailedToStart                     // looks at a fatal error before the first frame
	Excepted                          // looks at a business exception
	Left                              // has gone
	LeftEarly                         // has gone before the first frame, after a second or more and without a fatal error
)

// Watching reports whether an activity counts as watching.
func (a Activity) Watching() bool { return a >= Starting && a <= Loading }

// SilentAfter is how long somebody counts as present of whom nothing is heard,
// in ms: players tell every ten seconds that they go on.
const SilentAfter = 30_000

// EarlyAfter is how long somebody waits at least, in ms, whose leaving before
// the first frame counts as an exit: who leaves at once did not mean to watch.
const EarlyAfter = 1000
