package load

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// message is what of a sent body is looked at.
type message struct {
	Metadata struct {
		Sent int64 `json:"transmission_timestamp"`
	} `json:"metadata"`
	Events []struct {
		View   string  `json:"xid"`
		Key    string  `json:"ake"`
		Player string  `json:"pinid"`
		Time   float64 `json:"uti"`
	} `json:"events"`
}

// sent reads a request as a server does.
func sent(t *testing.T, wire []byte) (m message) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWrite sends every session twice: as it was recorded but for the ids, and
// 1000 ms later with other ids.
func TestWrite(t *testing.T) {
	sessions, err := Sessions("../../testdata/captures")
	if err != nil {
		t.Fatal(err)
	}
	views := map[string]bool{}
	want := 0
	for _, s := range sessions {
		want += 2 * s.Views
		for i := range s.posts {
			p := &s.posts[i]
			first, second := sent(t, p.write(nil, 1, 0)), sent(t, p.write(nil, mix(uint64(len(s.Name))), 1000))
			if first.Metadata.Sent > 0 && second.Metadata.Sent-first.Metadata.Sent != 1000 {
				t.Errorf("%s: sent at %d and %d, want 1000 ms between", s.Name, first.Metadata.Sent, second.Metadata.Sent)
			}
			if got := len(first.Events); got != p.events {
				t.Errorf("%s: %d events, want %d", s.Name, got, p.events)
			}
			for j, e := range first.Events {
				other := second.Events[j]
				if e.Key != EnvKey || e.View == other.View || e.Player == other.Player || other.Time-e.Time != 1000 {
					t.Errorf("%s: %+v and %+v: want the key, other ids and 1000 ms between", s.Name, e, other)
				}
				views[s.Name+e.View], views[s.Name+other.View] = true, true
			}
		}
	}
	if diff := cmp.Diff(want, len(views)); diff != "" {
		t.Errorf("different views (-want, +got):\n%s", diff)
	}
}
