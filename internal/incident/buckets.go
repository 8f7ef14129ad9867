package incident

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// buckets are the views around an anomaly, as its detector looked at them: one bucket
// after the other, of which one is that in which the incident opened. They are
// read from the stored views, in the order in which these were complete, so they are
// those of the detector, but for what has become of views since, and for where buckets
// that were not full ended.
type buckets struct {
	views  ViewLister
	of     *meta.Incident
	kind   int64 // the type of errors that it is about, or allTypes
	size   int64 // of a full bucket
	most   int64 // of them
	where  []query.Condition
	others []*meta.Incident // about a type of errors of the same views: failures that they are about are none of this one's
}

func newBuckets(views ViewLister, of *meta.Incident, near []meta.Incident) *buckets {
	b := &buckets{views: views, of: of, size: wholeViews, most: mostBuckets}
	var title string
	if b.kind, title = aboutOf(of); title != "" {
		b.size = titleViews
		b.where = []query.Condition{valueCondition(titleColumn, []string{title})}
	}
	for i := range near {
		other := &near[i]
		if kind, of := aboutOf(other); b.kind == allTypes && kind != allTypes && of == title && other.Rule == nil {
			b.others = append(b.others, other)
		}
	}
	return b
}

// aboutOf is the type of errors and the title that an anomaly is about.
func aboutOf(i *meta.Incident) (kind int64, title string) {
	for _, b := range i.Breakdowns {
		switch b.Name {
		case errorTypeID:
			kind, _ = strconv.ParseInt(b.Value, 10, 64)
		case titleColumn.Name:
			title = b.Value
		}
	}
	return kind, title
}

// series measures the buckets around the incident. Of more views than that many
// buckets have, it measures buckets at equal distances.
func (b *buckets) series(ctx context.Context, now time.Time) (Series, error) {
	const buckets = 5 // before the one in which it opened, where they take long
	from, to := around(b.of, max(buckets*b.of.OpenedAt.Sub(b.of.StartedAt), time.Hour), now)
	s := Series{From: from.UTC(), To: to.UTC()}
	first, end := from.UnixMilli(), to.UnixMilli()+1
	all, err := b.views.List(ctx, b.plan(first, end, 1))
	if err != nil {
		return Series{}, err
	}
	if int64(all.Total) > b.most*b.size {
		s.Points, err = b.spread(ctx, first, end)
	} else {
		var list []trial
		if list, err = b.read(ctx, first, end); err == nil {
			s.Points = b.measure(list)
		}
	}
	slices.SortStableFunc(s.Points, byEnd)
	return s, err
}

// trial is what is looked at of a view: whether it failed.
type trial struct {
	id      view.ID
	record  int64 // by which it was complete; -1 is not known
	end     int64
	at      int64 // when the detector took it to have ended
	failure int64
}

// trialColumns are those that it is made of.
var trialColumns = []*catalog.Column{completeColumn, endColumn, failureColumn}

// plan lists views that ended in a time, those that ended first first.
func (b *buckets) plan(from, to int64, most int) *query.ListPlan {
	return &query.ListPlan{
		Scope:   query.Scope{Environment: b.of.EnvironmentID, Clock: catalog.ByEnd, From: from, To: to, Where: b.where},
		Columns: trialColumns, Limit: most, Ascending: true,
	}
}

// page is how many views are read at a time.
const page = 5000

// read reads all views that ended in a time, in the order in which detectors take
// them: those of a past before all journals by their ends, then the others as they were
// complete.
func (b *buckets) read(ctx context.Context, from, to int64) ([]trial, error) {
	var list []trial
	known := map[view.ID]bool{} // those that ended last, which come again
	for {
		views, err := lists(ctx, b.views, b.plan(from, to, page))
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, v := range views {
			if known[v.ID] {
				continue
			}
			fresh++
			list = append(list, trialOf(v))
		}
		if len(views) < page || fresh == 0 {
			break
		}
		from = list[len(list)-1].end
		clear(known)
		for _, s := range slices.Backward(list) {
			if s.end != from {
				break
			}
			known[s.id] = true
		}
	}
	slices.SortStableFunc(list, func(a, b trial) int {
		by := cmp.Compare(a.record, b.record)
		if by == 0 && a.record >= 0 {
			by = bytes.Compare(a.id[:], b.id[:])
		}
		return by
	})
	whenComplete(list)
	return list, nil
}

// whenComplete finds out when a detector took views to have ended. A view that goes on
// after it was complete has another end now; but it was complete before those that come
// after it here, which tell by when at the latest. As these may be late themselves, the
// middle one of some counts.
func whenComplete(list []trial) {
	const some = 9
	now := int64(0)
	var ends []int64
	for i := range list {
		t := &list[i]
		t.at = t.end
		if t.record >= 0 && i+some < len(list) {
			ends = ends[:0]
			for _, next := range list[i+1 : i+1+some] {
				ends = append(ends, next.end)
			}
			slices.Sort(ends)
			t.at = min(t.at, ends[some/2])
		}
		now = max(now, t.at)
		t.at = now
	}
}

func trialOf(v *view.View) trial {
	s := trial{id: v.ID, record: -1, end: whole(v, endColumn), failure: whole(v, failureColumn)}
	if n, ok := v.Number(completeColumn); ok {
		s.record = int64(n)
	}
	return s
}

// spread measures full buckets at equal distances, from that in which the incident
// opened on and back.
func (b *buckets) spread(ctx context.Context, from, to int64) (points []Measured, err error) {
	step := max(1, (to-from)/b.most)
	began := b.of.StartedAt.UnixMilli()
	for at := began - (began-from)/step*step; at < to; at += step {
		views, err := lists(ctx, b.views, b.plan(at, to, int(b.size)))
		if err != nil || int64(len(views)) < b.size {
			return points, err
		}
		list := make([]trial, len(views))
		for i, v := range views {
			list[i] = trialOf(v)
			list[i].at = list[i].end
		}
		measure := b.point
		if at == began {
			measure = b.first
		}
		points = append(points, measure(list))
	}
	return points, nil
}

