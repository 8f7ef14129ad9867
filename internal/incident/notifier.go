package incident

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Outbox is where notifications wait to be sent.
type Outbox interface {
	// DueNotifications are up to limit queued ones whose time has come. Environments
	// take turns, and channels do; of an incident and a channel only the first one is
	// among them.
	DueNotifications(ctx context.Context, now time.Time, limit int) ([]meta.Notification, error)

	// Attempted makes an attempt durable, with the state that the notification is in
	// then, and the time of the next attempt if it is still queued: until then, for a
	// minute at most, nothing else that waits for its channel is due, but a test. A
	// notification that is kept no more is a fault.NotFound.
	Attempted(ctx context.Context, a meta.Attempt, state string, next time.Time) error
}

// Channels finds channels and the names of environments.
type Channels interface {
	Channel(environmentID, id string) (meta.Channel, error) // fault.NotFound
	EnvironmentByID(id string) (meta.Environment, bool)
}

// Sender sends messages to channels of one kind.
type Sender interface {
	// Check tells what makes a channel of no use, as far as it can be known
	// beforehand.
	Check(c meta.Channel) error

	// Send tries once. It returns what the receiver answered, 0 if nothing, and an
	// error without secrets, which may be a [Failure]. It ends when ctx does.
	Send(ctx context.Context, c meta.Channel, m Message) (status int, err error)
}

// What the notifier does at once, and for how long.
const (
	lookEvery        = time.Second      // for what is due, unless it is woken
	mostDue          = 1000             // notifications that are looked at together: those of channels that are left alone are among them
	mostAtOnce       = 16               // attempts
	mostOfOne        = 4                // attempts of an environment: it cannot have all of them wait
	attemptTimeout   = 30 * time.Second // for one attempt
	mostError        = 300              // characters of an error that are kept
	recordAgainAfter = time.Second      // when an attempt could not be made durable
	mostStop         = 5 * time.Second  // that attempts may go on for when the server stops
)

// NotifierConfig is what a Notifier needs. All members but PublicURL, Registerer
// and Every are required.
type NotifierConfig struct {
	Outbox     Outbox
	Channels   Channels
	Senders    map[string]Sender // by kind of channel
	PublicURL  string            // that people reach the API by, for links; "" is not known
	Clock      func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil: metrics are not shown
	Every      time.Duration         // less in tests; 0: a second
}

// Notifier sends notifications from the outbox to their channels.
//
// A notification leaves the outbox once its receiver has said that it has it, or
// after the last attempt. So none is lost when the process is killed, and one
// whose answer has not been written down by then is sent again, with the id that
// it had.
type Notifier struct {
	cfg     NotifierConfig
	metrics *notifierMetrics

	wake chan struct{}
	done chan meta.Notification // whose attempts have ended

	// Of the goroutine that hands out attempts.
	running map[string]bool // channels
	of      map[string]int  // attempts of environments
	failing bool            // the outbox cannot be read

	start, stop sync.Once
	handing     context.CancelFunc // no more attempts
	sending     context.CancelFunc // and those that run end
	goroutines  sync.WaitGroup
}

// NewNotifier makes a notifier that does nothing yet.
func NewNotifier(c NotifierConfig) (*Notifier, error) {
	if c.Every == 0 {
		c.Every = lookEvery
	}
	n := &Notifier{
		cfg: c, metrics: newNotifierMetrics(), wake: make(chan struct{}, 1), done: make(chan meta.Notification, mostAtOnce),
		running: map[string]bool{}, of: map[string]int{},
		handing: func() {}, sending: func() {},
	}
	if c.Registerer != nil {
		if err := n.metrics.register(c.Registerer); err != nil {
			return nil, fmt.Errorf("register metrics of notifications: %w", err)
		}
	}
	return n, nil
}

// Start begins to send.
func (n *Notifier) Start() {
	n.start.Do(func() {
		var hand, send context.Context
		hand, n.handing = context.WithCancel(context.Background())
		send, n.sending = context.WithCancel(context.Background())
		n.goroutines.Go(func() { n.run(hand, send) })
	})
}

// Stop begins no more attempts and waits for those that run, for five seconds at
// most. Those that have no answer then are broken off, and made again after the
// next start. It may be called twice.
func (n *Notifier) Stop(ctx context.Context) error {
	n.start.Do(func() {}) // a later Start does nothing
	n.stop.Do(func() { n.handing() })
	ended := make(chan struct{})
	go func() { n.goroutines.Wait(); close(ended) }()
	patience, cancel := context.WithTimeout(ctx, mostStop)
	defer cancel()
	defer n.sending()
	select {
	case <-ended:
	case <-patience.Done():
		n.sending()
		select {
		case <-ended:
		case <-ctx.Done(): // the records do not answer either
		}
	}
	return ctx.Err()
}

// Wake has the outbox looked at now. It does not wait.
func (n *Notifier) Wake() {
	select {
	case n.wake <- struct{}{}:
	default: // it will be
	}
}

// Check tells what makes a channel of no use to this server. An error is a fault
// that names the member.
func (n *Notifier) Check(c meta.Channel) error {
	sender, ok := n.cfg.Senders[c.Kind]
	if !ok {
		return fault.Badf("kind", "the server does not send to channels of this kind")
	}
	return sender.Check(c)
}

