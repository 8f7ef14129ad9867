package query

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// sec is a time of the day of [now], in ms since 1970: 12:34:56.789.
func sec(hour, minute, second int) int64 {
	return time.Date(2026, 3, 1, hour, minute, second, 0, time.UTC).UnixMilli()
}

// realtimeRequest is a request that is fine for every plan of moments.
func realtimeRequest() Request {
	return Request{Environment: "env", Metric: "current-concurrent-viewers", Now: now}
}

// TestTicksOfATime: the newest tick is a second old at least, and what is
// settled fifteen more.
func TestTicksOfATime(t *testing.T) {
	for _, tt := range []struct {
		now             int64
		newest, settled int64
	}{
		{sec(12, 34, 56), sec(12, 34, 55), sec(12, 34, 40)},
		{sec(12, 34, 56) - 1, sec(12, 34, 50), sec(12, 34, 35)},
		{sec(12, 35, 0), sec(12, 34, 55), sec(12, 34, 40)},
		{sec(12, 35, 1), sec(12, 35, 0), sec(12, 34, 45)},
	} {
		at := time.UnixMilli(tt.now)
		if newest, settled := NewestTick(at), SettledTick(at); newest != tt.newest || settled != tt.settled {
			t.Errorf("at %d: newest %d and settled %d, want %d and %d", tt.now, newest, settled, tt.newest, tt.settled)
		}
	}
}

func TestRealtimeTimeseries(t *testing.T) {
	for timestamp, want := range map[string][2]int64{
		"":           {sec(12, 5, 0), sec(12, 34, 55)},
		"1772364899": {sec(11, 34, 55), sec(12, 4, 50)},                         // 11:34:59
		"1772366700": {sec(12, 5, 0), sec(12, 34, 55)},                          // 12:05:00
		"1772368489": {sec(12, 34, 45), sec(12, 34, 55)},                        // 12:34:49
		"1772368496": {sec(12, 34, 55), sec(12, 34, 55)},                        // now
		"1772368556": {sec(12, 34, 55), sec(12, 34, 55)},                        // now, by a clock that is a minute ahead
		"1772282096": {sec(12, 34, 55) - 86_400_000, sec(13, 4, 50) - 86400000}, // a day ago
		"1772282036": {sec(12, 33, 55) - 86_400_000, sec(13, 3, 50) - 86400000}, // a day ago, a minute ago
	} {
		r := realtimeRequest()
		r.Timestamp = timestamp
		p, err := RealtimeTimeseries(r)
		if err != nil {
			t.Errorf("%q: %v", timestamp, err)
			continue
		}
		wantPlan := &TickPlan{Environment: "env", From: want[0], To: want[1], GroupBy: NoGroups}
		if diff := cmp.Diff(wantPlan, p.Ticks); diff != "" || p.Metric.ID != "current-concurrent-viewers" {
			t.Errorf("%q: plan of %s (-want +got):\n%s", timestamp, p.Metric.ID, diff)
		}
	}
	for _, wrong := range []string{"1772282035", "1772368557", "-1", "now", "1772368496.5"} {
		r := realtimeRequest()
		r.Timestamp = wrong
		_, err := RealtimeTimeseries(r)
		refused(t, err, fault.Invalid, "timestamp", "from 1772282096 to 1772368496", `"`+wrong+`"`)
	}
}

func TestRealtimeBreakdown(t *testing.T) {
	r := realtimeRequest()
	r.Dimension, r.Timestamp, r.Limit = "cdn", "1772364899", "7" // which has no limit
	p, err := RealtimeBreakdown(r)
	if err != nil {
		t.Fatal(err)
	}
	tick := sec(11, 34, 55)
	want := &TickPlan{Environment: "env", From: tick, To: tick, GroupBy: catalog.RealtimeCDN}
	if diff := cmp.Diff(want, p.Ticks); diff != "" || p.Limit != 1000 || p.Timeframe != (Timeframe{tick / 1000, tick / 1000}) {
		t.Errorf("%d rows of %v (-want +got):\n%s", p.Limit, p.Timeframe, diff)
	}
	p, err = RealtimeBreakdown(realtimeRequest())
	if err != nil || p.Dimension().Name != "asn" || p.Ticks.From != sec(12, 34, 55) {
		t.Errorf("by default %v by %s at %d", err, p.Dimension().Name, p.Ticks.From)
	}
}

