package tracker

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/view"
)

// TestOpenViews runs the scripts in testdata/open: the life of views in journal
// time, worked out by hand. Times are in seconds.
//
//	event at=SECONDS view=NAME seq=N kind=KIND
//	tick at=SECONDS
//	end at=SECONDS before=OFFSET (a control: views that no record from there on spoke of)
//	outages after=SECONDS (from now on; at first nothing is an outage)
//	commit (by is the number of the record by which a view was first complete,
//	changed by that by which it was last to be stored, if it is another one)
func TestOpenViews(t *testing.T) {
	datadriven.Walk(t, "testdata/open", func(t *testing.T, path string) {
		o := newOpenViews(testRules())
		offset := int64(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var at int64
			d.MaybeScanArgs(t, "at", &at)
			now := at * 1000
			o.record = offset
			switch d.Cmd {
			case "event":
				var name, kind string
				var seq int64
				d.ScanArgs(t, "view", &name)
				d.ScanArgs(t, "seq", &seq)
				d.ScanArgs(t, "kind", &kind)
				o.advance(now)
				outcome := o.apply("env", testEvent(name, seq, event.Kind(kind), now), offset, now)
				offset++
				return outcome.String() + "\n" + waiting(o)
			case "tick":
				o.advance(now)
				offset++
				return waiting(o)
			case "end":
				var before int64
				d.ScanArgs(t, "before", &before)
				o.advance(now)
				offset++
				return fmt.Sprintf("ended %d\n", o.endUnheard("env", before, now)) + waiting(o)
			case "outages":
				d.ScanArgs(t, "after", &o.silence.Outage)
				o.silence.Outage *= 1000
				return ""
			case "commit":
				return commit(o, offset)
			}
			return "unknown command " + d.Cmd
		})
	})
}

func testEvent(name string, seq int64, kind event.Kind, now int64) *event.Event {
	return &event.Event{
		View: name, Player: "player", Seq: seq, Kind: kind, ViewerTime: now, Playhead: event.NoPlayhead,
		Origin: &event.Origin{Received: now, Sent: now, Latest: now},
	}
}

func waiting(o *openViews) string {
	var names []string
	for _, v := range o.pending {
		names = append(names, v.key.sdkID)
	}
	return fmt.Sprintf("open %d, to commit: %s\n", o.len(), strings.Join(names, " "))
}

func commit(o *openViews, read int64) string {
	p := view.Progress{Read: read, Resume: o.resume(read)}
	b, err := o.batch(len(o.pending), p)
	if err != nil {
		return err.Error()
	}
	replaced := map[view.ID]bool{}
	for _, id := range b.Replaced {
		replaced[id] = true
	}
	var s strings.Builder
	fmt.Fprintf(&s, "read %d, resume %d\n", p.Read, p.Resume)
	for _, v := range b.Views {
		fmt.Fprintf(&s, "%s", v.Text(catalog.MustColumn("view_id")))
		for _, flag := range []string{"view_dropped", "long_resume"} {
			if n, _ := v.Number(catalog.MustColumn(flag)); n == 1 {
				s.WriteString(" " + flag)
			}
		}
		start, _ := v.Number(catalog.MustColumn("inserted_at"))
		end, _ := v.Number(catalog.MustColumn("updated_at"))
		fmt.Fprintf(&s, " %s..%s", strconv.FormatFloat(start/1000, 'f', -1, 64), strconv.FormatFloat(end/1000, 'f', -1, 64))
		by, _ := v.Number(catalog.MustColumn("complete_record"))
		fmt.Fprintf(&s, " by %v", by)
		if changed, _ := v.Number(catalog.MustColumn("changed_record")); changed != by {
			fmt.Fprintf(&s, " changed by %v", changed)
		}
		if replaced[v.ID] {
			s.WriteString(" replaces")
		}
		s.WriteString("\n")
	}
	o.settle(len(o.pending))
	return s.String()
}

// TestClampedTimes counts each event with an absurd time once, however often
// its view is committed.
func TestClampedTimes(t *testing.T) {
	o := newOpenViews(testRules())
	const now = 1_700_000_000_000
	put := func(seq int64, kind event.Kind, viewerTime int64) {
		e := testEvent("a", seq, kind, now)
		e.ViewerTime = viewerTime
		o.apply("env", e, seq, now)
	}
	store := func() int {
		if _, err := o.batch(len(o.pending), view.Progress{}); err != nil {
			t.Fatal(err)
		}
		return o.settle(len(o.pending))
	}
	put(1, event.ViewStart, now)
	put(2, event.Play, now-10*365*24*3_600_000) // ten years ago
	put(3, event.ViewEnd, now)
	if got := store(); got != 1 {
		t.Errorf("first commit: %d times clamped, want 1", got)
	}
	put(4, event.Heartbeat, 0) // no time at all
	if got := store(); got != 1 {
		t.Errorf("second commit: %d more times clamped, want 1", got)
	}
}
