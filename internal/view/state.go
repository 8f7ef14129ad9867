package view

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/event"
)

// Snapshot is the state of the open views of one partition, as they were when
// the journal was read up to a record. Views can be made again from the journal:
// a snapshot only saves reading it.
type Snapshot struct {
	Partition uint16
	Read      int64  // records below are in it
	Format    int64  // of Data; that of another format is of no use
	Data      []byte // as the owner of the views wrote it
}

// StateFormat stands for the form of what [Machine.AppendState] writes. It is
// another one whenever fields, kinds of events or what is kept of them change.
var StateFormat = func() uint64 {
	texts := []string{"2", strconv.Itoa(maxDiffed)}
	for f := range event.Field(event.Count()) {
		texts = append(texts, f.Name(), fmt.Sprint(f.Type(), registered[f], narrated[f]))
	}
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return hash(texts...)
}()

// AppendState writes all that a machine knows but for the names of its view.
func (m *Machine) AppendState(dst []byte) []byte {
	flags := uint64(0)
	for i, f := range m.flags() {
		if *f {
			flags |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, flags)
	dst = binary.AppendVarint(dst, m.offset.delay)
	dst = binary.AppendVarint(dst, m.first)
	dst = binary.AppendVarint(dst, m.latest)
	dst = binary.AppendVarint(dst, m.client.key)
	dst = binary.AppendVarint(dst, m.client.received)
	dst = appendText(dst, m.client.packed)
	dst = appendBytes(dst, m.registers)
	return m.history.appendState(dst)
}

// flags are all that a machine knows that is true or not.
func (m *Machine) flags() [9]*bool {
	e := &m.ever
	return [9]*bool{
		&m.started, &m.ended, &m.offset.known, &e.captions, &e.pip, &e.fullscreen, &e.timeShift, &e.ad, &e.programChanged,
	}
}

// RestoreMachine makes a machine again from what AppendState wrote in this
// format. From there on it is no other than the one that was written. An error
// says that the state is damaged.
func RestoreMachine(environment, sdkID string, scoring Scoring, state string) (m *Machine, err error) {
	// All that is packed is unpacked once: what cannot be stops here, and never
	// later.
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("restore view %q: damaged state: %v", sdkID, p)
		}
	}()
	m = NewMachine(environment, sdkID, scoring)
	u := unpacker(state)
	flags := u.uvarint()
	for i, f := range m.flags() {
		*f = flags&(1<<i) != 0
	}
	m.offset.delay, m.first, m.latest = u.varint(), u.varint(), u.varint()
	m.client = clientRegister{key: u.varint(), received: u.varint(), packed: strings.Clone(u.text())}
	m.registers = slices.Clip(registers(u.text())) // nothing is beyond them
	if err := m.history.restore(&u); err != nil {
		return nil, fmt.Errorf("restore view %q: %w", sdkID, err)
	}
	if len(u) > 0 {
		return nil, fmt.Errorf("restore view %q: %d bytes too many", sdkID, len(u))
	}
	unpacker(m.client.packed).values(nil)
	if err := m.registers.check(); err != nil {
		return nil, fmt.Errorf("restore view %q: %w", sdkID, err)
	}
	return m, nil
}

func appendBytes(dst, data []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(data))), data...)
}

// appendState writes the blocks, and what was left out. All else follows.
func (h *history) appendState(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(h.blocks)))
	for i := range h.blocks {
		dst = appendBytes(dst, h.blocks[i].data)
	}
	for i := range h.kept {
		cut := h.kept[i].cut
		if cut == nil {
			dst = append(dst, 0)
			continue
		}
		dst = binary.AppendVarint(append(dst, 1), cut.key)
		dst = binary.AppendVarint(dst, cut.received)
		dst = appendText(dst, cut.packed)
	}
	return dst
}

func (h *history) restore(u *unpacker) error {
	last := record{key: math.MinInt64}
	for n := u.uvarint(); n > 0; n-- {
		b := block{data: []byte(u.text())}
		c := context{requests: &template{}}
		list := b.records(&c)
		b.receipt(math.MaxInt64) // reads them in another way
		if len(list) == 0 || len(list) > blockEvents {
			return fmt.Errorf("a block of %d events", len(list))
		}
		for _, r := range list {
			if r.compare(last) <= 0 {
				return errors.New("events out of order")
			}
			r.read(nil)
			b.count(r)
			h.kept[r.class()].count(r, 1)
			last = r
		}
		h.blocks = append(h.blocks, b)
		h.end.pack(&c)
	}
	for i := range h.kept {
		if h.over(i) {
			return errors.New("too many events")
		}
		if u.byte() != 0 {
			cut := record{key: u.varint(), received: u.varint(), packed: strings.Clone(u.text())}
			cut.read(nil)
			h.kept[i].cut = &cut
		}
	}
	return nil
}
