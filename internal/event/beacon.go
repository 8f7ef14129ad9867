package event

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Beacon is one accepted request of a player, cut to the events of one
// environment and one partition: the payload of a journal record. It holds
// the body as it was sent, so that views can be computed again by later code,
// and nothing of the address beyond what the privacy setting allows.
type Beacon struct {
	Environment string  // id of the environment that the events belong to
	Format      string  // wire format of Body: "mux"
	Received    int64   // ms since 1970 by the server's clock
	Client      []Value // what the connection told (client_* fields, type Text or Number)
	Body        []byte  // as sent, or rebuilt from a part of its events

	// Categories are those of the codes of errors in Body, as they were in
	// force at the receipt: a replay must not find others.
	Categories []Category
}

const beaconVersion = 1

// AppendBinary appends a beacon as it is in the journal. Fields are written by
// name, so that a later version of the table of fields reads them. The error is
// always nil.
func (b *Beacon) AppendBinary(dst []byte) ([]byte, error) {
	dst = slices.Grow(dst, len(b.Body)+512)
	dst = append(dst, beaconVersion)
	dst = appendString(dst, b.Environment)
	dst = appendString(dst, b.Format)
	dst = binary.AppendVarint(dst, b.Received)
	dst = binary.AppendUvarint(dst, uint64(len(b.Client)+len(b.Categories)))
	for _, v := range b.Client {
		dst = appendString(dst, v.Field.Name())
		if v.Field.Type() == Text {
			dst = appendString(dst, v.Text)
		} else {
			dst = appendString(dst, formatNumber(v.Num))
		}
	}
	for _, c := range b.Categories {
		dst = appendString(appendString(dst, categoryName), c.String())
	}
	return append(dst, b.Body...), nil
}

// MarshalBinary is AppendBinary to nothing.
func (b *Beacon) MarshalBinary() ([]byte, error) { return b.AppendBinary(nil) }

// UnmarshalBinary reads what AppendBinary wrote. Body is a part of data, not
// a copy. Fields that this version does not know are left out. An error means
// that data is of another version or ends too early.
func (b *Beacon) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != beaconVersion {
		return errors.New("read beacon: unknown version")
	}
	r := reader{data: data[1:]}
	*b = Beacon{Environment: r.text(), Format: r.text(), Received: r.varint()}
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		return errTruncated
	}
	if n > 0 {
		b.Client = make([]Value, 0, min(n, 64))
	}
	for range n {
		name, value := r.bytes(), r.text()
		if string(name) == categoryName {
			b.Categories = append(b.Categories, parseCategory(value))
			continue
		}
		f, ok := Lookup(string(name))
		if !ok {
			continue
		}
		v, ok := Coerce(f, value)
		if ok && !v.Null {
			b.Client = append(b.Client, v)
		}
	}
	if r.bad {
		return errTruncated
	}
	b.Body = r.data
	return nil
}

var errTruncated = errors.New("read beacon: truncated")

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// reader reads the pieces of a beacon; bad is set once a piece is missing.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}
