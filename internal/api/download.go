package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Download is an answer that is a file: its route says of which type.
type Download interface {
	io.WriterTo
	io.Closer
	Name() string // of the file
	Bytes() int64 // about its size; below 0: nobody knows
}

// typedDownload is a file of which headers tell more: that it is of another type
// than the first of its route.
type typedDownload interface {
	Download
	Describe(h http.Header)
}

// bytesHeader tells a client how much is going to come.
const bytesHeader = "Playhead-Bytes"

// patience is how long a client may take nothing of a download.
const patience = time.Minute

// noDeadlines takes the server's limits of time from a request that may take
// longer. A writer that has none does not know them. A body, which none of these
// requests needs, has to come in time: else anybody could keep connections.
func noDeadlines(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if r.ContentLength == 0 {
		_ = c.SetReadDeadline(time.Time{})
	}
	_ = c.SetWriteDeadline(time.Time{})
}

// send answers with a file, and returns the status. A failure in the middle can
// only be told by ending the connection before the answer has its end.
func (s *server) send(w http.ResponseWriter, r *http.Request, rt *route, id string, file Download) (status int, err error) {
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", rt.files[0])
	h.Set("Content-Disposition", `attachment; filename="`+file.Name()+`"`)
	if n := file.Bytes(); n >= 0 {
		h.Set(bytesHeader, strconv.FormatInt(n, 10))
	}
	if typed, ok := file.(typedDownload); ok {
		typed.Describe(h)
	}
	h.Set("X-Content-Type-Options", "nosniff") // titles are what anybody sends
	h.Set("Cache-Control", cacheControl)
	h.Set("X-Request-Id", id)
	if r.Method == http.MethodHead {
		return rt.success(), nil
	}
	_, err = file.WriteTo(&patientWriter{w, http.NewResponseController(w), s.Clock})
	switch {
	case err == nil:
		return rt.success(), nil
	case r.Context().Err() != nil:
		s.Logger.Info("a client has not waited for a file", "err", err, "request_id", id, "file", file.Name())
		return statusGone, err
	case errors.Is(err, errEnding):
		s.Logger.Info("a file is cut off, as the server stops", "request_id", id, "file", file.Name())
		return http.StatusServiceUnavailable, err
	default:
		s.Logger.Error("cannot send a file", "err", err, "request_id", id, "file", file.Name())
		return http.StatusInternalServerError, err
	}
}

// patientWriter gives each write its own limit of time.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	clock   func() time.Time
}

// Write implements io.Writer.
func (w *patientWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(w.clock().Add(patience)) // see noDeadlines
	return w.ResponseWriter.Write(p)
}
