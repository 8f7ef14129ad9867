package segment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/journal"
)

func TestDiskFullAndFreedAgain(t *testing.T) {
	for _, partial := range []int{0, 1, frameHeadBytes, 60} {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		l := start(t, cfg)
		mustAppend(t, l, record(0, 0, "a"))
		size := l.active.size

		d.partial = partial
		d.set(fmt.Errorf("write: %w", syscall.ENOSPC), "write")
		for range 2 {
			err := l.Append(context.Background(), record(0, 0, strings.Repeat("lost", 20)))
			if !errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrUnavailable) {
				t.Fatalf("append to a full disk returned %v, want ErrFull", err)
			}
			if info, err := os.Stat(segmentPath(cfg.Dir, 0)); err != nil || info.Size() != size {
				t.Fatalf("after a write of %d bytes the file has %d, want %d", partial, info.Size(), size)
			}
		}
		d.set(nil, "write")
		mustAppend(t, l, record(0, 0, "b"))
		if got := count(t, l.metrics.failed.WithLabelValues("no_space")); got != 2 {
			t.Errorf("counted %v failures, want 2", got)
		}
		if n := len(l.segments); n != 1 {
			t.Errorf("log has %d segments, want 1", n)
		}
		stop(t, l)

		l = start(t, cfg)
		if d := cmp.Diff([]string{"a", "b"}, words(read(t, l, 0))); d != "" {
			t.Errorf("records (-want +got):\n%s", d)
		}
		stop(t, l)
	}
}

func TestDiskFullAtTheRoll(t *testing.T) {
	var distinct string // 80 bytes that do not compress, so that two frames of them do not fit into a segment
	for c := range 80 {
		distinct += string(rune(' ' + c))
	}
	for _, op := range []string{"open", "write", "sync", "rename", "syncDir"} {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		cfg.SegmentBytes = 220
		l := start(t, cfg)
		mustAppend(t, l, record(0, 0, distinct))
		d.set(&fs.PathError{Op: op, Err: syscall.ENOSPC}, op)
		// The second would fit into the old segment, which must not be used any
		// more: the new name may be on disk already.
		for _, data := range []string{distinct, "x"} {
			if err := l.Append(context.Background(), record(0, 0, data)); !errors.Is(err, journal.ErrFull) {
				t.Errorf("%s: append returned %v, want ErrFull", op, err)
			}
		}
		d.set(nil, op)
		mustAppend(t, l, record(0, 0, "b"))
		stop(t, l)
		l = start(t, cfg)
		if got := words(read(t, l, 1)); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%s: second record is %q, want b", op, got)
		}
		stop(t, l)
	}
}

// A write that cannot be taken back is as bad as a failed sync: whatever is in
// the file stays there, perhaps the whole batch, and the next one goes elsewhere.
func TestFailedWriteThatCannotBeTakenBackRolls(t *testing.T) {
	for _, undo := range []string{"truncate", "sync"} {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		l := start(t, cfg)
		mustAppend(t, l, record(0, 0, "a"))
		d.partial = 1000
		d.set(syscall.ENOSPC, "write")
		d.set(syscall.EIO, undo)
		err := l.Append(t.Context(), record(0, 0, "lost"))
		if !errors.Is(err, journal.ErrUnavailable) || errors.Is(err, journal.ErrFull) {
			t.Errorf("%s: append returned %v, want ErrUnavailable: after a crash the record can be there", undo, err)
		}
		d.set(nil, "write", undo)
		mustAppend(t, l, record(0, 0, "b"))
		if _, err := os.Stat(segmentPath(cfg.Dir, 1)); err != nil {
			t.Errorf("%s: the next batch is not in a new segment: %v", undo, err)
		}
		if d := cmp.Diff([]string{"a", "b"}, words(read(t, l, 0))); d != "" {
			t.Errorf("%s: records (-want +got):\n%s", undo, d)
		}
		stop(t, l)
	}
}

