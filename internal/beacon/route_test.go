package beacon

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/journal"
)

func TestParts(t *testing.T) {
	s := newServer(t, nil)
	// The event without a view goes by its player's id, which is the same here.
	s.post(t, `{"events":[{"ake":"key1","xid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"},`+
		`{"ake":"key2","xid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"},`+
		`{"ake":"key1","pinid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"}]}`)
	want := []string{
		`env1 mux {"events":[{"ake":"key1","xid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"},{"ake":"key1","pinid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"}]}`,
		`env2 mux {"events":[{"ake":"key2","xid":"a0b1c8c7-62c2-420c-9b26-b65704aa4447"}]}`,
	}
	if diff := cmp.Diff(want, s.decoded(t)); diff != "" {
		t.Errorf("journal differs (-want +got):\n%s", diff)
	}
}

// TestPartition pins the hash: journals of earlier versions depend on it. The
// numbers were computed in another language.
func TestPartition(t *testing.T) {
	tests := []struct {
		environment, id string
		want            uint16
	}{
		{"", "", 19},
		{"env1", "a0b1c8c7-62c2-420c-9b26-b65704aa4447", 48},
		{"env1", "b3bdaf2f-f4c7-447d-9962-357704aacd09", 59},
		{"env2", "a0b1c8c7-62c2-420c-9b26-b65704aa4447", 3},
		{"env1", "", 18},
	}
	for _, test := range tests {
		if got := partition(test.environment, []byte(test.id)); got != test.want {
			t.Errorf("partition(%q, %q) = %d, want %d", test.environment, test.id, got, test.want)
		}
	}
}

// TestPartitionSpread: ids as players make them use all partitions alike.
func TestPartitionSpread(t *testing.T) {
	const perPartition = 500
	var counts [journal.Partitions]int
	for i := range perPartition * len(counts) {
		counts[partition("env", fmt.Appendf(nil, "%08x-62c2-420c-9b26-b65704aa%04x", i*2654435761%(1<<32), i%65536))]++
	}
	for p, n := range counts {
		if n < perPartition*3/4 || n > perPartition*5/4 {
			t.Errorf("partition %d has %d views, want about %d", p, n, perPartition)
		}
	}
}
