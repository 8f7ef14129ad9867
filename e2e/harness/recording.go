package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"playhead/internal/recording"
)

// Recording is what a real player sent while it played, in the order of
// arrival.
type Recording []Request

// Request is one beacon of a recording.
type Request struct {
	Received int64 // when it arrived, in ms since 1970
	Header   http.Header
	Body     []byte
}

// epochFields are the fields of an event, as the wire abbreviates them, that
// hold ms since 1970 in the recordings used here: viewer_time, view_start,
// session_start, session_expires and the times of requests.
var epochFields = []string{"uti", "xst", "sst", "sex", "qst", "qrpst", "qrpen"}

// Record reads a recording of testdata/captures by its name without ending.
func Record(t testing.TB, name string) Recording {
	t.Helper()
	var r Recording
	for _, post := range recording.Posts(t, name) {
		header := http.Header{}
		for key, value := range post.Headers {
			header.Set(key, value)
		}
		r = append(r, Request{Received: post.Received, Header: header, Body: []byte(post.Body)})
	}
	return r
}

// Rewrite returns the recording as another viewer would have sent it: all times
// are moved so that the last beacon arrives at the given time, and each event,
// a map of the wire's abbreviated names, is changed as edit does it.
func (r Recording) Rewrite(last time.Time, edit func(event map[string]any)) (Recording, error) {
	delta := last.UnixMilli() - r[len(r)-1].Received
	out := make(Recording, len(r))
	for i, request := range r {
		body, err := rewrite(request.Body, delta, edit)
		if err != nil {
			return nil, fmt.Errorf("beacon %d of the recording: %w", i+1, err)
		}
		out[i] = Request{Received: request.Received + delta, Header: request.Header, Body: body}
	}
	return out, nil
}

func rewrite(body []byte, delta int64, edit func(map[string]any)) ([]byte, error) {
	var beacon struct {
		Metadata map[string]any   `json:"metadata,omitempty"`
		Events   []map[string]any `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&beacon); err != nil {
		return nil, err
	}
	if err := move(beacon.Metadata, "transmission_timestamp", delta); err != nil {
		return nil, err
	}
	for _, event := range beacon.Events {
		for _, field := range epochFields {
			if err := move(event, field, delta); err != nil {
				return nil, err
			}
		}
		edit(event)
	}
	return json.Marshal(beacon)
}

// move adds ms to a time in ms, if there is one.
func move(object map[string]any, key string, ms int64) error {
	number, ok := object[key].(json.Number)
	if !ok {
		return nil
	}
	at, err := number.Float64() // old SDKs send fractions of a millisecond
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	object[key] = at + float64(ms)
	return nil
}

// client gives up on a server that does not answer.
var client = &http.Client{Timeout: 10 * time.Second}

// Post sends one beacon and returns the status of the answer.
func Post(base string, r Request) (int, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/", bytes.NewReader(r.Body))
	if err != nil {
		return 0, err
	}
	for _, key := range []string{"Content-Type", "User-Agent", "Origin", "Sec-Ch-Ua", "Sec-Ch-Ua-Platform", "Sec-Ch-Ua-Mobile"} {
		if value := r.Header.Get(key); value != "" {
			req.Header.Set(key, value)
		}
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}
