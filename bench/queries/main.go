// Command queries measures what the API's requests take on a large file of
// views, and how that compares with the best plan for each, written by hand for
// the same file. It makes the file itself (generate.go). docs/performance.md
// tells how to read what it prints.
//
// Requests go over HTTP, with a token, as a client's do. A request and its plan
// by hand take turns within a run, so that what else the machine does hits both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"playhead/bench/load"
	"playhead/internal/api"
	"playhead/internal/meta"
	"playhead/internal/store/duckdb"
)

func main() {
	views := flag.Int("views", 10_000_000, "views in the file; it is made if it is not there")
	dir := flag.String("dir", "bin/bench", "folder of the file")
	rounds := flag.Int("rounds", 5, "how often each request is measured")
	only := flag.String("only", "", "measure only the requests whose name this regular expression matches; memory is one too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *dir, *views, *rounds, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "queries:", err)
		os.Exit(1)
	}
}

// The token of the requests.
const tokenID, secret = "bench", "a-secret-for-the-benchmark"

// memoryLimit is that of the engine, in bytes: what a small machine can spare.
const memoryLimit = 4 << 30

func run(ctx context.Context, dir string, views, rounds int, pattern string) (err error) {
	only, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	records, environment, err := openRecords(ctx, filepath.Join(dir, "records.sqlite"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, records.Stop(ctx)) }()
	path := filepath.Join(dir, fmt.Sprintf("views-%d.duckdb", views))
	if err := generate(ctx, path, environment, views); err != nil {
		return err
	}
	store, err := duckdb.Open(ctx, duckdb.Config{Path: path, MemoryLimit: memoryLimit})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	handler, err := api.New(api.Config{
		Engine: store, Records: records, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Timeout: 5 * time.Minute,
	})
	if err != nil {
		return err
	}
	c, err := serve(ctx, handler)
	if err != nil {
		return err
	}
	defer c.close()
	if err := measureAll(ctx, os.Stdout, c, store, environment, rounds, only); err != nil {
		return err
	}
	if !only.MatchString("memory") {
		return nil
	}
	return measureMemory(ctx, os.Stdout, c)
}

// openRecords opens control-plane records with one environment and one token.
func openRecords(ctx context.Context, path string) (*meta.Store, string, error) {
	s, err := meta.Open(ctx, meta.Config{Path: path, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, "", err
	}
	if _, err := s.Bootstrap(ctx, "bench", tokenID, secret); err != nil {
		return nil, "", errors.Join(err, s.Stop(ctx))
	}
	e, ok := s.EnvironmentByKey("bench")
	if !ok {
		return nil, "", errors.Join(errors.New("there is no environment in "+path), s.Stop(ctx))
	}
	return s, e.ID, nil
}

// client asks the API.
type client struct {
	base   string
	server *http.Server
}

// serve serves the API on a port of this machine.
func serve(ctx context.Context, handler http.Handler) (*client, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &client{base: "http://" + l.Addr().String(), server: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}}
	go c.server.Serve(l) //nolint:errcheck // ends with close
	return c, nil
}

func (c *client) close() { _ = c.server.Close() }

// get reads the answer of a path.
func (c *client) get(ctx context.Context, path string) ([]byte, error) {
	return load.Get(ctx, c.base+path, tokenID, secret)
}
