package mux

import (
	"strings"
	"testing"

	"playhead/internal/event"
)

// TestLongestMetadata cuts bodies with metadata as long as parts may repeat, and
// a byte longer.
func TestLongestMetadata(t *testing.T) {
	const begin, end = `{"transmission_timestamp":7,"x":"`, `"}`
	longest := begin + strings.Repeat("x", MaxMeta-len(begin)-len(end)) + end
	for metadata, sent := range map[string]int64{longest: 7, strings.Replace(longest, "x\"}", "xx\"}", 1): 0} {
		n := -1
		parts, _, err := Split([]byte(`{"metadata":`+metadata+`,"events":[{},{}]}`), func(_, _, _ []byte) int { n++; return n })
		if err != nil || len(parts) != 2 {
			t.Fatalf("%d parts, %v", len(parts), err)
		}
		for _, part := range parts {
			if events, _ := decode(t, string(part)); events[0].Origin.Sent != sent {
				t.Errorf("metadata of %d bytes: sent at %d, want %d", len(metadata), events[0].Origin.Sent, sent)
			}
		}
	}
}

// TestLongestKey reads a field by a key as long as one that is decoded may be,
// and by one a byte longer.
func TestLongestKey(t *testing.T) {
	long := event.MustLookup("player_manifest_newest_program_time")
	key := "_" + strings.ReplaceAll(long.Name(), "_", "__") + "_"
	if s, ok := slotOf([]byte(key)); !ok || s.field != long {
		t.Fatalf("%s is %+v, %v", key, s, ok)
	}
	if len(key) > maxKey {
		t.Errorf("the longest field takes %d bytes, and %d are read", len(key), maxKey)
	}
	if _, ok := slotOf([]byte(strings.Repeat("x", maxKey+1))); ok {
		t.Error("a longer key names a field")
	}
}

// TestNumbersOfEvents reads numbers at the edge of what counts events.
func TestNumbersOfEvents(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "9007199254740992": 1 << 53, "9007199254740994": 0, "9223372036854775808": 0, "-1": 0, "1.4": 1, `"3"`: 3, "1e400": 0, "null": 0,
	} {
		events, _ := decode(t, `{"events":[{"xsqno":`+text+`}]}`)
		if events[0].Seq != want {
			t.Errorf("number %s is %d, want %d", text, events[0].Seq, want)
		}
	}
}

// TestTimesOfEvents reads times at the edge of what is taken.
func TestTimesOfEvents(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "-1": 0, "253402300800000": 253402300800000, "253402300800001": 0, "1e308": 0, `"NaN"`: 0, `"Infinity"`: 0,
	} {
		events, _ := decode(t, `{"metadata":{"transmission_timestamp":`+text+`},"events":[{"uti":`+text+`}]}`)
		if e := events[0]; e.ViewerTime != want || e.Origin.Sent != want {
			t.Errorf("time %s is %d, sent at %d; want %d", text, e.ViewerTime, e.Origin.Sent, want)
		}
	}
}
