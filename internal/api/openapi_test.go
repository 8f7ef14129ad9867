package api

import (
	"encoding/json"
	"strings"
	"testing"

	"playhead/internal/openapi"
)

// TestEverythingIsDocumented finds routes, parameters and members of bodies and
// answers without a description. Fields get theirs in the tag doc, see package
// openapi.
func TestEverythingIsDocumented(t *testing.T) {
	d := Document()
	say := func(doc, what string) {
		if strings.TrimSpace(doc) == "" {
			t.Errorf("%s: has no description", what)
		}
	}
	sayMember := func(at string, member *openapi.Schema) { say(member.Description, at) }
	names := map[string]string{}
	for _, p := range d.Paths {
		for _, o := range p.Value {
			where := strings.ToUpper(o.Name) + " " + p.Name
			say(o.Value.Summary, where)
			if other, twice := names[o.Value.ID]; twice || o.Value.ID == "" {
				t.Errorf("%s: its name %q is that of %q", where, o.Value.ID, other)
			}
			names[o.Value.ID] = where
			described := map[string]bool{}
			for _, parameter := range o.Value.Parameters {
				say(parameter.Description, where+": parameter "+parameter.Name)
				described["{"+parameter.Name+"}"] = parameter.In == "path"
			}
			for segment := range strings.SplitSeq(p.Name, "/") {
				if strings.HasPrefix(segment, "{") && !described[segment] {
					t.Errorf("%s: %s is not among the route's path", where, segment)
				}
			}
			if body := o.Value.RequestBody; body != nil {
				walk(where+": body", body.Content[0].Value.Schema, sayMember)
			}
			for _, r := range o.Value.Responses {
				if m, ok := r.Value.Content.Get("application/json"); ok {
					walk(where+": "+r.Name, m.Schema, sayMember)
				}
			}
		}
	}
	for _, c := range d.Components.Schemas {
		walk(c.Name, c.Value, sayMember)
	}
}

// walk visits the members of a schema, and those of their members.
func walk(at string, s *openapi.Schema, visit func(at string, member *openapi.Schema)) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		visit(at+"."+p.Name, p.Value)
		walk(at+"."+p.Name, p.Value, visit)
	}
	for _, inner := range append(append([]*openapi.Schema{s.Items}, s.AnyOf...), s.PrefixItems...) {
		walk(at+"[]", inner, visit)
	}
}

// TestReferences: every reference of the document leads to one of its components.
func TestReferences(t *testing.T) {
	d := Document()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, c := range d.Components.Schemas {
		there["#/components/schemas/"+c.Name] = true
	}
	for _, c := range d.Components.Responses {
		there["#/components/responses/"+c.Name] = true
	}
	for _, c := range d.Components.Headers {
		there["#/components/headers/"+c.Name] = true
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var follow func(v any)
	follow = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !there[ref] {
				t.Errorf("%s leads nowhere", ref)
			}
			for _, inner := range v {
				follow(inner)
			}
		case []any:
			for _, inner := range v {
				follow(inner)
			}
		}
	}
	follow(document)
}
