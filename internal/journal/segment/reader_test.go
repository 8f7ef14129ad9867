package segment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/journal"
)

// row makes a log of n records, one frame each, in segments of three frames.
func row(t *testing.T, dir string, n int) *Log {
	t.Helper()
	cfg := config(dir, newFaultDisk())
	cfg.SegmentBytes = segmentHeadBytes + 3*(frameHeadBytes+10)
	l := start(t, cfg)
	for i := range n {
		mustAppend(t, l, record(0, int64(1000+i), fmt.Sprintf("%04d", i)))
	}
	return l
}

func TestReaderCrossesSegmentsFromAnyOffset(t *testing.T) {
	const n = 11
	l := row(t, t.TempDir(), n)
	defer stop(t, l)
	if got := len(l.segments); got != 4 {
		t.Fatalf("log has %d segments, want 4", got)
	}
	for from := range int64(n + 1) {
		var want []string
		for i := from; i < n; i++ {
			want = append(want, fmt.Sprintf("%04d", i))
		}
		if d := cmp.Diff(want, words(read(t, l, from))); d != "" {
			t.Errorf("from %d (-want +got):\n%s", from, d)
		}
	}
	for _, from := range []int64{-1, n + 1} {
		_, err := l.NewReader(from)
		if r, ok := errors.AsType[*RangeError](err); !ok {
			t.Errorf("reader from %d: got %v, want a RangeError", from, err)
		} else if d := cmp.Diff(RangeError{Offset: from, Oldest: 0, Next: n}, *r); d != "" {
			t.Errorf("reader from %d (-want +got):\n%s", from, d)
		}
	}
}

func TestReaderBeginsWithinAFrame(t *testing.T) {
	l := start(t, config(t.TempDir(), newFaultDisk()))
	defer stop(t, l)
	mustAppend(t, l, record(0, 1, "a"), record(1, 2, "b"), record(2, 4, "c"))
	want := []journal.Record{{Offset: 2, Time: 4, Partition: 2, Data: []byte("c")}}
	if d := cmp.Diff(want, read(t, l, 2)); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestReaderWaitsForDurableRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		l := start(t, config(t.TempDir(), d))
		r, err := l.NewReader(0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan string, 10)
		go func() {
			for {
				rec, err := r.Next(ctx)
				if err != nil {
					got <- err.Error()
					return
				}
				got <- string(rec.Data)
			}
		}()
		expect := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			var have []string
			for len(got) > 0 {
				have = append(have, <-got)
			}
			if d := cmp.Diff(want, have); d != "" {
				t.Errorf("%s (-want +got):\n%s", when, d)
			}
		}
		expect("empty log")
		mustAppend(t, l, record(0, 0, "a"))
		expect("after the first append", "a")

		d.gate = make(chan struct{})
		go mustAppend(t, l, record(0, 0, "b"), record(0, 0, "c"))
		expect("written but not synced")
		close(d.gate)
		expect("synced", "b", "c")

		cancel()
		expect("given up", "context canceled")
		stop(t, l)
	})
}

func TestReaderEndsWithTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, config(t.TempDir(), newFaultDisk()))
		mustAppend(t, l, record(0, 0, "a"))
		r, err := l.NewReader(0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		ended := make(chan error)
		go func() {
			_, err := r.Next(t.Context())
			if err == nil {
				_, err = r.Next(t.Context())
			}
			ended <- err
		}()
		synctest.Wait()
		stop(t, l)
		if err := <-ended; !errors.Is(err, ErrStopped) {
			t.Errorf("reader of a stopped log ended with %v, want ErrStopped", err)
		}
	})
}

