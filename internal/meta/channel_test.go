package meta

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestChannels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	server := open(t, path, clock)
	server.Start()
	e, other := createEnvironment(t, s, "shop", "k").ID, createEnvironment(t, s, "news", "n").ID
	hook := createChannel(t, s, e, All)
	clock.advance(time.Millisecond)
	mail, err := s.CreateChannel(t.Context(), Channel{
		ID: "mine", EnvironmentID: e, Name: "ops", Kind: Email, Subscription: Anomalies, Target: "ops@example.com", Secrets: []string{"mine"}, RotatedUntil: noon,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Channel{ID: mail.ID, EnvironmentID: e, Name: "ops", Kind: Email, Subscription: Anomalies, Target: "ops@example.com", CreatedAt: clock.now(), UpdatedAt: clock.now()}
	if diff := cmp.Diff(want, mail); diff != "" || mail.ID == "mine" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if len(hook.Secrets) != 1 || len(hook.Secrets[0]) != 52 || !hook.RotatedUntil.IsZero() { // 260 bits, five a letter
		t.Errorf("the webhook has secrets %q until %v, want one of 52 letters", hook.Secrets, hook.RotatedUntil)
	}
	if another := createChannel(t, s, other, All); another.Secrets[0] == hook.Secrets[0] {
		t.Error("two webhooks have the same secret")
	}
	await(t, "the channels in the other process", func() bool { return cmp.Equal([]Channel{hook, mail}, server.Channels(e)) })

	clock.advance(time.Hour)
	got, err := s.ChangeChannel(t.Context(), e, hook.ID, func(c *Channel) error {
		c.Secrets[0] = "mine" // of a copy
		c.Name, c.Enabled, c.Subscription, c.Target = "renamed", false, Thresholds, "https://example.org"
		c.ID, c.EnvironmentID, c.CreatedAt, c.RotatedUntil = "mine", other, time.Time{}, noon
		return nil
	})
	want = hook
	want.Name, want.Enabled, want.Subscription, want.Target, want.UpdatedAt = "renamed", false, Thresholds, "https://example.org", clock.now()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("changed: %v (-want +got):\n%s", err, diff)
	}
	clock.advance(time.Hour)
	if _, err := s.ChangeChannel(t.Context(), e, hook.ID, func(*Channel) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Channel(e, hook.ID); err != nil || !cmp.Equal(want, got) {
		t.Errorf("after a change of nothing: %v (-want +got):\n%s", err, cmp.Diff(want, got))
	}

	_, err1 := s.Channel(other, hook.ID)
	_, err2 := s.ChangeChannel(t.Context(), other, hook.ID, func(*Channel) error { return nil })
	_, err3 := s.RotateSecret(t.Context(), other, hook.ID)
	_, err4 := s.TestChannel(t.Context(), other, hook.ID)
	_, err5 := s.Redeliver(t.Context(), other, hook.ID, 1)
	for i, err := range []error{err1, err2, err3, err4, err5, s.RemoveChannel(t.Context(), other, hook.ID)} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%d, the channel of another environment: %v, want not found", i, err)
		}
	}
	if err := s.RemoveChannel(t.Context(), e, hook.ID); err != nil {
		t.Fatal(err)
	}
	await(t, "the removal in the other process", func() bool { return cmp.Equal([]Channel{mail}, server.Channels(e)) })
	if diff := cmp.Diff([]Channel{mail}, open(t, path, clock).Channels(e)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

// TestRotateSecret: of two rotations in a row the first secret signs no more.
func TestRotateSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	e := createEnvironment(t, s, "shop", "k").ID
	c := createChannel(t, s, e, All)
	secrets := []string{c.Secrets[0]}
	for i := range 3 {
		clock.advance(time.Hour)
		got, err := s.RotateSecret(t.Context(), e, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append([]string{got.Secrets[0]}, secrets...)
		want := c
		want.Secrets, want.RotatedUntil, want.UpdatedAt = secrets[:2], noon.Add(time.Duration(i+25)*time.Hour), clock.now()
		if diff := cmp.Diff(want, got); diff != "" || secrets[0] == secrets[1] {
			t.Errorf("rotation %d (-want +got):\n%s", i, diff)
		}
		if stored, err := open(t, path, clock).Channel(e, c.ID); err != nil || !cmp.Equal(want, stored) {
			t.Errorf("rotation %d in another process: %v (-want +got):\n%s", i, err, cmp.Diff(want, stored))
		}
	}
	slack, err := s.CreateChannel(t.Context(), Channel{EnvironmentID: e, Name: "slack", Kind: Slack, Subscription: All, Target: "https://example.com"})
	if err != nil || len(slack.Secrets) != 0 {
		t.Fatalf("%+v, %v", slack, err)
	}
	if _, err := s.RotateSecret(t.Context(), e, slack.ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a channel without a secret: %v, want a conflict", err)
	}
}

func TestInvalidChannels(t *testing.T) {
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	good := createChannel(t, s, e, All)
	for _, tt := range []struct {
		name   string
		says   string // the parameter
		change func(*Channel)
	}{
		{"no name", "name", func(c *Channel) { c.Name = "" }},
		{"name of two lines", "name", func(c *Channel) { c.Name = "a\nb" }},
		{"kind", "kind", func(c *Channel) { c.Kind = "pigeon" }},
		{"subscription", "subscription", func(c *Channel) { c.Subscription = "some" }},
		{"no target", "target", func(c *Channel) { c.Target = "" }},
		{"long target", "target", func(c *Channel) { c.Target = strings.Repeat("t", 2049) }},
	} {
		bad := good
		tt.change(&bad)
		_, err := s.CreateChannel(t.Context(), bad)
		_, errChanged := s.ChangeChannel(t.Context(), e, good.ID, func(c *Channel) error { tt.change(c); return nil })
		for _, err := range []error{err, errChanged} {
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.Invalid || f.Param != tt.says {
				t.Errorf("%s: got %v, want a fault of %s", tt.name, err, tt.says)
			}
		}
	}
	_, err := s.ChangeChannel(t.Context(), e, good.ID, func(c *Channel) error { c.Kind = Slack; return nil })
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "kind") {
		t.Errorf("another kind: %v, want a fault of kind", err)
	}
	edge := good
	edge.Target = strings.Repeat("t", 2048)
	for range 49 {
		if _, err := s.CreateChannel(t.Context(), edge); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateChannel(t.Context(), good); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "50 notification channels") {
		t.Errorf("one more than 50: %v", err)
	}
	if n := len(s.Channels(e)); n != 50 {
		t.Errorf("%d channels, want 50", n)
	}
}
