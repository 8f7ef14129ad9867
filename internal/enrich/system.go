package enrich

import (
	"regexp"
	"strings"

	"github.com/ua-parser/uap-go/uaparser"
)

// A platform is a kind of television or console that says clearly what it is.
type platform struct {
	mark   string // in the user agent
	device device
	after  string // what the version of the system follows
}

// platforms are tried in order. They go before what the library tells, which
// takes many for the desktop system that they descend from.
var platforms = []platform{
	{"Xbox Series X", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox Series X"}, ""},
	{"Xbox One", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox One"}, ""},
	{"Xbox", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox"}, ""},
	{"PlayStation 5", device{system: "PlayStation", category: console, manufacturer: "Sony"}, "PlayStation 5"},
	{"PlayStation 4", device{system: "PlayStation", category: console, manufacturer: "Sony"}, "PlayStation 4"},
	{"PLAYSTATION 3", device{system: "PlayStation", category: console, manufacturer: "Sony"}, "PLAYSTATION 3"},
	{"Nintendo", device{system: "Nintendo", category: console, manufacturer: "Nintendo"}, ""},
	{"Roku", device{system: "Roku OS", category: tv, manufacturer: "Roku"}, "DVP-"},
	{"AppleTV", device{system: "tvOS", category: tv, manufacturer: "Apple"}, ""},
	{"Apple TV", device{system: "tvOS", category: tv, manufacturer: "Apple"}, "CPU OS "},
	{"Web0S", device{system: "webOS", category: tv, manufacturer: "LG"}, ""},
	{"webOS", device{system: "webOS", category: tv, manufacturer: "LG"}, ""},
	{"NetCast", device{system: "NetCast", category: tv, manufacturer: "LG"}, "NetCast/"},
	{"Tizen", device{system: "Tizen", manufacturer: "Samsung"}, "Tizen "},
	{"VIDAA", device{system: "VIDAA", category: tv, manufacturer: "Hisense"}, "VIDAA/"},
	{"CrKey", device{category: tv, manufacturer: "Google", name: "Chromecast"}, ""},
}

// readPlatform reads what is told by one of the platforms.
func (d *device) readPlatform(agent string) {
	for _, p := range platforms {
		if strings.Contains(agent, p.mark) {
			engine := d.engine
			*d = p.device
			d.engine = engine
			if p.after != "" {
				d.systemVersion = versionAfter(agent, p.after)
			}
			return
		}
	}
}

// systemNames are our names where the library has others. Distributions are
// all Linux.
var systemNames = map[string]string{
	"Mac OS X": "macOS", "Mac OS": "macOS", "GoogleTV": "Android", "Chromecast Android": "Android", "Chromecast Fuchsia": "Fuchsia",
	"Chromecast Linux": linux, "Chromecast SmartSpeaker": linux, "Ubuntu": linux, "Kubuntu": linux, "Lubuntu": linux,
	"Debian": linux, "Fedora": linux, "Red Hat": linux, "CentOS": linux, "Arch Linux": linux, "openSUSE": linux, "SUSE": linux,
	"Gentoo": linux, "Slackware": linux, "Mageia": linux, "PCLinuxOS": linux, "Puppy": linux, "BackTrack": linux,
	"Other": "",
}

const linux = "Linux"

// readSystem takes the system that the library tells, if the platform does
// not. Windows 11 still says 10; only client hints know better.
func (d *device) readSystem(agent string, os *uaparser.Os) {
	name := renamed(systemNames, os.Family)
	switch {
	case d.system != "":
	case strings.Contains(agent, " CFNetwork/"):
		// It can be any of Apple's systems; the library says iOS for most.
		d.manufacturer = "Apple"
	case strings.HasPrefix(agent, "okhttp/"):
		d.system = "Android"
	case name != linux && !strings.HasPrefix(os.Family, "Chromecast"):
		d.system, d.systemVersion = name, dotted(os.Major, os.Minor, os.Patch, os.PatchMinor)
	case strings.Contains(agent, "Android"):
		d.system, d.systemVersion = "Android", versionAfter(agent, "Android ")
	default:
		d.system = name // the version is that of a kernel, a distribution or a receiver
	}
}

// amazon finds the model of a Fire TV or Fire tablet.
var amazon = regexp.MustCompile(`; ((?:AFT|KF)[A-Z0-9]+)\b`)

// modelNames are our names of models where the library has others, most of
// them for what it does not know. "K" stands for every model in newer agents
// of Android.
var modelNames = map[string]string{
	"K": "", "Other": "", "Smartphone": "", "Feature Phone": "", "Tablet": "", "SMART-TV": "", "Web0S SmartTV": "",
	"iOS-Device": "", "HbbTV": "", "AppleTV": "Apple TV", "AndroidTV": "Chromecast",
}

// readModel takes manufacturer, model and name that the library tells, where
// the platform does not.
func (a agents) readModel(d *device, agent string) {
	if d.model != "" {
		return
	}
	found := a.parser.ParseDevice(agent)
	brand, model, name := found.Brand, found.Model, found.Family
	switch {
	case d.system == "Android" && amazon.MatchString(agent):
		model = amazon.FindStringSubmatch(agent)[1]
		brand, name = "Amazon", ""
	case strings.HasPrefix(brand, "Generic_Android"):
		brand, name = a.manufacturer(model), ""
	case strings.HasPrefix(brand, "Generic"), brand == "Spider":
		return
	}
	brand = renamed(makerNames, brand)
	d.model = renamed(modelNames, model)
	if d.manufacturer == "" {
		d.manufacturer = brand
	}
	if d.name == "" && d.model != "" {
		d.name = renamed(modelNames, strings.TrimPrefix(name, found.Brand+" "))
	}
	if strings.HasPrefix(d.model, "AFT") {
		d.name = "Fire TV"
	}
}

// televisions are marks of television sets that run a general system.
var televisions = []string{
	"SMART-TV", "SmartTV", "Smart TV", "Android TV", "AndroidTV", "GoogleTV", "Google TV", "HbbTV", "BRAVIA", "Viera",
	"AQUOS", "VIZIO", "; AFT", " TV ", " TV)",
}

// category is what kind of device it is, after system and engine are known.
// Programs that are no browsers do not tell phones on Android from tablets and
// televisions.
func category(agent string, d *device) string {
	switch {
	case d.category != "":
		return d.category
	case containsAny(agent, televisions...):
		return tv
	case containsAny(agent, "iPhone", "iPod", "Windows Phone"):
		return phone
	case strings.Contains(agent, "iPad"):
		return tablet
	}
	switch d.system {
	case "Windows", "macOS", linux, "Chrome OS", "FreeBSD", "OpenBSD", "NetBSD":
		return desktop
	}
	switch {
	case d.engine == "":
		return ""
	case strings.Contains(agent, "Mobile") && !strings.Contains(agent, "Tablet"):
		return phone
	case d.system == "Android":
		return tablet
	}
	return ""
}

// makers are the manufacturers of Android devices that the library does not
// know, by how their models begin.
var makers = []struct{ prefix, name string }{
	{"AFT", "Amazon"},
	{"KF", "Amazon"},
	{"Chromecast", "Google"},
	{"BRAVIA", "Sony"},
	{"SHIELD", "NVIDIA"},
	{"XT", "Motorola"},
	{"POCO", "Xiaomi"},
	{"HONOR", "Honor"},
	{"LM-", "LG"},
	{"RMX", "realme"},
}

// makerNames are our spellings of manufacturers where the library has others.
var makerNames = map[string]string{"XiaoMi": "Xiaomi", "Oppo": "OPPO"}

// maxModel is the most bytes of a model that are looked up.
const maxModel = 64

// manufacturer is who made an Android device of a model; empty if unknown.
// The library knows more models in agents of Android's own client than in
// those of browsers.
func (a agents) manufacturer(model string) string {
	for _, m := range makers {
		if strings.HasPrefix(model, m.prefix) {
			return m.name
		}
	}
	if model == "" || model == "K" || len(model) > maxModel {
		return ""
	}
	found := a.parser.ParseDevice("Dalvik/2.1.0 (Linux; U; Android 14; " + model + " Build/A)")
	if strings.HasPrefix(found.Brand, "Generic") || found.Brand == "Spider" {
		return ""
	}
	return renamed(makerNames, found.Brand)
}
