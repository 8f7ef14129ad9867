package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"playhead/bench/load"
)

// quiet is how little a server works that has nothing to do: at its first start on
// the views it looks for incidents of the past.
const (
	quiet       = 50 * time.Millisecond // of processor time in a second
	settleLimit = 15 * time.Minute
)

// start starts the server on the views, and waits until it is quiet.
func (b *bench) start(ctx context.Context, args ...string) (*load.Playhead, error) {
	s, err := load.StartPlayhead(ctx, b.binary, b.dir, append([]string{"--memory-limit", strconv.FormatInt(b.memory, 10)}, args...)...)
	if err != nil {
		return nil, err
	}
	for began := time.Now(); time.Since(began) < settleLimit; {
		before := load.CPU(s.PID)
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), s.Kill())
		case <-time.After(time.Second):
		}
		if load.CPU(s.PID)-before < quiet {
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("the server does not come to rest"), s.Kill())
}

// demanded measures an export on demand: a process of its own has done nothing before it.
func (b *bench) demanded(format, compression string) func(context.Context, day) error {
	return func(ctx context.Context, d day) error {
		s, err := b.start(ctx, "--export-retention", "0s")
		if err != nil {
			return err
		}
		before, cpu, began := resident(s), load.CPU(s.PID), time.Now()
		size, rows, err := ask(ctx, s, d, format, compression)
		took, used := time.Since(began), load.CPU(s.PID)-cpu
		_, peak := load.Memory(s.PID)
		if err = errors.Join(err, s.Stop()); err != nil {
			return err
		}
		if rows != b.views {
			return fmt.Errorf("it has %d rows, want %d", rows, b.views)
		}
		b.print(fmt.Sprintf("%s on demand, compressed (%d MB before)", format, before>>20), took, used, size, peak)
		return nil
	}
}

func resident(s *load.Playhead) int64 {
	now, _ := load.Memory(s.PID)
	return now
}

// ask downloads the day, and forgets it.
func ask(ctx context.Context, s *load.Playhead, d day, format, compression string) (size int64, rows int, err error) {
	query := url.Values{
		"format": {format}, "compression": {compression},
		"timeframe[]": {strconv.FormatInt(d.from.Unix(), 10), strconv.FormatInt(d.to.Unix(), 10)},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+"/data/v1/exports/query?"+query.Encode(), http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	id, secret, _ := strings.Cut(token, ":")
	r.SetBasicAuth(id, secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return 0, 0, fmt.Errorf("%s: %s", answer.Status, body)
	}
	if size, err = io.Copy(io.Discard, answer.Body); err != nil {
		return 0, 0, err
	}
	rows, err = strconv.Atoi(answer.Header.Get("Playhead-Rows"))
	return size, rows, err
}

// daily measures the files of the day: all formats in one pass, from the start of the
// server until the manifest is there.
func (b *bench) daily(ctx context.Context, d day) error {
	exports := filepath.Join(b.dir, "exports-of-the-bench")
	if err := os.RemoveAll(exports); err != nil {
		return err
	}
	defer os.RemoveAll(exports)
	began := time.Now()
	s, err := load.StartPlayhead(ctx, b.binary, b.dir, "--memory-limit", strconv.FormatInt(b.memory, 10), "--export-dir", exports)
	if err != nil {
		return err
	}
	manifest := filepath.Join(exports, "*", d.from.Format("2006_01_02")+".json")
	for {
		if found, _ := filepath.Glob(manifest); len(found) > 0 {
			break
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), s.Kill())
		case <-time.After(100 * time.Millisecond):
		}
	}
	took, used := time.Since(began), load.CPU(s.PID)
	_, peak := load.Memory(s.PID)
	if err := s.Stop(); err != nil {
		return err
	}
	b.print("daily files: CSV, Parquet and NDJSON at once", took, used, load.Size(exports), peak)
	return nil
}
