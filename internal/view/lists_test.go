package view

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/event"
)

// TestListsAreBounded folds a view in which every event tells another error,
// rendition, mode and place: none of its lists grows beyond its bound, and no
// time is lost.
func TestListsAreBounded(t *testing.T) {
	const n = 400
	long := strings.Repeat("x", 3000)
	m := NewMachine("env", "sdk", Scoring{})
	apply := func(seq int, kind event.Kind, playhead int64, fields ...event.Value) {
		now := base + int64(seq)*1000
		m.Apply(&event.Event{
			Seq: int64(seq), Kind: kind, ViewerTime: now, Playhead: playhead, Fields: fields, Origin: &event.Origin{Received: now},
		})
	}
	apply(1, event.ViewStart, 0)
	for i := range n {
		seq := 2 + 3*i
		apply(seq, event.Playing, int64(i)*10_000,
			event.Value{Field: fieldBitrate, Num: float64(i + 1)}, event.Value{Field: fieldMode, Text: fmt.Sprint(i, long)},
			event.Value{Field: fieldSourceCodec, Text: long})
		apply(seq+1, event.Pause, int64(i)*10_000+1000)
		apply(seq+2, event.Error, event.NoPlayhead,
			event.Value{Field: fieldErrorCode, Text: fmt.Sprint(i, long)}, event.Value{Field: fieldErrorMessage, Text: long})
	}
	v := m.View(Status{})
	for name, want := range map[string]struct{ elements, bytes int }{
		"error_types":                 {maxErrorTypes, maxErrorCode + maxErrorMessage + 40},
		"rendition_playing_times":     {maxShares + 1, maxRung + 20},
		"playback_mode_playing_times": {maxShares + 1, maxName + 10},
		"playback_ranges":             {maxRanges, 20},
	} {
		list := v.Elements(catalog.MustColumn(name))
		if len(list) != want.elements {
			t.Errorf("%s has %d elements, want %d", name, len(list), want.elements)
		}
		if longest := slices.MaxFunc(list, func(a, b string) int { return len(a) - len(b) }); len(longest) > want.bytes {
			t.Errorf("%s has an element of %d bytes, want at most %d", name, len(longest), want.bytes)
		}
	}
	modes, renditions := v.Elements(catalog.MustColumn("playback_mode_playing_times")), v.Elements(catalog.MustColumn("rendition_playing_times"))
	for _, last := range []string{modes[maxShares], renditions[maxShares]} {
		if parts := SplitParts(last); strings.Join(parts[:len(parts)-1], "") != "" || parts[len(parts)-1] != fmt.Sprint(1000*(n-maxShares)) {
			t.Errorf("the rest is %q, want %d ms of nothing that is known", last, 1000*(n-maxShares))
		}
	}
}

// TestToldRangesAreBounded cuts what is too long between two ranges.
func TestToldRangesAreBounded(t *testing.T) {
	var told strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&told, `,"%d:%d"`, i*10_000, i*10_000+500)
	}
	m := NewMachine("env", "sdk", Scoring{})
	m.Apply(&event.Event{Seq: 1, Kind: event.ViewStart, Fields: []event.Value{{Field: fieldPlaybackRange, Text: "[" + told.String()[1:] + "]"}}})
	list := m.View(Status{}).Elements(catalog.MustColumn("playback_ranges"))
	if len(list) != maxRanges || list[maxRanges-1] != JoinParts("1990", "1991") {
		t.Errorf("%d ranges up to %q, want %d up to 1990, 1991", len(list), list[len(list)-1], maxRanges)
	}
	if got := toldRanges(`["0:1000","2000:30`); !slices.Equal(got, []span{{0, 1000}}) {
		t.Errorf("cut in the middle: %v, want the whole ones", got)
	}
}
