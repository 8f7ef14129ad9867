package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/journal"
)

// drawControl is a decision as a tracker may have taken it after some records.
func drawControl(t *rapid.T, records int64) control {
	if rapid.Bool().Draw(t, "renew") {
		r := renewal{Environment: "env", View: rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "view")}
		if rapid.Bool().Draw(t, "goes on") {
			r.After = &before{
				Seq: rapid.Int64Range(0, 6).Draw(t, "seq"), Time: 1_700_000_000_000, Playing: rapid.Bool().Draw(t, "playing"),
				Fields: map[string]any{"video_title": "a title"}, Totals: map[string]any{"view_watch_time": 7.0},
			}
		}
		return control{Renew: []renewal{r}}
	}
	return control{End: []ending{{
		Environment: rapid.SampledFrom([]string{"env", "env", "other"}).Draw(t, "environment"),
		Before:      rapid.Int64Range(0, records).Draw(t, "before"),
	}}}
}

// TestControlStays reads controls as earlier versions have written them: they
// are in journals.
func TestControlStays(t *testing.T) {
	c := control{
		End: []ending{{Environment: "e1", Before: 17}},
		Renew: []renewal{{Environment: "e2", View: "v1"}, {Environment: "e2", View: "v2", After: &before{
			Seq: 3, Time: 4, Player: "p", Playing: true,
			Fields: map[string]any{"video_title": "t"}, Totals: map[string]any{"view_watch_time": 5.5}, Client: map[string]any{"client_asn": 6.0},
		}}},
	}
	const written = `{"end":[{"environment":"e1","before":17}],"renew":[{"environment":"e2","view":"v1"},` +
		`{"environment":"e2","view":"v2","after":{"seq":3,"time":4,"player":"p","playing":true,` +
		`"fields":{"video_title":"t"},"totals":{"view_watch_time":5.5},"client":{"client_asn":6}}}]}`
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
