package tracker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"playhead/internal/view"
)

// append writes an open view, as it is when it does not wait to be stored.
func (v *openView) append(dst []byte) []byte {
	for _, s := range []string{v.key.environment, v.key.sdkID, string(v.id[:])} {
		dst = append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	}
	for _, p := range v.places() {
		dst = binary.AppendVarint(dst, p.record)
		dst = binary.AppendUvarint(dst, uint64(p.event))
	}
	for _, t := range v.numbers() {
		dst = binary.AppendVarint(dst, *t)
	}
	flags := uint64(0)
	for i, is := range []bool{v.dropped, v.resumed, v.shown, !v.complete()} {
		if is {
			flags |= 1 << i
		}
	}
	dst = binary.AppendUvarint(dst, flags)
	for _, part := range [][]byte{v.before.kept(), v.machine.AppendState(nil)} {
		dst = append(binary.AppendUvarint(dst, uint64(len(part))), part...)
	}
	return dst
}

func (v *openView) places() [3]*place { return [...]*place{&v.first, &v.last, &v.moved} }

func (v *openView) numbers() [7]*int64 {
	return [...]*int64{&v.inserted, &v.updated, &v.changed, &v.lastHeard, &v.seq, &v.completed, &v.changedBy}
}

// kept is what is kept of the view before; nothing if there is none.
func (b *before) kept() []byte {
	if b == nil {
		return nil
	}
	kept := *b
	kept.Totals = byName(b.legacy.Totals)
	data, err := json.Marshal(kept)
	if err != nil {
		panic(fmt.Sprintf("BUG: the view before cannot be written: %v", err))
	}
	return data
}

// restoreBefore reads what kept wrote.
func restoreBefore(kept string) (*before, error) {
	if kept == "" {
		return nil, nil
	}
	b := &before{}
	if err := json.Unmarshal([]byte(kept), b); err != nil {
		return nil, fmt.Errorf("the view before: %w", err)
	}
	b.legacy = view.Legacy{Player: b.Player, Time: b.Time, Playing: b.Playing, Totals: values(b.Totals)}
	b.Totals = nil
	return b, nil
}

// read reads a snapshot.
func (o *openViews) read(s view.Snapshot) (recalled, error) {
	in := reader{data: string(s.Data)}
	r := recalled{read: s.Read, now: in.varint()}
	for n := in.uvarint(); n > 0 && !in.bad; n-- {
		r.outages = append(r.outages, pause{in.varint(), in.varint()})
	}
	for n := in.uvarint(); n > 0 && !in.bad; n-- {
		v := &openView{partition: s.Partition, written: true}
		v.key = key{o.crowd.group(in.text()).name, string([]byte(in.text()))}
		if id := in.text(); len(id) == len(v.id) {
			copy(v.id[:], id)
		} else {
			in.bad = true
		}
		for _, p := range v.places() {
			p.record, p.event = in.varint(), uint32(in.uvarint())
		}
		for _, t := range v.numbers() {
			*t = in.varint()
		}
		flags := in.uvarint()
		v.dropped, v.resumed, v.shown = flags&1 != 0, flags&2 != 0, flags&4 != 0
		earlier, state := in.text(), in.text()
		if in.bad {
			break
		}
		var err error
		if v.before, err = restoreBefore(earlier); err != nil {
			return recalled{}, err
		}
		if v.machine, err = view.RestoreMachine(v.key.environment, v.key.sdkID, o.scoring, state); err != nil {
			return recalled{}, err
		}
		r.views = append(r.views, v)
		if flags&8 != 0 {
			r.running = append(r.running, v)
		}
	}
	if in.bad || len(in.data) > 0 {
		return recalled{}, errors.New("damaged")
	}
	return r, nil
}

// reader reads what was written of open views; bad is set once a piece is missing.
type reader struct {
	data string
	bad  bool
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint([]byte(r.data[:min(len(r.data), binary.MaxVarintLen64)]))
	if size <= 0 {
		r.bad, r.data = true, ""
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, ""
		return ""
	}
	text := r.data[:n]
	r.data = r.data[n:]
	return text
}
