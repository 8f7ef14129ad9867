package beacon

import (
	"net/http"
	"strings"
	"testing"
)

// TestLargestBody posts bodies as large as they may be, and a byte larger, as
// they are and deflated.
func TestLargestBody(t *testing.T) {
	const begin, end = `{"events":[{"ake":"key1","xid":"v","vtt":"`, `"}]}`
	largest := begin + strings.Repeat("x", MaxBody-len(begin)-len(end)) + end
	larger := strings.Replace(largest, "x", "xx", 1)
	for _, test := range []struct {
		name, body string
		headers    []string
		stored     int
	}{
		{"the largest", largest, nil, 1},
		{"the largest, deflated", zip(t, largest), []string{"Content-Encoding", "gzip"}, 1},
		{"a byte more", larger, nil, 0},
		{"a byte more, deflated", zip(t, larger), []string{"Content-Encoding", "gzip"}, 0},
	} {
		s := newServer(t, nil)
		if status := s.post(t, test.body, test.headers...); status != http.StatusOK || len(s.journal.records) != test.stored {
			t.Errorf("%s: status %d and %d records, want 200 and %d", test.name, status, len(s.journal.records), test.stored)
		}
		if dropped := s.counters(t)["beacons_dropped_total{too_large}"]; int(dropped) != 1-test.stored {
			t.Errorf("%s: %v are counted as too large, want %d", test.name, dropped, 1-test.stored)
		}
	}
}
