package enrich

import (
	"net/http"
	"strconv"
	"strings"
)

// brands are the names that browsers have in client hints, and ours. Names
// that are not here, made up to keep servers tolerant, say nothing.
var brands = map[string]string{
	"Google Chrome": "Chrome", "Microsoft Edge": "Edge", "Opera": "Opera", "Brave": "Brave", "Vivaldi": "Vivaldi",
	"Samsung Internet": "Samsung Internet", "YaBrowser": "Yandex Browser", "DuckDuckGo": "DuckDuckGo",
	"Android WebView": "Android WebView", "HeadlessChrome": "Chrome", "Headless Chrome": "Chrome",
}

// hinted are systems in client hints, and our names for them. They are
// believed where the user agent names a general system or none: on a
// television they tell of the browser's kin, not of the device.
var hinted = map[string]string{
	"Windows": "Windows", "macOS": "macOS", "Linux": "Linux", "Android": "Android",
	"Chrome OS": "Chrome OS", "Chromium OS": "Chrome OS",
}

// hints corrects what the user agent says by the client hints of the request.
func (d *device) hints(h http.Header) {
	d.brand(h.Get("Sec-Ch-Ua"), h.Get("Sec-Ch-Ua-Full-Version-List"))
	if system, ok := hinted[unquote(h.Get("Sec-Ch-Ua-Platform"))]; ok {
		d.platform(system, unquote(h.Get("Sec-Ch-Ua-Platform-Version")))
	}
	if h.Get("Sec-Ch-Ua-Mobile") == "?1" && (d.category == "" || d.category == desktop) {
		d.category = phone
	}
	if model := unquote(h.Get("Sec-Ch-Ua-Model")); model != "" {
		d.model = model
		if m := manufacturer(model); m != "" {
			d.manufacturer = m
		}
	}
	if bits := unquote(h.Get("Sec-Ch-Ua-Bitness")); bits == "64" || bits == "32" {
		d.architecture = bits
	}
}

// brand takes the browser from a list of brands like "Google Chrome";v="131".
func (d *device) brand(list, fullList string) {
	for _, l := range []string{fullList, list} {
		for brand, version := range brandList(l) {
			name, ok := brands[brand]
			if !ok {
				continue
			}
			major, _, _ := strings.Cut(d.browserVersion, ".")
			if name != d.browser || l == fullList || version != major {
				d.browserVersion = leadingVersion(version)
			}
			d.browser = name
			return
		}
	}
}

// brandList goes through the brands and versions of a list. Quotes hold
// commas and semicolons, so it is not just split.
func brandList(list string) func(yield func(brand, version string) bool) {
	return func(yield func(string, string) bool) {
		for {
			_, rest, found := strings.Cut(list, `"`)
			if !found {
				return
			}
			brand, rest, found := strings.Cut(rest, `"`)
			after, isVersion := strings.CutPrefix(rest, `;v="`)
			if !found || !isVersion {
				return
			}
			version, tail, found := strings.Cut(after, `"`)
			if !found || !yield(brand, version) {
				return
			}
			list = tail
		}
	}
}

// platform takes the system from a hint.
func (d *device) platform(system, version string) {
	switch d.system {
	case "", "Windows", "macOS", "Linux", "Chrome OS":
	case "Android":
		if system != "Android" {
			return
		}
	default:
		return
	}
	if d.system != system {
		d.system, d.systemVersion = system, ""
		if d.category == "" && system != "Android" {
			d.category = desktop
		}
	}
	if version = leadingVersion(version); version == "" {
		return
	}
	if system == "Windows" {
		version = windowsByHint(version)
	}
	d.systemVersion = version
}

// windowsByHint is the name of a Windows by its platform version, which counts
// from 13 for Windows 11 and is 0.x for those before 10.
func windowsByHint(version string) string {
	first, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	switch {
	case err != nil:
		return ""
	case major >= 13:
		return "11"
	case major >= 1:
		return "10"
	}
	return map[string]string{"0.3": "8.1", "0.2": "8", "0.1": "7"}[version[:min(3, len(version))]]
}

// unquote is a string of a structured header without its quotes.
func unquote(s string) string { return strings.Trim(s, `"`) }
