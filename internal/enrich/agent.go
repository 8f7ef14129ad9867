package enrich

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ua-parser/uap-go/uaparser"

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

// agents reads user agents by the definitions of the ua-parser project, which
// are part of the program. They name browsers, systems and devices; what
// matters for video and they do not know, televisions and consoles above all,
// is in our tables. It is safe for concurrent use.
type agents struct{ parser *uaparser.Parser }

// rememberedAgents is how many user agents are remembered. To read one anew
// takes a millisecond or two, as a thousand expressions are tried; viewers of
// an hour have some thousand different ones. The library also keeps the text
// of as many that it has dropped, so that hostile ones of full length take
// 20 to 30 MB.
const rememberedAgents = 10_000

// newAgents compiles the definitions, which takes about 70 ms and 12 MB.
func newAgents() (agents, error) {
	p, err := uaparser.New(uaparser.WithCacheSize(rememberedAgents))
	if err != nil {
		return agents{}, fmt.Errorf("read definitions of user agents: %w", err)
	}
	return agents{p}, nil
}

// parse reads a User-Agent of at most maxAgent bytes.
func (a agents) parse(agent string) (d device) {
	if agent == "" {
		return d
	}
	d.engine = engine(agent)
	d.readPlatform(agent)
	// Of a television with HbbTV the library would tell nothing else.
	plain := strings.ReplaceAll(agent, "HbbTV/", "")
	d.readSystem(agent, a.parser.ParseOs(plain))
	d.readBrowser(agent, a.parser.ParseUserAgent(plain))
	a.readModel(&d, agent)
	d.category = category(agent, &d)
	switch {
	case containsAny(agent, "x86_64", "Win64", "WOW64", "x64", "aarch64", "arm64"):
		d.architecture = "64"
	case containsAny(agent, "i686", "i386", "armv7", "armv6"):
		d.architecture = "32"
	}
	return d
}

// browserNames are our names where the library has others. It tells the same
// browser on phones and on desktops apart; that is for the category to tell.
var browserNames = map[string]string{
	"HeadlessChrome": "Chrome", "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome",
	"Mobile Safari": "Safari", "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox",
	"Firefox Alpha": "Firefox", "Firefox Beta": "Firefox", "Edge Mobile": "Edge",
	"Opera Mobile": "Opera", "Opera Tablet": "Opera", "IE": "Internet Explorer", "IE Mobile": "Internet Explorer",
	"IE Large Screen": "Internet Explorer", "QQ Browser Mobile": "QQ Browser", "DuckDuckGo Mobile": "DuckDuckGo",
	"Amazon Silk": "Silk", "MiuiBrowser": "MIUI Browser", "Android": androidBrowser,
	"Chrome Mobile WebView": "Android WebView", "Mobile Safari UI/WKWebView": "iOS WebView",
	// No browsers: a guess for pages in apps of macOS, and nothing.
	"Apple Mail": "", "CFNetwork": "", "Other": "",
}

const androidBrowser = "Android Browser"

// readBrowser takes the browser that the library tells. Only what draws pages
// is one, and an app of Apple's systems, which begins with its own name:
// My%20App/1.2. Other programs are libraries.
func (d *device) readBrowser(agent string, ua *uaparser.UserAgent) {
	app := strings.Contains(agent, " CFNetwork/")
	if d.engine == "" && !app {
		return
	}
	d.browser = renamed(browserNames, ua.Family)
	if name, err := url.PathUnescape(d.browser); app && err == nil {
		d.browser = name
	}
	plain := d.browser == "Safari" || d.browser == androidBrowser
	switch {
	case strings.Contains(agent, " OPT/"):
		d.browser, d.browserVersion = "Opera", versionAfter(agent, " OPT/")
	case (plain || d.browser == "") && strings.Contains(agent, "Chrome/"):
		// The library knows Chrome only with a version as long as usual.
		d.browser, d.browserVersion = "Chrome", versionAfter(agent, "Chrome/")
	case plain:
		d.browserVersion = versionAfter(agent, "Version/")
	default:
		d.browserVersion = wholeVersion(agent, dotted(ua.Major, ua.Minor, ua.Patch))
	}
}

// engine is what draws the pages; empty for programs that draw none.
func engine(agent string) string {
	for _, e := range []struct{ mark, name string }{
		{"Trident/", "Trident"},
		{"MSIE ", "Trident"},
		{"Edge/", "EdgeHTML"},
		{"Chrome/", "Blink"},
		{"AppleWebKit/", "WebKit"},
		{"Gecko/", "Gecko"},
		{"Presto/", "Presto"},
	} {
		if strings.Contains(agent, e.mark) {
			return e.name
		}
	}
	return ""
}

// renamed is the name that a table has for name, else name.
func renamed(table map[string]string, name string) string {
	if ours, ok := table[name]; ok {
		return ours
	}
	return name
}

// dotted joins the parts of a version up to the first that is empty.
func dotted(parts ...string) string {
	for i, part := range parts {
		if part == "" {
			return strings.Join(parts[:i], ".")
		}
	}
	return strings.Join(parts, ".")
}

// wholeVersion completes a version of three parts, which is what the library
// reads at most, to as many as the agent has.
func wholeVersion(agent, version string) string {
	if strings.Count(version, ".") == 2 {
		if _, rest, found := strings.Cut(agent, "/"+version+"."); found {
			return strings.TrimSuffix(version+"."+leadingVersion(rest), ".")
		}
	}
	return version
}

// versionAfter is the version that follows the first occurrence of mark.
func versionAfter(agent, mark string) string {
	if _, rest, found := strings.Cut(agent, mark); found {
		return leadingVersion(strings.TrimLeft(rest, " /"))
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
