package incident

import (
	"context"
	"fmt"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

const (
	stepViews     = 5000             // views of a step, and those of the same record as the last one
	advanceEvery  = 10 * time.Second // between looks at hours without views
	causesWithin  = 5 * time.Second  // that a step may take to look for causes
	begunWithin   = 2 * time.Second  // that counting the views of a bucket may take
	learnedBefore = 30 * 24 * time.Hour
)

// step is one step of the evaluation, as far as it has come.
type step struct {
	meta.Evaluation
	*remembered
	now   time.Time
	views int  // that were looked at
	news  bool // people are to be notified of something

	causesUntil time.Time // when the search for causes ends
}

// step evaluates what has come since the last step. More tells that there are views
// left that are there already.
func (e *Evaluator) step(ctx context.Context) (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("BUG: evaluation of incidents: %v", p)
		}
	}()
	began := e.cfg.Clock()
	if err := e.recall(ctx); err != nil {
		return false, err
	}
	if err := e.meet(ctx); err != nil {
		return false, err
	}
	s := &step{remembered: e.memory, now: began, causesUntil: began.Add(causesWithin)}
	if more, err = e.look(ctx, s); err != nil {
		return false, err
	}
	e.takeDetectors(ctx, s, !more)
	if err := e.watch(ctx, s); err != nil {
		return false, err
	}
	e.explainDue(ctx, s)
	if err := e.keep(ctx, s); err != nil {
		return false, err
	}
	if s.views > 0 || len(s.Transitions) > 0 {
		e.metrics.stepSeconds.Observe(e.cfg.Clock().Sub(began).Seconds())
	}
	return more, nil
}

// keep makes a step durable.
func (e *Evaluator) keep(ctx context.Context, s *step) error {
	if s.views > 0 || len(s.States) > 0 || len(s.RuleStates) > 0 || len(s.Transitions) > 0 {
		s.Position = &s.position
		if err := e.cfg.Records.Evaluate(ctx, s.Evaluation); err != nil {
			return fmt.Errorf("make incidents durable: %w", err)
		}
		if s.news {
			e.cfg.Told()
		}
	}
	e.metrics.views.Add(float64(s.views))
	e.metrics.count(s.Transitions)
	e.metrics.position.Set(float64(s.position))
	e.showOpen(s.remembered)
	since := e.behind.Load()
	if s.position >= e.read.Load() {
		e.behind.CompareAndSwap(since, 0)
	}
	return nil
}

// showOpen counts the incidents that are open.
func (e *Evaluator) showOpen(m *remembered) {
	open := map[string]int{kindAnomaly: 0, kindThreshold: 0}
	for _, o := range m.open {
		open[kindOf(&o.incident)]++
	}
	for kind, n := range open {
		e.metrics.open.WithLabelValues(kind).Set(float64(n))
	}
}

// look has detectors take the views that are complete. Where the step has enough of
// them it ends between two records.
func (e *Evaluator) look(ctx context.Context, s *step) (more bool, err error) {
	before := e.read.Load()
	if s.position >= before {
		return false, nil
	}
	last := s.position
	for v, err := range e.cfg.Views.Completed(ctx, sampled, s.position, before) {
		if err != nil {
			return false, fmt.Errorf("read complete views: %w", err)
		}
		record := whole(v, completeColumn)
		if s.views >= stepViews && record != last {
			s.position = record
			return true, nil
		}
		last = record
		if err := e.add(s.remembered, v); err != nil {
			return false, err
		}
		s.views++
	}
	s.position = before
	return false, nil
}

// add has the detector of its environment take a view. A view that it cannot take is
// left out when the step is repeated.
func (e *Evaluator) add(m *remembered, v *view.View) (err error) {
	d := m.detectors[v.Text(environmentColumn)]
	switch {
	case d == nil:
		e.metrics.leftOut.WithLabelValues("environment").Inc()
		return nil
	case e.leftOut[v.ID]:
		e.metrics.leftOut.WithLabelValues("bug").Inc()
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			e.leftOut[v.ID] = true
			err = fmt.Errorf("BUG: detector of environment %s, view %s: %v", v.Text(environmentColumn), v.ID, p)
		}
	}()
	s := SampleOf(v)
	// A player's clock may be a day ahead, and the time of a detector never goes back.
	s.At = min(s.At, e.cfg.Clock().UnixMilli())
	d.Add(s)
	m.touched[v.Text(environmentColumn)] = true
	return nil
}

// begunViews counts views that began. If that cannot be found out, nobody
// is kept from hearing of an incident.
func (e *Evaluator) begunViews(environment, title string, from, to int64) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), begunWithin)
	defer cancel()
	n, err := e.cfg.Begun(ctx, environment, title, from, to)
	if err != nil {
		e.metrics.errors.WithLabelValues("begun").Inc()
		e.cfg.Logger.Warn("views that began cannot be counted: an incident may open because of a rush of viewers", "err", err)
		return 0
	}
	return n
}

// takeDetectors takes what has become of incidents and of detectors. Once no views are left,
// all of them are told how late it is, so that hours without views count.
func (e *Evaluator) takeDetectors(ctx context.Context, s *step, all bool) {
	known, ok := e.cfg.Known(s.now)
	if all && ok && (s.now.Sub(s.advanced) >= advanceEvery || s.now.Before(s.advanced)) {
		s.advanced = s.now
		for environment, d := range s.detectors {
			d.Advance(known.UnixMilli())
			s.touched[environment] = true
		}
	}
	for environment := range s.touched {
		changes, states := s.detectors[environment].Take()
		s.States = append(s.States, states...)
		for _, c := range changes {
			e.tell(ctx, s, c)
		}
	}
	clear(s.touched)
}

// watch has watchers take the moments of settled ticks. What fails is tried again
// at the next one.
func (e *Evaluator) watch(ctx context.Context, s *step) error {
	known, ok := e.cfg.Known(s.now)
	if !ok {
		return nil
	}
	settled := query.SettledTick(known)
	if settled == s.settled {
		return nil
	}
	s.settled = settled
	watchers := e.watchers(s.remembered)
	switch err := e.monitor.Watch(ctx, settled, watchers); {
	case err == nil:
	case ctx.Err() != nil:
		return err
	case fault.CodeOf(err) == fault.Busy: // real-time numbers are still being made after a start
	default:
		e.metrics.errors.WithLabelValues("rules").Inc()
		e.cfg.Logger.Warn("rules cannot be evaluated: trying again", "err", err)
	}
	for _, w := range watchers {
		changes, state, dirty := w.Take()
		if dirty {
			s.RuleStates = append(s.RuleStates, meta.RuleState{RuleID: w.Rule().ID, Version: w.Rule().Version, Data: state})
		}
		for _, c := range changes {
			e.tell(ctx, s, c)
		}
	}
	return nil
}
