package tracker

import (
	"time"

	"playhead/internal/view"
)

// Live keeps what viewers are doing. It is told of each view that is not final
// when the tracker has come to where the journal ended at the start; from then on
// of those that change, and a last time when they are final. A view that nobody
// has asked to play is not told of.
type Live interface {
	// Put takes views as they are now, in ms since 1970: journal time, or that of
	// the clock if it has been set back. Each takes
	// the place of the one with its id. The list is the caller's again afterwards,
	// what is in it is not.
	Put(now int64, list []view.Watch)
}

// news are the open views that changed since they were told of last, in the order
// in which they did.
type news struct {
	wanted bool
	views  []*openView
}

// note has a view be told of.
func (o *openViews) note(v *openView) {
	if o.news.wanted && !v.news && v.machine.Started() {
		v.news = true
		o.news.views = append(o.news.views, v)
	}
}

// noteAll has all views be told of, and from here on those that change.
func (o *openViews) noteAll() {
	o.news.wanted = true
	for el := o.byFirst.Front(); el != nil; el = el.Next() {
		o.note(el.Value.(*openView))
	}
}

// next returns some views that are to be told of.
func (n *news) next(most int) []*openView {
	some := n.views[:min(most, len(n.views))]
	if n.views = n.views[len(some):]; len(n.views) == 0 {
		n.views = nil
	}
	for _, v := range some {
		v.news = false
	}
	return some
}

// watch is what real-time numbers are made of, or what panicked.
func (v *openView) watch() (w view.Watch, err error) {
	defer v.catch(&err)
	return v.machine.Watch(v.status(v.dropped && v.complete()), v.final), nil
}

// Watch has the fold tell of all views that are not final, and from here on of
// those that change, as [Live] is told of them: see News.
func (f *Fold) Watch() { f.open.noteAll() }

// Changed is how many views are to be told of.
func (f *Fold) Changed() int { return len(f.open.news.views) }

// News appends the next views that are to be told of, at most so many, as they
// are now. The errors tell of views that are left out because of a bug, one each.
func (f *Fold) News(list []view.Watch, most int) ([]view.Watch, []error) {
	var bugs []error
	for _, v := range f.open.news.next(most) {
		if w, err := v.watch(); err == nil {
			list = append(list, w)
		} else {
			bugs = append(bugs, err)
		}
	}
	return list, bugs
}

// Views are told of as soon as there is no record that could change them at once,
// and otherwise when there are so many of them, or when they have waited for as
// long: real-time numbers need not be newer.
const (
	tellTogether = 256
	tellWithin   = 200 * time.Millisecond
)

// telling is what has been told of.
type telling struct {
	since  time.Time    // when the first change was that nobody was told of
	list   []view.Watch // room for the next ones
	logged time.Time    // when a view was last logged that could not be told of
}

// note notes how many views are to be told of.
func (t *telling) note(views int, clock func() time.Time) {
	if views == 0 {
		t.since = time.Time{}
	} else if t.since.IsZero() {
		t.since = clock()
	}
}

// isNewsDue reports whether views are to be told of now; more tells that there is
// another record.
func (t *Tracker) isNewsDue(more bool) bool {
	n := t.fold.Changed()
	return n > 0 && (!more || n >= tellTogether || t.cfg.Clock().Sub(t.telling.since) >= tellWithin)
}

// tellAll tells of all views that are not final, and has those be told of that
// change from here on.
func (t *Tracker) tellAll() {
	if t.cfg.Live == nil {
		return
	}
	t.mu.Lock()
	t.fold.Watch()
	t.mu.Unlock()
	t.tellNews()
}

// tellNews tells of the views that changed.
func (t *Tracker) tellNews() {
	for t.fold.Changed() > 0 {
		t.mu.Lock()
		list, bugs := t.fold.News(t.telling.list[:0], tellTogether)
		t.mu.Unlock()
		for _, err := range bugs {
			t.leaveOut(err)
		}
		t.cfg.Live.Put(min(t.now.Load(), t.cfg.Clock().UnixMilli()), list) // journal time stays ahead when the clock is set back
		clear(list)                                                        // nothing of it is held on to
		t.telling.list = list
	}
	t.telling.since = time.Time{}
}

// leaveOut counts a view that cannot be told of.
func (t *Tracker) leaveOut(err error) {
	const logEvery = 10 * time.Second
	t.metrics.untold.Inc()
	if now := t.cfg.Clock(); now.Sub(t.telling.logged) >= logEvery {
		t.telling.logged = now
		t.cfg.Logger.Error("real-time numbers leave out what a view has become; more of them are only counted for a while", "err", err)
	}
}
