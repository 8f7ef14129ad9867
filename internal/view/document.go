package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"playhead/internal/catalog"
)

// A document is a view in JSON: its id, a member for each column that is not
// null, by the column's name, and its events. Booleans are true and false,
// times are in ms since 1970, lists are arrays. Members that are not known
// are skipped when it is read, and those that are missing are null, so that
// documents outlive changes of the catalogue.

// EncodeDocument writes a view with its events. It fails only if the details of
// an event cannot be written as JSON.
func EncodeDocument(v *View) ([]byte, error) { return AppendDocument(nil, v) }

// AppendDocument is EncodeDocument to the end of dst.
func AppendDocument(dst []byte, v *View) ([]byte, error) {
	dst = append(append(append(dst, `{"id":"`...), v.ID.String()...), '"')
	for _, c := range catalog.Columns {
		dst = appendColumn(dst, v, c)
	}
	for i := range v.Events {
		separator := `,`
		if i == 0 {
			separator = `,"events":[`
		}
		var err error
		if dst, err = appendEvent(append(dst, separator...), &v.Events[i]); err != nil {
			return nil, fmt.Errorf("write document of view %s: %w", v.ID, err)
		}
	}
	if len(v.Events) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}'), nil
}

// appendColumn writes a column as a member; nothing if it is null.
func appendColumn(dst []byte, v *View, c *catalog.Column) []byte {
	start := len(dst)
	dst = append(append(append(dst, `,"`...), c.Name...), `":`...)
	if c.IsText() {
		text := v.Text(c)
		switch {
		case text == "":
			return dst[:start]
		case c.Kind == catalog.List:
			return append(dst, mustJSON(SplitList(text))...)
		}
		return appendQuoted(dst, text)
	}
	n, ok := v.Number(c)
	switch {
	case !ok || math.IsInf(n, 0):
		return dst[:start]
	case c.Kind == catalog.Bool:
		return strconv.AppendBool(dst, n != 0)
	}
	return appendFigure(dst, n)
}

// DecodeDocument reads what [EncodeDocument] wrote, now or in an earlier
// version.
func DecodeDocument(data []byte) (*View, error) {
	if v := decodeColumns(data); v != nil {
		at := bytes.Index(data, eventsMember)
		if at < 0 {
			return v, nil
		}
		if events := data[at+len(eventsMember)-1 : len(data)-1]; json.Unmarshal(events, &v.Events) == nil {
			return v, nil
		}
	}
	return decodeAny(data)
}

// decodeAny reads a document whatever the order and the form of its members.
func decodeAny(data []byte) (*View, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, fmt.Errorf("read document of a view: %w", err)
	}
	var text string
	if err := json.Unmarshal(members["id"], &text); err != nil {
		return nil, fmt.Errorf("read document of a view: id: %w", err)
	}
	id, err := ParseID(text)
	if err != nil {
		return nil, fmt.Errorf("read document of a view: %w", err)
	}
	v := New(id)
	for _, c := range catalog.Columns {
		member, ok := members[c.Name]
		if !ok {
			continue
		}
		if err := v.decode(c, member); err != nil {
			return nil, fmt.Errorf("read document of view %s: %s: %w", id, c.Name, err)
		}
	}
	if events, ok := members["events"]; ok {
		if err := json.Unmarshal(events, &v.Events); err != nil {
			return nil, fmt.Errorf("read document of view %s: events: %w", id, err)
		}
	}
	return v, nil
}

// decode sets a column to the value of a member.
func (v *View) decode(c *catalog.Column, member json.RawMessage) error {
	if string(member) == "null" {
		return nil
	}
	switch {
	case c.Kind == catalog.List:
		var list []string
		if err := json.Unmarshal(member, &list); err != nil {
			return err
		}
		v.SetText(c, JoinList(list))
	case c.IsText():
		var text string
		if err := json.Unmarshal(member, &text); err != nil {
			return err
		}
		v.SetText(c, text)
	case c.Kind == catalog.Bool:
		var is bool
		if err := json.Unmarshal(member, &is); err != nil {
			return err
		}
		flag(v, c.Name, is)
	default:
		var n float64
		if err := json.Unmarshal(member, &n); err != nil {
			return err
		}
		v.SetNumber(c, n)
	}
	return nil
}
