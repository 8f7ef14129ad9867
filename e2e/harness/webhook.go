package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Delivery is a request that a webhook got.
type Delivery struct {
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"` // in lower case
}

// Webhook is a receiver of notifications. Servers have to be started with
// [Webhook.Setting] to send to it.
type Webhook struct {
	URL string

	mu  sync.Mutex
	got []Delivery
	on  func(n int) (status int) // what the n-th delivery is answered; nil: 200
}

// Setting has a server send to receivers on this machine.
const Setting = "--notify-networks=127.0.0.0/8"

// ReceiveWebhooks starts a receiver. With on it asks what to answer to the first
// delivery, the second one and so on; on may also never return, or do something
// else in between.
func ReceiveWebhooks(t testing.TB, on func(n int) (status int)) *Webhook {
	t.Helper()
	w := &Webhook{on: on}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.URL = server.URL + "/hook"
	return w
}

// ServeHTTP implements http.Handler.
func (w *Webhook) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	headers := map[string]string{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = values[0]
	}
	w.mu.Lock()
	w.got = append(w.got, Delivery{string(body), headers})
	n := len(w.got)
	w.mu.Unlock()
	status := http.StatusOK
	if w.on != nil {
		status = w.on(n)
	}
	answer.WriteHeader(status)
}

// Deliveries are those that have come.
func (w *Webhook) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Delivery{}, w.got...)
}

// Channel is a notification channel as the API shows it, as far as the outer
// tests look at it.
type Channel struct {
	ID     string
	Secret string
}

// CreateWebhook makes a channel that sends to a receiver.
func CreateWebhook(s *Server, to *Webhook) (Channel, error) {
	return Write[Channel](s, http.MethodPost, "/data/v1/notification-channels", map[string]any{"name": "Test", "kind": "webhook", "target": to.URL, "subscription": "all"})
}

// Write sends a body to a path below the API's base URL with the server's token,
// and reads the answer, which has to be one of 2xx.
func Write[T any](s *Server, method, path string, body any) (T, error) {
	var e Envelope[T]
	text := []byte{}
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return e.Data, err
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), method, s.API+path, bytes.NewReader(text))
	if err != nil {
		return e.Data, err
	}
	r.Header.Set("Content-Type", "application/json")
	id, secret, _ := strings.Cut(s.Token, ":")
	r.SetBasicAuth(id, secret)
	answer, err := client.Do(r)
	if err != nil {
		return e.Data, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err != nil {
		return e.Data, err
	}
	if answer.StatusCode/100 != 2 {
		return e.Data, fmt.Errorf("%s %s: status %d: %s", method, path, answer.StatusCode, text)
	}
	if len(text) > 0 {
		err = json.Unmarshal(text, &e)
	}
	return e.Data, err
}
