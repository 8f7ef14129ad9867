package export

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// delimited reads messages of protobuf, each preceded by its length.
type delimited struct {
	r      *bufio.Reader
	number int64
	data   []byte
}

func (d *delimited) Read() (Imported, error) {
	size, err := binary.ReadUvarint(d.r)
	switch {
	case err == io.EOF: //nolint:errorlint // it is that only between two messages
		return Imported{}, io.EOF
	case err != nil:
		return Imported{}, fmt.Errorf("length of message %d: %w", d.number+1, err)
	case size > maxRow:
		return Imported{}, fmt.Errorf("message %d: %w", d.number+1, errMessageTooLong)
	}
	d.number++
	if uint64(cap(d.data)) < size {
		d.data = make([]byte, size)
	}
	d.data = d.data[:size]
	if _, err := io.ReadFull(d.r, d.data); err != nil {
		return Imported{}, fmt.Errorf("message %d: want %d bytes: %w", d.number, size, unexpected(err))
	}
	return readObject(d.data, d.number, readViewProto)
}

// unexpected is that a file ends in the middle of a message or an array.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

var errMessageTooLong = errors.New("more than 32 MiB of one view: is it the length of a message?")

// single reads a file that is one message of protobuf.
type single struct{ r io.Reader } // nil: it was read

func (s *single) Read() (Imported, error) {
	if s.r == nil {
		return Imported{}, io.EOF
	}
	data, err := io.ReadAll(io.LimitReader(s.r, maxRow+1))
	s.r = nil
	switch {
	case err != nil:
		return Imported{}, err
	case len(data) > maxRow:
		return Imported{}, errMessageTooLong
	}
	return readObject(data, 1, readViewProto)
}

// The first byte of a message of a view: it begins with the view's id, which is field 1. None is as
// short as that many bytes, so that it cannot be the length of one.
const beginOfView = 1<<3 | 2

// isSingle and isDelimited report what a file of protobuf is.
func isSingle(head []byte) bool { return len(head) > 0 && head[0] == beginOfView }

func isDelimited(head []byte) bool {
	size, n := binary.Uvarint(head)
	return n > 0 && size > 0 && size <= maxRow && n < len(head) && head[n] == beginOfView
}
