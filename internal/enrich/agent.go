package enrich

import (
	"net/url"
	"strings"

	"playhead/internal/event"
)

var (
	browserField      = event.MustLookup("client_browser")
	browserVersion    = event.MustLookup("client_browser_version")
	engineField       = event.MustLookup("client_browser_engine")
	categoryField     = event.MustLookup("client_device_category")
	manufacturerField = event.MustLookup("client_device_manufacturer")
	modelField        = event.MustLookup("client_device_model")
	nameField         = event.MustLookup("client_device_name")
	systemField       = event.MustLookup("client_os")
	systemVersion     = event.MustLookup("client_os_version")
	architectureField = event.MustLookup("client_os_architecture")
	agentField        = event.MustLookup("client_user_agent")
)

// The device categories that can be told from a user agent.
const (
	desktop = "desktop"
	phone   = "phone"
	tablet  = "tablet"
	tv      = "tv"
	console = "console"
)

// device is what a user agent tells. What it does not tell is empty.
type device struct {
	browser, browserVersion, engine string
	system, systemVersion           string
	architecture                    string // "64" or "32"
	category                        string
	manufacturer, model, name       string
}

func (d *device) add(v *values) {
	v.text(browserField, d.browser)
	v.text(browserVersion, d.browserVersion)
	v.text(engineField, d.engine)
	v.text(categoryField, d.category)
	v.text(manufacturerField, d.manufacturer)
	v.text(modelField, d.model)
	if d.name == "" {
		d.name = d.model
	}
	v.text(nameField, d.name)
	v.text(systemField, d.system)
	v.text(systemVersion, d.systemVersion)
	v.text(architectureField, d.architecture)
}

// parseAgent reads a User-Agent. It is our own because what matters for video
// (televisions, consoles, native players) is what general parsers leave out;
// it knows families of devices, not every model. It takes a few
// microseconds, so nothing is remembered.
func parseAgent(agent string) (d device) {
	d.readSystem(agent)
	d.readBrowser(agent)
	d.readEngine(agent)
	switch {
	case containsAny(agent, "x86_64", "Win64", "WOW64", "x64", "aarch64", "arm64"):
		d.architecture = "64"
	case containsAny(agent, "i686", "i386", "armv7", "armv6"):
		d.architecture = "32"
	}
	return d
}

// rule says what a mark in a user agent means. The number that follows after
// is the version.
type rule struct{ mark, name, after string }

// browsers are tried in order: nearly all pretend to be the ones below them.
var browsers = []rule{
	{"Edg/", "Edge", "Edg/"},
	{"EdgA/", "Edge", "EdgA/"},
	{"EdgiOS/", "Edge", "EdgiOS/"},
	{"Edge/", "Edge", "Edge/"},
	{"OPR/", "Opera", "OPR/"},
	{"OPiOS/", "Opera", "OPiOS/"},
	{"OPT/", "Opera", "OPT/"},
	{"Opera", "Opera", "Version/"},
	{"SamsungBrowser/", "Samsung Internet", "SamsungBrowser/"},
	{"YaBrowser/", "Yandex Browser", "YaBrowser/"},
	{"Vivaldi/", "Vivaldi", "Vivaldi/"},
	{"UCBrowser/", "UC Browser", "UCBrowser/"},
	{"MiuiBrowser/", "MIUI Browser", "MiuiBrowser/"},
	{"DuckDuckGo/", "DuckDuckGo", "DuckDuckGo/"},
	{"Ddg/", "DuckDuckGo", "Ddg/"},
	{"Silk/", "Silk", "Silk/"},
	{"FBAV/", "Facebook", "FBAV/"},
	{"Instagram ", "Instagram", "Instagram "},
	{"Electron/", "Electron", "Electron/"},
	{"FxiOS/", "Firefox", "FxiOS/"},
	{"Firefox/", "Firefox", "Firefox/"},
	{"CriOS/", "Chrome", "CriOS/"},
	{"HeadlessChrome/", "Chrome", "HeadlessChrome/"},
	{"; wv)", "Android WebView", "Chrome/"},
	{"Chrome/", "Chrome", "Chrome/"},
	{"MSIE ", "Internet Explorer", "MSIE "},
	{"Trident/", "Internet Explorer", "rv:"},
}

func (d *device) readBrowser(agent string) {
	for _, r := range browsers {
		if strings.Contains(agent, r.mark) {
			d.browser, d.browserVersion = r.name, versionAfter(agent, r.after)
			return
		}
	}
	switch {
	case strings.Contains(agent, "Safari/") && d.system == "Android":
		d.browser, d.browserVersion = "Android Browser", versionAfter(agent, "Version/")
	case strings.Contains(agent, "Safari/"):
		d.browser, d.browserVersion = "Safari", versionAfter(agent, "Version/")
	case strings.Contains(agent, "AppleWebKit/") && d.system == "iOS":
		d.browser = "iOS WebView"
	case strings.Contains(agent, " CFNetwork/"):
		// An app of Apple's systems begins with its own name: My%20App/1.2.
		name, rest, found := strings.Cut(agent, "/")
		if plain, err := url.PathUnescape(name); found && err == nil {
			d.browser, d.browserVersion = plain, leadingVersion(rest)
		}
	}
}

func (d *device) readEngine(agent string) {
	switch {
	case strings.Contains(agent, "Trident/"):
		d.engine = "Trident"
	case strings.Contains(agent, "Edge/"):
		d.engine = "EdgeHTML"
	case strings.Contains(agent, "Chrome/"):
		d.engine = "Blink"
	case strings.Contains(agent, "AppleWebKit/"):
		d.engine = "WebKit"
	case strings.Contains(agent, "Gecko/"):
		d.engine = "Gecko"
	}
}

// versionAfter is the version that follows the first occurrence of mark.
func versionAfter(agent, mark string) string {
	if _, rest, found := strings.Cut(agent, mark); found {
		return leadingVersion(rest)
	}
	return ""
}

// maxVersion is the most bytes of a version that are kept.
const maxVersion = 32

// leadingVersion is the dotted number that s begins with. Apple's systems put
// underscores for dots.
func leadingVersion(s string) string {
	n := 0
	for n < len(s) && n < maxVersion && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || s[n] == '_') {
		n++
	}
	return strings.Trim(strings.ReplaceAll(s[:n], "_", "."), ".")
}

func containsAny(s string, marks ...string) bool {
	for _, m := range marks {
		if strings.Contains(s, m) {
			return true
		}
	}
	return false
}

// clean is text without what is not UTF-8 or cannot be printed.
func clean(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7F
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
