// Package query turns a request for metrics, in names, into a checked plan
// that an engine runs.
//
// A [Request] is what a caller asks for; nothing in it has been looked up. The
// functions in plan.go check it against the catalogue and return a [Plan] or a
// [ListPlan], or an error that names the parameter and says what would be
// accepted. An [Engine] never sees an unknown name.
package query

import (
	"context"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/view"
)

// Request is what a caller asks for, by name, as the API's parameters spell it.
// Each kind of plan reads some of its members; empty ones have defaults.
type Request struct {
	Environment   string   // the environment's id
	Timeframe     []string // "N:unit", or two epoch seconds; empty: the last 24 hours
	Filters       []string // "country:US", "!country:US", "+video_cdn_trace:a", "video_cdn_trace:[a,b]"
	MetricFilters []string // "video_startup_time>=1000"
	Metric        string   // id of a metric, or an alias
	Measurement   string   // empty: the metric's default
	GroupBy       string   // a dimension of a breakdown, or a granularity of a timeseries
	Dimension     string   // of dimension values, and of a comparison
	Value         *string  // of a comparison: the value of Dimension to keep, "" where it is not known; nil: not asked for
	OrderBy       string
	Direction     string // "asc", "desc" or empty
	Limit         string // 1 to 1,000; empty: 25
	Page          string // from 1; empty: 1
	ViewerID      string // of the list of views: the customer's or the SDK's id of the viewer
	ErrorID       string // of the list of views: an error type, or "any"
	ViewID        string // of the list of views: the SDK's id of the view
	InProgress    string // of the list of views: "true" for those that are not complete yet
	Outcomes      string // of insights: "false" without dimensions that tell how views went

	Parts       []string // of subviews: what to group them by; empty: everything that tells them apart
	Values      []string // of a comparison of subviews: up to four values of Dimension
	Rows        string   // of a comparison of subviews, and of their timeseries: rows of each value, or step
	Granularity string   // of a timeseries of subviews: hour or day
	Search      string   // of the values of a dimension: what they have inside

	Format, Version, Compression string // of an export of views, which package api reads

	Status, Severity string // of the list of incidents; empty: any

	Timestamp string // of real-time numbers: the moment of a breakdown, or where a timeseries begins, in epoch seconds
	Older     bool   // of real-time numbers: asked by their names of 2021, which know less

	Now   time.Time // what relative timeframes end at
	Known time.Time // of real-time numbers: until when it is known what viewers were doing, see [Informed]; zero: until Now
}

// newestTick is the newest tick that there is to tell of.
func (r *Request) newestTick() int64 {
	if !r.Known.IsZero() && r.Known.Before(r.Now) {
		return NewestTick(r.Known)
	}
	return NewestTick(r.Now)
}

// Plan is an aggregation that has been checked.
type Plan struct {
	Scope
	Has     *catalog.Column      // keep only views where this column is not null; nil: all
	Values  []expr.Node          // what to compute for each group
	GroupBy []*catalog.Dimension // a row for each combination of their values; none: one row for everything
	Sets    []*catalog.Dimension // a row for each value of each of them on its own, all in one pass; instead of GroupBy, Each and Buckets
	Each    *Each                // be about the elements of a list, not about views; nil: about views
	Buckets *Buckets             // cut the timeframe into steps; nil: do not
	Impact  *Impact              // rank the groups; nil: do not
	Order   []Order              // of the rows, the most important first; with Buckets rows ascend by bucket first. Equal rows ascend by group
	Limit   int                  // rows to return; 0: all
	Offset  int                  // rows to leave out before
}

// Amount is the name by which formulas of a plan with [Each] call the number
// in the last part of an element; it is null where that is no number.
const Amount = "amount"

// Each has a plan be about elements: a view takes part once for each element of
// its list, with all its columns, and a view with an empty list not at all.
// The chosen parts of the element are further groups, after those of GroupBy.
type Each struct {
	Column *catalog.Column    // a List
	Parts  []int              // indexes into Column.Parts to group by; of a list without parts, 0 is the whole element
	Where  []ElementCondition // all of them must hold
}

// ElementCondition keeps some elements.
type ElementCondition struct {
	Part     int
	Not      bool     // keep the elements that the rest does not keep
	Texts    []string // the part equals one of them; "" is not known
	Contains string   // or, without Texts: the part has this inside, whatever the case of letters, see [Fold]
}