func TestRealtimeBreakdownTimeseries(t *testing.T) {
	for _, tt := range []struct {
		frame     []string
		from, to  int64 // ticks
		timeframe Timeframe
	}{
		{nil, sec(12, 34, 0), sec(12, 34, 55), Timeframe{1772368440, 1772368500}},
		{[]string{"60:seconds"}, sec(12, 34, 0), sec(12, 34, 55), Timeframe{1772368440, 1772368500}},
		{[]string{"1:second"}, sec(12, 34, 55), sec(12, 34, 55), Timeframe{1772368495, 1772368500}},
		{[]string{"7:seconds"}, sec(12, 34, 55), sec(12, 34, 55), Timeframe{1772368493, 1772368500}},
		{[]string{"10:minutes"}, sec(12, 25, 0), sec(12, 34, 55), Timeframe{1772367900, 1772368500}},
		{[]string{"1772364899", "1772364910"}, sec(11, 35, 0), sec(11, 35, 5), Timeframe{1772364899, 1772364910}},  // the end is not in it
		{[]string{"1772364899", "1772364911"}, sec(11, 35, 0), sec(11, 35, 10), Timeframe{1772364899, 1772364911}}, // 11:34:59 to 11:35:11
		{[]string{"1772368490", "1772368600"}, sec(12, 34, 50), sec(12, 34, 55), Timeframe{1772368490, 1772368600}},
		{[]string{"1772364901", "1772364903"}, sec(11, 35, 5), sec(11, 35, 0), Timeframe{1772364901, 1772364903}}, // none
		{[]string{"1772282036", "1772282046"}, sec(12, 33, 60) - 86_400_000, sec(12, 34, 5) - 86_400_000, Timeframe{1772282036, 1772282046}},
		{[]string{"1772368556", "1772368600"}, sec(12, 36, 0), sec(12, 34, 55), Timeframe{1772368556, 1772368600}}, // none yet
	} {
		r := realtimeRequest()
		r.Timeframe = tt.frame
		p, err := RealtimeBreakdownTimeseries(r)
		if err != nil {
			t.Errorf("%q: %v", tt.frame, err)
			continue
		}
		want := &TickPlan{Environment: "env", From: tt.from, To: tt.to}
		if diff := cmp.Diff(want, p.Ticks); diff != "" || p.Timeframe != tt.timeframe || p.Limit != 10 {
			t.Errorf("%q: %d rows of %v (-want +got):\n%s", tt.frame, p.Limit, p.Timeframe, diff)
		}
	}
	for want, wrong := range map[string][]string{
		"at most 600 seconds, have 601":       {"601:seconds"},
		"at most 600 seconds, have 605":       {"1772364899", "1772365504"},
		"such as 60:seconds":                  {"a minute"},
		"from 1772282096 to 1772368496":       {"1772282035", "1772282100"},
		"must be before the end":              {"1772364899", "1772364899"},
		"1772368496, have 1772368557":         {"1772368557", "1772368600"},
		"want one or two values, have 3":      {"1", "2", "3"},
		"a time in whole seconds since 1970,": {"1", "x"},
	} {
		r := realtimeRequest()
		r.Timeframe = wrong
		_, err := RealtimeBreakdownTimeseries(r)
		refused(t, err, fault.Invalid, "timeframe[]", want)
	}
	for _, wrong := range []string{"0", "101", "ten"} {
		r := realtimeRequest()
		r.Limit = wrong
		_, err := RealtimeBreakdownTimeseries(r)
		refused(t, err, fault.Invalid, "limit", "from 1 to 100")
	}
}

