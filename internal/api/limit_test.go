package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"playhead/internal/fault"
)

// TestRateLimit: two requests at once, then one every two seconds.
func TestRateLimit(t *testing.T) {
	clock := now
	h := newAPI(t, stored(t), func(c *Config) {
		c.RateLimit, c.RateLimitBurst, c.Clock = 0.5, 2, func() time.Time { return clock }
	})
	for _, tt := range []struct {
		after      time.Duration
		token      string
		status     int
		left       string
		retryAfter string
	}{
		{0, "reader", 200, "1", ""},
		{0, "reader", 200, "0", ""},
		{0, "reader", 429, "0", "2"},
		{0, "nobody", 200, "1", ""}, // another token, of the same environment
		{time.Second, "reader", 429, "0", "1"},
		{time.Second, "reader", 200, "0", ""},
		{time.Second, "reader", 429, "0", "1"}, // what was refused costs nothing
		{time.Hour, "reader", 200, "1", ""},
	} {
		clock = clock.Add(tt.after)
		w := send(t, h, "GET", "/system/v1/whoami", basic(tt.token, "secret"))
		at := fmt.Sprintf("%s at %s", tt.token, clock.Sub(now))
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d: %s", at, w.Code, tt.status, w.Body)
		}
		for header, want := range map[string]string{"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": tt.left, "Retry-After": tt.retryAfter} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", at, header, got, want)
			}
		}
		if w.Code != 429 {
			continue
		}
		wantError(t, at, w, 429, "rate_limited", "0.5 times a second")
		var flat struct{ Errors []string }
		if err := json.Unmarshal(w.Body.Bytes(), &flat); err != nil || len(flat.Errors) != 1 || !strings.Contains(flat.Errors[0], "0.5 times a second") {
			t.Errorf("%s: the flat shape has %q, %v", at, flat.Errors, err)
		}
	}
	if w := send(t, h, "GET", "/system/v1/whoami", basic("reader", "wrong")); w.Code != 401 || w.Header().Get("X-RateLimit-Limit") != "" {
		t.Errorf("a wrong secret: status %d and %v, want 401 without the headers of a limit", w.Code, w.Header())
	}
}

func TestNoRateLimit(t *testing.T) {
	h := newAPI(t, stored(t))
	for range 1000 {
		w := get(t, h, "/system/v1/whoami")
		if _, limited := w.Header()["X-Ratelimit-Limit"]; w.Code != 200 || limited {
			t.Fatalf("status %d, headers %v", w.Code, w.Header())
		}
	}
}

// TestRateLimitProperty compares with a bucket of quarters of requests, which
// are whole numbers for the rates and times of the test.
func TestRateLimitProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond, burst := rapid.IntRange(1, 8).Draw(t, "rate"), rapid.IntRange(1, 5).Draw(t, "burst")
		l, clock := newLimiter(float64(perSecond), burst), now
		quarters, last := map[string]int{}, map[string]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			token := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "token")
			clock = clock.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5, 60, 400}).Draw(t, "quarters of a second")) * time.Second / 4)
			if last[token].IsZero() {
				quarters[token] = 4 * burst
			} else {
				quarters[token] = min(4*burst, quarters[token]+perSecond*int(clock.Sub(last[token])/(time.Second/4)))
			}
			last[token] = clock
			allowed := quarters[token] >= 4
			if allowed {
				quarters[token] -= 4
			}
			h := http.Header{}
			err := l.take(h, token, clock)
			if (err == nil) != allowed || (err != nil && fault.CodeOf(err) != fault.Limited) {
				t.Fatalf("%s at %s: %v, want allowed: %v", token, clock.Sub(now), err, allowed)
			}
			if got, want := h.Get("X-RateLimit-Remaining"), strconv.Itoa(quarters[token]/4); got != want {
				t.Fatalf("%s at %s: %s left, want %s", token, clock.Sub(now), got, want)
			}
		}
	})
}

func TestIdleBucketsAreForgotten(t *testing.T) {
	l := newLimiter(1, 100)
	for i := range 1000 {
		if err := l.take(http.Header{}, fmt.Sprint(i), now); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 { // spent: it needs 100 seconds to be full again
		if err := l.take(http.Header{}, "busy", now.Add(50*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.take(http.Header{}, "last", now.Add(61*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := len(l.buckets); got != 2 {
		t.Errorf("%d buckets, want the 2 that are not full", got)
	}
}
