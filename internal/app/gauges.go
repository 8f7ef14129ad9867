package app

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

const (
	gaugesEvery  = time.Second     // numbers are computed no more often than that, however often they are asked for
	gaugesWithin = 2 * time.Second // all of them together: Prometheus waits for ten seconds by default
	gaugeValues  = 20              // values of the dimension that are shown for each environment; the rest is otherValue
	gaugeLabel   = 128             // bytes of a value at most
	gaugesOlder  = time.Minute     // what was known so long ago is not shown any more
	startupsOver = 60_000          // the startup time is the median over so many ms, as few start within five seconds
	otherValue   = "other"
)

// gauges shows Prometheus the real-time numbers of each environment, as they were
// at the newest tick that is settled: a newer one would look as if viewers were
// leaving, because not all players have told of it. A number that is null has no
// sample. Environments are told by their names, which are unique, never change,
// and are what people read in an alert; there is a limit of them.
//
// A dimension can be named by which the numbers are shown too: under other names,
// so that a sum over the first ones counts nobody twice. Of its values, which come
// from players, only those with the most viewers have series of their own.
//
// What cannot be computed, or not in time, is left out and counted: it must not
// keep Prometheus from all other figures.
type gauges struct {
	numbers      query.Realtime
	ready        func() error             // an error until numbers can be asked for
	environments func() map[string]string // names by id
	clock        func() time.Time
	overall      family
	dimension    int // index into catalog.RealtimeDimensions, or query.NoGroups
	by           family

	failures prometheus.Counter

	mu      sync.Mutex // held while numbers are computed: whoever asks meanwhile gets them too
	made    time.Time
	samples []prometheus.Metric
}

// family is the gauges of one group of viewers. The last label is the value of the
// dimension, if the group has one.
type family struct {
	metrics  map[*catalog.RealtimeMetric]*prometheus.Desc // those with a formula
	starting *prometheus.Desc
	startup  *prometheus.Desc
}

func newFamily(prefix string, labels ...string) family {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prefix+name, help+"; at the newest settled tick, about 20 s ago.", labels, nil)
	}
	f := family{
		metrics:  map[*catalog.RealtimeMetric]*prometheus.Desc{},
		starting: desc("starting_up_viewers", "Viewers who wait for the first frame"),
		startup:  desc("video_startup_time_seconds", "Median startup time of the first frames of the minute up to the tick"),
	}
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; m.Formula != "" {
			f.metrics[m] = desc(gaugeName(m), strings.TrimRight(m.Doc, "."))
		}
	}
	return f
}

// gaugeName is what Prometheus calls a metric: with its unit at the end.
func gaugeName(m *catalog.RealtimeMetric) string {
	name := strings.ReplaceAll(strings.TrimPrefix(m.ID, "current-"), "-", "_")
	switch m.Type {
	case catalog.Percentage:
		return strings.TrimSuffix(name, "_percentage") + "_ratio"
	case catalog.Mbps:
		return name + "_bits_per_second"
	}
	return name
}

func newGauges(numbers query.Realtime, ready func() error, environments func() map[string]string, dimension string, clock func() time.Time) *gauges {
	const prefix = "playhead_realtime_"
	g := &gauges{
		numbers: numbers, ready: ready, environments: environments, clock: clock,
		overall: newFamily(prefix, "environment"), dimension: query.NoGroups,
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: prefix + "gauge_failures_total", Help: "Environments whose real-time numbers could not be computed for /metrics, or not in time.",
		}),
	}
	if i, ok := catalog.LookupRealtimeDimension(dimension); ok {
		g.dimension, g.by = i, newFamily(prefix+"by_"+dimension+"_", "environment", dimension)
	}
	return g
}

// Describe implements [prometheus.Collector].
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	g.failures.Describe(to)
	for _, f := range []family{g.overall, g.by} {
		for _, d := range f.metrics {
			to <- d
		}
		if f.starting != nil {
			to <- f.starting
			to <- f.startup
		}
	}
}

// Collect implements [prometheus.Collector].
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.clock(); now.Sub(g.made) >= gaugesEvery || now.Before(g.made) {
		g.compute(now)
		g.made = g.clock()
	}
	for _, s := range g.samples {
		to <- s
	}
	g.failures.Collect(to)
}

