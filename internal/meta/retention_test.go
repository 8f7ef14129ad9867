package meta

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func forget(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestForgetIncidents: 400 days after its end was told, an incident goes with all
// that was told of it. One that is open stays, however old it is.
func TestForgetIncidents(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	open, closed, later := anomaly(e, "aaaaaa", "A", noon), anomaly(e, "bbbbbb", "B", noon), anomaly(e, "cccccc", "C", noon)
	evaluate(t, s, Evaluation{Transitions: []Transition{
		{Incident: open, Event: Opened},
		{Incident: closed, Event: Opened},
		{Incident: later, Event: Opened},
		{Incident: ended(closed, IncidentClosed, noon.Add(-time.Second)), Event: Closed}, // told at noon
		{Incident: ended(later, IncidentExpired, noon), Event: Expired},                  // a second later
	}})
	attempted(t, s, Attempt{NotificationID: dueNotifications(t, s, clock.now())[1].ID, At: noon.Add(399 * 24 * time.Hour), Status: 200}, Delivered, time.Time{})
	rows := func() (n int) {
		t.Helper()
		if err := s.db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM notifications) + (SELECT COUNT(*) FROM attempts)`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tt := range []struct {
		after time.Duration
		want  []string
		rows  int
	}{
		{400 * 24 * time.Hour, []string{"aaaaaa", "bbbbbb", "cccccc"}, 6},
		{400*24*time.Hour + time.Millisecond, []string{"aaaaaa", "cccccc"}, 3},
		{400*24*time.Hour + time.Second + time.Millisecond, []string{"aaaaaa"}, 1},
		{4000 * 24 * time.Hour, []string{"aaaaaa"}, 1},
	} {
		clock.advance(noon.Add(tt.after).Sub(clock.now()))
		forget(t, s)
		l, err := s.Incidents(t.Context(), e, IncidentPage{Limit: 10})
		if err != nil || !cmp.Equal(tt.want, ids(l.Incidents)) || rows() != tt.rows {
			t.Errorf("after %v: %v and %d rows of the log, %v, want %v and %d", tt.after, ids(l.Incidents), rows(), err, tt.want, tt.rows)
		}
	}
	if got := due(t, s, clock.now()); len(got) != 1 { // what is queued is not forgotten
		t.Errorf("due: %v, want the opening", got)
	}
	if l, err := s.Deliveries(t.Context(), e, c.ID, DeliveryPage{Limit: 10}); err != nil || l.Total != 1 {
		t.Errorf("%d deliveries, %v, want 1", l.Total, err)
	}
	if got := droppedFor(t, s, incidentsFull); got != 0 {
		t.Errorf("%v were counted as too many", got)
	}
}

// TestForgetDeliveries: what was sent, and the attempts, are kept for 30 days; that
// an incident was told of, as long as the incident. Tests go altogether.
func TestForgetDeliveries(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	openIncident(t, s, e, "aaaaaa")
	openIncident(t, s, e, "bbbbbb")
	test, err := s.TestChannel(t.Context(), e, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	list := dueNotifications(t, s, clock.now())
	sent, waits := list[0], list[1]
	for _, id := range []int64{sent.ID, test.ID} {
		attempted(t, s, Attempt{NotificationID: id, At: noon.Add(time.Second), Status: 200}, Delivered, time.Time{})
	}
	attempted(t, s, Attempt{NotificationID: waits.ID, At: noon, Status: 500}, Queued, noon)
	log := func() map[int64]int {
		t.Helper()
		l, err := s.Deliveries(t.Context(), e, c.ID, DeliveryPage{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		attempts := map[int64]int{}
		for _, d := range l.Deliveries {
			attempts[d.ID] = len(d.Log)
		}
		return attempts
	}
	const month = 30 * 24 * time.Hour
	for _, tt := range []struct {
		after time.Duration
		want  map[int64]int // attempts by notification
	}{
		{month, map[int64]int{sent.ID: 1, waits.ID: 1, test.ID: 1}},
		{month + time.Millisecond, map[int64]int{sent.ID: 1, waits.ID: 0, test.ID: 1}},
		{month + time.Second + time.Millisecond, map[int64]int{sent.ID: 0, waits.ID: 0}},
	} {
		clock.advance(noon.Add(tt.after).Sub(clock.now()))
		forget(t, s)
		if diff := cmp.Diff(tt.want, log()); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", tt.after, diff)
		}
	}
	if _, err := s.Redeliver(t.Context(), e, c.ID, sent.ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("to be sent again, which is not kept any longer: %v, want a conflict", err)
	}
	if got := dueNotifications(t, s, clock.now()); len(got) != 1 || got[0].Incident.ID != "bbbbbb" {
		t.Errorf("due: %+v, want what waits, with its incident", got)
	}
}

// TestForgetTooManyIncidents: of 10,002 incidents of an environment that have ended
// the two go that ended first. Those of others, and those that are open, do not count.
func TestForgetTooManyIncidents(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, _ := openNew(t)
	e, other := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	var transitions []Transition
	for n := range 10_002 {
		i := anomaly(e, fmt.Sprintf("i%05d", n), fmt.Sprint(n), noon)
		i.Causes = nil
		transitions = append(transitions, Transition{Incident: ended(i, IncidentClosed, noon.Add(-time.Duration(n)*time.Second))}) // the last one ended first
	}
	for _, id := range []string{"open00", "open01"} {
		transitions = append(transitions, Transition{Incident: anomaly(e, id, id, noon.Add(-time.Hour))})
	}
	transitions = append(transitions, Transition{Incident: ended(anomaly(other, "other0", "x", noon), IncidentClosed, noon.Add(-100*24*time.Hour))})
	evaluate(t, s, Evaluation{Transitions: transitions})
	forget(t, s)
	l, err := s.Incidents(t.Context(), e, IncidentPage{OrderBy: IncidentsByKey, Limit: 20_000})
	if err != nil || l.Total != 10_002 {
		t.Errorf("%d incidents are left, %v, want 10002", l.Total, err)
	}
	for _, i := range l.Incidents {
		if i.ID == "i10000" || i.ID == "i10001" {
			t.Errorf("%s is left", i.ID)
		}
	}
	if _, err := s.Incident(t.Context(), other, "other0"); err != nil {
		t.Errorf("the incident of another environment: %v", err)
	}
	if got := droppedFor(t, s, incidentsFull); got != 2 {
		t.Errorf("%v were counted as too many, want 2", got)
	}
}

// TestForgetMany: more than one transaction takes.
func TestForgetMany(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	var transitions []Transition
	for n := range 2*maxForgotten + 1 {
		transitions = append(transitions, Transition{Incident: ended(anomaly(e, fmt.Sprintf("i%05d", n), "A", noon), IncidentClosed, noon)})
	}
	evaluate(t, s, Evaluation{Transitions: transitions})
	clock.advance(401 * 24 * time.Hour)
	forget(t, s)
	if l, err := s.Incidents(t.Context(), e, IncidentPage{Limit: 1}); err != nil || l.Total != 0 {
		t.Errorf("%d incidents are left, %v", l.Total, err)
	}
}
