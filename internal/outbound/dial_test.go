package outbound_test

import (
	"bufio"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"playhead/internal/outbound"
)

// TestDial: a connection without TLS is for the networks of the operator alone, and
// one with it for the name that was asked for.
func TestDial(t *testing.T) {
	server, _, _ := receiver(t, func(http.ResponseWriter, *http.Request) {})
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	allowed, other := outbound.New(outbound.Config{Networks: loopback, RootCAs: roots}), outbound.New(outbound.Config{RootCAs: roots})
	secure := server.Listener.Addr().String()
	byName := strings.Replace(secure, "127.0.0.1", "localhost", 1)
	for _, test := range []struct {
		client  *outbound.Client
		address string
		secure  bool
		want    string // the error
	}{
		{allowed, plain.Listener.Addr().String(), false, ""},
		{allowed, secure, true, ""},
		{allowed, byName, true, "the certificate of the host is not accepted: it is for another name"},
		{allowed, plain.Listener.Addr().String(), true, "the host does not speak TLS"},
		{other, plain.Listener.Addr().String(), false, "connections without TLS are only made to networks that the server's setting notify-networks names: want tls"},
		{other, secure, true, "the host has no public address, and is in none of the networks that the server's setting notify-networks names"},
	} {
		conn, err := test.client.Dial(t.Context(), "tcp", test.address, test.secure)
		text := ""
		if err != nil {
			text = err.Error()
			if _, ok := errors.AsType[*outbound.Error](err); !ok {
				t.Errorf("%s: the error is a %T", test.address, err)
			}
		}
		if text != test.want {
			t.Errorf("%s, TLS %t: error %q; want %q", test.address, test.secure, text, test.want)
		}
		if err != nil {
			continue
		}
		if _, err := conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
			t.Error(err)
		}
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			t.Errorf("%s: answer %q, %v", test.address, line, err)
		}
		if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	client := outbound.New(outbound.Config{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for _, test := range []struct {
		address string
		secure  bool
		want    bool
	}{
		{"kafka.example.com:9092", false, true},
		{"kafka.example.com:9092", true, true},
		{"8.8.8.8:9092", true, true},
		{"10.1.2.3:9092", false, true},
		{"10.1.2.3:9092", true, true},
		{"8.8.8.8:9092", false, false},
		{"127.0.0.1:9092", true, false},
		{"[::1]:9092", false, false},
		{"10.2.0.1:1", true, false},
		{"kafka", true, false},
		{":9092", true, false},
	} {
		if err := client.CheckAddress(test.address, test.secure); (err == nil) != test.want {
			t.Errorf("%s, TLS %t: error %v; want one: %t", test.address, test.secure, err, !test.want)
		}
	}
}
