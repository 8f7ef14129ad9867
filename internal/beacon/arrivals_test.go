package beacon

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/journal"
)

// noon is when the tests of arrivals begin.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// withArrivals is a server that remembers what comes, at noon.
func withArrivals(t *testing.T) (*server, *Arrivals) {
	a := NewArrivals(noon)
	s := newServer(t, func(c *Config) { c.Arrivals = a })
	s.now = noon
	return s, a
}

// TestArrivals sends beacons at several times; all numbers are counted by hand.
func TestArrivals(t *testing.T) {
	s, a := withArrivals(t)
	send := func(after time.Duration, body string, headers ...string) {
		t.Helper()
		s.now = noon.Add(after)
		s.post(t, body, headers...)
	}
	const two = `{"events":[{"ake":"key1","xid":"a"},{"ake":"key1","xid":"b"}]}` // of two partitions
	const mixed = `{"events":[{"ake":"key1","xid":"a"},{"ake":"key2","xid":"a"},{"ake":"nobody"},7]}`
	send(time.Second, two)
	send(61*time.Second, mixed)
	send(62*time.Second, `{"events":[{"ake":"typo\n"},{"ake":"typo\n"}]}`)
	send(63*time.Second, `{"events":[{"xid":"a"}]}`, "X-Litix-Env-Key", "header")
	send(64*time.Second, `no JSON`)
	send(65*time.Second, two, "Content-Encoding", "br")
	s.journal.err = journal.ErrFull
	send(66*time.Second, two)

	got := a.Report(noon.Add(2 * time.Minute))
	dropped := [len(DropReasons)]int64{3, 1, 0, 0, 0, 1}
	want := Report{
		Since: noon,
		Total: Tally{Beacons: 2, Events: 4, Bytes: int64(len(two) + len(mixed)), Lost: 5, Dropped: dropped, Refused: [len(RefusalReasons)]int64{0, 0, 1, 0, 0}},
		Minutes: []Minute{
			{noon, Tally{Beacons: 1, Events: 2, Bytes: int64(len(two))}},
			{noon.Add(time.Minute), Tally{Beacons: 1, Events: 2, Bytes: int64(len(mixed)), Lost: 5, Dropped: dropped, Refused: [len(RefusalReasons)]int64{0, 0, 1, 0, 0}}},
			{noon.Add(2 * time.Minute), Tally{}},
		},
		Environments: map[string]EnvironmentArrivals{
			"env1": {Last: noon.Add(61 * time.Second), Beacons: 2, MinuteBeacons: 0, HourBeacons: 2, Events: 3, MinuteEvents: 0, HourEvents: 3},
			"env2": {Last: noon.Add(61 * time.Second), Beacons: 1, MinuteBeacons: 0, HourBeacons: 1, Events: 1, MinuteEvents: 0, HourEvents: 1},
		},
		Unknown: []UnknownKey{
			{Key: "header", Events: 1, First: noon.Add(63 * time.Second), Last: noon.Add(63 * time.Second)},
			{Key: "typo\uFFFD", Told: true, Events: 2, First: noon.Add(62 * time.Second), Last: noon.Add(62 * time.Second)},
			{Key: "nobody", Told: true, Events: 1, First: noon.Add(61 * time.Second), Last: noon.Add(61 * time.Second)},
		},
	}
	if len(got.Minutes) != 60 {
		t.Fatalf("there are %d minutes, want 60", len(got.Minutes))
	}
	for _, m := range got.Minutes[:57] {
		if m.Tally != (Tally{}) {
			t.Errorf("before the start, at %v: %+v", m.From, m.Tally)
		}
	}
	got.Minutes = got.Minutes[57:]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}

	for after, want := range map[time.Duration][2]int64{ // beacons of env1 in the minute and in the hour before
		69 * time.Second:              {1, 2},
		time.Hour + 9*time.Second:     {0, 1},
		time.Hour + 2*time.Minute:     {0, 0},
		10*time.Hour + 61*time.Second: {0, 0},
	} {
		e := a.Report(noon.Add(after)).Environments["env1"]
		if got := [2]int64{e.MinuteBeacons, e.HourBeacons}; got != want {
			t.Errorf("after %v: %d beacons in the last minute and hour, want %d", after, got, want)
		}
	}
	if m := a.Report(noon.Add(time.Hour + 30*time.Second)).Minutes; m[0].From != noon.Add(time.Minute) || m[0].Beacons != 1 || m[59].Beacons != 0 {
		t.Errorf("an hour later: the first minute is %+v, the last %+v", m[0], m[59])
	}
}

