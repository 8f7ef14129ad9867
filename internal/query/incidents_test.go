package query

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestIncidents(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Request
		want *IncidentsPlan // nil: refused
		bad  string         // the parameter that the refusal names
	}{
		{"nothing", Request{}, &IncidentsPlan{Descending: true, Limit: 25}, ""},
		{
			"all",
			Request{Status: "expired", Severity: "warning", OrderBy: "value", Direction: "asc", Limit: "10", Page: "3"},
			&IncidentsPlan{Status: "expired", Severity: "warning", Order: IncidentsByValue, Limit: 10, Offset: 20}, "",
		},
		{"impact", Request{Status: "open", Severity: "alert", OrderBy: "negative_impact"}, &IncidentsPlan{Status: "open", Severity: "alert", Order: IncidentsByViews, Descending: true, Limit: 25}, ""},
		{"views", Request{Status: "closed", OrderBy: "views"}, &IncidentsPlan{Status: "closed", Order: IncidentsByViews, Descending: true, Limit: 25}, ""},
		{"field", Request{OrderBy: "field"}, &IncidentsPlan{Order: IncidentsByField, Limit: 25}, ""},
		{"field down", Request{OrderBy: "field", Direction: "desc"}, &IncidentsPlan{Order: IncidentsByField, Descending: true, Limit: 25}, ""},
		{"status", Request{Status: "Open"}, nil, "status"},
		{"severity", Request{Severity: "critical"}, nil, "severity"},
		{"order", Request{OrderBy: "started_at"}, nil, "order_by"},
		{"direction", Request{Direction: "up"}, nil, "order_direction"},
		{"limit", Request{Limit: "1001"}, nil, "limit"},
		{"page", Request{Page: "0"}, nil, "page"},
	} {
		got, err := Incidents(tt.r)
		if tt.want == nil {
			var refused *fault.Error
			if !errors.As(err, &refused) || refused.Code != fault.Invalid || refused.Param != tt.bad {
				t.Errorf("%s: got %+v, %v, want it refused because of %s", tt.name, got, err, tt.bad)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}
