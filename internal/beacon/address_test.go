package beacon

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"playhead/internal/event"
)

func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, peer string
		forwarded  []string
		trusted    []netip.Prefix
		want       string
	}{
		{"no proxy", "198.51.100.7:1234", []string{"203.0.113.9"}, nil, "198.51.100.7"},
		{"an untrusted peer lies", "198.51.100.7:1234", []string{"203.0.113.9"}, proxies, "198.51.100.7"},
		{"one proxy", "10.0.0.1:80", []string{"203.0.113.9"}, proxies, "203.0.113.9"},
		{"the left is invented", "10.0.0.1:80", []string{"1.1.1.1, 203.0.113.9, 10.2.3.4"}, proxies, "203.0.113.9"},
		{"several headers", "10.0.0.1:80", []string{"1.1.1.1", "203.0.113.9", "10.2.3.4"}, proxies, "203.0.113.9"},
		{"garbage stops", "10.0.0.1:80", []string{"203.0.113.9, unknown, 10.2.3.4"}, proxies, "10.2.3.4"},
		{"all trusted", "10.0.0.1:80", []string{"10.9.9.9, 10.2.3.4"}, proxies, "10.9.9.9"},
		{"no header", "10.0.0.1:80", nil, proxies, "10.0.0.1"},
		{"with ports", "[fd00::1]:80", []string{"203.0.113.9:4711"}, proxies, "203.0.113.9"},
		{"IPv6", "10.0.0.1:80", []string{"[2001:db8::1]:4711"}, proxies, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.1:80", []string{"[2001:db8::1]"}, proxies, "2001:db8::1"},
		{"mapped peer", "[::ffff:10.0.0.1]:80", []string{"::ffff:203.0.113.9"}, proxies, "203.0.113.9"},
		{"zone", "[fe80::1%eth0]:80", nil, nil, "fe80::1"},
		{"no address", "@", nil, nil, "invalid IP"},
	}
	for _, test := range tests {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = test.peer
		for _, f := range test.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := clientAddress(r, test.trusted).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestPrivacy: the enricher sees the address, the journal never does.
func TestPrivacy(t *testing.T) {
	tests := []struct {
		privacy    Privacy
		peer, want string
	}{
		{Truncate, "198.51.100.77:1", "198.51.100.0"},
		{Truncate, "[2001:db8:aaaa:bbbb::77]:1", "2001:db8:aaaa::"},
		{Truncate, "@", ""},
		{Drop, "198.51.100.77:1", ""},
	}
	for _, test := range tests {
		s := newServer(t, func(c *Config) { c.PrivacyIP = test.privacy })
		r := httptest.NewRequest("POST", "/", strings.NewReader(one))
		r.RemoteAddr = test.peer
		r.Header.Set("User-Agent", "agent")
		s.do(t, r)
		var b event.Beacon
		if err := b.UnmarshalBinary(s.journal.records[0].Data); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, v := range b.Client {
			got[v.Field.Name()] = v.Text
		}
		if got["client_address"] != test.want {
			t.Errorf("%s of %s: %q was kept, want %q", test.privacy, test.peer, got["client_address"], test.want)
		}
		if got["client_user_agent"] != "agent" || got["client_city"] == "" {
			t.Errorf("what the enricher told was lost: %v", got)
		}
	}
}

// FuzzClientAddress: what is forwarded counts only if a trusted proxy says so,
// and of the address no more than its network is kept.
func FuzzClientAddress(f *testing.F) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, peer := range []string{"10.0.0.1:80", "198.51.100.7:1234", "[fd00::1]:80", "@", "[::ffff:10.0.0.1]:80", "10.0.0.1"} {
		for _, forwarded := range []string{"203.0.113.9", "1.1.1.1, 203.0.113.9:4711,10.2.3.4", "[2001:db8::1%eth0]:1", ",,,", "unknown", "\x00", "0x7f.1", "::ffff:10.9.9.9"} {
			f.Add(peer, forwarded)
		}
	}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"] = strings.Split(forwarded, "\n")
		addr, alone := clientAddress(r, trusted), parseAddress(peer)
		if !contains(trusted, alone) && addr != alone {
			t.Errorf("%q says that it forwards for %q: got %s, want the peer itself", peer, forwarded, addr)
		}
		if got := clientAddress(r, nil); got != alone {
			t.Errorf("nobody is trusted: got %s, want %s", got, alone)
		}
		if !addr.IsValid() {
			return
		}
		bits := 48
		if addr.Is4() {
			bits = 24
		}
		if addr.Is4In6() || addr.Zone() != "" || network(addr) != netip.PrefixFrom(addr, bits).Masked().Addr().String() {
			t.Errorf("of %s is kept %s", addr, network(addr))
		}
	})
}
