package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"playhead/internal/event"
)

// A sender is where a viewer watches: one or more views, one after another or at
// the same time, and the SDK that tells of them in common beacons. It is a state
// machine without clock or network: whoever drives it calls step when next says
// so, sends the beacon that step returns, and tells the outcome. Times are in ms
// since 1970 by the true clock.
//
// What is in which beacon depends on when things happen, and not on when step
// is called: so the same viewers say the same, however late their driver is.
type sender struct {
	how      *generation
	envKey   string
	client   client
	random   *rand.Rand
	persist  time.Duration // pause before a beacon is sent again until it is acknowledged; 0: as the SDK does
	skew     int64         // how far the clock of the device is ahead
	tellings []*telling
	due      int64 // what next said last; for whoever drives the sender

	queue    queue
	late     *queue // a beacon that another one overtakes
	overtook bool   // one has
	sending  sending
	sentAt   int64 // the last beacon
	flushAt  int64 // when the next beacon is sent; never when nothing waits for a time
	failures int   // of the beacon at the head of the queue
	rtt      int64 // what the beacon before took in ms; 0 when there was none
	silenced bool  // the queue was full once
	asked    bool  // a preflight was answered
	closed   bool  // a viewend was said and nothing after it
}

// sending is what step gave out last.
type sending struct {
	n    int  // events at the head of the queue
	late bool // or the beacon that was overtaken
}

// client is how a viewer's requests look.
type client struct{ address, userAgent string }

// noTime is a time that does not come.
const noTime = math.MaxInt64

// overtaken is the share of beacons that another one overtakes.
const overtaken = 0.02

// newSender makes the sender of a viewer. Its views are added with tell.
func newSender(how *generation, envKey string, c client, random *rand.Rand) *sender {
	return &sender{how: how, envKey: envKey, client: c, random: random, skew: newSkew(random), flushAt: noTime}
}

// tell has the sender tell a view, as the given player.
func (p *sender) tell(s *script, by *player) {
	p.tellings = append(p.tellings, newTelling(s, p.how, by, p.skew))
	if p.sentAt == 0 || s.start < p.sentAt {
		p.sentAt = s.start
	}
}

// next is when step has something to do; noTime when all is done.
func (p *sender) next() int64 {
	if t := p.first(); t != nil {
		return min(t.due(), p.flushAt)
	}
	switch {
	case p.queue.len() == 0 && p.late == nil:
		return noTime
	case p.failures > 0:
		return p.flushAt
	}
	return p.sentAt // at once
}

// first is the view whose next event is the earliest; nil at the end.
func (p *sender) first() (first *telling) {
	for _, t := range p.tellings {
		if t.more && (first == nil || t.due() < first.due()) {
			first = t
		}
	}
	return first
}

// step does what happens up to a time. It returns whether there is a beacon to
// send: then its outcome has to be told before the next step.
func (p *sender) step(at int64) bool {
	for _, t := range p.tellings {
		t.wake()
	}
	urgent := false
	for t := p.first(); t != nil && t.due() <= at; t = p.first() {
		urgent = p.say(t) || urgent
	}
	over := p.first() == nil
	switch {
	case p.late != nil && (p.overtook || over && p.queue.len() == 0):
		p.sending = sending{late: true}
		return true
	case p.queue.len() == 0, !urgent && at < p.flushAt && !(over && p.failures == 0):
		return false
	}
	p.sending = sending{n: min(p.queue.len(), maxBatch)}
	p.sentAt, p.flushAt = max(at, p.sentAt), noTime
	if p.late == nil && !over && p.random.Float64() < overtaken {
		late := p.queue.take(p.sending.n)
		p.late, p.overtook, p.sending = &late, false, sending{}
		return false
	}
	return true
}

// say puts the next event of a view into the queue, and reports whether it is
// urgent.
func (p *sender) say(t *telling) bool {
	if !p.makeRoom(t) {
		t.untrue = true
		t.advance()
		return false
	}
	at, kind := t.due(), t.pending.kind
	p.queue.add(p.index(t), func(dst []byte) []byte { return t.appendNext(dst, p.envKey) })
	t.waiting++
	p.closed = kind == event.ViewEnd
	interval := p.how.interval.Milliseconds()
	if p.how.polls {
		return p.how.isUrgent(kind) || at-p.sentAt >= interval
	}
	if p.flushAt == noTime {
		p.flushAt = p.sentAt + interval*max(1, (at-p.sentAt+interval-1)/interval)
	}
	return p.how.isUrgent(kind)
}

