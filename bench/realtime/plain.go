package main

import (
	"context"
	"slices"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// plain answers as one would without a thought for time: a list of views, and for
// each of them and each tick what it was doing. It is the baseline, and what the
// answers of live have to be.
//
// It is given an advantage that live has to work for: only the views in it that
// have to do with what is asked.
type plain struct {
	views []view.Watch
}

func (b *plain) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	n := int((p.To-p.From)/query.TickEvery) + 1
	groups := map[string]*query.TickGroup{}
	for i := range b.views {
		w := &b.views[i]
		if w.Environment != p.Environment || len(w.Spans) == 0 || !keeps(p, w) {
			continue
		}
		b.addView(p, w, n, groups)
	}
	answer := &query.Ticks{From: p.From}
	for _, g := range groups {
		answer.Groups = append(answer.Groups, *g)
	}
	slices.SortFunc(answer.Groups, func(a, b query.TickGroup) int { return strings.Compare(a.Value, b.Value) })
	return answer, nil
}

// addView adds a view at each tick at which it was there.
func (*plain) addView(p *query.TickPlan, w *view.Watch, n int, groups map[string]*query.TickGroup) {
	spans, stalled := w.Spans, w.Spans[0].At // since when, if the first of spans is a stall
	for k := range n {
		at := p.From + int64(k)*query.TickEvery
		for len(spans) > 1 && spans[1].At <= at-query.TickEvery {
			if spans[0].Activity != view.Rebuffering || spans[1].Activity != view.Rebuffering {
				stalled = spans[1].At
			}
			spans = spans[1:]
		}
		if spans[0].At > at || len(spans) == 1 && spans[0].At <= at-query.TickEvery {
			continue
		}
		addTick(p, spans, stalled, at, func(s *view.Span) *query.Tick { return group(groups, p, w, s, n, k) })
	}
}

// group is the tick that a span counts at.
func group(groups map[string]*query.TickGroup, p *query.TickPlan, w *view.Watch, s *view.Span, n, k int) *query.Tick {
	value, label := "", ""
	switch p.GroupBy {
	case query.NoGroups:
	case catalog.RealtimeCDN:
		value = s.CDN
	default:
		value, label = w.Values[p.GroupBy], w.Labels[p.GroupBy]
	}
	g, ok := groups[value]
	if !ok {
		g = &query.TickGroup{Value: value, Label: label, Ticks: make([]query.Tick, n)}
		groups[value] = g
	}
	return &g.Ticks[k]
}

// keeps looks at the conditions but those on the CDN.
func keeps(p *query.TickPlan, w *view.Watch) bool {
	for _, c := range p.Where {
		if c.Dimension != catalog.RealtimeCDN && slices.Contains(c.Values, w.Values[c.Dimension]) == c.Not {
			return false
		}
	}
	return true
}

func keepsSpan(p *query.TickPlan, s *view.Span) bool {
	for _, c := range p.Where {
		if c.Dimension == catalog.RealtimeCDN && slices.Contains(c.Values, s.CDN) == c.Not {
			return false
		}
	}
	return true
}

// addTick adds what a view was doing at a tick, and since the one before, of
// spans that begin with the one which was going on then; a stall may have begun
// before it.
func addTick(p *query.TickPlan, spans []view.Span, stalled, at int64, tick func(*view.Span) *query.Tick) {
	after := at - query.TickEvery
	var attempted, exited *view.Span
	var failed, is *view.Span
	for i := range spans {
		s := &spans[i]
		if s.At > at {
			break
		}
		end := s.At
		if i+1 < len(spans) {
			end = spans[i+1].At
		}
		if i > 0 && spans[i-1].Activity != view.Rebuffering {
			stalled = s.At
		}
		is = nil
		if end > at {
			is = s
		}
		if !keepsSpan(p, s) {
			is = nil
			continue
		}
		if s.Activity == view.Starting && end > after {
			attempted = s
		}
		if s.At > after {
			switch s.Activity {
			case view.LeftEarly:
				exited, attempted = s, s
			case view.Failed:
				failed = s
			case view.FailedToStart:
				failed, attempted = s, s
			}
		}
		if s.Activity == view.Rebuffering {
			end = min(end, stalled+query.StalledAfter+1)
			if at >= end {
				is = nil
			}
			end = min(end, stalled+query.StalledAfter)
		}
		if ms := min(end, at) - max(s.At, after); ms > 0 && s.Activity.Watching() && !s.Unheard {
			t := tick(s)
			t.WatchTime += ms
			if s.Activity == view.Rebuffering {
				t.RebufferTime += ms
			}
		}
	}
	count(attempted, exited, failed, is, tick)
}

func count(attempted, exited, failed, is *view.Span, tick func(*view.Span) *query.Tick) {
	if attempted != nil {
		tick(attempted).StartAttempts++
	}
	if exited != nil {
		tick(exited).Exits++
	}
	watching := is != nil && is.Activity.Watching()
	if failed != nil {
		t := tick(failed)
		t.Failures++
		if failed.Activity == view.FailedToStart {
			t.StartupFailures++
		}
		if !watching {
			t.Concurrent++
		}
	}
	if !watching {
		return
	}
	t := tick(is)
	t.Concurrent++
	if is.Activity == view.Starting {
		t.StartingUp++
	}
	if is.Activity == view.Playing && is.Bitrate > 0 {
		t.Bitrate += is.Bitrate
		t.BitrateViewers++
	}
}

func (b *plain) Startups(_ context.Context, p *query.TickPlan) ([]query.Startup, error) {
	var list []query.Startup
	for i := range b.views {
		w := &b.views[i]
		if w.Environment != p.Environment || !keeps(p, w) {
			continue
		}
		for k := range w.Spans {
			if s := &w.Spans[k]; s.Startup >= 0 && s.At > p.From-query.TickEvery && s.At <= p.To && keepsSpan(p, s) {
				first := query.Startup{At: s.At, Time: s.Startup}
				switch p.GroupBy {
				case query.NoGroups:
				case catalog.RealtimeCDN:
					first.Value = s.CDN
				default:
					first.Value = w.Values[p.GroupBy]
				}
				list = append(list, first)
			}
		}
	}
	return list, nil
}
