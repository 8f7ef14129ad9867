package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		size, part  int64
		want, whole int64 // parts, and bytes of the first one
	}{
		{0, 5, 1, 0},
		{1, 5, 1, 1},
		{5, 5, 1, 5},
		{6, 5, 2, 5},
		{10, 5, 2, 5},
		{11, 5, 3, 5},
		{mostParts, 1, mostParts, 1},
		{mostParts + 1, 1, mostParts/2 + 1, 2},
		{2 * mostParts, 1, mostParts, 2},
		{2*mostParts + 1, 1, 6667, 3},
	} {
		bytesOf := content(9, int(c.size))
		list, err := cut(open(t, bytesOf), c.part)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(list)) != c.want || list[0].size != c.whole || list.size() != c.size {
			t.Errorf("%d bytes in parts of %d: got %d parts of %d bytes, %d in all, want %d of %d", c.size, c.part, len(list), list[0].size, list.size(), c.want, c.whole)
		}
		var together []byte
		for _, p := range list {
			piece := bytesOf[p.offset : p.offset+p.size]
			if p.md5 != md5.Sum(piece) || p.sha256 != sha256.Sum256(piece) {
				t.Fatalf("%d bytes in parts of %d: the sums at %d are wrong", c.size, c.part, p.offset)
			}
			together = append(together, piece...)
		}
		if !bytes.Equal(together, bytesOf) {
			t.Errorf("%d bytes in parts of %d: the parts are not the file", c.size, c.part)
		}
	}
}

// The ETag of two parts, "hello " and "world": that of
//
//	(printf 'hello ' | md5sum; printf world | md5sum) | cut -c1-32 | xxd -r -p | md5sum
func TestETag(t *testing.T) {
	list, err := cut(open(t, []byte("hello world")), 6)
	if err != nil {
		t.Fatal(err)
	}
	const want = "e09e4fd6265b36115fe3db32df945d84-2"
	if got := list.etag(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const hello = "f814893777bcc2295fff05f00e508da6" // printf 'hello ' | md5sum
	for _, c := range []struct {
		size int64
		etag string
		want bool
	}{
		{6, hello, true},
		{6, `"` + hello + `"`, true},
		{5, hello, false},
		{6, hello[1:] + "0", false},
		{6, "", false},
	} {
		if got := list[0].is(c.size, c.etag); got != c.want {
			t.Errorf("%d bytes with the ETag %s: got %t, want %t", c.size, c.etag, got, c.want)
		}
	}
}

func open(t *testing.T, content []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}
