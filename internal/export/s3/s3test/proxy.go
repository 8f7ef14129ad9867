package s3test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Request is what a proxy tells of a request.
type Request struct {
	Operation string // as of the protocol: UploadPart
	Name      string // of the object, with the bucket
	Part      string // number of an UploadPart
	Try       int    // how often this has been asked for, this one included
}

// Fault is what becomes of a request.
type Fault int

// Faults.
const (
	None      Fault = iota
	Internal        // 500 InternalError, without the server knowing of it
	SlowDown        // 503 SlowDown
	Denied          // 403 AccessDenied
	Reset           // the connection is reset in the middle of the body
	Lost            // the server does it, and the connection is reset before its answer
	Stall           // no answer, until the client gives up
	Late            // the server does it, and there is no answer until the client gives up
	Corrupt         // a byte of the body of an UploadPart arrives as another one
	Unknown         // 404 NoSuchUpload, without the server knowing of it
	Forgotten       // the server does it, and 404 NoSuchUpload is the answer
)

func (f Fault) String() string {
	return [...]string{"none", "internal error", "slow down", "denied", "reset", "answer lost", "stalled", "late", "corrupted", "unknown", "forgotten"}[f]
}

// Proxy is in front of a server.
type Proxy struct {
	URL string

	decide func(Request) Fault
	next   *httputil.ReverseProxy
	late   chan struct{}
	mu     sync.Mutex
	tries  map[Request]int
	seen   []Request
}

// Behind starts a proxy of a server. Each request is decided on by a function, which is
// called by several goroutines at once; nil: all go through.
func (s *Server) Behind(t testing.TB, decide func(Request) Fault) *Proxy {
	t.Helper()
	to, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{decide: decide, tries: map[Request]int{}, late: make(chan struct{}, 1000), next: &httputil.ReverseProxy{
		// The host stays that of the proxy: it is signed.
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // the client has gone
			w.WriteHeader(http.StatusBadGateway)
		},
	}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	p.URL = server.URL
	return p
}

// Seen are the requests of an operation that came so far, in their order.
func (p *Proxy) Seen(operation string) (list []Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if r.Operation == operation {
			list = append(list, r)
		}
	}
	return list
}

// AwaitLate waits until the server has done a request that is [Late].
func (p *Proxy) AwaitLate() { <-p.late }

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := p.note(r)
	fault := None
	if p.decide != nil {
		fault = p.decide(request)
	}
	if fault == Internal || fault == SlowDown || fault == Denied || fault == Stall || fault == Unknown {
		_, _ = io.Copy(io.Discard, r.Body) // so that the client sees the answer, and not that its body is not taken
	}
	switch fault {
	case Internal:
		refuse(w, http.StatusInternalServerError, "InternalError")
	case SlowDown:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case Denied:
		refuse(w, http.StatusForbidden, "AccessDenied")
	case Unknown:
		refuse(w, http.StatusNotFound, "NoSuchUpload")
	case Forgotten:
		p.next.ServeHTTP(httptest.NewRecorder(), r)
		refuse(w, http.StatusNotFound, "NoSuchUpload")
	case Reset:
		_, _ = r.Body.Read(make([]byte, 1024))
		panic(http.ErrAbortHandler)
	case Lost:
		p.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case Stall:
		<-r.Context().Done()
	case Late:
		p.next.ServeHTTP(httptest.NewRecorder(), r)
		p.late <- struct{}{}
		<-r.Context().Done()
	case Corrupt:
		if request.Operation == "UploadPart" {
			r.Body = io.NopCloser(&corrupted{body: r.Body})
		}
		p.next.ServeHTTP(w, r)
	default:
		p.next.ServeHTTP(w, r)
	}
}

// corrupted is a body whose first byte is another one.
type corrupted struct {
	body io.Reader
	done bool
}

func (c *corrupted) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	if n > 0 && !c.done {
		p[0], c.done = ^p[0], true
	}
	return n, err
}

// note counts a request.
func (p *Proxy) note(r *http.Request) Request {
	query := r.URL.Query()
	request := Request{Operation: operation(r.Method, query), Name: r.URL.Path, Part: query.Get("partNumber")}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries[request]++
	p.seen = append(p.seen, request)
	request.Try = p.tries[Request{request.Operation, request.Name, request.Part, 0}]
	return request
}

// operation is what the protocol calls a request.
func operation(method string, query url.Values) string {
	switch {
	case query.Has("location"):
		return "GetBucketLocation"
	case query.Has("uploads") && method == http.MethodPost:
		return "CreateMultipartUpload"
	case query.Has("uploads"):
		return "ListMultipartUploads"
	case query.Has("uploadId"):
		return map[string]string{
			http.MethodGet: "ListParts", http.MethodPut: "UploadPart", http.MethodPost: "CompleteMultipartUpload", http.MethodDelete: "AbortMultipartUpload",
		}[method]
	}
	return map[string]string{
		http.MethodHead: "HeadObject", http.MethodGet: "GetObject", http.MethodDelete: "DeleteObject", http.MethodPut: "PutObject",
	}[method]
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<Error><Code>" + code + "</Code><Message>as the test wants it</Message></Error>"))
}
