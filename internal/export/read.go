package export

import (
	"errors"
	"fmt"
	"io"
)

// Reader reads the views of a file.
type Reader interface {
	// Read returns the next view. It fails with [io.EOF] after the last one, with a
	// [RowError] if this view cannot be read and the next one can be tried, and with any other error
	// if the rest of the file cannot be read.
	Read() (Imported, error)
}

// RowError is why one view of a file cannot be read.
type RowError struct {
	Line int64 // as of [Imported]
	Err  error
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *RowError) Unwrap() error { return e.Err }

// maxRow bounds the bytes of a view in a file.
const maxRow = 32 << 20

var errRowTooLong = errors.New("more than 32 MiB of one view: is a quote missing?")

// rowLimit is a reader that fails when a row has more than maxRow bytes.
type rowLimit struct {
	r    io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}

// next begins a row.
func (l *rowLimit) next() { l.left = maxRow }
