package mux

import (
	"maps"
	"slices"
	"testing"

	"playhead/internal/event"
	"playhead/internal/recording"
)

type request struct {
	file string
	body []byte
}

// recorded reads the bodies of all recorded requests.
func recorded(t testing.TB) (all []request) {
	for _, name := range recording.Names(t) {
		for _, r := range recording.Posts(t, name) {
			all = append(all, request{name, []byte(r.Body)})
		}
	}
	return all
}

// TestCaptures decodes every recorded body and compares with what was found in
// them by other means: the number of events and the last values of each view.
func TestCaptures(t *testing.T) {
	var summary map[string]struct {
		Events int
		Views  []struct {
			ID     string   `json:"view_id"`
			Events int      // without duplicates
			TTFF   *float64 `json:"time_to_first_frame"`
			Watch  *float64 `json:"watch_time"`
			Range  *string  `json:"playback_range"`
		}
	}
	recording.Summary(t, &summary)
	events := map[string]int{}
	type id struct{ file, view string }
	numbers := map[id]map[int64]bool{}
	last := map[id]map[string]event.Value{}
	for _, r := range recorded(t) {
		got, stats, err := Decode(&event.Beacon{Body: r.body})
		if err != nil {
			t.Fatal(r.file, err)
		}
		if stats.Skipped+stats.Invalid+stats.Cut > 0 || stats.Unknown > 0 && r.file != "19_tab_hidden_and_updateData_unknown_keys" {
			t.Errorf("%s: left out %+v", r.file, stats)
		}
		events[r.file] += len(got)
		for i := range got {
			checkEvent(t, &got[i])
			view := id{r.file, got[i].View}
			if numbers[view] == nil {
				numbers[view], last[view] = map[int64]bool{}, map[string]event.Value{}
			}
			if numbers[view][got[i].Seq] {
				continue
			}
			numbers[view][got[i].Seq] = true
			for _, v := range got[i].Fields {
				last[view][v.Field.Name()] = v
			}
		}
	}
	for file, want := range summary {
		if events[file] != want.Events {
			t.Errorf("%s: %d events, want %d", file, events[file], want.Events)
		}
		for _, v := range want.Views {
			got := last[id{file, v.ID}]
			if n := len(numbers[id{file, v.ID}]); n != v.Events {
				t.Errorf("%s: view %s has %d events, want %d", file, v.ID, n, v.Events)
			}
			for name, number := range map[string]*float64{"view_time_to_first_frame": v.TTFF, "view_watch_time": v.Watch} {
				if number != nil && got[name].Num != *number {
					t.Errorf("%s: view %s: %s = %v, want %v", file, v.ID, name, got[name].Num, *number)
				}
			}
			if v.Range != nil && got["video_playback_range"].Text != *v.Range {
				t.Errorf("%s: view %s: range %s, want %s", file, v.ID, got["video_playback_range"].Text, *v.Range)
			}
		}
		delete(events, file)
	}
	if len(events) > 0 {
		t.Errorf("captures without a summary: %v", slices.Sorted(maps.Keys(events)))
	}
}
