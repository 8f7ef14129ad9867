package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/fault"
)

// now is the time of all requests of these tests: 2026-03-01T12:34:56.789Z.
var now = time.Date(2026, 3, 1, 12, 34, 56, 789_000_000, time.UTC)

// request is a request that is fine for every plan about a metric.
func request() Request {
	return Request{Environment: "env", Metric: "video_startup_time", Now: now}
}

// compareNames lets cmp look at columns and dimensions by their names only.
var compareNames = cmp.Options{
	cmp.Transformer("column", func(c *catalog.Column) string {
		if c == nil {
			return ""
		}
		return c.Name
	}),
	cmp.Transformer("dimension", func(d *catalog.Dimension) string { return d.Name }),
	cmp.Transformer("formula", func(n expr.Node) string { return n.String() }),
}

func formulas(nodes []expr.Node) []string {
	var s []string
	for _, n := range nodes {
		s = append(s, n.String())
	}
	return s
}

// refused fails unless err has the code and the parameter and says all words.
func refused(t *testing.T, err error, code fault.Code, param string, words ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("error %v is not a fault", err)
	}
	if f.Code != code || f.Param != param {
		t.Errorf("code and parameter = %s %q, want %s %q (%v)", f.Code, f.Param, code, param, err)
	}
	for _, w := range words {
		if !strings.Contains(f.Message, w) {
			t.Errorf("message %q does not say %q", f.Message, w)
		}
	}
}

func TestOverallOfAMetric(t *testing.T) {
	r := request()
	r.Timeframe = []string{"1000", "2000"}
	got, err := Overall(r)
	if err != nil {
		t.Fatal(err)
	}
	want := &Plan{
		Scope: Scope{Environment: "env", Clock: "view_end", From: 1_000_000, To: 2_000_000},
		Has:   catalog.MustColumn("video_startup_time"),
		Values: []expr.Node{
			expr.MustParse("quantile(video_startup_time, 0.5)"), expr.MustParse("count()"),
			expr.MustParse("sum(watch_time)"), expr.MustParse("sum(playing_time)"),
		},
	}
	if diff := cmp.Diff(want, got.Plan, compareNames); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if got.Metric.ID != "video_startup_time" || got.Measurement != "median" || got.Timeframe != (Timeframe{1000, 2000}) {
		t.Errorf("plan of %s by %s in %v, want video_startup_time by median in {1000 2000}", got.Metric.ID, got.Measurement, got.Timeframe)
	}
}

func TestMetricsByMeasurementAndClock(t *testing.T) {
	for _, c := range []struct{ metric, measurement, formula, clock, has string }{
		{"video_startup_time", "95th", "quantile(video_startup_time, 0.95)", "view_end", "video_startup_time"},
		{"weighted_average_bitrate", "95th", "quantile(weighted_average_bitrate, 0.05)", "view_end", "weighted_average_bitrate"},
		{"views", "", "count()", "view_start", ""},
		{"started_views", "count", "count()", "view_start", ""},
		{"unique_viewers", "", "uniq(viewer_key)", "view_start", "viewer_key"},
		{"playing_time", "", "sum(playing_time)", "view_start", "playing_time"},
		{"ad_attempt_count", "avg", "avg(ad_attempt_count)", "view_start", "ad_attempt_count"},
		{"rebuffer_percentage", "", "(sum(rebuffer_duration) / sum(watch_time))", "view_end", "rebuffer_percentage"},
		{"smoothness_score", "", "avg(rebuffer_score)", "view_end", "rebuffer_score"},
	} {
		r := request()
		r.Metric, r.Measurement = c.metric, c.measurement
		got, err := Overall(r)
		if err != nil {
			t.Errorf("%s: %v", c.metric, err)
			continue
		}
		has := ""
		if got.Plan.Has != nil {
			has = got.Plan.Has.Name
		}
		have := []string{formulas(got.Plan.Values)[IndexValue], string(got.Plan.Clock), has}
		if diff := cmp.Diff([]string{c.formula, c.clock, c.has}, have); diff != "" {
			t.Errorf("%s by %q (-want +got):\n%s", c.metric, c.measurement, diff)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	r := request()
	r.Metric = "video_startup_tme"
	for name, plan := range map[string]func(Request) error{
		"Overall":    func(r Request) error { _, err := Overall(r); return err },
		"Breakdown":  func(r Request) error { _, err := Breakdown(r); return err },
		"Timeseries": func(r Request) error { _, err := Timeseries(r); return err },
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, plan(r), fault.NotFound, "", `"video_startup_tme"`, "video_startup_time")
		})
	}
	r = request()
	r.Dimension = "contry"
	_, err := DimensionValues(r)
	refused(t, err, fault.NotFound, "", `"contry"`, "country")
	_, err = Comparison(r)
	refused(t, err, fault.Invalid, "dimension", `"contry"`, "country")
	r.GroupBy = "contry"
	_, err = Breakdown(r)
	refused(t, err, fault.Invalid, "group_by", `"contry"`, "country")
	r.Measurement = "p99"
	_, err = Overall(r)
	refused(t, err, fault.Invalid, "measurement", `"p99"`, "video_startup_time", "95th, median, avg")
	r.Measurement, r.Metric = "95th", "seek_latency"
	_, err = Overall(r)
	refused(t, err, fault.Invalid, "measurement", "it has avg")
}

