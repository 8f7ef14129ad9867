package export

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
)

// zstdPages compresses pages. The codec of the library takes 8 MB for what was before,
// which no page needs.
type zstdPages struct{}

var _ compress.Codec = zstdPages{}

// zstdWindow is at least what a page has.
const zstdWindow = 128 << 10

var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(4), zstd.WithWindowSize(zstdWindow),
		zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic("BUG: options of zstd: " + err.Error())
	}
	return e
})

var zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(4))
	if err != nil {
		panic("BUG: options of zstd: " + err.Error())
	}
	return d
})

// String implements [compress.Codec].
func (zstdPages) String() string { return "ZSTD" }

// CompressionCodec implements [compress.Codec].
func (zstdPages) CompressionCodec() format.CompressionCodec { return format.Zstd }

// Encode implements [compress.Codec].
func (zstdPages) Encode(dst, src []byte) ([]byte, error) {
	return zstdEncoder().EncodeAll(src, dst[:0]), nil
}

// Decode implements [compress.Codec].
func (zstdPages) Decode(dst, src []byte) ([]byte, error) {
	return zstdDecoder().DecodeAll(src, dst[:0])
}
