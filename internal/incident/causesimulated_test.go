package incident

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/simulate"
	"playhead/internal/store/memory"
	"playhead/internal/view"
)

var causeSeeds = flag.Uint64("cause-seeds", 0, "worlds with all faults that causes are looked for in; 0: one world with the first two")

// morning is when the worlds of these tests begin: on a Tuesday, far from any event.
var morning = time.Date(2026, 11, 17, 10, 0, 0, 0, time.UTC)

// injected is a fault, the incident that it makes, and the cause to be named first.
type injected struct {
	fault  string
	metric string // of a rule; "": an anomaly
	limit  float64
	below  bool
	want   string
}

var injectedFaults = []injected{
	{fault: "cdn=skyhop,country=DE:nostart=0.9", want: "cdn=skyhop and country=DE"},
	{fault: "title=bread:nostart=0.6", want: "video_title=A Baker's Night"},
	{fault: "release=5.3.0:slow=5", metric: "video-startup-time", limit: 1500, want: "player_version=5.3.0"},
	{fault: "device=tv:nostart=0.4,code=cert", want: "viewer_device_category=tv"},
	{fault: "asn=3320:nostart=0.6", want: "asn=3320"},
	{fault: "cdn=skyhop:stall=40", metric: "current-rebuffering-percentage", limit: 5, want: "cdn=skyhop"},
	{fault: "release=12.4:nostart=0.5", metric: "video-startup-failure-percentage", limit: 1, want: "player_version=12.4"},
	{fault: "all:nostart=0.3", want: ""},
	{fault: "title=lighthouse:rush=8", metric: "current-concurrent-viewers", limit: 1, want: "video_title=Keeper of the Light"},
}

const (
	faultEvery = 45 * time.Minute
	faultLasts = 20 * time.Minute
)

// TestSimulatedCauses plays worlds in which one thing after the other goes wrong, and
// has each explained as its incident is open for a while: the views that are complete by then, and those in
// progress, are what a server has.
func TestSimulatedCauses(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	faults, seeds := injectedFaults, *causeSeeds
	if seeds == 0 {
		faults, seeds = faults[:2], 1
	}
	first := map[string]int{}
	for seed := uint64(1); seed <= seeds; seed++ {
		w := simulate.World{Seed: seed}
		for i, in := range faults {
			from := faultEvery * time.Duration(i+1)
			f, err := simulate.ParseFault(fmt.Sprintf("%s@%s+%s", in.fault, from, faultLasts))
			if err != nil {
				t.Fatal(err)
			}
			w.Faults = append(w.Faults, f)
		}
		length := faultEvery * time.Duration(len(faults)+1)
		views := played(t, w, morning, length, int(3000*length.Hours()))
		for i, in := range faults {
			start := morning.Add(faultEvery * time.Duration(i+1))
			of := in.incident(start.Add(3 * time.Minute))
			now := start.Add(20 * time.Minute)
			began := time.Now()
			causes, err := NewCauseReader(storedAt(t, views, now, start), openAt{views, now}).Causes(t.Context(), of, now)
			if err != nil {
				t.Fatal(err)
			}
			of.Causes = causes
			got := ""
			if len(causes) > 0 {
				got = segment(causes[0].Breakdowns)
			}
			t.Logf("seed %d: %s (%s): %s", seed, w.Faults[i], time.Since(began).Round(time.Millisecond), explanation(&of))
			if got == in.want && causes != nil {
				first[in.fault]++
			}
		}
	}
	for _, in := range faults {
		t.Logf("%s: named first %d of %d times", in.fault, first[in.fault], seeds)
		if float64(first[in.fault]) < 0.75*float64(seeds) {
			t.Errorf("%s: %q is named first %d of %d times, want nearly always", in.fault, in.want, first[in.fault], seeds)
		}
	}
}

// incident is the one that the fault makes.
func (in *injected) incident(start time.Time) meta.Incident {
	of := meta.Incident{ID: "000001", EnvironmentID: "environment", Status: meta.IncidentOpen, Measurement: Measurement, StartedAt: start}
	if in.metric != "" {
		of.Rule = &meta.AlertRule{Metric: in.metric, Direction: meta.Above, Threshold: in.limit, Interval: time.Minute}
		if in.below {
			of.Rule.Direction = meta.Below
		}
		of.Measurement, of.Threshold, of.CurrentValue = in.metric, in.limit, in.limit
	}
	return of
}

// storedAt is a store with the views that were over at a time, but those that ended
// while other things were wrong than what is from a time on.
func storedAt(t *testing.T, views []*view.View, now, wrong time.Time) *memory.Store {
	t.Helper()
	s := memory.New()
	var over []*view.View
	for _, v := range views {
		end := time.UnixMilli(int64(numberOf(v, "view_end")))
		since := end.Sub(morning)
		well := since < faultEvery || since%faultEvery > faultLasts+5*time.Minute
		if end.Before(now) && (well || !end.Before(wrong)) {
			over = append(over, v)
		}
	}
	if err := s.Commit(t.Context(), view.Batch{Views: over}); err != nil {
		t.Fatal(err)
	}
	return s
}

func numberOf(v *view.View, column string) float64 {
	n, _ := v.Number(catalog.MustColumn(column))
	return n
}

// openAt lists views that were in progress at a time. It knows more of them than
// a server would: how they went on.
type openAt struct {
	views []*view.View
	now   time.Time
}

func (o openAt) List(context.Context, *query.ListPlan) (*query.ListResult, error) {
	now, r := float64(o.now.UnixMilli()), &query.ListResult{}
	for _, v := range o.views {
		start, _ := v.Number(colStart)
		if start <= now && numberOf(v, "view_end") >= now {
			r.Views = append(r.Views, v)
		}
	}
	r.Total = len(r.Views)
	return r, nil
}
