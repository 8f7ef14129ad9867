package live

import (
	"cmp"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// reference answers plans from all views, by the words of the rules: tick by
// tick, view by view and span by span.
type reference []view.Watch

func (r reference) ticks(p *query.TickPlan) *query.Ticks {
	answer := &query.Ticks{From: p.From}
	for _, value := range r.values(p) {
		group := query.TickGroup{Value: value}
		for t := p.From; t <= p.To; t += query.TickEvery {
			var sum query.Tick
			for i := range r {
				if r[i].Environment == p.Environment {
					sum.Add(tickOf(&r[i], t, spansAsked(&r[i], p, value)))
				}
			}
			group.Ticks = append(group.Ticks, sum)
		}
		empty := !slices.ContainsFunc(group.Ticks, func(t query.Tick) bool { return t != query.Tick{} })
		if !empty || p.GroupBy == query.NoGroups {
			group.Label = r.label(p, value)
			answer.Groups = append(answer.Groups, group)
		}
	}
	return answer
}

func (r reference) startups(p *query.TickPlan) []query.Startup {
	var list []query.Startup
	for i := range r {
		if r[i].Environment != p.Environment {
			continue
		}
		asked := spansAsked(&r[i], &query.TickPlan{Where: p.Where, GroupBy: query.NoGroups}, "")
		for k, s := range r[i].Spans {
			if s.Startup >= 0 && asked[k] && s.At > p.From-query.TickEvery && s.At <= p.To {
				value := ""
				if p.GroupBy == catalog.RealtimeCDN {
					value = s.CDN
				} else if p.GroupBy != query.NoGroups {
					value = r[i].Values[p.GroupBy]
				}
				list = append(list, query.Startup{At: s.At, Time: s.Startup, Value: value})
			}
		}
	}
	return list
}

// values are all that the dimension of the groups has, in order.
func (r reference) values(p *query.TickPlan) []string {
	if p.GroupBy == query.NoGroups {
		return []string{""}
	}
	var list []string
	for i := range r {
		list = append(list, r[i].Values[p.GroupBy])
		if p.GroupBy == catalog.RealtimeCDN {
			for _, s := range r[i].Spans {
				list = append(list, s.CDN)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// label is the last one, in their order, of the views in a group.
func (r reference) label(p *query.TickPlan, value string) string {
	label := ""
	if p.GroupBy == query.NoGroups || p.GroupBy == catalog.RealtimeCDN {
		return ""
	}
	for i := range r {
		if r[i].Environment != p.Environment {
			continue
		}
		asked := spansAsked(&r[i], p, value)
		for t := p.From; t <= p.To; t += query.TickEvery {
			if (tickOf(&r[i], t, asked) != query.Tick{}) {
				label = max(label, r[i].Labels[p.GroupBy])
			}
		}
	}
	return label
}

// spansAsked tells which spans of a view a plan asks for, in the group of a value.
func spansAsked(w *view.Watch, p *query.TickPlan, value string) []bool {
	asked := make([]bool, len(w.Spans))
	for k, s := range w.Spans {
		of := func(dimension int) string {
			if dimension == catalog.RealtimeCDN {
				return s.CDN
			}
			return w.Values[dimension]
		}
		asked[k] = p.GroupBy == query.NoGroups || of(p.GroupBy) == value
		for _, c := range p.Where {
			if slices.Contains(c.Values, of(c.Dimension)) == c.Not {
				asked[k] = false
			}
		}
	}
	return asked
}

// tickOf is what one view counts at tick t.
func tickOf(w *view.Watch, t int64, asked []bool) query.Tick {
	var sum query.Tick
	watches := false // whatever the plan asks for
	failed := false
	var stalled int64 // since when
	for k, s := range w.Spans {
		if s.Activity == view.Rebuffering && (k == 0 || w.Spans[k-1].Activity != view.Rebuffering) {
			stalled = s.At
		}
		end := s.At // after the last one there is nobody
		if k+1 < len(w.Spans) {
			end = w.Spans[k+1].At
		}
		within := t-5000 < s.At && s.At <= t
		at := s.At <= t && t < end
		watches = watches || at && s.Activity.Watching()
		if !asked[k] {
			continue
		}
		stalledLong := s.Activity == view.Rebuffering && t-stalled > 300_000
		if at && s.Activity.Watching() && !stalledLong {
			sum.Concurrent = 1
			if s.Activity == view.Starting {
				sum.StartingUp = 1
			}
			if s.Activity == view.Playing && s.Bitrate > 0 {
				sum.Bitrate, sum.BitrateViewers = s.Bitrate, 1
			}
		}
		if s.Activity == view.Starting && s.At <= t && end > t-5000 {
			sum.StartAttempts = 1
		}
		if within && s.Activity == view.LeftEarly {
			sum.Exits, sum.StartAttempts = 1, 1
		}
		if within && (s.Activity == view.Failed || s.Activity == view.FailedToStart) {
			sum.Failures, failed = 1, true
		}
		if within && s.Activity == view.FailedToStart {
			sum.StartupFailures, sum.StartAttempts = 1, 1
		}
		if s.Activity.Watching() && !s.Unheard {
			until := end
			if s.Activity == view.Rebuffering {
				until = min(until, stalled+300_000)
			}
			time := max(0, min(until, t)-max(s.At, t-5000))
			sum.WatchTime += time
			if s.Activity == view.Rebuffering {
				sum.RebufferTime += time
			}
		}
	}
	if failed && !watches {
		sum.Concurrent = 1
	}
	return sum
}

// byTime puts startups in an order.
func byTime(list []query.Startup) {
	slices.SortFunc(list, func(a, b query.Startup) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Value, b.Value))
	})
}
