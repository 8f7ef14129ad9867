package beacon

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/event"
)

// TestCategories checks that a record has the categories of the codes of the
// errors in it, of its own environment, and no others.
func TestCategories(t *testing.T) {
	blocked := event.Category{Code: "blocked", Business: true}
	s := newServer(t, func(c *Config) {
		c.Categories = categories{{Code: "other", Warning: true}, blocked}
	})
	for body, want := range map[string][]event.Category{
		`{"events":[{"ake":"key1","xid":"a","e":"error","percd":"blocked"},{"ake":"key1","xid":"a","e":"error","percd":"blocked"}]}`: {blocked},
		`{"events":[{"ake":"key1","xid":"a","e":"error","percd":"unknown"}]}`:                                                        nil,
		`{"events":[{"ake":"key1","xid":"a","e":"hb"}]}`:                                                                             nil,
		`{"events":[{"ake":"key2","xid":"a","e":"error","percd":"blocked"}]}`:                                                        nil,
	} {
		s.journal.records = nil
		if status := s.post(t, body); status != http.StatusOK || len(s.journal.records) != 1 {
			t.Fatalf("%s: status %d, %d records", body, status, len(s.journal.records))
		}
		var b event.Beacon
		if err := b.UnmarshalBinary(s.journal.records[0].Data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.Categories); diff != "" {
			t.Errorf("%s: categories (-want, +got):\n%s", body, diff)
		}
	}
}
