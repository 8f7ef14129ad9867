package query

import (
	"context"
	"fmt"
)

// breakdownCells bounds how many ticks of groups are held at the same time for
// a breakdown over time: there can be as many groups as viewers. They take
// about 80 MB.
const breakdownCells = 1 << 20

// Point asks for the tick of a plan with one.
func (p *RealtimeBreakdownPlan) Point(ctx context.Context, e Realtime) (rows []RealtimeRow, total int, err error) {
	err = p.Steps(ctx, e, func(_ int64, r []RealtimeRow, n int) { rows, total = r, n })
	return rows, total, err
}

// Steps asks for the ticks of a plan and gives each of them in turn to visit:
// its rows, and how many there are before the limit. Of very many groups it asks
// for a few ticks at a time; the first tick tells how many groups there are.
func (p *RealtimeBreakdownPlan) Steps(ctx context.Context, e Realtime, visit func(tick int64, rows []RealtimeRow, total int)) error {
	for from, at := p.Ticks.From, int64(1); from <= p.Ticks.To; {
		part := *p.Ticks
		part.From, part.To = from, min(p.Ticks.To, from+(at-1)*TickEvery)
		ticks, err := ticksOf(ctx, e, &part)
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

// Points asks for the ticks of a plan without groups.
func (p *RealtimePlan) Points(ctx context.Context, e Realtime) ([]Tick, error) {
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
