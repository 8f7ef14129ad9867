package incident_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

func TestDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(250*time.Millisecond, 204, nil))
		f.outbox.put("env", "a")
		f.Start()
		defer stopped(t, f.Notifier)
		begun := time.Now()
		pass(300 * time.Millisecond)
		f.want(t, "delivered after 1")
		want := []meta.Attempt{{NotificationID: 1, At: begun, Took: 250 * time.Millisecond, Status: 204}}
		if diff := cmp.Diff(want, f.outbox.attempts); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		// What comes later is seen within a second, or at once when woken.
		f.outbox.put("env", "a")
		pass(1300 * time.Millisecond)
		f.outbox.put("env", "a")
		f.Wake()
		f.Wake()
		pass(251 * time.Millisecond)
		f.want(t, "delivered after 1", "delivered after 1", "delivered after 1")
		if f.log.Len() > 0 {
			t.Errorf("there are lines in the log: %s", f.log)
		}
	})
}

// TestRetries: each attempt is the same message, until it is taken.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := 4
		f := notifier(t, func(context.Context, meta.Channel, incident.Message) (int, error) {
			if left--; left > 0 {
				return 503, errors.New("the receiver answers 503")
			}
			return 200, nil
		})
		f.outbox.put("env", "a")
		f.Start()
		defer stopped(t, f.Notifier)
		begun := time.Now()
		pass(2 * time.Minute)
		f.want(t, "delivered after 4")
		var at []time.Duration
		for _, a := range f.outbox.attempts {
			at = append(at, a.At.Sub(begun).Round(5*time.Second))
		}
		if want := []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("attempts at %s; want %s", at, want)
		}
		if got := slices.Compact(slices.Clone(f.sender.got)); len(got) != 1 {
			t.Errorf("messages %v; want the same each time", got)
		}
		if n := strings.Count(f.log.String(), "\n"); n != 1 {
			t.Errorf("%d lines in the log; want one of the first failure:\n%s", n, f.log)
		}
	})
}

func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(0, 500, errors.New("the receiver answers 500")))
		f.outbox.put("env", "a")
		f.Start()
		defer stopped(t, f.Notifier)
		pass(25 * time.Hour)
		f.want(t, "failed after 32")
		if text := f.log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "given up") {
			t.Errorf("log:\n%s\nwant a line of the first failure and one of the last", text)
		}
	})
}

func TestTriedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		change func(n *meta.Notification, c *meta.Channel)
		err    error
		want   string
		sent   int
		reason string
	}{
		"permanent":        {nil, &incident.Failure{Err: errors.New("gone for ever"), Permanent: true}, "failed after 1", 1, "gone for ever"},
		"test":             {func(n *meta.Notification, _ *meta.Channel) { n.Event = meta.Tested }, errors.New("no"), "failed after 1", 1, "no"},
		"test of disabled": {func(n *meta.Notification, c *meta.Channel) { n.Event, c.Enabled = meta.Tested, false }, nil, "delivered after 1", 1, ""},
		"disabled":         {func(_ *meta.Notification, c *meta.Channel) { c.Enabled = false }, nil, "failed after 1", 0, "the channel is disabled"},
		"removed":          {func(n *meta.Notification, _ *meta.Channel) { n.ChannelID = "none" }, nil, "failed after 1", 0, "the channel has been removed"},
		"unknown kind":     {func(_ *meta.Notification, c *meta.Channel) { c.Kind = "pigeon" }, nil, "failed after 1", 0, "the server does not send to channels of this kind"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := notifier(t, after(0, 200, test.err))
				f.outbox.put("env", "a")
				if test.change != nil {
					n, c := &f.outbox.list[0], f.outbox.channels["a"]
					test.change(n, &c)
					f.outbox.channels["a"] = c
				}
				f.Start()
				defer stopped(t, f.Notifier)
				pass(48 * time.Hour)
				f.want(t, test.want)
				if f.sender.count() != test.sent || f.outbox.attempts[0].Error != test.reason {
					t.Errorf("sent %d times, error %q; want %d, %q", f.sender.count(), f.outbox.attempts[0].Error, test.sent, test.reason)
				}
			})
		})
	}
}

// TestFairness has an environment whose many channels do not answer, and another
// whose channel does: that does not wait.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, func(ctx context.Context, c meta.Channel, _ incident.Message) (int, error) {
			if c.EnvironmentID == "good" {
				return 200, nil
			}
			<-ctx.Done()
			return 0, ctx.Err()
		})
		for i := range 80 {
			f.outbox.put(fmt.Sprintf("bad%d", i%2), fmt.Sprintf("bad%d-%d", i%2, i%20))
		}
		f.outbox.put("good", "good")
		f.outbox.put("good", "good")
		f.Start()
		defer stopped(t, f.Notifier)
		pass(time.Second)
		if states := f.outbox.states()[80:]; !slices.Equal(states, []string{"delivered after 1", "delivered after 1"}) {
			t.Errorf("the good ones are %v", states)
		}
		pass(time.Hour)
		if most := f.sender.most; most["bad0"] != 4 || most["bad1"] != 4 || most["bad0-0"] != 1 {
			t.Errorf("at most at once: %v; want 4 of an environment, 1 of a channel", most)
		}
	})
}

func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(time.Second, 200, nil))
		for i := range 100 {
			f.outbox.put(fmt.Sprintf("env%d", i), fmt.Sprintf("channel%d", i))
		}
		f.Start()
		defer stopped(t, f.Notifier)
		pass(20 * time.Second)
		if f.sender.most[""] != 16 || f.sender.count() != 100 {
			t.Errorf("%d attempts, at most %d at once; want 100, 16", f.sender.count(), f.sender.most[""])
		}
	})
}

