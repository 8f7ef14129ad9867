package live

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/query"
	"playhead/internal/view"
)

// TestPast compares answers about made-up views with those of the reference. Ticks
// are asked for piece by piece, some not at all.
func TestPast(t *testing.T) {
	for seed := range uint64(400) {
		c := newCrowd(seed)
		list := make(reference, c.IntN(25))
		for i := range list {
			list[i] = c.view(noon, 600_000, 1+c.Int64N(60_000))
		}
		p := c.plan(noon)
		p.GroupBy = query.NoGroups
		past := testPast(t, p)
		for i := range list {
			if !past.Add(&list[i]) {
				t.Fatal("it does not take more views")
			}
		}
		for from := p.From; from <= p.To; {
			part := *p
			part.From = min(p.To, from+query.TickEvery*c.Int64N(3))
			part.To = min(p.To, part.From+query.TickEvery*c.Int64N(50))
			from = part.To + query.TickEvery
			ticks, err := past.Ticks(t.Context(), &part)
			if diff := cmp.Diff(list.ticks(&part), ticks); err != nil || diff != "" {
				t.Fatalf("plan %+v of %+v: %v; ticks (-want +got):\n%s", part, *p, err, diff)
			}
			startups, err := past.Startups(t.Context(), &part)
			if err != nil {
				t.Fatal(err)
			}
			want := list.startups(&part)
			byTime(want)
			byTime(startups)
			if diff := cmp.Diff(want, startups, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("plan %+v: startups (-want +got):\n%s", part, diff)
			}
		}
	}
}

func testPast(t *testing.T, p *query.TickPlan) *Past {
	t.Helper()
	past, err := NewPast(p, true)
	if err != nil {
		t.Fatal(err)
	}
	return past
}

// TestPastOrder: a tick can be asked for once, and none outside of the plan.
func TestPastOrder(t *testing.T) {
	p := &query.TickPlan{Environment: "env", From: noon, To: noon + 100_000, GroupBy: query.NoGroups}
	past := testPast(t, p)
	for _, test := range []struct {
		from, to int64
		ok       bool
	}{{-5, 0, false}, {10, 20, true}, {20, 25, false}, {25, 25, true}, {30, 105, false}, {30, 100, true}} {
		part := *p
		part.From, part.To = noon+test.from*1000, noon+test.to*1000
		if _, err := past.Ticks(t.Context(), &part); (err == nil) != test.ok {
			t.Errorf("%d to %d: %v", test.from, test.to, err)
		}
	}
	for _, bad := range []query.TickPlan{
		{From: noon, To: noon, GroupBy: 0},
		{From: noon, To: noon - query.TickEvery, GroupBy: query.NoGroups},
		{From: noon, To: noon + 31*24*3_600_000, GroupBy: query.NoGroups},
	} {
		if _, err := NewPast(&bad, true); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	month := query.TickPlan{From: noon, To: noon + 30*24*3_600_000 + 60_000, GroupBy: query.NoGroups}
	testPast(t, &month)
}

// TestPastWhole: when reading stops, everything is there from the silence of those on
// whose views ended before. They come in their order, but for some seconds.
func TestPastWhole(t *testing.T) {
	c := newAudience(5)
	var list []view.Watch
	for i := range 6000 {
		w := c.view(noon+int64(i)*1000, 100_000)
		list = append(list, w)
	}
	end := func(w *view.Watch) int64 { return w.Spans[len(w.Spans)-1].At }
	slices.SortFunc(list, func(a, b view.Watch) int { return int(end(&b) - end(&a)) })
	p := &query.TickPlan{Environment: "env", From: noon, To: noon + 6_000_000, GroupBy: query.NoGroups}
	all, some := testPast(t, p), testPast(t, p)
	for i := range list {
		all.Add(&list[i])
		if i < 3500 {
			some.Add(&list[i])
		}
	}
	if whole := testPast(t, p).WholeFrom(); whole <= p.To {
		t.Errorf("of no views at all it is whole from %d ms on", whole-noon)
	}
	whole := some.WholeFrom()
	if whole <= noon+2_000_000 || whole >= noon+5_000_000 || whole%query.TickEvery != 0 {
		t.Errorf("it is whole from %d ms on", whole-noon)
	}
	part := *p
	part.From = whole
	want, err := all.Ticks(t.Context(), &part)
	if err != nil {
		t.Fatal(err)
	}
	got, err := some.Ticks(t.Context(), &part)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; (-of all +of those read):\n%s", err, diff)
	}
	if whole := all.WholeFrom(); whole > noon+2_500_000 {
		t.Errorf("of all views it is whole from %d ms on", whole-noon)
	}
}

// TestPastStartups: of too many first frames no more are taken.
func TestPastStartups(t *testing.T) {
	p := &query.TickPlan{Environment: "env", From: noon, To: noon + 3_600_000, GroupBy: query.NoGroups}
	past := testPast(t, p)
	past.startups = make([]uint64, maxPastStartups-2)
	w := view.Watch{Environment: "env", Spans: []view.Span{{At: noon, Activity: view.Playing, Startup: 10}, {At: noon + 10_000, Activity: view.Left, Startup: -1}}}
	if !past.Add(&w) {
		t.Error("it is full with one less than there may be")
	}
	if past.Add(&w) {
		t.Error("it is not full")
	}
	past, err := NewPast(p, false)
	if err != nil {
		t.Fatal(err)
	}
	if past.Add(&w); len(past.startups) > 0 {
		t.Error("first frames are kept that nobody asks for")
	}
}
