package export

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// ReadMessage reads one message of a view, as [AppendMessage] or the compatible
// service wrote it. An error says that it is no such message; of single fields that
// make no sense tells [Imported.Unread]. Whether all is there that a view needs
// is for the caller to see.
func ReadMessage(f MessageFormat, data []byte) (Imported, error) {
	switch f {
	case JSON:
		return readViewJSON(data)
	case Protobuf:
		return readViewProto(data)
	}
	return Imported{}, fmt.Errorf("there is no format of messages %q", f)
}

// newMessage is a view of which a message tells: what messages have fields for.
func newMessage() Imported {
	i := newImported()
	i.says = saidByMessages()
	return i
}

var saidByMessages = sync.OnceValue(func() map[*catalog.Column]bool {
	says := map[*catalog.Column]bool{}
	for _, c := range Messages() {
		says[c.column] = true
	}
	return says
})

// set sets a column to what its field holds.
func (i *Imported) set(c *Column, v *value) {
	switch v.wire {
	case String:
		c.SetText(i, v.text)
	case Strings:
		c.SetElements(i, v.list)
	case Totals:
		c.SetTotals(i, lastOf(v.totals))
	case Boolean:
		n := 0.0
		if v.is {
			n = 1
		}
		c.SetNumber(i, n)
	case Float32, Float64:
		c.SetNumber(i, v.number)
	default:
		c.SetNumber(i, float64(v.whole))
	}
}

// lastOf are totals with the last one of each name, as those of a map are.
func lastOf(list []Total) []Total {
	var kept []Total
	for _, t := range list {
		if n := slices.IndexFunc(kept, func(k Total) bool { return k.Name == t.Name }); n >= 0 {
			kept[n].Time = t.Time
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

// take sets a member of an event's details.
func (f *payloadField) take(details map[string]any, v *value) {
	switch told := f.detail(v).(type) {
	case string:
		if told != "" {
			details[f.name] = view.CleanText(told)
		}
	case float64:
		if !math.IsNaN(told) && !math.IsInf(told, 0) {
			details[f.name] = told
		}
	default:
		details[f.name] = told
	}
}
