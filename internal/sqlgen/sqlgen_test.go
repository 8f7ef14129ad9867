package sqlgen

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
)

var update = flag.Bool("update", false, "write the golden files")

// secret is in every value that a user can choose.
const secret = `'); DROP TABLE views; --`

// statements are those of the API's plans for a request with all that a user
// can choose, by name. Those of ClickHouse are kinds that all of its dialect is in.
func statements(t *testing.T) map[string]Statement {
	t.Helper()
	r := query.Request{
		Environment:   secret,
		Timeframe:     []string{"1700000000", "1700086400"},
		Filters:       []string{"country:" + secret, "country:DE", "!browser:" + secret, "asn:64512", "asn:", "!player_autoplay:true", "video_cdn_trace:[a," + secret + "]", "+video_cdn_trace:" + secret},
		MetricFilters: []string{"video_startup_time>=1000", "playback_failure_percentage<1"},
		Metric:        "video_startup_time",
		Now:           time.Unix(1700086400, 0),
	}
	all := map[string]Statement{}
	must := func(name string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	overall, err := query.Overall(r)
	must("overall", err)
	all["overall"] = Aggregate(DuckDB{}, overall.Plan)

	paged := r
	paged.GroupBy, paged.OrderBy, paged.Page = "video_title", "negative_impact", "3"
	breakdown, err := query.Breakdown(paged)
	must("breakdown", err)
	all["breakdown"] = Aggregate(DuckDB{}, breakdown.Plan)
	all["breakdown-total"] = Total(DuckDB{}, breakdown.Plan)

	all["breakdown-bucketed"] = Bucketed(DuckDB{}, breakdown.Plan)
	comparison, err := query.Comparison(r)
	must("comparison", err)
	all["comparison-bucketed"] = Bucketed(DuckDB{}, comparison.ByEnd)

	sets := *breakdown.Plan
	sets.Sets, sets.GroupBy = []*catalog.Dimension{breakdown.Dimension}, nil
	for _, name := range []string{"asn", "playback_failure", "video_cdn_trace"} {
		d, _ := catalog.LookupDimension(name)
		sets.Sets = append(sets.Sets, d)
	}
	sets.Impact = &query.Impact{Value: query.IndexValue, Weight: query.IndexViews, Kind: query.ImpactAbove}
	all["sets"] = Aggregate(DuckDB{}, &sets)
	all["clickhouse-sets"] = Aggregate(ClickHouse{}, &sets)

	each := sets
	each.Sets, each.Impact, each.Order = nil, nil, nil
	each.Values = []expr.Node{expr.MustParse("count()"), expr.MustParse("sum(amount)")}
	each.Each = &query.Each{Column: catalog.MustColumn("rendition_playing_times"), Parts: []int{0, 5}, Where: []query.ElementCondition{
		{Part: 1, Texts: []string{"1080", secret}},
		{Part: 5, Not: true, Contains: secret},
	}}
	first := secret
	each.Where = append(each.Where, query.Condition{Column: each.Each.Column, First: &first})
	all["each"] = Aggregate(DuckDB{}, &each)
	all["clickhouse-each"] = Aggregate(ClickHouse{}, &each)

	stepped := r
	stepped.Metric, stepped.GroupBy = "rebuffer_percentage", "hour"
	series, err := query.Timeseries(stepped)
	must("timeseries", err)
	all["timeseries"] = Aggregate(DuckDB{}, series.Plan)
	all["clickhouse-timeseries"] = Aggregate(ClickHouse{}, series.Plan)

	listed := r
	listed.ViewerID, listed.ErrorID, listed.ViewID = secret, "any", secret
	views, err := query.Views(listed)
	must("list", err)
	all["list"] = List(DuckDB{}, views.Plan)
	all["list-total"] = ListTotal(DuckDB{}, views.Plan)
	return all
}

// TestGolden shows the SQL of each kind of plan. That it means the right thing
// is tested on the engines.
func TestGolden(t *testing.T) {
	for name, st := range statements(t) {
		t.Run(name, func(t *testing.T) {
			got := st.Text + "\n\n"
			for i, arg := range st.Args {
				got += fmt.Sprintf("-- %d: %T %#[2]v\n", i+1, arg)
			}
			path := filepath.Join("testdata", name+".sql")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("SQL (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInputIsInArguments checks that nothing that a user wrote is in the text,
// and that the text has a place for each argument.
func TestInputIsInArguments(t *testing.T) {
	for name, st := range statements(t) {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(strings.ToUpper(st.Text), "DROP TABLE") {
				t.Errorf("input is in the text:\n%s", st.Text)
			}
			if n := strings.Count(st.Text, "?"); n != len(st.Args) {
				t.Errorf("%d question marks and %d arguments:\n%s", n, len(st.Args), st.Text)
			}
			found := 0
			for _, arg := range st.Args {
				if s, ok := arg.(string); ok && strings.Contains(s, secret) || strings.Contains(s, strings.ToLower(secret)) {
					found++
				}
			}
			if found < 5 { // the environment, two texts, a trace and an element
				t.Errorf("%d arguments hold input, want at least 5: %q", found, st.Args)
			}
		})
	}
}
