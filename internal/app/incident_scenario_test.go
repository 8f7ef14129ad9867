package app

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/simulate"
)

var scenarioSeeds = flag.Int("seeds", 0, "how many worlds each scenario of incidents is played in; 0: the shortest one, cut short, in one world")

// scenario is something that happens to some viewers, and what incidents have to
// say of it.
type scenario struct {
	name    string        // as docs/incidents.md calls it
	fault   string        // as it is written on a command line, without its time
	perHour int           // views that come, if nothing happens
	quiet   time.Duration // how long nothing happens before
	lasts   time.Duration
	within  time.Duration // after its end all incidents are closed
	causes  []string      // ways to name it as "dimension=value" or two of them, sorted; none: it is no incident
}

// Synonyms are named where the same viewers have both.
var scenarios = []scenario{
	{
		"a CDN fails in one country", "cdn=skyhop,country=US:fail=0.9,code=503", 5400, 10 * time.Minute, 20 * time.Minute, 45 * time.Minute,
		[]string{"cdn=skyhop country=US"},
	}, {
		"a title has a broken rendition", "title=derby-goals:fail=0.4,code=3", 5400, 10 * time.Minute, 20 * time.Minute, 45 * time.Minute,
		[]string{"video_title=City Derby: All the Goals"},
	}, {
		"a release of the player starts slowly", "release=5.3.1:slow=6", 7200, 10 * time.Minute, 10 * time.Minute, 15 * time.Minute,
		[]string{"player_version=5.3.1"},
	}, {
		"a certificate is bad on one kind of device", "system=webOS:nostart=1,code=CERT", 5400, 10 * time.Minute, 20 * time.Minute, 45 * time.Minute,
		[]string{"operating_system=webOS", "viewer_device_manufacturer=LG"},
	}, {
		"many come at once, and nothing is wrong", "title=derby:rush=5", 3600, 10 * time.Minute, 15 * time.Minute, 10 * time.Minute, nil,
	},
}

// usualRules are those that every environment of these tests has.
var usualRules = []meta.AlertRule{
	{
		Name: "starts without ads are slow on the site", Enabled: true, Metric: "video-startup-time", Direction: meta.Above, Threshold: 1500,
		Interval: 3 * time.Minute, MinViewers: 50, Severity: meta.SeverityWarning,
		Filters: []meta.RuleFilter{{Dimension: "player_name", Values: []string{"site"}}, {Dimension: "view_has_ad", Values: []string{"false"}}},
	}, {
		Name: "much rebuffering", Enabled: true, Metric: "current-rebuffering-percentage", Direction: meta.Above, Threshold: 5,
		Interval: 5 * time.Minute, MinViewers: 50, Severity: meta.SeverityWarning,
	}, {
		Name: "starts fail", Enabled: true, Metric: "video-startup-failure-percentage", Direction: meta.Above, Threshold: 10,
		Interval: 5 * time.Minute, MinViewers: 50, Severity: meta.SeverityAlert,
	},
}

// TestIncidentScenarios plays faults over the whole pipeline, in time that is
// made up: each is found, its cause is named first, and its incidents close when it
// is over; nothing else is taken for an incident, nor is a rush of viewers. The table
// in docs/incidents.md has bounds of what is measured here.
//
// An hour of viewers takes a minute, so only a part of one scenario is played unless more
// is asked for: go test ./internal/app -run TestIncidentScenarios -args -seeds 3
func TestIncidentScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("make unit plays it, and others have the same parts run at once here")
	}
	bounds := readScenarioTable(t)
	for _, sc := range scenarios {
		seeds := uint64(max(0, *scenarioSeeds)) //nolint:gosec // not negative
		if seeds == 0 && sc.lasts == 10*time.Minute {
			seeds, sc.quiet, sc.lasts = 1, 3*time.Minute, 5*time.Minute
		}
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s/%d", sc.name, seed+1), func(t *testing.T) {
				t.Parallel()
				var f *findings
				synctest.Test(t, func(t *testing.T) { f = sc.play(t, seed+1) })
				sc.check(t, f, bounds[sc.name])
			})
		}
	}
}

// findings are what a scenario was found out of.
type findings struct {
	begins, ends time.Time
	told         []delivered
	open         []meta.Incident // at the end
	measured     []measured      // by incidents that closed
}

// measured is an incident, and what it measured.
type measured struct {
	meta.Incident
	series incident.Series
}

