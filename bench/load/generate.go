package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Plan says how a server is loaded.
type Plan struct {
	Address     string // HOST:PORT
	Connections int
	Rate        float64       // requests per second that are due at even times; 0: as fast as they are answered
	Warm, Time  time.Duration // what is not measured at first, and what is measured then
	Seed        uint64        // of the ids: not twice the same for one server
	Sessions    int64         // after which it ends early; 0: any number
	Open        bool          // sessions end before their views do
}

// A Result is what was sent and answered in the measured time. Views, Bodies
// and Refused are of the whole load.
type Result struct {
	Time          time.Duration
	Posts, Events int64
	Latencies     []time.Duration // ascending; from the time at which a request was due, if it has a rate
	Bytes         int64           // of the bodies
	CPU           time.Duration   // that sending took
	Views         int64           // that the server has to have now
	Bodies        int64
	Refused       int64 // not answered with 200
}

// PerSecond is a count of the measured time as a rate.
func (r *Result) PerSecond(n int64) float64 { return float64(n) / r.Time.Seconds() }

// Quantile is a quantile of the latencies: the value below which a share of
// them is.
func (r *Result) Quantile(share float64) time.Duration {
	if len(r.Latencies) == 0 {
		return 0
	}
	return r.Latencies[min(len(r.Latencies)-1, int(share*float64(len(r.Latencies))))]
}

// Run sends sessions until the plan's time is over. Then every connection sends
// its session to the end, so that no view is left half told.
//
// During may be nil; it is called when measuring begins and has until its end.
func Run(ctx context.Context, sessions []*Session, p Plan, during func(ctx context.Context)) (*Result, error) {
	g := &generator{plan: p, sessions: sessions, begin: time.Now()}
	workers := make([]worker, p.Connections)
	errs := make([]error, p.Connections)
	var parts sync.WaitGroup
	for i := range workers {
		parts.Go(func() { errs[i] = workers[i].run(ctx, g) })
	}
	sending, ended := context.WithCancel(ctx)
	defer ended()
	go func() { parts.Wait(); ended() }() // when all sessions that are wanted are sent
	wait(sending, p.Warm)
	g.measuring.Store(true)
	r := new(Result)
	start, cpu := time.Now(), CPU(self)
	measure, cancel := context.WithTimeout(sending, p.Time)
	defer cancel()
	if during != nil {
		during(measure)
	}
	<-measure.Done()
	g.measuring.Store(false)
	r.Time, r.CPU = time.Since(start), CPU(self)-cpu
	g.ending.Store(true)
	parts.Wait()
	for i := range workers {
		r.add(&workers[i])
	}
	slices.Sort(r.Latencies)
	return r, errors.Join(errs...)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (r *Result) add(w *worker) {
	r.Posts += int64(len(w.latencies))
	r.Latencies = append(r.Latencies, w.latencies...)
	r.Events += w.events
	r.Bytes += w.bytes
	r.Views += w.views
	r.Bodies += w.bodies
	r.Refused += w.refused
}

// A generator is what the connections share.
type generator struct {
	plan      Plan
	sessions  []*Session
	begin     time.Time
	turn      atomic.Int64 // requests that have been given a time, if there is a rate
	viewers   atomic.Uint64
	measuring atomic.Bool
	ending    atomic.Bool
}

// due is when the next request is to be sent.
func (g *generator) due() time.Time {
	n := g.turn.Add(1)
	return g.begin.Add(time.Duration(float64(n) / g.plan.Rate * float64(time.Second)))
}

// A worker sends sessions over one connection.
type worker struct {
	conn      net.Conn
	out, in   []byte
	latencies []time.Duration
	events    int64
	bytes     int64
	views     int64
	bodies    int64
	refused   int64
}

func (w *worker) run(ctx context.Context, g *generator) (err error) {
	var d net.Dialer
	if w.conn, err = d.DialContext(ctx, "tcp", g.plan.Address); err != nil {
		return err
	}
	defer w.conn.Close()
	w.in = make([]byte, 4096)
	for !g.ending.Load() {
		viewer := g.viewers.Add(1)
		if g.plan.Sessions > 0 && viewer > uint64(g.plan.Sessions) {
			break
		}
		s := g.sessions[mix(viewer)%uint64(len(g.sessions))]
		if err := w.session(g, s, mix(g.plan.Seed)^viewer<<8); err != nil {
			return err
		}
	}
	return nil
}

// session sends one session. Its times are moved so that the last request is
// sent now: the server takes the others for ones that come late.
func (w *worker) session(g *generator, s *Session, seed uint64) error {
	move := time.Now().UnixMilli() - s.last
	for i := range s.posts {
		p := &s.posts[i]
		if p.ends && g.plan.Open {
			break
		}
		w.out = p.write(w.out[:0], seed, move)
		start := time.Now()
		if g.plan.Rate > 0 && !g.ending.Load() {
			start = g.due()
			time.Sleep(time.Until(start)) //nolint:forbidigo // the load is what it times
		}
		if _, err := w.conn.Write(w.out); err != nil {
			return fmt.Errorf("send request %d of %s: %w", i, s.Name, err)
		}
		ok, err := w.answer()
		if err != nil {
			return fmt.Errorf("answer to request %d of %s: %w", i, s.Name, err)
		}
		w.bodies++
		if !ok {
			w.refused++
		}
		if g.measuring.Load() {
			w.latencies = append(w.latencies, time.Since(start))
			w.events += int64(p.events)
			w.bytes += int64(p.body)
		}
	}
	w.views += int64(s.Views)
	return nil
}

// answer reads an answer without a body, and reports whether it is 200.
func (w *worker) answer() (ok bool, err error) {
	for n := 0; ; {
		if n == len(w.in) {
			return false, errors.New("headers are too long")
		}
		m, err := w.conn.Read(w.in[n:])
		n += m
		if bytes.HasSuffix(w.in[:n], []byte("\r\n\r\n")) {
			return bytes.HasPrefix(w.in[:n], []byte("HTTP/1.1 200 ")), nil
		}
		if err != nil {
			return false, err
		}
	}
}
