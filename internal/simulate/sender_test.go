package simulate

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
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

// TestOnePage: two views of one player are told in common beacons, and each of
// them whole.
func TestOnePage(t *testing.T) {
	w := &World{Seed: 4, Start: evening}
	first := w.view(7, evening)
	second := w.another(rand.New(rand.NewPCG(1, 1)), first, evening.Add(first.length()))
	p := newSender(&generations[0], "key", client{}, rand.New(rand.NewPCG(1, 0)))
	by := &player{id: "player"}
	p.tell(first, by)
	p.tell(second, by)
	common := 0
	heard, said := map[string]map[int64]bool{first.viewID: {}, second.viewID: {}}, map[float64]bool{}
	drive(p, func(_ int64, body []byte) {
		events, _, err := mux.Decode(&event.Beacon{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]bool{}
		for _, e := range events {
			of[e.View] = true
			heard[e.View][e.Seq] = true
		}
		common += len(of) - 1
		for _, n := range playerNumbers(t, body) {
			said[n] = true
		}
	})
	if n, m := len(heard[first.viewID]), len(heard[second.viewID]); n != len(first.events()) || m != len(second.events()) {
		t.Errorf("%d and %d events were heard, want %d and %d", n, m, len(first.events()), len(second.events()))
	}
	if all := len(first.events()) + len(second.events()); common == 0 || len(said) != all || !said[float64(all)] {
		t.Errorf("%d common beacons, %d numbers of the player; want some, and 1 to %d", common, len(said), all)
	}
}

// playerNumbers are the numbers that the player gave to the events of a body.
func playerNumbers(t *testing.T, body []byte) (numbers []float64) {
	t.Helper()
	var sent struct {
		Events []struct {
			Number float64 `json:"psqno"`
		}
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	for _, e := range sent.Events {
		numbers = append(numbers, e.Number)
	}
	return numbers
}

// TestFullQueue: an SDK keeps 3,600 events while the server does not answer.
// The web's then says so, and nothing more; Roku's takes no more for a while.
func TestFullQueue(t *testing.T) {
	for _, test := range []struct{ generation, keeps int }{{0, 3601}, {3, 3600}} {
		p := newSender(&generations[test.generation], "key", client{}, rand.New(rand.NewPCG(1, 0)))
		w := &World{Seed: 4, Start: evening}
		for n := range uint64(150) {
			p.tell(w.view(n, evening), &player{id: "player"})
		}
		for first := p.first(); first != nil; first = p.first() {
			p.say(first)
		}
		untrue := 0
		for _, view := range p.tellings {
			if view.untrue {
				untrue++
			}
		}
		if p.queue.len() != test.keeps || untrue == 0 {
			t.Errorf("generation %d keeps %d events, want %d; %d views are known to be lost", test.generation, p.queue.len(), test.keeps, untrue)
		}
		last := string(p.queue.data[p.queue.events[p.queue.len()-2].end:])
		if said := strings.Contains(last, "eventrateexceeded"); said != (test.keeps > maxQueue) {
			t.Errorf("generation %d ends with %.60s", test.generation, last)
		}
	}
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
