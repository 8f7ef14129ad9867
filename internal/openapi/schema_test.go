package openapi

import (
	"encoding/json"
	"reflect"
	"testing"
)

type leaf struct {
	Name string `json:"name" doc:"a name"`
}

type both struct {
	leaf
	Count  int64          `json:"count" doc:"how many" example:"5"`
	Share  *float64       `json:"share" doc:"may be null"`
	Kind   string         `json:"kind,omitempty" doc:"a word" enum:"a,b"`
	Other  *string        `json:"other" doc:"a word or null" enum:"a,b"`
	At     string         `json:"at" doc:"a time" format:"date-time"`
	Pair   [2]int64       `json:"pair" doc:"two"`
	Leaves []leaf         `json:"leaves" doc:"some"`
	Leaf   *leaf          `json:"leaf" doc:"one or none"`
	Free   map[string]any `json:"free" doc:"anything"`
	Hidden string         `json:"-"`
}

func TestSchemaOfStruct(t *testing.T) {
	var s Schemas
	got, err := json.Marshal(s.Of(reflect.TypeFor[both]()))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"$ref":"#/components/schemas/Both"}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got, err = json.MarshalIndent(s.Components, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "Both": {
  "type": "object",
  "properties": {
   "name": {"description": "a name", "type": "string"},
   "count": {"description": "how many", "type": "integer", "format": "int64", "examples": [5]},
   "share": {"description": "may be null", "type": ["number", "null"], "format": "double"},
   "kind": {"description": "a word", "type": "string", "enum": ["a", "b"]},
   "other": {"description": "a word or null", "type": ["string", "null"], "enum": ["a", "b", null]},
   "at": {"description": "a time", "type": "string", "format": "date-time"},
   "pair": {"description": "two", "type": "array", "items": {"type": "integer", "format": "int64"}, "minItems": 2, "maxItems": 2},
   "leaves": {"description": "some", "type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
   "leaf": {"description": "one or none", "anyOf": [{"$ref": "#/components/schemas/Leaf"}, {"type": "null"}]},
   "free": {"description": "anything", "type": "object"}
  },
  "required": ["name", "count", "share", "other", "at", "pair", "leaves", "leaf", "free"]
 },
 "Leaf": {
  "type": "object",
  "properties": {"name": {"description": "a name", "type": "string"}},
  "required": ["name"]
 }
}`
	var compact, wanted any
	if err := json.Unmarshal(got, &compact); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(compact, wanted) {
		t.Errorf("got %s, want %s", got, want)
	}
}