// Scope is which views a plan is about.
type Scope struct {
	Environment string
	Clock       catalog.Clock // which time of a view has to be in the timeframe
	From, To    int64         // the timeframe in ms since 1970: From ≤ t < To
	Where       []Condition   // all of them must hold
}

// Condition keeps some views. Exactly one of its forms is set.
type Condition struct {
	Column *catalog.Column
	Not    bool // keep the views that the rest does not keep

	Texts   []string    // of a Text or List column: it equals one of them; "" is not known. A List is as view.JoinList writes it
	Numbers []float64   // of any other column: it equals one of them
	Null    bool        // of any other column, along with Numbers: or it is null
	Element *string     // of a List column: it has this element
	Inside  *string     // of a Text or List column: it has this inside, whatever the case of letters, see [Fold]
	First   *string     // of a List column with parts: the first part of one of its elements is this
	Compare *Compare    // of any other column: it is not null and compares so; a Bool as 0 or 1
	Any     []Condition // one of these holds; Column is nil
}

// Compare is a comparison with a constant.
type Compare struct {
	Op    string // one of >= <= > < =
	Value float64
}

// Buckets cut a timeframe into steps of equal width. Edges are computed in Go,
// so that engines only do arithmetic on integers: the bucket of a time t is
// (t - Start) / Width.
type Buckets struct {
	Start int64 // ms since 1970 of the first bucket; at or before the plan's From
	Width int64 // ms
	Count int   // the last bucket holds the last ms of the timeframe
}

// Impact ranks groups by how much they hurt a metric: rank 1 is the group with
// the largest badness × weight; ties go to the larger weight, then to the
// group that sorts first, with Sets first by the set; groups whose value is null
// come last. With Sets, a dimension that no view knows a value of has no rows.
type Impact struct {
	Value  int // index into Values of the metric
	Weight int // index into Values of the weight
	Kind   ImpactKind
}

// ImpactKind says how bad a value is.
type ImpactKind uint8

const (
	// ImpactValue: the larger the worse.
	ImpactValue ImpactKind = iota
	// ImpactScore: as bad as it is below 1.
	ImpactScore
	// ImpactBest: as bad as it is below the best group.
	ImpactBest
	// ImpactAbove: as bad as it is above the value of all views; with Sets.
	ImpactAbove
	// ImpactBelow: as bad as it is below the value of all views; with Sets.
	ImpactBelow
)

// Order is one key of an order. Nulls come last in either direction. Numbers
// sort as numbers, texts by their bytes.
type Order struct {
	By         int // index into Values; or one of the constants below
	Descending bool
}

const (
	// OrderByGroup orders by the value of the dimension.
	OrderByGroup = -1
	// OrderByRank orders by Rank.
	OrderByRank = -2
)

// Row is one row of a result.
type Row struct {
	Bucket int       // 0-based; 0 without buckets
	Set    int       // with Sets: the index of the one whose value Groups has
	Groups []string  // one for each GroupBy and each part: numbers and booleans as [FormatNumber] writes them, "" for null
	Values []float64 // one for each of the plan's; NaN is null
	Rank   int       // from 1, with Impact; else 0
}

// Result is the answer to a Plan.
type Result struct {
	Rows  []Row // empty buckets and groups are left out; without groups and Buckets there is exactly one row
	Total int   // rows before Limit and Offset
	All   *Row  // with Sets: the values of all views; else nil

	// Bucketed tells that quantiles were read from buckets of values: where
	// exact ones would take too long, they are off by a bucket at the most.
	Bucketed bool
}

// ListPlan asks for views, newest or oldest view_end first; those that ended in
// the same ms ascend by id.
type ListPlan struct {
	Scope
	Columns   []*catalog.Column // the others of the returned views are not set
	Ascending bool
	Limit     int
	Offset    int
}

// ListResult is the answer to a ListPlan.
type ListResult struct {
	Views []*view.View
	Total int // views before Limit and Offset
}

// Engine runs plans. Errors are internal, or fault.Busy when the engine has
// too much to do.
type Engine interface {
	Aggregate(ctx context.Context, p *Plan) (*Result, error)
	List(ctx context.Context, p *ListPlan) (*ListResult, error)
	// View returns one view with all its columns and events, or an error with
	// fault.NotFound.
	View(ctx context.Context, environment string, id view.ID) (*view.View, error)
}
