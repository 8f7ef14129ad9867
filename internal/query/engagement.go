package query

import (
	"math"

	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// EngagementPlan is the plan of which parts of a content views played. Ranges
// of the content are in whole seconds of at most a week, so that there are no
// more starts and ends than that, however many views there are;
// [EngagementPlan.Heatmap] puts them together.
type EngagementPlan struct {
	Starts, Ends *Plan // how many ranges start, and end, at a second: their group
	Views        *Plan // one row about the views that played something
	Timeframe    Timeframe
	Limit        int  // of hotspots
	Cold         bool // the least engaging first
}

// Where the values of [EngagementPlan.Views] are.
const (
	indexEngaged  = iota // views that played something
	indexLength          // the content's length in ms, as half of the views tell at least
	indexDeclared        // the same as the customer declared it
)

var (
	playbackRanges = catalog.MustColumn("playback_ranges")
	engagedValues  = []expr.Node{
		indexEngaged:  countViews,
		indexLength:   expr.MustParse("quantile(player_source_duration, 0.5)"),
		indexDeclared: expr.MustParse("quantile(video_duration, 0.5)"),
	}
)

// Engagement plans which parts of a content were played by the views that
// started in the timeframe. r.Dimension is what the content is known by, such as
// video_id, and r.Value its id. r.Limit is 1 to 1,000, or empty for all
// hotspots. Everything wrong is fault.Invalid.
func Engagement(r Request) (*EngagementPlan, error) {
	scope, frame, err := scope(r, catalog.ByStart)
	if err != nil {
		return nil, err
	}
	if err := bounded("id", []string{*r.Value}); err != nil {
		return nil, err
	}
	p := &EngagementPlan{Timeframe: frame}
	if p.Limit, err = whole("limit", r.Limit, maxLimit, maxLimit); err != nil {
		return nil, err
	}
	hottest, err := descending(r.Direction, true)
	if err != nil {
		return nil, err
	}
	p.Cold = !hottest
	scope.Where = append(scope.Where,
		Condition{Column: catalog.MustColumn(r.Dimension), Texts: []string{*r.Value}},
		Condition{Column: playbackRanges, Not: true, Texts: []string{""}},
	)
	edges := func(part int) *Plan {
		return &Plan{Scope: scope, Values: []expr.Node{countViews}, Each: &Each{Column: playbackRanges, Parts: []int{part}}}
	}
	p.Starts, p.Ends = edges(0), edges(1)
	p.Views = &Plan{Scope: scope, Values: engagedValues}
	return p, nil
}

// seconds is the length of the content in whole seconds; 0 is not known.
func seconds(views Row) int64 {
	for _, i := range []int{indexLength, indexDeclared} {
		if ms := views.Values[i]; ms > 0 {
			return int64(math.Ceil(ms / 1000))
		}
	}
	return 0
}
