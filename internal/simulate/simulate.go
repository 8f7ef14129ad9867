// Package simulate plays viewers that speak the wire protocol of the public
// SDKs over HTTP: batches, immediate events, heartbeats, delta coding, and the
// repetition of the last batch when a page closes. What every viewer does is
// decided beforehand from a seed, so the truth about each view is known.
package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"playhead/internal/event"
)

// Config says whom to play, and where.
type Config struct {
	URL     string        // base URL of the beacon endpoint
	EnvKey  string        // key of the environment
	Viewers int           // viewers at the same time
	Time    time.Duration // how long viewers go on arriving; 0: until the context ends
	History int           // views of the past to tell first, all at once
	Past    time.Duration // how far back they reach; below 24 hours, beyond which a server takes times for a wrong clock
	Seed    uint64        // the same seed plays the same viewers
	Truth   io.Writer     // gets a line of JSON for each view that was told whole; may be nil
	Client  *http.Client
	Clock   func() time.Time
}

// Validate checks what users can set.
func (c *Config) Validate() error {
	switch {
	case c.URL == "":
		return fmt.Errorf("url is empty: want the address of a beacon endpoint, like http://localhost:8080")
	case c.EnvKey == "":
		return fmt.Errorf("env-key is empty: want the key of an environment")
	case c.Viewers < 0 || c.Viewers > 100_000:
		return fmt.Errorf("viewers is %d: want 0 to 100000", c.Viewers)
	case c.Past < 0 || c.Past >= 24*time.Hour:
		return fmt.Errorf("past is %s: want less than 24h", c.Past)
	}
	return nil
}

// Run plays the viewers. It returns when all of them have left, or ctx ends:
// then they close their pages first. An error names a setting that is wrong, or
// says that a view of the past was not acknowledged; of the other views, those
// that were not are only missing from the truth.
func Run(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	r := &runner{cfg: cfg}
	if cfg.Truth != nil {
		r.truth = json.NewEncoder(cfg.Truth)
	}
	if err := r.tellHistory(ctx); err != nil {
		return err
	}
	if cfg.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.Time)
		defer cancel()
	}
	var wg sync.WaitGroup
	for i := range cfg.Viewers {
		wg.Go(func() { r.view(ctx, uint64(i)) })
	}
	wg.Wait()
	return nil
}

type runner struct {
	cfg   Config
	mu    sync.Mutex // guards truth
	truth *json.Encoder
}

// tellHistory posts views of the past, as players do that were offline: their
// beacons are sent now, and tell of times long ago.
func (r *runner) tellHistory(ctx context.Context) error {
	now := r.cfg.Clock()
	world := World{Seed: r.cfg.Seed, Start: now}
	i := 0
	for s := range world.views(now.Add(-r.cfg.Past), now, r.cfg.History) {
		i++
		s.cut(now.Sub(time.UnixMilli(s.start)))
		if !s.begun() {
			continue
		}
		p := newPlayer(r.cfg.EnvKey, s)
		body, err := p.batch(s.events(), r.cfg.Clock())
		if err != nil {
			return err
		}
		if err := r.post(ctx, s, body); err != nil {
			return fmt.Errorf("tell view %d of the past: %w", i, err)
		}
		r.tell(p)
	}
	return nil
}

// view plays one viewer after another at one place until ctx ends.
func (r *runner) view(ctx context.Context, place uint64) {
	rng := rand.New(rand.NewPCG(r.cfg.Seed, place+1))
	for sleep(ctx, time.Duration(rng.Int64N(int64(10*time.Second)))) {
		start := r.cfg.Clock()
		p := newPlayer(r.cfg.EnvKey, (&World{Seed: r.cfg.Seed, Start: start}).view(place, start))
		if r.play(ctx, p) {
			r.tell(p)
		}
	}
}

// play sends the events of a view as time passes: some at once, the others in
// batches of ten seconds. It reports whether all of them were delivered.
func (r *runner) play(ctx context.Context, p *player) bool {
	const interval = 10 * time.Second
	var queue []scriptEvent
	delivered := true
	lastSent := time.Duration(0)
	flush := func() {
		if len(queue) == 0 {
			return
		}
		body, err := p.batch(queue, r.cfg.Clock())
		// A page that closes sends its last batch twice.
		again := queue[len(queue)-1].kind == event.ViewEnd
		queue = nil
		// The last batch goes out although the viewer has been told to leave.
		for send := true; send && err == nil; send, again = again, false {
			err = r.post(context.WithoutCancel(ctx), p.script, body)
		}
		delivered = delivered && err == nil
	}
	for _, e := range p.script.events() {
		due := p.start.Add(e.at)
		if !sleep(ctx, due.Sub(r.cfg.Clock())) {
			flush()
			return false
		}
		queue = append(queue, e)
		if e.urgent() || e.at-lastSent >= interval {
			lastSent = e.at
			flush()
		}
	}
	flush()
	return delivered
}

// post sends a body until it is acknowledged, three times at the most.
func (r *runner) post(ctx context.Context, s *script, body []byte) error {
	const tries = 3
	var err error
	for try := range tries {
		if try > 0 && !sleep(ctx, time.Duration(try)*time.Second) {
			return ctx.Err()
		}
		if err = r.postOnce(ctx, s, body); err == nil {
			return nil
		}
	}
	return err
}

func (r *runner) tell(p *player) {
	if r.truth == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// A truth that cannot be written is missed by whoever compares with it.
	_ = r.truth.Encode(p.script.truth())
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
