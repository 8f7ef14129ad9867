package enrich

import (
	"math"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"playhead/internal/enrich/mmdb"
	"playhead/internal/event"
)

// checkClient checks that fields are such as can be stored.
func checkClient(t *testing.T, fields []event.Value) {
	t.Helper()
	for _, v := range fields {
		if !strings.HasPrefix(v.Field.Name(), "client_") || !utf8.ValidString(v.Text) || strings.ContainsAny(v.Text, "\x00\n") {
			t.Errorf("bad value %+v", v)
		}
		if len(v.Text) > maxText {
			t.Errorf("%s has %d bytes, want at most %d", v.Field, len(v.Text), maxText)
		}
		if math.IsNaN(v.Num) || math.IsInf(v.Num, 0) {
			t.Errorf("%s is %v", v.Field, v.Num)
		}
	}
}

// FuzzClient reads user agents and client hints, whatever they hold.
func FuzzClient(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/X) Chrome/1", `"Google Chrome";v="131.0"`, `"Windows"`, `"15.0"`)
	f.Add("My%20App/1 CFNetwork/1 \x00\xff", `"a;v="`, `"`, "...")
	f.Add("Android;;;;(", "", "", "9")
	f.Add(strings.Repeat("é", maxText), strings.Repeat(`"Opera";v="1", `, 100), `"Android"`, strings.Repeat("Pixel", maxText))
	e, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, agent, brands, platform, version string) {
		checkClient(t, e.Client(http.Header{
			"User-Agent": {agent}, "Sec-Ch-Ua": {brands}, "Sec-Ch-Ua-Full-Version-List": {platform},
			"Sec-Ch-Ua-Platform": {platform}, "Sec-Ch-Ua-Platform-Version": {version}, "Sec-Ch-Ua-Model": {version},
		}, netip.Addr{}))
	})
}

// FuzzDatabase opens files that are nearly databases of addresses: they are
// refused with their name, or asked without harm.
func FuzzDatabase(f *testing.F) {
	good, err := os.ReadFile(mmdb.Write(f, map[string]any{
		"192.0.2.0/24": object{
			"city": english("Ashburn"), "continent": object{"code": "NA"}, "country": object{"iso_code": "US", "names": object{"en": "United States"}},
			"subdivisions": []any{english("Virginia")}, "location": object{"latitude": 39.0469, "longitude": -77.4903, "metro_code": uint16(511)},
			"autonomous_system_number": uint32(64496), "autonomous_system_organization": "Example Networks",
		},
		"2001:db8::/32": object{"country_code": "NZ", "latitude": "1e999", "longitude": "NaN", "state1": "\x00\xff"},
	}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, at := range []int{0, 7, len(good) / 3, len(good) / 2, len(good) - 120, len(good) - 1} {
		broken := append([]byte(nil), good...)
		broken[at] ^= 0x55
		f.Add(broken)
		f.Add(good[:at])
		f.Add(good[at:])
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, image []byte) {
		path := filepath.Join(dir, "fuzz.mmdb")
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := New(Config{CityDB: path, CountryDB: path, ASNDB: path})
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		for _, addr := range []string{"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1%eth0"} {
			checkClient(t, e.Client(http.Header{}, netip.MustParseAddr(addr)))
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}
