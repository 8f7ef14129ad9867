package outbound_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"playhead/internal/outbound"
)

// loopback is where the receivers of tests are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// TestPublic has addresses from the registries of IANA, and at the edges of
// their networks.
func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "8.8.8.8": true, "9.255.255.255": true, "11.0.0.0": true, "100.63.255.255": true, "100.128.0.0": true,
		"126.255.255.255": true, "128.0.0.0": true, "169.253.255.255": true, "169.255.0.0": true, "172.15.255.255": true, "172.32.0.0": true,
		"192.0.1.0": true, "192.167.255.255": true, "192.169.0.0": true, "198.17.255.255": true, "198.20.0.0": true, "223.255.255.255": true,
		"2001:4860:4860::8888": true, "2606:4700::1111": true, "2a00::1": true, "2001:200::1": true,
		"::ffff:8.8.8.8": true, "64:ff9b::808:808": true,

		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.0": false, "10.255.255.255": false, "100.64.0.1": false, "100.127.255.255": false,
		"127.0.0.1": false, "127.255.255.255": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.0.0.1": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.0.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::7f00:1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1": false, "100::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "5f00::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "2606:4700::1111%eth0": false, "fec0::1": false, "ff02::1": false,
	} {
		if got := outbound.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t; want %t", address, got, want)
		}
	}
	if outbound.Public(netip.Addr{}) {
		t.Error("no address at all is public")
	}
}

// receiver answers requests, and counts them.
func receiver(t *testing.T, answer http.HandlerFunc) (server *httptest.Server, client *outbound.Client, requests *int) {
	t.Helper()
	requests = new(int)
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { *requests++; answer(w, r) }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of refused certificates
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, outbound.New(outbound.Config{Networks: loopback, RootCAs: roots, Timeout: 2 * time.Second}), requests
}

func TestPost(t *testing.T) {
	var got *http.Request
	var body []byte
	server, client, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, "later")
	})
	answer, err := client.Post(t.Context(), server.URL+"/hook?a=b", http.Header{"Content-Type": {"application/json"}, "X-Some": {"thing"}}, []byte(`{"a":1}`))
	if err != nil || answer.Status != 429 || answer.RetryAfter != 17*time.Second || string(answer.Body) != "later" {
		t.Errorf("answer %+v, error %v; want status 429, 17 s, later", answer, err)
	}
	if got.Method != "POST" || got.URL.RequestURI() != "/hook?a=b" || got.Header.Get("X-Some") != "thing" || got.UserAgent() != "Playhead" || got.ContentLength != 7 || string(body) != `{"a":1}` {
		t.Errorf("the receiver got %s %s %v with %q", got.Method, got.URL, got.Header, body)
	}
}

// TestForbidden has a client that has been told of no networks: it does not
// connect to this machine, whatever that is called.
func TestForbidden(t *testing.T) {
	server, _, requests := receiver(t, func(http.ResponseWriter, *http.Request) {})
	port := server.Listener.Addr().(*net.TCPAddr).Port
	client := outbound.New(outbound.Config{})
	for _, host := range []string{
		"127.0.0.1", "localhost", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254",
	} {
		to := fmt.Sprintf("https://%s:%d/secret", host, port)
		_, err := client.Post(t.Context(), to, nil, nil)
		if err == nil {
			t.Errorf("%s was connected to", to)
			continue
		}
		if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "169.254") {
			t.Errorf("%s: the error %q has the URL or an address", to, text)
		}
	}
	if *requests > 0 {
		t.Errorf("%d requests have come; want none", *requests)
	}
	_, err := client.Post(t.Context(), fmt.Sprintf("https://localhost:%d", port), nil, nil)
	if want := "the host has no public address, and is in none of the networks that the server's setting notify-networks names"; err == nil || err.Error() != want {
		t.Errorf("error %q; want %q", err, want)
	}
}

// TestPlain: http is for the networks of the operator alone, also where https
// would go anywhere.
func TestPlain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	if _, err := outbound.New(outbound.Config{Networks: loopback}).Post(t.Context(), server.URL, nil, nil); err != nil {
		t.Errorf("http to a network of the operator: %v", err)
	}
	const want = "http is only used to networks that the server's setting notify-networks names: want https"
	if _, err := outbound.New(outbound.Config{}).Post(t.Context(), server.URL, nil, nil); err == nil || err.Error() != want {
		t.Errorf("http to another network: error %v; want %q", err, want)
	}
}

func TestRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		server, client, requests := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", status) })
		answer, err := client.Post(t.Context(), server.URL, nil, nil)
		if err != nil || answer.Status != status || *requests != 1 {
			t.Errorf("redirect %d: status %d, error %v, %d requests; want the redirect itself", status, answer.Status, err, *requests)
		}
	}
}

func TestProxyOfEnvironment(t *testing.T) {
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied++ }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	client := outbound.New(outbound.Config{Timeout: 100 * time.Millisecond})
	if _, err := client.Post(t.Context(), "https://198.51.100.7/", nil, nil); err == nil || proxied > 0 {
		t.Errorf("error %v, %d requests to the proxy; want an error and none", err, proxied)
	}
}

// TestLimits has receivers that send too much, too slowly, or nothing.
func TestLimits(t *testing.T) {
	t.Run("long", func(t *testing.T) {
		server, client, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				if _, err := w.Write(make([]byte, 10<<10)); err != nil {
					return
				}
			}
		})
		answer, err := client.Post(t.Context(), server.URL, nil, nil)
		if err != nil || answer.Status != 200 || len(answer.Body) != 16<<10 {
			t.Errorf("status %d with %d bytes, error %v; want 200 with 16384", answer.Status, len(answer.Body), err)
		}
	})
	t.Run("headers", func(t *testing.T) {
		server, client, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) })
		if _, err := client.Post(t.Context(), server.URL, nil, nil); err == nil {
			t.Error("64 KiB of headers were taken")
		}
	})
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	t.Run("silent", func(t *testing.T) {
		server, client, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		if _, err := client.Post(t.Context(), server.URL, nil, nil); err == nil || err.Error() != "there was no answer in time" {
			t.Errorf("error %v; want that there was no answer in time", err)
		}
	})
	t.Run("endless", func(t *testing.T) { // what has been said counts
		server, client, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		if answer, err := client.Post(t.Context(), server.URL, nil, nil); err != nil || answer.Status != 200 {
			t.Errorf("status %d, error %v; want 200", answer.Status, err)
		}
	})
}

// TestErrors: what is told of a failure is of use, and gives nothing away.
func TestErrors(t *testing.T) {
	server, client, _ := receiver(t, func(http.ResponseWriter, *http.Request) {})
	other := outbound.New(outbound.Config{Networks: loopback}) // does not know the certificate
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	byName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, test := range []struct {
		client   *outbound.Client
		to, want string
	}{
		{other, server.URL, "the certificate of the host is not accepted: it is signed by an unknown authority"},
		{client, byName, "the certificate of the host is not accepted: it is for another name"},
		{client, strings.Replace(plain.URL, "http:", "https:", 1), "the host does not speak TLS"},
		{client, strings.Replace(closed.URL, "http:", "https:", 1), "the host refuses connections"},
		{client, "https://%zz", "the URL is malformed"},
	} {
		_, err := test.client.Post(t.Context(), test.to, nil, nil)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: error %q; want %q", test.to, err, test.want)
		}
	}
	_, err := client.Post(t.Context(), strings.Replace(closed.URL, "http:", "https:", 1), nil, nil)
	if inner, ok := errors.AsType[*url.Error](err); !ok {
		t.Errorf("the cause of %v is not kept: %v", err, inner)
	}
}

func TestCheck(t *testing.T) {
	client := outbound.New(outbound.Config{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for to, want := range map[string]bool{
		"https://example.com/hook": true, "https://8.8.8.8/": true, "https://10.1.2.3:8443/": true, "http://10.1.2.3/": true, "https://[2606:4700::1111]/": true,
		"http://example.com/": true, // where it leads to is seen when it is dialled
		"https://10.2.0.1/":   false, "https://127.0.0.1/": false, "https://[::1]/": false, "https://[::ffff:10.2.0.1]/": false, "http://8.8.8.8/": false,
		"https://169.254.169.254/latest": false, "ftp://example.com": false, "https://": false, "%": false, "": false,
	} {
		if err := client.Check(to); (err == nil) != want {
			t.Errorf("%s: error %v; want one: %t", to, err, !want)
		}
	}
}