func TestReaderWhileAppending(t *testing.T) {
	cfg := config(t.TempDir(), newFaultDisk())
	cfg.SegmentBytes = 500
	l := start(t, cfg)
	const n = 500
	go func() {
		for i := range n {
			mustAppend(t, l, record(0, 0, fmt.Sprint(i)))
		}
	}()
	r, err := l.NewReader(0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range n {
		rec, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rec.Offset != int64(i) || string(rec.Data) != fmt.Sprint(i) {
			t.Fatalf("got %q at offset %d, want %d", rec.Data, rec.Offset, i)
		}
	}
	if r.Buffered() {
		t.Error("reader at the end says that there is more")
	}
	stop(t, l)
}

func TestReaderNamesDamageInAnOldSegment(t *testing.T) {
	first := int64(segmentHeadBytes)
	for name, damage := range map[string]struct {
		change func(image []byte, frame int64) []byte
		reason string
	}{
		"payload": {func(b []byte, f int64) []byte { b[first+2*f-1] ^= 1; return b }, "checksum of the payload"},
		"header":  {func(b []byte, f int64) []byte { b[first+f+20] ^= 1; return b }, "checksum of the frame header"},
		"cut":     {func(b []byte, f int64) []byte { return b[:first+f] }, "ends before offset 1"},
		"torn":    {func(b []byte, f int64) []byte { return b[:first+f+5] }, "ends within"},
		"a frame is missing": {func(b []byte, f int64) []byte {
			return append(bytes.Clone(b[:first+f]), b[first+2*f:]...)
		}, "offsets 2 to 2 stand where 1 was expected"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			stop(t, row(t, dir, 5))
			path := segmentPath(dir, 0)
			image := load(t, path)
			frame := (int64(len(image)) - first) / 3
			save(t, path, damage.change(image, frame))
			l := start(t, config(dir, newFaultDisk())) // old segments are not looked at
			defer stop(t, l)
			r, err := l.NewReader(0)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if rec, err := r.Next(t.Context()); err != nil || string(rec.Data) != "0000" {
				t.Fatalf("the good frame before gave %q, %v", rec.Data, err)
			}
			for range 2 { // asking again does not step over it
				_, err = r.Next(t.Context())
				var c *CorruptError
				if !errors.As(err, &c) || c.Path != path || c.At != first+frame || !strings.HasSuffix(c.Remedy, "before 3") {
					t.Fatalf("got %v, want a CorruptError of byte %d that says to go on from offset 3", err, first+frame)
				}
				if !strings.Contains(err.Error(), damage.reason) {
					t.Errorf("error %q does not say %q", err, damage.reason)
				}
			}
			if d := cmp.Diff([]string{"0003", "0004"}, words(read(t, l, 3))); d != "" {
				t.Errorf("resumed (-want +got):\n%s", d)
			}
		})
	}
}

func TestTrim(t *testing.T) {
	// Segments begin with offsets 0, 3, 6, 9; record i has time 1000+i. A frame
	// has 36+9 bytes, so that segments have 32+3*45 = 167, the last one 122, and
	// all together 623.
	for _, c := range []struct {
		name         string
		r            Retention
		oldest, over int64
	}{
		{"no limit keeps all", Retention{Needed: 11}, 0, 0},
		{"old, and just consumed", Retention{Needed: 3, OlderThan: 5000}, 3, 0},
		{"old, not quite consumed", Retention{Needed: 2, OlderThan: 5000}, 0, 0},
		{"last record is at the limit", Retention{Needed: 11, OlderThan: 1005}, 3, 0},
		{"last record is below the limit", Retention{Needed: 11, OlderThan: 1006}, 6, 0},
		{"the last segment stays", Retention{Needed: 11, OlderThan: 5000}, 9, 0},
		{"just small enough", Retention{Needed: 11, MaxBytes: 623}, 0, 0},
		{"a byte too large", Retention{Needed: 11, MaxBytes: 622}, 3, 0},
		{"two segments too large", Retention{Needed: 11, MaxBytes: 622 - 167}, 6, 0},
		{"too large, not quite consumed", Retention{Needed: 5, MaxBytes: 300}, 3, 623 - 167 - 300},
		{"the last segment is too large", Retention{Needed: 11, MaxBytes: 100}, 9, 22},
		{"too large, and some is old", Retention{Needed: 11, OlderThan: 1003, MaxBytes: 622}, 3, 0},
		{"old, and small enough", Retention{Needed: 11, OlderThan: 1006, MaxBytes: 623}, 6, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := row(t, dir, 11)
			deleted, over, err := l.Trim(c.r)
			if err != nil || int64(deleted) != c.oldest/3 || over != c.over {
				t.Errorf("deleted %d, %d bytes over, %v; want %d, %d", deleted, over, err, c.oldest/3, c.over)
			}
			check := func() {
				t.Helper()
				if oldest, next := l.Bounds(); oldest != c.oldest || next != 11 {
					t.Errorf("bounds are %d, %d, want %d, 11", oldest, next, c.oldest)
				}
				if got := len(read(t, l, c.oldest)); int64(got) != 11-c.oldest {
					t.Errorf("%d records are left, want %d", got, 11-c.oldest)
				}
			}
			check()
			stop(t, l)
			l = start(t, config(dir, newFaultDisk()))
			defer stop(t, l)
			check()
		})
	}
}

