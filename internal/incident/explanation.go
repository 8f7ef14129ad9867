package incident

import (
	"context"
	"fmt"
	"slices"
	"time"

	"playhead/internal/meta"
)

// searches are the times after its opening at which the causes of an incident are looked
// for again, while it is open: with more views they show better.
var searches = []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute}

// tell adds to a step what has become of an incident, with its causes. They are looked
// for when it opens and when it ends. If that fails or takes too long, the incident
// is told all the same, and what explains it comes later.
func (e *Evaluator) tell(ctx context.Context, s *step, c Change) {
	i := c.Incident
	o := s.open[i.ID]
	if o == nil {
		o = &openIncident{}
		s.open[i.ID] = o
	}
	o.own = i.Description
	i.Causes = o.incident.Causes
	if c.Event != "" {
		found, ok := e.causes(ctx, s, i)
		if len(found) > 0 || found != nil && len(i.Causes) == 0 {
			i.Causes = found
		}
		if o.explain = nextSearch(&i, s.now); !ok {
			o.explain = s.now.Add(advanceEvery)
		}
	}
	i.Description = explained(&i, o.own)
	o.incident = i
	if i.Status != meta.IncidentOpen {
		delete(s.open, i.ID)
	}
	s.Transitions = append(s.Transitions, meta.Transition{Incident: i, Event: c.Event})
	s.news = s.news || c.Event != ""
}

// nextSearch is when the causes of an open incident are looked for next.
func nextSearch(i *meta.Incident, now time.Time) time.Time {
	for _, after := range searches {
		if at := i.OpenedAt.Add(after); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// explainDue looks for the causes of one incident whose turn it is, and if there is
// none and nothing else to do, of one of the past.
func (e *Evaluator) explainDue(ctx context.Context, s *step) {
	var next *openIncident
	for _, o := range s.open {
		if !o.explain.IsZero() && !o.explain.After(s.now) && (next == nil || o.explain.Before(next.explain)) {
			next = o
		}
	}
	switch {
	case next != nil:
		e.explainAgain(ctx, s, next)
	case len(s.learned) > 0 && s.views == 0:
		last := len(s.learned) - 1
		o := &openIncident{incident: s.learned[last], own: s.learned[last].Description}
		s.learned = s.learned[:last]
		e.explainAgain(ctx, s, o)
	}
}

// explainAgain looks for the causes of an incident that has been told.
func (e *Evaluator) explainAgain(ctx context.Context, s *step, o *openIncident) {
	o.explain = nextSearch(&o.incident, s.now)
	found, ok := e.causes(ctx, s, o.incident)
	known := o.incident.Causes
	if !ok || found == nil || known != nil && (len(found) == 0 || slices.EqualFunc(found, known, sameCause)) {
		return
	}
	o.incident.Causes = found
	o.incident.Description = explained(&o.incident, o.own)
	s.Transitions = append(s.Transitions, meta.Transition{Incident: o.incident})
}

// sameCause tells whether two causes say the same of the same viewers.
func sameCause(a, b meta.Cause) bool {
	return slices.Equal(a.Breakdowns, b.Breakdowns) && a.Views == b.Views && a.Affected == b.Affected
}

// causes looks for what explains an incident, for as long as the step may.
func (e *Evaluator) causes(ctx context.Context, s *step, i meta.Incident) (found []meta.Cause, ok bool) {
	if e.cfg.Causes == nil {
		return nil, true
	}
	left := s.causesUntil.Sub(e.cfg.Clock())
	if left <= 0 {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	found, err := e.search(ctx, i, s.now)
	if err != nil {
		e.metrics.errors.WithLabelValues("causes").Inc()
		e.cfg.Logger.Warn("the causes of an incident cannot be found", "incident", i.ID, "err", err)
	}
	return found, err == nil
}

// search is Causes. What panics is an error.
func (e *Evaluator) search(ctx context.Context, i meta.Incident, now time.Time) (found []meta.Cause, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("BUG: causes of incident %s: %v", i.ID, p)
		}
	}()
	return e.cfg.Causes.Causes(ctx, i, now)
}
