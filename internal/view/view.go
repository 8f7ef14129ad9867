// Package view holds what is known of one attempt to watch a video, and the
// state machine that computes it from the events of the player.
//
// [Machine] is a pure fold: it has no clock, no lock and no I/O, and the same
// events give the same [View] in whatever order and however often they come.
package view

import (
	"math"
	"strings"

	"playhead/internal/catalog"
)

// View is one attempt to watch a video, as the stores keep it: a value for
// each column of the catalogue, and the timeline of its events.
type View struct {
	ID     ID
	Events []TimelineEvent // in the order that they happened; empty when not asked for

	texts   []string  // by slot; "" is not known
	numbers []float64 // by slot; NaN is null
}

// New returns a view of which nothing is known but its id.
func New(id ID) *View {
	v := &View{ID: id, texts: make([]string, catalog.TextColumns), numbers: make([]float64, catalog.NumberColumns)}
	for i := range v.numbers {
		v.numbers[i] = math.NaN()
	}
	return v
}

// Text returns the value of a Text or List column; "" means not known.
func (v *View) Text(c *catalog.Column) string { return v.texts[c.Slot()] }

// SetText sets a Text or List column.
func (v *View) SetText(c *catalog.Column, s string) { v.texts[c.Slot()] = s }

// Number returns the value of any other column; ok is false for null. A Bool
// is 0 or 1, a Time is in ms since 1970.
func (v *View) Number(c *catalog.Column) (n float64, ok bool) {
	n = v.numbers[c.Slot()]
	return n, !math.IsNaN(n)
}

// SetNumber sets a column that is not a text; NaN is null.
func (v *View) SetNumber(c *catalog.Column, n float64) { v.numbers[c.Slot()] = n }

// Elements returns the elements of a List column.
func (v *View) Elements(c *catalog.Column) []string { return SplitList(v.Text(c)) }

// JoinList writes elements as the value of a List column.
func JoinList(elements []string) string {
	if len(elements) == 0 {
		return ""
	}
	const sep = catalog.ListSeparator
	return sep + join(elements, sep) + sep
}

// SplitList reads the value of a List column.
func SplitList(s string) []string {
	if len(s) < 2 {
		return nil
	}
	return strings.Split(s[1:len(s)-1], catalog.ListSeparator)
}

// JoinParts writes the parts of an element of a List column that has them.
func JoinParts(parts ...string) string { return join(parts, catalog.PartSeparator) }

// join puts a separator between texts, and takes it out of them.
func join(texts []string, sep string) string {
	size := len(texts) * len(sep)
	for _, t := range texts {
		size += len(t)
	}
	var b strings.Builder
	b.Grow(size)
	for i, t := range texts {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(strings.ReplaceAll(t, sep, ""))
	}
	return b.String()
}

// SplitParts reads what [JoinParts] wrote.
func SplitParts(element string) []string { return strings.Split(element, catalog.PartSeparator) }

// TimelineEvent is one event of a view, as the API shows it. All times are in
// ms since 1970.
type TimelineEvent struct {
	Seq          int64          `json:"seq"`           // the SDK's number of the event in its view
	Name         string         `json:"name"`          // the event's kind
	ViewerTime   int64          `json:"viewer_time"`   // by the player's clock, as it told
	PlaybackTime int64          `json:"playback_time"` // playhead position in ms; 0 when not told
	EventTime    int64          `json:"event_time"`    // receipt by the server
	Details      map[string]any `json:"details"`       // what the event is about; never nil
}

// Batch is what one commit of a store makes durable together: the latest
// version of some views, and how far the journal has been read for them.
type Batch struct {
	Views    []*View
	Replaced []ID // the views among them that the store may hold in an older version
	Progress Progress

	Snapshots []Snapshot // each takes the place of that of its partition
}

// Progress is a position in the journal as a store remembers it.
type Progress struct {
	Read   int64 // records below this offset are in the store's views, or will never be
	Resume int64 // the oldest record that a view not yet final is made of: start reading here

	// Rules are those that views were complete and final by from Resume on, as the
	// owner of the views wrote them; "" if it does not say.
	Rules string
}

// Stored is a view as a store has it.
type Stored struct {
	Row      *View  // the columns that metrics are computed from
	Document []byte // the whole view, as [EncodeDocument] wrote it; nil once its timeline is deleted
}
