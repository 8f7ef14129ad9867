package enrich

import (
	_ "embed"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"playhead/internal/event"
)

var (
	asnField       = event.MustLookup("client_asn")
	asnNameField   = event.MustLookup("client_asn_name")
	cityField      = event.MustLookup("client_city")
	continentField = event.MustLookup("client_continent_code")
	countryField   = event.MustLookup("client_country_code")
	countryName    = event.MustLookup("client_country_name")
	latitudeField  = event.MustLookup("client_latitude")
	longitudeField = event.MustLookup("client_longitude")
	metroField     = event.MustLookup("client_metro_code")
	regionField    = event.MustLookup("client_region")
)

// place is a row of a database of countries or cities. Two layouts are read:
// the nested one of MaxMind, which others copy, and a flat one.
type place struct {
	Country    country `maxminddb:"country"`
	Registered country `maxminddb:"registered_country"`
	Continent  struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
	Subdivisions []struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		Metro     uint64   `maxminddb:"metro_code"`
	} `maxminddb:"location"`

	City any `maxminddb:"city"` // nested: a map; flat: a string

	FlatCountry   string `maxminddb:"country_code"`
	FlatRegion    string `maxminddb:"state1"`
	FlatLatitude  any    `maxminddb:"latitude"`
	FlatLongitude any    `maxminddb:"longitude"`
}

type country struct {
	Code  string `maxminddb:"iso_code"`
	Names names  `maxminddb:"names"`
}

type names struct {
	English string `maxminddb:"en"`
}

// place looks an address up. What cannot be found or read is unknown.
func (e *Enricher) place(addr netip.Addr) (p place) {
	if e.city != nil && e.city.Lookup(addr).Decode(&p) != nil {
		p = place{}
	}
	if p.code() == "" && e.country != nil {
		var c place
		if e.country.Lookup(addr).Decode(&c) == nil {
			p.Country, p.Registered, p.Continent, p.FlatCountry = c.Country, c.Registered, c.Continent, c.FlatCountry
		}
	}
	return p
}

// code is the country by ISO 3166-1: where the address is, else where its
// network is registered.
func (p *place) code() string {
	for _, code := range []string{p.Country.Code, p.FlatCountry, p.Registered.Code} {
		if len(code) == 2 {
			return strings.ToUpper(code)
		}
	}
	return ""
}

// add adds the fields of a place. Names are English. Positions have one
// decimal: they are guesses, and shall not look like addresses.
func (p place) add(v *values) {
	code := p.code()
	known := countries[code]
	v.text(countryField, code)
	name := known.name
	if name == "" {
		name = p.Country.Names.English
	}
	v.text(countryName, name)
	continent := p.Continent.Code
	if continent == "" {
		continent = known.continent
	}
	v.text(continentField, continent)

	region := p.FlatRegion
	if len(p.Subdivisions) > 0 {
		region = p.Subdivisions[0].Names.English
	}
	v.text(regionField, region)
	v.text(cityField, p.cityName())
	latitude, longitude := number(p.FlatLatitude), number(p.FlatLongitude)
	if p.Location.Latitude != nil && p.Location.Longitude != nil {
		latitude, longitude = *p.Location.Latitude, *p.Location.Longitude
	}
	if math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180 {
		v.number(latitudeField, oneDecimal(latitude))
		v.number(longitudeField, oneDecimal(longitude))
	}
	if p.Location.Metro != 0 {
		v.text(metroField, strconv.FormatUint(p.Location.Metro, 10))
	}
}

func (p *place) cityName() string {
	switch city := p.City.(type) {
	case string:
		return city
	case map[string]any:
		if all, ok := city["names"].(map[string]any); ok {
			name, _ := all["en"].(string)
			return name
		}
	}
	return ""
}

// network adds the autonomous system that an address belongs to.
func (e *Enricher) network(addr netip.Addr, v *values) {
	if e.asn == nil {
		return
	}
	var system struct {
		Number any    `maxminddb:"autonomous_system_number"`
		Name   string `maxminddb:"autonomous_system_organization"`
	}
	if e.asn.Lookup(addr).Decode(&system) != nil {
		return
	}
	if n := number(system.Number); n > 0 {
		v.number(asnField, n)
		v.text(asnNameField, system.Name)
	}
}

// number is a value of a database as a number; NaN if it is none.
func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case float32:
		return float64(n)
	case uint64:
		return float64(n)
	case string:
		if f, err := strconv.ParseFloat(n, 64); err == nil {
			return f
		}
	}
	return math.NaN()
}

// oneDecimal cuts all decimals but one.
func oneDecimal(f float64) float64 { return math.Trunc(f*10) / 10 }

// countriesText has a line for each country of ISO 3166-1, and Kosovo: its
// code, its continent and its short English name.
//
//go:embed countries.txt
var countriesText string

type countryFacts struct{ continent, name string }

var countries = func() map[string]countryFacts {
	m := make(map[string]countryFacts, 250)
	for line := range strings.Lines(countriesText) {
		m[line[:2]] = countryFacts{line[3:5], strings.TrimSpace(line[6:])}
	}
	return m
}()
