package crash

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// TestKillWhileNotifying kills the process around the answer of a receiver of
// notifications: before it, when the receiver has the notification, or some time
// after it, when it may be written down or not. Every notification must arrive,
// and one that arrives twice must have the same id and body, so that a receiver
// that drops ids that it knows has each once.
func TestKillWhileNotifying(t *testing.T) {
	t.Parallel()
	var (
		random  = rand.New(rand.NewPCG(*seed, 1))
		dir     = t.TempDir()
		server  *harness.Server
		wait    time.Duration // before the kill; -1: the receiver does not answer
		deadly  atomic.Bool
		killed  = make(chan struct{})
		channel harness.Channel
		err     error
	)
	receiver := harness.ReceiveWebhooks(t, func(int) int {
		if !deadly.CompareAndSwap(true, false) {
			return http.StatusOK
		}
		if wait < 0 {
			server.Kill()
			close(killed)
			return http.StatusOK
		}
		go func() {
			<-time.After(wait)
			server.Kill()
			close(killed)
		}()
		return http.StatusOK
	})
	start := func() { server = harness.StartIn(t, dir, harness.Setting) }
	start()
	if channel, err = harness.CreateWebhook(server, receiver); err != nil {
		t.Fatal(err)
	}
	test := "/data/v1/notification-channels/" + channel.ID + "/test"
	rounds := *kills
	for i := range rounds {
		wait, killed = time.Duration(random.IntN(20))*time.Millisecond, make(chan struct{})
		if i%3 == 0 {
			wait = -1
		}
		deadly.Store(true)
		// The answer to this may be lost with the process: what it began counts.
		if _, err := harness.Write[any](server, http.MethodPost, test, nil); err != nil {
			t.Logf("round %d: %v", i, err)
		}
		select {
		case <-killed:
		case <-time.After(readyWithin):
			t.Fatalf("round %d: nothing has come", i)
		}
		start()
		arrived(t, receiver, i+1)
	}
	if _, err := harness.Write[any](server, http.MethodPost, test, nil); err != nil { // behind all others
		t.Fatal(err)
	}
	arrived(t, receiver, rounds+1)
	again := len(receiver.Deliveries()) - rounds - 1
	t.Logf("%d notifications around %d kills, %d of them sent twice", rounds+1, rounds, again)
	if again < (rounds+2)/3 {
		t.Errorf("%d were sent again; want those that had no answer, %d, at least", again, (rounds+2)/3)
	}
	delivered(t, server, channel, rounds+1)
}

// arrived waits until so many different notifications have come, and checks that
// those that came again are the same.
func arrived(t *testing.T, receiver *harness.Webhook, want int) {
	t.Helper()
	harness.Eventually(t, readyWithin, func() error {
		bodies := map[string]string{}
		for _, d := range receiver.Deliveries() {
			var said struct{ ID string }
			if err := json.Unmarshal([]byte(d.Body), &said); err != nil || said.ID == "" || said.ID != d.Headers["playhead-delivery"] {
				t.Fatalf("delivery %v: %v", d, err)
			}
			if before, known := bodies[said.ID]; known && before != d.Body {
				t.Fatalf("%s came with another body:\n%s\n%s", said.ID, before, d.Body)
			}
			bodies[said.ID] = d.Body
		}
		if len(bodies) != want {
			return fmt.Errorf("%d notifications have come; want %d", len(bodies), want)
		}
		return nil
	})
}

// delivered waits until the log of deliveries has all of them as delivered.
func delivered(t *testing.T, server *harness.Server, channel harness.Channel, want int) {
	t.Helper()
	harness.Eventually(t, readyWithin, func() error {
		list, err := harness.Get[[]struct{ State string }](server, "/data/v1/notification-channels/"+channel.ID+"/deliveries", map[string][]string{"limit": {"1000"}})
		if err != nil {
			return err
		}
		for i, d := range list.Data {
			if d.State != "delivered" {
				return fmt.Errorf("delivery %d is %s; want all delivered", i, d.State)
			}
		}
		if len(list.Data) != want {
			return fmt.Errorf("%d deliveries; want %d", len(list.Data), want)
		}
		return nil
	})
}