// play plays a scenario: some time of nothing, then the fault, then nothing until all
// incidents are closed, or for as long as that may take.
func (sc *scenario) play(t *testing.T, seed uint64) *findings {
	t.Helper()
	fault, err := simulate.ParseFault(fmt.Sprintf("%s@%s+%s", sc.fault, sc.quiet, sc.lasts))
	if err != nil {
		t.Fatal(err)
	}
	world := simulate.World{Seed: 100 + seed}
	s := newStage(t, &simulate.Past{EnvKey: "key", World: world, Views: 2000})
	s.listen(t)
	f := &findings{begins: stageAt.Add(sc.quiet), ends: stageAt.Add(sc.quiet + sc.lasts)}
	world.Seed, world.Faults = 1000+seed, []simulate.Fault{fault}
	length := sc.quiet + sc.lasts + sc.within
	past := &simulate.Past{
		EnvKey: "key", World: world, From: stageAt, Until: stageAt.Add(max(length, time.Hour)), Whole: true,
		Views: int(float64(sc.perHour) * max(length, time.Hour).Hours()),
	}
	s.play(t, past, func() bool {
		over := time.Since(f.ends)
		return over > sc.within || over > 10*time.Minute && len(sc.causes) > 0 && len(s.open(t)) == 0
	})
	f.told, f.open = s.receiver.messages(), s.open(t)
	for _, d := range f.told {
		if d.Event == meta.Closed {
			f.measured = append(f.measured, s.measured(t, d.Incident.ID))
		}
	}
	return f
}

