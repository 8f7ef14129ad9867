package api

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

const (
	rules       = "/data/v1/alert-rules"
	noSuch      = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"
	failureRule = `"metric":"playback-failure-percentage","threshold":5`
)

func TestAlertRules(t *testing.T) {
	c := newControl(t)
	read, write := "shop data read", "shop data write"
	const madeNow = `"created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z"`
	const failures = `{"id":"{failures}","version":1,"name":"Failures","enabled":true,"metric":"playback-failure-percentage","direction":"above","threshold":5,
		"interval_minutes":5,"minimum_viewers":0,"filters":[],"severity":"alert",` + madeNow + `}`
	const audience = `{"id":"{audience}","version":1,"name":"Nobody in the US","enabled":false,"metric":"current-concurrent-viewers","direction":"below","threshold":100.5,
		"interval_minutes":60,"minimum_viewers":10,"filters":["country:US","country:CA","!cdn:"],"severity":"warning",` + madeNow + `}`
	c.run(t, []step{
		{token: read, method: "GET", target: rules, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: rules, body: `{"name":"Failures",` + failureRule + `}`, status: 201, keep: "failures"},
		{
			token: write, method: "POST", target: rules, status: 201, keep: "audience",
			body: `{"name":"Nobody in the US","enabled":false,"metric":"current-concurrent-viewers","direction":"below","threshold":100.5,
				"interval_minutes":60,"minimum_viewers":10,"filters":["country:US","!cdn:","country:CA"],"severity":"warning","id":"mine","version":7}`,
		},
		{token: "news data write", method: "POST", target: rules, body: `{"name":"other",` + failureRule + `}`, status: 201, keep: "other"},
		{token: read, method: "GET", target: rules + "/{failures}", status: 200, want: `{"data":` + failures + `,"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: rules + "/{audience}", status: 200, want: `{"data":` + audience + `,"total_row_count":1,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: rules + "?limit=1&page=3", status: 200, want: `{"data":[],"total_row_count":2,` + lastDayJSON + `}`},

		{
			token: write, method: "PATCH", target: rules + "/{audience}", body: `{"threshold":0.25,"metric":"playback-failure-percentage","direction":"above","filters":[],"enabled":true,"interval_minutes":1,"name":"x","minimum_viewers":0,"severity":"alert"}`, status: 200,
			want: `{"data":{"id":"{audience}","version":2,"name":"x","enabled":true,"metric":"playback-failure-percentage","direction":"above","threshold":0.25,
				"interval_minutes":1,"minimum_viewers":0,"filters":[],"severity":"alert",` + madeNow + `},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{
			token: write, method: "PATCH", target: rules + "/{failures}", body: `{"name":null,"filters":["cdn:a"],"unknown":1}`, status: 200,
			want: `{"data":` + strings.Replace(strings.Replace(failures, `"filters":[]`, `"filters":["cdn:a"]`, 1), `"version":1`, `"version":2`, 1) + `,"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "DELETE", target: rules + "/{audience}", status: 204},
		{token: write, method: "DELETE", target: rules + "/{audience}", status: 404, want: "alert rule"},
		{token: read, method: "GET", target: rules + "/{audience}", status: 404, want: "alert rule"},
		{token: write, method: "PATCH", target: rules + "/{audience}", body: `{}`, status: 404, want: "alert rule"},

		{token: read, method: "GET", target: rules + "/{other}", status: 404, want: "alert rule"},
		{token: write, method: "PATCH", target: rules + "/{other}", body: `{"name":"mine"}`, status: 404, want: "alert rule"},
		{token: write, method: "DELETE", target: rules + "/{other}", status: 404, want: "alert rule"},

		{token: read, method: "POST", target: rules, body: `{}`, status: 403, want: "data:write"},
		{token: read, method: "PATCH", target: rules + "/" + noSuch, body: `{}`, status: 403, want: "data:write"},
		{token: read, method: "DELETE", target: rules + "/" + noSuch, status: 403, want: "data:write"},
		{token: write, method: "GET", target: rules, status: 403, want: "data:read"},
		{token: write, method: "GET", target: rules + "/" + noSuch, status: 403, want: "data:read"},
		{token: write, method: "POST", target: rules + "/backtest", body: `{}`, status: 403, want: "data:read"},
	})
}

// TestAlertRulesAreChecked: what is wrong is refused with the member that it is
// in, of new rules, of changes, and of rules to try.
func TestAlertRulesAreChecked(t *testing.T) {
	c := newControl(t)
	write := "shop data write"
	c.run(t, []step{{token: write, method: "POST", target: rules, body: `{"name":"Failures",` + failureRule + `}`, status: 201, keep: "rule"}})
	for _, tt := range []struct{ member, want string }{
		{`"name":""`, "name: "},
		{`"name":"a\u0007"`, "name: "},
		{`"name":"` + strings.Repeat("x", 256) + `"`, "name: "},
		{`"metric":"playback-failure"`, "metric: there is no real-time metric"},
		{`"direction":"over"`, "direction: want above or below"},
		{`"threshold":-1`, "threshold"},
		{`"threshold":100.1`, "threshold"},
		{`"threshold":"5"`, "threshold: want a number"},
		{`"interval_minutes":0`, "interval_minutes: want a whole number from 1 to 60, have 0"},
		{`"interval_minutes":61`, "interval_minutes: want a whole number from 1 to 60, have 61"},
		{`"interval_minutes":153722867281`, "interval_minutes: want a whole number from 1 to 60"}, // would be a minute in 64 bits of ns
		{`"interval_minutes":1.5`, "interval_minutes: want a whole number"},
		{`"minimum_viewers":-1`, "minimum_viewers: want"},
		{`"filters":["country"]`, `filters: want dimension:value or !dimension:value, have "country"`},
		{`"filters":["browser:Chrome"]`, "filters: "}, // no dimension of real-time numbers
		{`"filters":["asn:x"]`, "filters: "},
		{`"filters":"country:US"`, "filters: want an array"},
		{`"severity":"critical"`, "severity: want warning or alert"},
		{`"enabled":"yes"`, "enabled: want true or false"},
	} {
		name, _, _ := strings.Cut(tt.member, ":")
		others := `"name":"n","metric":"playback-failure-percentage","threshold":5`
		body := `{` + others + `,` + tt.member + `}` // of a member that is there twice the last one counts
		steps := []step{
			{token: write, method: "POST", target: rules, body: body, status: 400, want: tt.want},
			{token: write, method: "PATCH", target: rules + "/{rule}", body: `{` + tt.member + `}`, status: 400, want: tt.want},
		}
		if !strings.Contains(`"name" "severity" "enabled"`, name) {
			steps = append(steps, step{token: "shop data read", method: "POST", target: rules + "/backtest", body: body, status: 400, want: tt.want})
		}
		c.run(t, steps)
	}
	c.run(t, []step{
		{token: write, method: "POST", target: rules, body: `{` + failureRule + `}`, status: 400, want: "name: is missing"},
		{token: write, method: "POST", target: rules, body: `{"name":"n","threshold":5}`, status: 400, want: "metric: is missing"},
		{token: write, method: "POST", target: rules, body: `{"name":"n","metric":"playback-failure-percentage"}`, status: 400, want: "threshold: is missing"},
		{token: write, method: "PATCH", target: rules + "/{rule}", body: `{"metric":"nonsense","threshold":7}`, status: 400, want: "metric"},
		{
			token: "shop data read", method: "GET", target: rules + "/{rule}", status: 200, // nothing of all that was kept
			want: `{"data":{"id":"{rule}","version":1,"name":"Failures","enabled":true,"metric":"playback-failure-percentage","direction":"above","threshold":5,
				"interval_minutes":5,"minimum_viewers":0,"filters":[],"severity":"alert","created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z"},
				"total_row_count":1,` + lastDayJSON + `}`,
		},
	})
}

// TestEditClosesIncident: an edit closes the open incident of a rule, which keeps
// the rule as it was.
func TestEditClosesIncident(t *testing.T) {
	c := newControl(t)
	c.run(t, []step{{token: "shop data write", method: "POST", target: rules, body: `{"name":"Failures","filters":["country:US"],` + failureRule + `}`, status: 201, keep: "rule"}})
	rule, err := c.store.AlertRule(c.names["shop"], c.names["rule"])
	if err != nil {
		t.Fatal(err)
	}
	began := now.Add(-time.Hour)
	c.told(t, meta.Opened, meta.Incident{
		ID: "aaaaaa", EnvironmentID: c.names["shop"], Status: meta.IncidentOpen, Severity: meta.SeverityAlert, Measurement: rule.Metric, Key: "k", Rule: &rule,
		Threshold: 5, MeasuredValue: 6, CurrentValue: 8, PeakValue: 9, SampleSize: 700, SampleSizeUnit: "viewers", AffectedViews: 3, AffectedViewsOnOpen: 2,
		Description: "d", StartedAt: began, OpenedAt: began.Add(30 * time.Minute),
	})
	c.run(t, []step{
		{token: "shop data write", method: "PATCH", target: rules + "/{rule}", body: `{"threshold":50}`, status: 200},
		{
			token: "shop data read", method: "GET", target: "/data/v1/incidents/aaaaaa", status: 200,
			want: `{"data":{"id":"aaaaaa","status":"closed","severity":"alert","measurement":"playback-failure-percentage","measured_value":6,"measured_value_on_close":8,
				"threshold":5,"sample_size":700,"sample_size_unit":"viewers","affected_views":3,"affected_views_per_hour":3,"affected_views_per_hour_on_open":4,
				"impact":"*3 views* were affected at a rate of *3 per hour*","description":"d","error_description":"","incident_key":"k","breakdowns":[],
				"notification_rules":[],"notifications":[],"started_at":"2026-05-04T11:00:00.000000Z","resolved_at":"2026-05-04T12:00:00.000000Z",
				"opened_at":"2026-05-04T11:30:00.000000Z","closed_at":"2026-05-04T12:00:00.000000Z","current_value":8,"peak_value":9,"causes":[],
				"rule":{"id":"{rule}","version":1,"name":"Failures","enabled":true,"metric":"playback-failure-percentage","direction":"above","threshold":5,
					"interval_minutes":5,"minimum_viewers":0,"filters":["country:US"],"severity":"alert","created_at":"2026-05-04T12:00:00Z","updated_at":"2026-05-04T12:00:00Z"}},
				"total_row_count":1,` + lastDayJSON + `}`,
		},
	})
}

// backtests tells what it was asked, and has an answer.
type backtests struct {
	rule     meta.AlertRule
	from, to time.Time
	answer   incident.Backtest
	err      error
}

func (b *backtests) Backtest(_ context.Context, r meta.AlertRule, from, to time.Time) (incident.Backtest, error) {
	b.rule, b.from, b.to = r, from, to
	return b.answer, b.err
}

func TestBacktest(t *testing.T) {
	value := func(v float64) *float64 { return &v }
	ended := now.Add(-time.Hour)
	past := &backtests{answer: incident.Backtest{
		From: now.Add(-48 * time.Hour), To: now, Count: 2, Open: 90*time.Minute + 500*time.Millisecond, Moments: 34560, Known: 30000,
		Lowest: value(0), P5: value(0.25), Median: value(0.5), P95: value(2.004), P99: value(7.254), Highest: value(30.996),
		Incidents: []meta.Incident{
			{StartedAt: now.Add(-10 * time.Minute), OpenedAt: now.Add(-5 * time.Minute), MeasuredValue: 6, PeakValue: 31},
			{StartedAt: now.Add(-2 * time.Hour), OpenedAt: now.Add(-115 * time.Minute), ResolvedAt: &ended, MeasuredValue: 5.501, PeakValue: 6.999},
		},
	}}
	c := newControl(t, func(c *Config) { c.Backtests = past })
	read, test := "shop data read", rules+"/backtest"
	c.run(t, []step{{
		token: read, method: "POST", target: test, body: `{` + failureRule + `,"filters":["country:US"],"minimum_viewers":7,"interval_minutes":3,"direction":"below","days":2}`, status: 200,
		want: `{"data":{"from":"2026-05-02T12:00:00Z","to":"2026-05-04T12:00:00Z","fired":2,"open_seconds":5400,"moments":34560,"known":30000,
			"values":{"lowest":0,"p5":0.25,"median":0.5,"p95":2,"p99":7.25,"highest":31},
			"incidents":[
				{"started_at":"2026-05-04T11:50:00Z","opened_at":"2026-05-04T11:55:00Z","resolved_at":null,"measured_value":6,"peak_value":31},
				{"started_at":"2026-05-04T10:00:00Z","opened_at":"2026-05-04T10:05:00Z","resolved_at":"2026-05-04T11:00:00Z","measured_value":5.5,"peak_value":7}]},
			"total_row_count":1,` + lastDayJSON + `}`,
	}})
	want := meta.AlertRule{
		EnvironmentID: c.names["shop"], Name: past.rule.Name, Enabled: true, Metric: "playback-failure-percentage", Direction: meta.Below, Threshold: 5,
		Interval: 3 * time.Minute, MinViewers: 7, Filters: []meta.RuleFilter{{Dimension: "country", Values: []string{"US"}}}, Severity: meta.SeverityAlert,
	}
	if diff := cmp.Diff(want, past.rule); diff != "" || !past.from.Equal(now.Add(-48*time.Hour)) || !past.to.Equal(now) {
		t.Errorf("asked for %s to %s, and the rule (-want +got):\n%s", past.from, past.to, diff)
	}

	// Nothing is known, of seven days by default.
	past.answer = incident.Backtest{From: now, To: now}
	c.run(t, []step{
		{
			token: read, method: "POST", target: test, body: `{` + failureRule + `}`, status: 200,
			want: `{"data":{"from":"2026-05-04T12:00:00Z","to":"2026-05-04T12:00:00Z","fired":0,"open_seconds":0,"moments":0,"known":0,
				"values":{"lowest":null,"p5":null,"median":null,"p95":null,"p99":null,"highest":null},"incidents":[]},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: read, method: "POST", target: test, body: `{` + failureRule + `,"days":0}`, status: 400, want: "days: want a whole number from 1 to 30, have 0"},
		{token: read, method: "POST", target: test, body: `{` + failureRule + `,"days":31}`, status: 400, want: "days: want a whole number from 1 to 30, have 31"},
		{token: read, method: "POST", target: test, body: `{"threshold":5}`, status: 400, want: "metric: is missing"},
	})
	if !past.from.Equal(now.Add(-7 * 24 * time.Hour)) {
		t.Errorf("looked back to %s by default, want seven days", past.from)
	}
	past.err = fault.New(fault.Busy, "another back-test is running")
	if w := sendBody(t, c, "POST", test, basic(read, "secret"), `{`+failureRule+`}`); w.Code != 503 || !strings.Contains(w.Body.String(), "another back-test") {
		t.Errorf("a second one: status %d: %s", w.Code, w.Body)
	}
	past.err = errors.New("disk on fire")
	if w := sendBody(t, c, "POST", test, basic(read, "secret"), `{`+failureRule+`}`); w.Code != 500 || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("a fault: status %d: %s", w.Code, w.Body)
	}
}
