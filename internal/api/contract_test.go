package api

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// own are the operations that the contract does not have, by their begin.
var own = []string{
	"PUT /session",
	"DELETE /session",
	"GET /data/v1/incidents/{}/timeseries",
	"GET /data/v1/incidents/{}/deliveries",
	"GET /data/v1/alert-rules",
	"POST /data/v1/alert-rules",
	"PATCH /data/v1/alert-rules/{}",
	"DELETE /data/v1/alert-rules/{}",
	"GET /data/v1/video-views/{}/timeline",
	"GET /data/v1/exports/days",
	"GET /data/v1/exports/streams",
	"POST /data/v1/exports/streams",
	"GET /data/v1/exports/streams/{}",
	"PATCH /data/v1/exports/streams/{}",
	"DELETE /data/v1/exports/streams/{}",
	"POST /data/v1/exports/streams/{}/test",
	"POST /data/v1/exports/streams/{}/rotate-secret",
	"GET /data/v1/notification-channels",
	"POST /data/v1/notification-channels",
	"PATCH /data/v1/notification-channels/{}",
	"DELETE /data/v1/notification-channels/{}",
	"GET /data/v1/error-categories",
	"PUT /data/v1/error-categories",
	"DELETE /data/v1/error-categories",
	"PATCH /data/v1/errors/{}",
	"GET /data/v1/catalog",
	"GET /data/v1/errors/timeseries",
	"GET /data/v1/errors/{}/timeseries",
	"GET /data/v1/errors/{}/breakdown",
	"GET /data/v1/monitoring/stream",
	"GET /data/v1/exports/query",
	"GET /exports/{}/{}",
	"GET /system/v1/",
	"POST /system/v1/",
	"DELETE /system/v1/",
}

// difference is where we say something else than the contract knowingly.
type difference struct{ operation, key, ours, why string }

const (
	noValue      = "null when no view has a value: any number would be a lie"
	sameEnvelope = "all answers have the same members around them"
	quantiles    = "medians of very many views are not exact, and say so"
	settled      = "the newest numbers still change, and say so"
	lookedFor    = "people look for one value among thousands"
	noBreakdown  = "as in the recorded answers: dimensions and their values have no other names here"
)

