package overload

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"playhead/e2e/harness"
)

// load is everything that is thrown at the server, and what came of it.
type load struct {
	target string
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu      sync.Mutex
	acked   []string // ids of the views that were acknowledged
	unknown []string // of those that were not answered
	refused int
	silent  int // refused without Retry-After
	slowest time.Duration
}

func begin(target string) *load {
	ctx, cancel := context.WithTimeout(context.Background(), lasts)
	l := &load{target: target, ctx: ctx, cancel: cancel}
	for range slowSenders {
		l.all.Go(func() { l.sendSlowly() })
	}
	for i := range viewers {
		l.all.Go(func() { l.watch(i) })
	}
	for i := range giants {
		l.all.Go(func() { l.sendGiants(i) })
	}
	return l
}

func (l *load) over() bool { return l.ctx.Err() != nil }

func (l *load) wait() {
	l.all.Wait()
	l.cancel()
}

// client makes connections of its own, for each request or to keep.
func client(keep bool) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: !keep}, Timeout: 20 * time.Second}
}

// beacon is the whole of a view.
func beacon(id string) string {
	now := time.Now().UnixMilli()
	return fmt.Sprintf(`{"events":[{"ake":%[1]q,"xid":%[2]q,"xsqno":1,"uti":%[3]d,"e":"viewstart"},{"ake":%[1]q,"xid":%[2]q,"xsqno":2,"uti":%[3]d,"e":"viewend"}]}`,
		harness.EnvKey, id, now)
}

// watch sends views one after the other, half of the viewers on connections that
// they keep.
func (l *load) watch(viewer int) {
	c := client(viewer%2 == 0)
	defer c.CloseIdleConnections()
	for i := 0; !l.over(); i++ {
		id := fmt.Sprintf("viewer-%d-%d", viewer, i)
		l.post(c, id, beacon(id), "")
	}
}

// sendGiants sends a view with a title of nearly two MB, and then what inflates
// to far more, which is thrown away.
func (l *load) sendGiants(n int) {
	c := client(true)
	defer c.CloseIdleConnections()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 100 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	title := `"vtt":"` + strings.Repeat("x", 1_900_000) + `","e":"viewstart"`
	for i := 0; !l.over(); i++ {
		id := fmt.Sprintf("giant-%d-%d", n, i)
		l.post(c, id, strings.Replace(beacon(id), `"e":"viewstart"`, title, 1), "")
		l.post(c, "", bomb.String(), "gzip")
	}
}

// post sends a body once. id is that of its view; "" if it is none.
func (l *load) post(c *http.Client, id, body, encoding string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, l.target, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	began := time.Now()
	answer, err := c.Do(req)
	took := time.Since(began)
	status, retry := 0, ""
	if err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		status, retry = answer.StatusCode, answer.Header.Get("Retry-After")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case status == http.StatusServiceUnavailable:
		l.refused++
		l.slowest = max(l.slowest, took)
		if retry == "" {
			l.silent++
		}
	case id == "":
	case status == http.StatusOK:
		l.acked = append(l.acked, id)
	default:
		l.unknown = append(l.unknown, id)
	}
}

// sendSlowly begins a body and sends a byte of it now and then, and when it is
// cut off, begins another one.
func (l *load) sendSlowly() {
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for !l.over() {
		c, err := (&net.Dialer{}).DialContext(l.ctx, "tcp", strings.TrimPrefix(l.target, "http://"))
		if err == nil {
			_, err = fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: slow\r\nContent-Length: 100000\r\n\r\n{")
			for err == nil && !l.over() {
				<-pace.C
				_, err = c.Write([]byte(" "))
			}
			c.Close()
		}
		<-pace.C
	}
}
