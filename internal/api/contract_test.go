package api

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"playhead/internal/openapi"
)

// later are the parts of the contract that are not there yet, by the begin of
// their paths.
var later = []string{
	"/data/v1/exports",
	"/data/v1/incidents",
	"/data/v1/monitoring",
	"/data/v1/realtime",
}

// own are the operations that the contract does not have, by their begin.
var own = []string{
	"GET /data/v1/error-categories",
	"PUT /data/v1/error-categories",
	"DELETE /data/v1/error-categories",
	"PATCH /data/v1/errors/{}",
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
	{"GET /data/v1/video-views", "query error_id", "integer|string", `the word "any" is a value, too`},
	{"GET /data/v1/video-views", "query view_id", "string", "the only way from the SDK's id to ours"},
	{"GET /data/v1/video-views", "query in_progress", "boolean default false", "views in progress are what people look for when somebody calls them"},
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
	{"GET /counts", "query token", "string", "its name in all prose and programs; the published description alone spells it TOKEN"},
	{"GET /counts", "query TOKEN", "", "see there"},

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
		_, path, _ := strings.Cut(operation, " ")
		switch planned := beginsWithAny(path, later); {
		case planned && there:
			t.Errorf("%s: is there now: take it out of the list of what comes later", operation)
		case planned:
			continue
		case !there:
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

// agrees reports whether a client or server that keeps to their fact keeps to
// ours: we may always send what is optional there and never send null where it
// is allowed, may do without what must be sent there, and may accept more words
// in a parameter than are listed.
func agrees(key, ours, theirs string) bool {
	stricter, looser := ours, theirs // what is sent, and what is expected
	if strings.HasPrefix(key, "body ") {
		stricter, looser = theirs, ours
	}
	if rest, ok := strings.CutSuffix(looser, " optional"); ok {
		looser, stricter = rest, strings.TrimSuffix(stricter, " optional")
	}
	if rest, ok := strings.CutSuffix(looser, "?"); ok {
		looser, stricter = rest, strings.TrimSuffix(stricter, "?")
	}
	stricter, accepted, _ := strings.Cut(stricter, " = ")
	looser, listed, _ := strings.Cut(looser, " = ")
	return stricter == looser && (accepted == "") == (listed == "") && !slices.ContainsFunc(strings.Split(listed, "|"), func(word string) bool {
		return !slices.Contains(strings.Split(accepted, "|"), word)
	})
}

// facts are what testdata/contract.txt has: by operation, then by the first two
// words of a line, the rest of it.
type facts map[string]map[string]string

var pathName = regexp.MustCompile(`\{\w+\}`)

func readContract(t *testing.T) facts {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, sets := facts{}, map[string][]string{}
	operation, set := "", ""
	for line := range strings.Lines(string(text)) {
		line, indented := strings.TrimRight(line, "\n"), line[0] == ' '
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#" || line[0] == '#':
		case indented && set != "":
			sets[set] = append(sets[set], words...)
		case indented:
			fact := strings.Join(words[2:], " ")
			if before, name, ok := strings.Cut(fact, "@"); ok {
				fact = before + strings.Join(sets[name], "|")
			}
			all[operation][words[0]+" "+words[1]] = fact
		case words[0] == "set":
			set = words[1]
		default:
			operation, set = line, ""
			all[operation] = map[string]string{}
		}
	}
	return all
}

// describedFacts writes our own description in the same way.
func describedFacts(d *openapi.Document) facts {
	all := facts{}
	for _, p := range d.Paths {
		for _, o := range p.Value {
			f := flat{document: d, facts: map[string]string{}}
			inPath := 0
			for _, parameter := range o.Value.Parameters {
				name := parameter.Name
				if parameter.In == "path" {
					inPath++
					name = fmt.Sprint(inPath)
				}
				f.facts[parameter.In+" "+name] = f.parameter(parameter.Schema)
			}
			if body := o.Value.RequestBody; body != nil {
				f.members("body ", body.Content[0].Value.Schema)
			}
			for _, r := range o.Value.Responses {
				f.response(r.Name, r.Value)
			}
			all[strings.ToUpper(o.Name)+" "+pathName.ReplaceAllString(p.Name, "{}")] = f.facts
		}
	}
	return all
}

// flat collects the facts of one operation.
type flat struct {
	document *openapi.Document
	facts    map[string]string
}

func (f *flat) deref(s *openapi.Schema) *openapi.Schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s, _ = f.document.Components.Schemas.Get(name)
	}
	return s
}

func (f *flat) parameter(s *openapi.Schema) string {
	s = f.deref(s)
	if s.Items != nil {
		return "array of " + f.parameter(s.Items)
	}
	fact, _ := f.typeOf(s)
	if s.Default != nil {
		fact += fmt.Sprint(" default ", s.Default)
	}
	for i, word := range s.Enum {
		separator := "|"
		if i == 0 {
			separator = " = "
		}
		fact += separator + fmt.Sprint(word)
	}
	return fact
}

func (f *flat) response(status string, r *openapi.Response) {
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r, _ = f.document.Components.Responses.Get(name)
	}
	content, ok := r.Content.Get("application/json")
	if !ok {
		f.facts[status+" empty"] = ""
		return
	}
	f.members(status+" ", content.Schema)
}

// add notes a schema and what is below it.
func (f *flat) add(at string, s *openapi.Schema, optional bool) {
	fact, alternatives := f.typeOf(s)
	if optional {
		fact += " optional"
	}
	if old, twice := f.facts[at]; twice && old != fact {
		fact = "different things"
	}
	f.facts[at] = fact
	for _, a := range alternatives {
		switch {
		case a.Items != nil:
			f.add(at+"[]", a.Items, false)
		case a.PrefixItems != nil:
			f.add(at+"[]", &openapi.Schema{AnyOf: a.PrefixItems}, false)
		}
	}
	if len(alternatives) > 1 {
		f.members(at+".", merge(alternatives))
	} else {
		f.members(at+".", alternatives[0])
	}
}

func (f *flat) members(at string, s *openapi.Schema) {
	s = f.deref(s)
	for _, p := range s.Properties {
		f.add(at+p.Name, p.Value, !slices.Contains(s.Required, p.Name))
	}
}

// typeOf is the type of a schema, and what it can be.
func (f *flat) typeOf(s *openapi.Schema) (string, []*openapi.Schema) {
	alternatives := []*openapi.Schema{f.deref(s)}
	if several := f.deref(s).AnyOf; several != nil {
		alternatives = nil
		for _, a := range several {
			alternatives = append(alternatives, f.deref(a))
		}
	}
	names, null := map[string]bool{}, ""
	for _, a := range alternatives {
		for _, name := range a.Type {
			switch {
			case name == "null":
				null = "?"
			case name == "integer" && a.Format != "":
				names[a.Format] = true
			default:
				names[name] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), "|") + null, alternatives
}

// merge is an object that may be any of several: only what all of them must
// have is required.
func merge(alternatives []*openapi.Schema) *openapi.Schema {
	m := &openapi.Schema{Required: alternatives[0].Required}
	for _, a := range alternatives {
		for _, p := range a.Properties {
			m.Properties.Set(p.Name, p.Value)
		}
		m.Required = slices.DeleteFunc(slices.Clone(m.Required), func(name string) bool { return !slices.Contains(a.Required, name) })
	}
	return m
}
