package enrich

import (
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/enrich/mmdb"
	"playhead/internal/event"
)

type object = map[string]any

// look returns the fields that are known of an address, numbers as such.
func look(t *testing.T, cfg Config, addr string) map[string]any {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	got := map[string]any{}
	for _, v := range e.Client(http.Header{}, netip.MustParseAddr(addr)) {
		name := strings.TrimPrefix(v.Field.Name(), "client_")
		if v.Field.Type() == event.Number {
			got[name] = v.Num
		} else {
			got[name] = v.Text
		}
	}
	return got
}

func english(name string) object { return object{"names": object{"de": "anders", "en": name}} }

func TestNestedLayout(t *testing.T) {
	city := mmdb.Write(t, map[string]any{
		"192.0.2.0/24": object{
			"city": english("Ashburn"), "continent": object{"code": "NA"},
			"country":      object{"iso_code": "US", "names": object{"en": "United States"}},
			"subdivisions": []any{english("Virginia"), english("Loudoun")},
			"location":     object{"latitude": 39.0469, "longitude": -77.4903, "metro_code": uint16(511)},
		},
		"198.51.100.0/24": object{"continent": object{"code": "EU"}, "registered_country": object{"iso_code": "DE"}},
		"203.0.113.0/25":  object{"location": object{"latitude": 1.5}},
	})
	asn := mmdb.Write(t, map[string]any{
		"192.0.2.0/24": object{"autonomous_system_number": uint32(64496), "autonomous_system_organization": "Example Networks"},
	})
	cfg := Config{CityDB: city, ASNDB: asn}
	tests := map[string]map[string]any{
		"192.0.2.77": {
			"country_code": "US", "country_name": "United States", "continent_code": "NA", "region": "Virginia", "city": "Ashburn",
			"latitude": 39.0, "longitude": -77.4, "metro_code": "511", "asn": 64496.0, "asn_name": "Example Networks",
		},
		"::ffff:192.0.2.77": {
			"country_code": "US", "country_name": "United States", "continent_code": "NA", "region": "Virginia", "city": "Ashburn",
			"latitude": 39.0, "longitude": -77.4, "metro_code": "511", "asn": 64496.0, "asn_name": "Example Networks",
		},
		"198.51.100.1":  {"country_code": "DE", "country_name": "Germany", "continent_code": "EU"},
		"203.0.113.1":   {},
		"203.0.113.200": {},
		"2001:db8::1":   {},
	}
	for addr, want := range tests {
		if diff := cmp.Diff(want, look(t, cfg, addr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", addr, diff)
		}
	}
}

func TestFlatLayout(t *testing.T) {
	country := mmdb.Write(t, map[string]any{
		"192.0.2.0/24":   object{"country_code": "BR"},
		"2001:db8::/32":  object{"country_code": "NZ"},
		"203.0.113.0/24": object{"country_code": "ZZ"},
	})
	city := mmdb.Write(t, map[string]any{
		"198.51.100.0/24": object{
			"country_code": "JP", "state1": "Tokyo", "city": "Chiyoda", "latitude": "35.6895", "longitude": 139.6917,
		},
	})
	asn := mmdb.Write(t, map[string]any{
		"2001:db8::/32": object{"autonomous_system_number": "64497", "autonomous_system_organization": "Neun"},
	})
	cfg := Config{CountryDB: country, CityDB: city, ASNDB: asn}
	tests := map[string]map[string]any{
		"192.0.2.1":   {"country_code": "BR", "country_name": "Brazil", "continent_code": "SA"},
		"2001:db8::1": {"country_code": "NZ", "country_name": "New Zealand", "continent_code": "OC", "asn": 64497.0, "asn_name": "Neun"},
		"203.0.113.1": {"country_code": "ZZ"},
		"198.51.100.1": {
			"country_code": "JP", "country_name": "Japan", "continent_code": "AS", "region": "Tokyo", "city": "Chiyoda",
			"latitude": 35.6, "longitude": 139.6,
		},
	}
	for addr, want := range tests {
		if diff := cmp.Diff(want, look(t, cfg, addr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", addr, diff)
		}
	}
}

// TestOddRows: a row that does not fit is as good as none.
func TestOddRows(t *testing.T) {
	db := mmdb.Write(t, map[string]any{
		"192.0.2.0/25":    object{"country": "text", "country_code": "DE"},
		"192.0.2.128/25":  object{"latitude": 400.0, "longitude": 1.0, "city": uint16(3), "country_code": "Germany"},
		"198.51.100.0/24": "just a text",
	})
	for _, addr := range []string{"192.0.2.1", "192.0.2.200", "198.51.100.1"} {
		if diff := cmp.Diff(map[string]any{}, look(t, Config{CityDB: db, CountryDB: db, ASNDB: db}, addr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", addr, diff)
		}
	}
}

func TestBadDatabase(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.mmdb")
	if err := os.WriteFile(junk, []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := mmdb.Write(t, map[string]any{"192.0.2.0/24": object{"country_code": "BR"}})
	for name, cfg := range map[string]Config{
		"open country database missing.mmdb": {CountryDB: "missing.mmdb"},
		"open city database " + junk:         {CountryDB: good, CityDB: junk},
		"open asn database " + junk:          {ASNDB: junk},
	} {
		_, err := New(cfg)
		if err == nil || !strings.HasPrefix(err.Error(), name+":") {
			t.Errorf("error %v, want one that begins with %q", err, name)
		}
	}
}

// TestCountries checks the shape of the table, and facts that are easy to get wrong.
func TestCountries(t *testing.T) {
	if len(countries) != 250 {
		t.Errorf("%d countries, want the 249 of ISO 3166-1 and Kosovo", len(countries))
	}
	for code, c := range countries {
		if strings.ToUpper(code) != code || !strings.Contains("AF AN AS EU NA OC SA", c.continent) || c.name == "" {
			t.Errorf("bad line for %q: %+v", code, c)
		}
	}
	for code, want := range map[string]countryFacts{
		"GB": {"EU", "United Kingdom"}, "CY": {"EU", "Cyprus"}, "RU": {"EU", "Russia"}, "TR": {"AS", "Türkiye"}, "EG": {"AF", "Egypt"},
		"AQ": {"AN", "Antarctica"}, "MX": {"NA", "Mexico"}, "AU": {"OC", "Australia"}, "AS": {"OC", "American Samoa"}, "NA": {"AF", "Namibia"},
		"KR": {"AS", "South Korea"}, "CL": {"SA", "Chile"},
	} {
		if got := countries[code]; got != want {
			t.Errorf("%s is %+v, want %+v", code, got, want)
		}
	}
}
