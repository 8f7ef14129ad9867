package incident

import (
	"math"
	"slices"
)

// judge looks at a scope after it had a view.
func (d *Detector) judge(s *scope, view *Sample) {
	b := &s.bucket
	switch {
	case b.Views >= s.size:
		d.settle(s)
	case b.Last-b.First >= judgedAfter:
		d.judgeOld(s, b.Last)
	case view.Failure != allTypes:
		d.tip(s, view.Failure)
	}
}

// tip opens an incident if the bucket, which is neither full nor old, has as many
// failures as a full one may not have.
func (d *Detector) tip(s *scope, kind int64) {
	if a := s.about(kind); a != nil {
		return
	}
	if d.outlier(s, kind, s.size) {
		d.begin(s, kind)
		return
	}
	// One type that makes up half of them will stand out by itself, unless the
	// bucket is full before.
	all := s.failures(allTypes)
	for other, f := range s.bucket.Failed {
		if other != allTypes && !s.is(other) && 2*f.Views >= all {
			return
		}
	}
	if d.outlier(s, allTypes, s.size) {
		d.begin(s, allTypes)
	}
}

// judgeOld looks at a bucket that is not full, if it is an hour old and has
// changed since it was looked at last.
func (d *Detector) judgeOld(s *scope, now int64) {
	b := &s.bucket
	if b.Judged == b.Views || now-b.First < judgedAfter {
		return
	}
	d.unqueue(s)
	b.Judged = b.Views
	d.mark(s)
	d.settle(s)
}

// settle judges a bucket as it is, and begins a new one if it is full, or what it
// says is certain, or an incident opened in it, whose figures would only fade.
func (d *Detector) settle(s *scope) {
	b := &s.bucket
	d.openAll(s)
	full := b.Views >= s.size
	if !full && !d.certain(s) {
		return
	}
	var over []*anomaly
	for _, a := range s.open { // none ends before all are measured: its failures would count for another
		k, limit := s.failures(a.Kind), a.Incident.Threshold
		if a.measure(k, b); !a.Fresh && Percent(k, b.Views) < limit && (full || below(k, b.Views, limit/100)) {
			over = append(over, a)
		}
	}
	for _, a := range over {
		d.end(s, a)
	}
	d.learn(s)
	d.clear(s)
}

// openAll opens incidents about all that stands out in a bucket: of single types,
// and if none of them does, of all together.
func (d *Detector) openAll(s *scope) {
	views := s.bucket.Views
	for _, kind := range s.bucket.kinds() {
		if s.about(kind) == nil && d.outlier(s, kind, views) {
			d.begin(s, kind)
		}
	}
	if s.about(allTypes) == nil && d.outlier(s, allTypes, views) {
		d.begin(s, allTypes)
	}
}

// certain reports whether a bucket that is not full says the same as if it were:
// an incident opened in it; or it goes on with each open one, or is below its
// threshold; or if none is open, it is below the thresholds of all.
func (d *Detector) certain(s *scope) bool {
	b := &s.bucket
	if len(s.open) > 0 {
		if slices.ContainsFunc(s.open, func(a *anomaly) bool { return a.Fresh }) {
			return true
		}
		for _, a := range s.open {
			k := s.failures(a.Kind)
			if !below(k, b.Views, a.Incident.Threshold/100) && k < d.need(s, a.Kind, b.Views) {
				return false
			}
		}
		return true
	}
	for _, kind := range append(b.kinds(), allTypes) {
		if !below(s.failures(kind), b.Views, float64(d.need(s, kind, s.size))/float64(s.size)) {
			return false
		}
	}
	return true
}

// below reports whether so few failures among so many views tell that the share
// is below a limit: hardly ever would there be as few if it were not.
func below(failures, views int64, limit float64) bool {
	const hardly = 0.001
	return float64(failures) < limit*float64(views) && atMost(failures, views, limit) < hardly
}

// outlier reports whether the failures of a type are too many for a bucket of so
// many views. If they are, it asks how many views have begun: while more begin than
// end, those that have failed are many only among those that are complete.
func (d *Detector) outlier(s *scope, kind, views int64) bool {
	b, k := &s.bucket, s.failures(kind)
	f := b.Failed[kind]
	if f == nil || k < d.need(s, kind, views) {
		return false
	}
	if d.Begun == nil {
		return true
	}
	if b.Views < s.size && k < f.Asked {
		return false
	}
	growth := d.Begun(s.title, b.First, d.now) - b.Views
	if growth <= 0 {
		return true
	}
	need := d.need(s, kind, views+growth)
	f.Asked = min(need, k+k/4+1)
	return k >= need
}

// need is how many failures of a type are too many for a bucket of so many views.
// It is more than there are views if there cannot be too many. Of less views than a
// full bucket has, the share is at least as large as that of one.
func (d *Detector) need(s *scope, kind, views int64) int64 {
	n := d.tooMany(s, kind, views)
	if views < s.size {
		n = max(n, (d.tooMany(s, kind, s.size)*views+s.size-1)/s.size)
	}
	return n
}

// tooMany is need for a bucket that is as it was meant to be, or larger.
func (d *Detector) tooMany(s *scope, kind, views int64) int64 {
	amid := s != d.whole && len(d.whole.open) > 0
	key := threshold{s != d.whole, kind, views}
	if n, known := d.needed[key]; known && !amid {
		return n
	}
	like := &d.history.sums.Whole
	if s != d.whole {
		like = &d.history.sums.Titles
	}
	usual := d.history.expect(kind, like, s.size)
	n := usual.tooMany(views, d.odds)
	if amid {
		// It has to stand out against how bad everything is.
		if now := d.recent.expect(kind); now.share > usual.share {
			now.size = 1/(1/(now.size+1)+1/(usual.size+1)) - 1
			return max(n, now.tooMany(views, d.odds), int64(math.Ceil(farOut*now.share*float64(views))))
		}
		return n
	}
	if len(d.needed) > mostNeeded {
		clear(d.needed)
	}
	d.needed[key] = n
	return n
}

// mostNeeded bounds how many thresholds are remembered.
const mostNeeded = 10_000

// How far from what is to be expected a share has to be, however long the history:
// so many times as much, and so much more.
const (
	farOut  = 3
	further = 0.02
)

// tooMany is the smallest number of failures among so many views that is both too
// rare by chance, and far from what was to be expected. Where three times as much
// would be more than half way to all views, half way will do.
func (e expectation) tooMany(views int64, odds float64) int64 {
	far := max(min(farOut*e.share, (1+e.share)/2), e.share+further)
	const rounding = 1e-9
	return max(e.least(views, odds), int64(math.Ceil(far*float64(views)-rounding)))
}

// learn takes a bucket into the history that no incident is about.
func (d *Detector) learn(s *scope) {
	b := &s.bucket
	switch {
	case b.Odd || len(s.open) > 0 || len(d.whole.open) > 0:
		return
	case s == d.whole && b.UsualViews == 0: // an hour of which nothing is known would be kept for ever
		return
	case s == d.whole:
		d.history.add(d.now, ofWhole, tallied(b.UsualViews, b.UsualFailed))
	case b.Views == s.size:
		d.history.add(d.now, ofTitles, tallied(b.Views, b.counts()))
	default:
		return
	}
	d.learned = true
	clear(d.needed)
}
