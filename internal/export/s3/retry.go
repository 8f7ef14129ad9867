package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

// How a request is repeated that does not come through. What fails for longer is an error of
// [Destination.Publish], which is to be called again.
const (
	tries     = 5
	firstWait = 500 * time.Millisecond // each further wait is twice as long
)

// What a request may take: a server that neither answers nor closes the connection must
// not hold all of it up. A part of 16 MiB has five minutes.
const (
	requestLimit = time.Minute
	finishLimit  = 10 * time.Minute // to complete an upload, which takes a server long when it puts the parts together
	leastSpeed   = 64 << 10         // bytes of a request per second
	mostAnswered = 16 << 20         // bytes of an answer
)

// What servers answer when something is not there.
const (
	noSuchKey    = minio.NoSuchKey
	noSuchUpload = minio.NoSuchUpload
)

// brokenBody is what servers answer, as to a bad request, to a body that comes too slowly, or as
// another one than its sums say.
var brokenBody = map[string]bool{
	"RequestTimeout": true, "IncompleteBody": true, "BadDigest": true, "XAmzContentSHA256Mismatch": true,
}

// retried makes a request until it comes through, is refused, or has been tried often.
func (d *Destination) retried(ctx context.Context, request func(context.Context) error) error {
	wait := d.wait
	for try := 1; ; try++ {
		err := request(ctx)
		if err == nil || try == tries || !again(ctx, err) {
			return err
		}
		d.metrics.retries.Inc()
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(ctx.Err(), err)
		}
		wait *= 2
	}
}

// again tells whether a request that failed may come through later: not when the server has
// refused it.
func again(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	answer, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok || answer.StatusCode == 0 {
		return true
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return answer.StatusCode >= 500 || brokenBody[answer.Code]
}

// code is the protocol's word for an error; empty if it is no answer of a server.
func code(err error) string {
	answer, _ := errors.AsType[minio.ErrorResponse](err)
	return answer.Code
}

// transport limits and counts the requests of all kinds.
type transport struct {
	next    http.RoundTripper
	limit   time.Duration // of a request without a body
	finish  time.Duration // of a POST: to begin or complete an upload
	speed   int64         // bytes of a body per second that it has besides
	metrics *metrics
}

func newTransport(secure bool, m *metrics) (*transport, error) {
	next, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	next.WriteBufferSize = 64 << 10
	next.ResponseHeaderTimeout = 0 // the limit is that of the whole request
	return &transport{next: next, limit: requestLimit, finish: finishLimit, speed: leastSpeed, metrics: m}, nil
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	limit := t.limit
	if r.Method == http.MethodPost {
		limit = t.finish
	}
	limit += time.Duration(max(0, r.ContentLength)/t.speed) * time.Second
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	answer, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		t.metrics.requests.WithLabelValues(unreachable).Inc()
		return nil, err
	}
	t.metrics.requests.WithLabelValues(outcome(answer.StatusCode)).Inc()
	answer.Body = &limited{Reader: io.LimitReader(answer.Body, mostAnswered), body: answer.Body, cancel: cancel}
	return answer, nil
}

// limited is the body of an answer: what is not read within the limits is lost.
type limited struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

func (l *limited) Close() error {
	defer l.cancel()
	return l.body.Close()
}
