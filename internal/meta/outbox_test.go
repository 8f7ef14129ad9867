package meta

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// openIncident opens an anomaly about a title of its own.
func openIncident(t *testing.T, s *Store, environmentID, id string) Incident {
	t.Helper()
	i := anomaly(environmentID, id, id, noon)
	evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: i, Event: Opened}}})
	return i
}

func attempted(t *testing.T, s *Store, a Attempt, state string, next time.Time) {
	t.Helper()
	if err := s.Attempted(t.Context(), a, state, next); err != nil {
		t.Fatal(err)
	}
}

// TestOutbox follows one notification from the queue through its attempts.
func TestOutbox(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	i := openIncident(t, s, e, "aaaaaa")
	list := dueNotifications(t, s, clock.now())
	want := Notification{
		ID: noon.UnixMilli(), EnvironmentID: e, ChannelID: c.ID, IncidentID: "aaaaaa", Event: Opened, Incident: i, State: Queued, QueuedAt: noon, NextAttempt: noon,
	}
	if diff := cmp.Diff([]Notification{want}, list); diff != "" {
		t.Fatalf("queued (-want +got):\n%s", diff)
	}
	id := list[0].ID
	if got := dueNotifications(t, s, noon.Add(-time.Millisecond)); got != nil {
		t.Errorf("due before it was queued: %+v", got)
	}

	refused := Attempt{NotificationID: id, At: noon.Add(time.Second), Took: 1234 * time.Microsecond, Status: 503, Error: "busy"}
	attempted(t, s, refused, Queued, noon.Add(11*time.Second))
	if got := dueNotifications(t, s, noon.Add(11*time.Second-time.Millisecond)); got != nil {
		t.Errorf("due before the next attempt: %+v", got)
	}
	want.Attempts, want.AttemptedAt, want.NextAttempt = 1, refused.At, noon.Add(11*time.Second)
	if diff := cmp.Diff([]Notification{want}, dueNotifications(t, s, noon.Add(11*time.Second))); diff != "" {
		t.Errorf("after an attempt (-want +got):\n%s", diff)
	}
	lost := Attempt{NotificationID: id, At: noon.Add(12 * time.Second), Took: 10 * time.Second, Error: strings.Repeat("é", 600)}
	attempted(t, s, lost, Failed, noon.Add(time.Hour)) // of what has failed there is no next attempt
	clock.advance(time.Hour)
	if got := dueNotifications(t, s, clock.now()); got != nil {
		t.Errorf("due after all attempts: %+v", got)
	}
	lost.Error = strings.Repeat("é", 512) // 1,024 bytes
	want.State, want.Attempts, want.AttemptedAt, want.NextAttempt, want.Incident = Failed, 2, lost.At, time.Time{}, Incident{}
	wantDelivery(t, s, Delivery{Notification: want, Log: []Attempt{lost, refused}})

	again, err := s.Redeliver(t.Context(), e, c.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	want.State, want.Attempts, want.QueuedAt, want.NextAttempt, want.Incident = Queued, 0, clock.now(), clock.now(), i
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("queued again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Notification{want}, dueNotifications(t, s, clock.now())); diff != "" {
		t.Errorf("due again (-want +got):\n%s", diff)
	}
	done := Attempt{NotificationID: id, At: clock.now(), Took: time.Millisecond, Status: 204}
	attempted(t, s, done, Delivered, time.Time{})
	want.State, want.Attempts, want.AttemptedAt, want.NextAttempt, want.Incident = Delivered, 1, done.At, time.Time{}, Incident{}
	wantDelivery(t, s, Delivery{Notification: want, Log: []Attempt{done, lost, refused}})

	_, err1 := s.Redeliver(t.Context(), e, c.ID, id+1)
	_, err2 := s.Delivery(t.Context(), e, c.ID, id+1)
	for _, err := range []error{err1, err2, s.Attempted(t.Context(), Attempt{NotificationID: id + 1, At: noon}, Delivered, time.Time{})} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown notification: %v, want not found", err)
		}
	}
}

