package view

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/event/eventtest"
)

// recordGen draws events with the values of requests of several shapes, such as
// those of sound and picture in turn, some of them without a number.
func recordGen() *rapid.Generator[record] {
	value := rapid.Custom(func(t *rapid.T) event.Value {
		v := event.Value{Field: rapid.SampledFrom(append(slices.Clone(requestDetails), failureDetails...)).Draw(t, "field")}
		switch {
		case rapid.IntRange(0, 9).Draw(t, "null") == 0:
			v.Null = true
		case isText(v.Field):
			n := rapid.IntRange(0, 99).Draw(t, "segment")
			v.Text = rapid.SampledFrom([]string{"", "media", "ä", fmt.Sprintf("https://a/%d.ts?token=1", n), fmt.Sprintf("https://a/%d%d", n, n)}).Draw(t, "text")
		default:
			v.Num = rapid.SampledFrom([]float64{0, 1, 1.5, -2, 1e300, eventtest.Base, eventtest.Base + 1234, maxInt - 1}).Draw(t, "number")
		}
		return v
	})
	return rapid.Custom(func(t *rapid.T) record {
		e := eventtest.Odd().Draw(t, "event")
		if rapid.IntRange(0, 4).Draw(t, "numbered") > 0 {
			e.Seq = rapid.Int64Range(1, 500).Draw(t, "seq")
		}
		if rapid.Bool().Draw(t, "request") {
			e.Kind = rapid.SampledFrom([]event.Kind{event.RequestCompleted, event.RequestFailed}).Draw(t, "kind")
			e.Fields = rapid.SliceOfN(value, 0, rapid.SampledFrom([]int{3, maxDiffed + 3}).Draw(t, "most")).Draw(t, "values")
		}
		return record{key: keyOf(&e), received: e.Origin.Received, packed: string(pack(nil, &e, classOf(e.Kind)))}
	})
}

// TestHistory holds a history against a list that is sorted: it must return
// every event as it was given, the copy of each that was received first.
func TestHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h history
		var want []record
		given := rapid.SliceOfN(recordGen(), 0, 150).Draw(t, "records")
		if rapid.Bool().Draw(t, "in order") {
			slices.SortFunc(given, record.compare)
		}
		for _, r := range given {
			at, found := slices.BinarySearchFunc(want, r, record.compare)
			change := h.add(r)
			switch {
			case !found:
				want = slices.Insert(want, at, r)
			case r.before(want[at]):
				want[at] = r
			}
			if known := change == duplicate || change == replaced; known != found {
				t.Fatalf("change %d of an event that was known=%v", change, found)
			}
		}
		var got []record
		for i := range h.blocks {
			list := h.blocks[i].all()
			if len(list) > blockEvents {
				t.Fatalf("a block of %d events", len(list))
			}
			got = append(got, list...)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{})); diff != "" {
			t.Fatalf("other events (-given +kept):\n%s", diff)
		}
		if h.len() != len(want) {
			t.Fatalf("%d events counted, want %d", h.len(), len(want))
		}
	})
}
