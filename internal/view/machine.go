package view

import (
	"math"

	"playhead/internal/event"
)

// Machine computes one view from its events. It has no clock, no lock and no
// I/O: the same events give the same view, whatever the order and the number
// of times they come in.
//
// It keeps two things. Registers hold the latest value, by the order of the
// events, of everything that a later event simply replaces; an event is not
// needed any more once it is in them. The history holds what the story of the
// view is made of: what happened when. Both are packed, as most views that are
// open wait for their next event, or for none.
//
// The story is told when it is asked for, whole or its lean part, the track.
// From then on it goes on as events come, so that a view in progress may be
// asked for often; one that comes out of order has it told again.
type Machine struct {
	environment string
	sdkID       string
	scoring     Scoring

	registers registers
	client    clientRegister
	ever      flags
	offset    offset
	first     int64 // earliest receipt
	started   bool
	ended     bool

	history history
	latest  int64  // the latest time that anything was told of, by the server's clock and not counting the way of the beacon
	track   *track // nil until it is told
	story   *story // likewise; it goes on the track
}

// clientRegister is what the connection told with the latest event that came
// with anything. It is replaced as a whole: a city must not go with the
// country of another network.
type clientRegister struct {
	key, received int64
	packed        string
}

// flags are what was true at any moment of a view.
type flags struct{ captions, pip, fullscreen, timeShift, ad, programChanged bool }

// Status is what the owner of a machine knows of a view beyond its events.
type Status struct {
	ID       ID
	Dropped  bool  // the view is complete by silence: its end was never told
	Resumed  bool  // events came after it had been complete by silence
	Renewed  bool  // another view goes on with what the player tells
	Inserted int64 // journal time of its first event, in ms since 1970
	Updated  int64 // journal time of its last event, in ms since 1970

	// CompleteRecord is the record of the journal by which it was first complete;
	// nil while it never was, or of views that no journal makes.
	CompleteRecord *int64
	// ChangedRecord is the record by which it was last to be stored; nil as
	// CompleteRecord.
	ChangedRecord *int64
}

// Outcome is what became of an event.
type Outcome uint8

// The outcomes.
const (
	Applied   Outcome = iota
	Duplicate         // an event with this number was applied before
	Overflow          // the view has as many events as it may have: of this one, or of a later one that it had, only the running totals were taken
)

// String is the name of the outcome in figures.
func (o Outcome) String() string { return [...]string{"applied", "duplicate", "overflow"}[o] }

// NewMachine makes a machine for a view of which nothing is known. It keeps the
// two texts. The zero scoring stands for the default.
func NewMachine(environment, sdkID string, scoring Scoring) *Machine {
	return &Machine{environment: environment, sdkID: sdkID, scoring: scoring, first: math.MaxInt64}
}

// Apply takes an event of the view, and returns what became of it. Nothing of
// the event is held on to.
//
// Events are the same if they have the same number (see [event.Event.Seq]); of
// those without one, if they tell the same. The copy that was received first
// is the one whose receipt counts.
func (m *Machine) Apply(e *event.Event) Outcome {
	origin := e.Origin
	if origin == nil {
		origin = &event.Origin{}
	}
	key, class := keyOf(e), classOf(e.Kind)
	m.offset.learn(origin)
	m.first = min(m.first, origin.Received)
	m.latest = max(m.latest, origin.Received-age(e, origin))
	m.started = m.started || isStart(e.Kind)
	m.ended = m.ended || e.Kind == event.ViewEnd
	m.register(e, key, class)
	m.client.set(origin, key)

	var room [256]byte
	r := record{key: key, received: origin.Received, packed: string(pack(room[:0], e, class))}
	cut := m.history.isCut()
	switch m.history.add(r) {
	case refused:
		if !cut { // what comes after it goes on otherwise
			m.forget()
		}
		return Overflow
	case duplicate:
		return Duplicate
	case replaced:
		m.forget()
		return Duplicate
	case inserted:
		m.forget()
	case displaced:
		m.forget()
		return Overflow
	case appended:
		m.goOn(r)
	}
	return Applied
}

// goOn tells what is told of the view of one more event.
func (m *Machine) goOn(r record) {
	if m.track == nil {
		return
	}
	var scratch [24]event.Value
	moment := r.read(scratch[:0])
	beyond := m.history.isBeyond(r.key)
	if m.story != nil {
		m.story.apply(&moment, m.offset, beyond)
	} else {
		m.track.apply(&moment, m.offset, beyond)
	}
}

