package query

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

func TestDimensionValues(t *testing.T) {
	r := request()
	r.Dimension, r.Timeframe, r.Filters = "video_cdn_trace", []string{"1", "2"}, []string{"country:US"}
	got, err := DimensionValues(r)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := catalog.LookupDimension("video_cdn_trace")
	want := &Plan{
		Scope: Scope{
			Environment: "env", Clock: "view_end", From: 1000, To: 2000,
			Where: []Condition{{Column: catalog.MustColumn("country"), Texts: []string{"US"}}},
		},
		Values: []expr.Node{expr.MustParse("count()")}, GroupBy: []*catalog.Dimension{d},
		Order: []Order{{By: IndexCount, Descending: true}}, Limit: 25,
	}
	if diff := cmp.Diff(want, got.Plan, compareNames); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestDimensionElementsAreOfSequences(t *testing.T) {
	r := request()
	r.Dimension = "browser"
	_, err := DimensionElements(r)
	refused(t, err, fault.Invalid, "", "/data/v1/dimensions/browser", "video_cdn_trace")
	r.Dimension = "browsers"
	_, err = DimensionElements(r)
	refused(t, err, fault.NotFound, "", `"browsers"`, "browser")
}

func TestElementsOrder(t *testing.T) {
	for _, tt := range []struct {
		by, direction string
		want          Order
	}{
		{"", "", Order{By: IndexCount, Descending: true}},
		{"views", "asc", Order{By: IndexCount}},
		{"negative_impact", "", Order{By: IndexCount, Descending: true}},
		{"value", "", Order{By: OrderByGroup}},
		{"field", "desc", Order{By: OrderByGroup, Descending: true}},
	} {
		r := request()
		r.Dimension, r.OrderBy, r.Direction = "video_cdn_trace", tt.by, tt.direction
		p, err := DimensionElements(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Order{tt.want}, p.Plan.Order); diff != "" {
			t.Errorf("order_by %q %q (-want +got):\n%s", tt.by, tt.direction, diff)
		}
	}
	r := request()
	r.Dimension, r.OrderBy = "video_cdn_trace", "luck"
	_, err := DimensionElements(r)
	refused(t, err, fault.Invalid, "order_by", "views", `"luck"`)
}
