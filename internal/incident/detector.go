package incident

import (
	"container/list"
	"strings"

	"playhead/internal/meta"
)

// Of a detector: how many titles it remembers, of so many bytes at most, after how
// long it judges a bucket that is not full, after how long without views a new one begins, and after how
// long without views, or moments that count, an incident expires, in ms.
const (
	mostTitles  = 20_000
	mostTitle   = 1024
	judgedAfter = hour
	staleAfter  = 24 * hour
	goneAfter   = 8 * 24 * hour
)

// odds are how rare by chance what opens an incident has to be.
const odds = 1e-6

// Begun tells how many views of a title, or of the whole environment if it is "",
// have begun from one time to another, both inclusive, in ms since 1970: those
// that are still going on too.
type Begun func(title string, from, to int64) int64

// Detector finds anomalies in the failures of an environment: it takes complete
// views in the order in which they were complete, and says which incidents open,
// change and close. It is pure: the same views give the same changes, also when
// it is made anew in between from what [Detector.Take] gave to be remembered. It
// is not safe for concurrent use.
//
// Its time is that of the latest view, and never goes back.
type Detector struct {
	// Begun is asked before an incident opens, so that a rush of viewers is not
	// taken for one: of those who have just come, only those are complete for whom
	// it went wrong. Nil: it is not asked.
	Begun Begun

	environment string
	newID       func() string
	odds        float64

	now     int64 // of the latest view
	clock   int64 // what Advance was given, while it runs
	calm    int64 // when the last incident of the environment was over
	touch   int64 // how often a title was touched
	history history
	learned bool // the history has changed since the last Take
	recent  recent
	whole   *scope
	titles  map[string]*scope

	byTouch list.List // of titles, the longest untouched first
	byBegin list.List // of titles whose bucket is not an hour old, the oldest first
	linked  bool      // the lists are made

	needed    map[threshold]int64 // for buckets against the history as it is
	changes   []Change
	dirty     []*scope // in the order in which they changed
	forgotten []string // titles
}

// scope is what is looked at by itself: the environment as a whole, or a title.
type scope struct {
	title  string // "": the environment
	size   int64  // of its buckets
	bucket bucket
	open   []*anomaly
	last   int64 // when it had a view last
	touch  int64 // the detector's at that time
	began  int64 // the detector's touch when the bucket began

	inTouch, inBegin *list.Element
	dirty            bool
}

// threshold is what a number of failures that opens an incident depends on.
type threshold struct {
	title bool
	kind  int64
	views int64
}

// NewDetector makes a detector that knows nothing yet. newID makes the ids of
// incidents.
func NewDetector(environment string, newID func() string) *Detector {
	return &Detector{
		environment: environment, newID: newID, odds: odds,
		whole: &scope{size: wholeViews}, titles: map[string]*scope{}, needed: map[threshold]int64{},
	}
}

// Add takes the next view.
func (d *Detector) Add(s Sample) {
	d.link()
	d.now = max(d.now, s.At)
	title := d.title(s.Title)
	d.recent.add(&s, d.now)
	d.count(d.whole, &s)
	if title == nil || len(title.open) == 0 {
		d.whole.bucket.addUsual(&s)
	}
	d.judge(d.whole, &s)
	if title == nil {
		return
	}
	if title.bucket.First < d.calm {
		d.clear(title) // it has views of an incident of the environment
	}
	d.count(title, &s)
	d.judge(title, &s)
}

// Advance has what depends on time alone be decided as of now, in ms since 1970:
// buckets that are an hour old are judged, and what nothing was heard of for eight
// days is over.
func (d *Detector) Advance(now int64) {
	d.link()
	d.clock = now
	defer func() { d.clock = 0 }()
	d.judgeOld(d.whole, now)
	for el := d.byBegin.Front(); el != nil && el.Value.(*scope).bucket.First+judgedAfter <= now; el = d.byBegin.Front() {
		s := el.Value.(*scope)
		d.unqueue(s)
		d.judgeOld(s, now)
	}
	if (d.whole.bucket.Views > 0 || len(d.whole.open) > 0) && d.whole.last+goneAfter <= now {
		d.expire(d.whole)
		d.clear(d.whole)
	}
	for el := d.byTouch.Front(); el != nil && el.Value.(*scope).last+goneAfter <= now; el = d.byTouch.Front() {
		d.forget(el.Value.(*scope))
	}
}

