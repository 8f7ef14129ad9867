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
	World  World // its Start is From; it is Brief, but for its last day, unless Whole says otherwise
	From   time.Time
	Until  time.Time // who still watches then leaves
	Views  int
	Whole  bool        // players tell all that those of the present tell, also of second videos in a page, which are not among the Views
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
	w.Start, w.Brief, w.BriefUntil = p.From, !p.Whole, p.Until.Add(-wholeFor)
	return w
}

// wholeFor is how much of the end of a past players tell all of: as far back as
// servers know who is watching when, with views that began before.
const wholeFor = 26 * time.Hour

// open makes the sender of a viewer who leaves when the past is over.
func (p *Past) open(r *runner, s *script) *sender {
	s.cut(p.Until.Sub(time.UnixMilli(s.start)))
	if !p.Whole {
		return r.open(s)
	}
	page := r.openPage(s)
	page.leave(p.Until.UnixMilli())
	return page
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
				playing.add(p.open(r, coming))
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
			p.tell(first)
		}
	}
}

// tell tells the truth of the views of a sender that has said everything.
func (p *Past) tell(of *sender) {
	for _, t := range of.tellings {
		if p.Truth != nil && t.told() {
			p.Truth(t.script.truth())
		}
	}
}

// roundTrip is how long a request takes in the past, in ms.
const roundTrip = 40
