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

func (f *flat) parameter(s *openapi.Schema) string {
	s = f.document.Resolve(s)
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
		elements := a.PrefixItems
		if a.Items != nil {
			elements = append(slices.Clone(elements), a.Items)
		}
		if elements != nil {
			f.add(at+"[]", &openapi.Schema{AnyOf: elements}, false)
		}
	}
	if len(alternatives) > 1 {
		f.members(at+".", merge(alternatives))
	} else {
		f.members(at+".", alternatives[0])
	}
}

func (f *flat) members(at string, s *openapi.Schema) {
	s = f.document.Resolve(s)
	for _, p := range s.Properties {
		f.add(at+p.Name, p.Value, !slices.Contains(s.Required, p.Name))
	}
}

// typeOf is the type of a schema, and what it can be.
func (f *flat) typeOf(s *openapi.Schema) (string, []*openapi.Schema) {
	alternatives := []*openapi.Schema{f.document.Resolve(s)}
	if several := f.document.Resolve(s).AnyOf; several != nil {
		alternatives = nil
		for _, a := range several {
			alternatives = append(alternatives, f.document.Resolve(a))
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
