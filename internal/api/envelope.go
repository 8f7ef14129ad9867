package api

import (
	"math"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// envelope is around the data of every answer. Clients need its keys and their
// types exactly so.
type envelope struct {
	Data      any      `json:"data" doc:"the answer"`
	Total     *int64   `json:"total_row_count" doc:"rows of all pages together; 1 where there are no rows"` // nil: null
	Timeframe [2]int64 `json:"timeframe" doc:"what the answer is about, in seconds since 1970: from the first to before the second; the last 24 hours where there is no timeframe"`
	Meta      any      `json:"meta,omitempty" doc:"how it was computed"`
}

// bareEnvelope is around the data of the few answers that have nothing else.
type bareEnvelope struct {
	Data any `json:"data" doc:"the answer"`
}

// metaData tells how a metric was computed.
type metaData struct {
	Aggregation catalog.Clock     `json:"aggregation" doc:"the time of a view that must be in the timeframe"`
	Granularity query.Granularity `json:"granularity,omitempty" doc:"the width of a step; of timeseries only"`
	quantileMeta
}

// quantileMeta tells how exact medians and 95ths are.
type quantileMeta struct {
	Bucketed bool `json:"bucketed,omitempty" doc:"true where medians and 95ths were read from buckets of values, as exact ones would take too long: of many values they are off by less than 0.25 % (fractions and scores by less than 0.0005), of few by less than a bucket"`
}

// metaOf tells how a metric was computed.
func metaOf(p query.MetricPlan, r *query.Result) *metaData {
	return &metaData{Aggregation: p.Metric.Clock, quantileMeta: quantileMeta{r.Bucketed}}
}

// rows counts the rows of an answer; a single object counts as one.
func rows(n int) *int64 {
	total := int64(n)
	return &total
}

// bounds writes a timeframe.
func bounds(f query.Timeframe) [2]int64 { return [2]int64{f.From, f.To} }

// lastDay is the timeframe of answers that do not depend on one.
func lastDay(now time.Time) [2]int64 { return [2]int64{now.Unix() - 86_400, now.Unix()} }

// number writes a value that may be null, which is NaN. Infinities have no
// place in JSON and are null too.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// integer writes a whole number, which clients read as one: without fraction
// and exponent.
func integer(v float64) *int64 {
	p := number(v)
	if p == nil {
		return nil
	}
	n := int64(math.Round(*p))
	return &n
}

// integer32 is integer where clients in typed languages read 32 bits. What does
// not fit was not measured but made up: it is null.
func integer32(v float64) *int32 {
	n := integer(v)
	if n == nil || *n != int64(int32(*n)) {
		return nil
	}
	small := int32(*n)
	return &small
}

// count writes a whole number that is never null.
func count(v float64) int64 {
	if n := integer(v); n != nil {
		return *n
	}
	return 0
}

// text writes a text that may be null, which is "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// date writes a time in whole seconds and in UTC.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// dateOrNull writes a time that may be zero, which is null.
func dateOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := date(t)
	return &s
}

// instant writes ms since 1970 as a date.
func instant(ms float64) string { return date(time.UnixMilli(count(ms))) }
