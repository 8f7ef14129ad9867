package incident

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"playhead/internal/meta"
)

// watchBase is second 0 of the text files: a tick.
const watchBase = 1_700_000_040_000

// TestWatcher runs the scripts in testdata/watcher: moments of a metric, and what a
// rule makes of them, worked out by hand. Times are in seconds.
//
//	rule direction=above threshold=5 interval=MINUTES [metric=ID] [viewers=MINIMUM] [at=SECONDS] [country=(A,B)] [without-cdn=NAME]
//	  (a new rule, edited last at that time)
//	add
//	FROM[-TO[/STEP]] VALUE [viewers=N] [affected=N]
//	  (a moment at each tick, or each STEP, from one to another; VALUE - is not known)
//	clock SECONDS
//	  (the clock has been set to it)
//
// What comes out are changes: the moment, what has become, when it began, the value
// at the opening/now/worst (and at the end), affected viewers (at the opening),
// the mean viewers at the opening, and when it ended.
//
// Beside the watcher of the script there is one that is restarted before each
// moment, from what was written down last; both have to say the same.
func TestWatcher(t *testing.T) {
	datadriven.Walk(t, "testdata/watcher", func(t *testing.T, path string) {
		var s *watchScript
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "rule":
				s = newWatchScript(scriptRule(t, d))
				return ""
			case "add":
				return s.add(t, d)
			case "clock":
				at, err := strconv.ParseInt(d.CmdArgs[0].Key, 10, 64)
				if err != nil {
					t.Fatalf("%s: %v", d.Pos, err)
				}
				return s.clock(t, at)
			}
			t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
			return ""
		})
	})
}

func scriptRule(t *testing.T, d *datadriven.TestData) meta.AlertRule {
	rule := meta.AlertRule{
		ID: "rule-id", EnvironmentID: "env", Version: 1, Name: "a rule", Enabled: true, Metric: "playback-failure-percentage",
		Severity: meta.SeverityAlert,
	}
	var interval, at int64
	d.MaybeScanArgs(t, "metric", &rule.Metric)
	d.ScanArgs(t, "direction", &rule.Direction)
	d.ScanArgs(t, "interval", &interval)
	d.MaybeScanArgs(t, "viewers", &rule.MinViewers)
	d.MaybeScanArgs(t, "at", &at)
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "threshold":
			rule.Threshold = scriptNumber(t, d.Pos, a.Vals[0])
		case "country":
			rule.Filters = append(rule.Filters, meta.RuleFilter{Dimension: "country", Values: a.Vals})
		case "without-cdn":
			rule.Filters = append(rule.Filters, meta.RuleFilter{Dimension: "cdn", Values: a.Vals, Exclude: true})
		}
	}
	rule.Interval = time.Duration(interval) * time.Minute
	rule.UpdatedAt = time.UnixMilli(watchBase + at*1000)
	if err := CheckRule(rule); err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	return rule
}

func scriptNumber(t *testing.T, pos, word string) float64 {
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		t.Fatalf("%s: %v", pos, err)
	}
	return n
}

// watchScript is a watcher, and what a restart has to go by.
type watchScript struct {
	rule    meta.AlertRule
	watcher *Watcher
	saved   []byte   // what was written down last
	since   []Moment // that were taken after it
	opened  int      // incidents that were written down
}

func newWatchScript(rule meta.AlertRule) *watchScript {
	s := &watchScript{rule: rule}
	s.watcher = NewWatcher(rule, s.newID)
	return s
}

func (s *watchScript) newID() string { return fmt.Sprint("incident ", s.opened+1) }

// restarted is a watcher made of what was written down, which has taken the moments
// since.
func (s *watchScript) restarted(t testing.TB) *Watcher {
	w := NewWatcher(s.rule, s.newID)
	if err := w.Restore(s.saved); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.since {
		w.Add(m)
	}
	return w
}

// take has the watcher, and one that is restarted, do the same, and returns what
// both say.
func (s *watchScript) take(t testing.TB, do func(*Watcher), m ...Moment) []Change {
	other := s.restarted(t)
	do(s.watcher)
	do(other)
	s.since = append(s.since, m...)
	changes, state, dirty := s.watcher.Take()
	otherChanges, otherState, otherDirty := other.Take()
	if diff := cmp.Diff(changes, otherChanges, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("after a restart it says something else (-without +with):\n%s", diff)
	}
	if string(state) != string(otherState) || dirty != otherDirty {
		t.Fatalf("after a restart it remembers something else: %s and %s", state, otherState)
	}
	if dirty {
		s.saved, s.since = state, nil
		s.opened += len(slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Event != meta.Opened }))
	} else if len(changes) > 0 {
		t.Fatalf("%d changes that need not be written down", len(changes))
	}
	return changes
}

func (s *watchScript) add(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	for line := range strings.Lines(d.Input) {
		words := strings.Fields(line)
		from, to, step := momentSpan(t, d.Pos, words[0])
		m := Moment{Value: math.NaN(), Viewers: 1000}
		if words[1] != "-" {
			m.Value = scriptNumber(t, d.Pos, words[1])
		}
		for _, word := range words[2:] {
			name, value, _ := strings.Cut(word, "=")
			switch n := scriptNumber(t, d.Pos, value); name {
			case "viewers":
				m.Viewers = n
			case "affected":
				m.Affected = int64(n)
			default:
				t.Fatalf("%s: no %s", d.Pos, name)
			}
		}
		for at := from; at <= to; at += step {
			m.Tick = watchBase + at*1000
			for _, c := range s.take(t, func(w *Watcher) { w.Add(m) }, m) {
				fmt.Fprintln(&out, at, printChange(c))
			}
		}
	}
	return out.String()
}

func (s *watchScript) clock(t *testing.T, at int64) string {
	s.take(t, func(w *Watcher) { w.restart(watchBase + at*1000) })
	return ""
}

// momentSpan reads FROM-TO/STEP.
func momentSpan(t *testing.T, pos, word string) (from, to, step int64) {
	word, every, stepped := strings.Cut(word, "/")
	first, last, ranged := strings.Cut(word, "-")
	if !ranged {
		last = first
	}
	if !stepped {
		every = "5"
	}
	var err error
	for text, n := range map[*string]*int64{&first: &from, &last: &to, &every: &step} {
		if *n, err = strconv.ParseInt(*text, 10, 64); err != nil {
			t.Fatalf("%s: %v", pos, err)
		}
	}
	return from, to, step
}

func printChange(c Change) string {
	i := c.Incident
	second := func(at time.Time) int64 { return (at.UnixMilli() - watchBase) / 1000 }
	event := string(c.Event)
	if event == "" {
		event = "goes on"
	}
	line := fmt.Sprintf("%s | began %d | %v/%v/%v", event, second(i.StartedAt), i.MeasuredValue, i.CurrentValue, i.PeakValue)
	if i.MeasuredValueOnClose != nil {
		line += fmt.Sprintf(" (%v)", *i.MeasuredValueOnClose)
	}
	line += fmt.Sprintf(" | %d (%d) of %d", i.AffectedViews, i.AffectedViewsOnOpen, i.SampleSize)
	if i.ResolvedAt != nil {
		line += fmt.Sprintf(" | ended %d, told %d", second(*i.ResolvedAt), second(*i.ClosedAt))
	}
	return line
}