// TestAt looks for times, from before the first record to after the last.
func TestAt(t *testing.T) {
	dir := t.TempDir()
	l := row(t, dir, 11)
	defer stop(t, l)
	for time, want := range map[int64]int64{
		0: 0, 1000: 0, 1002: 0, 1003: 3, 1005: 3, 1006: 6, 1008: 6, 1009: 9, 1010: 9, 1011: 9, 9999: 9,
	} {
		if got, err := l.At(time); got != want || err != nil {
			t.Errorf("time %d: read from offset %d, %v; want %d", time, got, err, want)
		}
	}
	if _, _, err := l.Trim(Retention{Needed: 6, OlderThan: 5000}); err != nil {
		t.Fatal(err)
	}
	if got, err := l.At(1002); got != 6 || err != nil {
		t.Errorf("a time that was deleted: read from offset %d, %v; want 6", got, err)
	}
}

// TestKept asks for what is kept: the times of a row are 1000 and on.
func TestKept(t *testing.T) {
	l := row(t, t.TempDir(), 11)
	defer stop(t, l)
	check := func(what string, want int64) {
		t.Helper()
		var bytes int64
		for _, s := range l.segments {
			bytes += s.size
		}
		if size, oldest, err := l.Kept(); size != bytes || err != nil || oldest.UnixMilli() != want {
			t.Errorf("%s: %d bytes since %d, %v; want %d since %d", what, size, oldest.UnixMilli(), err, bytes, want)
		}
	}
	check("all", 1000)
	if _, _, err := l.Trim(Retention{Needed: 6, OlderThan: 5000}); err != nil {
		t.Fatal(err)
	}
	check("without the first two segments", 1006)

	empty := start(t, config(t.TempDir(), newFaultDisk()))
	defer stop(t, empty)
	if size, oldest, err := empty.Kept(); size != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("nothing: %d bytes since %v, %v", size, oldest, err)
	}
}

func TestTrimUnderAReader(t *testing.T) {
	l := row(t, t.TempDir(), 11)
	defer stop(t, l)
	r, err := l.NewReader(0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Trim(Retention{Needed: 11, OlderThan: 5000}); err != nil {
		t.Fatal(err)
	}
	for i := int64(1); i < 3; i++ { // the open segment is read to its end
		if rec, err := r.Next(t.Context()); err != nil || rec.Offset != i {
			t.Fatalf("got offset %d, %v, want %d", rec.Offset, err, i)
		}
	}
	_, err = r.Next(t.Context())
	var gone *RangeError
	if !errors.As(err, &gone) {
		t.Fatalf("got %v, want a RangeError", err)
	}
	if d := cmp.Diff(RangeError{Offset: 3, Oldest: 9, Next: 11}, *gone); d != "" {
		t.Errorf("range (-want +got):\n%s", d)
	}
}
