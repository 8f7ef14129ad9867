package main

import (
	"fmt"
	"regexp"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// question is a request to the API, with what it takes to answer it otherwise.
type question struct {
	family, name string // breakdown; "video_title, 20 h ago, filtered"
	group        int    // index of a dimension, or query.NoGroups
	ago          time.Duration
	filtered     bool
	ticks        int // 1: a moment
	histogram    bool
	compared     bool // with the plain ways: those of a family take about as long
}

// ago is how far back the questions about the past go.
const ago = 20 * time.Hour

// What filtered questions are about: a part of the viewers, by a dimension of
// the view and by one that changes within it.
const filters = "&filters[]=country:US&filters[]=!cdn:skyhop"

var conditions = []query.TickCondition{
	{Dimension: country, Values: []string{"US"}},
	{Dimension: catalog.RealtimeCDN, Values: []string{"skyhop"}, Not: true},
}

// The lengths of answers, in ticks.
const (
	halfHour   = 360
	tenMinutes = 120
)

// questions are what is asked, each now and in the past, of all viewers and of
// those of the filters, as far as it is wanted.
func questions(wanted *regexp.Regexp) (list []question) {
	for _, past := range []time.Duration{0, ago} {
		for _, filtered := range []bool{false, true} {
			add := func(q question) {
				q.ago, q.filtered = past, filtered
				if past > 0 {
					q.name += fmt.Sprintf(", %.0f h ago", past.Hours())
				}
				if filtered {
					q.name += ", filtered"
				}
				q.compared = q.group == query.NoGroups || q.group == country || q.group == title && q.ticks == 1
				if wanted.MatchString(q.family + ", " + q.name) {
					list = append(list, q)
				}
			}
			add(question{family: "timeseries", name: "30 min", group: query.NoGroups, ticks: halfHour})
			for i, d := range catalog.RealtimeDimensions {
				add(question{family: "breakdown", name: d.Name, group: i, ticks: 1})
			}
			for _, d := range []int{country, title, catalog.RealtimeCDN} {
				add(question{family: "breakdown-timeseries", name: catalog.RealtimeDimensions[d].Name + ", 10 min", group: d, ticks: tenMinutes})
			}
			if past == 0 {
				add(question{family: "histogram", name: "30 min", group: query.NoGroups, ticks: halfHour, histogram: true})
			}
		}
	}
	return list
}

// span is from the first tick to the last one of an answer, at a time.
func (q *question) span(now int64) (from, to int64) {
	to = query.NewestTick(time.UnixMilli(now)) - q.ago.Milliseconds()
	return to - int64(q.ticks-1)*query.TickEvery, to
}

// metric is what most questions ask for: a quotient of times.
const metric = "current-rebuffering-percentage"

// path is that of the request at a time.
func (q *question) path(now int64) string {
	from, to := q.span(now)
	var p string
	switch {
	case q.histogram:
		p = "/data/v1/monitoring/metrics/video-startup-time/histogram-timeseries?"
	case q.family == "timeseries":
		p = fmt.Sprintf("/data/v1/monitoring/metrics/%s/timeseries?timestamp=%d", metric, from/1000)
	case q.family == "breakdown":
		p = fmt.Sprintf("/data/v1/monitoring/metrics/%s/breakdown?dimension=%s&timestamp=%d", metric, catalog.RealtimeDimensions[q.group].Name, to/1000)
	default:
		p = fmt.Sprintf("/data/v1/monitoring/metrics/%s/breakdown-timeseries?dimension=%s&timeframe[]=%d&timeframe[]=%d",
			metric, catalog.RealtimeDimensions[q.group].Name, from/1000, to/1000)
	}
	if q.filtered {
		p += filters
	}
	return p
}

// plan is what it comes down to.
func (q *question) plan(environment string, now int64) *query.TickPlan {
	p := &query.TickPlan{Environment: environment, GroupBy: q.group}
	p.From, p.To = q.span(now)
	if q.filtered {
		p.Where = conditions
	}
	return p
}
