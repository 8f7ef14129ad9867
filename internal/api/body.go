package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"playhead/internal/fault"
)

// maxBody is how many bytes of a request's body are read.
const maxBody = 64 << 10

// readBody reads a body in JSON into the struct that to points to. Members that
// are not known are left out, as unknown parameters are. What the members mean
// is checked by those who use them.
func readBody(to any, from io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	switch {
	case err != nil:
		return &fault.Error{Code: fault.Invalid, Message: "the body could not be read", Err: err}
	case len(body) > maxBody:
		return fault.New(fault.Invalid, "the body has more than %d bytes", maxBody)
	case len(body) == 0:
		return fault.New(fault.Invalid, "the body is empty: want an object in JSON")
	}
	err = json.Unmarshal(body, to)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fault.Badf(wrong.Field, "want %s, have a %.100s", wanted(wrong.Type), wrong.Value)
	}
	if err != nil {
		return &fault.Error{Code: fault.Invalid, Message: "the body is not an object in JSON", Err: err}
	}
	return complete(body, reflect.TypeOf(to).Elem())
}

// complete refuses a body, an object that could be read, without a member that
// it must have: one that is not omitempty, as the description of the API says
// too. A list that is missing is an empty one, of which its users know more.
func complete(body []byte, t reflect.Type) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return fmt.Errorf("list the members of a body: %w", err)
	}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, ok := members[name]; !ok && options != "omitempty" && f.Type.Kind() != reflect.Slice {
			return fault.Badf(name, "is missing (%s)", f.Tag.Get("doc"))
		}
	}
	return nil
}

// wanted says in words what a member has to be.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return fmt.Sprintf("a whole number of %d bits", t.Bits())
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "an array"
	default:
		return "a " + t.Kind().String()
	}
}
