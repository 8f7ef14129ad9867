package reference

import (
	"fmt"
	"slices"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Rule is what decides who counts in real-time numbers, or which of them there
// are. Texts mark what is typed with backticks.
type Rule struct {
	Name     string
	Constant string // the number in it; "" where there is none
	Text     string
}

// RuleGroup is rules about the same thing.
type RuleGroup struct {
	Title string
	Rules []Rule
}

// RealtimeMetric is one line of the catalogue's real-time metrics.
type RealtimeMetric struct {
	*catalog.RealtimeMetric
	Unit, Direction string
}

// RealtimeDimension is one line of the catalogue's real-time dimensions.
type RealtimeDimension struct {
	catalog.RealtimeDimension
	Display string // the column that answers call its values by, or ""
}

// Realtime is what the reference says of real-time numbers.
type Realtime struct {
	Reach      string // how far back they go
	Rules      []RuleGroup
	Metrics    []RealtimeMetric
	Quantities []Quantity
	Dimensions []RealtimeDimension
}

func realtime() Realtime {
	directions := map[catalog.Better]string{
		catalog.Lower: "lower is better", catalog.Higher: "higher is better", catalog.Neither: "neither direction is better",
	}
	r := Realtime{Reach: span(query.RealtimeReach), Rules: realtimeRules}
	for i := range catalog.RealtimeMetrics {
		m := &catalog.RealtimeMetrics[i]
		r.Metrics = append(r.Metrics, RealtimeMetric{m, m.Type.Unit(), directions[m.Better]})
	}
	for _, q := range catalog.RealtimeQuantities {
		r.Quantities = append(r.Quantities, Quantity{q.Name, kind(q.Kind, q.Unit), q.Doc})
	}
	for _, d := range catalog.RealtimeDimensions {
		shown := RealtimeDimension{RealtimeDimension: d}
		if d.Label != nil {
			shown.Display = d.Label.Name
		}
		r.Dimensions = append(r.Dimensions, shown)
	}
	return r
}

// span writes ms in words.
func span(ms int64) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := ms / unit.of.Milliseconds(); n > 0 && ms%unit.of.Milliseconds() == 0 {
			return fmt.Sprintf("%d %s", n, unit.name)
		}
	}
	return fmt.Sprintf("%d ms", ms)
}

