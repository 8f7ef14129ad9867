package s3

import (
	"crypto/md5" // the protocol's
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// mostParts is how many parts a server takes of a file.
const mostParts = 10_000

// part is a range of a file, with the sums of its content.
type part struct {
	offset, size int64
	md5          [md5.Size]byte
	sha256       [sha256.Size]byte
}

// parts are those of a file in their order. All but the last have the same size. An
// empty file has one, as an upload needs one.
type parts []part

// cut finds the parts of a file, of a size or of the least multiple of it with
// which they are not too many: so the parts of a file are the same each time.
func cut(file *os.File, size int64) (parts, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	whole := info.Size()
	size *= max(1, (whole+size*mostParts-1)/(size*mostParts))
	list := make(parts, 0, max(1, (whole+size-1)/size))
	for offset := int64(0); offset < whole || len(list) == 0; offset += size {
		p := part{offset: offset, size: min(size, whole-offset)}
		sum, safe := md5.New(), sha256.New()
		read, err := io.Copy(io.MultiWriter(sum, safe), io.NewSectionReader(file, p.offset, p.size))
		if err != nil {
			return nil, err
		}
		if read != p.size {
			return nil, fmt.Errorf("%s got shorter: %w", file.Name(), io.ErrUnexpectedEOF)
		}
		sum.Sum(p.md5[:0])
		safe.Sum(p.sha256[:0])
		list = append(list, p)
	}
	return list, nil
}

// size is that of the file.
func (p parts) size() int64 {
	last := p[len(p)-1]
	return last.offset + last.size
}

// etag is the ETag that S3 gives to an object of these parts.
func (p parts) etag() string {
	sum := md5.New()
	for i := range p {
		sum.Write(p[i].md5[:])
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(p))
}

// is tells whether a part that a server lists has this content.
func (p *part) is(size int64, etag string) bool {
	return size == p.size && strings.Trim(etag, `"`) == hex.EncodeToString(p.md5[:])
}
