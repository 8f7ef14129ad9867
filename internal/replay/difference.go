package replay

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/store/sqltable"
	"playhead/internal/view"
)

// What is how a view differs.
type What string

// The ways in which a view differs.
const (
	Changed    What = "changed"           // the store has other values
	Missing    What = "missing"           // the store does not have it
	OnlyStored What = "only in the store" // the journal holds its time, and does not make it
)

// Change is a view that differs.
type Change struct {
	What        What         `json:"what"`
	ID          view.ID      `json:"-"`
	Environment string       `json:"environment_id,omitempty"`
	SDKID       string       `json:"view_id,omitempty"` // the player's own id of the view
	Metrics     []Difference `json:"metrics,omitempty"` // computed over the view alone
	Columns     []Difference `json:"columns,omitempty"` // those that are no metric of the same name
}

// Difference is a metric or a column with its two values: a text, a number, a
// bool, or nil when it is not known.
type Difference struct {
	Name     string `json:"name"`
	Stored   any    `json:"stored"`
	Computed any    `json:"computed"`
}

// Distance is how far the two values are from each other, if they are numbers.
func (d Difference) Distance() (float64, bool) {
	a, ok1 := number(d.Stored)
	b, ok2 := number(d.Computed)
	return math.Abs(b - a), ok1 && ok2
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return 0, false
}

var (
	environmentID  = catalog.MustColumn("environment_id")
	sdkID          = catalog.MustColumn("view_id")
	completeRecord = catalog.MustColumn("complete_record")
	changedRecord  = catalog.MustColumn("changed_record")
)

func newChange(what What, v *view.View) *Change {
	return &Change{What: what, ID: v.ID, Environment: v.Text(environmentID), SDKID: v.Text(sdkID)}
}

// difference compares a view with what a store has of it. It returns nil if they
// are the same. A timeline that is not there is no difference: it has its own
// retention.
func difference(computed *view.View, s view.Stored) (*Change, error) {
	c := newChange(Changed, computed)
	c.Columns = columns(sqltable.Layout, s.Row, computed)
	c.Metrics = metrics(s.Row, computed)
	if s.Document != nil {
		more, err := documents(s.Document, computed)
		if err != nil {
			return nil, err
		}
		for _, d := range more {
			if !slices.ContainsFunc(c.Columns, func(other Difference) bool { return other.Name == d.Name }) {
				c.Columns = append(c.Columns, d)
			}
		}
	}
	c.Columns = slices.DeleteFunc(c.Columns, func(d Difference) bool {
		return slices.ContainsFunc(c.Metrics, func(m Difference) bool { return m.Name == d.Name })
	})
	if len(c.Columns)+len(c.Metrics) == 0 {
		return nil, nil
	}
	return c, nil
}

// columns compares columns as engines keep them. That an earlier version did not
// say when a view was complete is no difference, and neither is when it was stored last.
func columns(list []*catalog.Column, stored, computed *view.View) (differ []Difference) {
	for _, c := range list {
		a, b := sqltable.Field(stored, c), sqltable.Field(computed, c)
		if a != b && c != changedRecord && (a != nil || c != completeRecord) {
			differ = append(differ, Difference{c.Name, a, b})
		}
	}
	return differ
}

// documents compares a stored document with the one that the view has now.
func documents(stored []byte, computed *view.View) ([]Difference, error) {
	now, err := view.EncodeDocument(computed)
	if err != nil || bytes.Equal(stored, now) {
		return nil, err
	}
	a, err := view.DecodeDocument(stored)
	if err != nil {
		return nil, fmt.Errorf("stored document of view %s: %w", computed.ID, err)
	}
	b, err := view.DecodeDocument(now) // what JSON does to values is no difference
	if err != nil {
		return nil, err
	}
	differ := columns(catalog.Columns, a, b)
	for i := range max(len(a.Events), len(b.Events)) {
		if i >= len(a.Events) || i >= len(b.Events) || !reflect.DeepEqual(a.Events[i], b.Events[i]) {
			return append(differ, Difference{"events", events(a, i), events(b, i)}), nil
		}
	}
	return differ, nil
}

// events says how many events a view has, and which is the one at i.
func events(v *view.View, i int) string {
	if i >= len(v.Events) {
		return fmt.Sprint(len(v.Events))
	}
	return fmt.Sprintf("%d, number %d is %s", len(v.Events), i+1, v.Events[i].Name)
}

// metrics compares the metrics of the catalogue, each by its default measurement
// over this view alone.
func metrics(stored, computed *view.View) (differ []Difference) {
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		node, _ := m.Node(m.Default)
		a, b := expr.Eval(node, one{stored}), expr.Eval(node, one{computed})
		if a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
			differ = append(differ, Difference{m.ID, orNil(a), orNil(b)})
		}
	}
	return differ
}

func orNil(n float64) any {
	if math.IsNaN(n) {
		return nil
	}
	return n
}

// one is a set of one view.
type one struct{ *view.View }

// Len implements [expr.Rows].
func (one) Len() int { return 1 }

// Column implements [expr.Rows].
func (o one) Column(name string) func(int) (float64, bool) {
	c := catalog.MustColumn(name)
	return func(int) (float64, bool) { return o.Number(c) }
}
