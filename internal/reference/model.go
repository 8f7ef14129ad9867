package reference

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"playhead/internal/openapi"
)

// Model is the description of the API in the form that people read.
type Model struct {
	Chapters   []Chapter // what holds for all operations
	Groups     []Group
	Failures   []Failure
	Metrics    []Metric
	Quantities []Quantity
	Dimensions []Dimension
	Choices    []Choice
	Realtime   Realtime

	document *openapi.Document
}

// Group is operations about the same thing.
type Group struct {
	Name, Doc  string
	Operations []Operation
}

// Operation is one method of one path.
type Operation struct {
	ID, Method, Path string
	Doc, Needs       string // what it does, and what the token must allow
	Params           []Field
	Body, Answer     []Field
	Success          string // the status, or several
	Failures         string // the statuses
	Streams          bool   // the answer is events, which have these data
	Example          string // a command line
}

// Short is the path without what nearly all paths begin with.
func (o Operation) Short() string { return strings.TrimPrefix(o.Path, "/data/v1") }

// Field is a parameter, or a member of a body or an answer.
type Field struct {
	Name, Type, Doc string
	Words           []string // what a text may be, if it is one of a few
	Link            string   // the chapter that has all words, if they are many
}

// Failure is an answer that is an error.
type Failure struct{ Status, Doc string }

// NewModel makes the model of a document.
func NewModel(d *openapi.Document) *Model {
	m := &Model{
		Chapters: chapters, Choices: choices, document: d,
		Metrics: metrics(), Quantities: quantities(), Dimensions: dimensions(),
		Realtime: realtime(),
	}
	for _, tag := range d.Tags {
		g := Group{Name: tag.Name, Doc: tag.Description}
		for _, p := range d.Paths {
			for _, o := range p.Value {
				if slices.Contains(o.Value.Tags, tag.Name) {
					g.Operations = append(g.Operations, m.operation(p.Name, o.Name, o.Value))
				}
			}
		}
		m.Groups = append(m.Groups, g)
	}
	m.failures()
	return m
}

// failures lists the errors by their status.
func (m *Model) failures() {
	statuses := map[string]string{} // by the name of the component
	for _, p := range m.document.Paths {
		for _, o := range p.Value {
			for _, r := range o.Value.Responses {
				if name, ok := strings.CutPrefix(r.Value.Ref, "#/components/responses/"); ok {
					statuses[name] = r.Name
				}
			}
		}
	}
	for _, r := range m.document.Components.Responses {
		m.Failures = append(m.Failures, Failure{statuses[r.Name], r.Value.Description})
	}
	slices.SortFunc(m.Failures, func(a, b Failure) int { return strings.Compare(a.Status, b.Status) })
}

func (m *Model) operation(path, method string, o *openapi.Operation) Operation {
	v := Operation{ID: o.ID, Method: strings.ToUpper(method), Path: path, Doc: o.Summary, Needs: o.Description}
	for _, p := range o.Parameters {
		f := m.field(p.Name, p.Schema)
		f.Doc = p.Description
		if p.Required && p.In == "query" {
			f.Type += ", required"
		}
		if p.In == "path" {
			f.Name = "{" + p.Name + "}"
		}
		v.Params = append(v.Params, f)
	}
	if o.RequestBody != nil {
		v.Body = m.fields("", o.RequestBody.Content[0].Value.Schema, nil)
	}
	var successes, failures []string
	for _, r := range o.Responses {
		if r.Value.Ref != "" || r.Name >= "400" {
			failures = append(failures, r.Name)
			continue
		}
		successes = append(successes, r.Name)
		if content, ok := r.Value.Content.Get("application/json"); ok {
			v.Answer = m.answer(content.Schema)
		}
		if content, ok := r.Value.Content.Get("text/event-stream"); ok {
			v.Answer, v.Streams = m.fields("data", content.Schema, nil), true
		}
	}
	v.Success, v.Failures = strings.Join(successes, ", "), strings.Join(failures, ", ")
	v.Example = m.example(v, o)
	return v
}

// answer lists the members below data and meta; those of the envelope are told
// once for all answers.
func (m *Model) answer(envelope *openapi.Schema) []Field {
	var fields []Field
	for _, p := range envelope.Properties {
		if p.Name == "data" || p.Name == "meta" {
			fields = append(fields, m.fields(p.Name, p.Value, nil)...)
		}
	}
	return fields
}

