package live

import (
	"slices"

	"playhead/internal/query"
)

// where is a condition on the values of a dimension. It compares each text once.
type where struct {
	*query.TickCondition
	texts *dictionary[text]
	known []int8 // by number: 1 is kept, -1 is not, 0 is to be looked up
}

func (w *where) keeps(number uint32) bool {
	if int(number) < len(w.known) {
		if known := w.known[number]; known != 0 {
			return known > 0
		}
	}
	return w.learn(number)
}

func (w *where) learn(number uint32) bool {
	value, entries := textOf(w.texts, number)
	if entries > len(w.known) {
		longer := make([]int8, entries)
		copy(longer, w.known)
		w.known = longer
	}
	keeps := slices.Contains(w.Values, value.value) != w.Not
	w.known[number] = -1
	if keeps {
		w.known[number] = 1
	}
	return keeps
}

// textOf is what a number of a dictionary stands for, and how many there are.
func textOf(d *dictionary[text], number uint32) (text, int) {
	entries := d.list()
	if number == 0 {
		return text{}, max(len(entries), 1)
	}
	return entries[number].key, len(entries)
}