// TestRealtimeFilters: wanted values of a dimension are alternatives, and so are
// refused ones, none of which may be there.
func TestRealtimeFilters(t *testing.T) {
	r := realtimeRequest()
	r.Filters = []string{
		"country:US", "!cdn:fastly", "country:FR", "!cdn:akamai", "asn:00015169", "asn:", "view_has_ad:true", "!video_title:a:b", "!country:",
	}
	p, err := RealtimeTimeseries(r)
	if err != nil {
		t.Fatal(err)
	}
	index := func(name string) int {
		i, ok := catalog.LookupRealtimeDimension(name)
		if !ok {
			t.Fatalf("there is no dimension %s", name)
		}
		return i
	}
	want := []TickCondition{
		{Dimension: index("country"), Values: []string{"US", "FR"}},
		{Dimension: index("cdn"), Values: []string{"fastly", "akamai"}, Not: true},
		{Dimension: index("asn"), Values: []string{"15169", ""}},
		{Dimension: index("view_has_ad"), Values: []string{"true"}},
		{Dimension: index("video_title"), Values: []string{"a:b"}, Not: true},
		{Dimension: index("country"), Values: []string{""}, Not: true},
	}
	if diff := cmp.Diff(want, p.Ticks.Where); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for wrong, words := range map[string]string{
		"country":           "want dimension:value or !dimension:value",
		"+cdn:fastly":       "want dimension:value or !dimension:value",
		"-cdn:fastly":       "want dimension:value or !dimension:value",
		"!!cdn:fastly":      `no real-time dimension "!cdn"; the nearest are cdn`,
		"video_id:a":        `no real-time dimension "video_id"; the nearest are`,
		"asn:-1":            "asn wants a whole number",
		"view_has_ad:1":     "view_has_ad wants true or false",
		"video_title:\x00a": "without control characters",
	} {
		r.Filters = []string{wrong}
		_, err := RealtimeTimeseries(r)
		refused(t, err, fault.Invalid, "filters[]", words)
	}
}

// TestRealtimeOlder: by the names of 2021, what is newer is not there.
func TestRealtimeOlder(t *testing.T) {
	r := realtimeRequest()
	r.Older, r.Metric = true, "video-startup-failure-percentage"
	_, err := RealtimeBreakdown(r)
	refused(t, err, fault.NotFound, "", "no real-time metric", "playback-failure-percentage")
	r = realtimeRequest()
	r.Older, r.Dimension = true, "view_has_ad"
	_, err = RealtimeBreakdown(r)
	refused(t, err, fault.Invalid, "dimension", "no real-time dimension")
	r = realtimeRequest()
	r.Older, r.Filters = true, []string{"!view_has_ad:true"}
	_, err = RealtimeTimeseries(r)
	refused(t, err, fault.Invalid, "filters[]", "no real-time dimension")
}

// TestRealtimeKnown: where it is known until a time before now what viewers were
// doing, numbers end there, and not where nobody was heard any more.
func TestRealtimeKnown(t *testing.T) {
	r := realtimeRequest()
	r.Known = r.Now.Add(-10 * time.Minute)
	last := NewestTick(r.Known)
	series, err := RealtimeTimeseries(r)
	if err != nil || series.Ticks.To != last || series.Ticks.Count() != TimeseriesTicks {
		t.Errorf("timeseries: %v, %+v; want it to end at %d", err, series.Ticks, last)
	}
	one, err := RealtimeBreakdown(r)
	if err != nil || one.Ticks.To != last {
		t.Errorf("breakdown: %v, %+v; want %d", err, one.Ticks, last)
	}
	steps, err := RealtimeBreakdownTimeseries(r)
	if err != nil || steps.Ticks.To != last {
		t.Errorf("breakdown over time: %v, %+v; want it to end at %d", err, steps.Ticks, last)
	}
	r.Timestamp = strconv.FormatInt(r.Now.Unix(), 10)
	if one, err = RealtimeBreakdown(r); err != nil || one.Ticks.From != last || one.Ticks.To != last {
		t.Errorf("breakdown of now: %v, %+v; want %d", err, one.Ticks, last)
	}
	if series, err = RealtimeTimeseries(r); err != nil || series.Ticks.From != last || series.Ticks.To != last {
		t.Errorf("timeseries from now on: %v, %+v; want %d alone", err, series.Ticks, last)
	}
	r.Metric = "video-startup-time"
	histogram, err := RealtimeHistogram(r)
	if err != nil || histogram.Ticks.To != last {
		t.Errorf("histogram: %v, %+v; want it to end at %d", err, histogram.Ticks, last)
	}
	r = realtimeRequest()
	r.Known = r.Now.Add(time.Minute)
	if series, err = RealtimeTimeseries(r); err != nil || series.Ticks.To != NewestTick(r.Now) {
		t.Errorf("more is known than there is: %v, %+v", err, series.Ticks)
	}
}
