package query

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestRecords(t *testing.T) {
	now := time.Unix(1_777_896_000, 0)
	for _, tt := range []struct {
		name string
		r    Request
		want *RecordsPlan // nil: refused
	}{
		{"nothing", Request{}, &RecordsPlan{Limit: 25}},
		{
			"all",
			Request{Limit: "10", Page: "3", Direction: "desc", Timeframe: []string{"1:hour"}, Now: now},
			&RecordsPlan{Timeframe: &Timeframe{1_777_892_400, 1_777_896_000}, Descending: true, Limit: 10, Offset: 20},
		},
		{"limit", Request{Limit: "0"}, nil},
		{"page", Request{Page: "0"}, nil},
		{"direction", Request{Direction: "up"}, nil},
		{"timeframe", Request{Timeframe: []string{"soon"}}, nil},
	} {
		got, err := Records(tt.r)
		if tt.want == nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: got %+v, %v, want it refused", tt.name, got, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}