// title finds what is known of a title, or begins with it; nil if views of it are
// not looked at by themselves.
func (d *Detector) title(name string) *scope {
	if name == "" || len(name) > mostTitle || strings.HasPrefix(name, reserved) {
		return nil
	}
	s := d.titles[name]
	if s == nil {
		if len(d.titles) >= mostTitles {
			d.forget(d.leastWanted())
		}
		s = &scope{title: name, size: titleViews}
		d.titles[name] = s
		s.inTouch = d.byTouch.PushBack(s)
	}
	d.byTouch.MoveToBack(s.inTouch)
	d.touch++
	s.touch = d.touch
	return s
}

// leastWanted is the title that was untouched for longest, of those without open
// incidents if there are any among the first thousand.
func (d *Detector) leastWanted() *scope {
	const most = 1000
	el := d.byTouch.Front()
	for range most {
		if el == nil {
			break
		}
		if s := el.Value.(*scope); len(s.open) == 0 {
			return s
		}
		el = el.Next()
	}
	return d.byTouch.Front().Value.(*scope)
}

// count takes a view into the bucket of a scope and into its open incidents.
func (d *Detector) count(s *scope, view *Sample) {
	if s.bucket.Views > 0 && d.now-s.last >= staleAfter {
		d.clear(s)
	}
	began := s.bucket.Views == 0
	s.bucket.add(view, d.now, s.is(view.Failure))
	s.last = d.now
	d.mark(s)
	if began && s != d.whole {
		s.began = s.touch
		s.inBegin = d.byBegin.PushBack(s)
	}
	if len(s.open) > 0 {
		s.bucket.Odd = true
	}
	if a := s.about(view.Failure); view.Failure != allTypes && a != nil {
		a.affect()
	}
}

// mark has a scope be written down.
func (d *Detector) mark(s *scope) {
	if !s.dirty {
		s.dirty = true
		d.dirty = append(d.dirty, s)
	}
}

// clear begins a new bucket.
func (d *Detector) clear(s *scope) {
	s.bucket = bucket{}
	for _, a := range s.open {
		a.Fresh = false
	}
	d.unqueue(s)
	d.mark(s)
}

// unqueue has a bucket not be judged for being an hour old when time goes on.
func (d *Detector) unqueue(s *scope) {
	if s.inBegin != nil {
		d.byBegin.Remove(s.inBegin)
		s.inBegin = nil
	}
}

// forget gives a title up. Its open incidents expire.
func (d *Detector) forget(s *scope) {
	d.expire(s)
	d.unqueue(s)
	d.byTouch.Remove(s.inTouch)
	delete(d.titles, s.title)
	d.forgotten = append(d.forgotten, s.title)
}

// about is the open incident that counts failures of a type: the one of the type,
// or else of all types; nil if there is none.
func (s *scope) about(kind int64) *anomaly {
	var found *anomaly
	for _, a := range s.open {
		if a.Kind == kind {
			return a
		}
		if a.Kind == allTypes {
			found = a
		}
	}
	return found
}

// is reports whether an incident of exactly this type is open.
func (s *scope) is(kind int64) bool {
	a := s.about(kind)
	return a != nil && a.Kind == kind
}

// failures are how many views of the bucket count for an incident about a type:
// for one about all types those that no other open incident is about.
func (s *scope) failures(kind int64) int64 {
	f := s.bucket.Failed[kind]
	if f == nil {
		return 0
	}
	n := f.Views
	if kind == allTypes {
		for _, a := range s.open {
			if of := s.bucket.Failed[a.Kind]; a.Kind != allTypes && of != nil {
				n -= of.Views
			}
		}
	}
	return n
}

// Take returns what has become of incidents since the last time, the earlier
// changes first, and what is to be remembered of it: scopes that have changed,
// without data those that are forgotten.
func (d *Detector) Take() ([]Change, []meta.DetectorState) {
	for _, s := range d.dirty {
		d.report(s)
	}
	changes := d.changes
	states := d.states()
	d.changes, d.dirty, d.forgotten, d.learned = nil, nil, nil, false
	return changes, states
}