// compute computes the samples of the newest settled tick. There are none if that
// is too old: Prometheus takes them for what is.
func (g *gauges) compute(now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesWithin)
	defer cancel()
	g.samples = nil
	known := query.Known(g.numbers, now)
	if g.ready() != nil || now.Sub(known) >= gaugesOlder {
		return
	}
	tick := query.SettledTick(known)
	environments := g.environments()
	for _, id := range slices.Sorted(maps.Keys(environments)) {
		p := query.TickPlan{Environment: id, From: tick, To: tick, GroupBy: query.NoGroups}
		samples, err := g.of(ctx, p, environments[id])
		if err != nil {
			g.failures.Inc()
			continue
		}
		g.samples = append(g.samples, samples...)
	}
}

// of computes the samples of an environment at the tick of a plan.
func (g *gauges) of(ctx context.Context, p query.TickPlan, environment string) ([]prometheus.Metric, error) {
	ticks, startups, err := g.ask(ctx, p)
	if err != nil {
		return nil, err
	}
	everybody := audience{startups: startups}
	for i := range ticks.Groups {
		everybody.add(ticks.Groups[i].Ticks)
	}
	list := g.overall.samples(&everybody, environment)
	if g.dimension == query.NoGroups {
		return list, nil
	}
	p.GroupBy = g.dimension
	if ticks, startups, err = g.ask(ctx, p); err != nil {
		return nil, err
	}
	for value, of := range byValue(ticks.Groups, startups) {
		list = append(list, g.by.samples(of, environment, value)...)
	}
	return list, nil
}

// ask asks for the tick of a plan, and for the first frames of the minute up to it.
func (g *gauges) ask(ctx context.Context, p query.TickPlan) (*query.Ticks, []query.Startup, error) {
	ticks, err := g.numbers.Ticks(ctx, &p)
	if err != nil {
		return nil, nil, err
	}
	p.From = p.To - startupsOver + query.TickEvery
	startups, err := g.numbers.Startups(ctx, &p)
	return ticks, startups, err
}

// audience is what samples are made of.
type audience struct {
	tick     query.Tick
	startups []query.Startup
}

func (a *audience) add(ticks []query.Tick) {
	for _, t := range ticks {
		a.tick.Add(t)
	}
}

// samples are those of some viewers.
func (f *family) samples(of *audience, labels ...string) []prometheus.Metric {
	var list []prometheus.Metric
	show := func(d *prometheus.Desc, value float64) {
		if !math.IsNaN(value) {
			list = append(list, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...))
		}
	}
	show(f.starting, float64(of.tick.StartingUp))
	show(f.startup, medianOf(of.startups)/1000)
	for m, value := range query.RealtimeValues(&of.tick) {
		show(f.metrics[m], value)
	}
	return list
}

// byValue are the viewers by those values that have the most of them, and all
// others under one name. First frames of a value without viewers are left out.
func byValue(groups []query.TickGroup, startups []query.Startup) map[string]*audience {
	known := map[string]*audience{}
	for i := range groups {
		audienceOf(known, labelOf(groups[i].Value)).add(groups[i].Ticks)
	}
	for _, s := range startups {
		if v := known[labelOf(s.Value)]; v != nil {
			v.startups = append(v.startups, s)
		}
	}
	values := slices.SortedFunc(maps.Keys(known), func(a, b string) int {
		x, y := &known[a].tick, &known[b].tick
		return cmp.Or(cmp.Compare(y.Concurrent, x.Concurrent), cmp.Compare(y.StartAttempts, x.StartAttempts), cmp.Compare(a, b))
	})
	shown := map[string]*audience{}
	for i, value := range values {
		as := value
		if i >= gaugeValues {
			as = otherValue
		}
		to := audienceOf(shown, as)
		to.tick.Add(known[value].tick)
		to.startups = append(to.startups, known[value].startups...)
	}
	return shown
}

func audienceOf(from map[string]*audience, value string) *audience {
	if from[value] == nil {
		from[value] = &audience{}
	}
	return from[value]
}

// labelOf is a value as Prometheus takes it: valid and not long.
func labelOf(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	for len(value) > gaugeLabel {
		_, size := utf8.DecodeLastRuneInString(value)
		value = value[:len(value)-size]
	}
	return value
}

// medianOf is the median of startup times, in ms; NaN of none.
func medianOf(startups []query.Startup) float64 {
	if len(startups) == 0 {
		return math.NaN()
	}
	times := make([]float64, len(startups))
	for i, s := range startups {
		times[i] = float64(s.Time)
	}
	slices.Sort(times)
	return expr.Interpolate(times, 0.5)
}