// TestRest: a channel that has failed is left alone, with all that waits for it,
// unless people test it.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := errors.New("no")
		f := notifier(t, func(context.Context, meta.Channel, incident.Message) (int, error) { return 0, answer })
		for range 5 {
			f.outbox.put("env", "a")
		}
		f.Start()
		defer stopped(t, f.Notifier)
		pass(9 * time.Second)
		if n := f.sender.count(); n != 1 {
			t.Errorf("%d attempts in 9 s; want 1", n)
		}
		answer = nil
		f.outbox.put("env", "a")
		f.outbox.change(func(n *meta.Notification, _ *meta.Channel) { n.Event = meta.Tested })
		f.Wake()
		synctest.Wait()
		f.want(t, "queued after 1", "queued after 0", "queued after 0", "queued after 0", "queued after 0", "delivered after 1")
		pass(2 * time.Second)
		f.want(t, "delivered after 2", "delivered after 1", "delivered after 1", "delivered after 1", "delivered after 1", "delivered after 1")
	})
}

// TestUnrecorded: what was sent is not sent again because that cannot be written
// down.
func TestUnrecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(0, 200, nil))
		f.outbox.failures = 5
		f.outbox.put("env", "a")
		f.outbox.put("env", "b")
		f.Start()
		defer stopped(t, f.Notifier)
		pass(10 * time.Second)
		f.want(t, "delivered after 1", "delivered after 1")
		if f.sender.count() != 2 {
			t.Errorf("sent %d times; want 2", f.sender.count())
		}
	})
}

// TestRemoved: a notification that is removed while it is sent holds up nothing.
func TestRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(time.Second, 200, nil))
		f.outbox.put("env", "a")
		f.outbox.put("env", "a")
		f.Start()
		defer stopped(t, f.Notifier)
		pass(500 * time.Millisecond)
		f.outbox.mu.Lock()
		f.outbox.list[0].State = ""
		f.outbox.mu.Unlock()
		pass(3 * time.Second)
		f.want(t, " after 0", "delivered after 1")
	})
}

// TestKilled: the process dies when the receiver has the message, and before that
// is written down. The next one sends it again, with the same id.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(0, 200, nil))
		f.outbox.failures = 1 << 30
		f.outbox.put("env", "a")
		f.Start()
		pass(3 * time.Second)
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Stop(over); !errors.Is(err, context.Canceled) {
			t.Errorf("stop: %v; want that it was broken off", err)
		}
		f.want(t, "queued after 0")
		f.outbox.failures = 0
		next := f.again(t)
		next.Start()
		defer stopped(t, next)
		pass(time.Second)
		f.want(t, "delivered after 1")
		if len(f.sender.got) != 2 || f.sender.got[0] != f.sender.got[1] {
			t.Errorf("sent %v; want the same twice", f.sender.got)
		}
	})
}

// TestStop: what runs is waited for, and broken off when there is no time.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := notifier(t, after(3*time.Second, 200, nil))
		f.outbox.put("env", "a")
		f.outbox.put("env", "a")
		f.Start()
		pass(time.Second)
		stopped(t, f.Notifier)
		stopped(t, f.Notifier)
		f.want(t, "delivered after 1", "queued after 0")

		next := f.again(t)
		next.Start()
		pass(time.Second)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := next.Stop(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stop: %v; want that time is up", err)
		}
		f.want(t, "delivered after 1", "queued after 0")
		f.sender.answer = after(time.Hour, 200, nil)
		last := f.again(t)
		last.Start()
		pass(time.Second)
		begun := time.Now()
		stopped(t, last)
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("stop took %s; want that it waits for 5 s", took)
		}
		f.want(t, "delivered after 1", "queued after 0")
		f.sender.answer = func(ctx context.Context, _ meta.Channel, _ incident.Message) (int, error) {
			<-ctx.Done()
			return 200, nil
		}
		taken := f.again(t)
		taken.Start()
		pass(time.Second)
		stopped(t, taken)
		f.want(t, "delivered after 1", "delivered after 1") // at the last moment: it is not sent again
		if err := f.again(t).Stop(t.Context()); err != nil {
			t.Errorf("stop of what was not started: %v", err)
		}
	})
}

// TestSecrets: whatever a sender says, no secret is kept or logged.
func TestSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secrets := []string{"signing-secret", "https://example.com/secret-path?key=hush", "/secret-path?key=hush", "/secret-path", "key=hush"}
		f := notifier(t, after(0, 0, errors.New(strings.Join(secrets, ", ")+" failed\n"+strings.Repeat("long ", 100))))
		f.outbox.put("env", "a")
		f.Start()
		defer stopped(t, f.Notifier)
		pass(time.Second)
		for what, text := range map[string]string{"error": f.outbox.attempts[0].Error, "log": f.log.String()} {
			if strings.Contains(text, "secret-") || strings.Contains(text, "-secret") || strings.Contains(text, "hush") || !strings.Contains(text, "failed") || len([]rune(text)) > 600 {
				t.Errorf("the %s is %q", what, text)
			}
		}
	})
}

func TestCheckByServer(t *testing.T) {
	f := notifier(t, nil)
	if err := f.Check(meta.Channel{Kind: meta.Webhook}); err != nil {
		t.Errorf("webhook: %v", err)
	}
	var bad *fault.Error
	if err := f.Check(meta.Channel{Kind: meta.Email}); !errors.As(err, &bad) || bad.Param != "kind" {
		t.Errorf("e-mail without a sender: %v; want an error about kind", err)
	}
}
