package segment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/journal"
)

// frozen is a clock for tests in which time plays no part.
func frozen() time.Time { return time.UnixMilli(0) }

// config is a log in a directory, on a disk that can fail.
func config(dir string, d *faultDisk) Config {
	return Config{Dir: dir, Clock: frozen, disk: d.disk()}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// start opens and starts a log.
func start(t fataler, cfg Config) *Log {
	t.Helper()
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.Start()
	return l
}

func stop(t fataler, l *Log) {
	t.Helper()
	if err := l.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func record(partition uint16, time int64, data string) journal.Record {
	return journal.Record{Partition: partition, Time: time, Data: []byte(data)}
}

func mustAppend(t fataler, l *Log, records ...journal.Record) {
	t.Helper()
	if err := l.Append(context.Background(), records...); err != nil {
		t.Fatal(err)
	}
}

// read returns all durable records from an offset on.
func read(t fataler, l *Log, from int64) []journal.Record {
	t.Helper()
	r, err := l.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []journal.Record
	for r.Buffered() {
		rec, err := r.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		rec.Data = slices.Clone(rec.Data)
		all = append(all, rec)
	}
	return all
}

// count returns the value of a counter.
func count(t fataler, c prometheus.Counter) float64 {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

// words returns what the records hold.
func words(records []journal.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Data))
	}
	return all
}

func TestReopenContinuesOffsetsAndTimes(t *testing.T) {
	cfg := Config{Dir: filepath.Join(t.TempDir(), "made", "by", "open"), Clock: frozen} // the real disk
	l := start(t, cfg)
	mustAppend(t, l, record(3, 1000, "a"), record(63, 900, "b"), record(0, 1001, ""))
	mustAppend(t, l, record(1, 5, "c"))
	stop(t, l)

	l = start(t, cfg)
	mustAppend(t, l, record(2, 700, "d"), record(2, 2000, "e"))
	stop(t, l)

	l = start(t, cfg)
	defer stop(t, l)
	want := []journal.Record{
		{Offset: 0, Time: 1000, Partition: 3, Data: []byte("a")},
		{Offset: 1, Time: 1000, Partition: 63, Data: []byte("b")},
		{Offset: 2, Time: 1001, Partition: 0, Data: []byte{}},
		{Offset: 3, Time: 1001, Partition: 1, Data: []byte("c")},
		{Offset: 4, Time: 1001, Partition: 2, Data: []byte("d")},
		{Offset: 5, Time: 2000, Partition: 2, Data: []byte("e")},
	}
	if d := cmp.Diff(want, read(t, l, 0)); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
	if oldest, next := l.Bounds(); oldest != 0 || next != 6 {
		t.Errorf("bounds are %d, %d, want 0, 6", oldest, next)
	}
}

func TestTimesDoNotDescendAfterRestartOnEmptySegment(t *testing.T) {
	d := newFaultDisk()
	cfg := config(t.TempDir(), d)
	l := start(t, cfg)
	mustAppend(t, l, record(0, 1000, "a"))
	d.set(errors.New("input/output error"), "sync")
	d.partial = 0
	if err := l.Append(context.Background(), record(0, 1001, "lost")); !errors.Is(err, journal.ErrUnavailable) {
		t.Fatalf("append on a failing disk returned %v", err)
	}
	d.set(nil, "sync")
	mustAppend(t, l, record(0, 1002, "b")) // in the second segment
	stop(t, l)
	// Cut the second segment back to its header: a crash right after the roll.
	truncate(t, segmentPath(cfg.Dir, 1), segmentHeadBytes)

	l = start(t, cfg)
	defer stop(t, l)
	mustAppend(t, l, record(0, 1, "c"))
	want := []journal.Record{{Offset: 1, Time: 1000, Data: []byte("c")}}
	if d := cmp.Diff(want, read(t, l, 1)); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		l := start(t, config(t.TempDir(), d))
		mustAppend(t, l, record(0, 0, "creates the segment"))
		d.gate = make(chan struct{})
		before := d.syncs
		var callers sync.WaitGroup
		send := func(n int) {
			for range n {
				callers.Go(func() { mustAppend(t, l, record(0, 0, "x")) })
			}
			synctest.Wait() // all wait: one batch in its sync, the rest in the next batch
		}
		send(1)
		send(99)
		close(d.gate)
		callers.Wait()
		if got := d.syncs - before; got != 2 {
			t.Errorf("100 appends took %d syncs, want 2", got)
		}
		stop(t, l)
	})
}

