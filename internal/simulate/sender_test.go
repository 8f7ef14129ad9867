package simulate

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

func testSender(how *generation, number uint64) *sender {
	p := newSender(how, "key", client{}, rand.New(rand.NewPCG(number, 0)))
	p.tell((&World{Seed: 4, Start: evening}).view(number, evening), &player{id: "player"})
	return p
}

// TestSame: the same seed says the same, whenever it is sent.
func TestSame(t *testing.T) {
	for i := range generations {
		var first, second [][]byte
		collect := func(into *[][]byte) func(int64, []byte) {
			return func(_ int64, body []byte) { *into = append(*into, body) }
		}
		drive(testSender(&generations[i], 7), collect(&first))
		drive(testSender(&generations[i], 7), collect(&second))
		if len(first) < 2 || !slices.EqualFunc(first, second, slices.Equal) {
			t.Errorf("generation %d said something else the second time", i)
		}
	}
}

// TestClosing: web players send the last batch twice, others do not.
func TestClosing(t *testing.T) {
	for i := range generations {
		how, last := &generations[i], 0
		for number := range uint64(60) {
			ends := 0
			drive(testSender(how, number), func(_ int64, body []byte) {
				events, _, _ := mux.Decode(&event.Beacon{Body: body})
				for _, e := range events {
					if e.Kind == event.ViewEnd {
						ends++
					}
				}
			})
			last = max(last, ends)
		}
		if want := map[bool]int{true: 2, false: 1}[how.closesTwice]; last != want {
			t.Errorf("generation %d told its end %d times, want %d", i, last, want)
		}
	}
}

// TestIntervals: nothing waits for longer than the interval of its generation,
// and what is urgent not at all, but for beacons that are overtaken.
func TestIntervals(t *testing.T) {
	for i := range generations {
		how := &generations[i]
		p := testSender(how, 11)
		drive(p, func(at int64, body []byte) {
			events, _, _ := mux.Decode(&event.Beacon{Body: body})
			late := p.sending.late
			for _, e := range events {
				waited := time.Duration(at-(e.ViewerTime-p.skew)) * time.Millisecond
				most := how.interval
				if how.polls {
					most += 10 * time.Second // until something happens
				}
				if how.isUrgent(e.Kind) {
					most = 0
				}
				if waited > most && !late {
					t.Errorf("generation %d had %s wait for %s, want at most %s", i, e.Kind, waited, most)
				}
			}
		})
	}
}

// TestRetry: what fails goes out again, first and whole, after the pause that
// the SDK makes, and until it gives up.
func TestRetry(t *testing.T) {
	for _, test := range []struct {
		generation int
		status     int
		sent       int  // times that the first beacon is sent
		untrue     bool // whether it was lost
		least      time.Duration
		most       time.Duration // pauses, of the first and after all
	}{
		{generation: 0, status: 503, sent: 5, least: 10 * time.Second, most: 20 * time.Second},
		{generation: 1, status: 204, sent: 5, least: 10 * time.Second, most: 20 * time.Second}, // exactly 200 is success
		{generation: 0, status: 204, sent: 1},
		{generation: 3, status: 0, sent: 5, least: time.Second, most: 2 * time.Second},
		{generation: 4, status: 503, sent: 5, untrue: true, least: 5 * time.Second, most: 10 * time.Second}, // gives up
		{generation: 6, status: 503, sent: 1, untrue: true},                                                 // takes any answer for success
	} {
		p := testSender(&generations[test.generation], 11)
		at := p.next()
		for !p.step(at) {
			at = p.next()
		}
		sent := 0
		var first []byte
		for ; sent < 5; sent++ {
			body := slices.Clone(p.queue.first(1))
			if sent == 0 {
				first = body
			}
			if !slices.Equal(body, first) {
				break
			}
			p.answered(outcome{status: test.status, now: at})
			if pause := time.Duration(p.flushAt-at) * time.Millisecond; sent == 0 && p.failures > 0 && (pause < test.least || pause > test.most) {
				t.Errorf("%+v: the first pause is %s", test, pause)
			}
			if p.queue.len() == 0 {
				sent++
				break
			}
			at = p.flushAt
			p.sending = sending{n: min(p.queue.len(), maxBatch)}
		}
		if sent != test.sent || p.tellings[0].untrue != test.untrue {
			t.Errorf("%+v: sent %d times, lost %v", test, sent, p.tellings[0].untrue)
		}
	}
}
