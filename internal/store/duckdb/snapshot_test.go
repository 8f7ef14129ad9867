package duckdb

import (
	"database/sql"
	"errors"
	"math/rand/v2"
	"testing"

	"playhead/internal/view"
)

// TestSnapshots replaces snapshots partition by partition, together with the
// rest of a batch or not at all.
func TestSnapshots(t *testing.T) {
	s := openNew(t)
	stored := func() []view.Snapshot {
		t.Helper()
		list, err := s.Snapshots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	one := view.Snapshot{Partition: 1, Read: 5, Format: -1 << 63, Data: []byte("one")}
	two := view.Snapshot{Partition: 63, Read: 5, Format: 7, Data: []byte("two")}
	later := view.Snapshot{Partition: 1, Read: 9, Format: 7, Data: []byte("later")}
	check(t, "snapshots of a new file", stored(), []view.Snapshot(nil))
	commit(t, s, view.Batch{Progress: view.Progress{Read: 5}, Snapshots: []view.Snapshot{one, two}})
	check(t, "snapshots", stored(), []view.Snapshot{one, two})

	boom := errors.New("boom")
	s.fail = func(at string) error {
		if at == "written" {
			return boom
		}
		return nil
	}
	batch := view.Batch{Progress: view.Progress{Read: 9}, Snapshots: []view.Snapshot{later}}
	if err := s.Commit(t.Context(), batch); !errors.Is(err, boom) {
		t.Fatalf("commit = %v, want the injected error", err)
	}
	check(t, "snapshots after a failed commit", stored(), []view.Snapshot{one, two})
	s.fail = func(string) error { return nil }
	commit(t, s, batch)
	check(t, "snapshots", stored(), []view.Snapshot{later, two})
}

// TestDamagedSnapshot reads the others all the same.
func TestDamagedSnapshot(t *testing.T) {
	s := openNew(t)
	good := view.Snapshot{Partition: 2, Data: []byte("good")}
	commit(t, s, view.Batch{Snapshots: []view.Snapshot{{Partition: 1, Data: []byte("bad")}, good}})
	err := s.use("damage", func(db *database) error {
		return db.transact(t.Context(), func(c *sql.Conn) error {
			_, err := c.ExecContext(t.Context(), `UPDATE snapshots SET doc = 'x'::BLOB WHERE "partition" = 1`)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Snapshots(t.Context())
	if err == nil {
		t.Error("nothing is said of the damaged one")
	}
	check(t, "snapshots", list, []view.Snapshot{good})
}

// BenchmarkSnapshots commits a snapshot of 3 MB, of which half are random, that
// takes the place of another one.
func BenchmarkSnapshots(b *testing.B) {
	s := openNew(b)
	data := make([]byte, 3<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data[:len(data)/2] {
		data[i] = byte(r.Uint32())
	}
	b.ReportAllocs()
	for n := int64(0); b.Loop(); n++ {
		batch := view.Batch{Progress: view.Progress{Read: n}, Snapshots: []view.Snapshot{{Partition: uint16(n % 64), Read: n, Data: data}}}
		if err := s.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
