package beacon

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/semaphore"
)

// errBusy says that all requests together hold as much memory as they may.
var errBusy = errors.New("too many beacons at once")

// errIncomplete says that the player stopped in the middle of a body.
var errIncomplete = errors.New("body not received whole")

// firstRead is what a request may hold from its beginning: nearly all bodies
// fit in it.
const firstRead = 16 << 10

// What a request is taken to hold of the memory limit: all that is made for it
// from the beginning (connection, headers, buffers of the body and of its
// records, inflater), and for each byte of a longer body also that of its record.
const (
	perRequest = 3 * firstRead
	perByte    = 2
)

// maxDrain is how much of a body that is thrown away is still received. A
// player whose upload is cut off does not see the answer and sends it again.
const maxDrain = 16 << 20

// A body is what one request sent, and its share of the memory limit.
type body struct {
	data  []byte
	limit *semaphore.Weighted
	held  int64
}

var (
	buffers   = sync.Pool{New: func() any { return new([firstRead]byte) }}
	inflaters = sync.Pool{New: func() any { return new(gzip.Reader) }}
)

// hold takes more of the memory limit.
func (b *body) hold(n int64) bool {
	if !b.limit.TryAcquire(n) {
		return false
	}
	b.held += n
	return true
}

// release gives back the memory. The data must not be used after it.
func (b *body) release() {
	if cap(b.data) == firstRead {
		buffers.Put((*[firstRead]byte)(b.data[:firstRead]))
	}
	b.data = nil
	b.limit.Release(b.held)
}

// read receives and inflates the body of a request. The error is a dropped,
// errBusy or errIncomplete. The body has to be released in any case.
func (h *Handler) read(r *http.Request) (*body, error) {
	b := &body{limit: h.memory}
	if !b.hold(perRequest) {
		return b, errBusy
	}
	b.data = buffers.Get().(*[firstRead]byte)[:0]
	sent := &connection{Reader: r.Body}
	err := b.receive(sent, r.ContentLength, r.Header.Get("Content-Encoding"))
	if sent.broken {
		return b, errIncomplete
	}
	if err == nil && len(bytes.TrimSpace(b.data)) == 0 {
		err = dropped{empty, nil}
	}
	if err != nil && !errors.Is(err, errBusy) {
		// What matters is that the player is listening when the answer comes.
		_, _ = io.CopyN(io.Discard, sent, maxDrain)
	}
	return b, err
}

// receive reads a body of the given length (-1 if not told) and encoding.
func (b *body) receive(sent io.Reader, length int64, encoding string) error {
	if length > MaxBody {
		return dropped{tooLarge, nil}
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return b.fill(sent)
	case "gzip", "x-gzip":
		inflater := inflaters.Get().(*gzip.Reader)
		defer inflaters.Put(inflater)
		err := inflater.Reset(sent)
		if err == nil {
			err = b.fill(inflater)
		}
		if err == nil || errors.Is(err, errBusy) || errors.As(err, new(dropped)) {
			return err
		}
		return dropped{badGzip, err}
	}
	return dropped{badEncoding, nil}
}

// fill reads all of source. Its memory grows only as far as the limit of all
// requests allows.
func (b *body) fill(source io.Reader) error {
	for {
		if len(b.data) == cap(b.data) {
			more := int64(cap(b.data))
			if !b.hold(perByte * more) {
				return errBusy
			}
			b.data = slices.Grow(b.data, int(more))
		}
		n, err := source.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		switch {
		case len(b.data) > MaxBody:
			return dropped{tooLarge, nil}
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// A connection remembers that receiving failed, whatever its reader makes of
// the error.
type connection struct {
	io.Reader
	broken bool
}

// Read implements io.Reader.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && err != io.EOF {
		c.broken = true
	}
	return n, err
}
