package live

import (
	"context"
	"errors"

	"playhead/internal/query"
)

// TicksOf implements [query.Several]: each page and block is looked at for all plans
// before the next one is. With a hundred plans of one tick that is several times as
// fast as one plan after the other, each of which passes over all views.
func (s *Store) TicksOf(ctx context.Context, plans []*query.TickPlan) ([]*query.Ticks, error) {
	list := make([]*groups, len(plans))
	err := s.several(ctx, plans, func(i int, r *reading) func(*viewed) error {
		list[i] = groupsOf(r)
		return list[i].view
	})
	if err != nil {
		return nil, err
	}
	answers := make([]*query.Ticks, len(plans))
	for i, g := range list {
		answers[i] = g.answer()
	}
	return answers, nil
}

// StartupsOf implements [query.Several], as TicksOf does.
func (s *Store) StartupsOf(ctx context.Context, plans []*query.TickPlan) ([][]query.Startup, error) {
	answers := make([][]query.Startup, len(plans))
	err := s.several(ctx, plans, func(i int, r *reading) func(*viewed) error {
		return func(v *viewed) error {
			answers[i] = r.startup(v, answers[i])
			return nil
		}
	})
	return answers, err
}

// several reads all views for some plans of the same environment and ticks. What is to
// be done with those of a plan is asked for by its index.
func (s *Store) several(ctx context.Context, plans []*query.TickPlan, of func(i int, r *reading) func(*viewed) error) error {
	if len(plans) == 0 {
		return nil
	}
	first := plans[0]
	for _, p := range plans {
		if p.Environment != first.Environment || p.From != first.From || p.To != first.To {
			return errors.New("plans that are answered together have to be of the same environment and ticks")
		}
	}
	r, end, err := s.read(ctx, first)
	if err != nil {
		return err
	}
	defer end()
	readings, do := make([]*reading, len(plans)), make([]func(*viewed) error, len(plans))
	for i, p := range plans {
		readings[i] = r.with(p)
		readings[i].memory /= int64(len(plans))
		do[i] = of(i, readings[i])
	}
	if r.env == nil {
		return nil
	}
	for unit := range r.units() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, of := range readings {
			if err := of.unit(unit, do[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// with is the reading of another plan of the same environment and ticks, at the same
// moment.
func (r *reading) with(p *query.TickPlan) *reading {
	other := *r
	other.TickPlan = p
	other.states, other.local = nil, nil
	other.filter()
	return &other
}