func TestAppendOfOneCallerStaysInOrder(t *testing.T) {
	cfg := config(t.TempDir(), newFaultDisk())
	cfg.SegmentBytes, cfg.BatchBytes = 2000, 300
	l := start(t, cfg)
	defer stop(t, l)
	const callers, each = 16, 60
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := 0; i < each; i += 2 {
				if err := l.Append(context.Background(),
					record(uint16(c), int64(i), fmt.Sprint(i)), record(uint16(c), int64(i), fmt.Sprint(i+1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	next := make([]int, callers)
	all := read(t, l, 0)
	for i, r := range all {
		if r.Offset != int64(i) {
			t.Fatalf("record %d has offset %d", i, r.Offset)
		}
		if want := fmt.Sprint(next[r.Partition]); string(r.Data) != want {
			t.Fatalf("caller %d: got %s, want %s", r.Partition, r.Data, want)
		}
		if next[r.Partition]%2 == 1 && all[i-1].Partition != r.Partition {
			t.Fatalf("offset %d: an append was torn apart", i)
		}
		next[r.Partition]++
	}
	if len(all) != callers*each {
		t.Errorf("read %d records, want %d", len(all), callers*each)
	}
}

// TestFirst gives an empty log the place of one whose files were lost.
func TestFirst(t *testing.T) {
	cfg := config(t.TempDir(), newFaultDisk())
	for _, first := range []int64{70, 50, 0} { // only the first one finds the log empty
		cfg.First = first
		l := start(t, cfg)
		if oldest, _ := l.Bounds(); oldest != 70 {
			t.Errorf("first %d: the log begins with %d, want 70", first, oldest)
		}
		mustAppend(t, l, record(0, 0, "x"))
		stop(t, l)
	}
	cfg.First = 0
	l := start(t, cfg)
	defer stop(t, l)
	if all := read(t, l, 70); len(all) != 3 || all[0].Offset != 70 || all[2].Offset != 72 {
		t.Errorf("read %+v, want 3 records from 70 on", all)
	}
}

func TestQueueBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		cfg.BatchBytes, cfg.QueueBytes = 100, 200
		cfg.Registerer = prometheus.NewRegistry()
		l := start(t, cfg)
		d.gate = make(chan struct{})
		var callers sync.WaitGroup
		for range 2 { // 83 bytes each; 80 more would go over 200 with the worst-case header of 18
			callers.Go(func() { mustAppend(t, l, record(0, 0, string(make([]byte, 80)))) })
		}
		synctest.Wait()
		if err := l.Append(t.Context(), record(0, 0, string(make([]byte, 80)))); !errors.Is(err, journal.ErrFull) {
			t.Errorf("append to a full queue returned %v, want ErrFull", err)
		}
		close(d.gate)
		callers.Wait()
		mustAppend(t, l, record(0, 0, string(make([]byte, 80))))
		if got := count(t, l.metrics.refused.WithLabelValues("queue")); got != 1 {
			t.Errorf("counted %v refusals, want 1", got)
		}
		stop(t, l)
	})
}

func TestAppendTooLargeForEver(t *testing.T) {
	cfg := config(t.TempDir(), newFaultDisk())
	cfg.QueueBytes, cfg.BatchBytes = 1000, 100
	l := start(t, cfg)
	defer stop(t, l)
	big := record(0, 0, string(make([]byte, 500))) // above the cap of a batch: one of its own
	mustAppend(t, l, big)
	if err := l.Append(context.Background(), big, big); !errors.Is(err, journal.ErrTooLarge) || errors.Is(err, journal.ErrFull) {
		t.Errorf("append above the queue's bound returned %v, want ErrTooLarge", err)
	}
	if err := l.Append(context.Background(), record(journal.Partitions, 0, "")); err == nil {
		t.Error("a partition out of range was taken")
	}
	if got := len(read(t, l, 0)); got != 1 {
		t.Errorf("log holds %d records, want 1", got)
	}
}

func TestFreeSpaceFloor(t *testing.T) {
	d := newFaultDisk()
	now := time.UnixMilli(1_700_000_000_000)
	cfg := config(t.TempDir(), d)
	cfg.FreeSpaceFloor = 1000
	cfg.Clock = func() time.Time { return now }
	l := start(t, cfg)
	defer stop(t, l)
	mustAppend(t, l, record(0, 0, "a"))

	d.free = 999
	mustAppend(t, l, record(0, 0, "b")) // within the second: not looked at
	if d.frees != 1 {
		t.Errorf("looked at free space %d times within a second, want once", d.frees)
	}
	now = now.Add(time.Second)
	if err := l.Append(context.Background(), record(0, 0, "c")); !errors.Is(err, journal.ErrFull) {
		t.Errorf("append below the floor returned %v, want ErrFull", err)
	}
	if got := count(t, l.metrics.refused.WithLabelValues("free_space")); got != 1 {
		t.Errorf("counted %v refusals, want 1", got)
	}
	d.free = 1000
	now = now.Add(time.Second)
	mustAppend(t, l, record(0, 0, "d"))
	if d := cmp.Diff([]string{"a", "b", "d"}, words(read(t, l, 0))); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestFreeSpaceIsLookedAtBySize(t *testing.T) {
	f := floor{bytes: 10, now: frozen}
	free := int64(100)
	f.free = func(string) (int64, error) { return free, nil }
	if err := f.probe(); err != nil {
		t.Fatal(err)
	}
	free = 9
	if err := f.check(16 << 20); err != nil {
		t.Errorf("first 16 MiB: %v", err)
	}
	if err := f.check(1); !errors.Is(err, journal.ErrFull) {
		t.Errorf("after 16 MiB: got %v, want ErrFull", err)
	}
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		cfg := config(t.TempDir(), d)
		l, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(cfg); err == nil {
			t.Error("a second log opened the same directory")
		}
		d.gate = make(chan struct{})
		var callers sync.WaitGroup
		callers.Go(func() { mustAppend(t, l, record(0, 0, "queued")) })
		synctest.Wait()
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Stop(impatient); !errors.Is(err, context.Canceled) {
			t.Errorf("stop that had no time returned %v", err)
		}
		close(d.gate)
		stop(t, l)
		callers.Wait() // the append made before Start was written
		if err := l.Append(t.Context(), record(0, 0, "late")); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("append to a stopped log returned %v", err)
		}
		if d := cmp.Diff([]string{"queued"}, words(read(t, l, 0))); d != "" {
			t.Errorf("records (-want +got):\n%s", d)
		}
		l = start(t, cfg)
		defer stop(t, l)
		if d := cmp.Diff([]string{"queued"}, words(read(t, l, 0))); d != "" {
			t.Errorf("records after reopening (-want +got):\n%s", d)
		}
	})
}

func TestAppendGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFaultDisk()
		l := start(t, config(t.TempDir(), d))
		d.gate = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := l.Append(ctx, record(0, 0, "a"))
		if !errors.Is(err, journal.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("append that was given up returned %v", err)
		}
		close(d.gate)
		stop(t, l)
	})
}

func TestConfigValidate(t *testing.T) {
	good := Config{Dir: "x", Clock: frozen}
	if err := good.Validate(); err != nil {
		t.Errorf("defaults are refused: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"no directory":      func(c *Config) { c.Dir = "" },
		"no clock":          func(c *Config) { c.Clock = nil },
		"negative floor":    func(c *Config) { c.FreeSpaceFloor = -1 },
		"giant batch":       func(c *Config) { c.BatchBytes, c.QueueBytes = 17<<20, 32<<20 },
		"queue below batch": func(c *Config) { c.BatchBytes, c.QueueBytes = 200, 100 },
	} {
		c := good
		change(&c)
		if c.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
