package app

import (
	"container/list"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A gate is a listener with a limit of connections. Players keep theirs open
// between two beacons, so that at the limit, most do nothing: the one that has
// done nothing for the longest makes way for the next. When all are at work, the
// next gets 503 and is closed, before it costs more than a few bytes.
type gate struct {
	net.Listener
	most int

	mu   sync.Mutex
	open int
	idle *list.List // of *connection, the longest idle first

	refusing         chan struct{} // has room for those that are being told
	telling          sync.WaitGroup
	refused, evicted prometheus.Counter
}

const (
	// maxRefusing bounds the connections that are told at the same time that they
	// are refused; any more are closed without a word.
	maxRefusing = 1024
	// refusalTime is how long one that is refused may take to send its request,
	// and then to read the answer.
	refusalTime = time.Second
)

// refusal is the whole answer of a connection that is refused.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nAccess-Control-Allow-Origin: *\r\n" +
	"Content-Length: 0\r\nConnection: close\r\n\r\n"

// connection is one that the gate has let in.
type connection struct {
	*net.TCPConn
	gate  *gate
	place *list.Element // in gate.idle; nil while at work
	gone  bool
}

// newGate makes a gate for a server named in figures. It takes the hook of the
// server that tells of its connections.
func newGate(l net.Listener, server *http.Server, name string, most int, reg prometheus.Registerer) *gate {
	labels := prometheus.Labels{"listener": name}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_http_connections_" + name, Help: help, ConstLabels: labels})
	}
	g := &gate{
		Listener: l, most: most, idle: list.New(), refusing: make(chan struct{}, maxRefusing),
		refused: counter("refused_total", "Connections that were closed because as many as may be were at work."),
		evicted: counter("evicted_total", "Idle connections that made way for others."),
	}
	reg.MustRegister(g.refused, g.evicted, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "playhead_http_connections", Help: "Connections that are open.", ConstLabels: labels,
	}, func() float64 {
		g.mu.Lock()
		defer g.mu.Unlock()
		return float64(g.open)
	}))
	server.ConnState = g.observe
	return g
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		accepted, err := g.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				g.telling.Wait()
			}
			return nil, err
		}
		c := &connection{TCPConn: accepted.(*net.TCPConn), gate: g}
		if g.enter() {
			return c, nil
		}
		g.refuse(c.TCPConn)
	}
}

// enter takes a place for a connection, if there is one or can be.
func (g *gate) enter() bool {
	g.mu.Lock()
	var longest *connection
	if el := g.idle.Front(); g.open >= g.most && el != nil {
		longest = el.Value.(*connection)
		g.leave(longest)
		g.evicted.Inc()
	}
	free := g.open < g.most
	if free {
		g.open++
	}
	g.mu.Unlock()
	if longest != nil {
		_ = longest.TCPConn.Close() // its goroutine finds out and ends
	}
	return free
}

// leave gives the place of a connection back. The caller holds mu.
func (g *gate) leave(c *connection) {
	if c.gone {
		return
	}
	c.gone = true
	g.open--
	g.work(c)
}

// work takes a connection from those that are idle. The caller holds mu.
func (g *gate) work(c *connection) {
	if c.place != nil {
		g.idle.Remove(c.place)
		c.place = nil
	}
}

// observe is what the server tells of its connections.
func (g *gate) observe(conn net.Conn, state http.ConnState) {
	c := conn.(*connection)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case state == http.StateActive:
		g.work(c)
	case state == http.StateIdle && !c.gone && c.place == nil:
		c.place = g.idle.PushBack(c)
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.gate.mu.Lock()
	c.gate.leave(c)
	c.gate.mu.Unlock()
	return c.TCPConn.Close()
}

// refuse answers a connection for which there is no place, once it has begun to
// ask: clients take no notice of an answer before that.
func (g *gate) refuse(c *net.TCPConn) {
	g.refused.Inc()
	select {
	case g.refusing <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	g.telling.Go(func() {
		defer func() { <-g.refusing }()
		defer c.Close()
		g.answer(c)
	})
}

// answer gives up at the first error: there is nobody to tell.
func (g *gate) answer(c *net.TCPConn) {
	if err := c.SetDeadline(time.Now().Add(refusalTime)); err != nil {
		return
	}
	var some [4 << 10]byte
	if _, err := c.Read(some[:]); err != nil {
		return
	}
	if _, err := io.WriteString(c, refusal); err != nil {
		return
	}
	if err := c.CloseWrite(); err != nil {
		return
	}
	// Closing while something is unread would take the answer back.
	_, _ = io.CopyN(io.Discard, c, 64<<10)
}
