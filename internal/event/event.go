// Package event is the vocabulary of players: what they say about a view, in
// canonical form, whatever wire format it came in. It imports nothing of ours.
//
// A player sends beacons. A [Beacon] is one accepted request as the journal
// keeps it: the raw body, and what was learned from the connection. A wire
// format (package beacon/mux) turns a Beacon into Events; package view folds
// the Events of a view into the view.
package event

import "math"

// Event is one thing that a player said about one view.
//
// Players send differences: Fields holds only what changed since the event
// before, so events have a meaning only in the order of Seq.
type Event struct {
	View       string  // the view's id as the player calls it; "" when the event belongs to none
	Player     string  // the player instance's id; "" when not sent
	Seq        int64   // 1-based number of the event in its view; 0 when not sent
	Kind       Kind    // what happened
	ViewerTime int64   // when, in ms since 1970 by the player's clock; 0 when not sent
	Playhead   int64   // position in the content in ms; NoPlayhead when not known
	Fields     []Value // what changed, without the members above

	Origin *Origin // the beacon that brought it; shared by its events
}

// NoPlayhead is the Playhead of an event that does not know it.
const NoPlayhead = math.MinInt64

// Origin is what all events of one beacon have in common.
type Origin struct {
	Received int64   // ms since 1970 by the server's clock when the beacon arrived
	Sent     int64   // ms since 1970 by the player's clock when it was sent; 0 when not told
	Latest   int64   // the largest ViewerTime of the beacon's events; 0 when there is none
	Client   []Value // what the connection told: network, place, browser, device (client_* fields)
}

// Value is a field and what it is set to.
//
// A Bool is 0 or 1 in Num. A value that a player sends as null (a NaN or an
// infinity) has Null set. Exactly one of Text, Num and Null is meaningful.
type Value struct {
	Field Field
	Text  string
	Num   float64
	Null  bool
}

// Kind is the name of an event as it is on the wire; the list is open.
type Kind string

// The kinds that have a meaning of their own here. All others only join the
// timeline of a view.
const (
	PlayerReady        Kind = "playerready"
	ViewStart          Kind = "viewstart"
	Play               Kind = "play"
	Playing            Kind = "playing"
	Pause              Kind = "pause"
	Seeking            Kind = "seeking"
	Seeked             Kind = "seeked"
	RebufferStart      Kind = "rebufferstart"
	RebufferEnd        Kind = "rebufferend"
	Waiting            Kind = "waiting"
	Ended              Kind = "ended"
	Error              Kind = "error"
	Heartbeat          Kind = "hb"
	RenditionChange    Kind = "renditionchange"
	CDNChange          Kind = "cdnchange"
	NetworkChange      Kind = "networkchange"
	OrientationChange  Kind = "orientationchange"
	PlaybackModeChange Kind = "playbackmodechange"
	TextTrackChange    Kind = "texttrackchange"
	AudioTrackChange   Kind = "audiotrackchange"
	RequestCompleted   Kind = "requestcompleted"
	RequestFailed      Kind = "requestfailed"
	RequestCanceled    Kind = "requestcanceled"
	AdRequest          Kind = "adrequest"
	AdResponse         Kind = "adresponse"
	AdBreakStart       Kind = "adbreakstart"
	AdPlay             Kind = "adplay"
	AdPlaying          Kind = "adplaying"
	AdPause            Kind = "adpause"
	AdEnded            Kind = "adended"
	AdSkipped          Kind = "adskipped"
	AdBreakEnd         Kind = "adbreakend"
	AdError            Kind = "aderror"
	ViewEnd            Kind = "viewend"
	ViewDropped        Kind = "viewdropped" // made by the server: ended by silence
)
