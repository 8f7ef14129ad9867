// Package simulate plays viewers whose players speak the wire protocol of the
// public SDKs: batches, immediate events, heartbeats, delta coding, retries,
// wrong clocks, and the repetition of the last batch when a page closes. What
// every viewer does is decided beforehand from a seed ([script]), so the truth
// about each view is known.
//
// A [sender] tells views as a [generation] of SDKs does; a [crowd] plays viewers
// in real time over HTTP, and [Past] plays them in a time of its own.
package simulate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// MaxViewers is the most viewers at the same time.
const MaxViewers = 200_000

// Config says whom to play, and where.
type Config struct {
	URL     string        // base URL of the beacon endpoint
	EnvKey  string        // key of the environment
	Viewers int           // viewers at the same time
	Time    time.Duration // how long they go on watching; 0: until the context ends
	History int           // views of the past to tell first, all at once
	Past    time.Duration // how far back they reach; below 24 hours, beyond which a server takes times for a wrong clock
	World   World         // who they are, and what happens to them; its Start is when the first comes
	Retry   time.Duration // pause before a beacon is sent again, until it is acknowledged; 0: as the SDKs do, which give up at last
	Truth   io.Writer     // gets a line of JSON for each view whose beacons were all acknowledged, and at the end one for each tick: see WriteTruth; may be nil
	Client  *http.Client
	Clock   func() time.Time
}

// Validate checks what users can set.
func (c *Config) Validate() error {
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("url is %q: want the address of a beacon endpoint, like http://localhost:8080", c.URL)
	}
	switch {
	case c.EnvKey == "":
		return fmt.Errorf("env-key is empty: want the key of an environment")
	case c.Viewers < 0 || c.Viewers > MaxViewers:
		return fmt.Errorf("viewers is %d: want 0 to %d", c.Viewers, MaxViewers)
	case c.Time < 0:
		return fmt.Errorf("duration is %s: want 0 or more", c.Time)
	case c.History < 0:
		return fmt.Errorf("history is %d: want 0 or more views", c.History)
	case c.Past < 0 || c.Past >= 24*time.Hour:
		return fmt.Errorf("past is %s: want less than 24h", c.Past)
	case c.Retry < 0:
		return fmt.Errorf("retry is %s: want 0 or more", c.Retry)
	}
	return c.World.Validate()
}

// Played is what became of what viewers said.
type Played struct {
	Views   int   // every beacon of which was acknowledged
	Lost    int   // other views
	Beacons int   // that were acknowledged
	Failed  int   // attempts to send one that were not
	Failure error // the last of them; nil if there was none
}

// Run plays the viewers. It returns when their time is over or ctx ends, and
// they have left. The truth is told of the views whose beacons were all
// acknowledged; with Retry those are all, unless ctx ends. An error names a
// setting that is wrong, or is that of writing the truth.
func Run(ctx context.Context, cfg Config) (Played, error) {
	if err := cfg.Validate(); err != nil {
		return Played{}, err
	}
	r := &runner{cfg: cfg, poster: poster{url: strings.TrimSuffix(cfg.URL, "/"), client: cfg.Client, clock: cfg.Clock}}
	r.cfg.World.Start = cfg.Clock()
	if err := r.tellHistory(ctx); err != nil {
		return r.played, err
	}
	r.cfg.World.Start = cfg.Clock()
	until := r.cfg.World.Start.Add(100 * 365 * 24 * time.Hour)
	open := ctx
	if cfg.Time > 0 {
		until = r.cfg.World.Start.Add(cfg.Time)
		var cancel context.CancelFunc
		open, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	(&crowd{runner: r, hard: ctx}).play(open, r.cfg.World.arrivals(cfg.Viewers, until))
	if r.failed == nil && cfg.Truth != nil {
		r.failed = writeTicks(cfg.Truth, r.truths, r.cfg.World.Start, cfg.Clock())
	}
	return r.played, r.failed
}

type runner struct {
	cfg    Config
	poster poster

	mu     sync.Mutex // guards what follows
	played Played
	truths []Truth // of what was told
	failed error   // the first error of writing the truth
}

// send sends the beacon that the last step of a sender gave out, also when ctx
// has ended.
func (r *runner) send(ctx context.Context, p *sender) {
	o := r.poster.deliver(context.WithoutCancel(ctx), p)
	p.answered(o)
	r.mu.Lock()
	defer r.mu.Unlock()
	if ok2xx(o.status) {
		r.played.Beacons++
		return
	}
	r.played.Failed++
	if r.played.Failure = o.err; o.err == nil {
		r.played.Failure = fmt.Errorf("the answer was %d", o.status)
	}
}

// finish sends what a sender still has to say, after the last that happened. What
// fails is tried three times, or until it is acknowledged if cfg.Retry says so
// and ctx does not end.
func (r *runner) finish(ctx context.Context, p *sender) {
	const tries = 3
	if p.persist == 0 {
		p.persist = time.Second
	}
	for p.next() != noTime && p.step(max(p.next(), r.cfg.Clock().UnixMilli())) {
		r.send(ctx, p)
		if p.failures == 0 {
			continue
		}
		wait := time.Duration(p.flushAt-r.cfg.Clock().UnixMilli()) * time.Millisecond
		if r.cfg.Retry == 0 && p.failures == tries || !sleep(ctx, wait) {
			return
		}
	}
}

// tell writes the truth of the views of a sender that were acknowledged whole, and
// reports whether all were. A page on which nobody asked to play has no view.
func (r *runner) tell(p *sender) (all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all = true
	for _, t := range p.tellings {
		switch {
		case !t.script.begun():
		case !t.told():
			all = false
			r.played.Lost++
		default:
			r.played.Views++
			r.tellTruth(t.script)
		}
	}
	return all
}

func (r *runner) tellTruth(s *script) {
	if r.cfg.Truth == nil || r.failed != nil {
		return
	}
	v := s.truth()
	r.truths = append(r.truths, v)
	r.failed = truthLine{View: &v}.write(r.cfg.Truth)
}

// sleep waits; it reports false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
