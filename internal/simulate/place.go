package simulate

import (
	"net/netip"
	"slices"
)

// place is a country with viewers.
type place struct {
	country  string  // ISO 3166-1
	language string  // of its players
	pop      string  // where the nearest servers of all CDNs are
	offset   int     // of its clocks from UTC in minutes; that of summer is not looked at
	people   float64 // how many of all viewers live there, relatively
	networks []network
}

// network is how people of a country are connected.
type network struct {
	prefix     string // the first 16 bits of its addresses: those that public databases know as its
	asn        int
	connection string
	share      float64 // of the people of the country

	startup    float64 // ms that a start takes, the median
	stallEvery float64 // seconds of playing between two stalls, the mean
	bandwidth  float64 // bit/s, the median
	latency    float64 // ms to the first byte, the median
	failure    float64 // share of views that fail
}

func line(prefix string, asn int, connection string, share float64) network {
	n := network{prefix: prefix, asn: asn, connection: connection, share: share}
	switch connection {
	case "wired":
		n.startup, n.stallEvery, n.bandwidth, n.latency, n.failure = 420, 2400, 40e6, 18, 0.004
	case "wifi":
		n.startup, n.stallEvery, n.bandwidth, n.latency, n.failure = 650, 1200, 22e6, 32, 0.007
	case "cellular":
		n.startup, n.stallEvery, n.bandwidth, n.latency, n.failure = 1500, 260, 6e6, 75, 0.022
	}
	return n
}

// weak is a network that is worse than others of its kind.
func weak(n network) network {
	n.startup, n.stallEvery, n.bandwidth, n.latency, n.failure = 1.7*n.startup, n.stallEvery/2.5, n.bandwidth/3, 2*n.latency, 1.8*n.failure
	return n
}

var places = []place{
	{"US", "en", "iad", -5 * 60, 26, []network{
		line("73.158.0.0/16", 7922, "wifi", 4), line("71.163.0.0/16", 701, "wired", 3),
		line("68.104.0.0/16", 22773, "wifi", 2), line("172.58.0.0/16", 21928, "cellular", 3),
	}},
	{"DE", "de", "fra", 60, 14, []network{
		line("79.207.0.0/16", 3320, "wifi", 5), line("84.140.0.0/16", 3320, "wired", 2), line("88.65.0.0/16", 3209, "wifi", 3),
	}},
	{"GB", "en", "lhr", 0, 11, []network{
		line("86.150.0.0/16", 2856, "wifi", 4), line("90.200.0.0/16", 5607, "wifi", 3), line("82.30.0.0/16", 5089, "wired", 2),
	}},
	{"FR", "fr", "cdg", 60, 8, []network{
		line("90.30.0.0/16", 3215, "wifi", 4), line("82.66.0.0/16", 12322, "wired", 3), line("92.140.0.0/16", 3215, "cellular", 2),
	}},
	{"BR", "pt", "gru", -3 * 60, 9, []network{
		weak(line("177.33.0.0/16", 28573, "wifi", 3)), line("177.95.0.0/16", 27699, "cellular", 3),
	}},
	{"IN", "en", "bom", 5*60 + 30, 9, []network{
		line("49.36.0.0/16", 55836, "cellular", 5), weak(line("157.33.0.0/16", 55836, "cellular", 2)), line("122.162.0.0/16", 24560, "wifi", 2),
	}},
	{"JP", "ja", "nrt", 9 * 60, 6, []network{
		line("153.150.0.0/16", 4713, "wired", 3), line("111.100.0.0/16", 2516, "wifi", 2), line("126.50.0.0/16", 17676, "cellular", 2),
	}},
	{"MX", "es", "qro", -6 * 60, 4, []network{weak(line("187.140.0.0/16", 8151, "wifi", 1))}},
	{"ES", "es", "mad", 60, 4, []network{line("83.40.0.0/16", 3352, "wifi", 3), line("80.30.0.0/16", 3352, "cellular", 1)}},
	{"PL", "pl", "waw", 60, 3, []network{line("83.10.0.0/16", 5617, "wifi", 1)}},
	{"AU", "en", "syd", 10 * 60, 3, []network{line("101.170.0.0/16", 1221, "wifi", 2), line("1.130.0.0/16", 1221, "cellular", 1)}},
	{"CA", "en", "yyz", -5 * 60, 3, []network{line("70.50.0.0/16", 577, "wifi", 1), line("99.230.0.0/16", 812, "wired", 1)}},
	{"KR", "ko", "icn", 9 * 60, 2, []network{line("121.140.0.0/16", 4766, "wired", 1)}},
	{"NG", "en", "los", 60, 1.5, []network{weak(line("197.210.0.0/16", 29465, "cellular", 1))}},
	{"KE", "en", "nbo", 3 * 60, 1, []network{weak(line("105.230.0.0/16", 36926, "cellular", 1))}},
}

// cdn delivers the media.
type cdn struct {
	name            string
	startup, stalls float64  // what it multiplies the time of a start and the number of stalls by
	weakIn          []string // countries where it does so twice
	failure         float64  // share of views that fail because of it
}

var cdns = []cdn{
	{"northlight", 1, 1, []string{"IN", "KE", "NG"}, 0.001},
	{"skyhop", 1.35, 1.5, []string{"BR", "JP"}, 0.004},
	{"harbor", 0.9, 0.8, []string{"US"}, 0.002},
}

// weakness is the factor of a CDN in a country.
func (c *cdn) weakness(country string) float64 {
	if slices.Contains(c.weakIn, country) {
		return 2
	}
	return 1
}

// index is where the CDN is among all of them.
func (c *cdn) index() int {
	return slices.IndexFunc(cdns, func(o cdn) bool { return o.name == c.name })
}

// Network is a network of simulated viewers, and what databases of addresses
// know of it.
type Network struct {
	Prefix  netip.Prefix
	Country string // ISO 3166-1
	ASN     int
}

// Networks are those that simulated viewers come from, so that a test can have
// a database that knows them.
func Networks() []Network {
	var list []Network
	for _, p := range places {
		for _, n := range p.networks {
			list = append(list, Network{netip.MustParsePrefix(n.prefix), p.country, n.asn})
		}
	}
	return list
}
