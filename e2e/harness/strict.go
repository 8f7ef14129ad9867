package harness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"playhead/internal/openapi/openapitest"
)

// strict puts a proxy before the API of a server. It fails the test when an
// answer differs from what the server's own description promises, whoever asked.
// It returns the base URL of the proxy.
func strict(t testing.TB, api string) (string, error) {
	checker, err := describe(api)
	if err != nil {
		return "", err
	}
	target, err := url.Parse(api)
	if err != nil {
		return "", err
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.RawQuery = r.In.URL.RawQuery // even if it is malformed
		},
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100},
		ModifyResponse: func(res *http.Response) error {
			u := res.Request.URL
			if !strings.HasPrefix(u.Path, "/data/") && !strings.HasPrefix(u.Path, "/system/") && u.Path != "/counts" {
				return nil
			}
			check := func(body []byte) {
				if err := checker.Check(res.Request.Method, u, res.StatusCode, res.Header, body); err != nil {
					t.Errorf("%s %s: %v", res.Request.Method, u, err)
				}
			}
			if res.Header.Get("Content-Type") == "text/event-stream" {
				res.Body = &events{ReadCloser: res.Body, check: check}
				return nil
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			res.Body = io.NopCloser(bytes.NewReader(body))
			check(body)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway) // the server has been stopped or killed
		},
	})
	t.Cleanup(proxy.Close)
	return proxy.URL, nil
}

// events checks each event of a stream as it goes by.
type events struct {
	io.ReadCloser
	check   func([]byte)
	partial []byte // what has come of the next one
}

// Read implements io.Reader.
func (e *events) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	e.partial = append(e.partial, p[:n]...)
	if end := bytes.LastIndex(e.partial, []byte("\n\n")); end >= 0 {
		e.check(e.partial[:end+2])
		e.partial = bytes.Clone(e.partial[end+2:])
	}
	return n, err
}

// describe reads a server's description.
func describe(api string) (*openapitest.Checker, error) {
	status, document, err := ask(api+"/openapi.json", "")
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("/openapi.json: status %d: %s", status, document)
	}
	return openapitest.New(document)
}
