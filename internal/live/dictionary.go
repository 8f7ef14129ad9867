package live

import (
	"maps"
	"sync"
	"unsafe"
)

// dictionary gives numbers to what many views have in common, as the values of
// a dimension, and keeps each once for as long as a view has it.
//
// One goroutine at a time changes it. Queries read it meanwhile, of numbers that
// they met in views. As a query may have met a number just before the last view
// with it went, a number is not given to something else before all queries that
// were running then have ended: see [reads].
type dictionary[K comparable] struct {
	size    func(K) int // bytes that a key takes besides itself
	numbers map[K]uint32

	mu      sync.RWMutex // for entries as a whole; whoever changes it need not lock to read
	entries []entry[K]   // by number; 0 stands for the zero K and is not counted

	free  []uint32
	limbo []forsaken
	turns uint32
	gone  func(K) // is told what is forgotten; may be nil
	peak  int     // of the entries in the map
	keys  int64   // bytes of the keys, besides themselves
}

type entry[K comparable] struct {
	key   K
	users uint32
	turn  uint32 // of the forsaken, the one that speaks of it
}

// forsaken is a number that nobody uses any more.
type forsaken struct {
	number uint32
	turn   uint32
	epoch  uint64 // queries up to this one may have met it; 0: it is too early to tell
}

// find is the number of a key, if it has one.
func (d *dictionary[K]) find(key K) (uint32, bool) {
	var zero K
	if key == zero {
		return 0, true
	}
	n, ok := d.numbers[key]
	return n, ok
}

// use returns the number of a key and counts one more user. The key of a new
// one is what own makes of it, as it will be kept.
func (d *dictionary[K]) use(key K, own func(K) K) uint32 {
	var zero K
	if key == zero {
		return 0
	}
	if n, ok := d.numbers[key]; ok {
		d.entries[n].users++
		return n
	}
	key = own(key)
	if d.numbers == nil {
		d.numbers = make(map[K]uint32)
		d.entries = make([]entry[K], 1, 4)
	}
	var n uint32
	d.mu.Lock()
	if last := len(d.free) - 1; last >= 0 {
		n, d.free = d.free[last], d.free[:last]
		d.entries[n] = entry[K]{key: key, users: 1}
	} else {
		n = uint32(len(d.entries))
		d.entries = append(d.entries, entry[K]{key: key, users: 1})
	}
	d.mu.Unlock()
	d.numbers[key] = n
	d.keys += int64(d.size(key))
	d.peak = max(d.peak, len(d.numbers))
	return n
}

// again counts one more user of a number that has users.
func (d *dictionary[K]) again(n uint32) {
	if n != 0 {
		d.entries[n].users++
	}
}

// leave counts one user less.
func (d *dictionary[K]) leave(n uint32) {
	if n == 0 {
		return
	}
	e := &d.entries[n]
	if e.users--; e.users > 0 {
		return
	}
	d.turns++
	e.turn = d.turns
	d.limbo = append(d.limbo, forsaken{number: n, turn: d.turns})
}

// tidy forgets what nobody uses and no query from the oldest one on can have met.
// Nobody may be about to take away what is not used any more: queries after the
// last one do not meet it.
func (d *dictionary[K]) tidy(oldest, last uint64) {
	done := 0
	for i := len(d.limbo) - 1; i >= 0 && d.limbo[i].epoch == 0; i-- {
		d.limbo[i].epoch = last
	}
	for _, f := range d.limbo {
		if f.epoch >= oldest {
			break
		}
		done++
		e := &d.entries[f.number]
		if e.users > 0 || e.turn != f.turn {
			continue
		}
		d.forget(f.number)
	}
	if d.limbo = d.limbo[done:]; len(d.limbo) == 0 {
		d.limbo = nil
	}
	if len(d.numbers) < d.peak/4 && d.peak > 64 { // maps do not shrink
		d.peak = len(d.numbers)
		d.numbers = maps.Clone(d.numbers)
	}
}

func (d *dictionary[K]) forget(n uint32) {
	var zero K
	key := d.entries[n].key
	delete(d.numbers, key)
	d.keys -= int64(d.size(key))
	if d.gone != nil {
		d.gone(key)
	}
	d.mu.Lock()
	d.entries[n] = entry[K]{key: zero}
	d.mu.Unlock()
	d.free = append(d.free, n)
}

// bytes is the memory that it takes. Of maps, about two thirds are full.
func (d *dictionary[K]) bytes() int64 {
	var key K
	var e entry[K]
	slot := int64(unsafe.Sizeof(key)+4) * 3 / 2
	return d.keys + int64(d.peak)*slot + int64(cap(d.entries))*int64(unsafe.Sizeof(e)) +
		int64(cap(d.limbo))*int64(unsafe.Sizeof(forsaken{})) + int64(cap(d.free))*4
}

// list is the entries that there are now. Keys of numbers that a query met in
// views stay as they are while it runs.
func (d *dictionary[K]) list() []entry[K] {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.entries
}
