package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/journal"
)

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func save(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// written makes a log of one frame for each word and returns its only file and
// where each frame begins and the last one ends.
func written(t *testing.T, dir string, data ...string) (image []byte, edges []int64) {
	t.Helper()
	l := start(t, config(dir, newFaultDisk()))
	edges = []int64{segmentHeadBytes}
	for i, w := range data {
		mustAppend(t, l, record(0, int64(100+i), w))
		edges = append(edges, l.active.size)
	}
	stop(t, l)
	return load(t, segmentPath(dir, 0)), edges
}

func TestTornTailLosesNothingAcknowledged(t *testing.T) {
	image, edges := written(t, t.TempDir(), "one", "two", "three, which was under way when the power failed")
	acked, end := edges[2], edges[3]
	dir := t.TempDir()
	path := segmentPath(dir, 0)
	check := func(name string, torn []byte, want ...string) {
		t.Helper()
		save(t, path, torn)
		l := start(t, config(dir, newFaultDisk()))
		defer stop(t, l)
		if got := count(t, l.metrics.cutBytes); got != float64(len(torn))-float64(acked) {
			t.Errorf("%s: counted %v bytes cut, want %d", name, got, int64(len(torn))-acked)
		}
		if got := int64(len(load(t, path))); got != acked {
			t.Errorf("%s: the file has %d bytes after recovery, want %d", name, got, acked)
		}
		mustAppend(t, l, record(0, 0, "next"))
		if d := cmp.Diff(append([]string{"one", "two"}, want...), words(read(t, l, 0))); d != "" {
			t.Errorf("%s: records (-want +got):\n%s", name, d)
		}
		if got := read(t, l, 2)[0].Time; got != 101 {
			t.Errorf("%s: the record after recovery has time %d, want 101", name, got)
		}
	}
	for at := acked; at < end; at++ {
		check(fmt.Sprintf("cut at %d", at), image[:at], "next")
		flipped := bytes.Clone(image)
		flipped[at] ^= 0x40
		check(fmt.Sprintf("bit flipped at %d", at), flipped, "next")
		zeros := append(bytes.Clone(image[:at]), make([]byte, 4096)...)
		check(fmt.Sprintf("zeros from %d", at), zeros, "next")
	}
}

func TestZeroTailAfterWholeFrames(t *testing.T) {
	dir := t.TempDir()
	image, _ := written(t, dir, "one", "two")
	save(t, segmentPath(dir, 0), append(image, make([]byte, 3<<20)...))
	l := start(t, config(dir, newFaultDisk()))
	mustAppend(t, l, record(0, 0, "three"))
	stop(t, l)
	l = start(t, config(dir, newFaultDisk()))
	defer stop(t, l)
	if d := cmp.Diff([]string{"one", "two", "three"}, words(read(t, l, 0))); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestBitRotIsRefused(t *testing.T) {
	dir := t.TempDir()
	image, edges := written(t, dir, "one", "two", "three")
	path := segmentPath(dir, 0)
	for at := edges[1]; at < edges[2]; at++ {
		rotten := bytes.Clone(image)
		rotten[at] ^= 1
		save(t, path, rotten)
		_, err := Open(config(dir, newFaultDisk()))
		var c *CorruptError
		if !errors.As(err, &c) {
			t.Fatalf("bit flipped at %d: open returned %v, want a CorruptError", at, err)
		}
		if c.Path != path || c.At != edges[1] {
			t.Errorf("bit flipped at %d: error names %s byte %d, want %s byte %d", at, c.Path, c.At, path, edges[1])
		}
		for _, part := range []string{path, fmt.Sprint("byte ", edges[1]), "truncate --size="} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("error does not say %q: %v", part, err)
			}
		}
		if !bytes.Equal(load(t, path), rotten) {
			t.Fatalf("bit flipped at %d: the file was changed", at)
		}
	}
	// The advice in the error works.
	truncate(t, path, edges[1])
	l := start(t, config(dir, newFaultDisk()))
	defer stop(t, l)
	if d := cmp.Diff([]string{"one"}, words(read(t, l, 0))); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestMissingFrameIsRefused(t *testing.T) {
	dir := t.TempDir()
	image, edges := written(t, dir, "one", "two", "three")
	save(t, segmentPath(dir, 0), append(bytes.Clone(image[:edges[1]]), image[edges[2]:]...))
	_, err := Open(config(dir, newFaultDisk()))
	var c *CorruptError
	if !errors.As(err, &c) || c.At != edges[1] {
		t.Errorf("open returned %v, want a CorruptError at byte %d", err, edges[1])
	}
}

// A frame that was written but not yet synced when the process died is synced
// before a reader sees it: it must not vanish after it was used.
func TestRecoveredFramesAreSynced(t *testing.T) {
	dir := t.TempDir()
	image, _ := written(t, dir, "one", "two")
	d := newFaultDisk() // knows of no synced bytes
	l := start(t, config(dir, d))
	defer stop(t, l)
	if got := d.durable[filepath.Base(segmentPath(dir, 0))]; got != int64(len(image)) {
		t.Errorf("%d bytes are synced after recovery, want %d", got, len(image))
	}
}

func TestBitRotFarFromTheNextFrameIsRefused(t *testing.T) {
	dir := t.TempDir()
	noise := make([]byte, 3<<20) // does not compress: the next frame is beyond the first window of the search
	for i, x := 0, uint64(1); i < len(noise); i += 8 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		binary.LittleEndian.PutUint64(noise[i:], x)
	}
	image, edges := written(t, dir, string(noise), "two")
	image[edges[0]+frameHeadBytes+5] ^= 1
	save(t, segmentPath(dir, 0), image)
	_, err := Open(config(dir, newFaultDisk()))
	var c *CorruptError
	if !errors.As(err, &c) || c.At != edges[0] {
		t.Errorf("open returned %v, want a CorruptError at byte %d", err, edges[0])
	}
}

