package export

import (
	"cmp"
	"fmt"
	"slices"

	"playhead/internal/view"
)

// MessageFormat is how messages are written.
type MessageFormat string

// The formats of messages. Both have the same fields.
const (
	JSON     MessageFormat = "json"
	Protobuf MessageFormat = "protobuf"
)

// MessageFormats are all of them.
var MessageFormats = []MessageFormat{JSON, Protobuf}

// MediaType is what HTTP calls one message of a format.
func (f MessageFormat) MediaType() string {
	if f == JSON {
		return "application/json"
	}
	return "application/x-protobuf"
}

// byTag are the columns that messages have, in the order of their numbers.
var byTag = func() []*Column {
	list := Messages()
	slices.SortFunc(list, func(a, b *Column) int { return cmp.Compare(a.Tag, b.Tag) })
	return list
}()

// field is what messages call a column.
func (c *Column) field() string { return cmp.Or(c.Field, c.Name) }

// AppendMessage appends the message of a view with its events: one message, and
// neither its length nor a new line. property is the number of its environment.
func AppendMessage(dst []byte, f MessageFormat, v *view.View, property int64) ([]byte, error) {
	r := Row{v, property}
	switch f {
	case JSON:
		return appendViewJSON(dst, r), nil
	case Protobuf:
		return appendViewProto(dst, r), nil
	}
	return dst, fmt.Errorf("there is no format of messages %q", f)
}

func appendViewProto(dst []byte, r Row) []byte {
	events := false
	for _, c := range byTag {
		if !events && c.Tag > tagEvents {
			events = true
			for i := range r.Events {
				dst = appendProtoEvent(dst, &r.Events[i])
			}
		}
		if v, ok := c.message(r); ok {
			dst = appendField(dst, c.Tag, &v)
		}
	}
	return dst
}

func appendViewJSON(dst []byte, r Row) []byte {
	dst = append(dst, '{')
	for _, c := range byTag {
		if v, ok := c.message(r); ok {
			dst = appendJSONValue(appendMember(dst, c.field()), &v)
		}
	}
	for i := range r.Events {
		if i == 0 {
			dst = append(appendMember(dst, "events"), '[')
		} else {
			dst = append(dst, ',')
		}
		dst = appendJSONEvent(dst, &r.Events[i])
	}
	if len(r.Events) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
