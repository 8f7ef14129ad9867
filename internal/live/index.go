package live

import (
	"hash/maphash"

	"playhead/internal/view"
)

// index finds views by id: a hash table of their places, as the ids stand there.
// A map with the ids in it would take 35 bytes a view more.
type index struct {
	seed  maphash.Seed
	table []place // a power of two, at most three quarters full
	count int
}

// place is where a view is: one more than the number of the page or block times
// 4096 plus the slot in it; 0 is nowhere.
type place uint32

const placeBits = 12

func placeOf(unit, slot int) place { return place(unit<<placeBits|slot) + 1 }

func (p place) unit() int { return int(p-1) >> placeBits }
func (p place) slot() int { return int(p-1) & (1<<placeBits - 1) }

func (x *index) hash(id view.ID) uint64 { return maphash.Comparable(x.seed, id) }

// find is the place of a view, 0 if it has none.
func (x *index) find(id view.ID, idOf func(place) view.ID) place {
	if x.count == 0 {
		return 0
	}
	return x.table[x.at(id, idOf)]
}

// at is where in the table an id is or would be.
func (x *index) at(id view.ID, idOf func(place) view.ID) uint64 {
	mask := uint64(len(x.table) - 1)
	i := x.hash(id) & mask
	for x.table[i] != 0 && idOf(x.table[i]) != id {
		i = (i + 1) & mask
	}
	return i
}

// set tells where a view is now.
func (x *index) set(id view.ID, p place, idOf func(place) view.ID) {
	if (x.count+1)*4 > len(x.table)*3 {
		x.resize(max(16, len(x.table)*2), idOf)
	}
	i := x.at(id, idOf)
	if x.table[i] == 0 {
		x.count++
	}
	x.table[i] = p
}

// remove forgets a view, whose place must still tell its id.
func (x *index) remove(id view.ID, idOf func(place) view.ID) {
	if x.count == 0 {
		return
	}
	i := x.at(id, idOf)
	if x.table[i] == 0 {
		return
	}
	x.count--
	mask := uint64(len(x.table) - 1)
	for hole := i; ; { // move back what was put further on because of it
		x.table[hole] = 0
		for {
			i = (i + 1) & mask
			if x.table[i] == 0 {
				return
			}
			home := x.hash(idOf(x.table[i])) & mask
			if (i-home)&mask >= (i-hole)&mask {
				break
			}
		}
		x.table[hole], hole = x.table[i], i
	}
}

// tidy makes a table smaller that is nearly empty.
func (x *index) tidy(idOf func(place) view.ID) {
	if len(x.table) > 1024 && x.count*8 < len(x.table) {
		x.resize(len(x.table)/4, idOf)
	}
}

func (x *index) resize(to int, idOf func(place) view.ID) {
	old := x.table
	if old == nil {
		x.seed = maphash.MakeSeed()
	}
	x.table = make([]place, to)
	mask := uint64(to - 1)
	for _, p := range old {
		if p == 0 {
			continue
		}
		i := x.hash(idOf(p)) & mask
		for x.table[i] != 0 {
			i = (i + 1) & mask
		}
		x.table[i] = p
	}
}

func (x *index) bytes() int64 { return int64(len(x.table)) * 4 }
