package query

import (
	"errors"
	"testing"

	"playhead/internal/fault"
)

// FuzzPlans asks for everything with the same odd parameters: what is wrong is
// a fault that says so, and what is planned keeps the limits.
func FuzzPlans(f *testing.F) {
	for _, seed := range [][8]string{
		{"views", "count", "country", "country:US", "views>=1", "24:hours", "1000", "2147483647"},
		{"video_startup_time", "95th", "minute", "+video_cdn_trace:a", "video_startup_time<-1e308", "1:weeks", "0", "-1"},
		{"playing_time", "", "video_source_bitrate", "!asn:", "rebuffer_count=0.5", "9214646400:weeks", "1", "9223372036854775808"},
		{"current-average-bitrate", "desc", "asn", "!asn:7018", "", "60:seconds", "100", "1772368000"},
		{"video-startup-time", "", "view_has_ad", "view_has_ad:true", "", "601:seconds", "101", "1772281000"},
		{"", "sum", "field", "video_cdn_trace:[a,b", "=", "", "25", "٣"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5], seed[6], seed[7])
	}
	f.Fuzz(func(t *testing.T, metric, measurement, name, filter, metricFilter, frame, limit, page string) {
		r := Request{
			Environment: "env", Now: now, Metric: metric, Measurement: measurement, GroupBy: name, Dimension: name, Value: &filter,
			Filters: []string{filter, name}, MetricFilters: []string{metricFilter}, Timeframe: []string{frame}, OrderBy: name, Direction: measurement,
			Limit: limit, Page: page, ViewerID: filter, ErrorID: limit, ViewID: filter, Parts: []string{name}, Values: []string{filter}, Rows: limit,
			Granularity: name, Search: filter, Timestamp: page, Older: len(filter)%2 == 1,
		}
		for _, less := range []func(*Request){
			func(*Request) {},
			func(r *Request) { r.Filters = r.Filters[:1] },
			func(r *Request) { r.Filters, r.MetricFilters, r.OrderBy, r.Direction = nil, nil, "", "" },
			func(r *Request) { r.Limit, r.Page, r.Rows, r.ErrorID, r.Timeframe = "", "", "", "", nil },
		} {
			less(&r)
			for what, err := range planned(t, r) {
				if code := fault.CodeOf(err); err != nil && code != fault.Invalid && code != fault.NotFound {
					t.Errorf("%s of %+v: %v", what, r, err)
				}
			}
		}
	})
}

// planned makes all plans, and returns their errors by what they are about.
func planned(t *testing.T, r Request) map[string]error {
	t.Helper()
	var plans []*Plan
	errs := map[string]error{}
	overall, err := Overall(r)
	if errs["overall"] = err; err == nil {
		plans = append(plans, overall.Plan)
	}
	breakdown, err := Breakdown(r)
	if errs["breakdown"] = err; err == nil {
		plans = append(plans, breakdown.Plan)
	}
	timeseries, err := Timeseries(r)
	if errs["timeseries"] = err; err == nil {
		plans = append(plans, timeseries.Plan)
	}
	insights, err := Insights(r)
	if errs["insights"] = err; err == nil {
		plans = append(plans, insights.Plan)
	}
	comparison, err := Comparison(r)
	if errs["comparison"] = err; err == nil {
		plans = append(plans, comparison.ByEnd, comparison.ByStart)
	}
	values, err := DimensionValues(r)
	if errs["values"] = err; err == nil {
		plans = append(plans, values.Plan)
	}
	elements, err := DimensionElements(r)
	if errs["elements"] = err; err == nil {
		plans = append(plans, elements.Plan)
	}
	kinds, err := ErrorTypes(r)
	if errs["errors"] = err; err == nil {
		plans = append(plans, kinds.Types, kinds.Views)
	}
	played := r
	played.Dimension = "video_id" // which the route says
	engagement, err := Engagement(played)
	if errs["engagement"] = err; err == nil {
		plans = append(plans, engagement.Starts, engagement.Ends, engagement.Views)
	}
	for _, p := range plans {
		checkLimits(t, &p.Scope, p.Limit, p.Offset, p.Buckets)
	}
	views, err := Views(r)
	if errs["views"] = err; err == nil {
		checkLimits(t, &views.Plan.Scope, views.Plan.Limit, views.Plan.Offset, nil)
	}
	records, err := Records(r)
	if errs["records"] = err; err == nil && (records.Limit < 1 || records.Limit > maxLimit || records.Offset < 0) {
		t.Errorf("%d records after %d", records.Limit, records.Offset)
	}
	errs["subviews"] = plannedSubviews(t, r)
	plannedRealtime(t, r, errs)
	return errs
}

