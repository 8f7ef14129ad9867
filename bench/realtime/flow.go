package main

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"playhead/internal/view"
)

// finalAfter is how long after its end a view can still change, as the server
// has it unless told otherwise.
const finalAfter = time.Hour

// largest is how many views the tracker puts at a time at most.
const largest = 256

// sink is what views are put into.
type sink interface {
	Put(now int64, list []view.Watch)
	Load(views iter.Seq2[view.Watch, error]) error
}

// flow puts the views of a world into a sink as their players tell them, in
// journal time.
type flow struct {
	world       *world
	environment string
	to          sink

	wheel [][]due // by slots of journal time from the start of the flow
	start int64   // of the wheel, in ms since 1970
	batch []view.Watch

	views   int           // put so far
	putting time.Duration // time that Put took
	longest time.Duration // of one Put
	behind  time.Duration // the most that the flow was late
}

// due is a viewer whose player tells something.
type due struct {
	viewer
	final bool // nothing more will come: the server forgets the view
}

// slot is how long a slot of the wheel is, in ms.
const slot = 100

// ended are the views of before a time that are final then: those that a server
// reads from its store when it starts. They are made beside what is done with them,
// as those of a store are read.
func (w *world) ended(from, now int64, environment string) iter.Seq2[view.Watch, error] {
	const some = 1000
	return func(yield func(view.Watch, error) bool) {
		made, enough := make(chan []view.Watch, 4), make(chan struct{})
		defer close(enough)
		go func() {
			defer close(made)
			list := make([]view.Watch, 0, some)
			for v := range w.between(from, now) {
				if v.end() > now-finalAfter.Milliseconds() {
					continue
				}
				is := w.watch(v, environment, v.end())
				is.Final = true
				if list = append(list, is); len(list) < some {
					continue
				}
				select {
				case made <- list:
				case <-enough:
					return
				}
				list = make([]view.Watch, 0, some)
			}
			select {
			case made <- list:
			case <-enough:
			}
		}()
		for list := range made {
			for i := range list {
				if !yield(list[i], nil) {
					return
				}
			}
		}
	}
}

// told is up to when a player has told at a time: its beats are every ten seconds
// from the start on, and its end.
func (v viewer) told(now int64) int64 {
	if now >= v.end() {
		return v.end()
	}
	return v.start() + (now-v.start())/beat*beat
}

// open puts all views that are not final, as the tracker does when it is
// current, and plans what follows until the end of the flow.
func (f *flow) open(now int64, length time.Duration) {
	f.start = now
	f.wheel = make([][]due, length.Milliseconds()/slot+1)
	for v := range f.world.between(now-finalAfter.Milliseconds(), now+length.Milliseconds()) {
		switch {
		case v.start() > now:
			f.at(v.start(), due{viewer: v})
		case v.end() > now-finalAfter.Milliseconds():
			f.put(now, f.world.watch(v, f.environment, v.told(now)))
			f.after(v.told(now), v)
		}
	}
	f.flush(now)
}

// after plans what a player tells after a time at which it told something: its
// next beat, or that it is gone; and then that is final.
func (f *flow) after(told int64, v viewer) {
	if told == v.end() {
		f.at(v.end()+finalAfter.Milliseconds(), due{v, true})
		return
	}
	f.at(min(v.end(), told+beat), due{viewer: v})
}

func (f *flow) at(ms int64, d due) {
	if i := (ms - f.start + slot - 1) / slot; i >= 0 && i < int64(len(f.wheel)) {
		f.wheel[i] = append(f.wheel[i], d)
	}
}

// run lets journal time pass as fast as that of the clock until ctx ends or what
// is planned is over, and returns the journal time then.
func (f *flow) run(ctx context.Context, clock *atomic.Int64) (now int64) {
	began := time.Now()
	for i := range f.wheel {
		now = f.start + int64(i)*slot
		wait := time.NewTimer(time.Until(began.Add(time.Duration(i) * slot * time.Millisecond)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return now - slot
		case <-wait.C:
		}
		clock.Store(now)
		for _, d := range f.wheel[i] {
			f.tell(now, d)
		}
		f.flush(now)
		f.behind = max(f.behind, time.Since(began)-time.Duration(i)*slot*time.Millisecond)
		f.wheel[i] = nil
	}
	return now
}

// tell puts a view of which something was told, and plans the next. Who is
// paused or looks at an error tells nothing until that is over.
func (f *flow) tell(now int64, d due) {
	told := d.told(now)
	if d.final {
		is := f.world.watch(d.viewer, f.environment, d.end())
		is.Final = true
		f.put(now, is)
		return
	}
	if told == d.start() || told == d.end() || d.says(told) {
		f.put(now, f.world.watch(d.viewer, f.environment, told))
	}
	f.after(told, d.viewer)
}

// says reports whether there is something to tell of the time since the last beat.
func (v viewer) says(told int64) bool {
	spans := v.spans(told)
	if len(spans) == 0 {
		return false
	}
	last := spans[len(spans)-1]
	return last.At > told-beat
}

func (f *flow) put(now int64, w view.Watch) {
	if f.batch = append(f.batch, w); len(f.batch) == largest {
		f.flush(now)
	}
}

func (f *flow) flush(now int64) {
	if len(f.batch) == 0 {
		return
	}
	began := time.Now()
	f.to.Put(now, f.batch)
	took := time.Since(began)
	f.putting += took
	f.longest = max(f.longest, took)
	f.views += len(f.batch)
	f.batch = nil
}

// known are the views as a server knows them at a time that have to do with a
// part of it.
func (w *world) known(from, until, now int64, environment string) (list []view.Watch) {
	for v := range w.between(from, until) {
		if v.start() <= now {
			list = append(list, w.watch(v, environment, v.told(now)))
		}
	}
	return slices.Clip(list)
}

// size is what the plan of the flow takes in memory, in bytes.
func (f *flow) size() (n int64) {
	for _, slot := range f.wheel {
		n += int64(cap(slot)) * int64(unsafe.Sizeof(due{})) //nolint:gosec // a few bytes
	}
	return n + int64(cap(f.wheel))*int64(unsafe.Sizeof([]due{})) //nolint:gosec // likewise
}

// heap is the memory in use, once what is not is collected.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // bytes of memory
}
