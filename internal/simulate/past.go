package simulate

import (
	"container/heap"
	"fmt"
	"iter"
	"time"
)

// Past is a time that is over, with viewers of whom a server never heard. The
// same past has the same beacons.
type Past struct {
	EnvKey string
	World  World // its Start is From; players tell little, as Brief says
	From   time.Time
	Until  time.Time // who still watches then leaves
	Views  int
	Truth  func(Truth) // called for each view when all of it was said; may be nil
}

// Validate checks what users can set.
func (p *Past) Validate() error {
	const shortest, longest = time.Hour, 10 * 365 * 24 * time.Hour
	if span := p.Until.Sub(p.From); span < shortest || span > longest {
		return fmt.Errorf("backfill is %s: want 1h to 3650d", span)
	}
	if p.Views < 1 || p.Views > 1e9 {
		return fmt.Errorf("views is %d: want 1 to 1000000000", p.Views)
	}
	return p.World.Validate()
}

func (p *Past) world() World {
	w := p.World
	w.Start, w.Brief = p.From, true
	return w
}

// A Delivery is a beacon as a server gets it.
type Delivery struct {
	Time               int64 // of the receipt, in ms since 1970
	Address, UserAgent string
	Body               []byte // valid until the next
}

// Beacons are all beacons in the order of their receipt. The copies that pages
// send when they close are left out: they would change nothing.
func (p *Past) Beacons() iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		r := &runner{cfg: Config{EnvKey: p.EnvKey, World: p.world()}}
		next, stop := iter.Pull(r.cfg.World.views(p.From, p.Until, p.Views))
		defer stop()
		var playing senders
		var body []byte
		for coming, more := next(); more || len(playing) > 0; {
			if more && (len(playing) == 0 || coming.start <= playing[0].due) {
				coming.cut(p.Until.Sub(time.UnixMilli(coming.start)))
				playing.add(r.open(coming))
				coming, more = next()
				continue
			}
			first := playing[0]
			if first.step(first.due) {
				body = first.appendBody(body[:0], first.due)
				d := Delivery{first.due, first.client.address, first.client.userAgent, body}
				if !yield(d) {
					return
				}
				first.answered(outcome{status: 200, now: first.due, took: roundTrip})
			}
			if first.due = max(first.due, first.next()); first.due != noTime {
				heap.Fix(&playing, 0)
				continue
			}
			heap.Pop(&playing)
			if p.Truth != nil && first.tellings[0].told() {
				p.Truth(first.tellings[0].script.truth())
			}
		}
	}
}

// roundTrip is how long a request takes in the past, in ms.
const roundTrip = 40
