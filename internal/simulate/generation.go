package simulate

import (
	"net/http"
	"slices"
	"time"

	"playhead/internal/event"
)

// A generation is one version of the players' SDKs: how it says what happens, and
// how it delivers that.
type generation struct {
	family  sdk
	share   float64 // of the viewers of the family
	core    string  // mux_embed; "" when it does not tell
	version string  // mux_embed_version

	// What is said.
	keys        *dictionary
	deltas      bool // only what changed is said; otherwise everything each time
	numbers     style
	booleans    style
	stringTimes bool // times, rates and sizes are strings even where other numbers are not
	fractions   bool // times have fractions of a ms
	nulls       bool // an unknown number is null; otherwise it is left out
	metadata    bool // bodies say when they were sent, and how long the one before took
	keyless     bool // playerready belongs to no view yet

	// How it is sent.
	path        string
	contentType string
	preflight   bool // the first request of a page asks with OPTIONS first
	zipped      bool
	headers     bool          // the environment key is in a header too
	interval    time.Duration // between beacons
	polls       bool          // the interval is looked at only when something happens
	urgent      []event.Kind  // what does not wait for the interval
	closesTwice bool          // the last batch goes out by sendBeacon, and once more
	overflows   bool          // a full queue silences the player; otherwise the queue takes no more
	delivered   func(status int) bool
	retry       retry
}

// A retry is what an SDK does about a beacon that was not delivered.
type retry struct {
	tries int  // how often it is sent at most; 0: until it is delivered
	keeps bool // after the tries it waits for the next interval; otherwise it is lost
	pause func(failures int, random float64) time.Duration
}

// Limits that all SDKs have.
const (
	maxBatch = 300  // events of a beacon
	maxQueue = 3600 // events that wait
)

func ok2xx(status int) bool { return status/100 == 2 }
func ok200(status int) bool { return status == http.StatusOK }
func anything(int) bool     { return true }

// growing is (1 + 2^(n-1)·random) times unit after the n-th failure, with an
// end that the SDKs do not have: an exponent beyond it is weeks.
func growing(unit time.Duration) func(int, float64) time.Duration {
	return func(failures int, random float64) time.Duration {
		steps := float64(int64(1) << min(failures-1, 16))
		return time.Duration((1 + steps*random) * float64(unit))
	}
}

// halved is what Roku waits: half of a time that doubles up to ten seconds,
// and a random part of the other half.
func halved(failures int, random float64) time.Duration {
	whole := min(10*time.Second, time.Second<<min(failures, 4))
	return whole/2 + time.Duration(random*float64(whole/2))
}

var (
	webUrgent = []event.Kind{event.ViewStart, event.Error, event.Ended, event.ViewEnd}
	iosUrgent = append(slices.Clone(webUrgent), event.AdBreakEnd, event.AdError)
)

// generations are those that viewers use.
var generations = []generation{
	{
		family: webSDK, share: 1, core: "mux-embed", version: "5.19.0",
		keys: newest, deltas: true, nulls: true, metadata: true,
		contentType: "text/plain", interval: 10 * time.Second, urgent: webUrgent, closesTwice: true, overflows: true,
		delivered: ok2xx, retry: retry{pause: growing(10 * time.Second)},
	},
	{
		family: oldWebSDK, share: 0.7, core: "mux-embed", version: "4.9.0",
		keys: newest, deltas: true, nulls: true, metadata: true, fractions: true,
		contentType: "application/json", preflight: true, interval: 10 * time.Second, urgent: webUrgent, closesTwice: true, overflows: true,
		delivered: ok200, retry: retry{pause: growing(10 * time.Second)},
	},
	{
		family: oldWebSDK, share: 0.3, core: "mux-embed", version: "3.4.0",
		keys: newest, deltas: true, nulls: true, fractions: true,
		contentType: "application/json", preflight: true, interval: 5 * time.Second, urgent: webUrgent, closesTwice: true, overflows: true,
		delivered: ok200, retry: retry{pause: growing(10 * time.Second)},
	},
	{
		family: rokuSDK, share: 1,
		keys: rokuKeys, booleans: words, stringTimes: true, keyless: true,
		contentType: "application/json", interval: 10 * time.Second,
		delivered: ok2xx, retry: retry{tries: 11, keeps: true, pause: halved},
	},
	{
		family: androidSDK, share: 0.8,
		keys: newest, deltas: true, numbers: words, booleans: words,
		path: "/android", contentType: "application/json", zipped: true, headers: true, interval: 10 * time.Second, urgent: webUrgent,
		delivered: ok2xx, retry: retry{tries: 5, pause: growing(5 * time.Second)},
	},
	{ // an app that asks for fewer beacons
		family: androidSDK, share: 0.2,
		keys: newest, deltas: true, numbers: words, booleans: words,
		path: "/android", contentType: "application/json", headers: true, interval: time.Minute, urgent: webUrgent,
		delivered: ok2xx, retry: retry{tries: 5, pause: growing(5 * time.Second)},
	},
	{
		family: iosSDK, share: 1, core: "mux-stats-sdk-objc", version: "5.4.2",
		keys: iosKeys, deltas: true, numbers: words, booleans: digits, metadata: true,
		contentType: "application/json", headers: true, interval: 10 * time.Second, polls: true, urgent: iosUrgent, overflows: true,
		delivered: anything, retry: retry{tries: 5, pause: growing(10 * time.Second)},
	},
}

// generationOf picks one of a family; random is from 0 up to 1.
func generationOf(family sdk, random float64) *generation {
	var last *generation
	for i := range generations {
		if g := &generations[i]; g.family == family {
			if last = g; random < g.share {
				return g
			}
			random -= g.share
		}
	}
	return last
}

// isUrgent reports whether an event is sent at once.
func (g *generation) isUrgent(k event.Kind) bool { return slices.Contains(g.urgent, k) }

// constants are the fields that every event of an SDK could say: what it is.
func (g *generation) constants() []event.Value {
	var f fields
	f.text(event.MustLookup("mux_api_version"), "2.1")
	f.text(event.MustLookup("mux_embed"), g.core)
	f.text(event.MustLookup("mux_embed_version"), g.version)
	return f
}
