package app

import (
	"fmt"
	"strings"
	"time"

	"playhead/internal/beacon"
	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// poison is what a broken or hostile player sends. Its view, if there is one,
// is called by its name.
type poison struct {
	name   string
	bodies func(id string, now int64) []string
	views  int    // that come of it
	counts string // the counter that has to grow, as metric/label; "" if nothing is left out
}

// lifecycle is a view in which everything happens that any field can be about.
var lifecycle = []event.Kind{
	event.PlayerReady, event.ViewStart, event.AdBreakStart, event.AdRequest, event.AdPlay, event.AdPlaying, event.AdError, event.AdBreakEnd,
	event.Play, event.Playing, event.RenditionChange, event.RequestCompleted, event.RequestFailed, event.RebufferStart, event.RebufferEnd,
	event.Seeking, event.Seeked, event.AudioTrackChange, event.TextTrackChange, event.PlaybackModeChange, event.OrientationChange,
	event.NetworkChange, event.CDNChange, event.Heartbeat, event.Error, event.Pause, event.ViewEnd,
}

// everyField has the events of a whole view tell the same value in every field.
func everyField(value string, types ...event.Type) func(string, int64) []string {
	return func(id string, now int64) []string {
		var members strings.Builder
		for f := range event.Field(event.Count()) {
			for _, t := range types {
				if f.Type() == t {
					fmt.Fprintf(&members, `,"%s":%s`, mux.EncodeKey(f.Name()), value)
				}
			}
		}
		events := make([]string, len(lifecycle))
		for i, kind := range lifecycle {
			events[i] = fmt.Sprintf(`"e":"%s","qty":"media"`, kind) + members.String()
		}
		return []string{told(id, now, events...)}
	}
}

// told is a beacon with events a second apart, the last of them now, given by
// the members that tell what happened.
func told(id string, now int64, events ...string) string { return toldFrom(id, now, 1, events...) }

func toldFrom(id string, now int64, seq int, events ...string) string {
	begin := now - int64(len(events)-1)*1000
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = fmt.Sprintf(`{"ake":"key","xid":"%s","xsqno":%d,"uti":%d,%s}`, id, seq+i, begin+int64(i)*1000, e)
	}
	return beaconOf(list...)
}

