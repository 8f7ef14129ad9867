package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"playhead/internal/export"
	"playhead/internal/fault"
	"playhead/internal/openapi"
	"playhead/internal/query"
	"playhead/internal/view"
)

// ExportViews reads the views that an export has.
type ExportViews interface {
	// CountScope counts the views of a scope.
	CountScope(ctx context.Context, scope query.Scope) (int64, error)
	// Export reads them with all columns, by their end, then by their id, in
	// bounded memory. Nobody waits for who reads them.
	Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error]
}

// The parameters of an export on demand.
var (
	exportFormat = scalar("format", "the format of the file",
		func(r *query.Request) *string { return &r.Format }).of(byDefault(openapi.Words(export.Formats...), export.CSV))
	exportVersion = scalar("version", "of the columns",
		func(r *query.Request) *string { return &r.Version }).of(whole(export.OldestVersion, export.LatestVersion, export.LatestVersion))
	exportCompression = scalar("compression", "whether the file is packed; Parquet is by itself, and takes none alone",
		func(r *query.Request) *string { return &r.Compression }).of(byDefault(openapi.Words(uncompressed, gzipped), uncompressed))
)

// What a file may be packed with.
const (
	uncompressed = "none"
	gzipped      = "gzip"
)

func byDefault(s *openapi.Schema, value any) *openapi.Schema {
	s.Default = value
	return s
}

// rowsHeader tells a client how many views are going to come.
const rowsHeader = "Playhead-Rows"

// exportTypes are the media types of exports on demand.
var exportTypes = []string{"text/csv; charset=utf-8", "application/x-ndjson", export.MediaType(export.Parquet), export.MediaType(export.CSV)}

func (s *server) queryExport(c *call) (any, error) {
	if s.Exports.Views == nil {
		return nil, fault.New(fault.Busy, "this server exports nothing")
	}
	e := &viewExport{ending: s.Ending}
	var err error
	if e.format, e.options, err = exportOptions(c.query); err != nil {
		return nil, err
	}
	e.options.Property = c.environment.Property
	if e.scope, err = query.Export(c.query); err != nil {
		return nil, err
	}
	e.buffered = bufio.NewWriterSize(&e.to, exportBuffer)
	if e.file, err = export.NewWriter(e.format, e.buffered, e.options); err != nil {
		return nil, err
	}
	if e.free, err = s.exports.begin(c.environment.ID); err != nil {
		return nil, err
	}
	e.written = s.exports.rows.WithLabelValues(string(e.format)).Add
	if err := e.start(c, s.Exports.Views, s.Timeout); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// exportOptions reads how a file is to be written.
func exportOptions(r query.Request) (f export.Format, o export.Options, err error) {
	f, o.Version = export.CSV, export.LatestVersion
	if r.Format != "" {
		f = export.Format(r.Format)
	}
	switch f {
	case export.CSV, export.NDJSON, export.Parquet:
	default:
		return "", o, fault.Badf("format", "want csv, ndjson or parquet, have %s", fault.Quote(r.Format))
	}
	if r.Version != "" {
		if o.Version, err = strconv.Atoi(r.Version); err != nil || o.Version < export.OldestVersion || o.Version > export.LatestVersion {
			return "", o, fault.Badf("version", "want a whole number from %d to %d, have %s", export.OldestVersion, export.LatestVersion, fault.Quote(r.Version))
		}
	}
	switch {
	case r.Compression == "" || r.Compression == uncompressed:
	case r.Compression != gzipped:
		return "", o, fault.Badf("compression", "want gzip or none, have %s", fault.Quote(r.Compression))
	case f == export.Parquet:
		return "", o, fault.Badf("compression", "Parquet is packed by itself: want none, have gzip")
	default:
		o.Gzip = true
	}
	return f, o, nil
}

// viewExport is an export that is made while it is sent.
type viewExport struct {
	format  export.Format
	options export.Options
	scope   query.Scope
	count   int64 // views, as counted beforehand

	to       countedWriter // where the file goes, once it goes anywhere
	buffered *bufio.Writer // into to
	file     export.Writer // into buffered

	next    func() (*view.View, error, bool) // the views
	stop    func()                           // ends next
	first   *view.View                       // has come already; nil: there is none
	free    func()                           // lets others export
	written func(rows float64)
	ending  <-chan struct{} // closed when the server stops
}

// start counts the views and waits for the first one: what is wrong by then is
// told by the status of the answer.
func (e *viewExport) start(ctx context.Context, views ExportViews, within time.Duration) (err error) {
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if e.count, err = views.CountScope(limited, e.scope); err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			err = &fault.Error{Code: fault.Busy, Message: fmt.Sprintf("the views could not be counted within %s: choose a shorter timeframe", within), Err: err}
		}
		return err
	}
	e.next, e.stop = iter.Pull2(views.Export(ctx, e.scope))
	e.first, err, _ = e.next()
	return err
}

// Name implements [Download].
func (e *viewExport) Name() string {
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("20060102T150405Z") }
	extension := export.Extension(e.format)
	if !e.options.Gzip {
		extension = strings.TrimSuffix(extension, ".gz")
	}
	return fmt.Sprintf("views_%d_%s_%s%s", e.options.Property, at(e.scope.From), at(e.scope.To), extension)
}

// Bytes implements [Download].
func (e *viewExport) Bytes() int64 { return -1 }

// Describe implements [typedDownload].
func (e *viewExport) Describe(h http.Header) {
	h.Set(rowsHeader, strconv.FormatInt(e.count, 10))
	h.Set("Content-Type", e.mediaType())
}

func (e *viewExport) mediaType() string {
	switch {
	case e.options.Gzip || e.format == export.Parquet:
		return export.MediaType(e.format)
	case e.format == export.NDJSON:
		return exportTypes[1]
	default:
		return exportTypes[0]
	}
}

// errEnding is why an export is cut off when the server stops.
var errEnding = errors.New("the server stops")

// WriteTo implements io.WriterTo.
func (e *viewExport) WriteTo(w io.Writer) (int64, error) {
	e.to.Writer = w
	for v, err := e.first, error(nil); v != nil; {
		if err = e.file.Write(v); err != nil {
			return e.to.bytes, fmt.Errorf("write view %s: %w", v.ID, err)
		}
		e.written(1)
		select {
		case <-e.ending:
			return e.to.bytes, errEnding
		default:
		}
		if v, err, _ = e.next(); err != nil {
			return e.to.bytes, fmt.Errorf("read views: %w", err)
		}
	}
	err := e.file.Close()
	if err == nil {
		err = e.buffered.Flush()
	}
	return e.to.bytes, err
}

// exportBuffer is how many bytes of an export are sent at once.
const exportBuffer = 64 << 10

// Close implements io.Closer.
func (e *viewExport) Close() error {
	if e.stop != nil {
		e.stop()
	}
	e.free()
	return nil
}

// countedWriter counts bytes.
type countedWriter struct {
	io.Writer
	bytes int64
}

// Write implements io.Writer.
func (w *countedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.bytes += int64(n)
	return n, err
}
