package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/journal"
)

// drawControl is a decision as a tracker may have taken it after some records.
func drawControl(t *rapid.T, records int64) control {
	return control{End: []ending{{
		Environment: rapid.SampledFrom([]string{"env", "env", "other"}).Draw(t, "environment"),
		Before:      rapid.Int64Range(0, records).Draw(t, "before"),
	}}}
}

// TestControlStays reads controls as earlier versions have written them: they
// are in journals.
func TestControlStays(t *testing.T) {
	c := control{End: []ending{{Environment: "e1", Before: 17}}}
	const written = `{"end":[{"environment":"e1","before":17}]}`
	if diff := cmp.Diff(journal.Record{Time: 5, Data: []byte(written)}, c.record(5)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestUnreadableControl folds a control that is damaged, or of a later version:
// the fold goes on, and says so.
func TestUnreadableControl(t *testing.T) {
	f := NewFold(testRules(), decodeJSON)
	if _, err := f.Add(journal.Record{Data: []byte(`{"end":7}`)}); err == nil || f.Position().Read != 1 {
		t.Errorf("error %v, position %+v; want an error, and the record read", err, f.Position())
	}
}
