package eventtest

import (
	"testing"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/recording"
)

// Beacons are the events of a recording, beacon by beacon, in the order of
// arrival.
func Beacons(t testing.TB, name string) [][]event.Event {
	t.Helper()
	var all [][]event.Event
	for _, r := range recording.Posts(t, name) {
		events, _, err := mux.Decode(&event.Beacon{Received: r.Received, Client: Client(), Body: []byte(r.Body)})
		if err != nil {
			t.Fatal(name, err)
		}
		all = append(all, events)
	}
	return all
}

// Recorded are the events of each view of a recording that begins, by the name
// of the view.
func Recorded(t testing.TB, name string) map[string][]event.Event {
	t.Helper()
	views := map[string][]event.Event{}
	for _, beacon := range Beacons(t, name) {
		for i := range beacon {
			if e := &beacon[i]; e.View != "" {
				views[e.View] = append(views[e.View], *e)
			}
		}
	}
	return views
}
