// Package openapi has the words of OpenAPI 3.1 that a description of our API
// needs, and makes schemas of Go types.
//
// A [Document] is written as JSON with its members in the order that they were
// added, so that what is about one thing stays together for those who read it.
package openapi

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Version is the version of OpenAPI that a [Document] is written in.
const Version = "3.1.0"

// Document is the description of an API.
type Document struct {
	OpenAPI    string                `json:"openapi"`
	Info       Info                  `json:"info"`
	Tags       []Tag                 `json:"tags"`
	Security   []map[string][]string `json:"security"` // any one of them will do
	Paths      Map[Map[*Operation]]  `json:"paths"`    // by path, then by method in lower case
	Components Components            `json:"components"`
}

// Resolve is the schema that s refers to, or s itself when it refers to none.
func (d *Document) Resolve(s *Schema) *Schema {
	if name, ok := strings.CutPrefix(s.Ref, toSchemas); ok {
		s, _ = d.Components.Schemas.Get(name)
	}
	return s
}

// Info says which API is described.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// Tag is a group of operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Components are what operations refer to by name.
type Components struct {
	Schemas         Map[*Schema]        `json:"schemas"`
	Responses       Map[*Response]      `json:"responses"`
	Headers         Map[*Header]        `json:"headers"`
	SecuritySchemes Map[SecurityScheme] `json:"securitySchemes"`
}

// Operation is one method of one path.
type Operation struct {
	ID          string                 `json:"operationId"`
	Tags        []string               `json:"tags"`
	Summary     string                 `json:"summary"`
	Description string                 `json:"description,omitempty"`
	Parameters  []Parameter            `json:"parameters,omitempty"`
	RequestBody *Body                  `json:"requestBody,omitempty"`
	Responses   Map[*Response]         `json:"responses"`          // by status
	Security    *[]map[string][]string `json:"security,omitempty"` // nil: that of the document
}

// Parameter is a parameter of a path or of a query string.
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"` // "path" or "query"
	Required    bool    `json:"required,omitempty"`
	Description string  `json:"description"`
	Explode     bool    `json:"explode,omitempty"` // an array is repeated for each element
	Schema      *Schema `json:"schema"`
	Example     any     `json:"example,omitempty"`
}

// Body is the body of a request.
type Body struct {
	Required bool       `json:"required"`
	Content  Map[Media] `json:"content"` // by type
}

// Response is an answer, or a reference to one of the components.
type Response struct {
	Ref         string       `json:"$ref,omitempty"`
	Description string       `json:"description,omitempty"`
	Headers     Map[*Header] `json:"headers,omitempty"`
	Content     Map[Media]   `json:"content,omitempty"` // by type
}

// Media is the content of a body.
type Media struct {
	Schema *Schema `json:"schema"`
}

// Header is a header of an answer, or a reference to one of the components.
type Header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// SecurityScheme is a way to send a token.
type SecurityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme,omitempty"`
	In          string `json:"in,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description"`
}

// JSON is the content of a body in JSON.
func JSON(s *Schema) Map[Media] { return Map[Media]{{"application/json", Media{s}}} }

// Map is an object in JSON whose members stay in their order.
type Map[T any] []Member[T]

// Member is one member of a [Map].
type Member[T any] struct {
	Name  string
	Value T
}

// Get finds a member by name.
func (m Map[T]) Get(name string) (T, bool) {
	for _, member := range m {
		if member.Name == name {
			return member.Value, true
		}
	}
	var none T
	return none, false
}

// Set replaces a member, or adds it at the end.
func (m *Map[T]) Set(name string, value T) {
	for i := range *m {
		if (*m)[i].Name == name {
			(*m)[i].Value = value
			return
		}
	}
	*m = append(*m, Member[T]{name, value})
}

// MarshalJSON implements json.Marshaler.
func (m Map[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(member.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(member.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
