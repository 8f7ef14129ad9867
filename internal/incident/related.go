package incident

import (
	"cmp"
	"slices"
	"time"

	"playhead/internal/meta"
)

// nearby is how far apart incidents may be that are of the same time.
const nearby = time.Hour

// Related are those among some incidents that may have to do with one: they are of
// the same environment and about a value of a dimension that it is about too, or
// they went on at about the same time. Those with the most values in common come
// first, of these the ones that began nearest to it.
func Related(of meta.Incident, among []meta.Incident) []meta.Incident {
	type candidate struct {
		incident meta.Incident
		shared   int
		apart    time.Duration
	}
	about := subject(of)
	var found []candidate
	for _, i := range among {
		if i.ID == of.ID || i.EnvironmentID != of.EnvironmentID {
			continue
		}
		c := candidate{incident: i, apart: i.StartedAt.Sub(of.StartedAt).Abs()}
		for b := range subject(i) {
			if about[b] {
				c.shared++
			}
		}
		if c.shared > 0 || sameTime(of, i) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(a.apart, b.apart), cmp.Compare(a.incident.ID, b.incident.ID))
	})
	related := make([]meta.Incident, len(found))
	for i, c := range found {
		related[i] = c.incident
	}
	return related
}

// subject is what an incident is about: its own values of dimensions, and those of
// what explains it best.
func subject(i meta.Incident) map[meta.Breakdown]bool {
	about := map[meta.Breakdown]bool{}
	for _, b := range i.Breakdowns {
		about[b] = true
	}
	if len(i.Causes) > 0 {
		for _, b := range i.Causes[0].Breakdowns {
			about[b] = true
		}
	}
	return about
}

// sameTime reports whether less than an hour lies between two incidents. One that
// is open has no end.
func sameTime(a, b meta.Incident) bool {
	before := func(a, b meta.Incident) bool { // a ended long before b began
		return a.ResolvedAt != nil && b.StartedAt.Sub(*a.ResolvedAt) > nearby
	}
	return !before(a, b) && !before(b, a)
}
