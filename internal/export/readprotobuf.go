package export

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"playhead/internal/view"
)

// columnByTag finds a column by its number in messages.
var columnByTag = func() map[protowire.Number]*Column {
	all := map[protowire.Number]*Column{}
	for _, c := range byTag {
		all[protowire.Number(c.Tag)] = c
	}
	return all
}()

// protoField is one field of a message as it was read: its number, and the bytes or
// the number in it.
type protoField struct {
	tag   protowire.Number
	wire  protowire.Type
	bytes []byte // BytesType: part of the message
	bits  uint64 // of all others
}

// nextField reads the field that a message begins with, and returns what follows it.
func nextField(data []byte) (f protoField, rest []byte, err error) {
	var n int
	if f.tag, f.wire, n = protowire.ConsumeTag(data); n < 0 {
		return f, nil, protowire.ParseError(n)
	}
	data = data[n:]
	switch f.wire {
	case protowire.VarintType:
		f.bits, n = protowire.ConsumeVarint(data)
	case protowire.Fixed32Type:
		var bits uint32
		bits, n = protowire.ConsumeFixed32(data)
		f.bits = uint64(bits)
	case protowire.Fixed64Type:
		f.bits, n = protowire.ConsumeFixed64(data)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(data)
	default:
		n = protowire.ConsumeFieldValue(f.tag, f.wire, data)
	}
	if n < 0 {
		return f, nil, fmt.Errorf("field %d: %w", f.tag, protowire.ParseError(n))
	}
	return f, data[n:], nil
}

// eachField calls f with the fields of a message, in their order.
func eachField(data []byte, f func(protoField) error) error {
	for len(data) > 0 {
		field, rest, err := nextField(data)
		if err != nil {
			return err
		}
		if err := f(field); err != nil {
			return err
		}
		data = rest
	}
	return nil
}

// errWire is that a field is written as one of another type is.
var errWire = errors.New("is of another type")

// value is what the field holds if it is of a type.
func (f *protoField) value(w Wire) (v value, err error) {
	v.wire = w
	want := protowire.BytesType
	switch w {
	case Int32, Int64, Boolean:
		want = protowire.VarintType
	case Float32:
		want = protowire.Fixed32Type
	case Float64:
		want = protowire.Fixed64Type
	}
	if f.wire != want {
		return v, errWire
	}
	switch w {
	case String:
		v.text = string(f.bytes)
	case Strings:
		v.list = []string{string(f.bytes)}
	case Int32:
		v.whole = int64(int32(f.bits)) // of what is too large messages have the lower half
	case Int64:
		v.whole = int64(f.bits)
	case Boolean:
		v.is = f.bits != 0
	case Float32:
		v.number = float64(math.Float32frombits(uint32(f.bits)))
	case Float64:
		v.number = math.Float64frombits(f.bits)
	case Timestamp:
		v.whole, err = f.milliseconds()
	case Totals:
		v.totals, err = f.total()
	}
	return v, err
}

// milliseconds reads a time or a duration: its seconds and ns.
func (f *protoField) milliseconds() (ms int64, err error) {
	if f.wire != protowire.BytesType {
		return 0, errWire
	}
	var seconds, nanos int64
	err = eachField(f.bytes, func(f protoField) error {
		switch {
		case f.wire != protowire.VarintType:
		case f.tag == 1:
			seconds = int64(f.bits)
		case f.tag == 2:
			nanos = int64(int32(f.bits))
		}
		return nil
	})
	seconds = min(max(seconds, firstTime/1000), lastTime/1000)
	return seconds*1000 + floor(nanos, 1e6), err
}

// floor divides and rounds down.
func floor(n, by int64) int64 {
	if n%by < 0 {
		return n/by - 1
	}
	return n / by
}

// total reads one entry of [Totals].
func (f *protoField) total() ([]Total, error) {
	var t Total
	err := eachField(f.bytes, func(f protoField) error {
		if f.wire != protowire.BytesType {
			return nil
		}
		if f.tag == 1 {
			t.Name = string(f.bytes)
		}
		if f.tag != 2 {
			return nil
		}
		return eachField(f.bytes, func(f protoField) error {
			if f.tag == 1 && f.wire == protowire.VarintType {
				t.Time = int64(f.bits)
			}
			return nil
		})
	})
	return []Total{t}, err
}

// readViewProto reads the message of a view.
func readViewProto(data []byte) (Imported, error) {
	i := newMessage()
	repeated := map[*Column]value{}
	err := eachField(data, func(f protoField) error {
		c := columnByTag[f.tag]
		switch {
		case f.tag == tagEvents:
			return i.takeEvent(&f)
		case c != nil && c.special == id && i.ViewID != "":
			return errors.New("it is of more than one view: want the length of each before it")
		case c == nil:
			i.unmap("field " + strconv.Itoa(int(f.tag)))
			return nil
		}
		v, err := f.value(c.Wire)
		switch {
		case errors.Is(err, errWire):
			i.fail(c, "a field "+err.Error())
		case err != nil:
			return fmt.Errorf("%s: %w", c.field(), err)
		case c.Wire == Strings || c.Wire == Totals:
			all := repeated[c]
			all.wire, all.list, all.totals = c.Wire, append(all.list, v.list...), append(all.totals, v.totals...)
			repeated[c] = all
		default:
			i.set(c, &v)
		}
		return nil
	})
	if err != nil {
		return Imported{}, fmt.Errorf("read message of a view: %w", err)
	}
	for _, c := range byTag {
		if v, ok := repeated[c]; ok {
			i.set(c, &v)
		}
	}
	return i, nil
}

// takeEvent reads an event of a message.
func (i *Imported) takeEvent(f *protoField) error {
	e := view.TimelineEvent{Details: map[string]any{}}
	if f.wire != protowire.BytesType {
		return fmt.Errorf("events: the field %w", errWire)
	}
	err := eachField(f.bytes, func(f protoField) (err error) {
		switch f.tag {
		case tagServerTime:
			e.EventTime, err = f.milliseconds()
		case tagViewerTime:
			e.ViewerTime, err = f.milliseconds()
		case tagPlayheadTime:
			e.PlaybackTime, err = f.milliseconds()
		case tagType:
			e.Name = view.CleanText(string(f.bytes))
		case tagSequence:
			e.Seq = int64(min(f.bits, maxWhole))
		default:
			return takePayload(e.Details, &f)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	i.View.Events = append(i.View.Events, e)
	return nil
}

// takePayload reads what an event tells into its details. What it has no name for
// is left out.
func takePayload(details map[string]any, f *protoField) error {
	for _, p := range payloads {
		if protowire.Number(p.tag) != f.tag || f.wire != protowire.BytesType {
			continue
		}
		return eachField(f.bytes, func(f protoField) error {
			for n := range p.fields {
				known := &p.fields[n]
				if protowire.Number(known.tag) != f.tag {
					continue
				}
				if v, err := f.value(known.wire); err == nil {
					known.take(details, &v)
				}
			}
			return nil
		})
	}
	return nil
}