// After a failed sync the file is not written to again, and what the failed
// batch left in it is never read, even where it could not be cut off.
func TestFailedSyncRolls(t *testing.T) {
	for name, firstBatch := range map[string]bool{"in a used segment": false, "in a new segment": true} {
		t.Run(name, func(t *testing.T) {
			d := newFaultDisk()
			cfg := config(t.TempDir(), d)
			l, err := Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.makeRoom(0); err != nil { // an empty segment
				t.Fatal(err)
			}
			l.Start()
			var want []string
			if !firstBatch {
				mustAppend(t, l, record(0, 0, "a"))
				want = append(want, "a")
			}
			d.set(syscall.EIO, "sync", "truncate")
			err = l.Append(t.Context(), record(0, 0, "lost"))
			if !errors.Is(err, journal.ErrUnavailable) || errors.Is(err, journal.ErrFull) || !errors.Is(err, syscall.EIO) {
				t.Fatalf("failed sync returned %v, want ErrUnavailable and the cause", err)
			}
			d.set(nil, "sync", "truncate")
			r, err := l.NewReader(0) // a reader that was there before the roll
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			mustAppend(t, l, record(0, 0, "b"))
			mustAppend(t, l, record(0, 0, "c"))
			want = append(want, "b", "c")
			if d := cmp.Diff(want, words(read(t, l, 0))); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			if firstBatch { // the new file took the place of the abandoned one, and is the only one
				if n, _, err := l.Trim(Retention{Needed: 10, OlderThan: math.MaxInt64}); n != 0 || err != nil {
					t.Errorf("trim deleted %d segments, %v, want none", n, err)
				}
			}
			crash(l)
			l = start(t, cfg)
			defer stop(t, l)
			if d := cmp.Diff(want, words(read(t, l, 0))); d != "" {
				t.Errorf("records after a crash (-want +got):\n%s", d)
			}
		})
	}
}

// world is a log on a bad disk, and what is known of it.
type world struct {
	*rapid.T
	disk  *faultDisk
	cfg   Config
	log   *Log
	sent  int
	acked []string        // durable, by promise
	maybe map[string]bool // the caller was told that it is not known
	seen  []journal.Record
}

var (
	operations = []string{"open", "write", "truncate", "sync", "rename", "syncDir"}
	causes     = []error{syscall.ENOSPC, syscall.EIO}
)

func (w *world) append() {
	data := fmt.Sprintf("%d %s", w.sent, strings.Repeat("z", rapid.IntRange(0, 80).Draw(w.T, "length")))
	w.sent++
	err := w.log.Append(context.Background(), record(0, rapid.Int64Range(0, 1000).Draw(w.T, "time"), data))
	switch {
	case err == nil:
		w.acked = append(w.acked, data)
	case errors.Is(err, journal.ErrUnavailable):
		w.maybe[data] = true
	case !errors.Is(err, journal.ErrFull):
		w.Fatalf("append returned %v", err)
	}
	w.look()
}

// look reads what is new and checks all that the contract promises.
func (w *world) look() {
	w.seen = append(w.seen, read(w, w.log, int64(len(w.seen)))...)
	var last int64
	missing := w.acked
	for i, r := range w.seen {
		if r.Offset != int64(i) || r.Time < last {
			w.Fatalf("record %d has offset %d and time %d after %d", i, r.Offset, r.Time, last)
		}
		last = r.Time
		switch data := string(r.Data); {
		case len(missing) > 0 && data == missing[0]:
			missing = missing[1:]
		case !w.maybe[data]:
			w.Fatalf("offset %d holds %q, which was refused, is double or out of order", i, data)
		}
	}
	if len(missing) > 0 {
		w.Fatalf("acknowledged records are lost: %q", missing)
	}
}

// reopen starts the log again, on a disk that works, and checks that what was
// once read is still there.
func (w *world) reopen() {
	w.disk.set(nil, operations...)
	w.log = start(w, w.cfg)
	again := read(w, w.log, 0)
	if d := cmp.Diff(w.seen, again[:min(len(again), len(w.seen))]); d != "" {
		w.Fatalf("records changed over a restart (-before +after):\n%s", d)
	}
	w.look()
}

// TestBadDisk does whatever a disk, a kernel and a power supply can do to a
// log, and checks after each step that nothing acknowledged is lost, nothing
// refused appears, and nothing that was read changes.
func TestBadDisk(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{T: rt, disk: newFaultDisk(), maybe: map[string]bool{}}
		w.cfg = config(tempDir(rt, t), w.disk)
		w.cfg.SegmentBytes = rapid.Int64Range(100, 600).Draw(rt, "segment")
		w.reopen()
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			default:
				w.append()
			case 6:
				w.disk.partial = rapid.IntRange(0, 120).Draw(rt, "partial")
				w.disk.set(rapid.SampledFrom(causes).Draw(rt, "cause"), rapid.SampledFrom(operations).Draw(rt, "broken"))
			case 7:
				w.disk.set(nil, operations...)
			case 8:
				crash(w.log)
				w.reopen()
			case 9:
				crash(w.log)
				w.disk.powerLoss(rt, w.cfg.Dir)
				w.reopen()
			}
		}
		stop(rt, w.log)
	})
}