// makeRoom reports whether the queue takes another event. When it is full the
// web's and Apple's players say so as their last word; Roku's drop what comes.
func (p *sender) makeRoom(t *telling) bool {
	switch {
	case p.silenced:
		return false
	case p.queue.len() < maxQueue:
		return true
	case p.how.overflows:
		p.silenced, t.untrue = true, true
		t.pending.kind = "eventrateexceeded"
		return true
	}
	return false
}

func (p *sender) index(t *telling) int {
	for i, other := range p.tellings {
		if other == t {
			return i
		}
	}
	panic("BUG: a telling of another sender")
}

// twice reports whether the beacon to send is that of a page that closes, which
// goes out twice.
func (p *sender) twice() bool {
	return p.how.closesTwice && p.closed && !p.sending.late && p.sending.n == p.queue.len() && p.over()
}

// rest lets go of what the next step makes again, if that is not at once.
func (p *sender) rest() {
	for _, t := range p.tellings {
		t.rest()
	}
	if p.queue.len() == 0 {
		p.queue = queue{}
	}
}

// leave has the viewer close the page at a time, before the end of what would
// have happened.
func (p *sender) leave(at int64) {
	// Of what would have begun later, nothing was said.
	p.tellings = slices.DeleteFunc(p.tellings, func(t *telling) bool { return t.script.start > at })
	for _, t := range p.tellings {
		t.leave(at)
	}
}

// over reports whether everything has been said.
func (p *sender) over() bool { return p.first() == nil }

// appendBody appends the body of the beacon to send; now is when that is.
func (p *sender) appendBody(dst []byte, now int64) []byte {
	dst = append(dst, '{')
	if p.how.metadata {
		dst = strconv.AppendInt(append(dst, `"metadata":{"transmission_timestamp":`...), now+p.skew, 10)
		if p.rtt > 0 {
			dst = strconv.AppendInt(append(dst, `,"rtt_ms":`...), p.rtt, 10)
		}
		dst = append(dst, "},"...)
	}
	dst = append(dst, `"events":[`...)
	if p.sending.late {
		dst = append(dst, p.late.first(p.late.len())...)
	} else {
		dst = append(dst, p.queue.first(p.sending.n)...)
	}
	return append(dst, "]}"...)
}

// An outcome is what became of a beacon.
type outcome struct {
	status int   // of the answer; 0 when there was none
	err    error // why there was none
	now    int64 // when that was known
	took   int64 // ms
}

// answered takes the outcome of the beacon that step gave out.
func (p *sender) answered(o outcome) {
	acknowledged := ok2xx(o.status)
	delivered := o.status > 0 && p.how.delivered(o.status)
	if p.persist > 0 {
		delivered = acknowledged
	}
	if o.status > 0 {
		p.rtt = max(1, o.took)
	}
	switch {
	case p.sending.late && delivered:
		p.settle(p.late.events, acknowledged)
		p.late = nil
	case p.sending.late: // it goes first again
		p.queue.putBack(*p.late)
		p.late = nil
		p.failed(o.now)
	case delivered:
		p.settle(p.queue.events[:p.sending.n], acknowledged)
		p.queue.drop(p.sending.n)
		p.failures, p.overtook = 0, p.late != nil
		if p.queue.len() > 0 {
			p.flushAt = p.sentAt // what came meanwhile goes out at once
		}
	default:
		p.failed(o.now)
	}
}

// failed decides when the beacon at the head of the queue is sent again.
func (p *sender) failed(now int64) {
	p.failures++
	if p.persist > 0 {
		p.flushAt = now + int64((0.5+p.random.Float64())*float64(p.persist.Milliseconds()))
		return
	}
	p.flushAt = now + p.how.retry.pause(p.failures, p.random.Float64()).Milliseconds()
	gone := p.closed && p.over() && p.how.closesTwice // nobody is there to try again
	if gone || p.how.retry.tries > 0 && p.failures >= p.how.retry.tries && !p.how.retry.keeps {
		n := min(p.queue.len(), maxBatch)
		p.settle(p.queue.events[:n], false)
		p.queue.drop(n)
		p.failures = 0
	}
}

// settle ends the wait of events.
func (p *sender) settle(events []queued, acknowledged bool) {
	for _, e := range events {
		t := p.tellings[e.of]
		t.waiting--
		t.untrue = t.untrue || !acknowledged
	}
}
