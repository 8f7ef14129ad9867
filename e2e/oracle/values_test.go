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

// askValues asks for the values of dimensions, the most frequent first, also
// by the older name of it.
func askValues(t *testing.T, w *world, random *rand.Rand) {
	for _, dimension := range append(slices.Clone(filterable), "video_cdn_trace", "view_session_id") {
		checkValues(t, w, "dimensions/", dimension, everything(), 1000, 1)
		checkValues(t, w, "dimensions/", dimension, w.filtered(random), 1+random.IntN(20), 1+random.IntN(3))
		checkValues(t, w, "filters/", dimension, w.filtered(random), 1+random.IntN(20), 1+random.IntN(3))
	}
}

func checkValues(t *testing.T, w *world, path, dimension string, s *scope, limit, page int) {
	t.Helper()
	var want []counted
	for value, views := range group(s.within(w.views, byEnd), dimension) {
		want = append(want, counted{&value, len(views)})
	}
	slices.SortFunc(want, func(a, b counted) int {
		return cmp.Or(b.Count-a.Count, compareFields(dimension, *a.Value, *b.Value, false))
	})
	a, q := get[[]counted](t, w, path+dimension, s.with("limit", strconv.Itoa(limit), "page", strconv.Itoa(page)))
	if a.Total == nil || *a.Total != len(want) {
		t.Errorf("%s: total %v, want %d", q, pointee(a.Total), len(want))
	}
	rest := want[min(len(want), (page-1)*limit):min(len(want), page*limit)]
	if !slices.EqualFunc(a.Data, rest, func(a, b counted) bool { return text(a.Value) == text(b.Value) && a.Count == b.Count }) {
		t.Errorf("%s: %v; want %v", q, listing(a.Data), listing(rest))
	}
}

// askElements asks for the elements of CDN traces, each counted as often as it
// comes.
func askElements(t *testing.T, w *world, random *rand.Rand) {
	checkElements(t, w, everything(), "", "")
	for i := range 60 {
		checkElements(t, w, w.filtered(random), []string{"", "views", "value", "field"}[i%4], []string{"", "asc", "desc"}[i/4%3])
	}
}

func checkElements(t *testing.T, w *world, s *scope, order, direction string) {
	t.Helper()
	counts := map[string]int{}
	for _, v := range s.within(w.views, byEnd) {
		for _, element := range v.trace {
			counts[element]++
		}
	}
	var want []counted
	for element, n := range counts {
		want = append(want, counted{&element, n})
	}
	slices.SortFunc(want, func(a, b counted) int {
		byName, byCount := cmp.Compare(*a.Value, *b.Value), a.Count-b.Count
		switch {
		case (order == "value" || order == "field") && direction == "desc":
			return -byName
		case order == "value" || order == "field":
			return byName
		case direction == "asc":
			return cmp.Or(byCount, byName)
		}
		return cmp.Or(-byCount, byName)
	})
	a, q := get[[]counted](t, w, "dimensions/video_cdn_trace/elements", s.with("order_by", order, "order_direction", direction))
	same := slices.EqualFunc(a.Data, want, func(a, b counted) bool { return text(a.Value) == text(b.Value) && a.Count == b.Count })
	if !same || a.Total == nil || *a.Total != len(want) {
		t.Errorf("%s: total %v, %v; want %v", q, pointee(a.Total), listing(a.Data), listing(want))
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
