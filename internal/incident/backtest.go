package incident

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"playhead/internal/expr"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// The bounds of a back-test.
const (
	MaxBacktestDays   = 30
	backtestIncidents = 100              // are told of, the latest ones
	backtestReading   = 20 * time.Second // of stored views: then what has been read must do
)

// Backtest is what a rule would have found.
type Backtest struct {
	From, To  time.Time       // of the moments that were looked at: From is later than was asked for if time or memory did not suffice
	Count     int             // incidents that it would have opened
	Incidents []meta.Incident // the latest hundred, the latest first; they have no ids
	Open      time.Duration   // how long there was one, from its beginning to its end, together
	Moments   int64           // every five seconds
	Known     int64           // of them those that counted

	// Of the values that counted, in the unit of thresholds; nil if there are none.
	Lowest, P5, Median, P95, P99, Highest *float64
}

// Past tells what viewers did before the time that real-time numbers go back to.
type Past interface {
	// Read reads what viewers of a plan without groups did at its ticks, and the
	// startup times if they are asked for. It stops when ctx ends, or there is too
	// much; from which tick on it is whole is the second answer. Numbers tell of each
	// tick once, in their order.
	Read(ctx context.Context, p *query.TickPlan, startups bool) (query.Realtime, int64, error)
}

// Backtests evaluates rules over what was. At most one does at a time.
type Backtests struct {
	numbers query.Realtime
	past    Past
	turn    chan struct{} // whoever runs has it
}

// NewBacktests makes back-tests over the real-time numbers of the last day, and over
// the past before it.
func NewBacktests(numbers query.Realtime, past Past) *Backtests {
	return &Backtests{numbers: numbers, past: past, turn: make(chan struct{}, 1)}
}

// Backtest evaluates a rule that [CheckRule] accepts as if it had been made at a time,
// until another one, which is now: at most over thirty days. A second one at the
// same time is fault.Busy.
func (b *Backtests) Backtest(ctx context.Context, rule meta.AlertRule, from, to time.Time) (Backtest, error) {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	default:
		return Backtest{}, fault.New(fault.Busy, "another back-test is running: ask again when it has ended")
	}
	first, last := ceilTick(from.UnixMilli()), query.SettledTick(query.Known(b.numbers, to))
	switch {
	case to.Sub(from) > MaxBacktestDays*24*time.Hour:
		return Backtest{}, fault.Badf("days", "want at most %d", MaxBacktestDays)
	case first > last:
		return Backtest{}, fault.Badf("days", "nothing is settled yet from %s on", from.UTC().Format(time.RFC3339))
	}
	r, err := newReading(rule)
	if err != nil {
		return Backtest{}, err
	}
	numbers, first, err := b.open(ctx, r, first, last, last)
	if err != nil {
		return Backtest{}, err
	}
	return evaluate(ctx, r, numbers, first, last)
}

// open are the numbers from the minute before the first moment on and up to the last one,
// and what the first is: a later one if not everything could be read. Settled is the last
// settled tick, a day before which real-time numbers begin.
func (b *Backtests) open(ctx context.Context, r *reading, first, last, settled int64) (query.Realtime, int64, error) {
	reach := settled - query.RealtimeReach
	if h, ok := b.numbers.(query.Historian); ok {
		reach = max(reach, ceilTick(h.Since(r.plan.Environment)))
	}
	begin := first - beforeMoment
	if begin >= reach {
		return b.numbers, first, nil
	}
	p := r.plan
	p.From, p.To = begin, min(reach-query.TickEvery, last)
	reading, cancel := context.WithTimeout(ctx, backtestReading)
	defer cancel()
	past, whole, err := b.past.Read(reading, &p, r.ofStartups())
	if err != nil {
		return nil, 0, fmt.Errorf("read the past of a rule: %w", err)
	}
	if whole > begin {
		first = min(min(ceilTick(whole), reach)+beforeMoment, last)
	}
	return &spliced{past: past, now: b.numbers, at: reach}, first, nil
}

// spliced are the numbers of the past up to a tick, and of now from it on.
type spliced struct {
	past, now query.Realtime
	at        int64
}

// parts are the plan of the past and that of now, nil if they are not asked for
// anything.
func (s *spliced) parts(p *query.TickPlan) (past, now *query.TickPlan) {
	if p.From < s.at {
		part := *p
		part.To = min(p.To, s.at-query.TickEvery)
		past = &part
	}
	if p.To >= s.at {
		part := *p
		part.From = max(p.From, s.at)
		now = &part
	}
	return past, now
}

