package view

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// base is when the views of the tests begin, by both clocks.
const base = 1_700_000_000_000

// TestLifecycles reads testdata/lifecycle: views worked out by hand.
//
//	columns [dropped] [resumed] name=(column, …)
//	timeline [dropped]
//	activities [renewed]
//
// fold the events below and print columns, the timeline, or what the viewer was
// doing (see [Span]). An event is its
// number (- for none), its kind, its time in ms after the beginning, and
// fields. Time fields (view_start, player_program_time …) are written as @ms.
// Special fields: playhead; recv, the receipt in ms (default the time); sent, the
// beacon's time of sending in ms; time, the time of the event as it is told;
// player; client_…, of the connection.
// All orders must print the same, so they are folded in several.
func TestLifecycles(t *testing.T) {
	datadriven.Walk(t, "testdata/lifecycle", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			events := parseEvents(t, d.Input)
			status := Status{Dropped: d.HasArg("dropped"), Resumed: d.HasArg("resumed"), Renewed: d.HasArg("renewed"), Inserted: base, Updated: base + 1}
			var out string
			for round := range 6 {
				m := NewMachine("env", "sdk", Scoring{})
				for _, i := range order(len(events), round) {
					m.Apply(&events[i])
				}
				s := printed(t, d, m, status)
				if round == 0 {
					out = s
				} else if s != out {
					t.Fatalf("%s: another order gives another view:\n%s\nin the first order:\n%s", d.Pos, s, out)
				}
			}
			return out
		})
	})
}

// order is the given, the reverse, or an arbitrary order; from round 3 on with
// every event twice.
func order(n, round int) []int {
	list := rand.New(rand.NewPCG(1, uint64(round))).Perm(n)
	for i := range list {
		switch round % 3 {
		case 0:
			list[i] = i
		case 1:
			list[i] = n - 1 - i
		}
	}
	if round >= 3 {
		list = append(list, list...)
	}
	return list
}

func printed(t *testing.T, d *datadriven.TestData, m *Machine, s Status) string {
	t.Helper()
	var out strings.Builder
	v := m.View(s)
	switch d.Cmd {
	case "columns":
		for _, a := range d.CmdArgs {
			if a.Key != "name" {
				continue
			}
			for _, name := range a.Vals {
				c := catalog.MustColumn(name)
				value := written(v, name)
				if n, ok := 0.0, false; c.Kind == catalog.Time {
					if n, ok = v.Number(c); ok {
						value = fmt.Sprintf("@%d", int64(n)-base)
					}
				}
				fmt.Fprintf(&out, "%s %s\n", name, value)
			}
		}
	case "timeline":
		for _, e := range v.Events {
			details, err := json.Marshal(e.Details)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%d %s %d %d @%d %s\n", e.Seq, e.Name, e.ViewerTime-base, e.PlaybackTime, e.EventTime-base, details)
		}
	case "activities":
		for _, span := range m.Watch(s, true).Spans {
			fmt.Fprintf(&out, "@%d %s\n", span.At-base, spanWords(&span))
		}
	case "machine":
		fmt.Fprintf(&out, "started %v\nended %v\nclamped %d\nfirst @%d\n", m.Started(), m.Ended(), m.Clamped(), m.FirstReceived()-base)
	default:
		t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
	}
	return out.String()
}

// spanWords are what a span tells, but for its time.
func spanWords(s *Span) string {
	words := []string{activityNames[s.Activity]}
	if s.Unheard {
		words = append(words, "unheard")
	}
	if s.Bitrate != 0 {
		words = append(words, fmt.Sprint(s.Bitrate))
	}
	if s.CDN != "" {
		words = append(words, "by "+s.CDN)
	}
	if s.Startup >= 0 {
		words = append(words, fmt.Sprintf("after %d", s.Startup))
	}
	return strings.Join(words, " ")
}

func parseEvents(t *testing.T, input string) []event.Event {
	t.Helper()
	var list []event.Event
	for line := range strings.Lines(input) {
		words := strings.Fields(line)
		if len(words) < 3 {
			t.Fatalf("cannot read event %q", line)
		}
		e := event.Event{View: "sdk", Kind: event.Kind(words[1]), Playhead: event.NoPlayhead, Origin: &event.Origin{}}
		if words[0] != "-" {
			e.Seq = int64(integer(t, words[0]))
		}
		at := integer(t, words[2])
		e.ViewerTime = base + int64(at)
		received, latest := base+int64(at), int64(-1)
		for _, w := range words[3:] {
			name, value, _ := strings.Cut(w, "=")
			switch name {
			case "playhead":
				e.Playhead = int64(integer(t, value))
			case "recv":
				received = base + int64(integer(t, value))
			case "sent":
				e.Origin.Sent = base + int64(integer(t, value))
			case "time":
				e.ViewerTime = int64(integer(t, value))
			case "latest":
				latest = int64(integer(t, value))
			case "player":
				e.Player = value
			default:
				v := field(t, name, value)
				if strings.HasPrefix(name, "client_") {
					e.Origin.Client = append(e.Origin.Client, v)
				} else {
					e.Fields = append(e.Fields, v)
				}
			}
		}
		e.Origin.Received = received
		if e.Origin.Latest = e.ViewerTime; latest >= 0 {
			e.Origin.Latest = latest
		}
		list = append(list, e)
	}
	return list
}

func field(t *testing.T, name, value string) event.Value {
	t.Helper()
	f := event.MustLookup(name)
	if value == "null" {
		return event.Value{Field: f, Null: true}
	}
	if after, ok := strings.CutPrefix(value, "@"); ok {
		value = strconv.Itoa(base + integer(t, after))
	}
	v, ok := event.Coerce(f, value)
	if !ok {
		t.Fatalf("%s cannot be %q", name, value)
	}
	return v
}

func integer(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
