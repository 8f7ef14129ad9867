package simulate

import "playhead/internal/event"

// memory is the last value of each field that a player said, so that it need
// not say it again. Of a hundred thousand viewers each has one: it is small.
type memory struct {
	place  []uint8       // by event.Field: 1 + index in values; 0 when not said
	values []event.Value // in the order in which fields were said first
}

func newMemory() memory {
	const usual = 48 // fields of a view
	return memory{place: make([]uint8, event.Count()), values: make([]event.Value, 0, usual)}
}

// learn remembers a value, and reports whether it is another than before.
func (m *memory) learn(v event.Value) bool {
	if p := m.place[v.Field]; p > 0 {
		old := m.values[p-1]
		m.values[p-1] = v
		return old != v
	}
	if len(m.values) == 255 {
		panic("BUG: a player that says more than 255 fields")
	}
	m.values = append(m.values, v)
	m.place[v.Field] = uint8(len(m.values))
	return true
}
