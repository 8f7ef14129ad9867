package query

import (
	"context"
	"time"
)

// TickEvery is the time between two ticks, the moments of which real-time
// numbers are told, in ms. They are the multiples of it since 1970.
const TickEvery = 5000

// Further times of real-time numbers, in ms. How long silent viewers count is
// [view.SilentAfter], and what makes an exit is [view.EarlyAfter].
const (
	TickLag       = 1000           // the newest tick is so long ago or longer: events need that to arrive
	SettledAfter  = 15_000         // what was so long before the newest tick changes no more, unless players are late
	StalledAfter  = 5 * 60_000     // whoever rebuffers for longer does not count as watching any more
	RealtimeReach = 24 * 3_600_000 // how far back numbers go
)

// NewestTick is the newest tick that numbers are told of at a time, in ms since
// 1970.
func NewestTick(now time.Time) int64 { return floorTick(now.UnixMilli() - TickLag) }

// SettledTick is the newest tick whose numbers do not change any more when all
// players tell every ten seconds what they do.
func SettledTick(now time.Time) int64 { return floorTick(NewestTick(now) - SettledAfter) }

// floorTick is the last tick at or before a time in ms since 1970.
func floorTick(ms int64) int64 { return ms - ms%TickEvery }

// Realtime tells what viewers are and were doing in the last 24 hours.
type Realtime interface {
	// Ticks adds up what was at each tick of the plan. An engine that has not the
	// memory for as many groups at as many ticks says so with fault.Invalid.
	Ticks(ctx context.Context, p *TickPlan) (*Ticks, error)
	// Startups are the startup times, in ms, of the first frames that were shown
	// after the tick before the plan's first one and up to its last one, each
	// with its time in ms since 1970, in any order. Where the plan groups by a
	// dimension, each has its value of it.
	Startups(ctx context.Context, p *TickPlan) ([]Startup, error)
}

// Several is a [Realtime] that answers several plans of the same environment and ticks
// together, which is faster than one after the other. What they answer is the
// same.
type Several interface {
	TicksOf(ctx context.Context, plans []*TickPlan) ([]*Ticks, error)
	StartupsOf(ctx context.Context, plans []*TickPlan) ([][]Startup, error)
}

// Informed is a [Realtime] that may not know yet, or not at the time, what viewers
// are doing now: as when the server is busy, or its disk takes nothing.
type Informed interface {
	// Known is until when it knows, at a time: until then, or an earlier time.
	Known(now time.Time) time.Time
}

// Known is until when is known, at a time, what viewers were doing. Numbers end
// there: later ones would show viewers leave who are only not heard.
func Known(e Realtime, now time.Time) time.Time {
	if i, ok := e.(Informed); ok {
		return i.Known(now)
	}
	return now
}

// TickPlan is a checked request for real-time numbers.
type TickPlan struct {
	Environment string
	From, To    int64           // the first tick and the last one, in ms since 1970
	Where       []TickCondition // all of them must hold
	GroupBy     int             // index into catalog.RealtimeDimensions; NoGroups: one group of all viewers
}

// Count is how many ticks a plan has.
func (p *TickPlan) Count() int { return int((p.To-p.From)/TickEvery) + 1 }

// NoGroups is the GroupBy of a plan without groups.
const NoGroups = -1

// TickCondition keeps viewers by the values of a dimension.
type TickCondition struct {
	Dimension int      // index into catalog.RealtimeDimensions
	Values    []string // "" is not known
	Not       bool     // keep those with other values
}

// Ticks is what real-time numbers are computed from.
type Ticks struct {
	From   int64 // the first tick, in ms since 1970
	Groups []TickGroup
}

// TickGroup is the viewers with one value of a dimension.
type TickGroup struct {
	Value string // "" is not known
	Label string // what people call the value; "" is the value itself
	Ticks []Tick // one for each tick of the plan
}

// Tick is what viewers were doing at a tick, and in the five seconds up to it:
// after the tick before, and at this one at the latest. The rules are in
// docs/reference/realtime.md.
type Tick struct {
	Concurrent int64 // viewers who are watching, or have just failed
	StartingUp int64 // of them those who wait for the first frame

	WatchTime    int64 // ms in the five seconds: starting, playing, rebuffering, seeking, loading
	RebufferTime int64 // of it rebuffering

	StartAttempts   int64 // viewers who were starting at any time of the five seconds
	Exits           int64 // who left before the first frame, after a second or more
	Failures        int64 // fatal errors but business exceptions
	StartupFailures int64 // of them before the first frame

	Bitrate        int64 // sum over those who play content of a known bitrate, in bit/s
	BitrateViewers int64 // how many these are
}

// Add adds what other viewers were doing at the same tick.
func (t *Tick) Add(others Tick) {
	t.Concurrent += others.Concurrent
	t.StartingUp += others.StartingUp
	t.WatchTime += others.WatchTime
	t.RebufferTime += others.RebufferTime
	t.StartAttempts += others.StartAttempts
	t.Exits += others.Exits
	t.Failures += others.Failures
	t.StartupFailures += others.StartupFailures
	t.Bitrate += others.Bitrate
	t.BitrateViewers += others.BitrateViewers
}

// Startup is a first frame.
type Startup struct {
	At    int64  // ms since 1970
	Time  int64  // from the request to play, in ms
	Value string // of the dimension that the plan groups by; "" is not known, or without groups
}