// TestUnknownKeysAreBounded: what one beacon, and many, can have remembered.
func TestUnknownKeysAreBounded(t *testing.T) {
	s, a := withArrivals(t)
	var events []string
	for i := range 30 {
		events = append(events, fmt.Sprintf(`{"ake":"one-%02d"}`, i))
	}
	s.post(t, `{"events":[`+strings.Join(events, ",")+`]}`)
	if r := a.Report(s.now); len(r.Unknown) != maxForeignKeys || r.OtherUnknown != 20 {
		t.Errorf("one beacon: %d keys and %d events of others, want %d and 20", len(r.Unknown), r.OtherUnknown, maxForeignKeys)
	}
	s.now = noon.Add(time.Minute)
	for range 2 {
		s.post(t, `{"events":[{"ake":"typo"}]}`)
	}
	for i := range 200 {
		s.post(t, fmt.Sprintf(`{"events":[{"ake":"%s%d"}]}`, strings.Repeat("é", 40), i))
		s.post(t, fmt.Sprintf(`{"events":[{"ake":"some-%d"}]}`, i))
	}
	r := a.Report(s.now)
	var total int64
	known := map[string]int64{}
	for _, k := range r.Unknown {
		total += k.Events
		known[k.Key] = k.Events
		if len(k.Key) > maxUnknownKey {
			t.Errorf("%q has %d bytes, want at most %d", k.Key, len(k.Key), maxUnknownKey)
		}
	}
	if len(r.Unknown) > maxUnknownKeys || total+r.OtherUnknown != 432 || known["typo"] != 2 {
		t.Errorf("%d keys with %d events, %d of others, typo has %d; want at most %d, 432 together, 2", len(r.Unknown), total, r.OtherUnknown, known["typo"], maxUnknownKeys)
	}
}

// TestUnknownKeysKeepNothingElse: of a header of a megabyte, only what is shown stays.
func TestUnknownKeysKeepNothingElse(t *testing.T) {
	long := strings.Repeat("k", 1<<20)
	if key := printable(long); key != long[:maxUnknownKey] || unsafe.StringData(key) == unsafe.StringData(long) {
		t.Errorf("%q is a part of what was sent, all of which it keeps", key)
	}
}

// TestOldUnknownKeysMakeWay, however often they came.
func TestOldUnknownKeysMakeWay(t *testing.T) {
	s, a := withArrivals(t)
	for range 5 {
		s.post(t, `{"events":[{"ake":"old"}]}`)
	}
	s.now = noon.Add(unknownKeyStays)
	for i := range maxUnknownKeys {
		s.post(t, fmt.Sprintf(`{"events":[{"ake":"new-%d"}]}`, i))
	}
	r := a.Report(s.now)
	for _, k := range r.Unknown {
		if k.Key == "old" {
			t.Error("the old key is still there")
		}
	}
	if len(r.Unknown) != maxUnknownKeys || r.OtherUnknown != 5 {
		t.Errorf("%d keys, %d events of others; want %d and 5", len(r.Unknown), r.OtherUnknown, maxUnknownKeys)
	}
}

// TestArrivalsAreNotNeeded: of a server that does not remember, all is as ever.
func TestArrivalsAreNotNeeded(t *testing.T) {
	s := newServer(t, nil)
	if status := s.post(t, `{"events":[{"ake":"nobody"}]}`); status != http.StatusOK {
		t.Errorf("status %d, want 200", status)
	}
}
