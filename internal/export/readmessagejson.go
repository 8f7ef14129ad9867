package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"playhead/internal/view"
)

// fieldByName finds the columns of messages by the names that JSON has for their
// fields: as they are, or in the lower camel case that protobuf has by default.
var fieldByName = func() map[string]*Column {
	all := map[string]*Column{}
	for _, c := range byTag {
		all[camel(c.field())] = c
		all[c.field()] = c
	}
	return all
}()

// camel is a name in lower camel case.
func camel(name string) string {
	words := strings.Split(name, "_")
	for n, w := range words[1:] {
		if w != "" {
			words[n+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// readViewJSON reads the message of a view in JSON.
func readViewJSON(data []byte) (Imported, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return Imported{}, fmt.Errorf("read message of a view: %w", err)
	}
	return readMembers(members), nil
}

// readMembers reads the members of a message. They may also be called as the columns of files are.
func readMembers(members map[string]json.RawMessage) Imported {
	i := newMessage()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		member, c := members[name], fieldByName[name]
		switch {
		case isNull(member):
		case name == "events":
			if err := i.takeEvents(member); err != nil {
				i.Unread = append(i.Unread, Problem{"events", err.Error()})
			}
		case c == nil && byName[name] != nil:
			byName[name].setMember(&i, member)
		case c == nil:
			i.unmap(name)
		default:
			if v, err := readJSONValue(c.Wire, member); err != nil {
				i.fail(c, string(member))
			} else {
				i.set(c, &v)
			}
		}
	}
	return i
}

func isNull(member json.RawMessage) bool { return string(member) == "null" }

// readJSONValue reads the value of a field. A number may be a text, as those of 64
// bits are, and a text may be a number.
func readJSONValue(w Wire, member json.RawMessage) (v value, err error) {
	v.wire = w
	switch w {
	case Strings:
		return v, json.Unmarshal(member, &v.list)
	case Totals:
		totals, ok := totalsOf(member)
		if !ok {
			return v, errors.New("want an object of times")
		}
		v.totals = totals
		return v, nil
	}
	text := strings.TrimSpace(string(member))
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(member, &text); err != nil {
			return v, err
		}
	} else if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		return v, errors.New("want a single value")
	}
	return parseField(w, text)
}

// parseField reads the value of a field that is a single one.
func parseField(w Wire, text string) (v value, err error) {
	v.wire = w
	switch w {
	case String:
		v.text = text
	case Boolean:
		v.is, err = strconv.ParseBool(text)
	case Timestamp:
		var at time.Time
		at, err = time.Parse(time.RFC3339Nano, text)
		v.whole = at.UnixMilli()
	default:
		var n float64
		if n, err = strconv.ParseFloat(text, 64); err != nil {
			return v, err
		}
		if v.number = n; w == Int32 || w == Int64 {
			if n != math.Trunc(n) || math.Abs(n) > maxWhole {
				return v, errors.New("want a whole number")
			}
			v.whole = int64(n)
		}
	}
	return v, err
}

// takeEvents reads the events of a message.
func (i *Imported) takeEvents(member json.RawMessage) error {
	var list []map[string]any
	d := json.NewDecoder(bytes.NewReader(member))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		return errors.New("want a list of objects")
	}
	events := make([]view.TimelineEvent, 0, len(list))
	for _, members := range list {
		e := view.TimelineEvent{Details: map[string]any{}}
		for name, told := range members {
			if told == nil {
				continue
			}
			if err := takeJSONEvent(&e, snake(name), told); err != nil {
				return fmt.Errorf("event %d: %s: %w", len(events)+1, name, err)
			}
		}
		events = append(events, e)
	}
	i.View.Events = events
	return nil
}

// eventFields are the fields of an event that are no payload.
var eventFields = map[string]Wire{"sequence_number": Int64, "server_time": Timestamp, "viewer_time": Timestamp, "playhead_time": String, "type": String}

// takeJSONEvent reads a member of an event.
func takeJSONEvent(e *view.TimelineEvent, name string, told any) error {
	wire, known := eventFields[name]
	if !known {
		return takeJSONPayload(e.Details, name, told)
	}
	v, err := fieldOf(wire, told)
	if err != nil {
		return err
	}
	switch name {
	case "sequence_number":
		e.Seq = v.whole
	case "server_time":
		e.EventTime = v.whole
	case "viewer_time":
		e.ViewerTime = v.whole
	case "playhead_time":
		e.PlaybackTime, err = parseDuration(v.text)
	case "type":
		e.Name = view.CleanText(v.text)
	}
	return err
}

// parseDuration reads a duration in seconds, in ms.
func parseDuration(text string) (int64, error) {
	seconds, hasUnit := strings.CutSuffix(text, "s")
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil || !hasUnit || !(math.Abs(n) < maxWhole/1000) {
		return 0, fmt.Errorf("%q: want seconds such as 25.514s", text)
	}
	return int64(math.Round(n * 1000)), nil
}

// fieldOf reads a value of JSON as that of a field.
func fieldOf(w Wire, told any) (value, error) {
	switch told := told.(type) {
	case string:
		return parseField(w, told)
	case json.Number:
		return parseField(w, told.String())
	case bool:
		return parseField(w, strconv.FormatBool(told))
	}
	return value{}, errors.New("want a single value")
}

// takeJSONPayload reads what an event tells into its details. What it has no name for
// is left out.
func takeJSONPayload(details map[string]any, name string, told any) error {
	n := slices.IndexFunc(payloads, func(p *payload) bool { return p.name == name })
	if n < 0 {
		return nil
	}
	members, ok := told.(map[string]any)
	if !ok {
		return errors.New("want an object")
	}
	for member, told := range members {
		member = snake(member)
		for f := range payloads[n].fields {
			known := &payloads[n].fields[f]
			if known.name != member || told == nil {
				continue
			}
			if v, err := fieldOf(known.wire, told); err == nil {
				known.take(details, &v)
			}
		}
	}
	return nil
}

// snake is a name with underscores that may be in lower camel case.
func snake(name string) string {
	if strings.ToLower(name) == name {
		return name
	}
	var b strings.Builder
	for n := range len(name) {
		c := name[n]
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
