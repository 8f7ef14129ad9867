package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"playhead/internal/fault"
)

// limiter bounds how often each token may ask: a bucket of burst requests that
// fills at a rate. Only tokens that are valid have buckets, and a full one is
// forgotten, as it is like a new one.
type limiter struct {
	perSecond rate.Limit
	burst     int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by the token's id
	swept   time.Time                // when full buckets were last looked for
}

// newLimiter makes a limiter; without a rate there is none, which is nil.
func newLimiter(perSecond float64, burst int) *limiter {
	if perSecond == 0 {
		return nil
	}
	return &limiter{perSecond: rate.Limit(perSecond), burst: max(1, burst), buckets: map[string]*rate.Limiter{}}
}

// take counts a request of a token, tells the client in headers what is left,
// and refuses what is too much.
func (l *limiter) take(h http.Header, token string, now time.Time) error {
	if l == nil {
		return nil
	}
	bucket := l.bucket(token, now)
	allowed := bucket.AllowN(now, 1)
	left := bucket.TokensAt(now)
	h.Set("X-RateLimit-Limit", strconv.Itoa(l.burst))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, int(left))))
	if allowed {
		return nil
	}
	wait := math.Ceil((1 - left) / float64(l.perSecond))
	h.Set("Retry-After", strconv.Itoa(max(1, int(wait))))
	return fault.New(fault.Limited, "this token may ask %g times a second, and %d times at once: ask again later", float64(l.perSecond), l.burst)
}

func (l *limiter) bucket(token string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) >= time.Minute {
		for id, b := range l.buckets {
			if b.TokensAt(now) >= float64(l.burst) {
				delete(l.buckets, id)
			}
		}
		l.swept = now
	}
	b := l.buckets[token]
	if b == nil {
		b = rate.NewLimiter(l.perSecond, l.burst)
		l.buckets[token] = b
	}
	return b
}
