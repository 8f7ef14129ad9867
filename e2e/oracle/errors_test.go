package oracle

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// errorType is a row of the list of types of errors.
type errorType struct {
	ID          int64
	Percentage  float64
	Notes       *string
	Message     *string
	LastSeen    string `json:"last_seen"`
	Description *string
	Count       int
	Code        *int64
	Text        *string `json:"player_error_code"`
	Severity    string
	Business    bool `json:"business_exception"`
}

// learnErrorTypes asks what the server calls the types of errors, and has the
// views know that of their last fatal error.
func (w *world) learnErrorTypes(t *testing.T) {
	t.Helper()
	a, _ := get[[]errorType](t, w, "errors", nil)
	w.types = map[[2]string]int64{}
	for _, e := range a.Data {
		w.types[[2]string{text(e.Text), text(e.Message)}] = e.ID
	}
	if want := len(failures) + len(exceptions) + 1; len(w.types) != want || len(a.Data) != want {
		t.Fatalf("%d types of errors of %d kinds, want %d: one of the warnings is also a failure", len(a.Data), len(w.types), want)
	}
	for _, v := range w.views {
		if v.fatal != nil {
			v.dims["error_type_id"] = strconv.FormatInt(w.types[v.fatal.kind()], 10)
		}
	}
}

// kind is what makes errors of one type: their code and message.
func (k *errorKind) kind() [2]string { return [2]string{fmt.Sprint(k.code), k.message} }

// askErrors lists the types of errors of all views, and of some.
func askErrors(t *testing.T, w *world, random *rand.Rand) {
	checkErrors(t, w, everything())
	for range 60 {
		checkErrors(t, w, w.filtered(random))
	}
}

func checkErrors(t *testing.T, w *world, s *scope) {
	t.Helper()
	a, q := get[[]errorType](t, w, "errors", s.query)
	views := s.within(w.views, byEnd)
	having := map[[2]string][]*view{}
	for _, v := range views {
		kinds := map[[2]string]bool{}
		for _, k := range v.errors {
			kinds[k.kind()] = true
		}
		for k := range kinds {
			having[k] = append(having[k], v)
		}
	}
	if len(a.Data) != len(having) || a.Total == nil || *a.Total != len(having) {
		t.Errorf("%s: %d rows, total %v; want %d", q, len(a.Data), pointee(a.Total), len(having))
	}
	for _, e := range a.Data {
		key := [2]string{text(e.Text), text(e.Message)}
		had := having[key]
		if e.Count != len(had) || !near(e.Percentage, float64(len(had))/float64(len(views)), 0) || e.ID != w.types[key] || e.Notes != nil {
			t.Errorf("%s: %+v of %q; want %d of %d views, id %d and no notes", q, e, key, len(had), len(views), w.types[key])
			continue
		}
		last := slices.MaxFunc(had, func(a, b *view) int { return cmp.Compare(a.end, b.end) })
		checkTime(t, q, "last_seen", e.LastSeen, last.end)
		if code, err := strconv.ParseInt(key[0], 10, 64); (err == nil) != (e.Code != nil) || e.Code != nil && *e.Code != code {
			t.Errorf("%s: code %v, want that of %q", q, e.Code, key[0])
		}
		checkSeverity(t, q, e, key, had)
	}
	if !slices.IsSortedFunc(a.Data, func(a, b errorType) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.ID, b.ID)) }) {
		t.Errorf("%s: the most frequent do not come first", q)
	}
}

// checkSeverity compares the severity with that of most views, if more have
// one than the other.
func checkSeverity(t *testing.T, q asked, e errorType, key [2]string, views []*view) {
	t.Helper()
	fatal, warning, business := 0, 0, false
	for _, v := range views {
		said := map[bool]int{}
		for _, k := range v.errors {
			if k.kind() == key {
				said[k.warning] = 1
				business = business || k.business
			}
		}
		fatal, warning = fatal+said[false], warning+said[true]
	}
	if fatal != warning && (e.Severity == "warning") != (warning > fatal) || e.Business != business {
		t.Errorf("%s: %q is a %s, business exception: %v; want that of %d fatal ones and %d warnings, %v",
			q, key, e.Severity, e.Business, fatal, warning, business)
	}
}