// plannedRealtime makes all plans of real-time numbers.
func plannedRealtime(t *testing.T, r Request, errs map[string]error) {
	t.Helper()
	check := func(what string, p *TickPlan, most int) {
		first, newest := r.Now.UnixMilli()-RealtimeReach-clocksDiffer*1000-TickEvery, NewestTick(r.Now)
		if p.Environment != "env" || p.From%TickEvery != 0 || p.To%TickEvery != 0 || p.From < first || p.To > newest || p.Count() > most {
			t.Errorf("%s: %+v, want at most %d ticks from %d to %d", what, p, most, first, newest)
		}
	}
	if p, err := RealtimeTimeseries(r); err != nil {
		errs["real-time timeseries"] = err
	} else {
		check("real-time timeseries", p.Ticks, TimeseriesTicks)
	}
	if p, err := RealtimeBreakdown(r); err != nil {
		errs["real-time breakdown"] = err
	} else {
		check("real-time breakdown", p.Ticks, 1)
	}
	if p, err := RealtimeBreakdownTimeseries(r); err != nil {
		errs["real-time breakdown timeseries"] = err
	} else {
		check("real-time breakdown timeseries", p.Ticks, MaxBreakdownTicks)
	}
	if p, err := RealtimeHistogram(r); err != nil {
		errs["real-time histogram"] = err
	} else {
		check("real-time histogram", p.Ticks, HistogramMinutes*minute/TickEvery)
	}
}

// plannedSubviews makes all plans of subviews.
func plannedSubviews(t *testing.T, r Request) error {
	t.Helper()
	s, err := LookupSubview("rendition")
	if err != nil {
		return err
	}
	var errs []error
	breakdown, err := s.Breakdown(r)
	if errs = append(errs, err); err == nil {
		checkLimits(t, &breakdown.Plan.Scope, breakdown.Plan.Limit, breakdown.Plan.Offset, nil)
	}
	timeseries, err := s.Timeseries(r)
	if errs = append(errs, err); err == nil {
		checkLimits(t, &timeseries.Plan.Scope, timeseries.Plan.Limit, timeseries.Plan.Offset, timeseries.Plan.Buckets)
	}
	_, err = s.Comparison(r)
	errs = append(errs, err)
	_, err = s.DimensionValues(r)
	for _, err := range append(errs, err) {
		if code := fault.CodeOf(err); err != nil && code != fault.Invalid && code != fault.NotFound {
			return errors.Join(errs...)
		}
	}
	return nil
}

func checkLimits(t *testing.T, s *Scope, limit, offset int, b *Buckets) {
	t.Helper()
	if s.Environment != "env" || s.From < 0 || s.From >= s.To || s.To > (maxEpoch+1)*1000 {
		t.Errorf("a plan is about %+v", s)
	}
	if limit < 0 || limit > maxLimit || offset < 0 {
		t.Errorf("%d rows after %d, want at most %d", limit, offset, maxLimit)
	}
	if b != nil && (b.Count < 1 || b.Count > maxBuckets) {
		t.Errorf("%d buckets, want at most %d", b.Count, maxBuckets)
	}
}
