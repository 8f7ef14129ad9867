package app

import (
	"bytes"
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

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"
)

// ExportRequest asks a running server for views.
type ExportRequest struct {
	URL, Token string
	Query      url.Values // as the operation query-exports has parameters
	File       string     // a new file; "": To alone

	To       io.Writer                          // where the file goes without File
	Progress func(views, of int64, bytes int64) // is told what has come; views are below 0 where they cannot be counted
}

// Exported is what has come.
type Exported struct {
	Views int64 // below 0: not counted
	Bytes int64
}

// FetchExport has a running server export views, and writes them to a new file:
// first under another name, then, once it is whole, under its own.
func FetchExport(ctx context.Context, r ExportRequest) (e Exported, err error) {
	if r.File == "" {
		return fetchExport(ctx, r, r.To)
	}
	if _, err := os.Stat(r.File); err == nil {
		return e, fmt.Errorf("%s is there already: want a new file", r.File)
	}
	part := r.File + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return e, err
	}
	e, err = fetchExport(ctx, r, f)
	if err == nil && r.Query.Get("format") == "parquet" {
		e.Views, err = parquetRows(f, e.Bytes)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, r.File)
	}
	if err != nil {
		return e, fmt.Errorf("export: %w", errors.Join(err, os.Remove(part)))
	}
	return e, syncFolder(filepath.Dir(r.File))
}

// parquetRows reads how many rows a file says to have, which stands at its end.
func parquetRows(f io.ReaderAt, size int64) (int64, error) {
	opened, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return 0, fmt.Errorf("what has come is not whole: %w", err)
	}
	return opened.NumRows(), nil
}

// fetchExport copies what the server sends, and counts it on the way.
func fetchExport(ctx context.Context, r ExportRequest, to io.Writer) (e Exported, err error) {
	target := strings.TrimSuffix(r.URL, "/") + "/data/v1/exports/query?" + r.Query.Encode()
	err = download(ctx, target, r.Token, func(h http.Header, body io.Reader) error {
		of, err := strconv.ParseInt(h.Get("Playhead-Rows"), 10, 64)
		if err != nil {
			return fmt.Errorf("the server does not tell how many views come: %w", err)
		}
		count := newRowCounter(r.Query)
		progress := writerFunc(func(p []byte) (int, error) {
			e.Bytes += int64(len(p))
			if r.Progress != nil {
				r.Progress(count.views(), of, e.Bytes)
			}
			return len(p), nil
		})
		_, err = io.Copy(io.MultiWriter(to, count, progress), body)
		if notWhole := count.Close(); err == nil {
			err = notWhole
		}
		e.Views = count.views()
		return err
	})
	return e, err
}

// writerFunc is a function that takes what is written.
type writerFunc func(p []byte) (int, error)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// rowCounter counts the rows of a file that is written to it.
type rowCounter interface {
	io.WriteCloser
	views() int64
}

// newRowCounter makes the counter of what a query asks for.
func newRowCounter(query url.Values) rowCounter {
	lines := &lineCounter{}
	switch query.Get("format") {
	case "parquet":
		return uncounted{io.Discard}
	case "ndjson":
	default:
		lines.rows, lines.quotes = -1, true // without the line of names
	}
	if query.Get("compression") == "gzip" {
		return newPackedCounter(lines)
	}
	return lines
}

// uncounted does not count.
type uncounted struct{ io.Writer }

func (uncounted) views() int64 { return -1 }

// Close implements io.Closer.
func (uncounted) Close() error { return nil }

// lineCounter counts the ends of lines; of CSV those that are not in quotes.
type lineCounter struct {
	rows   int64
	quotes bool // it is CSV
	inside bool
}

func (c *lineCounter) views() int64 { return max(0, c.rows) }

// Close implements io.Closer.
func (c *lineCounter) Close() error { return nil }

// Write implements io.Writer.
func (c *lineCounter) Write(p []byte) (int, error) {
	if !c.quotes {
		c.rows += int64(bytes.Count(p, []byte("\n")))
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		part, more := rest, 0
		if i := bytes.IndexByte(rest, '"'); i >= 0 {
			part, more = rest[:i], 1
		}
		if !c.inside {
			c.rows += int64(bytes.Count(part, []byte("\n")))
		}
		if more > 0 {
			c.inside = !c.inside // a quote in a quoted cell is there twice
		}
		rest = rest[len(part)+more:]
	}
	return len(p), nil
}

// packedCounter counts what it unpacks. It fails when that is not whole.
type packedCounter struct {
	*io.PipeWriter
	lines *lineCounter
	known chan int64 // the rows so far
	done  chan error
	rows  int64
}

func newPackedCounter(lines *lineCounter) *packedCounter {
	from, to := io.Pipe()
	c := &packedCounter{PipeWriter: to, lines: lines, done: make(chan error, 1), known: make(chan int64, 1)}
	go func() {
		unpacked, err := gzip.NewReader(from)
		if err == nil {
			_, err = io.Copy(io.MultiWriter(lines, writerFunc(func(p []byte) (int, error) {
				select {
				case <-c.known: // what nobody has asked for
				default:
				}
				c.known <- lines.views()
				return len(p), nil
			})), unpacked)
		}
		from.CloseWithError(err)
		c.done <- err
	}()
	return c
}

func (c *packedCounter) views() int64 {
	select {
	case c.rows = <-c.known:
	default:
	}
	return c.rows
}

// Close implements io.Closer.
func (c *packedCounter) Close() error {
	_ = c.PipeWriter.Close() // never fails
	if err := <-c.done; err != nil {
		return fmt.Errorf("what has come is not whole: %w", err)
	}
	return nil
}
