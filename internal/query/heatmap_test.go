package query

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// edges are rows of the starts or the ends of ranges.
func edges(seconds ...int) (rows []Row) {
	for _, s := range seconds {
		rows = append(rows, Row{Groups: []string{strconv.Itoa(s)}, Values: []float64{IndexCount: 1}})
	}
	return rows
}

// engaged is the row of views that played something.
func engaged(views, length, declared float64) Row {
	return Row{Values: []float64{indexEngaged: views, indexLength: length, indexDeclared: declared}}
}

func TestHeatmap(t *testing.T) {
	null := math.NaN()
	twenty := slices.Repeat([]float64{0.25}, 20) // one view of four played it all
	twenty[2], twenty[3], twenty[8] = 0.5, 0.5, 0.75
	long := make([]float64, 1000)
	long[0], long[1] = 1, 0.5
	for _, tt := range []struct {
		name         string
		views        Row
		starts, ends []Row
		want         []float64
	}{
		{"a bucket a second", engaged(4, 19_500, 1000), edges(0, 2, 8, 8), edges(20, 4, 9, 9), twenty},
		{"ten at least", engaged(1, 3000, null), edges(0), edges(1), []float64{1, 1, 1, 1.0 / 3, 0, 0, 0, 0, 0, 0}},
		{"a thousand at most", engaged(2, 2_000_000, null), edges(0, 0), edges(3, 3), long},
		{"declared", engaged(1, null, 10_000), edges(9), edges(20), []float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
		{"of no known length", engaged(1, null, null), edges(0, 7), edges(5, 10), []float64{1, 1, 1, 1, 1, 0, 0, 1, 1, 1}},
		{"nothing", engaged(0, null, null), nil, nil, make([]float64, 10)},
		{"nothing that can be read", engaged(1, null, null), []Row{{Groups: []string{""}, Values: []float64{1}}}, nil, make([]float64, 10)},
	} {
		h := (&EngagementPlan{}).Heatmap(tt.views, tt.starts, tt.ends)
		if diff := cmp.Diff(tt.want, h.Value); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestHotspots(t *testing.T) {
	for _, tt := range []struct {
		name      string
		value     []float64
		hot, cold []Hotspot
	}{
		{
			"ties",
			[]float64{0.5, 0.75, 1, 0.5, 0.5, 0.25, 0.5, 0.5, 0, 0.875, 0.5, 0.5},
			[]Hotspot{{1500, 4500, 0.875}, {13_500, 15_000, 0.875}},
			[]Hotspot{{4500, 13_500, 0.375}, {0, 1500, 0.5}, {15_000, 18_000, 0.5}},
		},
		{"flat", slices.Repeat([]float64{0.1}, 10), nil, nil},
		{
			"a peak",
			[]float64{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0},
			[]Hotspot{{13_500, 15_000, 1}},
			[]Hotspot{{0, 13_500, 0}, {15_000, 18_000, 0}},
		},
	} {
		h := &Heatmap{Views: 8, Value: tt.value, Length: 18}
		if diff := cmp.Diff(tt.hot, h.Hotspots(false)); diff != "" {
			t.Errorf("%s: hotspots (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.cold, h.Hotspots(true)); diff != "" {
			t.Errorf("%s: cold spots (-want +got):\n%s", tt.name, diff)
		}
	}
}