func beaconOf(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

// one is a poison of one body, written with $ID and $NOW.
func one(body string) func(string, int64) []string {
	return func(id string, now int64) []string {
		return []string{strings.NewReplacer("$ID", id, "$NOW", fmt.Sprint(now)).Replace(body)}
	}
}

// bad is a body of which nothing is taken.
func bad(name, body, reason string) poison {
	return poison{name: name, bodies: one(body), counts: "playhead_beacons_dropped_total/" + reason}
}

// event1 is the begin of an event of $ID.
const event1 = `{"ake":"key","xid":"$ID","xsqno":1,"uti":$NOW,"e":"viewstart"`

const years10 = int64(10 * 365 * 24 * time.Hour / time.Millisecond)

const (
	invalid = "playhead_decoded_unread_total/invalid_values"
	cut     = "playhead_decoded_unread_total/cut_values"
	unknown = "playhead_decoded_unread_total/unknown_keys"
	skipped = "playhead_decoded_unread_total/skipped_events"
	noView  = "playhead_tracker_events_total/no_view"
	clamped = "playhead_tracker_clamped_times_total/"
)

// badBodies are refused as a whole.
var badBodies = []poison{
	bad("NaN as a bare word", `{"events":[`+event1+`,"xwati":NaN}]}`, "malformed"),
	bad("an infinity as a bare word", `{"events":[`+event1+`,"xwati":-Infinity}]}`, "malformed"),
	bad("nested one too deep", `{"events":[`+event1+`,"c1":`+strings.Repeat("[", mux.MaxDepth-2)+strings.Repeat("]", mux.MaxDepth-2)+`}]}`, "malformed"),
	bad("a million brackets", `{"events":`+strings.Repeat("[", 1_000_000), "malformed"),
	bad("an event too many", beaconOf(strings.Split(strings.Repeat(event1+"}|", mux.MaxEvents)+event1+"}", "|")...), "malformed"),
	bad("a byte too many", `{"events":[`+event1+`}],"x":"`+strings.Repeat("x", beacon.MaxBody)+`"}`, "too_large"),
	bad("events that say nothing", `{"events":[{},{},{}]}`, "unknown_environment"),
	bad("no events", `{"events":[]}`, "empty"),
	bad("events that are none", `{"events":[null,1,"x",[]]}`, "malformed"),
	bad("an environment key of another", `{"events":[{"ake":"another","xid":"$ID","xsqno":1,"uti":$NOW,"e":"viewstart"}]}`, "unknown_environment"),
	bad("an environment key of a megabyte", `{"events":[{"ake":"`+strings.Repeat("k", 1<<20)+`","xid":"$ID","e":"viewstart"}]}`, "unknown_environment"),
	bad("not a body", "\x00\xff\xfe", "malformed"),
	bad("half a body", `{"events":[`+event1+`}`, "malformed"),
}

// oddNumbers have every field that is a number say the same absurd one.
var oddNumbers = []poison{
	{"NaN as a text", everyField(`"NaN"`, event.Number, event.Bool), 1, invalid},
	{"an infinity as a text", everyField(`"-Infinity"`, event.Number, event.Raw), 1, ""},
	{"1e308", everyField(`1e308`, event.Number, event.Bool, event.Text), 1, ""},
	{"-1e308", everyField(`-1e308`, event.Number), 1, ""},
	{"1e309", everyField(`1e309`, event.Number, event.Bool, event.Text), 1, invalid},
	{"nearly 0", everyField(`5e-324`, event.Number), 1, ""},
	{"-0", everyField(`-0`, event.Number, event.Bool, event.Text), 1, ""},
	{"-1", everyField(`-1`, event.Number), 1, ""},
	{"2^53-1", everyField(`9007199254740991`, event.Number), 1, ""},
	{"2^53+1", everyField(`9007199254740993`, event.Number, event.Text), 1, ""},
	{"2^63", everyField(`"9223372036854775808"`, event.Number, event.Text), 1, ""},
	{"2^64", everyField(`18446744073709551616`, event.Number, event.Text), 1, ""},
	{"350 digits", everyField(strings.Repeat("9", 350), event.Number), 1, invalid},
	{"a hexadecimal", everyField(`"0x1p-2"`, event.Number), 1, ""},
	{"an object for a number", everyField(`{"a":[1]}`, event.Number, event.Bool), 1, invalid},
}

// oddTexts have every field that is a text say the same.
var oddTexts = []poison{
	{"half a surrogate pair", everyField(`"\ud800"`, event.Text, event.Raw), 1, ""},
	{"surrogates the wrong way round", everyField(`"a\udc00\ud800b"`, event.Text, event.Raw), 1, ""},
	{"no UTF-8", everyField("\"a\xff\xc3\"", event.Text, event.Raw), 1, ""},
	{"a zero byte", everyField(`"a\u0000b"`, event.Text, event.Raw), 1, ""},
	{"the separators of lists", everyField(`"\u001e\u001f\u001f"`, event.Text, event.Raw), 1, ""},
	{"a script", everyField(`"</script><script>\"'\\\u2028"`, event.Text, event.Raw), 1, ""},
	{"objects for texts", everyField(`{"x":{"y":[{"z":1e400}]}}`, event.Text, event.Raw), 1, ""},
	{"an orientation of odd numbers", everyField(`"{\"x\":{\"a\":[1e300]},\"y\":true,\"z\":\"\\ud800\"}"`, event.Raw), 1, ""},
	{"ranges that are none", everyField(`"[\"-5:7\",\"NaN:Inf\",\"1e308:1e309\",\"0x10:1_000\",\"5:1\",\":\"]"`, event.Raw), 1, ""},
	{"texts of 10 KB", everyField(`"`+strings.Repeat("ä", 5000)+`"`, event.Raw), 1, ""},
	{"a text of a megabyte", one(`{"events":[` + event1 + `,"vtt":"` + strings.Repeat("é", 1<<19) + `"}]}`), 1, cut},
	{"JSON of a megabyte", one(`{"events":[` + event1 + `,"qrfls":[` + strings.Repeat("1,", 1<<19) + `1]}]}`), 1, invalid},
}

// oddViews are odd in what an event is, and when.
var oddViews = []poison{
	{"numbers of events", func(id string, now int64) []string {
		var list []string
		for _, seq := range []string{
			`9223372036854775808`, `-1`, `1.5`, `9007199254740992`, `9007199254740993`, `1e308`, `"7"`, `"x"`, `null`, `true`, `[]`, `0`, `-0`, `1e-5`,
		} {
			list = append(list, fmt.Sprintf(`{"ake":"key","xid":"%s","xsqno":%s,"uti":%d,"e":"viewstart"}`, id, seq, now))
		}
		return []string{beaconOf(list...)}
	}, 1, ""},
	{"times of events", func(id string, now int64) []string {
		var list []string
		for i, at := range []string{
			fmt.Sprint(now), `0`, `-1`, `9223372036854775807`, `9223372036854775808`, `1e308`, `"NaN"`, `null`, `{}`, `253402300799999`, `1`, `1.5`,
		} {
			list = append(list, fmt.Sprintf(`{"ake":"key","xid":"%s","xsqno":%d,"uti":%s,"xst":%s,"pphti":%[4]s,"ppgti":%[4]s,"e":"playing"}`, id, i+1, at, at))
		}
		return []string{fmt.Sprintf(`{"metadata":{"transmission_timestamp":%d},"events":[%s]}`, now, strings.Join(append(list, event9(id, now)), ","))}
	}, 1, clamped},
	{"a clock ten years behind", func(id string, now int64) []string {
		return []string{told(id, now-years10, fmt.Sprintf(`"e":"viewstart","xst":%d`, now-years10), `"e":"viewend"`)}
	}, 1, ""},
	{"a clock ten years ahead", func(id string, now int64) []string {
		return []string{fmt.Sprintf(`{"metadata":{"transmission_timestamp":%d},"events":[{"ake":"key","xid":"%s","xsqno":1,"uti":%[1]d,"xst":%[1]d,"e":"viewstart"}]}`, now+years10, id)}
	}, 1, ""},
	{"a clock that jumps by twenty years", func(id string, now int64) []string {
		return []string{told(id, now-years10, `"e":"viewstart"`), toldFrom(id, now+years10, 2, `"e":"playing"`), toldFrom(id, now, 3, `"e":"viewend"`)}
	}, 1, clamped},
	{"the end before the start", one(`{"events":[{"ake":"key","xid":"$ID","xsqno":1,"uti":$NOW,"e":"viewend"},{"ake":"key","xid":"$ID","xsqno":2,"uti":1000,"e":"viewstart"}]}`), 1, clamped},
	{"a number for two events", one(`{"events":[` + event1 + `,"vtt":"a"},` + event1 + `,"vtt":"b","xwati":5},{"ake":"key","xid":"$ID","xsqno":1,"uti":$NOW,"e":"viewend"}]}`), 1, ""},
	{"numbers that go back and forth", func(id string, now int64) []string {
		var bodies []string
		for _, seq := range []int{9, 2, 7, 1, 9, 4, 8} {
			bodies = append(bodies, toldFrom(id, now, seq, fmt.Sprintf(`"e":"viewstart","xwati":%d`, seq)))
		}
		return bodies
	}, 1, ""},
	{"members many times over", one(`{"events":[{` + strings.Repeat(`"vtt":"a","xwati":1,"vsobi":2,"e":"hb","xid":"other",`, 20_000) + event1[1:] + `}]}`), 1, ""},
	{"unknown keys by the thousand", func(id string, now int64) []string {
		var members strings.Builder
		for i := range 50_000 {
			fmt.Fprintf(&members, `,"c_%d_":1`, i)
		}
		return one(`{"events":[`+event1+members.String()+`}]}`)(id, now)
	}, 1, unknown},
	{"keys that are odd", one(`{"events":[` + event1 + `,"":1,"_":2,"\ud800":3,"` + strings.Repeat("x_", 100_000) + `":4,"__proto__":5,"\u0078wati":7,"client_country_code":"XX","ccicnoe":1,"xid2":3}]}`), 1, unknown},
	{"no view ids", one(`{"events":[{"ake":"key","xid":"","uti":$NOW,"e":"viewstart"},{"ake":"key","xid":null,"uti":$NOW,"e":"viewstart"},{"ake":"key","xid":{},"e":"viewstart"},{"ake":"key","e":"viewstart"}]}`), 0, noView},
	{"a view id of a megabyte", func(id string, now int64) []string {
		return one(`{"events":[{"ake":"key","xid":"`+id+strings.Repeat("x", 1<<20)+`","xsqno":1,"uti":$NOW,"e":"viewstart"}]}`)("", now)
	}, 1, cut},
	{"an event name of a megabyte", one(`{"events":[` + event1 + `},{"ake":"key","xid":"$ID","xsqno":2,"uti":$NOW,"e":"` + strings.Repeat("e", 1<<20) + `"}]}`), 1, cut},
	{"events of others among ours", one(`{"events":[` + event1 + `},{"ake":"another","xid":"$ID","xsqno":2,"uti":$NOW,"e":"error"},null]}`), 1, "playhead_beacon_events_dropped_total/unknown_environment"},
	{"events that are none among ours", one(`{"events":[` + event1 + `},null,7]}`), 1, skipped},
	{"50,000 events", func(id string, now int64) []string {
		var bodies []string
		for n := range 10 {
			events := make([]string, mux.MaxEvents)
			for i := range events {
				events[i] = fmt.Sprintf(`{"ake":"key","xid":"%s","xsqno":%d,"uti":%d,"e":"%s","xwati":%d}`, id, n*mux.MaxEvents+i+1, now, lifecycle[(n+i)%(len(lifecycle)-1)], i)
			}
			bodies = append(bodies, beaconOf(events...))
		}
		return bodies
	}, 1, "playhead_tracker_events_total/overflow"},
	{"5,000 views", func(id string, now int64) []string {
		events := make([]string, mux.MaxEvents)
		for i := range events {
			events[i] = fmt.Sprintf(`{"ake":"key","xid":"%s %d","xsqno":1,"uti":%d,"e":"viewstart","vtt":"%s"}`, id, i, now, alike)
		}
		return []string{beaconOf(events...)}
	}, mux.MaxEvents, ""},
}

// alike is the title of very many views.
const alike = "Alike"

func event9(id string, now int64) string {
	return fmt.Sprintf(`{"ake":"key","xid":"%s","xsqno":99,"uti":%d,"e":"viewstart"}`, id, now)
}