// fields lists the members of a schema and of what is below it, each with its
// whole path. seen are the components on the way, which may refer to themselves.
func (m *Model) fields(at string, s *openapi.Schema, seen []string) []Field {
	if s.Ref != "" {
		if slices.Contains(seen, s.Ref) {
			return nil
		}
		seen = append(slices.Clone(seen), s.Ref)
	}
	s = m.document.Resolve(s)
	var list []Field
	for i, item := range s.PrefixItems {
		name := fmt.Sprintf("%s[%d]", at, i)
		if item.Description != "" {
			list = append(list, m.field(name, item))
		}
		list = append(list, m.fields(name, item, seen)...)
	}
	if s.Items != nil {
		list = append(list, m.fields(at+"[]", s.Items, seen)...)
	}
	for _, a := range s.AnyOf {
		list = append(list, m.fields(at, a, seen)...)
	}
	for _, p := range s.Properties {
		name := strings.TrimPrefix(at+"."+p.Name, ".")
		f := m.field(name, p.Value)
		if !slices.Contains(s.Required, p.Name) {
			f.Type += ", optional"
		}
		list = append(list, f)
		list = append(list, m.fields(name, p.Value, seen)...)
	}
	return list
}

// linked are the components whose words have a chapter of their own, and what
// these words are.
var linked = map[string]struct{ chapter, words string }{
	openapi.Component("Metric").Ref:    {"metrics", "id of a metric"},
	openapi.Component("Dimension").Ref: {"dimensions", "name of a dimension"},
}

// field describes one value.
func (m *Model) field(name string, s *openapi.Schema) Field {
	f := Field{Name: name, Doc: s.Description, Type: m.typeOf(s)}
	if s.Items != nil {
		s = s.Items
	}
	if l, ok := linked[s.Ref]; ok {
		f.Link, f.Type = l.chapter, strings.Replace(f.Type, "string", l.words, 1)
		return f
	}
	for _, word := range m.document.Resolve(s).Enum {
		if word != nil {
			f.Words = append(f.Words, fmt.Sprint(word))
		}
	}
	return f
}

// formats are the texts that have a form.
var formats = map[string]string{"string date-time": "time", "string decimal": "number in a text"}

// typeOf writes a type in words.
func (m *Model) typeOf(s *openapi.Schema) string {
	s = m.document.Resolve(s)
	if s.Items != nil {
		return "array of " + m.typeOf(s.Items)
	}
	var types []string
	for _, t := range s.Type {
		types = append(types, cmp.Or(formats[t+" "+s.Format], t))
	}
	for _, a := range s.AnyOf {
		types = append(types, m.typeOf(a))
	}
	text := strings.Join(slices.Compact(types), " or ")
	if s.Minimum != nil {
		text += fmt.Sprintf(", from %d", *s.Minimum)
	}
	if s.Maximum != nil {
		text += fmt.Sprintf(" to %d", *s.Maximum)
	}
	if s.Default != nil {
		text += fmt.Sprintf(", by default %v", s.Default)
	}
	return text
}

// example is a command line that calls an operation.
func (m *Model) example(v Operation, o *openapi.Operation) string {
	path, query := v.Path, url.Values{}
	for _, p := range o.Parameters {
		example, _ := p.Example.(string)
		if array, ok := p.Example.([]string); ok {
			example = array[0]
		}
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(example))
		case example != "" && (p.Required || p.Name == "timeframe[]" || p.Name == "filters[]"):
			query.Set(p.Name, example)
		}
	}
	command := "curl -sg"
	if v.Streams {
		command += "N" // shows events as they come
	}
	if o.Security == nil {
		command += " -u $TOKEN"
	}
	if v.Method != "GET" {
		command += " -X " + v.Method
	}
	if o.RequestBody != nil {
		command += " -d '" + m.exampleOf(o.RequestBody.Content[0].Value.Schema) + "'"
	}
	target := "$PLAYHEAD" + path
	if len(query) > 0 {
		plain, _ := url.QueryUnescape(query.Encode()) // brackets and colons need no escape here
		target += "?" + plain
	}
	return command + " \"" + target + "\""
}

// exampleOf is an example of a body, with the members that it must have.
func (m *Model) exampleOf(s *openapi.Schema) string {
	s = m.document.Resolve(s)
	switch {
	case s.Examples != nil:
		return fmt.Sprintf("%s", s.Examples[0])
	case s.Enum != nil:
		return strconv.Quote(fmt.Sprint(s.Enum[0]))
	case s.Items != nil:
		return "[" + m.exampleOf(s.Items) + "]"
	case s.Properties != nil:
		var members []string
		for _, p := range s.Properties {
			if slices.Contains(s.Required, p.Name) || len(s.Required) == 0 && len(members) == 0 {
				members = append(members, strconv.Quote(p.Name)+":"+m.exampleOf(p.Value))
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	case slices.Contains(s.Type, "integer"):
		return "1777896000"
	case slices.Contains(s.Type, "boolean"):
		return "true"
	default:
		return `"text"`
	}
}
