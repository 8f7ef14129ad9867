package live_test

import (
	"cmp"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/live"
	"playhead/internal/query"
	"playhead/internal/view"
)

// scenarioBase is when scenarios begin, by all right clocks: a full minute.
const scenarioBase = 1_700_000_040_000

// TestScenarios reads testdata/scenarios: what players tell, and the numbers
// that follow from it, worked out by hand. Their first file says how to write
// them.
//
// Whatever is asked is asked four times: of a store that was told of each
// event as it came, of one that was told of all of them at once, of machines
// that got the events in another order, and of one that loaded the views as they
// are stored.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := scenario{store: newStore(t), machines: map[string]*view.Machine{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "tell" {
				s.tell(t, d)
				return ""
			}
			answer := s.ask(t, d, s.store)
			for name, other := range s.others(t) {
				if got := s.ask(t, d, other); got != answer {
					t.Errorf("%s: %s:\n%swant what the first one answers:\n%s", d.Pos, name, got, answer)
				}
			}
			return answer
		})
	})
}

func newStore(t testing.TB) *live.Store {
	t.Helper()
	s, err := live.New(live.Config{Memory: 64 << 20, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scenario is what has been told in a file.
type scenario struct {
	store    *live.Store
	machines map[string]*view.Machine // by the name of the viewer
	told     []event.Event
	now      int64 // the latest receipt
}

// tell has the players tell events.
func (s *scenario) tell(t *testing.T, d *datadriven.TestData) {
	var together *event.Origin
	if received, ok := number(t, d, "recv"); ok {
		together = &event.Origin{Received: scenarioBase + received}
		if sent, ok := number(t, d, "sent"); ok {
			together.Sent = scenarioBase + sent
		}
	}
	from := len(s.told)
	for line := range strings.Lines(d.Input) {
		s.told = append(s.told, readEvents(t, d.Pos, line)...)
	}
	fresh := s.told[from:]
	for i := range fresh {
		if e := &fresh[i]; together == nil {
			e.Origin.Received, e.Origin.Latest = e.ViewerTime, e.ViewerTime
		} else {
			together.Latest = max(together.Latest, e.ViewerTime)
			together.Client = append(together.Client, e.Origin.Client...)
			e.Origin = together
		}
	}
	for i := range fresh {
		e := &fresh[i]
		s.now = max(s.now, e.Origin.Received)
		s.store.Put(s.now, []view.Watch{watch(apply(s.machines, e), e.View, false)})
	}
}

// apply has the machine of its view take an event.
func apply(machines map[string]*view.Machine, e *event.Event) *view.Machine {
	m := machines[e.View]
	if m == nil {
		m = view.NewMachine("env", e.View, view.Scoring{})
		machines[e.View] = m
	}
	m.Apply(e)
	return m
}

func watch(m *view.Machine, name string, final bool) view.Watch { return m.Watch(status(name), final) }

func status(name string) view.Status {
	return view.Status{ID: view.NewID(scenarioBase, "env", name), Inserted: scenarioBase, Updated: scenarioBase}
}

// others are stores that were told the same in other ways.
func (s *scenario) others(t *testing.T) iter.Seq2[string, *live.Store] {
	return func(yield func(string, *live.Store) bool) {
		shuffled := map[string]*view.Machine{}
		random := rand.New(rand.NewPCG(1, uint64(len(s.told))))
		for _, i := range random.Perm(len(s.told)) {
			apply(shuffled, &s.told[i])
		}
		for name, machines := range map[string]map[string]*view.Machine{"told at once": s.machines, "told in another order": shuffled} {
			store := newStore(t)
			var list []view.Watch
			for viewer, m := range machines {
				list = append(list, watch(m, viewer, false))
			}
			store.Put(s.now, list)
			for i := range list {
				list[i].Final = true
			}
			if !yield(name, store) {
				return
			}
			final := newStore(t)
			final.Put(s.now, list)
			if !yield(name+", and final", final) {
				return
			}
		}
		stored := newStore(t)
		stored.Put(s.now, nil)
		err := stored.Load(func(yield func(view.Watch, error) bool) {
			for viewer, m := range s.machines {
				if m.Started() && !yield(m.View(status(viewer)).Watch(), nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		yield("loaded", stored)
	}
}

// ask answers a question of the file.
func (s *scenario) ask(t *testing.T, d *datadriven.TestData, store *live.Store) string {
	t.Helper()
	p := &query.TickPlan{Environment: "env", From: scenarioBase + 1000*second(t, d, 0), To: scenarioBase + 1000*second(t, d, 1), GroupBy: query.NoGroups}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "where":
			p.Where = conditions(t, d.Pos, a.Vals)
		case "by":
			p.GroupBy = dimension(t, d.Pos, a.Vals[0])
		}
	}
	switch d.Cmd {
	case "ticks":
		return ticks(t, d, store, p)
	case "startups":
		return startups(t, store, p)
	}
	t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
	return ""
}

// conditions reads where, as the API reads filters[].
func conditions(t *testing.T, pos string, words []string) []query.TickCondition {
	var list []query.TickCondition
	for _, word := range words {
		name, not := strings.CutPrefix(word, "!")
		name, value, _ := strings.Cut(name, ":")
		of := dimension(t, pos, name)
		i := slices.IndexFunc(list, func(c query.TickCondition) bool { return c.Dimension == of && c.Not == not })
		if i < 0 {
			i = len(list)
			list = append(list, query.TickCondition{Dimension: of, Not: not})
		}
		list[i].Values = append(list[i].Values, value)
	}
	return list
}

func dimension(t *testing.T, pos, name string) int {
	i, ok := catalog.LookupRealtimeDimension(name)
	if !ok {
		t.Fatalf("%s: no dimension %s", pos, name)
	}
	return i
}

// ticks prints the ticks of a plan: of one with groups only those in which there
// is something.
func ticks(t *testing.T, d *datadriven.TestData, store *live.Store, p *query.TickPlan) string {
	answer, err := store.Ticks(t.Context(), p)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	groups := slices.SortedFunc(slices.Values(answer.Groups), func(a, b query.TickGroup) int { return cmp.Compare(a.Value, b.Value) })
	var out strings.Builder
	for i := range p.Count() {
		for _, g := range groups {
			name := ""
			if p.GroupBy != query.NoGroups {
				if name = " " + cmp.Or(g.Value, "-"); g.Ticks[i] == (query.Tick{}) {
					continue
				}
			}
			fmt.Fprintf(&out, "%d%s%s\n", (p.From-scenarioBase)/1000+int64(i)*query.TickEvery/1000, name, printed(t, &g.Ticks[i]))
		}
	}
	return out.String()
}

// printed is a tick with all metrics, as the files have it.
func printed(t *testing.T, tick *query.Tick) string {
	var out strings.Builder
	fmt.Fprintf(&out, " | %d (%d)", tick.Concurrent, tick.StartingUp)
	for _, ratio := range []struct {
		above, below int64
		metric       string
	}{
		{tick.RebufferTime, tick.WatchTime, "current-rebuffering-percentage"},
		{tick.Exits, tick.StartAttempts, "exits-before-video-start"},
		{tick.Failures, tick.Concurrent, "playback-failure-percentage"},
		{tick.StartupFailures, tick.StartAttempts, "video-startup-failure-percentage"},
		{tick.Bitrate, tick.BitrateViewers, "current-average-bitrate"},
	} {
		fmt.Fprintf(&out, " | %d/%d %s", ratio.above, ratio.below, metric(t, ratio.metric, tick))
	}
	if got, want := metric(t, "current-concurrent-viewers", tick), strconv.FormatInt(tick.Concurrent, 10); got != want {
		t.Errorf("current-concurrent-viewers is %s of a tick with %s", got, want)
	}
	return out.String()
}

func metric(t *testing.T, id string, tick *query.Tick) string {
	m, ok := catalog.LookupRealtimeMetric(id)
	if !ok {
		t.Fatalf("no metric %s", id)
	}
	if v := query.RealtimeValue(m, tick); !math.IsNaN(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return "-"
}

// startups prints first frames in the order of their times.
func startups(t *testing.T, store *live.Store, p *query.TickPlan) string {
	list, err := store.Startups(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b query.Startup) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Time, b.Time)) })
	var out strings.Builder
	for _, s := range list {
		fmt.Fprintf(&out, "%d %d\n", s.At-scenarioBase, s.Time)
	}
	return out.String()
}

// readEvents reads a line of tell.
func readEvents(t *testing.T, pos, line string) []event.Event {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 4 {
		t.Fatalf("%s: cannot read event %q", pos, line)
	}
	e := event.Event{View: words[0], Kind: event.Kind(words[2]), Playhead: event.NoPlayhead}
	var every, until int64
	var client []event.Value
	for _, w := range words[4:] {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "every":
			every = whole(t, pos, value)
		case "until":
			until = whole(t, pos, value)
		default:
			v, ok := event.Coerce(event.MustLookup(name), value)
			if !ok {
				t.Fatalf("%s: %s cannot be %q", pos, name, value)
			}
			if strings.HasPrefix(name, "client_") {
				client = append(client, v)
			} else {
				e.Fields = append(e.Fields, v)
			}
		}
	}
	number, at := whole(t, pos, words[1]), whole(t, pos, words[3])
	var list []event.Event
	for n := int64(0); n == 0 || every > 0 && at+n*every <= until; n++ {
		e.Seq, e.ViewerTime, e.Origin = number+n, scenarioBase+at+n*every, &event.Origin{Client: client}
		list = append(list, e)
	}
	return list
}

// second is the n-th argument that has no name, in seconds.
func second(t *testing.T, d *datadriven.TestData, n int) int64 {
	return whole(t, d.Pos, d.CmdArgs[n].Key)
}

// number is the argument with a name, in ms.
func number(t *testing.T, d *datadriven.TestData, name string) (int64, bool) {
	for _, a := range d.CmdArgs {
		if a.Key == name {
			return whole(t, d.Pos, a.Vals[0]), true
		}
	}
	return 0, false
}

func whole(t *testing.T, pos, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", pos, err)
	}
	return n
}
