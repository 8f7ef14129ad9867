package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/bench/load"
	"playhead/internal/api"
	"playhead/internal/live"
	"playhead/internal/meta"
	"playhead/internal/store/memory"
	"playhead/internal/view"
)

// inProcess is package live with the API before it and the views of a day in it.
type inProcess struct {
	*bench
	world       *world
	live        *live.Store
	environment string
	base        string       // URL of the API
	now         atomic.Int64 // journal time, in ms since 1970
	flow        *flow
	metrics     *prometheus.Registry
	out         io.Writer
}

// The token of the requests.
const tokenID, secret = "bench", "a-secret-for-the-benchmark"

// inProcess measures package live in this process.
func (b *bench) inProcess(ctx context.Context) (err error) {
	p := &inProcess{bench: b, out: os.Stdout, metrics: prometheus.NewRegistry()}
	p.now.Store(at.UnixMilli())
	dir, err := os.MkdirTemp("", "realtime")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	records, err := p.openRecords(ctx, filepath.Join(dir, "records.sqlite"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.Stop(ctx)) }()
	if p.live, err = live.New(live.Config{Memory: b.memory, Logger: logger(), Registerer: p.metrics}); err != nil {
		return err
	}
	handler, err := api.New(api.Config{
		Engine: memory.New(), Records: records, Realtime: p.live, Clock: p.clock, Logger: logger(), Timeout: 5 * time.Minute,
	})
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go server.Serve(l) //nolint:errcheck // ends with Close
	defer server.Close()
	p.base = "http://" + l.Addr().String()
	if err := p.fill(); err != nil {
		return err
	}
	if b.only.MatchString("questions") {
		if err := p.askWhileFlowing(ctx); err != nil {
			return err
		}
	}
	if !b.only.MatchString("baselines") {
		return nil
	}
	return p.compare(ctx)
}

func (p *inProcess) clock() time.Time { return time.UnixMilli(p.now.Load()) }

func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// openRecords opens control-plane records with one environment and one token.
func (p *inProcess) openRecords(ctx context.Context, path string) (*meta.Store, error) {
	s, err := meta.Open(ctx, meta.Config{Path: path, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := s.Bootstrap(ctx, "bench", tokenID, secret); err != nil {
		return nil, errors.Join(err, s.Stop(ctx))
	}
	e, ok := s.EnvironmentByKey("bench")
	if !ok {
		return nil, errors.Join(errors.New("there is no environment in "+path), s.Stop(ctx))
	}
	p.environment = e.ID
	return s, nil
}

// fill puts the views that are not final and loads those of the day before, as a
// server does that starts, and says what they take.
func (p *inProcess) fill() error {
	now := at.UnixMilli()
	p.world = newWorld(p.seed, at, p.history+time.Hour, p.bench.flow, p.viewers, p.scripts)
	p.flow = &flow{world: p.world, environment: p.environment, to: p.live}
	empty := heap()
	stop, err := p.profile("fill")
	if err != nil {
		return err
	}
	defer stop()
	began := time.Now()
	p.flow.open(now, p.bench.flow)
	opened, hot := time.Since(began), p.flow.views
	p.flow.batch = nil
	planned := p.flow.size()
	afterOpen := heap()
	fmt.Fprintf(p.out, "%d processors, GOMAXPROCS %d\n", runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintf(p.out, "views that are not final: %d, of which %d watch; put in %.1f s, %.1f of them in Put\n", hot, p.world.watching(now), opened.Seconds(), p.flow.putting.Seconds())
	began = time.Now()
	loaded := 0
	if err := p.live.Load(func(yield func(view.Watch, error) bool) {
		for w, err := range p.world.ended(now-p.history.Milliseconds(), now, p.environment) {
			loaded++
			if !yield(w, err) {
				return
			}
		}
	}); err != nil {
		return err
	}
	took := time.Since(began)
	full := heap()
	fmt.Fprintf(p.out, "final views of %s: %d; made and loaded in %.1f s\n", p.history, loaded, took.Seconds())
	fmt.Fprintf(p.out, "memory: %d MB, by live's own count %.0f; a view that is not final %d bytes, a final one %d; for each who watches %d bytes, of the last 24 h %d\n",
		(full-empty-planned)>>20, p.metric("playhead_live_bytes")/(1<<20), (afterOpen-empty-planned)/int64(hot), (full-afterOpen)/int64(max(1, loaded)),
		(afterOpen-empty-planned)/int64(p.viewers), (full-empty-planned)/int64(p.viewers))
	p.flow.views, p.flow.putting, p.flow.longest = 0, 0, 0
	return nil
}

// metric is a figure for operators.
func (p *inProcess) metric(name string) float64 {
	families, err := p.metrics.Gather()
	if err != nil {
		return 0
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return 0
}

// askWhileFlowing asks all questions again and again while views are put.
func (p *inProcess) askWhileFlowing(ctx context.Context) error {
	stop, err := p.profile("questions")
	if err != nil {
		return err
	}
	flowing, cancel := context.WithTimeout(ctx, p.bench.flow)
	defer cancel()
	ended := make(chan int64, 1)
	go func() { ended <- p.flow.run(flowing, &p.now) }()
	asked, cpu, busy := newTimes(), load.CPU(os.Getpid()), load.Busy()
	began := time.Now()
	list := questions(p.bench.ask)
	for i := 0; flowing.Err() == nil; i++ {
		if _, err := p.ask(flowing, &list[i%len(list)], asked); err != nil && flowing.Err() == nil {
			return err
		}
	}
	p.now.Store(<-ended)
	took := time.Since(began)
	cpu, busy = load.CPU(os.Getpid())-cpu, load.Busy()-busy
	stop()
	f := p.flow
	fmt.Fprintf(p.out, "\nwhile %.0f views/s are put for %s (Put takes %.1f µs a view, %.1f ms at most; late by %d ms at most); processors: %.2f, other work %.2f\n",
		float64(f.views)/took.Seconds(), took.Round(time.Second), float64(f.putting.Microseconds())/float64(max(1, f.views)),
		float64(f.longest.Microseconds())/1000, f.behind.Milliseconds(), cpu.Seconds()/took.Seconds(), (busy-cpu).Seconds()/took.Seconds())
	asked.print(p.out)
	return nil
}

// ask asks a question over HTTP and notes the time.
func (p *inProcess) ask(ctx context.Context, q *question, t *times) ([]byte, error) {
	path := p.base + q.path(p.now.Load())
	began := time.Now()
	body, err := load.Get(ctx, path, tokenID, secret)
	if err == nil {
		t.note(q, time.Since(began))
	}
	return body, err
}

// profile takes a profile of this process until it is stopped.
func (p *inProcess) profile(part string) (stop func(), err error) {
	if p.profiles == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(p.profiles, part+"-cpu"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
		if h, err := os.Create(filepath.Join(p.profiles, part+"-heap")); err == nil {
			_ = pprof.WriteHeapProfile(h)
			_ = h.Close()
		}
	}, nil
}