// Ticks implements [query.Realtime].
func (s *spliced) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	past, now := s.parts(p)
	if past == nil {
		return s.now.Ticks(ctx, now)
	}
	ticks, err := s.past.Ticks(ctx, past)
	if err != nil || now == nil {
		return ticks, err
	}
	more, err := s.now.Ticks(ctx, now)
	if err != nil {
		return nil, err
	}
	if len(ticks.Groups) != 1 || len(more.Groups) != 1 {
		return nil, errors.New("real-time numbers of all viewers are not one group")
	}
	ticks.Groups[0].Ticks = slices.Concat(ticks.Groups[0].Ticks, more.Groups[0].Ticks)
	return ticks, nil
}

// Startups implements [query.Realtime].
func (s *spliced) Startups(ctx context.Context, p *query.TickPlan) (list []query.Startup, err error) {
	past, now := s.parts(p)
	if past != nil {
		if list, err = s.past.Startups(ctx, past); err != nil {
			return nil, err
		}
	}
	if now == nil {
		return list, nil
	}
	more, err := s.now.Startups(ctx, now)
	return append(list, more...), err
}

// evaluate has a watcher take the moments from one tick to another.
func evaluate(ctx context.Context, r *reading, numbers query.Realtime, first, last int64) (Backtest, error) {
	rule := *r.rule
	rule.UpdatedAt = timeOf(first)
	w := NewWatcher(rule, func() string { return "" })
	b := Backtest{From: timeOf(first), To: timeOf(last)}
	var open *meta.Incident
	var values []float64
	for m, err := range eachMoment(ctx, r, numbers, first, last) {
		if err != nil {
			return Backtest{}, err
		}
		b.Moments++
		if w.counts(m) {
			values = append(values, m.Value)
		}
		w.Add(m)
		if b.Moments%chunkTicks != 0 && m.Tick != last {
			continue
		}
		changes, _, _ := w.Take()
		for _, c := range changes {
			open = b.change(c)
		}
	}
	if open != nil {
		b.keep(open)
		b.Open += b.To.Sub(open.StartedAt)
	}
	slices.Reverse(b.Incidents)
	b.Known = int64(len(values))
	b.distribution(values)
	return b, nil
}

// eachMoment are the moments from one tick to another. An error ends them.
func eachMoment(ctx context.Context, r *reading, numbers query.Realtime, first, last int64) iter.Seq2[Moment, error] {
	return func(yield func(Moment, error) bool) {
		a := &audience{plan: r.plan}
		for from := first; from <= last; from += chunkTicks * query.TickEvery {
			to := min(last, from+(chunkTicks-1)*query.TickEvery)
			err := ctx.Err()
			if err == nil {
				err = gone(a.read(ctx, numbers, from-beforeMoment, to, r.ofStartups()))
			}
			if err != nil {
				yield(Moment{}, err)
				return
			}
			for tick := from; tick <= to; tick += query.TickEvery {
				if !yield(r.moment(a, tick), nil) {
					return
				}
			}
		}
	}
}

// gone is the error of numbers: what they do not reach back to any more, as memory is
// scarce, was there when the back-test began.
func gone(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Invalid {
		return err
	}
	return &fault.Error{Code: fault.Busy, Message: "real-time numbers have become fewer meanwhile: ask again", Err: err}
}

// change takes what has become of an incident, and returns it while it is open.
func (b *Backtest) change(c Change) *meta.Incident {
	i := &c.Incident
	if c.Event == meta.Opened {
		b.Count++
	}
	if i.Status == meta.IncidentOpen {
		return i
	}
	b.keep(i)
	b.Open += i.ResolvedAt.Sub(i.StartedAt)
	return nil
}

// keep keeps an incident among the latest ones.
func (b *Backtest) keep(i *meta.Incident) {
	if len(b.Incidents) == backtestIncidents {
		b.Incidents = slices.Delete(b.Incidents, 0, 1)
	}
	b.Incidents = append(b.Incidents, *i)
}

// distribution tells where values are.
func (b *Backtest) distribution(values []float64) {
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	for to, p := range map[**float64]float64{&b.Lowest: 0, &b.P5: 0.05, &b.Median: 0.5, &b.P95: 0.95, &b.P99: 0.99, &b.Highest: 1} {
		value := expr.Interpolate(values, p)
		*to = &value
	}
}
