package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"playhead/internal/store/duckdb"
)

// request is a kind of request to measure.
type request struct {
	name   string
	path   func(slice) string
	hand   func(slice) []string // plans by hand: the first is exact if it has quantiles, and the fastest counts
	budget time.Duration        // over 90 days; 0: none
	heavy  bool                 // takes seconds: fewer rounds
}

// metric is the path of a request about video_startup_time.
func metric(kind, parameters string) func(slice) string {
	return func(s slice) string {
		return "/data/v1/metrics/video_startup_time/" + kind + "?" + parameters + "&" + s.parameters()
	}
}

func timeseries(measurement string) func(slice) string {
	return func(s slice) string {
		step := map[time.Duration]string{time.Hour: "hour", day: "day"}[s.step()]
		return metric("timeseries", "measurement="+measurement+"&group_by="+step)(s)
	}
}

func plain(path string) func(slice) string {
	return func(s slice) string { return path + "?" + s.parameters() }
}

// requests are those of docs/design.md §9.
var requests = []request{
	{name: "overall avg", path: metric("overall", "measurement=avg"), hand: handOverall(mean)},
	{name: "overall median", path: metric("overall", "measurement=median"), hand: handOverall(median)},
	{name: "country avg", path: metric("breakdown", "measurement=avg&group_by=country"), hand: handBreakdown("country", mean), budget: 300 * time.Millisecond},
	{name: "country median", path: metric("breakdown", "measurement=median&group_by=country"), hand: handBreakdown("country", median), budget: 300 * time.Millisecond},
	{name: "title avg", path: metric("breakdown", "measurement=avg&group_by=video_title"), hand: handBreakdown("video_title", mean)},
	{name: "title median", path: metric("breakdown", "measurement=median&group_by=video_title"), hand: handBreakdown("video_title", median)},
	{name: "timeseries avg", path: timeseries("avg"), hand: handTimeseries(mean)},
	{name: "timeseries median", path: timeseries("median"), hand: handTimeseries(median)},
	{name: "insights avg", path: metric("insights", "measurement=avg"), hand: handInsights(mean), budget: 2500 * time.Millisecond, heavy: true},
	{name: "insights median", path: metric("insights", "measurement=median"), hand: handInsights(median), budget: 2500 * time.Millisecond, heavy: true},
	{name: "comparison", path: plain("/data/v1/metrics/comparison"), hand: handComparison, budget: 2500 * time.Millisecond, heavy: true},
	{name: "values browser_version", path: plain("/data/v1/dimensions/browser_version"), hand: handValues("browser_version")},
	{name: "values page_url", path: plain("/data/v1/dimensions/page_url"), hand: handValues("page_url")},
	{name: "list", path: plain("/data/v1/video-views"), hand: handList},
}

// timeframes are the lengths that requests are measured over, with the budget
// of every request over them.
var timeframes = []struct {
	name   string
	length time.Duration
	budget time.Duration
}{
	{"24 h", day, 300 * time.Millisecond},
	{"7 d", 7 * day, time.Second},
	{"90 d", days * day, 0},
}

// measured is what a request and its plan by hand took, round by round.
type measured struct {
	name        string
	api, byHand []time.Duration
	budget      time.Duration
	bucketed    bool // the answer's quantiles are from buckets
}

// measureAll measures all requests and prints a table.
func measureAll(ctx context.Context, w io.Writer, c *client, store *duckdb.Store, environment string, rounds int, only *regexp.Regexp) error {
	fmt.Fprintf(w, "%-34s %9s %9s %7s %9s\n", "p50 in ms", "API", "by hand", "ratio", "budget")
	for _, r := range requests {
		if !only.MatchString(r.name) {
			continue
		}
		for _, t := range timeframes {
			for _, filtered := range []bool{false, true} {
				s := slice{environment, t.length, filtered}
				m := measured{name: r.name + ", " + t.name, budget: t.budget}
				if filtered {
					m.name += ", filtered"
				}
				if t.length == days*day {
					m.budget = r.budget
				}
				n := rounds
				if r.heavy {
					n = (rounds + 1) / 2
				}
				if r.heavy && t.length == days*day {
					n = 1
				}
				if err := m.measure(ctx, c, store, r.path(s), r.hand(s), n); err != nil {
					return fmt.Errorf("%s: %w", m.name, err)
				}
				m.print(w)
			}
		}
	}
	if !only.MatchString("view by id") {
		return nil
	}
	return measureViews(ctx, w, c, store, environment, rounds)
}

