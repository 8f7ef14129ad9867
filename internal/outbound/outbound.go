// Package outbound speaks to addresses that users of the API have written down,
// such as those of webhooks and of Kafka's brokers, so that the server cannot be
// made to speak to what only it can reach.
//
// Only public addresses are dialled, and those of networks that the operator
// allows. The check comes after the name is resolved, on the very address that
// is connected to, so a name that resolves to something else the next time gains
// nothing. Redirects are not followed, proxies of the environment are not used,
// and all that comes back has a limit of time and of size.
package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// What a receiver may take or send.
const (
	timeout     = 10 * time.Second // for all of a request and its answer
	dialTimeout = 5 * time.Second
	mostHeader  = 16 << 10 // bytes
	mostBody    = 16 << 10 // bytes that are looked at of an answer
)

// Config is what a Client needs. Nothing is required.
type Config struct {
	Networks []netip.Prefix // that may be spoken to although they are not public
	RootCAs  *x509.CertPool // that certificates are checked with; nil: those of the system
	Timeout  time.Duration  // of a request with its answer; 0: 10 s
}

// Client sends requests. It may be used by several goroutines at once.
type Client struct {
	networks []netip.Prefix
	timeout  time.Duration
	secure   *http.Client // HTTPS to public addresses and to the networks
	plain    *http.Client // HTTP to the networks alone

	secureDialer, plainDialer *net.Dialer // of the two
	tls                       *tls.Config
}

// New makes a Client.
func New(c Config) *Client {
	client := &Client{networks: c.Networks, timeout: c.Timeout}
	if client.timeout == 0 {
		client.timeout = timeout
	}
	client.tls = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs}
	client.secureDialer = dialer(func(a netip.Addr) bool { return Public(a) || client.named(a) })
	client.plainDialer = dialer(client.named)
	client.secure, client.plain = client.over(client.secureDialer), client.over(client.plainDialer)
	return client
}

// dialer makes a dialer that only dials some addresses.
func dialer(allowed func(netip.Addr) bool) *net.Dialer {
	return &net.Dialer{
		Timeout: dialTimeout,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil || !allowed(to.Addr()) {
				return errForbidden
			}
			return nil
		},
	}
}

// over makes a client of HTTP that dials by a dialer.
func (c *Client) over(d *net.Dialer) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            d.DialContext,
			TLSClientConfig:        c.tls.Clone(),
			TLSHandshakeTimeout:    dialTimeout,
			MaxResponseHeaderBytes: mostHeader,
			DisableKeepAlives:      true, // a request is never sent twice because a kept connection has ended
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// named reports whether the operator has named the network of an address.
func (c *Client) named(a netip.Addr) bool {
	return slices.ContainsFunc(c.networks, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// Answer is what a receiver says.
type Answer struct {
	Status     int
	RetryAfter time.Duration // what it asks to wait before the next attempt; 0: nothing
	Body       []byte        // its beginning
}

// Post sends a body. There is an answer whatever its status is; an error means
// that there was none. Errors are an [Error]: their text has neither the URL nor
// addresses.
func (c *Client) Post(ctx context.Context, to string, header http.Header, body []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return Answer{}, &Error{reason: "the URL is malformed", err: err}
	}
	maps.Copy(r.Header, header)
	r.Header.Set("User-Agent", "Playhead")
	client := c.secure
	if r.URL.Scheme == "http" {
		client = c.plain
	}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, &Error{reason: reason(err, r.URL.Scheme), err: err}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, mostBody)) // the status has been said: an error after it changes nothing
	return Answer{Status: response.StatusCode, RetryAfter: retryAfter(response.Header), Body: text}, nil
}

// Check tells beforehand that a URL cannot be sent to, as far as it can be told
// without a look at the network: a malformed one, or one with an address that is
// not allowed.
func (c *Client) Check(to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &Error{reason: "the URL is malformed", err: err}
	}
	a, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil: // a name: what it leads to is seen when it is dialled
		return nil
	case u.Scheme == "http" && !c.named(a), !Public(a) && !c.named(a):
		return &Error{reason: reason(errForbidden, u.Scheme), err: errForbidden}
	}
	return nil
}

// retryAfter is what a receiver asks to wait, if it says so in seconds.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60)) * time.Second
}

// errForbidden is why an address is not dialled.
var errForbidden = errors.New("the address is not allowed")

// Error is why there was no answer. Its text is for those who wrote the URL, who
// need not know what the server can reach: it has no addresses.
type Error struct {
	reason string
	err    error
}

// Error implements error.
func (e *Error) Error() string { return e.reason }

// Unwrap returns the cause, which may have the URL and addresses in its text.
func (e *Error) Unwrap() error { return e.err }

// reason says why a request failed.
func reason(err error, scheme string) string {
	var (
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
		head tls.RecordHeaderError
		late net.Error
	)
	switch {
	case errors.Is(err, errForbidden) && scheme == "http":
		return "http is only used to networks that the server's setting notify-networks names: want https"
	case errors.Is(err, errForbidden) && scheme == "tcp":
		return "connections without TLS are only made to networks that the server's setting notify-networks names: want tls"
	case errors.Is(err, errForbidden):
		return "the host has no public address, and is in none of the networks that the server's setting notify-networks names"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such host"
	case errors.As(err, &dns):
		return "the name of the host cannot be looked up"
	case errors.As(err, &cert):
		return fmt.Sprintf("the certificate of the host is not accepted: %s", certificate(cert.Err))
	case errors.As(err, &head), errors.Is(err, http.ErrSchemeMismatch):
		return "the host does not speak TLS"
	case errors.Is(err, context.Canceled):
		return "the attempt was broken off"
	case errors.As(err, &late) && late.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "there was no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the host refuses connections"
	default:
		return "the connection failed before there was an answer"
	}
}

// certificate says what is wrong with a certificate.
func certificate(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an unknown authority"
	case errors.As(err, &name):
		return "it is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it has expired or is not valid yet"
	default:
		return "it is not valid"
	}
}
