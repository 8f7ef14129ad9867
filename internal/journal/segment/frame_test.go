package segment

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/journal"
)

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, 1<<60).Draw(t, "first")
		began := rapid.Int64Range(0, 1<<60).Draw(t, "time")
		var want []journal.Record
		var raw []byte
		for i := range rapid.Int64Range(1, 20).Draw(t, "count") {
			r := journal.Record{Offset: first + i, Time: began, Partition: uint16(rapid.IntRange(0, journal.Partitions-1).Draw(t, "partition"))}
			if i > 0 {
				r.Time = want[i-1].Time + rapid.Int64Range(0, 1<<40).Draw(t, "elapsed")
			}
			r.Data = rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
			before := began
			if i > 0 {
				before = want[i-1].Time
			}
			raw = appendRecord(raw, r.Partition, r.Time-before, r.Data)
			want = append(want, r)
		}
		buf, h := encodeFrame(nil, raw, int64(len(want)), first, began)
		h.put(buf, 7)
		parsed, err := parseFrameHead(buf, 7)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseFrameHead(buf, 8); err == nil {
			t.Fatal("a frame of another file was accepted")
		}
		var f frame
		if err := f.open(parsed, buf[frameHeadBytes:]); err != nil {
			t.Fatal(err)
		}
		var got []journal.Record
		for f.more() {
			got = append(got, f.record())
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("records (-want +got):\n%s", d)
		}
	})
}

// FuzzFrame opens payloads that a checksum does not protect: whatever they
// hold, records come out in order or an error does, within the memory bound.
func FuzzFrame(f *testing.F) {
	for _, data := range []string{"", "hello", string(make([]byte, 1000))} {
		buf, h := encodeFrame(nil, appendRecord(nil, 1, 2, []byte(data)), 1, 0, 0)
		f.Add(buf[frameHeadBytes:h.bytes()], uint32(1), int64(0))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, uint32(1), int64(0)) // announces 4 GiB
	f.Add([]byte{0x80, 0x80, 0x80, 0x10}, uint32(1), int64(0))       // announces 32 MiB
	f.Fuzz(func(t *testing.T, payload []byte, count uint32, time int64) {
		var fr frame
		h := frameHead{payload: len(payload), count: int64(count), time: time}
		err := fr.open(h, payload)
		if cap(fr.buf) > maxRaw+4096 {
			t.Errorf("%d bytes of payload took %d bytes of memory", len(payload), cap(fr.buf))
		}
		if err != nil {
			if fr.more() {
				t.Error("a refused frame has records")
			}
			return
		}
		var n int64
		for last := time; fr.more(); n++ {
			r := fr.record()
			if r.Offset != n || r.Time < last || r.Partition >= journal.Partitions {
				t.Errorf("record %d: offset %d, time %d after %d, partition %d", n, r.Offset, r.Time, last, r.Partition)
			}
			last = r.Time
		}
		if n != int64(count) {
			t.Errorf("got %d records, want %d", n, count)
		}
	})
}

// FuzzSegment scans files: whatever they hold, the log opens with a length
// within the file, or refuses.
func FuzzSegment(f *testing.F) {
	head := segmentHead{first: 5, time: 6, salt: 7}.append(nil)
	buf, h := encodeFrame(nil, appendRecord(nil, 1, 2, []byte("data")), 1, 5, 9)
	h.put(buf, 7)
	f.Add(head)
	f.Add(append(head[:len(head):len(head)], buf...))
	f.Add(append(append(head[:len(head):len(head)], buf...), buf...))
	dir := f.TempDir()
	path := segmentPath(dir, 5)
	f.Fuzz(func(t *testing.T, image []byte) {
		if err := os.WriteFile(path, image, 0o644); err != nil {
			t.Fatal(err)
		}
		src, err := openSource(&segment{first: 5, path: path})
		if err != nil {
			return
		}
		defer src.close()
		x, err := scan(src)
		if err == nil && (x.size > int64(len(image)) || x.end < 5) {
			t.Errorf("file of %d bytes was scanned to %+v", len(image), x)
		}
		if cap(src.buf) > maxPayload {
			t.Errorf("scan took %d bytes of memory", cap(src.buf))
		}
	})
}