// realtimeRules are the rules of real-time numbers, with the constants of the
// code that keeps them.
var realtimeRules = []RuleGroup{
	{"When", []Rule{
		{"Tick", span(query.TickEvery), "Numbers are told at ticks: the multiples of it since 1970. A number is either about the tick itself or about the time since the tick before: after that one, and at this one at the latest. Whatever happens more than once to a viewer between two ticks counts once."},
		{"Clock", "", "That of the player, corrected by when its beacons came: what is told late takes its place at the time when it was."},
		{"Newest tick", span(query.TickLag), "The last tick that is so long ago or longer. What a player tells is in the numbers " + span(query.TickEvery+query.TickLag) + " later at the latest. While the server cannot read what they tell, as when a disk is full, there is no newer one."},
		{"Settled", span(query.SettledAfter), "Ticks so long before the newest one, and all before them, do not change any more when players tell every ten seconds what they do; `meta.settled_through` is the last of them. The newer ones take the players to go on with what they told last. What comes later still, as after a network that was gone, corrects the numbers of its time too."},
		{"History", span(query.RealtimeReach), "How far back numbers go. It is kept in memory: `--realtime-memory` bounds it, and where that is too little the oldest goes first. What a parameter asks for from before is refused; what is answered by default then begins later."},
	}},
	{"Who counts", []Rule{
		{"Viewer", "", "A view that is in progress: somebody who watches two videos at the same time counts twice."},
		{"Watching", "", "From the request to play on: starting, playing content or ads, rebuffering, seeking, and waiting for an ad or, after ads or a pause, for the content. Not: paused, failed, or gone."},
		{"Concurrent", "", "Who is watching at the tick, and who came to a failure since the tick before and is not watching at this one."},
		{"Long rebuffering", span(query.StalledAfter), "Whoever rebuffers for longer does not count as concurrent any more, and the time after that is neither watch time nor rebuffering, until something else is told. It counts from where the rebuffering began."},
		{"Silence", span(view.SilentAfter), "Who is watching and tells nothing for longer has gone, so long after what was told last; whoever tells something again is back. Players that go on tell it every ten seconds. Viewers who are paused or look at an error just stay so."},
		{"Starting up", "", "Who waits for the first frame, of content or an ad, at the tick. They are among the concurrent viewers."},
	}},
	{"What counts", []Rule{
		{"Start attempt", "", "A viewer who was waiting for the first frame at any time from the tick before to this one, both included: also who has since got a frame, failed or left. So is whoever comes to an exit or a startup failure, though they were paused before: neither is ever more than the attempts. The beginning of a view by a change of programme is none."},
		{"Exit before start", span(view.EarlyAfter), "Who left since the tick before, without a first frame and without a fatal error, so long after the request to play or longer. A player that falls silent has left when its silence is over: an exit too, unless what it told last was sooner than that after the request."},
		{"Failure", "", "A fatal error since the tick before that is no business exception. Further errors of a viewer who looks at one already are none; after another request to play they are."},
		{"Startup failure", "", "A failure before the first frame."},
		{"Watch time, rebuffering time", "", "The time since the tick before that was spent watching, and of it rebuffering; of a silent viewer only what the player told."},
		{"Bitrate", "", "That of the rendition, of viewers who play content of a known bitrate at the tick; ads have none."},
		{"Startup time", "", "From the request to play to the first frame of content or an ad, at the time of that frame."},
		{"Dimensions", "", "As they are known of the view now, also for the time before they were known; the CDN alone is that which delivered at the time: by it, a viewer whose CDN changes counts for each with what was while it delivered."},
		{"Nothing to compute from", "", "A ratio that would divide by zero is null. Without viewers there are 0 concurrent ones."},
	}},
	{"What is answered", []Rule{
		{"Points of `timeseries`", fmt.Sprint(query.TimeseriesTicks), "They end with the newest tick, or begin with `timestamp` and are as many as there are until the newest one. The two times of `timeframe` are the first and the last point."},
		{"Minutes of `histogram-timeseries`", fmt.Sprint(query.HistogramMinutes), "Minutes of the clock; the last one goes on, and has what there is until the newest tick. Percentiles interpolate between the nearest ranks."},
		{"`timestamp`", span(query.RealtimeReach), "So long ago at most, and not in the future; a minute more is taken at either end, as clocks differ. It is brought down to a tick, and to the newest one if it is later; `timeframe` of a breakdown is that tick, twice."},
		{"`timeframe[]` of `breakdown-timeseries`", span(query.MaxBreakdownTicks * query.TickEvery), "At most so long; " + span(query.BreakdownTicks*query.TickEvery) + " by default. One that is a length ends with the newest tick. The start is in it, the end is not."},
		{"Rows of `breakdown`", fmt.Sprint(query.MaxBreakdownRows), "At most, after they were sorted; `total_row_count` tells how many there are. A group that all numbers are 0 of is none."},
		{"Rows of `breakdown-timeseries`", fmt.Sprint(query.BreakdownValues), fmt.Sprintf("At each tick, unless `limit` says otherwise: up to %d.", query.MaxBreakdownValues)},
		{"Order", "", "Most concurrent viewers first, unless `order_by` says otherwise; equal rows by the value of the dimension, what is not known last. `views` means concurrent viewers; `concurrent_viewers` and `metric_value` are understood too."},
		{"`negative_impact`", "", "A rank over all groups of the tick. Rank 1 has the largest harm: how bad the metric of the group is × what its formula divides by. Bad is the value itself where lower is better, and what it is below the best group where higher is better; concurrent viewers rank by themselves. Equal harm: the larger divisor first, then by the value of the dimension. Groups without a value come last."},
		{"`/data/v1/realtime`", "", "The names of 2021 answer the same, without what was not there then: " + newer() + "."},
	}},
}

// newer lists what the older lists do not have.
func newer() string {
	var names []string
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; m.Newer {
			names = append(names, "`"+m.ID+"`")
		}
	}
	for _, d := range catalog.RealtimeDimensions {
		if d.Newer {
			names = append(names, "`"+d.Name+"`")
		}
	}
	slices.Sort(names)
	return fmt.Sprint(names[0], " and ", names[1])
}
