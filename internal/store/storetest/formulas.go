package storetest

import (
	"fmt"
	"testing"

	"playhead/internal/query"
)

// testFormulas checks the laws of package expr on six views.
func testFormulas(t *testing.T, s Store) {
	const big = 3_000_000_000 // more than 32 bits
	commit(t, s,
		Fields{"country": "US", "video_cdn_trace": []string{"a"}, "video_startup_time": 1, "seek_latency": 0.1, "rebuffer_duration": big, "viewer_key": 7, "playback_failure": true, "exit_before_video_start": false},
		Fields{"country": "DE", "video_startup_time": 2, "seek_latency": -2.5, "rebuffer_duration": big, "viewer_key": 7, "playback_failure": false, "exit_before_video_start": false},
		Fields{"video_startup_time": 4, "seek_latency": 0.1, "viewer_key": 9, "exit_before_video_start": false},
		Fields{"video_startup_time": 8, "viewer_key": 9007199254740991, "playback_failure": true, "exit_before_video_start": false},
		Fields{"video_startup_time": 16, "viewer_key": 9007199254740990, "playback_failure": false, "exit_before_video_start": false},
		Fields{"watch_time": 0, "playback_failure": true, "exit_before_video_start": false},
	)
	for _, law := range []struct {
		law     string
		formula string
		want    float64
	}{
		{"count counts views, also without any value", "count()", 6},
		{"count of a column leaves nulls out", "count(video_startup_time)", 5},
		{"count of a column counts zeros", "count(watch_time)", 1},
		{"count of nothing is 0", "count(live_stream_latency)", 0},
		{"count when counts true flags, not null ones", "count() when playback_failure", 3},
		{"count of a column when leaves its nulls out", "count(video_startup_time) when playback_failure", 2},
		{"count when nothing is true is 0", "count() when exit_before_video_start", 0},
		{"count when a flag is always null is 0", "count() when view_dropped", 0},
		{"sum leaves nulls out", "sum(video_startup_time)", 31},
		{"sum of fractions", "sum(seek_latency)", -2.3},
		{"sum of a fraction keeps 64-bit precision", "sum(seek_latency) when playback_failure", 0.1},
		{"sum exceeds 32 bits", "sum(rebuffer_duration)", 6_000_000_000},
		{"sum of nothing is 0", "sum(live_stream_latency)", 0},
		{"sum when", "sum(video_startup_time) when playback_failure", 9},
		{"sum when nothing is true is 0", "sum(video_startup_time) when exit_before_video_start", 0},
		{"avg divides by the values, not the views", "avg(video_startup_time)", 6.2},
		{"avg of nothing is null", "avg(live_stream_latency)", null},
		{"avg when", "avg(video_startup_time) when playback_failure", 4.5},
		{"avg when nothing is true is null", "avg(video_startup_time) when exit_before_video_start", null},
		{"min", "min(video_startup_time)", 1},
		{"min may be negative", "min(seek_latency)", -2.5},
		{"min of nothing is null", "min(live_stream_latency)", null},
		{"min when", "min(seek_latency) when playback_failure", 0.1},
		{"max", "max(video_startup_time)", 16},
		{"max of nothing is null", "max(live_stream_latency)", null},
		{"max when", "max(video_startup_time) when playback_failure", 8},
		{"uniq counts distinct values", "uniq(viewer_key)", 4},
		{"uniq leaves nulls out", "uniq(seek_latency)", 2},
		{"uniq of nothing is 0", "uniq(live_stream_latency)", 0},
		{"uniq when", "uniq(viewer_key) when playback_failure", 2},
		{"quantile at a value", "quantile(video_startup_time, 0.5)", 4},
		{"quantile interpolates", "quantile(video_startup_time, 0.3)", 2.4},
		{"quantile near the top interpolates", "quantile(video_startup_time, 0.95)", 14.4},
		{"quantile near the bottom interpolates", "quantile(video_startup_time, 0.05)", 1.2},
		{"quantile 0 is the least", "quantile(video_startup_time, 0)", 1},
		{"quantile 1 is the greatest", "quantile(video_startup_time, 1)", 16},
		{"quantile of one value is that value", "quantile(watch_time, 0.95)", 0},
		{"quantile of nothing is null", "quantile(live_stream_latency, 0.5)", null},
		{"quantile when", "quantile(video_startup_time, 0.5) when playback_failure", 4.5},
		{"quantile when nothing is true is null", "quantile(video_startup_time, 0.5) when exit_before_video_start", null},
		{"division is not of whole numbers", "count() / 4", 1.5},
		{"division of sums is not of whole numbers", "sum(video_startup_time) / count()", 31.0 / 6},
		{"division of constants is not of whole numbers", "7 / 2", 3.5},
		{"constants do not overflow like whole numbers", "4000000000 * 4000000000 * 4000000000", 6.4e28},
		{"division by zero is null", "sum(video_startup_time) / sum(watch_time)", null},
		{"zero by zero is null", "sum(watch_time) / count(live_stream_latency)", null},
		{"division by a constant zero is null", "1 / 0", null},
		{"division by a negative", "count() / min(seek_latency)", -2.4},
		{"null plus is null", "count() + avg(live_stream_latency)", null},
		{"null times zero is null", "avg(live_stream_latency) * 0", null},
		{"null divides to null", "count() / max(live_stream_latency)", null},
		{"division by a zero spreads", "1 + 1 / count(live_stream_latency)", null},
		{"a sum of nothing divides", "sum(live_stream_latency) / count()", 0},
		{"share of a flag counts null flags below", "count() when playback_failure / count()", 0.5},
		{"subtraction goes left to right", "count() - 2 - 1", 3},
		{"parentheses go first", "count() - (2 - 1)", 5},
		{"division goes left to right", "count() / 3 / 2", 1},
		{"parentheses divide", "count() / (3 / 2)", 4},
		{"products before sums", "count() + 2 * 5", 16},
		{"sums in parentheses before products", "(count() + 2) * 5", 40},
		{"a product before a division", "count() * 3 / 4", 4.5},
		{"a product exceeds 64 bits", "max(viewer_key) * max(viewer_key)", 9007199254740991.0 * 9007199254740991.0},
		{"a constant with a fraction", "count() * 0.125", 0.75},
	} {
		t.Run(law.law, func(t *testing.T) {
			check(t, s, &query.Plan{Scope: around(), Values: values(law.formula)}, 1, query.Row{Values: []float64{law.want}})
		})
	}

	t.Run("values keep their order", func(t *testing.T) {
		check(t, s, &query.Plan{Scope: around(), Values: values("count()", "1", "sum(video_startup_time)", "count()")}, 1,
			query.Row{Values: []float64{6, 1, 31, 6}})
	})
	t.Run("no view at all is one row", func(t *testing.T) {
		p := &query.Plan{Scope: around(), Values: values("count()", "sum(watch_time)", "uniq(viewer_key)", "avg(watch_time)",
			"min(watch_time)", "max(watch_time)", "quantile(watch_time, 0.5)", "count() when playback_failure / count()")}
		p.From, p.To = 5, 6
		check(t, s, p, 1, query.Row{Values: []float64{0, 0, 0, null, null, null, null, null}})
	})
	for _, law := range []struct {
		has  string
		want float64
	}{
		{"video_startup_time", 5},
		{"watch_time", 1},
		{"playback_failure", 5},
		{"live_stream_latency", 0},
		{"country", 2},
		{"video_cdn_trace", 1},
		{"view_start", 6},
	} {
		t.Run(fmt.Sprintf("has %s leaves views out where it is not known", law.has), func(t *testing.T) {
			p := &query.Plan{Scope: around(), Has: column(law.has), Values: values("count()")}
			check(t, s, p, 1, query.Row{Values: []float64{law.want}})
		})
	}
	t.Run("has holds together with conditions", func(t *testing.T) {
		p := &query.Plan{
			Scope: around(query.Condition{Column: column("playback_failure"), Numbers: []float64{1}}),
			Has:   column("video_startup_time"), Values: values("count()"),
		}
		check(t, s, p, 1, query.Row{Values: []float64{2}})
	})
}
