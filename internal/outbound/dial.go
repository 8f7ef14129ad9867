package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
)

// Dial connects to an address, host and port: with TLS to public addresses and to
// the networks, else to the networks alone. Errors are an [Error].
func (c *Client) Dial(ctx context.Context, network, address string, secure bool) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if !secure {
		conn, err := c.plainDialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, &Error{reason: reason(err, "tcp"), err: err}
		}
		return conn, nil
	}
	d := tls.Dialer{NetDialer: c.secureDialer, Config: c.tls.Clone()} // which takes the name of the server from the address
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, &Error{reason: reason(err, "tls"), err: err}
	}
	return conn, nil
}

// CheckAddress tells beforehand that an address cannot be dialled, as [Client.Check]
// does of a URL.
func (c *Client) CheckAddress(address string, secure bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return &Error{reason: "the address is malformed", err: err}
	}
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil: // a name
		return nil
	case !secure && !c.named(a):
		return &Error{reason: reason(errForbidden, "tcp"), err: errForbidden}
	case !Public(a) && !c.named(a):
		return &Error{reason: reason(errForbidden, "tls"), err: errForbidden}
	}
	return nil
}