// wantDelivery compares a delivery, alone, in the list and with its incident.
func wantDelivery(t *testing.T, s *Store, want Delivery) {
	t.Helper()
	got, err := s.Delivery(t.Context(), want.EnvironmentID, want.ChannelID, want.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("delivery: %v (-want +got):\n%s", err, diff)
	}
	l, err := s.Deliveries(t.Context(), want.EnvironmentID, want.ChannelID, DeliveryPage{Limit: 1})
	if diff := cmp.Diff([]Delivery{want}, l.Deliveries); diff != "" || err != nil {
		t.Errorf("list: %v (-want +got):\n%s", err, diff)
	}
	of, err := s.NotificationsOf(t.Context(), []string{want.IncidentID, "nobody"})
	if diff := cmp.Diff(map[string][]Notification{want.IncidentID: {want.Notification}}, of); diff != "" || err != nil {
		t.Errorf("of the incident: %v (-want +got):\n%s", err, diff)
	}
}

// TestTurns: each channel comes first with one notification before any comes with
// two, and those that have waited longer come before others.
func TestTurns(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	names := map[string]string{}
	name := func(list []Notification) (names1 []string) {
		for _, n := range list {
			names1 = append(names1, names[n.ChannelID]+" "+n.IncidentID)
		}
		return names1
	}
	names[createChannel(t, s, e, All).ID] = "first"
	for _, id := range []string{"aaaaaa", "bbbbbb", "cccccc"} {
		openIncident(t, s, e, id)
		clock.advance(time.Second)
	}
	names[createChannel(t, s, e, Anomalies).ID] = "second"
	openIncident(t, s, e, "dddddd")
	want := []string{"first aaaaaa", "second dddddd", "first bbbbbb", "first cccccc", "first dddddd"}
	for limit := range 6 {
		list, err := s.DueNotifications(t.Context(), clock.now(), limit)
		if err != nil {
			t.Fatal(err)
		}
		if got := name(list); len(got) != limit || limit > 0 && !cmp.Equal(want[:limit], got) {
			t.Errorf("the first %d: %v, want %v", limit, got, want[:limit])
		}
	}
	// One that has been tried goes behind those that have not, and they wait with it.
	attempted(t, s, Attempt{NotificationID: dueNotifications(t, s, clock.now())[0].ID, At: clock.now(), Status: 500}, Queued, clock.now().Add(time.Second))
	clock.advance(time.Second)
	want = []string{"second dddddd", "first bbbbbb", "first cccccc", "first dddddd", "first aaaaaa"}
	if got := name(dueNotifications(t, s, clock.now())); !cmp.Equal(want, got) {
		t.Errorf("after an attempt: %v, want %v", got, want)
	}
}

// TestEnvironmentsTakeTurns: many channels of one environment do not come before the
// only one of another, although they have waited longer.
func TestEnvironmentsTakeTurns(t *testing.T) {
	s, clock := openNew(t)
	large, small := createEnvironment(t, s, "large", "l").ID, createEnvironment(t, s, "small", "s").ID
	for range 4 {
		createChannel(t, s, large, All)
	}
	createChannel(t, s, small, All)
	openIncident(t, s, large, "aaaaaa")
	clock.advance(time.Second)
	openIncident(t, s, small, "bbbbbb")
	list, err := s.DueNotifications(t.Context(), clock.now(), 2)
	if err != nil || len(list) != 2 || list[0].IncidentID != "aaaaaa" || list[1].IncidentID != "bbbbbb" {
		t.Errorf("%+v, %v; want aaaaaa, bbbbbb", list, err)
	}
}

