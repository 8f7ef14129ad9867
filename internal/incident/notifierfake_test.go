package incident_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// outbox keeps notifications as the records do.
type outbox struct {
	mu       sync.Mutex
	list     []meta.Notification
	attempts []meta.Attempt
	failures int // of Attempted that are still to come
	channels map[string]meta.Channel
}

func (o *outbox) DueNotifications(_ context.Context, now time.Time, limit int) (due []meta.Notification, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range o.list {
		if n.State == meta.Queued && !n.NextAttempt.After(now) && len(due) < limit {
			due = append(due, n)
		}
	}
	return due, nil
}

func (o *outbox) Attempted(_ context.Context, a meta.Attempt, state string, next time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failures > 0 {
		o.failures--
		return errors.New("the disk is full")
	}
	o.attempts = append(o.attempts, a)
	n := &o.list[a.NotificationID-1]
	if n.State == "" {
		return fault.New(fault.NotFound, "there is no such notification")
	}
	n.State, n.NextAttempt, n.AttemptedAt = state, next, a.At
	n.Attempts++
	for k := range o.list {
		if other := &o.list[k]; state == meta.Queued && other.State == meta.Queued && other.ChannelID == n.ChannelID && other.NextAttempt.Before(next) {
			other.NextAttempt = next
		}
	}
	return nil
}

func (o *outbox) Channel(_, id string) (meta.Channel, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok := o.channels[id]
	if !ok {
		return c, fault.New(fault.NotFound, "there is no such channel")
	}
	return c, nil
}

func (o *outbox) EnvironmentByID(id string) (meta.Environment, bool) {
	return meta.Environment{ID: id, Name: "Production"}, true
}

// put adds a notification of the opening of an incident of its own.
func (o *outbox) put(environment, channel string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.channels[channel]; !ok {
		o.channels[channel] = meta.Channel{ID: channel, EnvironmentID: environment, Kind: meta.Webhook, Enabled: true, Target: "https://example.com/secret-path?key=hush", Secrets: []string{"signing-secret"}}
	}
	id := int64(len(o.list) + 1)
	n := notification(anomaly(), meta.Opened)
	n.ID, n.EnvironmentID, n.ChannelID, n.IncidentID = id, environment, channel, fmt.Sprintf("inc%03d", id)
	n.QueuedAt, n.NextAttempt = time.Now(), time.Now()
	o.list = append(o.list, n)
}

// change changes the notification put last.
func (o *outbox) change(f func(n *meta.Notification, c *meta.Channel)) {
	n := &o.list[len(o.list)-1]
	c := o.channels[n.ChannelID]
	f(n, &c)
	o.channels[n.ChannelID] = c
}

func (o *outbox) states() (list []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range o.list {
		list = append(list, fmt.Sprintf("%s after %d", n.State, n.Attempts))
	}
	return list
}

// sender is a receiver with its wire. What it does with a message is up to the
// test.
type sender struct {
	mu      sync.Mutex
	got     []string // "channel id-of-message"
	running map[string]int
	most    map[string]int // at once, by channel and environment
	answer  func(ctx context.Context, c meta.Channel, m incident.Message) (int, error)
}

func (s *sender) Check(meta.Channel) error { return nil }

func (s *sender) Send(ctx context.Context, c meta.Channel, m incident.Message) (int, error) {
	keys := []string{c.ID, m.EnvironmentID, ""}
	s.mu.Lock()
	s.got = append(s.got, c.ID+" "+m.ID)
	for _, key := range keys {
		s.running[key]++
		s.most[key] = max(s.most[key], s.running[key])
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, key := range keys {
			s.running[key]--
		}
	}()
	return s.answer(ctx, c, m)
}

func (s *sender) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

// after returns an answer that comes after a time.
func after(d time.Duration, status int, err error) func(context.Context, meta.Channel, incident.Message) (int, error) {
	return func(ctx context.Context, _ meta.Channel, _ incident.Message) (int, error) {
		select {
		case <-time.After(d):
			return status, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

type fixture struct {
	*incident.Notifier
	outbox *outbox
	sender *sender
	log    *bytes.Buffer
}

// notifier makes a notifier that is not started. Tests run in a bubble, in which
// time passes as soon as everybody waits for it.
func notifier(t *testing.T, answer func(context.Context, meta.Channel, incident.Message) (int, error)) *fixture {
	t.Helper()
	f := &fixture{
		outbox: &outbox{channels: map[string]meta.Channel{}}, log: new(bytes.Buffer),
		sender: &sender{answer: answer, running: map[string]int{}, most: map[string]int{}},
	}
	f.Notifier = f.again(t)
	return f
}

// again makes another notifier over the same outbox, as after a restart.
func (f *fixture) again(t *testing.T) *incident.Notifier {
	t.Helper()
	n, err := incident.NewNotifier(incident.NotifierConfig{
		Outbox: f.outbox, Channels: f.outbox, Senders: map[string]incident.Sender{meta.Webhook: f.sender},
		Clock: time.Now, Logger: slog.New(slog.NewTextHandler(f.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pass has so much time pass, and everything done that there is to do until then.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (f *fixture) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.outbox.states()); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

func stopped(t *testing.T, n *incident.Notifier) {
	t.Helper()
	if err := n.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
}