// measure divides views into buckets: so that one of them is that in which the incident
// opened, back from it and on.
func (b *buckets) measure(list []trial) (points []Measured) {
	at := b.opening(list)
	before := slices.Clone(list[:at])
	slices.Reverse(before)
	for n := b.next(before, false); n > 0; n = b.next(before, false) {
		part := slices.Clone(before[:n])
		slices.Reverse(part)
		points = append(points, b.point(part))
		before = before[n:]
	}
	slices.Reverse(before)
	points = append(points, b.unjudged(before)...)
	rest := list[at:]
	if n := min(int(b.of.SampleSize), len(rest)); n > 0 {
		points = append(points, b.first(rest[:n]))
		rest = rest[n:]
	}
	closed := b.of.Status != meta.IncidentClosed || b.of.ResolvedAt == nil || b.of.MeasuredValueOnClose == nil
	for n := b.next(rest, !closed); n > 0; n = b.next(rest, !closed) {
		m := b.point(rest[:n])
		if rest = rest[n:]; !closed && (len(rest) == 0 || rest[0].at >= b.of.ResolvedAt.Add(time.Second).UnixMilli()) {
			m.To, m.Value, closed = inSecond(m.To, *b.of.ResolvedAt), *b.of.MeasuredValueOnClose, true
		}
		points = append(points, m)
	}
	return append(points, b.unjudged(rest)...)
}

// unjudged are views of which nothing is certain yet, or of whose bucket not all are
// known; none of very few.
func (b *buckets) unjudged(list []trial) []Measured {
	const few = 10
	if len(list) < few {
		return nil
	}
	m := b.point(list)
	m.Counts = false
	return []Measured{m}
}

// opening is where the bucket in which the incident opened begins: where as many
// failed as it says, of all places the one that is nearest to the time that it says.
func (b *buckets) opening(list []trial) int {
	const near = 2 * 60_000
	began, best, found := b.of.StartedAt.UnixMilli(), 0, int64(math.MaxInt64)
	n := int(b.of.SampleSize)
	for i := range list {
		distance := max(began-list[i].at, list[i].at-began-999, 0) // times of incidents are whole seconds
		if distance > near || distance >= found || i+n > len(list) || b.failures(list[i:i+n]) != b.of.AffectedViewsOnOpen {
			continue
		}
		best, found = i, distance
	}
	if found == math.MaxInt64 {
		best = slices.IndexFunc(list, func(s trial) bool { return s.at >= began })
		if best < 0 {
			best = len(list)
		}
	}
	return best
}

// next is how many of the views make up the next bucket: a full one, or one that is an
// hour old and certain, or, if it is still to come, the one with which the incident
// closed. 0: it has not been judged yet.
func (b *buckets) next(list []trial, closes bool) int {
	failed := int64(0)
	for i := range list {
		old := apart(&list[0], &list[i]) >= judgedAfter
		switch n := int64(i); {
		case i == 0:
		case n >= b.size,
			closes && list[i].at >= b.of.ResolvedAt.Add(time.Second).UnixMilli(),
			old && b.certain(failed, n),
			apart(&list[i-1], &list[i]) >= staleAfter: // it was not gone on with
			return i
		}
		if b.is(&list[i]) {
			failed++
		}
		if old && b.certain(failed, int64(i+1)) {
			return i + 1
		}
	}
	if int64(len(list)) >= b.size {
		return len(list)
	}
	return 0
}

// apart is how long after another one a view ended, or before it.
func apart(a, b *trial) int64 { return max(a.at-b.at, b.at-a.at) }

// certain tells whether so many failures of so many views say the same as a full bucket
// would, as far as the threshold of the incident tells what was usual.
func (b *buckets) certain(failed, views int64) bool {
	limit := b.of.Threshold / 100
	const sure = 1e9 // views
	usual := expectation{share: limit / farOut, size: sure}
	return below(failed, views, limit) || float64(failed) >= limit*float64(views) && failed >= usual.least(views, odds)
}

// is tells whether a view has the failure that the incident is about.
func (b *buckets) is(s *trial) bool {
	if s.failure == allTypes || b.kind != allTypes {
		return s.failure == b.kind && s.failure != allTypes
	}
	for _, other := range b.others {
		kind, _ := aboutOf(other)
		end := other.ResolvedAt
		if kind == s.failure && s.at >= other.StartedAt.UnixMilli() && (end == nil || s.at <= end.UnixMilli()+999) {
			return false
		}
	}
	return true
}

func (b *buckets) failures(list []trial) (n int64) {
	for i := range list {
		if b.is(&list[i]) {
			n++
		}
	}
	return n
}

// point measures a bucket.
func (b *buckets) point(list []trial) Measured {
	n := int64(len(list))
	return Measured{From: timeOf(list[0].at), To: timeOf(list[len(list)-1].at), Value: Percent(b.failures(list), n), Sample: n, Counts: true}
}

// first is the bucket in which the incident opened, with what was measured then: views may
// have become others since.
func (b *buckets) first(list []trial) Measured {
	m := b.point(list)
	if m.Sample == b.of.SampleSize {
		m.To, m.Value = inSecond(m.To, b.of.OpenedAt), b.of.MeasuredValue
	}
	return m
}

// inSecond is a time if it is in a second, else the second.
func inSecond(at, second time.Time) time.Time {
	if at.Truncate(time.Second).Equal(second) {
		return at
	}
	return second
}