func TestBreakdownByDefault(t *testing.T) {
	got, err := Breakdown(request())
	if err != nil {
		t.Fatal(err)
	}
	if got.Dimension.Name != "country" || got.Limit != 25 || got.Page != 1 {
		t.Errorf("by %s limit %d page %d, want country 25 1", got.Dimension.Name, got.Limit, got.Page)
	}
	p := got.Plan
	if diff := cmp.Diff([]Order{{By: IndexViews, Descending: true}, {By: OrderByGroup}}, p.Order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Impact{Value: IndexValue, Weight: IndexViews, Kind: ImpactValue}, p.Impact); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	if len(p.GroupBy) != 1 || p.GroupBy[0] != got.Dimension || p.Limit != 25 || p.Offset != 0 {
		t.Errorf("plan by %v limit %d offset %d", p.GroupBy, p.Limit, p.Offset)
	}
}

func TestBreakdownOrder(t *testing.T) {
	group := Order{By: OrderByGroup}
	for _, c := range []struct {
		by, direction string
		want          []Order
	}{
		{"", "asc", []Order{{By: IndexViews}, group}},
		{"views", "", []Order{{By: IndexViews, Descending: true}, group}},
		{"concurrent_viewers", "", []Order{{By: IndexViews, Descending: true}, group}},
		{"concurent_viewers", "asc", []Order{{By: IndexViews}, group}},
		{"value", "", []Order{{By: IndexValue, Descending: true}, group}},
		{"value", "asc", []Order{{By: IndexValue}, group}},
		{"metric_value", "desc", []Order{{By: IndexValue, Descending: true}, group}},
		{"field", "", []Order{group}},
		{"field", "desc", []Order{{By: OrderByGroup, Descending: true}}},
		{"negative_impact", "", []Order{{By: OrderByRank}}},
		{"negative_impact", "desc", []Order{{By: OrderByRank}}},
		{"negative_impact", "asc", []Order{{By: OrderByRank, Descending: true}}},
	} {
		r := request()
		r.OrderBy, r.Direction = c.by, c.direction
		got, err := Breakdown(r)
		if err != nil {
			t.Errorf("%s %s: %v", c.by, c.direction, err)
			continue
		}
		if diff := cmp.Diff(c.want, got.Plan.Order); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.by, c.direction, diff)
		}
	}
	r := request()
	r.OrderBy = "count"
	_, err := Breakdown(r)
	refused(t, err, fault.Invalid, "order_by", `"count"`, "negative_impact, value, views or field")
	r.OrderBy, r.Direction = "", "down"
	_, err = Breakdown(r)
	refused(t, err, fault.Invalid, "order_direction", `"down"`, "asc or desc")
}

func TestImpactKinds(t *testing.T) {
	for metric, want := range map[string]ImpactKind{
		"video_startup_time": ImpactValue, "views": ImpactValue, "rendition_upshift_count": ImpactValue,
		"viewer_experience_score": ImpactScore, "weighted_average_bitrate": ImpactBest, "request_throughput": ImpactBest,
	} {
		r := request()
		r.Metric = metric
		got, err := Breakdown(r)
		if err != nil {
			t.Errorf("%s: %v", metric, err)
		} else if got.Plan.Impact.Kind != want {
			t.Errorf("%s: kind %d, want %d", metric, got.Plan.Impact.Kind, want)
		}
	}
}

func TestPages(t *testing.T) {
	for _, c := range []struct {
		limit, page      string
		wantLimit, wantN int
		offset           int
	}{
		{"", "", 25, 1, 0}, {"1", "1", 1, 1, 0}, {"1000", "2147483647", 1000, 2147483647, 2147483646000}, {"", "3", 25, 3, 50},
	} {
		r := request()
		r.Dimension, r.Limit, r.Page = "country", c.limit, c.page
		b, err := Breakdown(r)
		if err != nil {
			t.Fatal(err)
		}
		d, err := DimensionValues(r)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Views(r)
		if err != nil {
			t.Fatal(err)
		}
		want := []int{c.wantLimit, c.wantN, c.wantLimit, c.offset}
		for _, got := range [][]int{
			{b.Limit, b.Page, b.Plan.Limit, b.Plan.Offset},
			{c.wantLimit, c.wantN, d.Plan.Limit, d.Plan.Offset},
			{v.Limit, v.Page, v.Plan.Limit, v.Plan.Offset},
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("limit %q page %q (-want +got):\n%s", c.limit, c.page, diff)
			}
		}
	}
	for _, bad := range []string{"0", "-1", "1001", "x", "1.5", "99999999999999999999", " 1"} {
		r := request()
		r.Limit = bad
		_, err := Breakdown(r)
		refused(t, err, fault.Invalid, "limit", "1 to 1000", bad)
	}
	for _, bad := range []string{"0", "-1", "2147483648", "one"} {
		r := request()
		r.Page = bad
		_, err := Views(r)
		refused(t, err, fault.Invalid, "page", "1 to 2147483647", bad)
	}
}

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		column string
		n      float64
		want   string
	}{
		{"playback_failure", 1, "true"},
		{"playback_failure", 0, "false"},
		{"asn", 15169, "15169"},
		{"asn", 9007199254740991, "9007199254740991"},
		{"video_source_fps", 23.976, "23.976"},
		{"video_source_fps", 25, "25"},
		{"video_source_fps", 0, "0"},
	} {
		if got := FormatNumber(catalog.MustColumn(c.column), c.n); got != c.want {
			t.Errorf("%s %v = %q, want %q", c.column, c.n, got, c.want)
		}
	}
}
