// Package eventtest has events of players for the tests of whatever reads them:
// recorded ones, those of views that could be real, and odd ones. Only tests
// import it.
package eventtest

import "playhead/internal/event"

// Base is when drawn views begin, by both clocks, in ms since 1970.
const Base = 1_700_000_000_000

// Client is what the connection of a viewer tells.
func Client() []event.Value {
	return []event.Value{
		text("client_country_code", "DE"), text("client_browser", "Chrome"), text("client_device_category", "desktop"),
		number("client_asn", 3320), number("client_latitude", 52.5),
	}
}

func number(name string, n float64) event.Value {
	return event.Value{Field: event.MustLookup(name), Num: n}
}

func text(name, s string) event.Value { return event.Value{Field: event.MustLookup(name), Text: s} }
