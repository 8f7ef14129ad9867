package simulate

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// evening is when the viewers of tests come.
var evening = time.Date(2026, 3, 14, 20, 0, 0, 0, time.UTC)

// drive plays a page in a time of its own, and has every beacon acknowledged.
func drive(p *sender, deliver func(at int64, body []byte)) {
	for at := p.next(); at != noTime; at = p.next() {
		if p.step(at) {
			for range map[bool]int{false: 1, true: 2}[p.twice()] {
				deliver(at, p.appendBody(nil, at))
			}
			p.answered(outcome{status: 200, now: at, took: 40})
		}
	}
}

// TestRoundTrip has every generation tell views, and reads what it said as the
// server does: each event, once, and after each event all that holds then.
func TestRoundTrip(t *testing.T) {
	w := &World{Seed: 4, Start: evening}
	for i := range generations {
		how := &generations[i]
		t.Run(fmt.Sprint(i, how.core, how.version), func(t *testing.T) {
			for n := range uint64(40) {
				s := w.view(n, evening)
				p := newSender(how, "key", client{}, rand.New(rand.NewPCG(n, 0)))
				p.tell(s, &player{id: "player"})
				heard := map[int64]event.Event{}
				drive(p, func(at int64, body []byte) {
					if !json.Valid(body) {
						t.Fatalf("not JSON: %s", body)
					}
					events, stats, err := mux.Decode(&event.Beacon{Received: at, Body: body})
					if err != nil || stats.Invalid+stats.Skipped+stats.Cut > 0 {
						t.Fatalf("%v, %+v: %s", err, stats, body)
					}
					for _, e := range events {
						if e.Seq > 0 {
							e.Origin = nil
							heard[e.Seq] = e
						}
					}
				})
				checkHeard(t, s, p, heard)
				if !p.tellings[0].told() {
					t.Error("the view was not told whole")
				}
			}
		})
	}
}

// checkHeard compares what was heard of a view with its script.
func checkHeard(t *testing.T, s *script, p *sender, heard map[int64]event.Event) {
	t.Helper()
	want, got := map[event.Field]event.Value{}, map[event.Field]event.Value{}
	for _, v := range s.constants() {
		if isClock[v.Field] {
			v.Num += float64(p.skew)
		}
		want[v.Field] = v
	}
	seq := int64(0)
	for _, e := range s.events() {
		if p.how.keyless && e.kind == event.PlayerReady {
			continue
		}
		seq++
		h, ok := heard[seq]
		if !ok {
			t.Fatalf("event %d of %s was not heard", seq, s.viewID)
		}
		delete(heard, seq)
		told := event.Event{
			View: s.viewID, Player: "player", Seq: seq, Kind: e.kind,
			ViewerTime: s.start + e.at.Milliseconds() + p.skew, Playhead: e.playhead.Milliseconds(),
		}
		own := map[event.Field]event.Value{}
		for _, v := range h.Fields {
			got[v.Field], own[v.Field] = v, v
		}
		h.Fields = nil
		if diff := cmp.Diff(told, h); diff != "" {
			t.Fatalf("event %d (-told +heard):\n%s", seq, diff)
		}
		for _, v := range e.fields {
			if isClock[v.Field] {
				v.Num += float64(p.skew)
			}
			want[v.Field] = v
			if scopes[v.Field] == ofEvent && own[v.Field] != v {
				t.Fatalf("event %d says %v of %s, want %v", seq, own[v.Field], v.Field, v)
			}
		}
		for f, v := range want {
			if got[f] != v && !(v.Null && !p.how.nulls) {
				t.Fatalf("after event %d (%s) %s is %v, want %v", seq, e.kind, f, got[f], v)
			}
		}
	}
	if len(heard) > 0 {
		t.Errorf("%d events were heard that nobody told", len(heard))
	}
}

// TestDeltas: what does not change is said once, but where everything is.
func TestDeltas(t *testing.T) {
	s := (&World{Seed: 4, Start: evening}).view(3, evening)
	for i := range generations {
		how := &generations[i]
		p := newSender(how, "key", client{}, rand.New(rand.NewPCG(1, 0)))
		p.tell(s, &player{id: "player"})
		titles, events := 0, 0
		seen := map[int64]bool{}
		drive(p, func(_ int64, body []byte) {
			list, _, _ := mux.Decode(&event.Beacon{Body: body})
			for _, e := range list {
				if e.Seq == 0 || seen[e.Seq] {
					continue
				}
				seen[e.Seq] = true
				events++
				for _, v := range e.Fields {
					if v.Field == fieldTitle {
						titles++
					}
				}
			}
		})
		if want := map[bool]int{true: 3, false: events}[how.deltas]; titles != want || events < 4 {
			t.Errorf("generation %d said the title %d times in %d events, want %d", i, titles, events, want)
		}
	}
}

// TestText compares strings and numbers with the encoder of the library.
func TestText(t *testing.T) {
	for _, s := range []string{
		"", "plain", `"quoted" \ and more`, "line\nbreak\ttab\x00\x1f", "Umlaut ä, 日本, 🎬", "broken \xff utf8 \xc3", "\u2028 </script>",
	} {
		var got, want string
		if err := json.Unmarshal(appendText(nil, s), &got); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		marshalled, _ := json.Marshal(s)
		if err := json.Unmarshal(marshalled, &want); err != nil || got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
	for _, n := range []float64{0, -1, 0.25, 1e15, 1.5e300, -2.5e-9, math.MaxInt64, 1 << 53, 0.1 + 0.2} {
		var got float64
		if err := json.Unmarshal(appendNumber(nil, n), &got); err != nil || got != n {
			t.Errorf("%v became %s", n, appendNumber(nil, n))
		}
	}
}