// A player may send what looks like a frame. In a torn frame it must not be
// taken for one, or anyone could keep the server from starting.
func TestFrameInsideATornFrameIsNotAFrame(t *testing.T) {
	buf, h := encodeFrame(nil, appendRecord(nil, 0, 0, []byte("forged")), 1, 1, 100)
	h.put(buf, 0) // the salt is not known to a player
	dir := t.TempDir()
	image, edges := written(t, dir, "one", string(buf)+" and more")
	if !bytes.Contains(image, []byte(frameMagic+string(buf[4:frameHeadBytes]))) {
		t.Fatal("the forged frame is not in the file as it was sent: the test shows nothing")
	}
	save(t, segmentPath(dir, 0), image[:edges[2]-1])
	l := start(t, config(dir, newFaultDisk()))
	defer stop(t, l)
	if d := cmp.Diff([]string{"one"}, words(read(t, l, 0))); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestDamagedSegmentHeader(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"empty":    func([]byte) []byte { return nil },
		"cut":      func(b []byte) []byte { return b[:segmentHeadBytes-1] },
		"bit flip": func(b []byte) []byte { b[10] ^= 1; return b },
	} {
		dir := t.TempDir()
		image, _ := written(t, dir, "one")
		path := segmentPath(dir, 0)
		save(t, path, change(image))
		_, err := Open(config(dir, newFaultDisk()))
		var c *CorruptError
		if !errors.As(err, &c) || c.Path != path || c.At != 0 || c.Remedy == "" {
			t.Errorf("%s: open returned %v, want a CorruptError of byte 0 with a remedy", name, err)
		}
	}
	dir := t.TempDir()
	image, _ := written(t, dir, "one")
	if err := os.Rename(segmentPath(dir, 0), segmentPath(dir, 7)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(config(dir, newFaultDisk())); err == nil {
		t.Errorf("a renamed segment of %d bytes was opened", len(image))
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	names := []string{"notes.txt", "12.seg", strings.Repeat("9", 20) + ".seg", "0000000000000000000x.seg"}
	for _, n := range names {
		save(t, filepath.Join(dir, n), []byte("mine"))
	}
	save(t, filepath.Join(dir, newName), []byte("half a header"))
	l := start(t, config(dir, newFaultDisk()))
	mustAppend(t, l, record(0, 0, "one"))
	stop(t, l)
	for _, n := range names {
		if got := string(load(t, filepath.Join(dir, n))); got != "mine" {
			t.Errorf("%s was changed to %q", n, got)
		}
	}
}

// crc32c computes CRC-32C bit by bit from its reversed polynomial 0x82F63B78,
// continuing from a checksum.
func crc32c(sum uint32, b []byte) uint32 {
	sum = ^sum
	for _, c := range b {
		sum ^= uint32(c)
		for range 8 {
			low := sum & 1
			sum >>= 1
			if low == 1 {
				sum ^= 0x82F63B78
			}
		}
	}
	return ^sum
}

// TestFileFormat reads a file made by hand from the description of the format,
// so that a change of the format does not go unnoticed.
func TestFileFormat(t *testing.T) {
	if got := crc32c(0, []byte("123456789")); got != 0xE3069283 { // the check value of CRC-32C
		t.Fatalf("crc32c of the check string is %#x", got)
	}
	le := binary.LittleEndian
	image := []byte("PHJRNL1\n")
	image = le.AppendUint64(image, 500)  // first offset
	image = le.AppendUint64(image, 1000) // time before
	image = le.AppendUint32(image, 0xDECAFBAD)
	image = le.AppendUint32(image, crc32c(0, image))
	raw := []byte{
		5, 0, 2, 'h', 'i', // partition 5, 0 ms later, 2 bytes
		63, 0xAC, 0x02, 0, // partition 63, 300 ms later, a tick
	}
	payload := append([]byte{byte(len(raw)), byte(len(raw)-1) << 2}, raw...) // an S2 block of one literal
	head := le.AppendUint32(nil, uint32(len(payload)))
	head = le.AppendUint32(head, crc32c(0, payload))
	head = le.AppendUint32(head, 2)
	head = le.AppendUint64(head, 500)
	head = le.AppendUint64(head, 2000)
	image = append(image, "PHf1"...)
	image = le.AppendUint32(image, crc32c(0xDECAFBAD, head))
	image = append(append(image, head...), payload...)

	dir := t.TempDir()
	save(t, filepath.Join(dir, "00000000000000000500.seg"), image)
	l := start(t, config(dir, newFaultDisk()))
	defer stop(t, l)
	want := []journal.Record{
		{Offset: 500, Time: 2000, Partition: 5, Data: []byte("hi")},
		{Offset: 501, Time: 2300, Partition: 63, Data: []byte{}},
	}
	if d := cmp.Diff(want, read(t, l, 500)); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}