// TestRest: after an attempt that failed, what else waits for the channel is put off
// until the next one, for a minute at most; tests, what is new and other channels
// are not.
func TestRest(t *testing.T) {
	for _, test := range []struct{ wait, rest time.Duration }{{10 * time.Second, 10 * time.Second}, {time.Hour, 61 * time.Second}} {
		s, clock := openNew(t)
		e := createEnvironment(t, s, "shop", "k").ID
		failing := createChannel(t, s, e, All)
		openIncident(t, s, e, "aaaaaa")
		openIncident(t, s, e, "bbbbbb")
		if _, err := s.TestChannel(t.Context(), e, failing.ID); err != nil {
			t.Fatal(err)
		}
		createChannel(t, s, e, Anomalies)
		openIncident(t, s, e, "cccccc")
		list, err := s.DueNotifications(t.Context(), noon, 1)
		if err != nil || list[0].IncidentID != "aaaaaa" {
			t.Fatalf("%+v, %v", list, err)
		}
		a := Attempt{NotificationID: list[0].ID, At: noon, Took: time.Second, Status: 500}
		attempted(t, s, a, Queued, noon.Add(test.wait))
		clock.advance(test.rest - time.Millisecond)
		openIncident(t, s, e, "dddddd")
		want := []string{"cccccc to anomaly", " to all", "dddddd to anomaly", "dddddd to all"}
		var got []string
		for _, d := range due(t, s, clock.now()) {
			_, after, _ := strings.Cut(d, " ")
			got = append(got, after)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s after a failure (-want +got):\n%s", test.wait, diff)
		}
		clock.advance(time.Millisecond)
		if n := len(due(t, s, clock.now())); n < 6 {
			t.Errorf("%d are due after the rest; want bbbbbb and cccccc too", n)
		}
	}
}

// TestClockSetBack: a wait that is longer than any is one of before.
func TestClockSetBack(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	createChannel(t, s, e, All)
	clock.advance(365 * 24 * time.Hour)
	openIncident(t, s, e, "aaaaaa")
	clock.advance(-365 * 24 * time.Hour)
	if got := due(t, s, clock.now()); len(got) != 1 {
		t.Errorf("due: %v; want the one that was queued a year ahead", got)
	}
}

// TestInOrder: a channel is told of the end of an incident once the beginning is
// no longer to be sent, whether it got there or not. Others do not wait for it.
func TestInOrder(t *testing.T) {
	for _, state := range []string{Delivered, Failed} {
		s, clock := openNew(t)
		e := createEnvironment(t, s, "shop", "k").ID
		createChannel(t, s, e, All)
		clock.advance(time.Millisecond)
		createChannel(t, s, e, Anomalies)
		i := openIncident(t, s, e, "aaaaaa")
		evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: ended(i, IncidentClosed, noon.Add(time.Minute)), Event: Closed}}})
		later := clock.now().Add(time.Hour)
		first := dueNotifications(t, s, later)
		attempted(t, s, Attempt{NotificationID: first[0].ID, At: clock.now()}, Queued, later)
		attempted(t, s, Attempt{NotificationID: first[1].ID, At: clock.now()}, state, time.Time{})
		if diff := cmp.Diff([]string{"closed aaaaaa to anomaly"}, due(t, s, later.Add(-time.Millisecond))); diff != "" {
			t.Errorf("%s, while the other waits (-want +got):\n%s", state, diff)
		}
		if diff := cmp.Diff([]string{"closed aaaaaa to anomaly", "opened aaaaaa to all"}, due(t, s, later)); diff != "" {
			t.Errorf("%s, when the other is due (-want +got):\n%s", state, diff)
		}
	}
}

