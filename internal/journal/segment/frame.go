package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/s2"

	"playhead/internal/journal"
)

// The file format. Numbers are little-endian, checksums CRC-32C (Castagnoli).
//
//	segment header:  magic 8 | first offset 8 | time 8 | salt 4 | checksum of all before 4
//	frame header:    magic 4 | checksum of what follows, seeded with the salt 4 |
//	                 payload length 4 | checksum of the payload 4 | records 4 | first offset 8 | time 8
//	payload:         S2 block of: (partition, time since the record before, data length: uvarints | data)*
//
// The time of a segment is that of the last record before it, the time of a
// frame that of its first record.
const (
	segmentMagic     = "PHJRNL1\n"
	segmentHeadBytes = 32
	frameMagic       = "PHf1"
	frameHeadBytes   = 36

	maxRaw        = 16 << 20 // bytes of a payload before compression; bounds the memory of a reader
	maxRecordHead = 3 + 10 + 5
)

// maxPayload is the longest payload that a frame header may announce.
var maxPayload = s2.MaxEncodedLen(maxRaw)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentHead is the header of a segment file.
type segmentHead struct {
	first int64  // offset of the first record
	time  int64  // time of the last record before it, ms since 1970
	salt  uint32 // random, seeds the checksum of frame headers
}

func (h segmentHead) append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, segmentMagic...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.first))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.time))
	dst = binary.LittleEndian.AppendUint32(dst, h.salt)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

func parseSegmentHead(src []byte) (segmentHead, error) {
	body, sum := src[:segmentHeadBytes-4], binary.LittleEndian.Uint32(src[segmentHeadBytes-4:])
	if string(src[:8]) != segmentMagic || crc32.Checksum(body, castagnoli) != sum {
		return segmentHead{}, errors.New("this is not the header of a segment")
	}
	return segmentHead{
		first: int64(binary.LittleEndian.Uint64(src[8:])),
		time:  int64(binary.LittleEndian.Uint64(src[16:])),
		salt:  binary.LittleEndian.Uint32(src[24:]),
	}, nil
}

// frameHead is the header of a frame.
type frameHead struct {
	payload int    // bytes of the payload, at most maxPayload
	sum     uint32 // checksum of the payload
	count   int64  // records, at least 1
	first   int64  // offset of the first record
	time    int64  // time of the first record, ms since 1970
}

// end is the offset after the last record.
func (h frameHead) end() int64 { return h.first + h.count }

// bytes is the length of the frame in the file.
func (h frameHead) bytes() int64 { return frameHeadBytes + int64(h.payload) }

func (h frameHead) put(dst []byte, salt uint32) {
	copy(dst, frameMagic)
	binary.LittleEndian.PutUint32(dst[8:], uint32(h.payload))
	binary.LittleEndian.PutUint32(dst[12:], h.sum)
	binary.LittleEndian.PutUint32(dst[16:], uint32(h.count))
	binary.LittleEndian.PutUint64(dst[20:], uint64(h.first))
	binary.LittleEndian.PutUint64(dst[28:], uint64(h.time))
	binary.LittleEndian.PutUint32(dst[4:], crc32.Update(salt, castagnoli, dst[8:frameHeadBytes]))
}

func parseFrameHead(src []byte, salt uint32) (frameHead, error) {
	if string(src[:4]) != frameMagic {
		return frameHead{}, errors.New("no frame begins here")
	}
	if crc32.Update(salt, castagnoli, src[8:frameHeadBytes]) != binary.LittleEndian.Uint32(src[4:]) {
		return frameHead{}, errors.New("checksum of the frame header is wrong")
	}
	h := frameHead{
		payload: int(binary.LittleEndian.Uint32(src[8:])),
		sum:     binary.LittleEndian.Uint32(src[12:]),
		count:   int64(binary.LittleEndian.Uint32(src[16:])),
		first:   int64(binary.LittleEndian.Uint64(src[20:])),
		time:    int64(binary.LittleEndian.Uint64(src[28:])),
	}
	if h.payload > maxPayload || h.count == 0 || h.first < 0 || h.end() < h.first {
		return frameHead{}, errors.New("frame header is out of range")
	}
	return h, nil
}

