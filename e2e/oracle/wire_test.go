package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// bodyEvents is about how many events go into one request.
const bodyEvents = 500

// postman brings events to a server. Players may send a batch twice, and
// batches overtake each other: the server has to see the same views.
type postman struct {
	url     string
	mu      sync.Mutex
	slowest time.Duration // of all requests: the clocks of players are wrong by less
}

// deliver sends the events of all stories, in rounds of batches.
func (p *postman) deliver(ctx context.Context, stories []*story, random *rand.Rand) error {
	const rounds = 3
	var batches [rounds][]batch
	for _, s := range stories {
		parts, err := split(tell(s), random)
		if err != nil {
			return err
		}
		for i, events := range parts {
			round := i + rounds - len(parts)
			batches[round] = append(batches[round], batch{s.network, events})
		}
	}
	for _, round := range batches {
		if err := p.round(ctx, round); err != nil {
			return err
		}
	}
	return nil
}

// batch is some events of one view.
type batch struct {
	network *network
	events  []json.RawMessage
}

// split cuts the events of a view into one to three batches.
func split(events []map[string]any, random *rand.Rand) ([][]json.RawMessage, error) {
	raw := make([]json.RawMessage, len(events))
	for i, e := range events {
		var err error
		if raw[i], err = json.Marshal(e); err != nil {
			return nil, err
		}
	}
	cut := random.IntN(len(raw))
	parts := [][]json.RawMessage{raw[:cut], raw[cut:]}
	switch x := random.Float64(); {
	case x < 0.4:
		parts = [][]json.RawMessage{raw}
	case x < 0.6:
		parts = append(parts, raw[cut:]) // as a page does that closes
	case x < 0.7:
		slices.Reverse(parts)
	}
	return parts, nil
}

// round sends batches, several of them in each request.
func (p *postman) round(ctx context.Context, batches []batch) error {
	bodies := map[*network][]json.RawMessage{}
	type request struct {
		network *network
		events  []json.RawMessage
	}
	var requests []request
	for _, b := range batches {
		bodies[b.network] = append(bodies[b.network], b.events...)
		if len(bodies[b.network]) >= bodyEvents {
			requests = append(requests, request{b.network, bodies[b.network]})
			delete(bodies, b.network)
		}
	}
	for n, events := range bodies {
		requests = append(requests, request{n, events})
	}
	const workers = 4
	errs := make(chan error, len(requests))
	limit := make(chan struct{}, workers)
	for _, r := range requests {
		limit <- struct{}{}
		go func() {
			errs <- p.post(ctx, r.network, r.events)
			<-limit
		}()
	}
	var first error
	for range requests {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// post sends one request. It tells the time of sending as late as it can.
func (p *postman) post(ctx context.Context, n *network, events []json.RawMessage) error {
	list, err := json.Marshal(events)
	if err != nil {
		return err
	}
	began := time.Now()
	head := fmt.Sprintf(`{"metadata":{"transmission_timestamp":%d},"events":`, began.UnixMilli()+n.skew)
	body := io.MultiReader(bytes.NewReader([]byte(head)), bytes.NewReader(list), bytes.NewReader([]byte("}")))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, body)
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(head) + len(list) + 1)
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("User-Agent", "") // nothing is to be told from it
	req.Header.Set("X-Forwarded-For", n.address)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%d events were answered with %s", len(events), res.Status)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(p.slowest, time.Since(began))
	return nil
}
