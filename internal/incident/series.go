package incident

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// Series is what was measured in the time around an incident.
type Series struct {
	From, To time.Time  // the time that was looked at
	Points   []Measured // by their ends
}

// Measured is what a detector or a rule measures at once: the views of a bucket, or
// the minute before a moment.
type Measured struct {
	From, To time.Time
	Value    float64 // in the unit of thresholds; NaN is not known
	Sample   int64   // views, or mean concurrent viewers
	Counts   bool    // it says something: its value is known, of more than the least viewers
}

// The bounds of a series. A moment is over a minute, so of up to ten hours none is
// lost by their number.
const (
	mostMoments = 600
	mostBuckets = 200
	seriesWait  = 10 * time.Second // for another one that is being read
)

// SeriesReader reads what was measured around incidents: of rules as back-tests do, of
// anomalies by the stored views. It reads one at a time.
type SeriesReader struct {
	past  *Backtests
	views ViewLister
	turn  chan struct{} // whoever reads has it
}

// NewSeriesReader makes a reader of the numbers of back-tests and of stored views.
func NewSeriesReader(past *Backtests, views ViewLister) *SeriesReader {
	return &SeriesReader{past: past, views: views, turn: make(chan struct{}, 1)}
}

// Series is what was measured from before an incident began until after it ended, or
// until now. Near are the incidents of about the same time: of failures of all types those
// are left out that another one is about. Whoever waits for longer than ten seconds
// for others gets fault.Busy.
func (r *SeriesReader) Series(ctx context.Context, of meta.Incident, near []meta.Incident, now time.Time) (Series, error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return Series{}, ctx.Err()
	case <-time.After(seriesWait):
		return Series{}, fault.New(fault.Busy, "what other incidents measured is being read: ask again")
	}
	var s Series
	var err error
	if of.Rule != nil {
		s, err = r.past.series(ctx, &of, now)
	} else {
		s, err = newBuckets(r.views, &of, near).series(ctx, now)
	}
	if err != nil {
		return Series{}, fmt.Errorf("what incident %s measured: %w", of.ID, err)
	}
	return s, nil
}

// around is the time around an incident: half of its own before and after it, or what
// is wanted at least, but no more than two days.
func around(of *meta.Incident, least time.Duration, now time.Time) (from, to time.Time) {
	const most = 48 * time.Hour
	end := now
	if of.ResolvedAt != nil {
		end = *of.ResolvedAt
	}
	pad := min(max(end.Sub(of.StartedAt)/2, least), most)
	return of.StartedAt.Add(-pad), earlier(end.Add(pad), now)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// series takes the moments around an incident of a rule, as the rule was then: so many
// of them that they are no more than a chart has room for, those among them at
// which something happened.
func (b *Backtests) series(ctx context.Context, of *meta.Incident, now time.Time) (Series, error) {
	r, err := newReading(*of.Rule)
	if err != nil {
		return Series{}, err
	}
	from, to := around(of, max(3*of.Rule.Interval, 10*time.Minute), now)
	settled := query.SettledTick(query.Known(b.numbers, now))
	last := min(settled, ceilTick(to.UnixMilli()))
	first := max(ceilTick(from.UnixMilli()), last-MaxBacktestDays*24*hour)
	if first > last {
		return Series{From: from, To: to}, nil
	}
	numbers, first, err := b.open(ctx, r, first, last, settled)
	if err != nil {
		return Series{}, err
	}
	wanted := momentsOf(of, first, last)
	s := Series{From: timeOf(first), To: timeOf(last)}
	w := NewWatcher(*of.Rule, nil)
	for m, err := range eachMoment(ctx, r, numbers, first, last) {
		if err != nil {
			return Series{}, err
		}
		if !wanted(m.Tick) {
			continue
		}
		p := Measured{
			From: timeOf(m.Tick - minuteTicks*query.TickEvery), To: timeOf(m.Tick), Value: m.Value, Sample: int64(math.Round(m.Viewers)), Counts: w.counts(m),
		}
		asItWas(of, &p)
		s.Points = append(s.Points, p)
	}
	return s, nil
}

// asItWas has the moments at which an incident opened and closed be as they were then:
// what is known of viewers since, such as that they see ads, may have them be
// others.
func asItWas(of *meta.Incident, p *Measured) {
	if p.To.Equal(of.OpenedAt) {
		p.Value, p.Sample, p.Counts = of.MeasuredValue, of.SampleSize, true
	}
	if of.ClosedAt != nil && of.MeasuredValueOnClose != nil && p.To.Equal(*of.ClosedAt) {
		p.Value, p.Counts = *of.MeasuredValueOnClose, true
	}
}

// momentsOf tells which moments are shown: those at equal distances from the
// beginning of the incident, and those at which it opened, ended and closed.
func momentsOf(of *meta.Incident, first, last int64) func(tick int64) bool {
	count := (last-first)/query.TickEvery + 1
	step := (count + mostMoments - 1) / mostMoments * query.TickEvery
	special := []int64{of.OpenedAt.UnixMilli()}
	for _, at := range []*time.Time{of.ResolvedAt, of.ClosedAt} {
		if at != nil {
			special = append(special, at.UnixMilli())
		}
	}
	began := of.StartedAt.UnixMilli()
	return func(tick int64) bool { return (tick-began)%step == 0 || slices.Contains(special, tick) }
}

// byEnd sorts what was measured.
func byEnd(a, b Measured) int { return cmp.Or(a.To.Compare(b.To), a.From.Compare(b.From)) }