// encodeFrame compresses raw into buf behind room for the header, which the
// caller puts when it knows the segment, and returns both.
func encodeFrame(buf, raw []byte, count, first, time int64) ([]byte, frameHead) {
	if need := frameHeadBytes + s2.MaxEncodedLen(len(raw)); cap(buf) < need {
		buf = make([]byte, need)
	}
	payload := s2.Encode(buf[frameHeadBytes:cap(buf)], raw)
	h := frameHead{
		payload: len(payload),
		sum:     crc32.Checksum(payload, castagnoli),
		count:   count,
		first:   first,
		time:    time,
	}
	return buf[:h.bytes()], h
}

// appendRecord appends one record of a payload. elapsed is the time since the
// record before, in ms.
func appendRecord(dst []byte, partition uint16, elapsed int64, data []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(partition))
	dst = binary.AppendUvarint(dst, uint64(elapsed))
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	return append(dst, data...)
}

// frame iterates over the records of one frame. It keeps its buffer from one
// frame to the next.
type frame struct {
	buf  []byte // the decompressed payload
	rest []byte // what of it is not read yet
	next int64  // offset of the next record
	end  int64  // offset after the last
	time int64  // time of the record before
}

// open begins the frame of a header and its payload, whose checksum was checked.
// It looks at all records, so that a frame is good as a whole or refused.
func (f *frame) open(h frameHead, payload []byte) error {
	*f = frame{buf: f.buf}
	n, err := s2.DecodedLen(payload)
	if err != nil || n > maxRaw {
		return errors.New("payload announces a length that is out of range")
	}
	f.buf, err = s2.Decode(f.buf[:cap(f.buf)], payload)
	if err != nil {
		return fmt.Errorf("payload cannot be decompressed: %w", err)
	}
	f.rest, f.next, f.end, f.time = f.buf, h.first, h.end(), h.time
	probe := *f
	for probe.more() {
		if _, ok := probe.take(); !ok {
			*f = frame{buf: f.buf}
			return errors.New("payload does not hold the records that the header announces")
		}
	}
	if len(probe.rest) > 0 {
		*f = frame{buf: f.buf}
		return errors.New("payload is longer than its records")
	}
	return nil
}

// more reports whether record has something to return.
func (f *frame) more() bool { return f.next < f.end }

// record returns the next record, if there is more. Its data is valid until
// the next open.
func (f *frame) record() journal.Record {
	r, ok := f.take()
	if !ok {
		panic("BUG: frame was not checked when it was opened")
	}
	return r
}

// take decodes the next record.
func (f *frame) take() (journal.Record, bool) {
	partition, rest, ok1 := uvarint(f.rest, true)
	elapsed, rest, ok2 := uvarint(rest, ok1)
	length, rest, ok3 := uvarint(rest, ok2)
	time := f.time + int64(elapsed)
	if !ok3 || length > uint64(len(rest)) || partition >= journal.Partitions || elapsed > math.MaxInt64 || time < f.time {
		return journal.Record{}, false
	}
	r := journal.Record{Offset: f.next, Time: time, Partition: uint16(partition), Data: rest[:length:length]}
	f.next, f.time, f.rest = f.next+1, time, rest[length:]
	return r, true
}

// uvarint takes a number off src. It does nothing unless ok, so that calls can
// be chained and checked once.
func uvarint(src []byte, ok bool) (uint64, []byte, bool) {
	if !ok {
		return 0, nil, false
	}
	v, n := binary.Uvarint(src)
	if n <= 0 {
		return 0, nil, false
	}
	return v, src[n:], true
}
