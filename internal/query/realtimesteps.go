package query

import (
	"context"
	"fmt"

	"playhead/internal/fault"
)

// breakdownCells bounds how many ticks of groups are asked for at the same time
// for a breakdown over time: there can be as many groups as viewers. They take
// about 20 MB.
const breakdownCells = 1 << 18

// Historian is a [Realtime] that may have forgotten a part of the last 24 hours.
type Historian interface {
	// Since is where the history of an environment begins, in ms since 1970.
	Since(environment string) int64
}

// begin has ticks begin where the history does, if they begin before. Those that
// a parameter asks for are an error that names it.
func begin(e Realtime, p *TickPlan, param string) error {
	h, ok := e.(Historian)
	if !ok {
		return nil
	}
	first := ceilTick(h.Since(p.Environment))
	switch {
	case p.From >= first || p.From > p.To:
	case param != "":
		return fault.Badf(param, "numbers go back to %d; for older ones the server needs more --realtime-memory", first/1000)
	default:
		p.From = min(first, p.To)
	}
	return nil
}

// Point asks for the tick of a plan with one.
func (p *RealtimeBreakdownPlan) Point(ctx context.Context, e Realtime) (rows []RealtimeRow, total int, err error) {
	err = p.Steps(ctx, e, func(_ int64, r []RealtimeRow, n int) { rows, total = r, n })
	return rows, total, err
}

// Steps asks for the ticks of a plan and gives each of them in turn to visit:
// its rows, and how many there are before the limit. Of very many groups it asks
// for a few ticks at a time; the first tick tells how many groups there are. If
// suddenly there are more, so that the engine refuses, it asks for fewer ticks.
func (p *RealtimeBreakdownPlan) Steps(ctx context.Context, e Realtime, visit func(tick int64, rows []RealtimeRow, total int)) error {
	if err := begin(e, p.Ticks, p.param); err != nil {
		return err
	}
	for from, at := p.Ticks.From, int64(1); from <= p.Ticks.To; { // at: how many ticks at a time
		part := *p.Ticks
		part.From, part.To = from, min(p.Ticks.To, from+(at-1)*TickEvery)
		ticks, err := ticksOf(ctx, e, &part)
		if n := int64(part.Count()); n > 1 && fault.CodeOf(err) == fault.Invalid {
			at = max(1, n/4) // too many groups for so many ticks
			continue
		}
		if err != nil {
			return err
		}
		for i := range part.Count() {
			rows, total := p.Rows(ticks, i)
			visit(from+int64(i)*TickEvery, rows, total)
		}
		at = max(1, int64(breakdownCells/(len(ticks.Groups)+1)))
		from = part.To + TickEvery
	}
	return nil
}

// Points asks for the ticks of a plan without groups. Where nothing said where
// they begin they may be fewer: from the plan's first one then on.
func (p *RealtimePlan) Points(ctx context.Context, e Realtime) ([]Tick, error) {
	if err := begin(e, p.Ticks, p.param); err != nil {
		return nil, err
	}
	ticks, err := ticksOf(ctx, e, p.Ticks)
	if err != nil {
		return nil, err
	}
	if n := len(ticks.Groups); n != 1 {
		return nil, fmt.Errorf("real-time engine answered %d groups instead of one", n)
	}
	return ticks.Groups[0].Ticks, nil
}

// ticksOf runs a plan, and makes sure of what the answer has.
func ticksOf(ctx context.Context, e Realtime, p *TickPlan) (*Ticks, error) {
	ticks, err := e.Ticks(ctx, p)
	if err != nil {
		return nil, err
	}
	for i := range ticks.Groups {
		if n := len(ticks.Groups[i].Ticks); n != p.Count() {
			return nil, fmt.Errorf("real-time engine answered %d ticks instead of %d", n, p.Count())
		}
	}
	return ticks, nil
}
