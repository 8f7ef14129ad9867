package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"playhead/internal/fault"
)

// statuses are the status and the error type of each code.
var statuses = map[fault.Code]struct {
	status    int
	name, doc string
}{
	fault.Invalid:      {http.StatusBadRequest, "invalid_parameters", "the message names what is wrong and what would be accepted"},
	fault.Unauthorized: {http.StatusUnauthorized, "unauthorized", "there is no token, or none that is valid"},
	fault.Forbidden:    {http.StatusForbidden, "forbidden", "the token lacks a permission, which the message names"},
	fault.NotFound:     {http.StatusNotFound, "not_found", "what the path names is not there; the message names what is like it"},
	fault.Conflict:     {http.StatusConflict, "conflict", "it is there already"},
	fault.Limited:      {http.StatusTooManyRequests, "rate_limited", "the token asks too often, or too many streams of its environment are open"},
	fault.Busy:         {http.StatusServiceUnavailable, "unavailable", "too much is asked at the same time, or the answer takes too long"},
	fault.Internal:     {http.StatusInternalServerError, "internal_error", "a fault of the server, which is in its log under the request id"},
}

// errorBody is the shape of every error: some clients fail on any other.
type errorBody struct {
	Error struct {
		Type     string   `json:"type" doc:"for programs"`
		Messages []string `json:"messages" doc:"for people"`
	} `json:"error" doc:"what went wrong"`
}

// limitedBody is the shape of a 429, which some clients expect to be flat.
type limitedBody struct {
	errorBody
	Errors []string `json:"errors" doc:"the messages again"`
}

// statusGone is what the log and the metrics call a request that its client
// did not wait for; nobody reads its answer.
const statusGone = 499

// cacheControl is how long an answer may be kept: it is only good for who asks, now.
const cacheControl = "max-age=0, private, must-revalidate"

// answerer returns a body or an error; it may add headers to its answer.
type answerer func(http.Header, *http.Request) (any, error)

// handle makes a handler of what answers a route.
func (s *server) handle(rt *route, answer answerer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.Clock()
		id := requestID()
		if rt.lasting() {
			noDeadlines(w, r)
		} else {
			ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		status := rt.success()
		body, err := guarded(answer, w.Header(), r)
		if rt.lasting() && err == nil {
			s.last(w, r, rt, id, body, began)
			return
		}
		var encoded []byte
		if err == nil && status != http.StatusNoContent {
			encoded, err = encode(body)
		}
		if err != nil {
			status, body = s.fail(w, r, id, err)
			encoded, _ = encode(body) // an error body can always be encoded
		}
		h := w.Header()
		if status != http.StatusNoContent {
			h.Set("Content-Type", "application/json; charset=utf-8")
			h.Set("Content-Length", strconv.Itoa(len(encoded)))
		}
		h.Set("Cache-Control", cacheControl)
		h.Set("X-Request-Id", id)
		w.WriteHeader(status)
		w.Write(encoded) // an error means that the client is gone
		s.observer.observe(rt.pattern, status, s.Clock().Sub(began))
	})
}

// last gives an answer that may take any time. How long a stream goes on is not
// how long it takes to answer.
func (s *server) last(w http.ResponseWriter, r *http.Request, rt *route, id string, body any, began time.Time) {
	switch body := body.(type) {
	case *stream:
		s.observer.observe(rt.pattern, rt.success(), s.Clock().Sub(began))
		s.follow(w, r, rt, id, body)
	case *storedFile:
		s.observer.observe(rt.pattern, s.sendStored(w, r, id, body), s.Clock().Sub(began))
	case Download:
		status, err := s.send(w, r, rt, id, body)
		s.observer.observe(rt.pattern, status, s.Clock().Sub(began))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// encode writes an answer in JSON. People read answers too, and no page of HTML
// has them in it, so that titles and messages keep their < > and &.
func encode(body any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("write answer as JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// fail turns an error into a status and a body: the only place that does.
// Internal errors are logged and not shown.
func (s *server) fail(w http.ResponseWriter, r *http.Request, id string, err error) (int, any) {
	var public *fault.Error
	switch {
	case errors.As(err, &public) && public.Code != fault.Internal:
	case errors.Is(r.Context().Err(), context.Canceled):
		return statusGone, errorBody{}
	case errors.Is(r.Context().Err(), context.DeadlineExceeded):
		public = &fault.Error{Code: fault.Busy, Message: fmt.Sprintf("no answer within %s: choose a shorter timeframe", s.Timeout)}
		w.Header().Set("X-Should-Retry", "false") // it would only take as long again
	default:
		s.Logger.Error("cannot answer API request", "err", err, "request_id", id, "method", r.Method, "path", r.URL.Path)
		public = &fault.Error{Code: fault.Internal, Message: "internal error; the server's log has more under the request id " + id}
	}
	st := statuses[public.Code]
	switch public.Code {
	case fault.Unauthorized:
		if r.Header.Get("X-Requested-With") == "" { // for a page, which asks itself, a browser would ask the user
			w.Header().Add("WWW-Authenticate", `Basic realm="Playhead", charset="UTF-8"`)
		}
		w.Header().Add("WWW-Authenticate", `Bearer realm="Playhead"`)
	case fault.Busy:
		w.Header().Set("Retry-After", "1")
	case fault.Limited:
		if w.Header().Get("Retry-After") == "" { // the limiter knows better
			w.Header().Set("Retry-After", "10")
		}
	}
	var body errorBody
	body.Error.Type, body.Error.Messages = st.name, []string{public.Public()}
	if public.Code == fault.Limited {
		return st.status, limitedBody{body, body.Error.Messages}
	}
	return st.status, body
}

// guarded turns a panic into an error.
func guarded(answer answerer, h http.Header, r *http.Request) (body any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("BUG: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(h, r)
}

// requestID is 20 random letters of base64url.
func requestID() string {
	var bits [15]byte
	rand.Read(bits[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}
