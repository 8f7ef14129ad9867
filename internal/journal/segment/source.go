package segment

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// CorruptError reports a damaged segment file.
type CorruptError struct {
	Path   string // the file
	At     int64  // byte at which the damaged frame begins
	Reason string // what is wrong there
	Remedy string // what the operator can do
}

// Error implements error.
func (e *CorruptError) Error() string {
	s := fmt.Sprintf("journal segment %s is damaged at byte %d: %s", e.Path, e.At, e.Reason)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// source reads the frames of one segment file in order. Damage is reported as
// a *CorruptError, and anything else that goes wrong as it is: a disk that does
// not answer must not be taken for a file to be cut.
type source struct {
	file *os.File
	path string
	head segmentHead
	pos  int64  // byte at which the next frame begins
	buf  []byte // payload of the frame read last
}

// openSource opens the file of s and checks its header.
func openSource(s *segment) (*source, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, fmt.Errorf("open journal segment: %w", err)
	}
	src := &source{file: f, path: s.path}
	if err := src.readHead(s.first); err != nil {
		f.Close()
		return nil, err
	}
	return src, nil
}

func (s *source) readHead(first int64) error {
	var buf [segmentHeadBytes]byte
	if err := s.readAt(buf[:], 0); err != nil {
		return err
	}
	head, err := parseSegmentHead(buf[:])
	if err != nil {
		return s.corrupt(err.Error())
	}
	if head.first != first {
		return s.corrupt(fmt.Sprintf("header says that the first offset is %d", head.first))
	}
	s.head, s.pos = head, segmentHeadBytes
	return nil
}

func (s *source) close() error { return s.file.Close() }

// peek returns the header of the next frame, or io.EOF at the end of the file.
func (s *source) peek() (frameHead, error) {
	var buf [frameHeadBytes]byte
	if err := s.readAt(buf[:], s.pos); err != nil {
		return frameHead{}, err
	}
	h, err := parseFrameHead(buf[:], s.head.salt)
	if err != nil {
		return frameHead{}, s.corrupt(err.Error())
	}
	return h, nil
}

// payload reads and checks the payload of the frame that peek returned. It is
// valid until the next call.
func (s *source) payload(h frameHead) ([]byte, error) {
	if cap(s.buf) < h.payload {
		s.buf = make([]byte, h.payload)
	}
	s.buf = s.buf[:h.payload]
	err := s.readAt(s.buf, s.pos+frameHeadBytes)
	if errors.Is(err, io.EOF) {
		return nil, s.corrupt("the file ends within the frame")
	}
	if err != nil {
		return nil, err
	}
	if crc32.Checksum(s.buf, castagnoli) != h.sum {
		return nil, s.corrupt("checksum of the payload is wrong")
	}
	return s.buf, nil
}

// skip goes to the frame after the one that peek returned.
func (s *source) skip(h frameHead) { s.pos += h.bytes() }

// findFrame returns where the first valid frame header from byte from on
// begins, or io.EOF if there is none. Since header checksums are salted, what
// it finds was written by us.
func (s *source) findFrame(from int64) (int64, error) {
	buf := make([]byte, 1<<20)
	for at := from; ; {
		n, err := s.file.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, s.failed(err)
		}
		window := buf[:n]
		for i := 0; len(window)-i >= frameHeadBytes; i++ {
			j := bytes.Index(window[i:], []byte(frameMagic))
			if j < 0 || len(window)-i-j < frameHeadBytes {
				break
			}
			i += j
			if _, err := parseFrameHead(window[i:], s.head.salt); err == nil {
				return at + int64(i), nil
			}
		}
		if err != nil {
			return 0, io.EOF
		}
		at += int64(n - frameHeadBytes + 1) // a header may lie across the edge
	}
}

// readAt fills dst. It returns io.EOF if the file ends at byte at, and a
// *CorruptError if it ends within.
func (s *source) readAt(dst []byte, at int64) error {
	n, err := s.file.ReadAt(dst, at)
	switch {
	case n == len(dst):
		return nil
	case !errors.Is(err, io.EOF):
		return s.failed(err)
	case n == 0 && at > 0:
		return io.EOF
	}
	return s.corrupt("the file ends within a header or frame")
}

func (s *source) corrupt(reason string) *CorruptError {
	return &CorruptError{Path: s.path, At: s.pos, Reason: reason}
}

func (s *source) failed(err error) error {
	return fmt.Errorf("read journal segment %s at byte %d: %w", s.path, s.pos, err)
}
