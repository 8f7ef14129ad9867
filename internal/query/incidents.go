package query

import (
	"slices"
	"strings"

	"playhead/internal/fault"
)

// IncidentsPlan is a page of a list of incidents.
type IncidentsPlan struct {
	Status, Severity string        // "": any
	Order            IncidentOrder // what comes first
	Descending       bool
	Limit, Offset    int
}

// IncidentOrder is what incidents are sorted by.
type IncidentOrder string

// The orders.
const (
	IncidentsDefault IncidentOrder = "" // that of the list: by their start, or how much they have in common
	IncidentsByViews IncidentOrder = "views"
	IncidentsByValue IncidentOrder = "value"
	IncidentsByField IncidentOrder = "field" // what they are about
)

// The words that incidents are listed by.
var (
	IncidentStatuses   = []string{"open", "closed", "expired", "ended"} // ended: closed or expired
	IncidentSeverities = []string{"warning", "alert"}
)

// Incidents reads what a list of incidents can be asked for. Negative impact is
// the number of affected views. Fields ascend by default, everything else
// descends. Everything wrong is fault.Invalid.
func Incidents(r Request) (*IncidentsPlan, error) {
	p := &IncidentsPlan{Status: r.Status, Severity: r.Severity}
	if err := oneOf("status", r.Status, IncidentStatuses); err != nil {
		return nil, err
	}
	if err := oneOf("severity", r.Severity, IncidentSeverities); err != nil {
		return nil, err
	}
	switch r.OrderBy {
	case "", string(IncidentsByViews), string(IncidentsByValue), string(IncidentsByField):
		p.Order = IncidentOrder(r.OrderBy)
	case "negative_impact":
		p.Order = IncidentsByViews
	default:
		return nil, fault.Badf("order_by", "want negative_impact, value, views or field, have %s", fault.Quote(r.OrderBy))
	}
	limit, number, err := page(r)
	if err != nil {
		return nil, err
	}
	p.Limit, p.Offset = limit, (number-1)*limit
	p.Descending, err = descending(r.Direction, p.Order != IncidentsByField)
	return p, err
}

// oneOf refuses a value that is none of some words; "" is not asked for.
func oneOf(param, value string, words []string) error {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	last := len(words) - 1
	return fault.Badf(param, "want %s or %s, have %s", strings.Join(words[:last], ", "), words[last], fault.Quote(value))
}
