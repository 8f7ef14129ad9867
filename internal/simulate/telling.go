package simulate

import (
	"strconv"
	"time"

	"playhead/internal/event"
)

// telling is a view as an SDK tells it: what it remembers, and how it says the
// next event.
type telling struct {
	script *script
	how    *generation
	player *player
	skew   int64 // how far the clock of the device is ahead, in ms

	cursor  *cursor       // nil while the viewer is at rest: it is made again
	pending scriptEvent   // the next event to say; without its fields at rest
	more    bool          // there is one
	n       int           // events before it
	last    time.Duration // the time of the one before

	seq     int // events of the view that were said
	said    memory
	waiting int  // events that are not acknowledged yet
	untrue  bool // some of it was lost: the server cannot know the truth
}

// player is an instance of a player: it numbers the events of all its views.
type player struct {
	id  string
	seq int
}

func newTelling(s *script, how *generation, by *player, skew int64) *telling {
	t := &telling{script: s, how: how, player: by, skew: skew, cursor: s.cursor(), said: newMemory()}
	for _, list := range [][]event.Value{how.constants(), s.constants()} {
		for _, v := range list {
			t.said.learn(v)
		}
	}
	t.more = t.cursor.next(&t.pending)
	return t
}

// rest lets go of what can be made again, until wake.
func (t *telling) rest() { t.cursor, t.pending.fields = nil, nil }

// wake makes the pending event again.
func (t *telling) wake() {
	if t.cursor != nil || !t.more {
		return
	}
	t.cursor = t.script.cursor()
	for range t.n + 1 {
		t.cursor.next(&t.pending)
	}
}

// advance goes on to the next event.
func (t *telling) advance() {
	t.n++
	t.last = t.pending.at
	t.more = t.cursor.next(&t.pending)
}

// leave has the viewer close the page at a time.
func (t *telling) leave(at int64) {
	if !t.more {
		return
	}
	t.script.cut(time.Duration(max(at-t.script.start, t.last.Milliseconds())) * time.Millisecond)
	t.cursor = t.script.cursor()
	for range t.n {
		t.cursor.next(&t.pending)
	}
	t.more = t.cursor.next(&t.pending)
}

// due is when the pending event happens, in ms since 1970 by the true clock.
func (t *telling) due() int64 { return t.script.start + t.pending.at.Milliseconds() }

// told reports whether there is a view, and everything of it was said and
// acknowledged.
func (t *telling) told() bool { return !t.more && t.waiting == 0 && !t.untrue && t.script.begun() }

// appendNext appends the pending event in JSON and goes on to the one after.
func (t *telling) appendNext(dst []byte, envKey string) []byte {
	e := &t.pending
	t.player.seq++
	if !t.isKeyless(e) {
		t.seq++
	}
	dst = t.appendMembers(append(dst, '{'), e, envKey)
	switch {
	case t.isWhole(e):
		dst = t.appendWhole(dst, e)
	default:
		for _, v := range e.fields {
			if scopes[v.Field] == ofEvent || t.said.learn(v) || scopes[v.Field] == ofEach {
				dst = t.appendField(dst, v)
			}
		}
		for _, v := range t.said.values {
			if scopes[v.Field] == ofEach && !contains(e.fields, v.Field) {
				dst = t.appendField(dst, v)
			}
		}
	}
	t.advance()
	return append(dst, '}')
}

// isKeyless reports whether an event belongs to no view yet.
func (t *telling) isKeyless(e *scriptEvent) bool { return t.how.keyless && e.kind == event.PlayerReady }

// isWhole reports whether an event says everything: web players do so with the
// first event of a view, at its start and end, and after a long silence.
func (t *telling) isWhole(e *scriptEvent) bool {
	const silence = 10 * time.Minute
	return !t.how.deltas || t.n == 0 || e.kind == event.ViewStart || e.kind == event.ViewEnd ||
		e.at-t.last >= silence
}

// appendWhole appends all that is remembered, after what belongs to the event alone.
func (t *telling) appendWhole(dst []byte, e *scriptEvent) []byte {
	if e.kind == event.ViewStart {
		t.said.learn(event.Value{Field: fieldViewStart, Num: float64(t.due())})
	}
	for _, v := range e.fields {
		if scopes[v.Field] == ofEvent {
			dst = t.appendField(dst, v)
			continue
		}
		t.said.learn(v)
	}
	for _, v := range t.said.values {
		dst = t.appendField(dst, v)
	}
	return dst
}

// appendMembers appends what every event says of itself.
func (t *telling) appendMembers(dst []byte, e *scriptEvent, envKey string) []byte {
	k, at := &t.how.keys.members, t.due()+t.skew
	dst = appendText(append(dst, k.kind...), string(e.kind))
	dst = appendText(append(append(dst, ','), k.envKey...), envKey)
	if !t.isKeyless(e) {
		dst = appendText(append(append(dst, ','), k.view...), t.script.viewID)
		dst = t.appendWholeNumber(dst, k.sequence, int64(t.seq))
	}
	dst = appendText(append(append(dst, ','), k.player...), t.player.id)
	dst = t.appendWholeNumber(dst, k.playerSequence, int64(t.player.seq))
	dst = t.appendWholeNumber(dst, k.playhead, e.playhead.Milliseconds())
	switch {
	case t.how.stringTimes && t.how.numbers == plain:
		dst = append(strconv.AppendInt(append(append(append(dst, ','), k.time...), '"'), at, 10), '"')
	case t.how.fractions:
		dst = append(t.appendWholeNumber(dst, k.time, at), ".300000"...)
	default:
		dst = t.appendWholeNumber(dst, k.time, at)
	}
	if t.how.nulls {
		const session = 25 * time.Minute // how long one lasts after an event
		dst = t.appendWholeNumber(dst, k.expires, at+session.Milliseconds())
	}
	return dst
}

func (t *telling) appendWholeNumber(dst []byte, key string, n int64) []byte {
	dst = append(append(dst, ','), key...)
	if t.how.numbers == words {
		return append(strconv.AppendInt(append(dst, '"'), n, 10), '"')
	}
	return strconv.AppendInt(dst, n, 10)
}

func (t *telling) appendField(dst []byte, v event.Value) []byte {
	if v.Null && !t.how.nulls {
		return dst
	}
	if isClock[v.Field] && !v.Null {
		v.Num += float64(t.skew)
	}
	return t.how.appendValue(append(append(dst, ','), t.how.keys.fields[v.Field]...), v)
}

func contains(list []event.Value, f event.Field) bool {
	for i := range list {
		if list[i].Field == f {
			return true
		}
	}
	return false
}
