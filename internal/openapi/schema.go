package openapi

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Schema is a JSON schema, as far as answers and parameters need it.
type Schema struct {
	Ref         string       `json:"$ref,omitempty"` // the others say more than what it refers to
	Description string       `json:"description,omitempty"`
	Type        Types        `json:"type,omitempty"`
	Format      string       `json:"format,omitempty"`
	Enum        []any        `json:"enum,omitempty"`
	Default     any          `json:"default,omitempty"`
	Examples    []any        `json:"examples,omitempty"`
	Minimum     *int         `json:"minimum,omitempty"`
	Maximum     *int         `json:"maximum,omitempty"`
	Properties  Map[*Schema] `json:"properties,omitempty"`
	Required    []string     `json:"required,omitempty"`
	Items       *Schema      `json:"items,omitempty"`
	PrefixItems []*Schema    `json:"prefixItems,omitempty"`
	MinItems    int          `json:"minItems,omitempty"`
	MaxItems    int          `json:"maxItems,omitempty"`
	AnyOf       []*Schema    `json:"anyOf,omitempty"`
}

// Types are the types that a value may have: one, or several with "null" as the
// last.
type Types []string

// MarshalJSON implements json.Marshaler.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// OrNull allows null too.
func (s *Schema) OrNull() *Schema {
	if s.Ref != "" {
		return &Schema{AnyOf: []*Schema{s, {Type: Types{"null"}}}}
	}
	s.Type = append(s.Type, "null")
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// Words is the schema of a text that is one of the given words.
func Words[T ~string](words ...T) *Schema {
	s := &Schema{Type: Types{"string"}}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// toSchemas is what references to schemas begin with.
const toSchemas = "#/components/schemas/"

// Component is a reference to a schema among the components; [Document.Resolve]
// follows it.
func Component(name string) *Schema { return &Schema{Ref: toSchemas + name} }

// Describer is a type that tells its own schema, because reflection cannot.
type Describer interface {
	Describe(*Schemas) *Schema
}

// Schemas makes schemas of Go types, as encoding/json writes them. Structs with
// a name become components. Members of structs are described by their tags:
//
//	doc      what it means; every member must have one
//	enum     the words that a text may be, separated by commas
//	format   the format of a text or number, such as date-time
//	example  a value in JSON, where what its type says is not enough for one
//
// Pointers may be null, and what is omitted when empty is not required.
type Schemas struct {
	Components Map[*Schema]
	Known      map[reflect.Type]*Schema // of types that cannot describe themselves
}

// Of makes the schema of a type.
func (s *Schemas) Of(t reflect.Type) *Schema {
	if known := s.Known[t]; known != nil {
		c := *known
		return &c
	}
	if d, ok := reflect.TypeAssert[Describer](reflect.Zero(t)); ok && t.Kind() != reflect.Pointer {
		return d.Describe(s)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.Of(t.Elem()).OrNull()
	case reflect.Bool:
		return &Schema{Type: Types{"boolean"}}
	case reflect.Int32:
		return &Schema{Type: Types{"integer"}, Format: "int32"}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: Types{"integer"}, Format: "int64"}
	case reflect.Float64:
		return &Schema{Type: Types{"number"}, Format: "double"}
	case reflect.String:
		return &Schema{Type: Types{"string"}}
	case reflect.Slice:
		return &Schema{Type: Types{"array"}, Items: s.Of(t.Elem())}
	case reflect.Array:
		return &Schema{Type: Types{"array"}, Items: s.Of(t.Elem()), MinItems: t.Len(), MaxItems: t.Len()}
	case reflect.Map:
		return &Schema{Type: Types{"object"}}
	case reflect.Struct:
		return s.object(t)
	default: // any: nothing is said of it
		return &Schema{}
	}
}

// Inline makes the schema of a struct where it is used, though it has a name.
func (s *Schemas) Inline(t reflect.Type) *Schema {
	o := &Schema{Type: Types{"object"}}
	s.members(o, t)
	return o
}

// object makes the schema of a struct. It is entered before its members are
// looked at, so that a struct may hold others of its own type.
func (s *Schemas) object(t reflect.Type) *Schema {
	if t.Name() == "" {
		return s.Inline(t)
	}
	name := exported(t.Name())
	if _, known := s.Components.Get(name); !known {
		o := &Schema{Type: Types{"object"}}
		s.Components.Set(name, o)
		s.members(o, t)
	}
	return Component(name)
}

// members adds the members of a struct, those of embedded structs in their place.
func (s *Schemas) members(o *Schema, t reflect.Type) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			s.members(o, f.Type)
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = f.Name
		}
		o.Properties.Set(name, s.member(f))
		if !slices.Contains(strings.Split(options, ","), "omitempty") && !slices.Contains(strings.Split(options, ","), "omitzero") {
			o.Required = append(o.Required, name)
		}
	}
}

func (s *Schemas) member(f reflect.StructField) *Schema {
	m := s.Of(f.Type)
	m.Description = f.Tag.Get("doc")
	if example := f.Tag.Get("example"); example != "" {
		m.Examples = []any{json.RawMessage(example)}
	}
	at := m
	if m.Items != nil { // the tags are about the elements
		at = m.Items
	}
	if format := f.Tag.Get("format"); format != "" {
		at.Format = format
	}
	if words := f.Tag.Get("enum"); words != "" {
		at.Enum = nil
		for w := range strings.SplitSeq(words, ",") {
			at.Enum = append(at.Enum, w)
		}
		if slices.Contains(at.Type, "null") {
			at.Enum = append(at.Enum, nil)
		}
	}
	return m
}

// exported is a name with its first letter in upper case.
func exported(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[size:]
}
