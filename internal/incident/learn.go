package incident

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"playhead/internal/meta"
)

// mostLearned is of how many closed incidents of the past causes are looked for: the
// latest ones.
const mostLearned = 100

// learn has the detector of an environment of which nothing is known take its
// stored views: as at the first start of a version that finds incidents, or with a past that was
// made up. Incidents that were are there then, and nobody is notified of them.
func (e *Evaluator) learn(ctx context.Context, environment string, d detector) error {
	began := e.cfg.Clock()
	var views int64
	p := past{incidents: map[string]meta.Incident{}, states: map[string]meta.DetectorState{}}
	from := began.Add(-learnedBefore).UnixMilli()
	advance := from // when the detector is told next how late it is, so that what was gone for long has expired then
	m := &remembered{detectors: map[string]detector{environment: d}, touched: map[string]bool{}}
	for v, err := range e.cfg.Views.Ended(ctx, sampled, environment, from, math.MaxInt64, e.memory.position) {
		if err != nil {
			return err
		}
		if end := min(whole(v, endColumn), began.UnixMilli()); end >= advance {
			d.Advance(end)
			advance = end + hour
		}
		if err := e.add(m, v); err != nil {
			return err
		}
		if views++; views%stepViews == 0 {
			p.add(d.Take())
		}
	}
	if views == 0 {
		return nil
	}
	p.add(d.Take())
	if err := e.cfg.Records.Evaluate(ctx, p.evaluation()); err != nil {
		return err
	}
	p.remember(e.memory, began)
	e.metrics.views.Add(float64(views))
	e.cfg.Logger.Info("incidents of the past have been found", "environment", environment, "views", views, "incidents", len(p.incidents), "took", e.cfg.Clock().Sub(began).Round(time.Millisecond))
	return nil
}

// past is what a detector has found in it, as it has become.
type past struct {
	order     []string // ids of incidents
	incidents map[string]meta.Incident
	states    map[string]meta.DetectorState // by scope
}

func (p *past) add(changes []Change, states []meta.DetectorState) {
	for _, c := range changes {
		if _, known := p.incidents[c.Incident.ID]; !known {
			p.order = append(p.order, c.Incident.ID)
		}
		p.incidents[c.Incident.ID] = c.Incident
	}
	for _, s := range states {
		p.states[s.Scope] = s
	}
}

// eventOf is the event by which an incident has become as it is.
func eventOf(status string) meta.Event {
	switch status {
	case meta.IncidentClosed:
		return meta.Closed
	case meta.IncidentExpired:
		return meta.Expired
	}
	return meta.Opened
}

func (p *past) evaluation() meta.Evaluation {
	var ev meta.Evaluation
	for _, id := range p.order {
		i := p.incidents[id]
		ev.Transitions = append(ev.Transitions, meta.Transition{Incident: i, Event: eventOf(i.Status), Quiet: true})
	}
	for _, scope := range slices.Sorted(maps.Keys(p.states)) {
		ev.States = append(ev.States, p.states[scope])
	}
	return ev
}

// remember has a memory know the incidents, so that their causes are looked for.
func (p *past) remember(m *remembered, now time.Time) {
	for _, id := range p.order {
		i := p.incidents[id]
		if i.Status == meta.IncidentOpen {
			m.open[id] = &openIncident{incident: i, own: i.Description, explain: now}
		} else {
			m.learned = append(m.learned, i)
		}
	}
	if n := len(m.learned) - mostLearned; n > 0 {
		m.learned = m.learned[n:]
	}
}
