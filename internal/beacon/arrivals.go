package beacon

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// What is remembered of arrivals.
const (
	arrivalMinutes = 60               // minutes that are told apart, the present one included
	arrivalStep    = 10 * time.Second // how exact the last minute and hour of an environment are
	arrivalSteps   = 360              // steps of an hour
)

// The reasons in the order of [Tally].
var (
	DropReasons    = [...]string{string(unknownEnvironment), string(malformed), string(empty), string(tooLarge), string(badGzip), string(badEncoding)}
	RefusalReasons = [...]string{"busy", "incomplete", "journal_full", "journal_slow", "journal_unavailable"}
)

// Arrivals remembers what came in the last hour, for people who look whether the
// beacons of their players arrive, and what becomes of them. What is counted for
// longer are the figures for Prometheus. It knows nothing of viewers. It is safe
// for concurrent use.
type Arrivals struct {
	since time.Time

	mu           sync.Mutex
	total        Tally
	minutes      [arrivalMinutes]minute
	environments map[string]*environmentArrivals
	unknown      unknownKeys
}

// Tally is what came, and what became of it.
type Tally struct {
	Beacons, Events, Bytes int64                      // stored
	Lost                   int64                      // events thrown away from beacons that could be read
	Dropped                [len(DropReasons)]int64    // beacons thrown away, whole or in part
	Refused                [len(RefusalReasons)]int64 // beacons that have to come again
}

// Minute is what came in a minute.
type Minute struct {
	From time.Time
	Tally
}

// EnvironmentArrivals is what came for an environment since the start, in the
// last minute and in the last hour; the latter two are up to ten seconds short.
type EnvironmentArrivals struct {
	Last                                time.Time
	Beacons, MinuteBeacons, HourBeacons int64
	Events, MinuteEvents, HourEvents    int64
}

// Report is what [Arrivals] knows.
type Report struct {
	Since        time.Time // of all that has no other time
	Total        Tally
	Minutes      []Minute                       // the oldest first; the last one is not over
	Environments map[string]EnvironmentArrivals // those for which anything came, by id
	Unknown      []UnknownKey                   // the one seen last first
	OtherUnknown int64                          // events with unknown keys that are not listed
}

// minute is what came in one minute, by its number since 1970: a place of a ring.
type minute struct {
	number int64
	Tally
}

// environmentArrivals are counts of an environment.
type environmentArrivals struct {
	last            time.Time
	beacons, events int64
	steps           [arrivalSteps]struct {
		number          int64 // since 1970
		beacons, events uint32
	}
}

// NewArrivals remembers what comes from now on.
func NewArrivals(now time.Time) *Arrivals {
	return &Arrivals{since: now, environments: map[string]*environmentArrivals{}, unknown: unknownKeys{byKey: map[string]*UnknownKey{}}}
}

// note counts a beacon and what became of it: err is that of [Handler.take].
func (a *Arrivals) note(now time.Time, c *came, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.add(c, err)
	a.minuteOf(now).add(c, err)
	rest := c.foreign
	for _, k := range c.unknown {
		a.unknown.add(k, now)
		rest -= k.events
	}
	a.unknown.other += int64(rest)
	if err != nil {
		return
	}
	for i, p := range c.parts {
		isFirst := !slices.ContainsFunc(c.parts[:i], func(q routed) bool { return q.environment == p.environment })
		a.environment(p.environment).add(now, p.events, isFirst)
	}
}

// minuteOf is the place of the minute of a time.
func (a *Arrivals) minuteOf(now time.Time) *Tally {
	number := now.Unix() / 60
	m := &a.minutes[number%arrivalMinutes]
	if m.number != number {
		*m = minute{number: number}
	}
	return &m.Tally
}

func (a *Arrivals) environment(id string) *environmentArrivals {
	e := a.environments[id]
	if e == nil {
		e = &environmentArrivals{}
		a.environments[id] = e
	}
	return e
}

// add counts events of a beacon, and the beacon if these are its first ones.
func (e *environmentArrivals) add(now time.Time, events int, isFirst bool) {
	number := stepOf(now)
	s := &e.steps[number%arrivalSteps]
	if s.number != number {
		s.number, s.beacons, s.events = number, 0, 0
	}
	e.last = now
	e.events += int64(events)
	s.events += uint32(events)
	if isFirst {
		e.beacons++
		s.beacons++
	}
}

// stepOf is the number of the step of a time.
func stepOf(now time.Time) int64 { return now.Unix() / int64(arrivalStep/time.Second) }

// add counts a beacon as the figures for Prometheus do.
func (t *Tally) add(c *came, err error) {
	t.Lost += int64(c.foreign + c.unreadable)
	if c.isPartly() {
		t.Dropped[slices.Index(DropReasons[:], string(unknownEnvironment))]++
	}
	if err == nil {
		t.Beacons++
		t.Events += int64(c.accepted)
		t.Bytes += int64(c.bytes)
		return
	}
	if thrown, ok := errors.AsType[dropped](err); ok {
		t.Dropped[slices.Index(DropReasons[:], string(thrown.reason))]++
		return
	}
	t.Refused[slices.Index(RefusalReasons[:], refusal(err))]++
}

// Report is what is known at a time.
func (a *Arrivals) Report(now time.Time) Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := Report{
		Since: a.since, Total: a.total, Minutes: make([]Minute, arrivalMinutes), Environments: map[string]EnvironmentArrivals{},
		Unknown: a.unknown.list(), OtherUnknown: a.unknown.other,
	}
	last := now.Unix() / 60
	for i := range r.Minutes {
		number := last - arrivalMinutes + 1 + int64(i)
		r.Minutes[i].From = time.Unix(number*60, 0).UTC()
		if m := &a.minutes[number%arrivalMinutes]; m.number == number {
			r.Minutes[i].Tally = m.Tally
		}
	}
	for id, e := range a.environments {
		r.Environments[id] = e.report(stepOf(now))
	}
	return r
}

func (e *environmentArrivals) report(now int64) EnvironmentArrivals {
	const minute = int64(time.Minute / arrivalStep)
	r := EnvironmentArrivals{Last: e.last, Beacons: e.beacons, Events: e.events}
	for i := range e.steps {
		s := &e.steps[i]
		if s.number > now-arrivalSteps && s.number <= now {
			r.HourBeacons, r.HourEvents = r.HourBeacons+int64(s.beacons), r.HourEvents+int64(s.events)
		}
		if s.number > now-minute && s.number <= now {
			r.MinuteBeacons, r.MinuteEvents = r.MinuteBeacons+int64(s.beacons), r.MinuteEvents+int64(s.events)
		}
	}
	return r
}
