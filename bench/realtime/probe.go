package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"playhead/bench/load"
	"playhead/internal/query"
)

// probes are viewers who come one after another while others watch, to see how
// long it takes from the answer to their first beacon until the API shows them.
type probes struct {
	server *load.Playhead
	client *http.Client

	mu   sync.Mutex
	sent map[string]*probe // by their number, which is the series they watch
	seen []*probe
}

// probe is one of them.
type probe struct {
	event   time.Time // of the request to play
	acked   time.Time // when the answer came
	visible time.Time // when the API showed it
}

// freshness is how long after being acknowledged it was shown.
func (p *probe) freshness() time.Duration { return p.visible.Sub(p.acked) }

// told is when the API tells the first tick at or after the event, however fast it
// is: ticks are five seconds apart, and are told a second after they are over.
func (p *probe) told() time.Time {
	tick := (p.event.UnixMilli() + query.TickEvery - 1) / query.TickEvery * query.TickEvery
	return time.UnixMilli(tick + query.TickLag)
}

// The times between probes, and between looks for them. They are no divisors of the
// time between ticks, so that probes come at any time of it.
const (
	probeEvery = 237 * time.Millisecond
	lookEvery  = 49 * time.Millisecond
)

// watchedByProbes is the title that probes watch.
const watchedByProbes = "Freshness"

// run sends probes and looks for them until ctx ends.
func (p *probes) run(ctx context.Context) error {
	p.sent = map[string]*probe{}
	failed := make(chan error, 2)
	var parts sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, part := range []struct {
		every time.Duration
		do    func(context.Context, int) error
	}{{probeEvery, p.send}, {lookEvery, p.look}} {
		parts.Go(func() {
			every := time.NewTicker(part.every)
			defer every.Stop()
			for i := 0; ; i++ {
				select {
				case <-ctx.Done():
					return
				case <-every.C:
				}
				if err := part.do(ctx, i); err != nil && ctx.Err() == nil {
					failed <- err
					cancel()
					return
				}
			}
		})
	}
	parts.Wait()
	close(failed)
	return <-failed
}

// send has one more viewer come.
func (p *probes) send(ctx context.Context, number int) error {
	name := fmt.Sprintf("probe %d", number)
	now := time.Now()
	event := func(kind string, seq int) string {
		return fmt.Sprintf(`{"e":%q,"ake":%q,"uti":%d,"xid":"0000freshness%d","pinid":"p%d","xsqno":%d,"psqno":%d,"vtt":%q,"vsr":%q}`,
			kind, load.EnvKey, now.UnixMilli(), number, number, seq, seq, watchedByProbes, name)
	}
	body := fmt.Sprintf(`{"metadata":{"transmission_timestamp":%d},"events":[%s,%s,%s]}`,
		now.UnixMilli(), event("playerready", 1), event("viewstart", 2), event("play", 3))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.server.Address+"/", bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain")
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	acked := time.Now()
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer to a probe is %s: %w", answer.Status, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[name] = &probe{event: now.Truncate(time.Millisecond), acked: acked}
	return nil
}

// look asks the API who of them watches.
func (p *probes) look(ctx context.Context, _ int) error {
	body, err := p.server.Ask(ctx, "/data/v1/monitoring/metrics/current-concurrent-viewers/breakdown?dimension=video_series&filters[]=video_title:"+watchedByProbes)
	if err != nil {
		return err
	}
	now := time.Now()
	var list struct {
		Data []struct {
			Value      string `json:"value"`
			Concurrent int    `json:"concurrent_viewers"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, row := range list.Data {
		if one := p.sent[row.Value]; one != nil && one.visible.IsZero() && row.Concurrent > 0 {
			one.visible = now
			p.seen = append(p.seen, one)
		}
	}
	return nil
}

// print prints how soon they were shown, and how many were not within a minute.
func (p *probes) print(w io.Writer) {
	late := 0
	for _, one := range p.sent {
		if one.visible.IsZero() && time.Since(one.acked) > time.Minute {
			late++
		}
	}
	var all, waits, rest []time.Duration
	for _, one := range p.seen {
		wait := max(0, one.told().Sub(one.acked))
		all, waits, rest = append(all, one.freshness()), append(waits, wait), append(rest, one.freshness()-wait)
	}
	fmt.Fprintf(w, "freshness of %d probes, %d not seen within a minute\n%-44s %7s %7s %7s\n", len(p.seen), late, "s", "p50", "p95", "max")
	for _, line := range []struct {
		name string
		of   []time.Duration
	}{
		{"from acknowledged to visible in the API", all},
		{"of it the wait for the tick, and 1 s after it", waits},
		{"of it the rest, with the looks every 49 ms", rest},
	} {
		if slices.Sort(line.of); len(line.of) > 0 {
			fmt.Fprintf(w, "%-44s %7.2f %7.2f %7.2f\n", line.name, quantile(line.of, 0.5).Seconds(), quantile(line.of, 0.95).Seconds(), line.of[len(line.of)-1].Seconds())
		}
	}
}
