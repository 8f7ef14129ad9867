package beacon

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is the address of the viewer: the peer's, unless the peer is a
// trusted proxy. Then it is the right-most address of X-Forwarded-For that is
// not a trusted proxy, because everything left of that one may be invented.
// The result is not valid if there is no address.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := parseAddress(r.RemoteAddr)
	if len(trusted) == 0 || !client.IsValid() || !contains(trusted, client) {
		return client
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr := parseAddress(strings.TrimSpace(hop))
		if !addr.IsValid() {
			break
		}
		client = addr
		if !contains(trusted, addr) {
			break
		}
	}
	return client
}

// parseAddress reads an address with or without a port.
func parseAddress(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// network is what may be kept of an address: the /24 of IPv4, the /48 of IPv6.
func network(addr netip.Addr) string {
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.Addr().String()
}
