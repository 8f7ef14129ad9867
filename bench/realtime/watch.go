package main

import (
	"playhead/internal/simulate"
	"playhead/internal/view"
)

// beat is how often players tell that they go on, in ms.
const beat = 10_000

// watch is what a server knows of a view once the player has told what happened
// up to a time: all of it when that is the end.
func (w *world) watch(v viewer, environment string, told int64) view.Watch {
	values, labels := v.dimensions(w.seed)
	return view.Watch{
		ID: v.id(), Environment: environment, Values: values, Labels: labels,
		Spans: v.spans(min(told, v.end())),
	}
}

// spans are what the viewer did up to a time. Who still watches then goes on
// unheard for as long as silence is allowed.
func (v viewer) spans(told int64) []view.Span {
	s := v.script
	list := make([]view.Span, 0, len(s.States)+2)
	shown := false
	for _, state := range s.States {
		at := v.time(state.At)
		if at > told || state.Unheard || state.State == simulate.Silent {
			break // what players fall silent about is told below
		}
		span := view.Span{At: at, Activity: v.activity(state.State), Bitrate: int64(state.Bitrate), CDN: state.CDN, Startup: -1}
		if span.Activity == view.Playing && !shown {
			shown = true
			if s.StartupTime != nil {
				span.Startup = int64(v.pace * float64(*s.StartupTime))
			}
		}
		list = append(list, span)
	}
	if len(list) == 0 || !list[len(list)-1].Activity.Watching() {
		return list
	}
	last := list[len(list)-1]
	last.At, last.Unheard, last.Startup = told, true, -1
	if last.At == list[len(list)-1].At {
		list = list[:len(list)-1]
	}
	gone := view.Span{At: told + view.SilentAfter, Activity: view.Left, CDN: last.CDN, Startup: -1}
	if !shown && told-v.start() >= view.EarlyAfter {
		gone.Activity = view.LeftEarly
	}
	return append(list, last, gone)
}

// activity is what a state of the truth is called.
func (v viewer) activity(state string) view.Activity {
	s := v.script
	switch state {
	case simulate.Starting:
		return view.Starting
	case simulate.Playing:
		return view.Playing
	case simulate.Rebuffering:
		return view.Rebuffering
	case simulate.Seeking:
		return view.Seeking
	case simulate.Loading:
		return view.Loading
	case simulate.Paused:
		return view.Paused
	case simulate.Failed:
		switch {
		case s.Business:
			return view.Excepted
		case s.StartupFailure:
			return view.FailedToStart
		}
		return view.Failed
	}
	if s.ExitBeforeStart && s.WatchTime >= view.EarlyAfter {
		return view.LeftEarly
	}
	return view.Left
}
