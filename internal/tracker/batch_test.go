package tracker_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/enrich"
	"playhead/internal/journal"
	"playhead/internal/recording"
)

// body is a recorded one, in its parts.
type body struct {
	Metadata map[string]any    `json:"metadata"`
	Events   []json.RawMessage `json:"events"`
}

// TestBatches sends what was recorded in other batches: each event alone, and
// all events of a recording together. The time of sending, which is what views
// know the player's clock by, is the same for all.
func TestBatches(t *testing.T) {
	places, err := enrich.New(enrich.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := &path{places: places}
	send := func(bodies ...body) (records []journal.Record) {
		for _, b := range bodies {
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, p.post(t, text, "")...)
		}
		return records
	}
	for _, name := range recording.Names(t) {
		var recorded, alone []body
		var together body
		for _, r := range recording.Posts(t, name) {
			var b body
			if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
				t.Fatal(name, err)
			}
			if together.Metadata == nil {
				together.Metadata = map[string]any{"transmission_timestamp": r.Received}
			}
			b.Metadata = together.Metadata
			recorded = append(recorded, b)
			for i := range b.Events {
				alone = append(alone, body{b.Metadata, b.Events[i : i+1]})
			}
			together.Events = slices.Concat(together.Events, b.Events)
		}
		want := p.fold(t, send(recorded...))
		for what, bodies := range map[string][]body{"each event alone": alone, "all together": {together}} {
			if diff := cmp.Diff(want, p.fold(t, send(bodies...))); diff != "" {
				t.Errorf("%s: views (-as recorded, +%s):\n%s", name, what, diff)
			}
		}
	}
}
