package enrich

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/event"
)

// expected is a device in one line: browser and version, engine; system and
// version, bits; category, manufacturer, model, name. "-" is unknown.
func (d device) String() string {
	v := values{}
	d.add(&v)
	text := map[event.Field]string{}
	for _, x := range v {
		text[x.Field] = strings.ReplaceAll(x.Text, " ", "_")
	}
	var b strings.Builder
	for i, f := range []event.Field{
		browserField, browserVersion, engineField, systemField, systemVersion, architectureField,
		categoryField, manufacturerField, modelField, nameField,
	} {
		if i > 0 {
			b.WriteByte(' ')
		}
		if text[f] == "" {
			text[f] = "-"
		}
		b.WriteString(text[f])
	}
	return b.String()
}

func TestParseAgent(t *testing.T) {
	const webkit, safari = "AppleWebKit/537.36 (KHTML, like Gecko) ", " Safari/537.36"
	tests := []struct{ name, agent, want string }{
		{
			"headless Chrome on Linux", "Mozilla/5.0 (X11; Linux x86_64) " + webkit + "HeadlessChrome/156.0.0.0" + safari,
			"Chrome 156.0.0.0 Blink Linux - 64 desktop - - -",
		},
		{
			"Chrome on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/131.0.0.0" + safari,
			"Chrome 131.0.0.0 Blink Windows 10 64 desktop - - -",
		},
		{
			"Edge on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/131.0.0.0" + safari + " Edg/131.0.2903.86",
			"Edge 131.0.2903.86 Blink Windows 10 64 desktop - - -",
		},
		{
			"old Edge", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + webkit + "Chrome/64.0.3282.140" + safari + " Edge/17.17134",
			"Edge 17.17134 EdgeHTML Windows 10 64 desktop - - -",
		},
		{
			"Opera", "Mozilla/5.0 (Windows NT 6.1; WOW64) " + webkit + "Chrome/95.0.4638.69" + safari + " OPR/81.0.4196.60",
			"Opera 81.0.4196.60 Blink Windows 7 64 desktop - - -",
		},
		{
			"Internet Explorer 11", "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
			"Internet_Explorer 11.0 Trident Windows 8.1 - desktop - - -",
		},
		{
			"Firefox on Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
			"Firefox 133.0 Gecko Linux - 64 desktop - - -",
		},
		{
			"Firefox on a phone", "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
			"Firefox 133.0 Gecko Android 14 - phone - - -",
		},
		{
			"Firefox on a tablet", "Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0",
			"Firefox 133.0 Gecko Android 14 - tablet - - -",
		},
		{
			"Safari on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
			"Safari 17.6 WebKit macOS 10.15.7 - desktop Apple - -",
		},
		{
			"Safari on an iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
			"Safari 17.6 WebKit iOS 17.6.1 - phone Apple iPhone iPhone",
		},
		{
			"Chrome on an iPad", "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
			"Chrome 131.0.6778.73 WebKit iOS 16.5 - tablet Apple iPad iPad",
		},
		{
			"an app's page on an iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
			"iOS_WebView - WebKit iOS 18.1 - phone Apple iPhone iPhone",
		},
		{
			"Chrome on a phone", "Mozilla/5.0 (Linux; Android 13; Pixel 7) " + webkit + "Chrome/116.0.0.0 Mobile" + safari,
			"Chrome 116.0.0.0 Blink Android 13 - phone Google Pixel_7 Pixel_7",
		},
		{
			"reduced agent", "Mozilla/5.0 (Linux; Android 10; K) " + webkit + "Chrome/131.0.0.0 Mobile" + safari,
			"Chrome 131.0.0.0 Blink Android 10 - phone - - -",
		},
		{
			"Samsung Internet", "Mozilla/5.0 (Linux; Android 12; SAMSUNG SM-G991B) " + webkit + "SamsungBrowser/16.0 Chrome/92.0.4515.166 Mobile" + safari,
			"Samsung_Internet 16.0 Blink Android 12 - phone Samsung SAMSUNG_SM-G991B SAMSUNG_SM-G991B",
		},
		{
			"an app's page on Android", "Mozilla/5.0 (Linux; Android 11; M2012K11AG Build/RKQ1; wv) " + webkit + "Version/4.0 Chrome/96.0.4664.45 Mobile" + safari,
			"Android_WebView 96.0.4664.45 Blink Android 11 - phone - M2012K11AG M2012K11AG",
		},
		{
			"Android tablet", "Mozilla/5.0 (Linux; Android 9; SM-T510) " + webkit + "Chrome/108.0.0.0" + safari,
			"Chrome 108.0.0.0 Blink Android 9 - tablet Samsung SM-T510 SM-T510",
		},
		{
			"old Android", "Mozilla/5.0 (Linux; U; Android 2.3.7; en-us; Nexus One Build/FRF91) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
			"Android_Browser 4.0 WebKit Android 2.3.7 - phone Google Nexus_One Nexus_One",
		},
		{
			"Fire tablet", "Mozilla/5.0 (Linux; Android 9; KFMAWI) " + webkit + "Silk/108.6.3 like Chrome/108.0.5359.220" + safari,
			"Silk 108.6.3 Blink Android 9 - tablet Amazon KFMAWI KFMAWI",
		},
		{
			"Fire TV", "Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6265; wv) " + webkit + "Version/4.0 Chrome/70.0.3538.110 Mobile" + safari,
			"Android_WebView 70.0.3538.110 Blink Android 7.1.2 - tv Amazon AFTMM Fire_TV",
		},
		{
			"Chrome OS", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + webkit + "Chrome/131.0.0.0" + safari,
			"Chrome 131.0.0.0 Blink Chrome_OS - 64 desktop - - -",
		},
		{
			"Samsung television", "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) " + webkit + "76.0.3809.146/6.0 TV" + safari,
			"Safari - WebKit Tizen 6.0 - tv Samsung - -",
		},
		{
			"LG television", "Mozilla/5.0 (Web0S; Linux/SmartTV) " + webkit + "Chrome/79.0.3945.79" + safari + " DMOST/2.0.0 (; LGE; webOSTV; WEBOS6.0)",
			"Chrome 79.0.3945.79 Blink webOS - - tv LG - -",
		},
		{
			"Sony television", "Mozilla/5.0 (Linux; Android 9; BRAVIA 4K UR2 Build/PTT1) " + webkit + "Chrome/96.0.4664.45" + safari,
			"Chrome 96.0.4664.45 Blink Android 9 - tv Sony BRAVIA_4K_UR2 BRAVIA_4K_UR2",
		},
		{
			"HbbTV", "HbbTV/1.5.1 (+DRM; Philips; 43PUS; 1.0; ; ) " + webkit + "Chrome/84.0.4147.105 (Linux armv7l)" + safari,
			"Chrome 84.0.4147.105 Blink Linux - 32 tv - - -",
		},
		{
			"Chromecast", "Mozilla/5.0 (X11; Linux armv7l) " + webkit + "Chrome/90.0.4430.225" + safari + " CrKey/1.56.500000",
			"Chrome 90.0.4430.225 Blink Linux - 32 tv Google - Chromecast",
		},
		{
			"PlayStation 5", "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
			"Safari 13.0 WebKit PlayStation 2.26 - console Sony PlayStation_5 PlayStation_5",
		},
		{
			"Xbox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) " + webkit + "Chrome/108.0.0.0" + safari + " Edg/108.0.1462.54",
			"Edge 108.0.1462.54 Blink Xbox - 64 console Microsoft Xbox_Series_X Xbox_Series_X",
		},
		{"Roku", "Roku/DVP-14.0 (14.0.0.4182-88)", "- - - Roku_OS 14.0 - tv Roku - -"},
		{
			"Apple TV player", "AppleCoreMedia/1.0.0.20K71 (Apple TV; U; CPU OS 16_1 like Mac OS X; en_us)",
			"- - - tvOS 16.1 - tv Apple - Apple_TV",
		},
		{"app on Apple's systems", "My%20App/1.2.3 CFNetwork/1410.0.3 Darwin/22.6.0", "My_App 1.2.3 - - - - - - - -"},
		{"app on Android", "okhttp/4.12.0", "- - - Android - - - - - -"},
		{
			"Android's own client", "Dalvik/2.1.0 (Linux; U; Android 13; SM-S911B Build/TP1A.220624.014)",
			"- - - Android 13 - - Samsung SM-S911B SM-S911B",
		},
		{"nothing", "", "- - - - - - - - - -"},
		{"a program", "curl/8.5.0", "- - - - - - - - - -"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, parseAgent(test.agent).String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestHints(t *testing.T) {
	const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	const android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
	const linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	tests := []struct {
		name, agent string
		hints       map[string]string
		want        string
	}{
		{
			"as recorded", strings.Replace(linux, "Chrome/131", "HeadlessChrome/156", 1),
			map[string]string{"sec-ch-ua": `"Not:A-Brand";v="8", "Chromium";v="156"`, "sec-ch-ua-mobile": "?0", "sec-ch-ua-platform": `"Linux"`},
			"Chrome 156.0.0.0 Blink Linux - 64 desktop - - -",
		},
		{
			"Windows 11", windows,
			map[string]string{
				"sec-ch-ua":                   `"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"`,
				"sec-ch-ua-full-version-list": `"Google Chrome";v="131.0.6778.86", "Chromium";v="131.0.6778.86", "Not_A Brand";v="24.0.0.0"`,
				"sec-ch-ua-platform":          `"Windows"`, "sec-ch-ua-platform-version": `"15.0.0"`, "sec-ch-ua-bitness": `"64"`,
			},
			"Chrome 131.0.6778.86 Blink Windows 11 64 desktop - - -",
		},
		{
			"Windows 8.1", windows,
			map[string]string{"sec-ch-ua-platform": `"Windows"`, "sec-ch-ua-platform-version": `"0.3.0"`},
			"Chrome 131.0.0.0 Blink Windows 8.1 64 desktop - - -",
		},
		{
			"Brave", windows,
			map[string]string{"sec-ch-ua": `"Brave";v="131", "Chromium";v="131", "Not;A=Brand";v="24"`},
			"Brave 131 Blink Windows 10 64 desktop - - -",
		},
		{
			"the agent's version is finer", windows,
			map[string]string{"sec-ch-ua": `" Not;A,Brand";v="99", "Google Chrome";v="131"`},
			"Chrome 131.0.0.0 Blink Windows 10 64 desktop - - -",
		},
		{
			"model", android,
			map[string]string{
				"sec-ch-ua-model": `"SM-S918B"`, "sec-ch-ua-platform": `"Android"`, "sec-ch-ua-platform-version": `"14.0.0"`, "sec-ch-ua-mobile": "?1",
			},
			"Chrome 131.0.0.0 Blink Android 14.0.0 - phone Samsung SM-S918B SM-S918B",
		},
		{
			"phone that wants desktop pages", linux,
			map[string]string{"sec-ch-ua-platform": `"Android"`, "sec-ch-ua-mobile": "?1"},
			"Chrome 131.0.0.0 Blink Android - 64 phone - - -",
		},
		{
			"television", "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Safari/537.36",
			map[string]string{"sec-ch-ua-platform": `"Linux"`, "sec-ch-ua-mobile": "?0"},
			"Chrome 108.0.0.0 Blink webOS - - tv LG - -",
		},
		{
			"nonsense", windows,
			map[string]string{
				"sec-ch-ua": `"Google Chrome`, "sec-ch-ua-full-version-list": `;;,"`, "sec-ch-ua-platform": `"`, "sec-ch-ua-platform-version": `"x"`,
				"sec-ch-ua-mobile": "yes", "sec-ch-ua-bitness": `"8"`,
			},
			"Chrome 131.0.0.0 Blink Windows 10 64 desktop - - -",
		},
	}
	for _, test := range tests {
		h := http.Header{}
		for k, v := range test.hints {
			h.Set(k, v)
		}
		d := parseAgent(test.agent)
		d.hints(h)
		if diff := cmp.Diff(test.want, d.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func BenchmarkClient(b *testing.B) {
	e, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	h := http.Header{
		"User-Agent":         {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
		"Sec-Ch-Ua":          {`"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"`},
		"Sec-Ch-Ua-Platform": {`"Windows"`},
		"Sec-Ch-Ua-Mobile":   {"?0"},
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Client(h, netip.Addr{})
	}
}
