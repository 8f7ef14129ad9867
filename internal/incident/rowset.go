package incident

import (
	"iter"
	"math/bits"
)

// rowSet is a set of the views of a question, by their index.
type rowSet []uint64

func newRowSet(rows int) rowSet { return make(rowSet, (rows+63)/64) }

func (s rowSet) add(i int) { s[i/64] |= 1 << (i % 64) }

// fill adds the first rows.
func (s rowSet) fill(rows int) {
	for i := range rows {
		s.add(i)
	}
}

func (s rowSet) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// shared is how many rows two sets both have.
func (s rowSet) shared(with rowSet) int {
	n := 0
	for i, w := range s {
		n += bits.OnesCount64(w & with[i])
	}
	return n
}

// and are the rows that two sets both have.
func (s rowSet) and(with rowSet) rowSet {
	both := make(rowSet, len(s))
	for i, w := range s {
		both[i] = w & with[i]
	}
	return both
}

// remove takes rows out.
func (s rowSet) remove(others rowSet) {
	for i, w := range others {
		s[i] &^= w
	}
}

// all are the rows in ascending order.
func (s rowSet) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(64*i + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}
