package query

import (
	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// ComparisonPlan is the plan of all metrics at once. Some go by the start of
// views and some by their end, so there are two plans; each has exactly one
// row in its result.
type ComparisonPlan struct {
	ByEnd, ByStart *Plan
	Timeframe      Timeframe
}

// ComparisonItem is one number of the comparison.
type ComparisonItem struct {
	Name        string // for people
	Metric      string // the metric's id as the comparison prints it, which can be an alias
	Type        catalog.Type
	Measurement catalog.Measurement // as the comparison prints it; "" is not printed

	clock catalog.Clock
	index int
}

// Value finds the item's number in the rows of the two plans; NaN is null.
func (i *ComparisonItem) Value(byEnd, byStart Row) float64 {
	if i.clock == catalog.ByStart {
		return byStart.Values[i.index]
	}
	return byEnd.Values[i.index]
}

// ComparisonGroup is a number with those that explain it.
type ComparisonGroup struct {
	ComparisonItem
	Items []ComparisonItem
}

// ComparisonGroups is the layout of the comparison after its totals.
var ComparisonGroups = []ComparisonGroup{
	group("Views", "views",
		single("Unique Viewers", "unique_viewers"),
		single("Playing Time", "playing_time"),
		totalAverage("Ad Attempts", "ad_attempt_count"),
		totalAverage("Ad Breaks", "ad_break_count"),
		totalAverage("Ad Impressions", "ad_impression_count"),
	),
	group("Overall Score", "viewer_experience_score"),
	group("Playback Failure Score", "playback_failure_score",
		single("Playback Failure Percentage", "playback_failure_percentage"),
		single("Video Startup Failure Percentage", "video_startup_failure_percentage"),
		single("Exits Before Video Start", "exits_before_video_start"),
		single("View Dropped Percentage", "view_dropped_percentage"),
		totalAverage("Ad Errors", "ad_error_count"),
		average("Ad Error Percentage", "ad_error_percentage"),
		totalAverage("Ad Break Errors", "ad_break_error_count"),
		average("Ad Break Error Percentage", "ad_break_error_percentage"),
		average("Ad Startup Error Percentage", "ad_startup_error_percentage"),
		average("Ad Exit Before Start Percentage", "ad_exit_before_start_percentage"),
		average("Playback Business Exception Percentage", "playback_business_exception_percentage"),
		average("Video Startup Business Exception Percentage", "video_startup_business_exception_percentage"),
	),
	group("Startup Time Score", "startup_time_score",
		medianP95("Video Startup Time", "video_startup_time"),
		medianP95("Player Startup Time", "player_startup_time"),
		medianP95("Page Load Time", "page_load_time"),
		medianP95("Aggregate Startup Time", "aggregate_startup_time"),
		single("Seek Latency", "seek_latency"),
		medianP95("Content Startup Time", "view_content_startup_time"),
		medianP95("Ad Preroll Startup Time", "ad_preroll_startup_time"),
	),
	group("Rebuffer Score", "rebuffer_score",
		single("Rebuffer Percentage", "rebuffer_percentage"),
		single("Rebuffer Frequency", "rebuffer_frequency"),
		medianP95("Rebuffer Duration", "rebuffer_duration"),
		medianP95("Rebuffer Count", "rebuffer_count"),
	),
	group("Video Quality Score", "video_quality_score",
		medianP95Average("Upscale Percentage", "upscale_percentage"),
		medianP95Average("Downscale Percentage", "downscale_percentage"),
		medianP95("Max Upscale Percentage", "max_upscale_percentage"),
		medianP95("Max Downscale Percentage", "max_downscale_percentage"),
		medianP95("Weighted Average Bitrate", "weighted_average_bitrate"),
		medianP95("Live Stream Latency", "live_stream_latency"),
	),
}

// Totals are the sums of the comparison.
type Totals struct {
	WatchTime        float64 // of the views that ended in the timeframe, in ms
	ViewCount        float64 // views that quality metrics are about: those that ended
	StartedViews     float64
	EndedViews       float64
	UniqueViewers    float64 // of the views that started
	TotalPlayingTime float64 // of the views that started, in ms
}

// The first values of the two plans are those of the totals.
var (
	totalsByEnd   = []expr.Node{countViews, sumWatchTime}
	totalsByStart = []expr.Node{countViews, expr.MustParse("uniq(viewer_key)"), sumPlayingTime}
)

// ComparisonTotals finds the totals in the rows of the two plans.
func ComparisonTotals(byEnd, byStart Row) Totals {
	return Totals{
		ViewCount:        byEnd.Values[0],
		EndedViews:       byEnd.Values[0],
		WatchTime:        byEnd.Values[1],
		StartedViews:     byStart.Values[0],
		UniqueViewers:    byStart.Values[1],
		TotalPlayingTime: byStart.Values[2],
	}
}

// comparisonByEnd and comparisonByStart are the values of the two plans.
var comparisonByEnd, comparisonByStart = comparisonValues()

// comparisonValues lists the formulas of all items and tells each item where
// its own is.
func comparisonValues() (byEnd, byStart []expr.Node) {
	byEnd = append(byEnd, totalsByEnd...)
	byStart = append(byStart, totalsByStart...)
	place := func(i *ComparisonItem) {
		m, ok := catalog.LookupMetric(i.Metric)
		if !ok {
			panic("BUG: query: comparison of unknown metric " + i.Metric)
		}
		measurement := i.Measurement
		if measurement == "" {
			measurement = m.Default
		}
		node, ok := m.Node(measurement)
		if !ok {
			panic("BUG: query: comparison of " + i.Metric + " by unsupported " + string(measurement))
		}
		values := &byEnd
		if m.Clock == catalog.ByStart {
			values = &byStart
		}
		i.Type, i.clock, i.index = m.Type, m.Clock, len(*values)
		*values = append(*values, node)
	}
	for g := range ComparisonGroups {
		place(&ComparisonGroups[g].ComparisonItem)
		for i := range ComparisonGroups[g].Items {
			place(&ComparisonGroups[g].Items[i])
		}
	}
	return byEnd, byStart
}

// Comparison plans all numbers of [ComparisonGroups] and the totals. With
// r.Dimension only views where it is r.Value count; an empty value means views
// where it is not known. Everything wrong is fault.Invalid.
func Comparison(r Request) (*ComparisonPlan, error) {
	scope, frame, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Dimension != "":
		d, err := dimension("dimension", r.Dimension)
		if err != nil {
			return nil, err
		}
		if r.Value == nil {
			return nil, fault.Badf("value", "is missing: want the value of %s to keep; an empty one where it is not known", fault.Quote(d.Name))
		}
		if err := bounded("value", []string{*r.Value}); err != nil {
			return nil, err
		}
		only := choice{dimension: d}
		if err := only.add("value", 0, *r.Value); err != nil {
			return nil, err
		}
		scope.Where = append(scope.Where, only.condition())
	case r.Value != nil:
		return nil, fault.Badf("dimension", "is missing: value %s needs one", fault.Quote(*r.Value))
	}
	c := &ComparisonPlan{Timeframe: frame, ByEnd: &Plan{Scope: scope, Values: comparisonByEnd}}
	scope.Clock = catalog.ByStart
	c.ByStart = &Plan{Scope: scope, Values: comparisonByStart}
	return c, nil
}

// group makes a group of its own number and the items that explain it.
func group(name, metric string, items ...[]ComparisonItem) ComparisonGroup {
	g := ComparisonGroup{ComparisonItem: ComparisonItem{Name: name, Metric: metric}}
	for _, list := range items {
		g.Items = append(g.Items, list...)
	}
	return g
}

// single is one item by the metric's default measurement, which is not printed.
func single(name, metric string) []ComparisonItem {
	return []ComparisonItem{{Name: name, Metric: metric}}
}

func totalAverage(name, metric string) []ComparisonItem {
	return append(by(name, " (total)", metric, catalog.Sum), average(name, metric)...)
}

func average(name, metric string) []ComparisonItem {
	return by(name, " (average)", metric, catalog.Avg)
}

func medianP95(name, metric string) []ComparisonItem {
	return append(by(name, " (median)", metric, catalog.Median), by(name, " (95th %)", metric, catalog.P95)...)
}

func medianP95Average(name, metric string) []ComparisonItem {
	return append(medianP95(name, metric), average(name, metric)...)
}

func by(name, suffix, metric string, m catalog.Measurement) []ComparisonItem {
	return []ComparisonItem{{Name: name + suffix, Metric: metric, Measurement: m}}
}
