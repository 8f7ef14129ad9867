package live

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// codec makes bodies of blocks small, and large again.
//
// Numbers go as the difference to the one before them where they ascend, and
// their bytes apart: first the lowest of all, then the second ones, and so on. Of
// times the upper bytes are then nearly always 0, which zstd writes as nothing.
type codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	scratch []byte
	texts   sync.Pool // of *[]byte, for decoding
}

func newCodec() (*codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("compressor of history: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(maxQueries), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("decompressor of history: %w", err)
	}
	return &codec{encoder: encoder, decoder: decoder}, nil
}

// small compresses a body.
func (c *codec) small(b *body) []byte {
	to := binary.LittleEndian.AppendUint32(c.scratch[:0], uint32(len(b.begin)))
	to = binary.LittleEndian.AppendUint32(to, uint32(len(b.after)))
	to = appendPlanes(to, 4, len(b.begin), func(i int) uint32 { return b.begin[i] - before(b.begin, i) })
	to = appendPlanes(to, 4, len(b.begin), func(i int) uint32 { return b.startup[i] + 1 }) // not known is 0
	to = appendPlanes(to, 2, len(b.begin), func(i int) uint32 { return b.end[i] - before(b.end, i) })
	for d := range b.values {
		column := &b.values[d]
		to = append(to, byte(min(len(column.low), 1)+min(len(column.high), 1)))
		to = append(append(to, column.low...), column.high...)
	}
	first := 0
	view := 0
	to = appendPlanes(to, 4, len(b.after), func(i int) uint32 {
		if i == 0 {
			first, view = 0, 0
		}
		for i == int(b.end[view]) {
			first, view = i, view+1
		}
		if i == first {
			return b.after[i]
		}
		return b.after[i] - b.after[i-1]
	})
	to = appendPlanes(to, 2, len(b.doing), func(i int) uint32 { return uint32(b.doing[i]) })
	c.scratch = to
	return append([]byte(nil), c.encoder.EncodeAll(to, nil)...)
}

// before is the element before one, 0 before the first.
func before(list []uint32, i int) uint32 {
	if i == 0 {
		return 0
	}
	return list[i-1]
}

// appendPlanes writes the lowest so many bytes of n numbers, byte by byte.
func appendPlanes(to []byte, bytes, n int, number func(int) uint32) []byte {
	at := len(to)
	to = append(to, make([]byte, bytes*n)...)
	for i := range n {
		x := number(i)
		for k := range bytes {
			to[at+k*n+i] = byte(x >> (8 * k))
		}
	}
	return to
}

// large makes a body from what small made of it.
func (c *codec) large(small []byte) (*body, error) {
	buffer, _ := c.texts.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer c.texts.Put(buffer)
	text, err := c.decoder.DecodeAll(small, (*buffer)[:0])
	if err != nil {
		return nil, fmt.Errorf("decompress history: %w", err)
	}
	*buffer = text
	n, spans := int(binary.LittleEndian.Uint32(text)), int(binary.LittleEndian.Uint32(text[4:]))
	text = text[8:]
	flat := make([]uint32, 4*n+spans)
	b := &body{begin: flat[:n], length: flat[n : 2*n], startup: flat[2*n : 3*n], end: flat[3*n : 4*n], after: flat[4*n:], doing: make([]uint16, spans)}
	text = planes4(text, b.begin)
	text = planes4(text, b.startup)
	for i := range n {
		b.end[i] = uint32(text[i]) | uint32(text[n+i])<<8
	}
	text = text[2*n:]
	sum, end := uint32(0), uint32(0)
	for i := range n {
		sum, end = sum+b.begin[i], end+b.end[i]
		b.begin[i], b.end[i] = sum, end
		b.startup[i]--
	}
	text = b.readValues(text)
	text = planes4(text, b.after)
	at := uint32(0)
	for i, end := range b.end {
		sum := uint32(0)
		for ; at < end; at++ {
			sum += b.after[at]
			b.after[at] = sum
		}
		b.length[i] = sum
	}
	low, high := text[:spans], text[spans:2*spans]
	for i := range b.doing {
		b.doing[i] = uint16(low[i]) | uint16(high[i])<<8
	}
	return b, nil
}

// readValues reads the values of all dimensions: of each a number of bytes that each
// view has, 0 to 2, and these. It returns what is after them.
func (b *body) readValues(text []byte) []byte {
	n := len(b.begin)
	bytes := 0
	rest := text
	for range b.values {
		bytes += int(rest[0]) * n
		rest = rest[1+int(rest[0])*n:]
	}
	values := make([]byte, 0, bytes)
	for d := range b.values {
		k := int(text[0])
		at := len(values)
		values = append(values, text[1:1+k*n]...)
		text = text[1+k*n:]
		if k > 0 {
			b.values[d].low = values[at : at+n : at+n]
		}
		if k > 1 {
			b.values[d].high = values[at+n : at+2*n : at+2*n]
		}
	}
	return text
}

// planes4 reads numbers of four bytes, and returns what is after them.
func planes4(text []byte, to []uint32) []byte {
	n := len(to)
	a, b, c, d := text[:n], text[n:2*n], text[2*n:3*n], text[3*n:4*n]
	for i := range to {
		to[i] = uint32(a[i]) | uint32(b[i])<<8 | uint32(c[i])<<16 | uint32(d[i])<<24
	}
	return text[4*n:]
}
