package api

import (
	"cmp"
	"reflect"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/openapi"
)

// Describe implements openapi.Describer. Keys are described by their columns.
func (wholeView) Describe(s *openapi.Schemas) *openapi.Schema {
	o := &openapi.Schema{Type: openapi.Types{"object"}}
	set := func(key, doc string, schema *openapi.Schema) {
		schema.Description = doc
		o.Properties.Set(key, schema)
		o.Required = append(o.Required, key)
	}
	for i, k := range viewKeys {
		schema := &openapi.Schema{Type: k.way.types, Format: k.way.format}
		if k.way.types[0] == "array" {
			schema.Items = s.Of(reflect.TypeFor[string]())
		}
		set(k.key, described(k, viewColumns[i]), schema)
	}
	set("id", "Of the view, as in the list of views.", s.Of(reflect.TypeFor[string]()))
	set("environment_id", "The environment that the view belongs to.", s.Of(reflect.TypeFor[string]()))
	set("property_id", "The number of that environment.", s.Of(reflect.TypeFor[int64]()))
	set("platform_summary", "Browser on operating system.", s.Of(reflect.TypeFor[*string]()))
	set("isp", "Always null: nothing tells it.", s.Of(reflect.TypeFor[*string]()))
	set("platform_description", "Always null: nothing tells it.", s.Of(reflect.TypeFor[*string]()))
	set("events", "What happened, in the order of viewer_time.", s.Of(reflect.TypeFor[[]viewEvent]()))
	slices.SortFunc(o.Properties, func(a, b openapi.Member[*openapi.Schema]) int { return cmp.Compare(a.Name, b.Name) })
	s.Components.Set("View", o)
	return openapi.Component("View")
}

// described says what a key means, in which unit and in which form.
func described(k viewKey, c *catalog.Column) string {
	doc := c.Doc
	switch {
	case k.key == perMillisecondKey:
		doc = "Rebuffering intervals per ms of watch time: per minute everywhere else."
	case c.Unit != "":
		doc += " Unit: " + c.Unit + "."
	}
	if k.way.format == decimal.format {
		doc += " A number in a text."
	}
	return doc
}
