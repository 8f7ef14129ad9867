package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// starts is an engine of first frames.
type starts []Startup

func (s starts) Ticks(context.Context, *TickPlan) (*Ticks, error) {
	return nil, errors.New("nobody asks for them")
}

func (s starts) Startups(context.Context, *TickPlan) ([]Startup, error) { return s, nil }

// manyGroups is an engine of as many groups, each of which has as many viewers
// as the tick is seconds after 1970. It remembers what was asked for.
type manyGroups struct {
	starts
	groups int
	asked  *[]int // ticks
}

func (m manyGroups) Ticks(_ context.Context, p *TickPlan) (*Ticks, error) {
	*m.asked = append(*m.asked, p.Count())
	ticks := make([]Tick, p.Count())
	for i := range ticks {
		ticks[i].Concurrent = p.From/1000 + int64(i)*TickEvery/1000
	}
	result := &Ticks{From: p.From, Groups: make([]TickGroup, m.groups)}
	for i := range result.Groups {
		result.Groups[i] = TickGroup{Value: fmt.Sprint(i), Ticks: ticks}
	}
	return result, nil
}

// TestRealtimeSteps: every tick is visited once and in order; of very many
// groups only a few ticks are asked for at the same time.
func TestRealtimeSteps(t *testing.T) {
	for _, tt := range []struct {
		groups int
		want   []int
	}{
		{3, []int{1, 11}},
		{100_000, []int{1, 2, 2, 2, 2, 2, 1}},
	} {
		p, err := RealtimeBreakdownTimeseries(realtimeRequest())
		if err != nil {
			t.Fatal(err)
		}
		var asked []int
		var visited []int64
		err = p.Steps(t.Context(), manyGroups{groups: tt.groups, asked: &asked}, func(tick int64, rows []RealtimeRow, total int) {
			visited = append(visited, tick)
			if total != tt.groups || rows[0].Metric != float64(tick/1000) {
				t.Errorf("at %d: %d groups, the first of %v", tick, total, rows[0].Metric)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		for tick := p.Ticks.From; tick <= p.Ticks.To; tick += TickEvery {
			want = append(want, tick)
		}
		if diff := cmp.Diff(want, visited); diff != "" || len(visited) != 12 {
			t.Errorf("%d groups: ticks (-want +got):\n%s", tt.groups, diff)
		}
		if diff := cmp.Diff(tt.want, asked); diff != "" {
			t.Errorf("%d groups: asked (-want +got):\n%s", tt.groups, diff)
		}
	}
}

// crowding is an engine of which more and more groups are there, and that refuses
// more than 1,000 ticks of groups at a time.
type crowding struct{ manyGroups }

func (c crowding) Ticks(ctx context.Context, p *TickPlan) (*Ticks, error) {
	c.groups = 1
	if p.Count() > 1 || p.From > sec(12, 30, 0) {
		c.groups = 200
	}
	if p.Count()*c.groups > 1000 {
		*c.asked = append(*c.asked, -p.Count())
		return nil, fault.Badf("dimension", "too many values for %d points", p.Count())
	}
	return c.manyGroups.Ticks(ctx, p)
}

// TestRealtimeCrowding: when there are suddenly too many groups for as many ticks,
// fewer are asked for at a time.
func TestRealtimeCrowding(t *testing.T) {
	r := realtimeRequest()
	r.Timeframe = []string{"10:minutes"}
	p, err := RealtimeBreakdownTimeseries(r)
	if err != nil {
		t.Fatal(err)
	}
	var asked []int
	next := p.Ticks.From
	err = p.Steps(t.Context(), crowding{manyGroups{asked: &asked}}, func(tick int64, _ []RealtimeRow, _ int) {
		if tick != next {
			t.Errorf("tick %d, want %d", tick, next)
		}
		next = tick + TickEvery
	})
	if err != nil || next != p.Ticks.To+TickEvery {
		t.Errorf("error %v, asked for %v until %d", err, asked, next)
	}
	// A single tick is not refused for that.
	p.Ticks.To = p.Ticks.From
	refused(t, p.Steps(t.Context(), overcrowded{}, nil), fault.Invalid, "dimension", "too many")
}

// overcrowded is an engine that refuses any number of ticks.
type overcrowded struct{ starts }

func (overcrowded) Ticks(context.Context, *TickPlan) (*Ticks, error) {
	return nil, fault.Badf("dimension", "too many values for 1 point")
}

// short is an engine that answers less than what was asked for.
type short struct {
	starts
	result Ticks
}

func (s short) Ticks(context.Context, *TickPlan) (*Ticks, error) { return &s.result, nil }

// TestRealtimeShort: what an engine gets wrong is an error, not a panic.
func TestRealtimeShort(t *testing.T) {
	p, err := RealtimeTimeseries(realtimeRequest())
	if err != nil {
		t.Fatal(err)
	}
	for want, result := range map[string]Ticks{
		"0 groups instead of one":  {},
		"1 ticks instead of 360":   {Groups: []TickGroup{{Ticks: make([]Tick, 1)}}},
		"359 ticks instead of 360": {Groups: []TickGroup{{Ticks: make([]Tick, 359)}}},
	} {
		if _, err := p.Points(t.Context(), short{result: result}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// newly is an engine whose history begins at a time.
type newly struct {
	manyGroups
	since int64
}

func (n newly) Since(environment string) int64 {
	if environment != "env" {
		return n.since + 3_600_000
	}
	return n.since
}

// TestRealtimeHistory: what is asked for by default begins where the history
// does; what a parameter asks for from before is refused.
func TestRealtimeHistory(t *testing.T) {
	var asked []int
	e := newly{manyGroups{groups: 1, asked: &asked, starts: starts{{At: sec(12, 32, 30), Time: 5}, {At: sec(12, 33, 30), Time: 7}}}, sec(12, 32, 31)}
	series, err := RealtimeTimeseries(realtimeRequest())
	if err != nil {
		t.Fatal(err)
	}
	if ticks, err := series.Points(t.Context(), e); err != nil || len(ticks) != 29 || series.Ticks.From != sec(12, 32, 35) {
		t.Errorf("%v, %d ticks from %d; want 29 from 12:32:35 on", err, len(ticks), series.Ticks.From)
	}
	r := realtimeRequest()
	r.Metric = "video-startup-time"
	histogram, err := RealtimeHistogram(r)
	if err != nil {
		t.Fatal(err)
	}
	minutes, err := histogram.Minutes(t.Context(), e)
	if err != nil || len(minutes) != 2 || minutes[0].At != sec(12, 33, 0) || minutes[0].Mean != 7 {
		t.Errorf("%v, %+v; want the two minutes from 12:33 on", err, minutes)
	}
	r = realtimeRequest()
	r.Timestamp = "1772368354" // 12:32:34, which belongs to 12:32:30
	if series, err = RealtimeTimeseries(r); err != nil {
		t.Fatal(err)
	}
	_, err = series.Points(t.Context(), e)
	refused(t, err, fault.Invalid, "timestamp", "go back to 1772368355", "--realtime-memory")
	one, err := RealtimeBreakdown(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = one.Point(t.Context(), e)
	refused(t, err, fault.Invalid, "timestamp", "go back to 1772368355")
	r.Timeframe = []string{"4:minutes"}
	steps, err := RealtimeBreakdownTimeseries(r)
	if err != nil {
		t.Fatal(err)
	}
	err = steps.Steps(t.Context(), e, func(int64, []RealtimeRow, int) { t.Error("visited") })
	refused(t, err, fault.Invalid, "timeframe[]", "go back to 1772368355")

	e.since = sec(12, 40, 0) // nothing is known yet
	if series, err = RealtimeTimeseries(realtimeRequest()); err != nil {
		t.Fatal(err)
	}
	if ticks, err := series.Points(t.Context(), e); err != nil || len(ticks) != 1 || series.Ticks.From != sec(12, 34, 55) {
		t.Errorf("%v, %d ticks from %d; want the newest one", err, len(ticks), series.Ticks.From)
	}
}
