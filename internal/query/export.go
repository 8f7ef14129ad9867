package query

import "playhead/internal/catalog"

// Export plans what views an export has: those that ended in the timeframe and
// are kept by the filters and by the parameters that tell single views and
// viewers, as in the list of [Views]. Everything wrong is fault.Invalid.
func Export(r Request) (Scope, error) {
	s, _, err := scope(r, catalog.ByEnd)
	if err != nil {
		return Scope{}, err
	}
	more, err := identityFilters(r)
	if err != nil {
		return Scope{}, err
	}
	s.Where = append(s.Where, more...)
	return s, nil
}