// run hands out attempts until hand ends.
func (n *Notifier) run(hand, send context.Context) {
	tick := time.NewTicker(n.cfg.Every)
	defer tick.Stop()
	for {
		n.handOut(hand, send)
		select {
		case <-hand.Done():
			return
		case <-tick.C:
		case <-n.wake:
		case d := <-n.done:
			n.ended(d)
		}
	}
}

// ended makes room after an attempt.
func (n *Notifier) ended(d meta.Notification) {
	delete(n.running, d.ChannelID)
	if n.of[d.EnvironmentID]--; n.of[d.EnvironmentID] == 0 {
		delete(n.of, d.EnvironmentID)
	}
}

// handOut starts attempts for what is due, one at a time for a channel.
func (n *Notifier) handOut(hand, send context.Context) {
	if len(n.running) >= mostAtOnce {
		return
	}
	now := n.cfg.Clock()
	due, err := n.cfg.Outbox.DueNotifications(hand, now, mostDue)
	if err != nil {
		if hand.Err() == nil {
			n.metrics.errors.Inc()
			if !n.failing { // once, not every second
				n.cfg.Logger.Error("cannot read the notifications that are to be sent", "err", err)
			}
			n.failing = true
		}
		return
	}
	n.failing = false
	n.metrics.see(due, now)
	for _, d := range due {
		if n.running[d.ChannelID] || n.of[d.EnvironmentID] >= mostOfOne {
			continue
		}
		if len(n.running) >= mostAtOnce {
			return
		}
		n.running[d.ChannelID] = true
		n.of[d.EnvironmentID]++
		n.metrics.running.Inc()
		n.goroutines.Go(func() {
			n.attempt(send, d)
			n.metrics.running.Dec()
			n.done <- d // there is room for all that may run
		})
	}
}

// attempt tries once to send a notification, and makes what came of it durable.
func (n *Notifier) attempt(ctx context.Context, d meta.Notification) {
	begun := n.cfg.Clock()
	channel, status, err := n.try(ctx, d)
	if err != nil && ctx.Err() != nil {
		return // the server stops: the next start tries again
	}
	now := n.cfg.Clock()
	attempt := meta.Attempt{NotificationID: d.ID, At: begun, Took: now.Sub(begun), Status: status}
	state, next := meta.Delivered, time.Time{}
	if err != nil {
		attempt.Error = scrubbed(err.Error(), channel)
		state = meta.Failed
		if wait, again := afterwards(err, d.Attempts+1); again && d.Event != meta.Tested {
			state, next = meta.Queued, now.Add(wait)
		}
	}
	n.tell(d, channel, attempt, state, next)
	n.record(ctx, attempt, state, next)
}

// try sends a notification, if its channel is there to be sent to.
func (n *Notifier) try(ctx context.Context, d meta.Notification) (c meta.Channel, status int, err error) {
	c, err = n.cfg.Channels.Channel(d.EnvironmentID, d.ChannelID)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return c, 0, &Failure{Err: errors.New("the channel has been removed"), Permanent: true}
	case err != nil:
		return c, 0, fmt.Errorf("find the channel: %w", err)
	case !c.Enabled && d.Event != meta.Tested:
		return c, 0, &Failure{Err: errors.New("the channel is disabled"), Permanent: true}
	}
	sender, ok := n.cfg.Senders[c.Kind]
	if !ok {
		return c, 0, &Failure{Err: errors.New("the server does not send to channels of this kind"), Permanent: true}
	}
	environment, _ := n.cfg.Channels.EnvironmentByID(d.EnvironmentID)
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	status, err = sender.Send(ctx, c, NewMessage(d, environment.Name, n.cfg.PublicURL))
	return c, status, err
}

// record makes an attempt durable. Until it is, the channel has to wait: what was
// sent must not be sent again because that is not known.
func (n *Notifier) record(ctx context.Context, a meta.Attempt, state string, next time.Time) {
	for failing := false; ; failing = true {
		err := n.cfg.Outbox.Attempted(context.WithoutCancel(ctx), a, state, next)
		if err == nil || fault.CodeOf(err) == fault.NotFound { // it was removed with its channel
			return
		}
		n.metrics.errors.Inc()
		if !failing {
			n.cfg.Logger.Error("cannot write down that a notification was sent: its channel waits", "notification", a.NotificationID, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(recordAgainAfter):
		}
	}
}

// tell counts an attempt, and logs it if it failed.
func (n *Notifier) tell(d meta.Notification, c meta.Channel, a meta.Attempt, state string, next time.Time) {
	n.metrics.count(c.Kind, state, a.Took)
	if a.Error == "" {
		return
	}
	log := n.cfg.Logger.With("notification", d.ID, "event", d.Event, "incident", d.IncidentID, "channel", c.ID, "kind", c.Kind, "attempts", d.Attempts+1, "reason", a.Error)
	switch {
	case state == meta.Failed:
		log.Error("a notification has not been delivered, and is given up")
	case d.Attempts == 0: // the log of deliveries has the others
		log.Warn("a notification has not been delivered yet, and is tried again", "next", next)
	}
}
