package beacon

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
	"playhead/internal/recording"
)

// TestCaptures replays every recorded request of real players, headers and
// all: each must be answered with success, and every event must be stored.
func TestCaptures(t *testing.T) {
	var summary map[string]struct{ Requests, Events int }
	recording.Summary(t, &summary)
	for name, want := range summary {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, nil)
			requests := replay(t, s, name)
			if requests != want.Requests {
				t.Errorf("%d requests, want %d", requests, want.Requests)
			}
			events := 0
			for _, r := range s.journal.records {
				var b event.Beacon
				if err := b.UnmarshalBinary(r.Data); err != nil {
					t.Fatal(err)
				}
				all, _, err := mux.Decode(&b)
				if err != nil {
					t.Fatal(err)
				}
				events += len(all)
				for _, e := range all {
					id := e.View
					if id == "" {
						id = e.Player
					}
					if p := partition(b.Environment, []byte(id)); p != r.Partition {
						t.Errorf("an event of partition %d is in %d", p, r.Partition)
					}
				}
			}
			counters := s.counters(t)
			if strings.HasPrefix(name, "14_") { // its players have no key
				if got := counters["beacon_events_dropped_total{unknown_environment}"]; got != float64(want.Events) || events > 0 {
					t.Errorf("%v events dropped and %d stored, want %d and 0", got, events, want.Events)
				}
				return
			}
			if events != want.Events || counters["beacon_events_accepted_total"] != float64(want.Events) {
				t.Errorf("%d events stored and %v counted, want %d", events, counters["beacon_events_accepted_total"], want.Events)
			}
		})
	}
}

// replay sends the requests of a recording and returns how many there were.
func replay(t *testing.T, s *server, name string) int {
	requests := recording.Requests(t, name)
	for i, in := range requests {
		r := httptest.NewRequest(in.Method, in.URL, strings.NewReader(in.Body))
		for k, v := range in.Headers {
			r.Header.Set(k, v)
		}
		r.Host = in.Headers["host"]
		want := http.StatusOK
		if in.Method == http.MethodOptions {
			want = http.StatusNoContent
		}
		if answer := s.do(t, r); answer.StatusCode != want {
			t.Errorf("%s: request %d: status %d, want %d", name, i+1, answer.StatusCode, want)
		}
	}
	return len(requests)
}