// measureViews measures the request of one view, each time another one.
func measureViews(ctx context.Context, w io.Writer, c *client, store *duckdb.Store, environment string, rounds int) error {
	body, err := c.get(ctx, "/data/v1/video-views?limit=1000&"+slice{environment, day / 2, false}.parameters())
	if err != nil {
		return err
	}
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	m := measured{name: "view by id", budget: 20 * time.Millisecond}
	for i := range min(len(list.Data), 10*rounds) {
		id := list.Data[i*len(list.Data)/(10*rounds+1)].ID
		if err := m.measure(ctx, c, store, "/data/v1/video-views/"+id, handView(id), 1); err != nil {
			return err
		}
	}
	m.print(w)
	return nil
}

// measure asks the API and runs the plans by hand in turns. The first turn only
// brings what they read into memory.
func (m *measured) measure(ctx context.Context, c *client, store *duckdb.Store, path string, plans []string, rounds int) error {
	for round := range rounds + 1 {
		began := time.Now()
		body, err := c.get(ctx, path)
		if err != nil {
			return err
		}
		api, best := time.Since(began), time.Duration(0)
		m.bucketed = strings.Contains(string(body[max(0, len(body)-300):]), `"bucketed":true`)
		for i, p := range plans {
			if i > 0 && !m.bucketed {
				break // an exact answer stands beside the exact plan
			}
			began = time.Now()
			if err := store.Read(ctx, func(db *sql.DB) error { return drain(ctx, db, p) }); err != nil {
				return fmt.Errorf("plan by hand: %w\n%s", err, p)
			}
			if took := time.Since(began); best == 0 || took < best {
				best = took
			}
		}
		if round > 0 {
			m.api, m.byHand = append(m.api, api), append(m.byHand, best)
		}
	}
	return nil
}

// drain runs the statements of a plan and reads all their rows.
func drain(ctx context.Context, db *sql.DB, plan string) error {
	for text := range strings.SplitSeq(plan, separator) {
		if err := drainOne(ctx, db, text); err != nil {
			return err
		}
	}
	return nil
}

func drainOne(ctx context.Context, db *sql.DB, text string) error {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	fields := make([]any, len(columns))
	for i := range fields {
		fields[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// mostRatio is the budget of the ratio: the API may take so many times what
// the plan by hand takes.
const mostRatio = 1.3

// print prints a line. The ratio is the median of those of the rounds.
func (m *measured) print(w io.Writer) {
	var ratios []float64
	for i := range m.api {
		ratios = append(ratios, float64(m.api[i])/float64(m.byHand[i]))
	}
	slices.Sort(ratios)
	api, byHand, ratio := p50(m.api), p50(m.byHand), ratios[len(ratios)/2]
	remarks := ""
	if m.bucketed {
		remarks += " buckets"
	}
	// Below some ms the cost of HTTP itself is most of it.
	if ratio > mostRatio && api-byHand > 5*time.Millisecond {
		remarks += " RATIO"
	}
	budget := "-"
	if m.budget > 0 {
		budget = fmt.Sprint(m.budget.Milliseconds())
		if api > m.budget {
			remarks += " OVER"
		}
	}
	fmt.Fprintf(w, "%-34s %9.1f %9.1f %7.2f %9s%s\n", m.name, ms(api), ms(byHand), ratio, budget, remarks)
}

func p50(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