// measured is what an incident measured, as it is read afterwards.
func (s *stage) measured(t *testing.T, id string) measured {
	t.Helper()
	of, err := s.records.Incident(t.Context(), s.environment, id)
	if err != nil {
		t.Fatal(err)
	}
	series, err := incident.NewSeriesReader(s.newBacktests(), s.views).Series(t.Context(), of, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return measured{of, series}
}

// check holds what was read afterwards against what was measured when it happened:
// the value and the sample at the opening, the value at the close, the worst one, and
// that nothing was wrong before, of as many viewers as say something.
func (m *measured) check(t *testing.T, begins time.Time) {
	t.Helper()
	opened, closed, worst := 0, 0, incident.Measured{Sample: 1}
	i := &m.Incident
	for _, p := range m.series.Points {
		wrong := p.Counts && p.Value >= i.Threshold
		if at := p.To.Truncate(time.Second); at.Equal(i.OpenedAt) {
			if opened++; p.Value != i.MeasuredValue || p.Sample != i.SampleSize {
				t.Errorf("incident %s opened at %v of %d, and was at %v of %d", i.ID, p.Value, p.Sample, i.MeasuredValue, i.SampleSize)
			}
		} else if over := i.ResolvedAt; i.Rule == nil && at.Equal(*over) || i.Rule != nil && at.Equal(*i.ClosedAt) {
			if p.Value == *i.MeasuredValueOnClose { // another bucket may end in the same second
				closed++
			}
		}
		switch {
		case wrong && p.To.Before(begins):
			t.Errorf("incident %s: %v of %d at %s, before anything was wrong", i.ID, p.Value, p.Sample, p.To)
		case !p.From.Before(i.StartedAt) && !p.To.After(*i.ClosedAt):
			if p.Value > worst.Value {
				worst = p
			}
		}
	}
	// In between, views are as they have become since: of a thousand five may be others,
	// of a hundred two. Viewers of a rule may be others altogether.
	since := max(0.5, 200/float64(worst.Sample)) // percentage points
	if opened != 1 || closed < 1 || i.Rule == nil && math.Abs(worst.Value-i.PeakValue) > since {
		t.Errorf("incident %s: of %d points %d are its opening and %d its close, and the worst is %v of %d, want %v", i.ID, len(m.series.Points), opened, closed, worst.Value, worst.Sample, i.PeakValue)
	}
}

// listen has the usual rules, and a channel that is told of everything.
func (s *stage) listen(t *testing.T) {
	t.Helper()
	for _, rule := range usualRules {
		rule.EnvironmentID = s.environment
		if _, err := s.records.CreateAlertRule(t.Context(), rule); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.records.CreateChannel(t.Context(), meta.Channel{
		EnvironmentID: s.environment, Name: "all", Kind: meta.Webhook, Enabled: true, Subscription: meta.All, Target: "https://example.com/",
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) open(t *testing.T) []meta.Incident {
	t.Helper()
	open, err := s.records.OpenIncidents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// check checks what was found, and logs it.
func (sc *scenario) check(t *testing.T, f *findings, most bound) {
	t.Helper()
	for _, i := range f.open {
		t.Errorf("incident %s is still open: %s", i.ID, i.Description)
	}
	opened := map[string]bool{}
	for _, d := range f.told {
		switch {
		case d.Event == meta.Opened && !opened[d.Incident.ID]:
			if after := d.at.Sub(f.begins); len(opened) == 0 && after > most.detected {
				t.Errorf("it was found %s after it began, want %s", after, most.detected)
			}
			opened[d.Incident.ID] = true
			sc.checkOpened(t, f, &d)
		case d.Event == meta.Closed && opened[d.Incident.ID]:
			over := d.at.Sub(f.ends)
			t.Logf("closed %s after it ended: %s", over.Round(time.Second), d.Incident.Description)
			if over > most.closed {
				t.Errorf("incident %s closed %s after it ended, want %s", d.Incident.ID, over, most.closed)
			}
		default:
			t.Errorf("incident %s: it was told that it is %s", d.Incident.ID, d.Event)
		}
	}
	for i := range f.measured {
		f.measured[i].check(t, f.begins)
	}
	if found := len(opened) > 0; found != (len(sc.causes) > 0) {
		t.Errorf("it was found to be an incident: %t", found)
	}
	if len(f.told) != 2*len(opened) {
		t.Errorf("%d messages about %d incidents, want that each was told when it opened and when it closed", len(f.told), len(opened))
	}
}

// checkOpened checks an incident as it was when it opened.
func (sc *scenario) checkOpened(t *testing.T, f *findings, d *delivered) {
	t.Helper()
	i, after, over, late := &d.Incident, d.at.Sub(f.begins), d.at.Sub(f.ends), d.at.Sub(d.Incident.OpenedAt)
	t.Logf("told %s after it began, %s after it opened: %s (%s)", after.Round(time.Second), late.Round(time.Second), i.Description, strings.Join(causeNames(i), ", "))
	if rank := sc.rank(i); rank != 1 {
		t.Errorf("incident %s names the cause in place %d of %q, want it first", i.ID, rank, causeNames(i))
	}
	if after <= 0 || over > time.Minute {
		t.Errorf("incident %s opened %s after it began, and %s after it ended", i.ID, after, over)
	}
	if late > toldWithin {
		t.Errorf("incident %s was told %s after it opened, want %s", i.ID, late, toldWithin)
	}
}

// toldWithin is how long it takes at most from the last view or moment that an incident needs
// until people are told: views that end without a word are complete after a minute.
const toldWithin = 65 * time.Second

// causeNames are what an incident is about and its causes, the best first.
func causeNames(i *meta.Incident) []string {
	var list []string
	if len(i.Breakdowns) > 0 && i.Rule == nil {
		if about := breakdownsName(i.Breakdowns); about != "" {
			list = append(list, about)
		}
	}
	for _, c := range i.Causes {
		list = append(list, breakdownsName(c.Breakdowns))
	}
	return list
}

// breakdownsName leaves out the type of the error: that is what happens, and not why.
func breakdownsName(list []meta.Breakdown) string {
	var names []string
	for _, b := range list {
		if b.Name != "error_type_id" {
			names = append(names, b.Name+"="+b.Value)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// rank is in which place an incident names what was done; 0 is not at all.
func (sc *scenario) rank(i *meta.Incident) int {
	for place, name := range causeNames(i) {
		if slices.Contains(sc.causes, name) {
			return place + 1
		}
	}
	return 0
}

// bound is what docs/incidents.md says of a scenario.
type bound struct{ detected, closed time.Duration }

// readScenarioTable reads the table of docs/incidents.md.
func readScenarioTable(t *testing.T) map[string]bound {
	t.Helper()
	text, err := os.ReadFile("../../docs/incidents.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| ([^|]+) \|.*at most (\d+) min.*at most (\d+) min`)
	bounds := map[string]bound{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		bounds[m[1]] = bound{minutes(m[2]), minutes(m[3])}
	}
	for _, sc := range scenarios {
		if _, ok := bounds[sc.name]; !ok && len(sc.causes) > 0 {
			t.Errorf("docs/incidents.md has no row of %q", sc.name)
		}
	}
	return bounds
}

func minutes(text string) time.Duration {
	n, _ := strconv.Atoi(text)
	return time.Duration(n) * time.Minute
}
