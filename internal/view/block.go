package view

import (
	"encoding/binary"
	"slices"
	"strings"

	"playhead/internal/event"
)

// block is some events of a view that follow each other, in few bytes: each is
// written as the difference to those before it. Most of what is said of a view
// is requests that differ in a time, a size and a number in an address.
//
// An event is written as its key and its receipt, less those of the event
// before, and the rest with its length. The rest is the packed form of the
// event, with its time less that of the event before, and with the values of a
// request as [template.write] writes them.
type block struct {
	data []byte
	size int32    // bytes that the events have packed
	kept [2]uint8 // events of each class
}

// Bounds of a block, beyond which another one begins: an event that comes out
// of order has its block written again.
const (
	blockEvents = 64
	blockBytes  = 16 << 10
)

// full reports whether a block takes no more events.
func (b *block) full() bool { return b.events() >= blockEvents || b.size >= blockBytes }

// flagDiffed marks a request in a block that is written as a difference.
const flagDiffed = 1 << 7

// context is what the next event of a block is written against: what those
// before it have told.
type context struct {
	key, received, time int64
	requests            *template // nil for a writer of other events
}

// write appends an event to a block.
func (c *context) write(dst []byte, r record) []byte {
	dst = binary.AppendVarint(dst, r.key-c.key)
	dst = binary.AppendVarint(dst, r.received-c.received)
	var room [512]byte
	p := r.parts()
	body := append(room[:0], p.kind...)
	flags := len(body)
	body = append(body, p.flags)
	body = binary.AppendVarint(body, p.time-c.time)
	if p.flags&flagPlayhead != 0 {
		body = binary.AppendVarint(body, p.playhead)
	}
	c.key, c.received, c.time = r.key, r.received, p.time
	var scratch [maxDiffed]event.Value
	var list []event.Value
	if isRequest(p.name()) {
		list = p.values.values(scratch[:0])
	}
	if n := len(list); n > 0 && n <= maxDiffed {
		body[flags] |= flagDiffed
		body = c.requests.write(body, list)
	} else {
		body = append(body, p.values...)
	}
	return append(binary.AppendUvarint(dst, uint64(len(body))), body...)
}

// read reads the next event of a block. Its packed form is appended to out.
func (c *context) read(u *unpacker, out *strings.Builder) record {
	c.key += u.varint()
	c.received += u.varint()
	body := unpacker(u.text())
	kind := body.kind()
	flags := body.byte()
	c.time += body.varint()

	var room [512]byte
	packed := append(append(room[:0], kind...), flags&^flagDiffed)
	packed = binary.AppendVarint(packed, c.time)
	if flags&flagPlayhead != 0 {
		packed = binary.AppendVarint(packed, body.varint())
	}
	values := len(packed)
	if flags&flagDiffed == 0 {
		packed = append(packed, body...)
	} else {
		packed = c.requests.read(packed, &body)
	}
	start := out.Len()
	out.Write(packed)
	r := record{key: c.key, received: c.received, packed: out.String()[start:]}
	if flags&flagDiffed != 0 {
		var scratch [maxDiffed]event.Value
		c.requests.take(unpacker(r.packed[values:]).values(scratch[:0]))
	}
	return r
}

// newBlock writes events as a block.
func newBlock(list []record) block {
	var b block
	c := context{requests: &template{}}
	for _, r := range list {
		b.data = c.write(b.data, r)
		b.count(r)
	}
	b.data = slices.Clone(b.data)
	return b
}

// events is how many events a block has.
func (b *block) events() int { return int(b.kept[0]) + int(b.kept[1]) }

// append adds an event at the end of a block, whose context is c.
func (b *block) append(r record, c *context) {
	var room [512]byte
	b.data = extend(b.data, c.write(room[:0], r))
	b.count(r)
}

func (b *block) count(r record) {
	b.kept[r.class()]++
	b.size += int32(len(r.packed))
}

// records reads all events of a block. The context, at first that of no event,
// is that after them then.
func (b *block) records(c *context) []record {
	var out strings.Builder
	out.Grow(int(b.size))
	list := make([]record, 0, b.events()+1) // whoever reads them mostly has one to add
	for u := unpacker(b.data); len(u) > 0; {
		list = append(list, c.read(&u, &out))
	}
	return list
}

// all reads all events of a block.
func (b *block) all() []record { return b.records(&context{requests: &template{}}) }

// receipt finds a numbered event without reading all others.
func (b *block) receipt(key int64) (received int64, ok bool) {
	k := int64(0)
	for data := b.data; len(data) > 0; {
		dk, n := binary.Varint(data)
		dr, m := binary.Varint(data[n:])
		size, l := binary.Uvarint(data[n+m:])
		k, received = k+dk, received+dr
		if k >= key {
			return received, k == key
		}
		data = data[n+m+l+int(size):]
	}
	return 0, false
}

// after reports whether all events of a block come after one.
func (b *block) after(r record) bool {
	if key, _ := binary.Varint(b.data); key != r.key || numbered(key) {
		return key > r.key
	}
	return b.all()[0].compare(r) > 0
}

// extend appends to data. New room has little to spare: there are as many views
// open as there are viewers.
func extend(data, more []byte) []byte {
	if n := len(data) + len(more); cap(data) < n {
		data = append(slices.Grow([]byte(nil), n+n/16), data...)
	}
	return append(data, more...)
}
