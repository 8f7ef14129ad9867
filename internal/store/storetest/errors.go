package storetest

import (
	"fmt"
	"testing"

	"playhead/internal/query"
	"playhead/internal/view"
)

// testErrors checks plans about types of errors, over time and by a dimension.
func testErrors(t *testing.T, s Store) {
	had := func(ids ...string) []string {
		var types []string
		for _, id := range ids {
			types = append(types, view.JoinParts(id, "warning", "false", "code "+id, "message"))
		}
		return types
	}
	const minute = 60_000
	commit(t, s, // epoch is 20 s into a minute
		Fields{"country": "US", "asn": 1, "error_types": had("7", "9"), "error_type_id": 7},
		Fields{"country": "US", "asn": 1, "error_types": had("9"), "view_end": epoch + 39_999},
		Fields{"country": "US", "view_end": epoch + 39_999},
		Fields{"country": "DE", "error_types": had("19", "77"), "error_type_id": 77, "view_end": epoch + 40_000},
		Fields{"error_types": had("9"), "view_end": epoch + 40_000 + 2*minute},
		Fields{"country": "FR", "view_end": epoch + 40_000 + 2*minute},
		Fields{"country": "US", "error_types": had("7", "9"), "view_end": epoch + 40_000 + 3*minute}, // too late
		Fields{"country": "US", "error_types": had("9"), "environment_id": "other"},
	)
	request := query.Request{
		Environment: environment,
		Timeframe:   []string{fmt.Sprint(epoch / 1000), fmt.Sprint(epoch/1000 + 40 + 180)},
		GroupBy:     "minute",
	}
	step := func(bucket int, n float64) query.Row { return query.Row{Bucket: bucket, Values: []float64{n}} }
	for id, want := range map[string][]query.Row{
		"9":   {step(0, 2), step(3, 1)},
		"7":   {step(0, 1)},
		"77":  {step(1, 1)},
		"1":   nil,
		"any": {step(0, 1), step(1, 1)},
	} {
		t.Run("over time "+id, func(t *testing.T) {
			r := request
			r.ErrorID = id
			p, err := query.ErrorSeries(r)
			if err != nil {
				t.Fatal(err)
			}
			check(t, s, p.With, len(want), want...)
			check(t, s, p.All, 3, step(0, 3), step(1, 1), step(3, 2))
		})
	}
	t.Run("several over time", func(t *testing.T) {
		r := request
		r.Values = []string{"9", "7", "1"}
		p, err := query.ErrorTypesSeries(r)
		if err != nil {
			t.Fatal(err)
		}
		check(t, s, p.With, 3, inBucket(0, "7", 1), inBucket(0, "9", 2), inBucket(3, "9", 1))
	})
	group := func(value string, n float64) query.Row {
		return query.Row{Groups: []string{value}, Values: []float64{n}}
	}
	for _, law := range []struct {
		id, dimension string
		with, all     []query.Row
	}{
		{"9", "country", []query.Row{group("US", 2), group("", 1)}, []query.Row{group("US", 3), group("", 1)}},
		{"9", "asn", []query.Row{group("1", 2), group("", 1)}, []query.Row{group("1", 2), group("", 4)}},
		{"any", "country", []query.Row{group("DE", 1), group("US", 1)}, []query.Row{group("DE", 1), group("US", 3)}},
	} {
		t.Run("by "+law.dimension+" "+law.id, func(t *testing.T) {
			r := request
			r.ErrorID, r.GroupBy = law.id, law.dimension
			p, err := query.ErrorBreakdown(r)
			if err != nil {
				t.Fatal(err)
			}
			check(t, s, p.With, len(law.with), law.with...)
			check(t, s, p.All(law.with), len(law.all), law.all...)
		})
	}
}
