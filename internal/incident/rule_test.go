package incident

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// TestCheckRule accepts what can be evaluated and refuses all else, by the name of the
// member.
func TestCheckRule(t *testing.T) {
	filter := func(dimension string, exclude bool, values ...string) meta.RuleFilter {
		return meta.RuleFilter{Dimension: dimension, Values: values, Exclude: exclude}
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	for _, test := range []struct {
		param, says string // of the error; "": there is none
		change      func(*meta.AlertRule)
	}{
		{"", "", func(*meta.AlertRule) {}},
		{"metric", "current-rebuffering-percentage, exits", func(r *meta.AlertRule) { r.Metric = "rebuffering" }},
		{"direction", `want above or below, have "up"`, func(r *meta.AlertRule) { r.Direction = "up" }},
		{"", "", func(r *meta.AlertRule) { r.Threshold = 0 }},
		{"", "", func(r *meta.AlertRule) { r.Threshold = 99.9 }},
		{"threshold", "never above 100", func(r *meta.AlertRule) { r.Threshold = 100 }},
		{"threshold", "from 0 to 100, have 100.1", func(r *meta.AlertRule) { r.Threshold = 100.1 }},
		{"threshold", "", func(r *meta.AlertRule) { r.Threshold = -0.1 }},
		{"threshold", "", func(r *meta.AlertRule) { r.Threshold = math.NaN() }},
		{"", "", func(r *meta.AlertRule) { r.Direction, r.Threshold = meta.Below, 100 }},
		{"threshold", "never below 0", func(r *meta.AlertRule) { r.Direction, r.Threshold = meta.Below, 0 }},
		{"", "", func(r *meta.AlertRule) { r.Metric, r.Threshold = "video-startup-time", 20_000 }},
		{"", "", func(r *meta.AlertRule) { r.Metric, r.Threshold = "current-concurrent-viewers", 1e12 }},
		{"threshold", "", func(r *meta.AlertRule) { r.Metric, r.Threshold = "current-concurrent-viewers", 1.1e12 }},
		{"threshold", "", func(r *meta.AlertRule) { r.Metric, r.Threshold = "current-average-bitrate", math.Inf(1) }},
		{"", "", func(r *meta.AlertRule) { r.Interval = time.Hour }},
		{"interval_minutes", "from 1 to 60, have 0", func(r *meta.AlertRule) { r.Interval = 0 }},
		{"interval_minutes", "have 61", func(r *meta.AlertRule) { r.Interval = 61 * time.Minute }},
		{"interval_minutes", "have 1.5", func(r *meta.AlertRule) { r.Interval = 90 * time.Second }},
		{"minimum_viewers", "have -1", func(r *meta.AlertRule) { r.MinViewers = -1 }},
		{"", "", func(r *meta.AlertRule) { r.MinViewers = 1_000_000_000 }},
		{"minimum_viewers", "", func(r *meta.AlertRule) { r.MinViewers = 1_000_000_001 }},
		{"severity", "", func(r *meta.AlertRule) { r.Severity = "error" }},
		{"", "", func(r *meta.AlertRule) {
			r.Filters = []meta.RuleFilter{filter("country", false, "DE", ""), filter("country", true, "AT"), filter("view_has_ad", false, "true")}
		}},
		{"filters", "dimension", func(r *meta.AlertRule) { r.Filters = []meta.RuleFilter{filter("browser", false, "Chrome")} }},
		{"filters", "whole number", func(r *meta.AlertRule) { r.Filters = []meta.RuleFilter{filter("asn", false, "AS3320")} }},
		{"filters", "two filters", func(r *meta.AlertRule) {
			r.Filters = []meta.RuleFilter{filter("country", true, "DE"), filter("cdn", false, "x"), filter("country", true, "AT")}
		}},
		{"filters", "at least one", func(r *meta.AlertRule) { r.Filters = []meta.RuleFilter{filter("country", true)} }},
		{"", "", func(r *meta.AlertRule) { r.Filters = []meta.RuleFilter{filter("video_title", false, many...)} }},
		{"filters", "at most 100", func(r *meta.AlertRule) {
			r.Filters = []meta.RuleFilter{filter("video_title", false, many...), filter("country", false, "DE")}
		}},
		{"", "", func(r *meta.AlertRule) {
			r.Filters = []meta.RuleFilter{filter("video_title", false, strings.Repeat("x", 1024))}
		}},
		{"filters", "at most 1024 bytes", func(r *meta.AlertRule) {
			r.Filters = []meta.RuleFilter{filter("video_title", false, strings.Repeat("x", 1025))}
		}},
		{"filters", "no text", func(r *meta.AlertRule) { r.Filters = []meta.RuleFilter{filter("video_title", false, "\xff")} }},
	} {
		rule := ruleOf("playback-failure-percentage")
		test.change(&rule)
		err := CheckRule(rule)
		if test.param == "" {
			if err != nil {
				t.Errorf("%+v: %v", rule, err)
			}
			continue
		}
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Invalid || f.Param != test.param || !strings.Contains(f.Message, test.says) {
			t.Errorf("%.200v: error %v, want one of %s that says %q", rule, err, test.param, test.says)
		}
	}
}

// TestRuleConditions: filters become conditions in one order and spelling.
func TestRuleConditions(t *testing.T) {
	got, err := ruleConditions([]meta.RuleFilter{
		{Dimension: "country", Values: []string{"US"}},
		{Dimension: "asn", Values: []string{"0701", "3320", "701"}, Exclude: true},
		{Dimension: "country", Values: []string{"CA"}, Exclude: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	dimension := func(name string) int {
		i, _ := catalog.LookupRealtimeDimension(name)
		return i
	}
	want := []query.TickCondition{
		{Dimension: dimension("asn"), Values: []string{"3320", "701"}, Not: true},
		{Dimension: dimension("country"), Values: []string{"US"}},
		{Dimension: dimension("country"), Values: []string{"CA"}, Not: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDescribeRule says it for each metric.
func TestDescribeRule(t *testing.T) {
	for metric, test := range map[string]struct {
		threshold, value float64
		interval         time.Duration
		want             string
	}{
		"current-average-bitrate":          {2.5e6, 1_234_567, 5 * time.Minute, "Current Average Bitrate is *1.235 Mbit/s* with 12,346 viewers and has been above 2.5 Mbit/s for 5 minutes"},
		"current-concurrent-viewers":       {1_000_000, 1_234_567.5, time.Hour, "Current Concurrent Viewers is *1,234,568* and has been above 1,000,000 for 60 minutes"},
		"current-rebuffering-percentage":   {5, 7.254, time.Minute, "Current Rebuffering Percentage is *7.25%* with 12,346 viewers and has been above 5% for a minute"},
		"exits-before-video-start":         {0, 100, time.Minute, "Exits Before Video Start is *100%* with 12,346 viewers and has been above 0% for a minute"},
		"playback-failure-percentage":      {0.25, 0.256, time.Minute, "Playback Failure Percentage is *0.26%* with 12,346 viewers and has been above 0.25% for a minute"},
		"video-startup-failure-percentage": {5, 6, time.Minute, "Video Startup Failure Percentage is *6%* with 12,346 viewers and has been above 5% for a minute"},
		"video-startup-time":               {2000, 12_345.5, time.Minute, "Video Startup Time is *12.346 s* with 12,346 viewers and has been above 2 s for a minute"},
	} {
		rule := ruleOf(metric)
		rule.Threshold, rule.Interval = test.threshold, test.interval
		if got := describeRule(&rule, Moment{Value: test.value, Viewers: 12_345.6}); got != test.want {
			t.Errorf("it says %q, want %q", got, test.want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -123: "-123", -1234: "-1,234", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) is %s, want %s", n, got, want)
		}
	}
	if got := quantity(catalog.Number, 1.26); got != "1.3" {
		t.Errorf("1.26 viewers are %s", got)
	}
}

// TestWatcherIncident has all members of an incident that a rule opens.
func TestWatcherIncident(t *testing.T) {
	rule := ruleOf("playback-failure-percentage",
		meta.RuleFilter{Dimension: "country", Values: []string{"DE"}},
		meta.RuleFilter{Dimension: "cdn", Values: []string{"x", "y"}},
		meta.RuleFilter{Dimension: "stream_type", Values: []string{"live"}, Exclude: true})
	rule.Severity = meta.SeverityAlert
	w := NewWatcher(rule, func() string { return "4u13td" })
	for i := range int64(13) {
		w.Add(Moment{Tick: watchBase + i*5000, Value: 60 + float64(i%12), Viewers: 99.5, Affected: 2})
	}
	changes, state, dirty := w.Take()
	want := Change{Event: meta.Opened, Incident: meta.Incident{
		ID: "4u13td", EnvironmentID: "env", Status: meta.IncidentOpen, Severity: meta.SeverityAlert, Measurement: "playback-failure-percentage",
		Key: changes[0].Incident.Key, Rule: &rule, Threshold: 50, MeasuredValue: 60, CurrentValue: 60, PeakValue: 71,
		SampleSize: 100, SampleSizeUnit: "viewers", AffectedViews: 26, AffectedViewsOnOpen: 26, Breakdowns: []meta.Breakdown{{Name: "country", Value: "DE"}},
		Description: "Playback Failure Percentage is *60%* with 100 viewers and has been above 50% for a minute",
		StartedAt:   time.UnixMilli(watchBase).UTC(), OpenedAt: time.UnixMilli(watchBase + 60_000).UTC(),
	}}
	if diff := cmp.Diff([]Change{want}, changes); diff != "" || !dirty {
		t.Errorf("dirty %t (-want +got):\n%s", dirty, diff)
	}
	if key := changes[0].Incident.Key; len(key) != 64 || strings.Trim(key, "0123456789abcdef") != "" {
		t.Errorf("key %s", key)
	}
	for _, bad := range []string{"x", "{}", `{"next":1700000041000}`, `{"next":"1"}`} {
		if err := NewWatcher(rule, nil).Restore([]byte(bad)); err == nil || !strings.Contains(err.Error(), rule.ID) {
			t.Errorf("restored from %s: error %v", bad, err)
		}
	}
	other := NewWatcher(rule, nil)
	if err := other.Restore(state); err != nil || other.Next() != w.Next() {
		t.Errorf("restored: %v, next %d, want %d", err, other.Next(), w.Next())
	}
}

// TestWatcherRemembers: without changes, what a watcher has seen is to be written
// down every five minutes, and when a clock is set back.
func TestWatcherRemembers(t *testing.T) {
	w := NewWatcher(ruleOf("playback-failure-percentage"), nil)
	var written []int64
	for tick := int64(watchBase); tick < watchBase+700_000; tick += query.TickEvery {
		w.Add(Moment{Tick: tick, Value: 1})
		if _, _, dirty := w.Take(); dirty {
			written = append(written, (tick-watchBase)/1000)
		}
	}
	if diff := cmp.Diff([]int64{295, 595}, written); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.restart(watchBase)
	if _, state, dirty := w.Take(); !dirty || !strings.Contains(string(state), `"next":1700000040000`) {
		t.Errorf("after the clock: dirty %t, %s", dirty, state)
	}
}
