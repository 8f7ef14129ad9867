package incident

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"playhead/internal/meta"
)

// TestDetector reads testdata/detector: incidents worked out by hand.
//
//	views count=… [fail=…] [kind=…] [code=…] [message=…] [title=…] [every=…] [among=…]
//
// has so many views be complete, one after the other, each so much later than the
// last (1s), and each the first of so many (1), the others of which are of no title
// and do not fail. Of them, fail evenly distributed ones fail with an error of the type kind (1);
// with several kinds, kind=(1,2), in turn. In titles and messages _ is a blank.
//
//	advance by=…
//	begun title=… views=…
//	restart
//
// let time go on, have so many views of a title have begun whenever that is asked
// (before that it is not; of others none), and go on with a detector that is made of what was to be
// remembered. Each prints what has become of incidents, with their numbers in the
// order in which they opened; times are since the beginning of the file.
func TestDetector(t *testing.T) {
	datadriven.Walk(t, "testdata/detector", func(t *testing.T, path string) {
		s := newStage()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "views":
				s.views(t, d)
			case "advance":
				var by string
				d.ScanArgs(t, "by", &by)
				s.now += duration(t, by)
				s.detector.Advance(s.now)
			case "begun":
				var title string
				var n int64
				d.ScanArgs(t, "title", &title)
				d.ScanArgs(t, "views", &n)
				s.begun = map[string]int64{title: n}
				s.ask()
			case "restart":
				s.restart(t)
			default:
				t.Fatalf("unknown command %s", d.Cmd)
			}
			return s.told()
		})
	})
}

// stageBegin is when the files begin: a full hour.
var stageBegin = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// stage is a detector of a test, and all that it has given to be remembered.
type stage struct {
	detector *Detector
	states   map[string][]byte
	now      int64
	opened   int
	begun    map[string]int64 // by title; nil: not asked
}

func newStage() *stage {
	s := &stage{states: map[string][]byte{}, now: stageBegin.UnixMilli()}
	s.detector = NewDetector("e", s.newID)
	return s
}

func (s *stage) newID() string {
	s.opened++
	return strconv.Itoa(s.opened)
}

func (s *stage) ask() {
	if s.begun != nil {
		s.detector.Begun = func(title string, _, _ int64) int64 { return s.begun[title] }
	}
}

func (s *stage) restart(t *testing.T) {
	s.detector = NewDetector("e", s.newID)
	for scope, data := range s.states {
		if err := s.detector.Restore(meta.DetectorState{EnvironmentID: "e", Scope: scope, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	s.ask()
}

func (s *stage) views(t *testing.T, d *datadriven.TestData) {
	var count, fail int64
	among := 1
	d.MaybeScanArgs(t, "among", &among)
	every, code, message, title, kinds := "1s", "", "", "", []int64{1}
	d.ScanArgs(t, "count", &count)
	d.MaybeScanArgs(t, "fail", &fail)
	d.MaybeScanArgs(t, "every", &every)
	d.MaybeScanArgs(t, "code", &code)
	d.MaybeScanArgs(t, "message", &message)
	d.MaybeScanArgs(t, "title", &title)
	for _, arg := range d.CmdArgs {
		if arg.Key == "kind" {
			kinds = nil
			for _, v := range arg.Vals {
				kind, err := strconv.ParseInt(v, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, kind)
			}
		}
	}
	blanks := strings.NewReplacer("_", " ")
	for i := range count {
		s.now += duration(t, every)
		view := Sample{At: s.now, Title: blanks.Replace(title)}
		if n := (i + 1) * fail / count; n > i*fail/count {
			view.Failure, view.Code, view.Message = kinds[(n-1)%int64(len(kinds))], code, blanks.Replace(message)
		}
		s.detector.Add(view)
		for range among - 1 {
			s.detector.Add(Sample{At: s.now})
		}
	}
}

// told is what has become of incidents since the last time.
func (s *stage) told() string {
	changes, states := s.detector.Take()
	for _, state := range states {
		if s.states[state.Scope] = state.Data; state.Data == nil {
			delete(s.states, state.Scope)
		}
	}
	var b strings.Builder
	for _, c := range changes {
		i := &c.Incident
		switch c.Event {
		case meta.Opened:
			fmt.Fprintf(&b, "%s opened at %s: %s, %s\n", i.ID, since(i.OpenedAt), i.Severity, i.Description)
			fmt.Fprintf(&b, "  about %s, since %s, threshold %v, %d of %d views\n", about(i), since(i.StartedAt), i.Threshold, i.AffectedViewsOnOpen, i.SampleSize)
		case meta.Closed:
			fmt.Fprintf(&b, "%s closed at %s, told at %s: value %v, peak %v, affected %d\n", i.ID, since(*i.ResolvedAt), since(*i.ClosedAt), *i.MeasuredValueOnClose, i.PeakValue, i.AffectedViews)
		case meta.Expired:
			fmt.Fprintf(&b, "%s expired at %s, told at %s: affected %d\n", i.ID, since(*i.ResolvedAt), since(*i.ClosedAt), i.AffectedViews)
		default:
			fmt.Fprintf(&b, "%s: value %v, peak %v, affected %d; opening at %s: %v, %d of %d views\n",
				i.ID, i.CurrentValue, i.PeakValue, i.AffectedViews, since(i.OpenedAt), i.MeasuredValue, i.AffectedViewsOnOpen, i.SampleSize)
		}
	}
	if len(changes) == 0 {
		return "nothing\n"
	}
	return b.String()
}

func about(i *meta.Incident) string {
	if len(i.Breakdowns) == 0 {
		return "all"
	}
	var parts []string
	for _, b := range i.Breakdowns {
		parts = append(parts, b.Name+"="+b.Value)
	}
	return strings.Join(parts, " and ")
}

func since(at time.Time) string { return at.Sub(stageBegin).String() }

func duration(t *testing.T, text string) int64 {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d.Milliseconds()
}
