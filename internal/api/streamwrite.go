package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// message is an event: its parts are shared by all who are told. Without parts
// there is nothing new to tell.
type message struct {
	name  string
	tick  int64  // in ms since 1970
	id    string // what a client sends back
	parts [][]byte
}

func (m *message) add(text string) { m.parts = append(m.parts, []byte(text)) }

var comma = []byte(",")

// list adds the elements of an array.
func (m *message) list(rows [][]byte) {
	for i, row := range rows {
		if i > 0 {
			m.parts = append(m.parts, comma)
		}
		m.parts = append(m.parts, row)
	}
}

// eventWriter writes server-sent events. Each has its own limit of time, so that
// who does not read is noticed.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	clock   func() time.Time
}

// begin says what holds for the whole stream.
func (e *eventWriter) begin() error {
	return e.send(fmt.Sprintf("retry: %d\n\n", streamRetry))
}

// write tells an event, or with a comment that there is none: the connection
// stays in use, and who has gone is noticed.
func (e *eventWriter) write(m message) error {
	if m.parts == nil {
		return e.send(":\n\n")
	}
	head := fmt.Sprintf("event: %s\nid: %s\ndata: ", m.name, m.id)
	return e.send(head, append(m.parts, []byte("\n\n"))...)
}

func (e *eventWriter) send(head string, parts ...[]byte) error {
	if err := e.control.SetWriteDeadline(e.clock().Add(streamPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(e.w, head); err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := e.w.Write(part); err != nil {
			return err
		}
	}
	return e.control.Flush()
}
