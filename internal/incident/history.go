package incident

import (
	"maps"
	"math"
	"slices"
)

// Of the history: what an hour is in ms, over how many of them it reaches, and how
// much of it is kept even when it is older.
const (
	hour         = int64(3_600_000)
	historyHours = 7 * 24
	leastHistory = 1000 // views
)

// allTypes stands for failures of all types together.
const allTypes = int64(0)

// history is what was usual in an environment: the failures in buckets that no
// incident is about, by the hour in which they were complete.
type history struct {
	hours []pastHour // the oldest first
	sums  pastHour   // of all of them
}

// pastHour is what was usual in an hour.
type pastHour struct {
	Hour   int64   `json:"hour"`   // since 1970
	Whole  tallies `json:"whole"`  // buckets of the environment
	Titles tallies `json:"titles"` // buckets of titles; only their spread is of interest
}

// tallies are buckets added up.
type tallies struct {
	Views int64           `json:"views"`
	Pairs int64           `json:"pairs"`           // of views in the same bucket: n(n-1) of each
	Types map[int64]tally `json:"types,omitempty"` // by the type of the error, allTypes among them
}

// tally is what is added up of a type of errors.
type tally struct {
	Failed int64 `json:"failed"`
	Pairs  int64 `json:"pairs,omitempty"` // of failures in the same bucket: k(k-1) of each
}

// add takes other tallies in, or takes them out again if sign is -1.
func (t *tallies) add(other *tallies, sign int64) {
	t.Views += sign * other.Views
	t.Pairs += sign * other.Pairs
	if t.Types == nil {
		t.Types = map[int64]tally{}
	}
	for kind, more := range other.Types {
		sum := t.Types[kind]
		sum.Failed += sign * more.Failed
		sum.Pairs += sign * more.Pairs
		if t.Types[kind] = sum; sum == (tally{}) {
			delete(t.Types, kind)
		}
	}
}

// tallied makes the tallies of one bucket.
func tallied(views int64, failed map[int64]int64) *tallies {
	t := &tallies{Views: views, Pairs: views * (views - 1), Types: map[int64]tally{}}
	for kind, k := range failed {
		if k > 0 {
			t.Types[kind] = tally{k, k * (k - 1)}
		}
	}
	return t
}

// within leaves out the types that other has no room for.
func (t *tallies) within(other *tallies) *tallies {
	kept := tallies{Views: t.Views, Pairs: t.Pairs, Types: map[int64]tally{}}
	room := maxTypes + 1 - len(other.Types) // allTypes is one more
	for _, kind := range slices.Sorted(maps.Keys(t.Types)) {
		if _, known := other.Types[kind]; !known {
			if room <= 0 {
				continue
			}
			room--
		}
		kept.Types[kind] = t.Types[kind]
	}
	return &kept
}

// add takes buckets in that were complete at a time, of the environment or of
// titles, and forgets what is too old.
func (h *history) add(now int64, of func(*pastHour) *tallies, bucket *tallies) {
	if n := len(h.hours); n == 0 || h.hours[n-1].Hour < now/hour {
		h.hours = append(h.hours, pastHour{Hour: now / hour})
	}
	to := of(&h.hours[len(h.hours)-1])
	bucket = bucket.within(to)
	to.add(bucket, 1)
	of(&h.sums).add(bucket, 1)
	for {
		first := &h.hours[0]
		if first.Hour > now/hour-historyHours || h.sums.Whole.Views-first.Whole.Views < leastHistory {
			return
		}
		h.sums.Whole.add(&first.Whole, -1)
		h.sums.Titles.add(&first.Titles, -1)
		h.hours = h.hours[1:]
	}
}

// restore takes up hours that were written down.
func (h *history) restore(hours []pastHour) {
	*h = history{hours: hours}
	for i := range hours {
		h.sums.Whole.add(&hours[i].Whole, 1)
		h.sums.Titles.add(&hours[i].Titles, 1)
	}
}

func ofWhole(p *pastHour) *tallies  { return &p.Whole }
func ofTitles(p *pastHour) *tallies { return &p.Titles }

// Of the expectation: what it is made of when nothing is known, a view that
// failed among fifty, and the least share that it can be.
const (
	priorFailed = 1
	priorViews  = 50
	leastShare  = 0.005
)

// expect is what share of the views with failures of a type is to be expected in
// a bucket, if it is like those of before. It is the share in the whole
// environment, and as sure as the history is long and as buckets of this kind are
// like each other.
func (h *history) expect(kind int64, like *tallies, size int64) expectation {
	whole := &h.sums.Whole
	views := float64(whole.Views + priorViews)
	share := max(float64(whole.Types[kind].Failed+priorFailed)/views, leastShare)
	// Buckets that differ by more than that would hide what is wrong.
	const widest = 0.5
	deviation := min(like.spread(kind, size), widest*share)
	alike := deviation * deviation / (share * (1 - share)) // the correlation of two views of a bucket
	return expectation{share, max(1, 1/(1/(views+1)+alike)-1)}
}

// spread is the standard deviation of the share of a type from bucket to bucket,
// beyond what is chance. As long as there are few buckets it is less than they
// say: twenty that are all alike are counted among them.
func (t *tallies) spread(kind, size int64) float64 {
	const alike = 20
	sum := t.Types[kind]
	if sum.Pairs == 0 {
		return 0
	}
	share := float64(sum.Failed) / float64(t.Views)
	more := alike * float64(size*(size-1))
	both := (float64(sum.Pairs) + more*share*share) / (float64(t.Pairs) + more) // how often two views of a bucket both fail
	return math.Sqrt(max(0, both-share*share))
}