// forget has all be told anew.
func (m *Machine) forget() { m.track, m.story = nil, nil }

// age is how long before its beacon was sent an event was, as the player tells.
func age(e *event.Event, o *event.Origin) int64 {
	sent := o.Sent
	if sent <= 0 {
		sent = o.Latest
	}
	if age := sent - e.ViewerTime; e.ViewerTime > 0 && age > 0 && age < day {
		return age
	}
	return 0
}

// register takes over the values of an event that replace earlier ones.
func (m *Machine) register(e *event.Event, key int64, c class) {
	told := news{event: e}
	for i := range e.Fields {
		v := &e.Fields[i]
		m.ever.take(v)
		if registered[v.Field]&c != 0 {
			told.tell(registerOf[v.Field], i)
		}
	}
	for _, f := range trackFields(e.Kind) {
		if n := registerOf[f]; told.place[n] == 0 {
			told.set(n, nullPlace)
		}
	}
	if e.Player != "" {
		told.set(playerRegister, playerPlace)
	}
	m.registers.take(&told, key)
}

func (f *flags) take(v *event.Value) {
	switch v.Field {
	case fieldCaptions:
		f.captions = f.captions || v.Num == 1
	case fieldPip:
		f.pip = f.pip || v.Num == 1
	case fieldFullscreen:
		f.fullscreen = f.fullscreen || v.Num == 1
	case fieldTimeShift:
		f.timeShift = f.timeShift || v.Num == 1
	case fieldHasAd:
		f.ad = f.ad || v.Num == 1
	case fieldProgramChanged:
		f.programChanged = f.programChanged || v.Num == 1
	case fieldMode:
		f.pip = f.pip || v.Text == "pip"
		f.fullscreen = f.fullscreen || v.Text == "fullscreen"
	}
}

// set takes what was learned with the beacon of the event at key.
func (c *clientRegister) set(o *event.Origin, key int64) {
	if len(o.Client) == 0 || c.packed != "" && key < c.key {
		return
	}
	var room [1024]byte
	packed := packValues(room[:0], o.Client)
	if c.packed != "" && key == c.key && (o.Received > c.received || o.Received == c.received && string(packed) >= c.packed) {
		return
	}
	c.key, c.received = key, o.Received
	if string(packed) != c.packed {
		c.packed = string(packed)
	}
}

// Started reports whether playback was ever requested: without that, a view is
// not shown anywhere.
func (m *Machine) Started() bool { return m.started }

// Ended reports whether the end of the view has been told.
func (m *Machine) Ended() bool { return m.ended }

// FirstReceived is the earliest receipt of any of its events, in ms since
// 1970; 0 before the first one.
func (m *Machine) FirstReceived() int64 {
	if m.first == math.MaxInt64 {
		return 0
	}
	return m.first
}

// Clamped is how many events have a time that is missing or more than a day
// off after correction; that of their receipt stands in.
func (m *Machine) Clamped() int {
	clock := &m.tell().clock
	if !clock.missing && !clock.absurd(m.offset) {
		return 0
	}
	n := 0
	m.history.each(func(e *moment) bool {
		if _, clamped := m.offset.correct(e.time, e.received); clamped {
			n++
		}
		return true
	})
	return n
}

// tell returns the story of all events, by the offset of now.
func (m *Machine) tell() *story {
	if m.story == nil || !m.story.holds(m.offset) {
		m.track = &track{by: m.offset}
		m.story = &story{track: m.track}
		m.history.each(func(e *moment) bool {
			m.story.apply(e, m.offset, m.history.isBeyond(e.key))
			return true
		})
	}
	return m.story
}

// follow returns the track of all events, by the offset of now.
func (m *Machine) follow() *track {
	if m.track == nil || !m.track.holds(m.offset) {
		m.track, m.story = &track{by: m.offset}, nil
		m.history.each(func(e *moment) bool {
			m.track.apply(e, m.offset, m.history.isBeyond(e.key))
			return true
		})
	}
	return m.track
}

// View returns what is known of the view, with its timeline. What was told is not
// kept any longer: a view is asked for whole when it is over.
func (m *Machine) View(s Status) *View {
	v := m.Summary(s)
	v.Events = m.timeline(s)
	m.forget()
	return v
}
