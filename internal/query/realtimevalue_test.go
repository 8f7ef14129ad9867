package query

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// TestRealtimeValues works every metric out by hand, and with nobody there.
func TestRealtimeValues(t *testing.T) {
	tick := Tick{
		Concurrent: 8, StartingUp: 3, WatchTime: 40_000, RebufferTime: 1000, StartAttempts: 5, Exits: 2, Failures: 4, StartupFailures: 1,
		Bitrate: 9_000_000, BitrateViewers: 4,
	}
	all := func(t *Tick) (lines []string) {
		for m, v := range RealtimeValues(t) {
			lines = append(lines, fmt.Sprint(m.ID, " ", v))
		}
		return lines
	}
	want := []string{
		"current-average-bitrate 2.25e+06",
		"current-concurrent-viewers 8",
		"current-rebuffering-percentage 0.025",
		"exits-before-video-start 0.4",
		"playback-failure-percentage 0.5",
		"video-startup-failure-percentage 0.2",
	}
	if diff := cmp.Diff(want, all(&tick)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{
		"current-average-bitrate NaN",
		"current-concurrent-viewers 0",
		"current-rebuffering-percentage NaN",
		"exits-before-video-start NaN",
		"playback-failure-percentage NaN",
		"video-startup-failure-percentage NaN",
	}
	if diff := cmp.Diff(want, all(&Tick{})); diff != "" {
		t.Errorf("of nobody (-want +got):\n%s", diff)
	}
}

// TestTickFields: formulas can name each quantity of the catalogue, and each
// stands for a number of its own.
func TestTickFields(t *testing.T) {
	var tick Tick
	numbers := reflect.ValueOf(&tick).Elem()
	for i := range numbers.NumField() {
		numbers.Field(i).SetInt(int64(i + 1))
	}
	seen := map[int64]string{}
	for _, q := range catalog.RealtimeQuantities {
		field, ok := tickFields[q.Name]
		if !ok {
			t.Errorf("%s is not known", q.Name)
			continue
		}
		n := field(&tick)
		name := strings.ReplaceAll(q.Name, "_", "")
		if seen[n] != "" || !strings.EqualFold(name, numbers.Type().Field(int(n)-1).Name) {
			t.Errorf("%s stands for %s", q.Name, numbers.Type().Field(int(n)-1).Name)
		}
		seen[n] = q.Name
	}
	if len(seen) != numbers.NumField() || len(tickFields) != len(seen) {
		t.Errorf("%d quantities, %d of them known, of %d numbers", len(seen), len(tickFields), numbers.NumField())
	}
}

// viewerRows are the ticks of single viewers as the rows of formulas.
type viewerRows []Tick

func (v viewerRows) Len() int { return len(v) }

func (v viewerRows) Column(name string) func(i int) (float64, bool) {
	return func(i int) (float64, bool) { return float64(tickFields[name](&v[i])), true }
}

// TestTickFormulas: a formula of what has been added up over viewers is that of
// the viewers, as package expr understands it; also one that no metric has.
func TestTickFormulas(t *testing.T) {
	nodes := []expr.Node{expr.MustParse("(sum(exits) - sum(failures) * 2 + 1) / (sum(concurrent) - 3)")}
	for i := range catalog.RealtimeMetrics {
		if n := catalog.RealtimeMetrics[i].Node(); n != nil {
			nodes = append(nodes, n)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		viewers := make(viewerRows, random.IntN(4))
		var sum Tick
		for i := range viewers {
			for _, number := range reflect.ValueOf(&viewers[i]).Elem().Fields() {
				number.SetInt(random.Int64N(3))
			}
			sum.Add(viewers[i])
		}
		for _, n := range nodes {
			got, want := overTicks(n)(&sum), expr.Eval(n, viewers)
			if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Fatalf("%s of %+v is %v, want %v", n, viewers, got, want)
			}
		}
	}
}

// TestRealtimeHistogram counts the first frames of minutes of the clock.
func TestRealtimeHistogram(t *testing.T) {
	r := realtimeRequest()
	r.Metric, r.Filters = "video-startup-time", []string{"country:US"}
	p, err := RealtimeHistogram(r)
	if err != nil {
		t.Fatal(err)
	}
	country, _ := catalog.LookupRealtimeDimension("country")
	want := &TickPlan{
		Environment: "env", From: sec(12, 5, 0), To: sec(12, 34, 55), GroupBy: NoGroups, Where: []TickCondition{{Dimension: country, Values: []string{"US"}}},
	}
	if diff := cmp.Diff(want, p.Ticks); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	minutes, err := p.Minutes(t.Context(), starts{
		{At: sec(12, 4, 59) + 999, Time: 1}, // before the first minute
		{At: sec(12, 5, 0), Time: 0},
		{At: sec(12, 5, 59) + 999, Time: 99},
		{At: sec(12, 34, 0), Time: 100},
		{At: sec(12, 34, 55), Time: 9999},
		{At: sec(12, 34, 10), Time: 10_000},
		{At: sec(12, 34, 10), Time: 500_000},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(minutes) != 30 || minutes[29].MaxShare() != 0.5 || minutes[1].MaxShare() != 0 {
		t.Errorf("%d minutes, in the last one at most %v", len(minutes), minutes[29].MaxShare())
	}
	nan := math.NaN()
	got := []StartupMinute{minutes[0], minutes[1], minutes[29]}
	wantMinutes := []StartupMinute{
		{At: sec(12, 5, 0), Counts: []int64{2, 0, 0, 0, 0, 0, 0}, Count: 2, Mean: 49.5, Median: 49.5, P95: 94.05},
		{At: sec(12, 6, 0), Counts: make([]int64, 7), Mean: nan, Median: nan, P95: nan},
		{At: sec(12, 34, 0), Counts: []int64{0, 1, 0, 0, 0, 1, 2}, Count: 4, Mean: 130_024.75, Median: 9999.5, P95: 426_500},
	}
	near := cmp.Comparer(func(a, b float64) bool {
		return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
	})
	if diff := cmp.Diff(wantMinutes, got, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Now = r.Now.Add(4211e6) // 12:35:01: only the first ms of the new minute is told
	if p, err := RealtimeHistogram(r); err != nil || p.Ticks.From != sec(12, 6, 0) || p.Ticks.To != sec(12, 35, 0) {
		t.Errorf("a minute that begins: %v, from %d to %d", err, p.Ticks.From, p.Ticks.To)
	}
}

// TestHistogramOf2021 has the startup times of a minute that the public
// examples of 2021 print: 31 first frames.
func TestHistogramOf2021(t *testing.T) {
	times := slices.Concat(
		slices.Repeat(startupTimes{50}, 3), startupTimes{1500},
		slices.Repeat(startupTimes{3000}, 11), startupTimes{4463}, slices.Repeat(startupTimes{4800}, 4),
		slices.Repeat(startupTimes{6000}, 7), startupTimes{12_000, 14_834, 14_834, 22_262},
	)
	m := times.count(0)
	want := StartupMinute{Counts: []int64{3, 0, 0, 1, 16, 7, 4}, Count: 31, Mean: 5298.1612903225805, Median: 4463, P95: 14834}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m.MaxShare() != 0.5161290322580645 || m.Share(m.Counts[5]) != 0.22580645161290322 {
		t.Errorf("shares %v and %v", m.MaxShare(), m.Share(m.Counts[5]))
	}
}
