package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
)

// Baseline serves one of the two servers that Playhead is compared with until
// a signal comes: Discard reads the body and answers, Append answers once the
// body is on disk, together with those of all requests that came while the disk
// was busy.
func Baseline(ctx context.Context, name, dir string) error {
	var handler http.HandlerFunc
	switch name {
	case Discard:
		handler = func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	case Append:
		f, err := os.Create(filepath.Join(dir, "bodies"))
		if err != nil {
			return err
		}
		log := &groupCommit{file: f, done: make(chan struct{})}
		log.arrived = sync.NewCond(&log.mu)
		go log.run()
		handler = log.serve
	default:
		return fmt.Errorf("baseline is %q: want %s or %s", name, Discard, Append)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "ingest=http://%s\n", l.Addr())
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(l, handler) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// The names of the baselines.
const (
	Discard = "discard"
	Append  = "append"
)

// groupCommit appends bodies to a file: one write and one sync for all that
// have come meanwhile.
type groupCommit struct {
	file    *os.File
	mu      sync.Mutex
	arrived *sync.Cond
	waiting []byte
	done    chan struct{} // closed when waiting is on disk
	err     error
}

var bodies = sync.Pool{New: func() any { return new([64 << 10]byte) }}

func (g *groupCommit) serve(w http.ResponseWriter, r *http.Request) {
	buf := bodies.Get().(*[64 << 10]byte)
	defer bodies.Put(buf)
	n, err := io.ReadFull(r.Body, buf[:])
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	g.mu.Lock()
	g.waiting = append(g.waiting, buf[:n]...)
	done := g.done
	g.arrived.Signal()
	g.mu.Unlock()
	<-done
	if g.err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (g *groupCommit) run() {
	var spare []byte
	for {
		g.mu.Lock()
		for len(g.waiting) == 0 {
			g.arrived.Wait()
		}
		batch, done := g.waiting, g.done
		g.waiting, g.done = spare[:0], make(chan struct{})
		g.mu.Unlock()
		_, err := g.file.Write(batch)
		if err == nil {
			err = g.file.Sync()
		}
		if err != nil {
			g.err = err
		}
		spare = batch
		close(done)
	}
}
