package view

import "math"

// How the spans of a view are told from its track: nobody counts for longer than
// [SilentAfter] after what was told last, at the end and in between alike. That
// is decided when they are told, and not when an event comes, so that it does
// not matter in which order events come.

// ending is what a track does not know itself.
type ending struct {
	offset    offset
	latest    int64 // something was told of this time, by the player's clock, without being in the track; 0 is nothing
	startup   int64 // startup time; -1 is not known
	programme bool  // the view began by a change of programme
	renewed   bool  // another view goes on with what the player tells
}

// spans are the spans of a view, of more than maxSpans the newest.
func (t *track) spans(e ending) []Span {
	if len(t.doing) == 0 {
		return nil
	}
	heard := max(t.heard, e.latest)
	w := spanWriter{track: t, ending: e, last: silence{heard, math.MaxInt64}}
	w.list = make([]Span, 0, len(t.doing)+len(t.bitrates)+len(t.delivers)+2*len(t.silences)+2)
	for i, s := range t.doing {
		until := int64(math.MaxInt64)
		if i+1 < len(t.doing) {
			until = t.doing[i+1].at
		}
		w.write(s, until)
	}
	if end := &w.list[len(w.list)-1]; end.Activity == Left && w.isEarly(heard) {
		end.Activity = LeftEarly
	}
	return w.list[max(0, len(w.list)-maxSpans):]
}

// isEarly reports whether the viewer who has gone had waited for the first frame
// for a second or more, and in vain.
func (w *spanWriter) isEarly(heard int64) bool {
	if end := w.doing[len(w.doing)-1]; end.does().activity == Left {
		heard = end.at
	}
	return heard-w.asked >= EarlyAfter && !w.playback.firstFrame && !w.fatal && !w.programme && !w.renewed
}

// spanWriter writes the steps of a track as spans.
type spanWriter struct {
	*track
	ending
	last silence // the one that is not over
	list []Span

	// Where in these lists it is: it goes through all of them once.
	silence, bitrate, cdn int
}

// write writes what the viewer does from a step on and until the next one.
func (w *spanWriter) write(s step, until int64) {
	d := s.does()
	if w.programme && d.activity == Starting {
		d.activity = Loading // the programme before has been shown
	}
	told, at := len(w.list), s.at
	for w.silence <= len(w.silences) && Activity.Watching(d.activity) {
		quiet, patience := w.last, int64(SilentAfter)
		if w.silence < len(w.silences) {
			quiet = w.silences[w.silence]
		} else if w.renewed {
			patience = 0
		}
		if quiet.from >= until {
			break
		}
		from, gone, to := max(at, quiet.from), max(at, quiet.from+patience), min(until, quiet.to)
		w.piece(at, from, &d, false)
		w.piece(from, min(gone, to), &d, true)
		w.piece(gone, to, &does{activity: Left}, false)
		if at = max(at, to); quiet.to > until {
			break
		}
		w.silence++
	}
	w.piece(at, until, &d, false)
	if len(w.list) == told && d.stands() {
		w.put(s.at, d, false)
	}
}

// piece writes that the viewer does something from a time on and until another,
// if that is later. The first frame is only shown once.
func (w *spanWriter) piece(from, until int64, d *does, unheard bool) {
	for from < until {
		from = min(until, w.put(from, *d, unheard))
		d.first = false
	}
}

// put writes that the viewer does something from a time on. It returns until when
// the CDN and the bitrate stay the same.
func (w *spanWriter) put(at int64, d does, unheard bool) (until int64) {
	s := Span{At: at + w.offset.delay, Activity: d.activity, Unheard: unheard, Startup: -1}
	place, until := w.delivers.at(&w.cdn, at)
	if place >= 0 {
		s.CDN = cdnName(w.cdns.trace[place])
	}
	if d.activity == Playing && !d.inAd {
		bitrate, next := w.bitrates.at(&w.bitrate, at)
		s.Bitrate, until = max(0, bitrate), min(until, next)
	}
	if d.first {
		s.Startup = w.startup
	}
	if n := len(w.list); n > 0 && s.Startup < 0 {
		if before := w.list[n-1]; before.goesOnAs(&s) {
			return until
		}
	}
	w.list = append(w.list, s)
	return until
}

// goesOnAs reports whether a span tells nothing that the one before it does not.
func (s *Span) goesOnAs(next *Span) bool {
	return s.Activity == next.Activity && s.Unheard == next.Unheard && s.Bitrate == next.Bitrate && s.CDN == next.CDN
}

// at is what is so at a time, -1 if that is not known, and until when. It begins
// to look at a place, which it moves on: times must ascend from call to call.
func (s steps) at(place *int, at int64) (is, until int64) {
	for *place < len(s) && s[*place].at <= at {
		*place++
	}
	is, until = -1, math.MaxInt64
	if *place > 0 {
		is = s[*place-1].is
	}
	if *place < len(s) {
		until = s[*place].at
	}
	return is, until
}
