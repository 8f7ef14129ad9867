package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"playhead/internal/query"
)

// pipes is a listener whose connections are in memory, without any buffer, so
// that synctest's clock is that of both ends.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    func()
}

func newPipes() *pipes {
	p := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.accepted <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// streamAPI is an API over real connections, in the time of a bubble. Its limits
// of time are those of the server in package app.
type streamAPI struct {
	http.Handler
	server *http.Server
	client *http.Client
}

func serve(t *testing.T, change ...func(*Config)) *streamAPI {
	t.Helper()
	h := newAPI(t, stored(t), append([]func(*Config){func(c *Config) { c.Clock = time.Now }}, change...)...)
	listener := newPipes()
	transport := &http.Transport{DialContext: listener.dial}
	a := &streamAPI{h, &http.Server{Handler: h, ReadTimeout: time.Minute, WriteTimeout: 3 * time.Minute}, &http.Client{Transport: transport}}
	go a.server.Serve(listener) //nolint:errcheck // it ends with the test
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		a.server.Close()
	})
	return a
}

// ask sends a request with a token and headers, and returns the answer.
func (a *streamAPI) ask(t *testing.T, method, target, token string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://server"+target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(token, "secret")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := a.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// viewer is a client of a stream: it keeps what it was told, as the reference
// says.
type viewer struct {
	t    *testing.T
	res  *http.Response
	body *bufio.Reader

	id, event string // of the last event
	comments  int
	points    map[string]json.RawMessage // by date
	minutes   map[string]json.RawMessage
	groups    json.RawMessage
	settled   string
	told      []string // the dates of the points that the last event told
}

const streamPath = "/data/v1/monitoring/stream"

func (a *streamAPI) follow(t *testing.T, params string, headers ...string) *viewer {
	t.Helper()
	res := a.ask(t, http.MethodGet, streamPath+params, "reader", headers...)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200", res.StatusCode)
	}
	return &viewer{t: t, res: res, body: bufio.NewReader(res.Body), points: map[string]json.RawMessage{}, minutes: map[string]json.RawMessage{}}
}

// again reconnects as a browser does.
func (v *viewer) again(a *streamAPI, params string) {
	v.t.Helper()
	v.res.Body.Close()
	next := a.follow(v.t, params, "Last-Event-ID", v.id)
	v.res, v.body = next.res, next.body
}

// next reads up to an event. It returns the error that the stream ends with.
func (v *viewer) next() error {
	v.t.Helper()
	for {
		block, err := v.block()
		if err != nil {
			return err
		}
		if block["data"] == "" {
			continue
		}
		v.id, v.event = block["id"], block["event"]
		v.keep([]byte(block["data"]))
		return nil
	}
}

// block reads the lines up to an empty one.
func (v *viewer) block() (map[string]string, error) {
	block := map[string]string{}
	for {
		line, err := v.body.ReadString('\n')
		switch {
		case err != nil:
			return nil, err
		case line == "\n":
			return block, nil
		case line[0] == ':':
			v.comments++
		default:
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			block[name] = value
		}
	}
}

// keep checks and keeps what an event tells.
func (v *viewer) keep(data []byte) {
	v.t.Helper()
	c, err := checker()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := c.Check(http.MethodGet, v.res.Request.URL, http.StatusOK, v.res.Header, slices.Concat([]byte("data: "), data, []byte("\n"))); err != nil {
		v.t.Error(err)
	}
	var told struct {
		Timeseries, Histogram []json.RawMessage
		Minutes               []json.RawMessage `json:"histogram_timeseries"`
		Breakdown             json.RawMessage
		Settled               string `json:"settled_through"`
	}
	if err := json.Unmarshal(data, &told); err != nil {
		v.t.Fatalf("%v in %s", err, data)
	}
	if v.event == "snapshot" {
		clear(v.points)
		clear(v.minutes)
	}
	v.told = v.told[:0]
	for _, row := range told.Timeseries {
		date := dateOf(v.t, row, "date")
		v.told = append(v.told, date)
		v.points[date] = row
	}
	for _, row := range told.Minutes {
		v.minutes[dateOf(v.t, row, "timestamp")] = row
	}
	v.groups, v.settled = told.Breakdown, told.Settled
}

func dateOf(t *testing.T, row json.RawMessage, member string) string {
	t.Helper()
	members := map[string]json.RawMessage{}
	var date string
	if err := json.Unmarshal(row, &members); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(members[member], &date); err != nil {
		t.Fatalf("%s: %v in %s", member, err, row)
	}
	return date
}

// latest are the newest n of what was kept, the oldest first.
func latest(rows map[string]json.RawMessage, n int) (list []json.RawMessage) {
	dates := slices.Sorted(maps.Keys(rows))
	for _, date := range dates[max(0, len(dates)-n):] {
		list = append(list, rows[date])
	}
	return list
}

// ended reads to the end, and fails the test unless the answer is complete.
func (v *viewer) ended() {
	v.t.Helper()
	for {
		err := v.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			v.t.Fatalf("the stream ends with %v, want its end", err)
		}
	}
}

// madeUp is a Realtime whose numbers follow from the tick, and from how often
// they were revised.
type madeUp struct {
	mu      sync.Mutex
	revised map[int64]int64 // by tick: what is added
	plans   []query.TickPlan
	err     error
	block   chan struct{} // nil: do not wait
}

func (m *madeUp) revise(tick, by int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revised == nil {
		m.revised = map[int64]int64{}
	}
	m.revised[tick] += by
}

func (m *madeUp) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// asked are the plans since the last call.
func (m *madeUp) asked() []query.TickPlan {
	m.mu.Lock()
	defer m.mu.Unlock()
	plans := m.plans
	m.plans = nil
	return plans
}

func (m *madeUp) tick(at, of int64) query.Tick {
	n := at/query.TickEvery%7 + of + m.revised[at]
	t := query.Tick{
		Concurrent: 3 * n, StartingUp: n, WatchTime: 15_000 * n, RebufferTime: 1000 * (n % 3), StartAttempts: 2 * (n % 2), Exits: n % 2, Failures: 1,
	}
	if n > 0 {
		t.Bitrate, t.BitrateViewers = 1_000_000*n+1, n
	}
	return t
}

func (m *madeUp) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	m.mu.Lock()
	block := m.block
	m.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.plans = append(m.plans, *p)
	ticks := &query.Ticks{From: p.From, Groups: make([]query.TickGroup, 1)}
	if p.GroupBy != query.NoGroups {
		for i := range int64(150) {
			ticks.Groups = append(ticks.Groups, query.TickGroup{Value: string(rune('a' + i%26)), Label: "", Ticks: []query.Tick{m.tick(p.To, i)}})
		}
	}
	for at := p.From; at <= p.To; at += query.TickEvery {
		ticks.Groups[0].Ticks = append(ticks.Groups[0].Ticks, m.tick(at, 0))
	}
	return ticks, m.err
}

func (m *madeUp) Startups(_ context.Context, p *query.TickPlan) ([]query.Startup, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []query.Startup
	for at := p.From; at <= p.To; at += query.TickEvery {
		for i := range at/query.TickEvery%7 + m.revised[at] {
			list = append(list, query.Startup{At: at, Time: 10 + 333*i})
		}
	}
	return list, m.err
}
