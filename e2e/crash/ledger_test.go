package crash

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"playhead/internal/view"
)

// ledger is what viewers were promised: the views whose every beacon was
// acknowledged. It also is how they reach the server, which moves at each start.
type ledger struct {
	server atomic.Pointer[string] // base URL that takes beacons

	mu             sync.Mutex
	views          map[string]expectation // by the SDK's id
	fresh          []string               // titles of those recorded since the last look at the list
	beacons, again int                    // acknowledged; of them those that were sent more than once
}

// expectation says what is wrong with a view as the server has it.
type expectation interface {
	check(v *view.View) error
}

func newLedger() *ledger { return &ledger{views: map[string]expectation{}} }

// promise notes that every beacon of a view was acknowledged.
func (l *ledger) promise(id string, e expectation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.views[id] = e
}

// RoundTrip implements [http.RoundTripper]: it sends a beacon to wherever the
// server listens, again and again until it is acknowledged, as players do that
// keep what they could not send.
func (l *ledger) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for tries := 1; ; tries++ {
		res, err := l.once(req, body)
		if err == nil && res.StatusCode/100 == 2 {
			l.acknowledged(tries)
			return res, nil
		}
		if err == nil {
			res.Body.Close()
			err = fmt.Errorf("status %s", res.Status)
		}
		select {
		case <-retry.C:
		case <-req.Context().Done():
			return nil, fmt.Errorf("%w: %w", context.Cause(req.Context()), err)
		}
	}
}

// transport gives up on a server that does not answer.
var transport = &http.Transport{ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 100}

func (l *ledger) once(req *http.Request, body []byte) (*http.Response, error) {
	base, err := url.Parse(*l.server.Load())
	if err != nil {
		return nil, err
	}
	again := req.Clone(req.Context())
	again.URL.Scheme, again.URL.Host, again.Host = base.Scheme, base.Host, base.Host
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return transport.RoundTrip(again)
}

func (l *ledger) acknowledged(tries int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beacons++
	if tries > 1 {
		l.again++
	}
}

// takeFresh returns the titles noted since the last call.
func (l *ledger) takeFresh() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := l.fresh
	l.fresh = nil
	return fresh
}
