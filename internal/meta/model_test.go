package meta

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// model is what the records of incidents are meant to be, in the plainest way:
// lists in memory, that are gone through. TestRecordsAreTheModel compares.
type model struct {
	environment string
	now         time.Time
	position    int64
	states      map[string]string // of detectors, by scope
	ruleStates  map[string]string // by rule
	rules       []AlertRule       // in the order of their creation
	channels    []Channel         // likewise
	incidents   []Incident        // likewise
	notes       []note            // likewise
}

// note is a notification of the model. Its number is its place.
type note struct {
	channel, incident string
	event             Event
	as                Incident
	state             string
	attempts, log     int
	queued, next      time.Time
}

// evaluate does what [Store.Evaluate] is meant to do.
func (m *model) evaluate(e Evaluation) {
	if e.Position != nil {
		m.position = *e.Position
	}
	for _, d := range e.States {
		m.states[d.Scope] = string(d.Data)
		if d.Data == nil {
			delete(m.states, d.Scope)
		}
	}
	for _, r := range e.RuleStates {
		if m.isCurrent(r.RuleID, r.Version) {
			m.ruleStates[r.RuleID] = string(r.Data)
		}
	}
	for _, t := range e.Transitions {
		m.transition(t)
	}
}

func (m *model) transition(t Transition) {
	if r := t.Incident.Rule; r != nil && !m.isCurrent(r.ID, r.Version) {
		return
	}
	place := slices.IndexFunc(m.incidents, func(i Incident) bool { return i.ID == t.Incident.ID })
	if place < 0 {
		if t.Incident.Status == IncidentOpen {
			for k, i := range m.incidents {
				if i.Status == IncidentOpen && i.Key == t.Incident.Key {
					m.incidents[k] = endedNow(i, t.Incident.StartedAt, t.Incident.OpenedAt)
					if !t.Quiet {
						m.announce(m.incidents[k], Closed)
					}
				}
			}
		}
		m.incidents = append(m.incidents, t.Incident)
	} else if t.Incident.Status == IncidentOpen && m.incidents[place].Status != IncidentOpen {
		return
	} else {
		m.incidents[place] = t.Incident
	}
	if t.Event != "" && !t.Quiet {
		m.announce(t.Incident, t.Event)
	}
}

func (m *model) isCurrent(rule string, version int64) bool {
	return slices.ContainsFunc(m.rules, func(r AlertRule) bool { return r.ID == rule && r.Version == version })
}

// announce tells each channel that wants to know, once.
func (m *model) announce(i Incident, event Event) {
	for _, c := range m.channels {
		wants := c.Subscription == All || (c.Subscription == Thresholds) == (i.Rule != nil)
		known := slices.ContainsFunc(m.notes, func(n note) bool { return n.incident == i.ID && n.event == event && n.channel == c.ID })
		if c.Enabled && wants && !known {
			m.notes = append(m.notes, note{channel: c.ID, incident: i.ID, event: event, as: i, state: Queued, queued: m.now, next: m.now})
		}
	}
}

// endRule forgets a rule and closes what is open of it.
func (m *model) endRule(id string) {
	delete(m.ruleStates, id)
	var open []int
	for k, i := range m.incidents {
		if i.Status == IncidentOpen && i.Rule != nil && i.Rule.ID == id {
			open = append(open, k)
		}
	}
	for _, k := range open {
		m.incidents[k] = endedNow(m.incidents[k], m.now, m.now)
		m.announce(m.incidents[k], Closed)
	}
}

// endedNow is an incident that is closed with what it has.
func endedNow(i Incident, resolved, told time.Time) Incident {
	if resolved.Before(i.StartedAt) {
		resolved = i.StartedAt
	}
	for _, t := range []time.Time{i.OpenedAt, resolved} {
		if told.Before(t) {
			told = t
		}
	}
	value := i.CurrentValue
	i.Status, i.MeasuredValueOnClose, i.ResolvedAt, i.ClosedAt = IncidentClosed, &value, &resolved, &told
	return i
}

// giveUp ends the wait of what is queued for a channel.
func (m *model) giveUp(channel string) {
	for k, n := range m.notes {
		if n.channel == channel && n.state == Queued {
			m.notes[k].state, m.notes[k].next = Failed, time.Time{}
		}
	}
}

// due are the places of the notifications that are due, in order: channels take
// turns, with what was tried least first.
func (m *model) due(limit int) []int {
	type turn struct{ place, number int }
	var all []turn
	for place, n := range m.notes {
		if m.isDue(place) {
			number := 0
			for other, o := range m.notes {
				if o.channel == n.channel && m.isDue(other) && cmp.Or(cmp.Compare(o.attempts, n.attempts), o.next.Compare(n.next), cmp.Compare(other, place)) < 0 {
					number++
				}
			}
			all = append(all, turn{place, number})
		}
	}
	slices.SortFunc(all, func(a, b turn) int {
		return cmp.Or(cmp.Compare(a.number, b.number), m.notes[a.place].next.Compare(m.notes[b.place].next), cmp.Compare(a.place, b.place))
	})
	var places []int
	for _, t := range all[:min(limit, len(all))] {
		places = append(places, t.place)
	}
	return places
}

// isDue reports whether a notification can be sent now: it waits, its time has come,
// and the channel need not be told of something else of the incident first.
func (m *model) isDue(place int) bool {
	n := m.notes[place]
	if n.state != Queued || n.next.After(m.now) {
		return false
	}
	for _, earlier := range m.notes[:place] {
		if n.event != Tested && earlier.incident == n.incident && earlier.channel == n.channel && earlier.state == Queued {
			return false
		}
	}
	return true
}

// attempted is an attempt that ends now, after which its channel is left alone for
// no longer than the back-off of the comparison, which is less than a minute.
func (m *model) attempted(place int, state string, next time.Time) {
	n := &m.notes[place]
	n.attempts++
	n.log++
	switch {
	case n.state == Queued && state == Queued:
		n.next = next
	case n.state == Queued || state == Delivered:
		n.state, n.next = state, time.Time{}
	}
	for k, o := range m.notes {
		if state == Queued && o.channel == n.channel && o.state == Queued && o.event != Tested && o.next.Before(next) {
			m.notes[k].next = next
		}
	}
}

// String is a notification as the comparison writes it.
func (n note) String() string {
	return fmt.Sprintf("%s %s to %s: %s after %d attempts, %d in the log, next %s, value %v",
		n.event, n.incident, n.channel, n.state, n.attempts, n.log, clockTime(n.next), n.as.CurrentValue)
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("15:04:05.000")
}
