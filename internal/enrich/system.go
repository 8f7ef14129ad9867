package enrich

import "strings"

// A kind of device that says clearly what it is.
type known struct {
	mark   string // in the user agent
	device device
	after  string // what the version of the system follows
}

// devices are tried in order, before the general systems.
var devices = []known{
	{"Xbox Series X", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox Series X"}, ""},
	{"Xbox One", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox One"}, ""},
	{"Xbox", device{system: "Xbox", category: console, manufacturer: "Microsoft", model: "Xbox"}, ""},
	{"PlayStation 5", device{system: "PlayStation", category: console, manufacturer: "Sony", model: "PlayStation 5"}, "PlayStation 5/"},
	{"PlayStation 4", device{system: "PlayStation", category: console, manufacturer: "Sony", model: "PlayStation 4"}, "PlayStation 4/"},
	{"PLAYSTATION 3", device{system: "PlayStation", category: console, manufacturer: "Sony", model: "PlayStation 3"}, "PLAYSTATION 3 "},
	{"Nintendo", device{system: "Nintendo", category: console, manufacturer: "Nintendo"}, ""},
	{"Roku", device{system: "Roku OS", category: tv, manufacturer: "Roku"}, "DVP-"},
	{"AppleTV", device{system: "tvOS", category: tv, manufacturer: "Apple", name: "Apple TV"}, ""},
	{"Apple TV", device{system: "tvOS", category: tv, manufacturer: "Apple", name: "Apple TV"}, "CPU OS "},
	{"Web0S", device{system: "webOS", category: tv, manufacturer: "LG"}, ""},
	{"webOS", device{system: "webOS", category: tv, manufacturer: "LG"}, ""},
	{"NetCast", device{system: "NetCast", category: tv, manufacturer: "LG"}, "NetCast/"},
	{"Tizen", device{system: "Tizen", manufacturer: "Samsung"}, "Tizen "},
	{"CrKey", device{category: tv, manufacturer: "Google", name: "Chromecast"}, ""},
	{"VIDAA", device{system: "VIDAA", category: tv, manufacturer: "Hisense"}, "VIDAA/"},
	{"Windows Phone", device{system: "Windows Phone", category: phone}, "Windows Phone "},
	{"iPad", device{system: "iOS", category: tablet, manufacturer: "Apple", model: "iPad"}, "OS "},
	{"iPhone", device{system: "iOS", category: phone, manufacturer: "Apple", model: "iPhone"}, "OS "},
	{"iPod", device{system: "iOS", category: phone, manufacturer: "Apple", model: "iPod touch"}, "OS "},
	{"KAIOS", device{system: "KaiOS", category: phone}, "KAIOS/"},
}

// systems are the general ones, tried in order. Those without a category run
// on devices of several.
var systems = []known{
	{"Android", device{system: "Android"}, "Android "},
	{"Dalvik/", device{system: "Android"}, ""},
	{"okhttp/", device{system: "Android"}, ""},
	{"CrOS", device{system: "Chrome OS", category: desktop}, ""},
	{"Windows", device{system: "Windows", category: desktop}, ""},
	{"Macintosh", device{system: "macOS", category: desktop, manufacturer: "Apple"}, "Mac OS X "},
	{"FreeBSD", device{system: "FreeBSD", category: desktop}, ""},
	{"OpenBSD", device{system: "OpenBSD", category: desktop}, ""},
	{"Linux", device{system: "Linux", category: desktop}, ""},
}

// televisions are marks of television sets that run a general system.
var televisions = []string{
	"SMART-TV", "SmartTV", "Smart TV", "Android TV", "AndroidTV", "GoogleTV", "Google TV", "HbbTV", "BRAVIA", "Viera",
	"AQUOS", "VIZIO", "SHIELD Android TV", "; AFT", " TV ", " TV)",
}

// windowsVersions are the names of versions that Windows tells as NT numbers.
// Windows 11 still says 10.0; only client hints know better.
var windowsVersions = map[string]string{
	"10.0": "10", "6.3": "8.1", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.1": "XP",
}

// readSystem reads the system and the device.
func (d *device) readSystem(agent string) {
	k := find(agent, devices)
	*d = k.device
	if d.system == "" {
		k = find(agent, systems)
		d.system = k.device.system
		if d.category == "" {
			d.category, d.manufacturer = k.device.category, k.device.manufacturer
		}
	}
	if k.after != "" {
		d.systemVersion = versionAfter(agent, k.after)
	}
	switch d.system {
	case "Windows":
		d.systemVersion = versionAfter(agent, "Windows NT ")
		if name, ok := windowsVersions[d.systemVersion]; ok {
			d.systemVersion = name
		}
	case "Android":
		d.model = androidModel(agent)
		if d.manufacturer == "" {
			d.manufacturer = manufacturer(d.model)
		}
		if strings.HasPrefix(d.model, "AFT") {
			d.name = "Fire TV"
		}
	}
	d.category = category(agent, d)
}

// category is what kind of device it is, after the system is known.
func category(agent string, d *device) string {
	switch {
	case d.category != "" && d.category != desktop:
		return d.category
	case containsAny(agent, televisions...):
		return tv
	case d.category == desktop:
		return desktop
	case strings.HasPrefix(agent, "okhttp/"), strings.HasPrefix(agent, "Dalvik/"):
		return "" // libraries do not tell phones from tablets and televisions
	case strings.Contains(agent, "Mobile") && !strings.Contains(agent, "Tablet"):
		return phone
	case d.system == "Android":
		return tablet
	}
	return ""
}

// find returns the first entry whose mark is in agent, or nothing.
func find(agent string, table []known) known {
	for _, k := range table {
		if strings.Contains(agent, k.mark) {
			return k
		}
	}
	return known{}
}

// androidModel is the part behind the version in "(Linux; Android 13; Pixel 7
// Build/…)". Newer browsers say "K" for every model.
func androidModel(agent string) string {
	_, rest, _ := strings.Cut(agent, "(")
	rest, _, _ = strings.Cut(rest, ")")
	seen := false
	for part := range strings.SplitSeq(rest, ";") {
		part = strings.TrimSpace(part)
		switch {
		case strings.HasPrefix(part, "Android"):
			seen = true
		case !seen || part == "wv" || part == "U" || isLocale(part):
		default:
			part, _, _ = strings.Cut(part, " Build")
			if part == "K" || part == "Mobile" || part == "Tablet" || strings.HasPrefix(part, "rv:") {
				return ""
			}
			return part
		}
	}
	return ""
}

// isLocale reports whether s looks like en-us.
func isLocale(s string) bool { return len(s) == 5 && (s[2] == '-' || s[2] == '_') }

// makers are the manufacturers of Android devices by how their models begin.
var makers = []struct{ prefix, name string }{
	{"SM-", "Samsung"},
	{"GT-", "Samsung"},
	{"SAMSUNG", "Samsung"},
	{"Pixel", "Google"},
	{"Nexus", "Google"},
	{"Chromecast", "Google"},
	{"AFT", "Amazon"},
	{"KF", "Amazon"},
	{"BRAVIA", "Sony"},
	{"SHIELD", "NVIDIA"},
	{"moto", "Motorola"},
	{"Moto", "Motorola"},
	{"XT", "Motorola"},
	{"Redmi", "Xiaomi"},
	{"POCO", "Xiaomi"},
	{"Mi ", "Xiaomi"},
	{"MI ", "Xiaomi"},
	{"Xiaomi", "Xiaomi"},
	{"HUAWEI", "Huawei"},
	{"HONOR", "Honor"},
	{"ONEPLUS", "OnePlus"},
	{"OnePlus", "OnePlus"},
	{"CPH", "OPPO"},
	{"OPPO", "OPPO"},
	{"RMX", "realme"},
	{"vivo", "vivo"},
	{"Nokia", "Nokia"},
	{"LG-", "LG"},
	{"LM-", "LG"},
	{"HTC", "HTC"},
}

func manufacturer(model string) string {
	for _, m := range makers {
		if strings.HasPrefix(model, m.prefix) {
			return m.name
		}
	}
	return ""
}