// TestEndIsToldToWhomTheBeginningWas: also if a channel does not subscribe to such
// incidents any more, or if another incident takes the place of one.
func TestEndIsToldToWhomTheBeginningWas(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	told := createChannel(t, s, e, All)
	first, second := anomaly(e, "aaaaaa", "one", noon), anomaly(e, "bbbbbb", "two", noon)
	evaluate(t, s, Evaluation{Transitions: []Transition{{Incident: first, Event: Opened}, {Incident: second, Event: Opened}}})
	if _, err := s.ChangeChannel(t.Context(), e, told.ID, func(c *Channel) error { c.Subscription = Thresholds; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, n := range dueNotifications(t, s, clock.now()) {
		attempted(t, s, Attempt{NotificationID: n.ID, At: clock.now()}, Delivered, time.Time{})
	}
	another := anomaly(e, "cccccc", "two", noon.Add(time.Minute))
	evaluate(t, s, Evaluation{Transitions: []Transition{
		{Incident: ended(first, IncidentClosed, noon.Add(time.Minute)), Event: Closed}, {Incident: another, Event: Opened},
	}})
	if diff := cmp.Diff([]string{"closed aaaaaa to threshold", "closed bbbbbb to threshold"}, due(t, s, clock.now())); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestGivenUp: what is queued for a channel that is disabled or removed is given
// up, counted, and stays in the log. An attempt under way may still get there.
func TestGivenUp(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	var three [3]Channel
	for i := range three {
		three[i] = createChannel(t, s, e, All)
		clock.advance(time.Millisecond)
	}
	disabled, removed, kept := three[0], three[1], three[2]
	openIncident(t, s, e, "aaaaaa")
	openIncident(t, s, e, "bbbbbb")
	list := dueNotifications(t, s, clock.now())
	if len(list) != 6 {
		t.Fatalf("%d queued, want 6", len(list))
	}
	if _, err := s.ChangeChannel(t.Context(), e, disabled.ID, func(c *Channel) error { c.Enabled = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveChannel(t.Context(), e, removed.ID); err != nil {
		t.Fatal(err)
	}
	for _, n := range dueNotifications(t, s, clock.now()) {
		if n.ChannelID != kept.ID {
			t.Errorf("still due: %+v", n)
		}
	}
	for reason, want := range map[string]float64{channelDisabled: 2, channelRemoved: 2, queueFull: 0} {
		if got := droppedFor(t, s, reason); got != want {
			t.Errorf("%v were counted as %s, want %v", got, reason, want)
		}
	}
	state := func(id int64) string {
		of, err := s.NotificationsOf(t.Context(), []string{"aaaaaa", "bbbbbb"})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range append(of["aaaaaa"], of["bbbbbb"]...) {
			if n.ID == id {
				return fmt.Sprint(n.State, " ", n.Attempts, " ", n.NextAttempt.IsZero())
			}
		}
		return "nowhere"
	}
	attempted(t, s, Attempt{NotificationID: list[0].ID, At: clock.now(), Status: 500}, Queued, clock.now())
	if got, want := state(list[0].ID), "failed 1 true"; got != want {
		t.Errorf("an attempt under way that went wrong: %s, want %s", got, want)
	}
	attempted(t, s, Attempt{NotificationID: list[0].ID, At: clock.now(), Status: 200}, Delivered, time.Time{})
	if got, want := state(list[0].ID), "delivered 2 true"; got != want {
		t.Errorf("an attempt under way that got there: %s, want %s", got, want)
	}
	if _, err := s.Redeliver(t.Context(), e, disabled.ID, list[0].ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("sent again to a disabled channel: %v, want a conflict", err)
	}
	openIncident(t, s, e, "cccccc") // the disabled channel is not told
	if got := due(t, s, clock.now()); len(got) != 3 {
		t.Errorf("due for the channel that is left: %v, want 3", got)
	}
}

// TestQueueIsBounded: of 1,002 notifications for a channel the first two make way.
func TestQueueIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	var transitions []Transition
	for n := range 1002 {
		transitions = append(transitions, Transition{Incident: anomaly(e, fmt.Sprintf("i%05d", n), fmt.Sprint(n), noon), Event: Opened})
	}
	evaluate(t, s, Evaluation{Transitions: transitions})
	list, err := s.DueNotifications(t.Context(), clock.now(), 2000)
	if err != nil || len(list) != 1000 || list[0].IncidentID != "i00002" || list[999].IncidentID != "i01001" {
		t.Errorf("%d are queued, %v, want 1000 from i00002 on", len(list), err)
	}
	if got := droppedFor(t, s, queueFull); got != 2 {
		t.Errorf("%v were counted, want 2", got)
	}
	l, err := s.Deliveries(t.Context(), e, c.ID, DeliveryPage{Limit: 2, Offset: 1000})
	if err != nil || l.Total != 1002 || len(l.Deliveries) != 2 || l.Deliveries[1].IncidentID != "i00000" || l.Deliveries[1].State != Failed {
		t.Errorf("the oldest ones: %+v, %v, want i00000 as failed at the end", l, err)
	}
	// Numbers rise, by one when they come faster than milliseconds.
	if got, want := list[999].ID, noon.UnixMilli()+1001; got != want {
		t.Errorf("the last number is %d, want %d", got, want)
	}
}

// TestNumbersAreNotUsedAgain: not when the clock goes back, not when all that has
// a number is forgotten, and not in the records of a backup.
func TestNumbersAreNotUsedAgain(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	createChannel(t, s, e, All)
	openIncident(t, s, e, "aaaaaa")
	last := dueNotifications(t, s, clock.now())[0].ID
	path := t.TempDir() + "/copy"
	if err := s.CopyTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	clock.advance(-time.Hour)
	openIncident(t, s, e, "bbbbbb")
	number := func(s *Store, incident string) int64 {
		of, err := s.NotificationsOf(t.Context(), []string{incident})
		if err != nil {
			t.Fatal(err)
		}
		return of[incident][0].ID
	}
	if got := number(s, "bbbbbb"); got != last+1 {
		t.Errorf("after the clock went back: %d, want %d", got, last+1)
	}
	clock.advance(2 * time.Hour)
	backup := open(t, path, clock)
	openIncident(t, backup, e, "cccccc")
	if got, want := number(backup, "cccccc"), noon.Add(time.Hour).UnixMilli(); got != want {
		t.Errorf("in the records of a backup: %d, want %d, the time", got, want)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	openIncident(t, s, e, "aaaaaa")
	id := dueNotifications(t, s, clock.now())[0].ID
	for n := range 52 {
		attempted(t, s, Attempt{NotificationID: id, At: noon.Add(time.Duration(n) * time.Second), Status: n}, Queued, noon)
	}
	d, err := s.Delivery(t.Context(), e, c.ID, id)
	if err != nil || d.Attempts != 52 || len(d.Log) != 50 || d.Log[0].Status != 51 || d.Log[49].Status != 2 {
		t.Errorf("%d attempts, %d in the log, %v, want 52 and the last 50", d.Attempts, len(d.Log), err)
	}
}

// TestTestChannel: a test is no event of an incident, goes to disabled channels
// too, and there are ten at most that wait.
func TestTestChannel(t *testing.T) {
	s, clock := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	c, err := s.CreateChannel(t.Context(), Channel{EnvironmentID: e, Name: "a", Kind: PagerDuty, Subscription: All, Target: "key"})
	if err != nil {
		t.Fatal(err)
	}
	other := createChannel(t, s, e, All)
	for n := range 10 {
		got, err := s.TestChannel(t.Context(), e, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := Notification{ID: noon.UnixMilli() + int64(n), EnvironmentID: e, ChannelID: c.ID, Event: Tested, State: Queued, QueuedAt: noon, NextAttempt: noon}
		if list := dueNotifications(t, s, clock.now()); !cmp.Equal(want, got) || !cmp.Equal(want, list[n]) {
			t.Errorf("test %d (-want +got):\n%s%s", n, cmp.Diff(want, got), cmp.Diff(want, list[n]))
		}
	}
	if _, err := s.TestChannel(t.Context(), e, c.ID); fault.CodeOf(err) != fault.Limited {
		t.Errorf("one more than 10: %v, want a limit", err)
	}
	if _, err := s.TestChannel(t.Context(), e, other.ID); err != nil {
		t.Errorf("another channel: %v", err)
	}
	attempted(t, s, Attempt{NotificationID: noon.UnixMilli(), At: noon, Status: 202}, Delivered, time.Time{})
	if _, err := s.TestChannel(t.Context(), e, c.ID); err != nil {
		t.Errorf("after one was sent: %v", err)
	}
}
