package query

import (
	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// maxErrorTypes is how many types of errors are answered: the most frequent.
const maxErrorTypes = 1000

// ErrorsPlan is the plan of the types of errors that views had. Rows of Types
// hold the number of views at [IndexCount] and the end of the last of them, in
// ms since 1970, at [IndexLastSeen]; their groups are the type's id, its code
// and its message. The row of Views holds the number of all views at
// [IndexCount].
type ErrorsPlan struct {
	Types, Views *Plan
	Timeframe    Timeframe
}

// IndexLastSeen is where the last time is in the rows of [ErrorTypes].
const IndexLastSeen = 1

// Indexes of the parts of an element of error_types.
const (
	partErrorID = iota
	partErrorSeverity
	partErrorBusiness
	partErrorCode
	partErrorMessage
)

var (
	errorTypes = catalog.MustColumn("error_types")
	lastEnd    = expr.MustParse("max(view_end)")
)

// ErrorTypes plans the types of errors that views of the timeframe had, the
// most frequent first. Everything wrong is fault.Invalid.
func ErrorTypes(r Request) (*ErrorsPlan, error) {
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	return &ErrorsPlan{
		Timeframe: frame,
		Types: &Plan{
			Scope:  scope,
			Values: []expr.Node{IndexCount: countViews, IndexLastSeen: lastEnd},
			Each:   &Each{Column: errorTypes, Parts: []int{partErrorID, partErrorCode, partErrorMessage}},
			Order:  []Order{{By: IndexCount, Descending: true}},
			Limit:  maxErrorTypes,
		},
		Views: &Plan{Scope: scope, Values: []expr.Node{countViews}},
	}, nil
}

// Severities plans what players said of some types, given as rows of p.Types.
// Its groups are the type's id, its severity and whether it is a business
// exception; what most views said comes first.
func (p *ErrorsPlan) Severities(types []Row) *Plan {
	ids := make([]string, len(types))
	for i, r := range types {
		ids[i] = r.Groups[0]
	}
	return &Plan{
		Scope:  p.Types.Scope,
		Values: []expr.Node{countViews},
		Each: &Each{
			Column: errorTypes,
			Parts:  []int{partErrorID, partErrorSeverity, partErrorBusiness},
			Where:  []ElementCondition{{Part: partErrorID, Texts: ids}},
		},
		Order: []Order{{By: IndexCount, Descending: true}},
	}
}
