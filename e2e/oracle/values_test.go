package oracle

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// counted is a value of a dimension.
type counted struct {
	Value *string
	Count int `json:"total_count"`
}

// askValues asks for the values of dimensions, the most frequent first.
func askValues(t *testing.T, w *world, random *rand.Rand) {
	for _, dimension := range append(slices.Clone(filterable), "video_cdn_trace", "view_session_id") {
		checkValues(t, w, dimension, everything(), 1000, 1)
		checkValues(t, w, dimension, w.filtered(random), 1+random.IntN(20), 1+random.IntN(3))
	}
}

func checkValues(t *testing.T, w *world, dimension string, s *scope, limit, page int) {
	t.Helper()
	var want []counted
	for value, views := range group(s.only(w.views, byEnd), dimension) {
		want = append(want, counted{&value, len(views)})
	}
	slices.SortFunc(want, func(a, b counted) int {
		return cmp.Or(b.Count-a.Count, compareFields(dimension, *a.Value, *b.Value, false))
	})
	a, q := get[[]counted](t, w, "dimensions/"+dimension, s.with("limit", strconv.Itoa(limit), "page", strconv.Itoa(page)))
	if a.Total == nil || *a.Total != len(want) {
		t.Errorf("%s: total %v, want %d", q, pointee(a.Total), len(want))
	}
	rest := want[min(len(want), (page-1)*limit):min(len(want), page*limit)]
	if !slices.EqualFunc(a.Data, rest, func(a, b counted) bool { return text(a.Value) == text(b.Value) && a.Count == b.Count }) {
		t.Errorf("%s: %v; want %v", q, listing(a.Data), listing(rest))
	}
}

// listing writes values for the message of a failure.
func listing(list []counted) []any {
	var out []any
	for _, c := range list {
		out = append(out, []any{text(c.Value), c.Count})
	}
	return out
}
