package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"

	"playhead/internal/export"
	"playhead/internal/fault"
)

// storedFile is an answer that is a file of this machine, of which parts can be
// asked for.
type storedFile struct {
	*os.File
	name string // for who downloads it
	info fs.FileInfo
}

// storedTypes are the media types of stored files. What is packed with gzip is
// sent so, and not unpacked on the way.
var storedTypes = []string{export.MediaType(export.CSV), export.MediaType(export.Parquet)}

// storedType is the media type of a stored file.
func storedType(name string) string {
	if strings.HasSuffix(name, export.Extension(export.Parquet)) {
		return storedTypes[1]
	}
	return storedTypes[0]
}

func (s *server) getExportFile(c *call) (any, error) {
	if s.Exports.Folder == nil {
		return nil, errNoFile
	}
	f, err := s.Exports.Folder.Open(c.environment.ID + "/" + c.file)
	if public, ok := errors.AsType[*fault.Error](err); ok && public.Code == fault.NotFound {
		return nil, errNoFile
	}
	if err != nil {
		return nil, fmt.Errorf("open export: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Those of several environments and days have to have different names where
	// they are saved.
	return &storedFile{f, strconv.FormatInt(c.environment.Property, 10) + "_" + c.file, info}, nil
}

// etag tells a file from the one that it was before. A file is never changed: a
// new one takes its place. What the records say of it is known a moment later
// than the file is there, so that its checksum cannot stand here.
func (f *storedFile) etag() string {
	return `"` + strconv.FormatInt(f.info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(f.info.Size(), 36) + `"`
}

// sendStored answers with a stored file, or the part of it that is asked for. It
// returns the status. How long it may take is bounded by write, see patientWriter.
func (s *server) sendStored(w http.ResponseWriter, r *http.Request, id string, f *storedFile) int {
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", storedType(f.name))
	h.Set("Content-Disposition", `attachment; filename="`+strings.Map(inQuotes, f.name)+`"`)
	h.Set("ETag", f.etag())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheControl)
	h.Set("X-Request-Id", id)
	noted := &notedWriter{patientWriter{w, http.NewResponseController(w), s.Clock}, http.StatusOK}
	http.ServeContent(noted, r, f.name, f.info.ModTime(), f.File)
	return noted.status
}

// inQuotes leaves out what would end a text in quotes.
func inQuotes(r rune) rune {
	if r == '"' || r == '\\' || r < ' ' || r > '~' {
		return -1
	}
	return r
}

// conditions are the answers to what a request of a stored file may ask for and
// there is not, with their types.
var conditions = map[int]struct{ name, doc string }{
	http.StatusPreconditionFailed:           {"precondition_failed", "the file is not the one that If-Match names"},
	http.StatusRequestedRangeNotSatisfiable: {"range_not_satisfiable", "the file does not have the part that the header Range asks for"},
}

// notedWriter remembers the status, and gives conditions the shape of all errors.
type notedWriter struct {
	patientWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *notedWriter) WriteHeader(status int) {
	w.status = status
	c, failed := conditions[status]
	if !failed {
		w.patientWriter.WriteHeader(status)
		return
	}
	var body errorBody
	body.Error.Type, body.Error.Messages = c.name, []string{c.doc}
	encoded, _ := encode(body) // an error body can always be encoded
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Del("Content-Disposition")
	w.patientWriter.WriteHeader(status)
	_, _ = w.patientWriter.Write(encoded) // an error means that the client is gone
}

// Write implements io.Writer.
func (w *notedWriter) Write(p []byte) (int, error) {
	if _, failed := conditions[w.status]; failed {
		return len(p), nil // the same in plain text
	}
	return w.patientWriter.Write(p)
}