var differences = []difference{
	{"GET /data/v1/metrics/{}/overall", "200 data.value", "number?", noValue},
	{"GET /data/v1/metrics/{}/breakdown", "200 data[].value", "number?", noValue},
	{"GET /data/v1/metrics/{}/insights", "200 data[].metric", "number?", noValue},
	{"GET /data/v1/metrics/{}/insights", "200 data[].negative_impact_score", "number?", noValue},
	{"GET /data/v1/metrics/comparison", "200 data[].value", "number? optional", noValue},
	{"GET /data/v1/metrics/comparison", "200 data[].measurement", "string optional", "groups are described as their items are"},

	{"GET /data/v1/metrics/{}/overall", "200 meta.bucketed", "boolean optional", quantiles},
	{"GET /data/v1/metrics/{}/breakdown", "200 meta.bucketed", "boolean optional", quantiles},
	{"GET /data/v1/metrics/{}/insights", "200 meta.bucketed", "boolean optional", quantiles},
	{"GET /data/v1/metrics/{}/timeseries", "200 meta.bucketed", "boolean optional", quantiles},
	{"GET /data/v1/metrics/comparison", "200 meta.bucketed", "boolean optional", quantiles},
	{"GET /data/v1/metrics/comparison", "200 meta", "object", quantiles},

	{"GET /data/v1/metrics/{}/insights", "query limit", "int32 default 1000", "there can be thousands"},
	{"GET /data/v1/metrics/{}/insights", "query page", "int32 default 1", "there can be thousands"},
	{"GET /data/v1/metrics/{}/insights", "query outcomes", "boolean default true", "that failed views fail is no news"},
	{"GET /data/v1/video-views", "query error_id", "integer|string", `the word "any" is a value, too`},
	{"GET /data/v1/video-views", "query view_id", "string", "the only way from the SDK's id to ours"},
	{"GET /data/v1/video-views", "query in_progress", "boolean default false", "views in progress are what people look for when somebody calls them"},
	{"GET /data/v1/dimensions/{}", "query search", "string", lookedFor},
	{"GET /data/v1/dimensions/{}/elements", "query search", "string", lookedFor},
	{"GET /data/v1/filters/{}", "query search", "string", lookedFor},
	{"GET /data/v1/errors", "200 data[].severity", "string", "warnings are listed, too"},
	{"GET /data/v1/errors", "200 data[].business_exception", "boolean", "business exceptions are listed, too"},

	{"GET /data/v1/engagement/assets/{}/hotspots", "query limit", "int32 default 1000", "all, but not more than fit an answer"},
	{"GET /data/v1/engagement/playback-ids/{}/hotspots", "query limit", "int32 default 1000", "all, but not more than fit an answer"},
	{"GET /data/v1/engagement/videos/{}/hotspots", "query limit", "int32 default 1000", "all, but not more than fit an answer"},
	{"GET /data/v1/subview-metrics/playing_time/{}/comparison", "query breakdown_value_limit", "int32 default 10", "every list has a limit"},
	{"GET /data/v1/subview-metrics/playing_time/{}/breakdown-timeseries", "query breakdown_value_limit", "int32 default 10", "every list has a limit"},
	{"GET /data/v1/subview-metrics/rendition/dimensions", "200 timeframe", "array", sameEnvelope},
	{"GET /data/v1/subview-metrics/rendition/dimensions", "200 timeframe[]", "int64", sameEnvelope},
	{"GET /data/v1/subview-metrics/playback_mode/dimensions", "200 timeframe", "array", sameEnvelope},
	{"GET /data/v1/subview-metrics/playback_mode/dimensions", "200 timeframe[]", "int64", sameEnvelope},
	{"GET /counts", "query token", "string", "its name in all prose and programs; the published description alone spells it TOKEN, which is understood"},
	{"GET /counts", "query TOKEN", "", "see there"},

	{"GET /data/v1/monitoring/metrics/{}/breakdown", "200 meta", "object", settled},
	{"GET /data/v1/monitoring/metrics/{}/breakdown", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/monitoring/metrics/{}/breakdown-timeseries", "200 meta", "object", settled},
	{"GET /data/v1/monitoring/metrics/{}/breakdown-timeseries", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/monitoring/metrics/{}/histogram-timeseries", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/monitoring/metrics/{}/timeseries", "200 meta", "object", settled},
	{"GET /data/v1/monitoring/metrics/{}/timeseries", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/realtime/metrics/{}/breakdown", "200 meta", "object", settled},
	{"GET /data/v1/realtime/metrics/{}/breakdown", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/realtime/metrics/{}/histogram-timeseries", "200 meta.settled_through", "string", settled},
	{"GET /data/v1/realtime/metrics/{}/timeseries", "200 meta", "object", settled},
	{"GET /data/v1/realtime/metrics/{}/timeseries", "200 meta.settled_through", "string", settled},

	{"GET /data/v1/incidents", "200 data[].breakdowns[].id", "string?", noBreakdown},
	{"GET /data/v1/incidents/{}", "200 data.breakdowns[].id", "string?", noBreakdown},
	{"GET /data/v1/incidents/{}/related", "200 data[].breakdowns[].id", "string?", noBreakdown},

	{"GET /data/v1/exports/views", "200 timeframe[]", "int64", "seconds since 1970 outgrow 32 bits"},
	{"GET /data/v1/exports/views", "200 total_row_count", "int64", "as in all other answers"},

	{"POST /data/v1/annotations", "201 total_row_count", "int64", sameEnvelope},
	{"POST /data/v1/annotations", "201 timeframe", "array", sameEnvelope},
	{"POST /data/v1/annotations", "201 timeframe[]", "int64", sameEnvelope},
	{"GET /data/v1/annotations/{}", "200 total_row_count", "int64", sameEnvelope},
	{"GET /data/v1/annotations/{}", "200 timeframe", "array", sameEnvelope},
	{"GET /data/v1/annotations/{}", "200 timeframe[]", "int64", sameEnvelope},
	{"PATCH /data/v1/annotations/{}", "200 total_row_count", "int64", sameEnvelope},
	{"PATCH /data/v1/annotations/{}", "200 timeframe", "array", sameEnvelope},
	{"PATCH /data/v1/annotations/{}", "200 timeframe[]", "int64", sameEnvelope},
}

// additions are members of answers that the contract does not have: of each
// operation they begin with what its data are.
var additions = []struct {
	operations map[string]string
	members    []string
}{{
	map[string]string{"GET /data/v1/incidents": "200 data[].", "GET /data/v1/incidents/{}": "200 data.", "GET /data/v1/incidents/{}/related": "200 data[]."},
	[]string{"opened_at", "closed_at", "current_value", "peak_value", "causes", "rule"},
}, {
	map[string]string{"GET /data/v1/exports/views": "200 data[].files[]."},
	[]string{"rows", "bytes", "sha256"},
}, {
	map[string]string{"GET /data/v1/video-views": "200 data[]."},
	[]string{"time_to_first_frame", "buffering_duration"},
}}

// added reports whether a key of ours is one of the additions, or in one.
func added(operation, key string) bool {
	for _, a := range additions {
		inner, of := strings.CutPrefix(key, a.operations[operation])
		member, _, _ := strings.Cut(strings.ReplaceAll(inner, "[]", ""), ".")
		if a.operations[operation] != "" && of && slices.Contains(a.members, member) {
			return true
		}
	}
	return false
}

// TestContract holds our description against the facts of testdata/contract.txt:
// what is the same there and here is fine, and every difference is in the
// tables above.
func TestContract(t *testing.T) {
	theirs, ours := readContract(t), describedFacts(Document())
	spellOut(theirs, ours)
	unused := map[int]bool{}
	for i := range differences {
		unused[i] = true
	}
	for _, operation := range slices.Sorted(maps.Keys(theirs)) {
		_, there := ours[operation]
		if !there {
			t.Errorf("%s: is missing", operation)
			continue
		}
		for _, key := range keysOf(theirs[operation], ours[operation]) {
			have, want := ours[operation][key], theirs[operation][key]
			i := slices.IndexFunc(differences, func(d difference) bool {
				return d.operation == operation && d.key == key && d.ours == have
			})
			switch {
			case agrees(key, have, want):
			case want == "" && added(operation, key):
			case i >= 0:
				delete(unused, i)
			default:
				t.Errorf("%s: %s is %q, in the contract %q", operation, key, have, want)
			}
		}
	}
	for operation := range ours {
		if _, there := theirs[operation]; !there && !beginsWithAny(operation, own) {
			t.Errorf("%s: is not in the contract, nor in the list of our own", operation)
		}
	}
	for i := range unused {
		t.Errorf("%+v: is no difference any more", differences[i])
	}
}

// spellOut takes operations apart that we have one by one: those whose first
// name in the path has a few values, which are in our patterns instead.
func spellOut(theirs, ours facts) {
	for operation, has := range maps.Clone(theirs) {
		_, values, few := strings.Cut(has["path 1"], " = ")
		if _, same := ours[operation]; same || !few {
			continue
		}
		delete(theirs, operation)
		for value := range strings.SplitSeq(values, "|") {
			spelled := maps.Clone(has)
			delete(spelled, "path 1")
			if second, ok := has["path 2"]; ok {
				spelled["path 1"] = second
				delete(spelled, "path 2")
			}
			theirs[strings.Replace(operation, "{}", value, 1)] = spelled
		}
	}
}

// keysOf are the keys of two operations, without those of errors that the
// contract does not mention.
func keysOf(theirs, ours map[string]string) []string {
	keys := map[string]bool{}
	for key := range theirs {
		keys[key] = true
	}
	for key := range ours {
		if key[0] != '4' && key[0] != '5' {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func beginsWithAny(path string, begins []string) bool {
	return slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(path, b) })
}

// agrees reports whether who keeps to their fact can live with ours. We may
// always send what is optional there, do without what must be sent to them, and
// accept more words in a parameter than they list. Null is where it is there,
// but that we always count rows, and take null for what is not sent.
func agrees(key, ours, theirs string) bool {
	if ours == theirs {
		return true
	}
	if strings.HasPrefix(key, "body ") {
		ours = strings.TrimSuffix(strings.TrimSuffix(ours, " optional"), "?")
	}
	if key == "200 total_row_count" {
		theirs = strings.TrimSuffix(theirs, "?")
	}
	theirs = strings.TrimSuffix(theirs, " optional")
	ourType, accepted, _ := strings.Cut(ours, " = ")
	theirType, listed, _ := strings.Cut(theirs, " = ")
	return ourType == theirType && (accepted == "") == (listed == "") && !slices.ContainsFunc(strings.Split(listed, "|"), func(word string) bool {
		return !slices.Contains(strings.Split(accepted, "|"), word)
	})
}
