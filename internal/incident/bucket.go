package incident

import (
	"cmp"
	"maps"
	"slices"
)

// Of a bucket: how many views it has, and how many types of errors are told apart
// in it; all others count among all failures only.
const (
	wholeViews = 1000
	titleViews = 100
	maxTypes   = 50
)

// bucket is some views one after the other.
type bucket struct {
	Views  int64             `json:"views"`
	First  int64             `json:"first"` // the time of the first view
	Last   int64             `json:"last"`
	Failed map[int64]*failed `json:"failed,omitempty"` // by the type of the error, allTypes among them

	// Usual are the views of titles that no incident is about, for the history of
	// the environment.
	UsualViews  int64           `json:"usual_views,omitempty"`
	UsualFailed map[int64]int64 `json:"usual_failed,omitempty"`

	Odd    bool  `json:"odd,omitempty"`    // an incident of the scope was open while it was filled
	Judged int64 `json:"judged,omitempty"` // views when it was looked at last because it was an hour old
}

// failed are the views of a bucket with a failure of a type.
type failed struct {
	Views   int64  `json:"views"`
	Asked   int64  `json:"asked,omitempty"` // at how many to ask again how many views have begun
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// add takes a view in. A wanted type of error is told apart in any case.
func (b *bucket) add(s *Sample, now int64, wanted bool) {
	if b.Views == 0 {
		*b = bucket{First: now}
	}
	b.Views++
	b.Last = now
	if s.Failure == allTypes {
		return
	}
	if b.Failed == nil {
		b.Failed = map[int64]*failed{allTypes: {}}
	}
	b.Failed[allTypes].Views++
	of := b.Failed[s.Failure]
	if of == nil && (wanted || len(b.Failed) <= maxTypes) {
		of = &failed{Code: s.Code, Message: s.Message}
		b.Failed[s.Failure] = of
	}
	if of != nil {
		of.Views++
	}
}

// addUsual takes a view in that is usual.
func (b *bucket) addUsual(s *Sample) {
	b.UsualViews++
	if s.Failure == allTypes {
		return
	}
	if b.UsualFailed == nil {
		b.UsualFailed = map[int64]int64{}
	}
	b.UsualFailed[allTypes]++
	if b.Failed[s.Failure] != nil {
		b.UsualFailed[s.Failure]++
	}
}

// counts are the views by the type of their failures.
func (b *bucket) counts() map[int64]int64 {
	counts := map[int64]int64{}
	for kind, f := range b.Failed {
		counts[kind] = f.Views
	}
	return counts
}

// kinds are the types of errors in the bucket, the most frequent first.
func (b *bucket) kinds() []int64 {
	kinds := slices.Collect(maps.Keys(b.Failed))
	slices.SortFunc(kinds, func(x, y int64) int {
		return cmp.Or(cmp.Compare(b.Failed[y].Views, b.Failed[x].Views), cmp.Compare(x, y))
	})
	return slices.DeleteFunc(kinds, func(k int64) bool { return k == allTypes })
}

// recent are the last views of the environment, in two parts of which the older
// is full: what it is like now.
type recent struct {
	Before bucket `json:"before"`
	Now    bucket `json:"now"`
}

// recentViews is how many views a part has.
const recentViews = 100

func (r *recent) add(s *Sample, now int64) {
	if r.Now.Views == recentViews {
		r.Before, r.Now = r.Now, bucket{}
	}
	r.Now.add(&Sample{Failure: s.Failure}, now, false)
}

// expect is what share of the views with failures of a type is to be expected if
// all is as it is now.
func (r *recent) expect(kind int64) expectation {
	views, failures := r.Before.Views+r.Now.Views, int64(0)
	for _, b := range []*bucket{&r.Before, &r.Now} {
		if f := b.Failed[kind]; f != nil {
			failures += f.Views
		}
	}
	return expectation{share: (float64(failures) + 0.5) / float64(views+1), size: float64(views + 1)}
}
