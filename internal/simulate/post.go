package simulate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// poster sends beacons over HTTP, as the SDKs do.
type poster struct {
	url    string
	client *http.Client
	clock  func() time.Time
}

// bodies are buffers of requests.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// deliver sends the beacon that the last step of a sender gave out.
func (s *poster) deliver(ctx context.Context, p *sender) outcome {
	buffer := bodies.Get().(*[]byte)
	defer bodies.Put(buffer)
	if p.how.preflight && !p.asked {
		asked := s.request(ctx, p, http.MethodOptions, "", nil)
		if p.asked = ok2xx(asked.status); !p.asked {
			return asked.refused() // a browser does not send the beacon then
		}
	}
	var beforehand outcome
	if p.twice() {
		*buffer = p.appendBody((*buffer)[:0], s.clock().UnixMilli())
		beforehand = s.request(ctx, p, http.MethodPost, "text/plain;charset=UTF-8", *buffer)
	}
	*buffer = p.appendBody((*buffer)[:0], s.clock().UnixMilli())
	if p.how.zipped {
		*buffer = zipped(*buffer)
	}
	result := s.request(ctx, p, http.MethodPost, p.how.contentType, *buffer)
	if ok2xx(beforehand.status) && !ok2xx(result.status) {
		result.status = beforehand.status // the server has it, whatever the viewer's page knows
	}
	return result
}

// request sends one request and reads its answer to the end, so that the
// connection is used again.
func (s *poster) request(ctx context.Context, p *sender, method, contentType string, body []byte) outcome {
	start := s.clock()
	status, err := s.try(ctx, p, method, contentType, body)
	now := s.clock()
	return outcome{status: status, err: err, now: now.UnixMilli(), took: now.Sub(start).Milliseconds()}
}

// refused is the outcome of a beacon that was not sent because OPTIONS had this one.
func (o outcome) refused() outcome {
	if o.err == nil {
		o.err = fmt.Errorf("the answer to OPTIONS was %d", o.status)
	}
	return outcome{err: o.err, now: o.now}
}

func (s *poster) try(ctx context.Context, p *sender, method, contentType string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+p.how.path, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	header := req.Header
	header.Set("User-Agent", p.client.userAgent)
	header.Set("X-Forwarded-For", p.client.address)
	if method == http.MethodOptions {
		header.Set("Access-Control-Request-Method", http.MethodPost)
		header.Set("Access-Control-Request-Headers", "content-type")
	} else {
		header.Set("Content-Type", contentType)
	}
	if p.how.headers {
		header.Set("X-Litix-Env-Key", p.envKey)
		header.Set("X-Litix-Shard-Id", p.tellings[0].player.id)
	}
	if p.how.zipped {
		header.Set("Content-Encoding", "gzip")
	}
	answer, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("post beacon: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)); err != nil {
		return 0, fmt.Errorf("read answer: %w", err)
	}
	return answer.StatusCode, nil
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// zipped compresses a body.
func zipped(body []byte) []byte {
	var out bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&out)
	// Writing to a buffer does not fail.
	_, _ = z.Write(body)
	_ = z.Close()
	return out.Bytes()
}
