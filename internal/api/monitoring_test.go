package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/query"
)

// crowd is viewers with the same values of dimensions.
type crowd struct {
	environment    string
	values, labels map[string]string     // by dimension
	ticks          map[string]query.Tick // by the time of the day of [now]
	startups       []query.Startup
}

// crowds is an engine of hand-made ticks: it only adds up.
type crowds []crowd

// watching are the viewers that golden answers are worked out from by hand, and
// one who must never be seen.
var watching = crowds{
	{
		environment: "env1",
		values:      map[string]string{"asn": "15169", "country": "US", "cdn": "fastly", "view_has_ad": "true"},
		labels:      map[string]string{"asn": "Example Networks", "country": "United States"},
		ticks: map[string]query.Tick{
			"11:59:45": {Concurrent: 1, StartingUp: 1, WatchTime: 2000, StartAttempts: 1},
			"11:59:50": {Concurrent: 2, WatchTime: 10000, Bitrate: 5000000, BitrateViewers: 2},
			"11:59:55": {
				Concurrent: 4, StartingUp: 1, WatchTime: 20000, RebufferTime: 500, StartAttempts: 4, Exits: 1, Failures: 1, StartupFailures: 1,
				Bitrate: 7500000, BitrateViewers: 3,
			},
		},
		startups: []query.Startup{
			{At: int64(at("11:59:00")), Time: 100},
			{At: int64(at("11:59:49")) + 999, Time: 400},
			{At: int64(at("11:58:59")) + 999, Time: 12000},
			{At: int64(at("11:29:59")) + 999, Time: 7}, // the minute before the first one
		},
	},
	{
		environment: "env1",
		values:      map[string]string{"asn": "7018", "country": "US", "cdn": "akamai"},
		labels:      map[string]string{"country": "United States"},
		ticks: map[string]query.Tick{
			"11:59:50": {Concurrent: 8, WatchTime: 40000, Bitrate: 8000000, BitrateViewers: 8},
			"11:59:55": {Concurrent: 8, WatchTime: 40000, RebufferTime: 600, StartAttempts: 1, Exits: 1, Failures: 2},
		},
		startups: []query.Startup{{At: int64(at("11:59:10")), Time: 700}},
	},
	{
		environment: "env1",
		values:      map[string]string{"country": "FR"},
		labels:      map[string]string{"country": "France"},
		ticks: map[string]query.Tick{
			"11:59:50": {Concurrent: 8, WatchTime: 40000, Bitrate: 16000000, BitrateViewers: 8},
			"11:59:55": {Concurrent: 1, WatchTime: 5000},
		},
		startups: []query.Startup{{At: int64(at("11:59:10")), Time: 900}},
	},
	{
		environment: "env2",
		values:      map[string]string{"country": "US"},
		ticks:       map[string]query.Tick{"11:59:55": {Concurrent: 1000, WatchTime: 1}},
		startups:    []query.Startup{{At: int64(at("11:59:10")), Time: 1}},
	},
}

// viewers gives an API these viewers.
func viewers(c *Config) { c.Realtime = watching }

// inEnvironment are the same viewers in another environment.
func inEnvironment(id string) crowds {
	list := slices.Clone(watching[:3])
	for i := range list {
		list[i].environment = id
	}
	return list
}

// kept are the crowds that a plan is about.
func (c crowds) kept(p *query.TickPlan) (list crowds) {
	for _, of := range c {
		keep := of.environment == p.Environment
		for _, w := range p.Where {
			keep = keep && slices.Contains(w.Values, of.values[catalog.RealtimeDimensions[w.Dimension].Name]) != w.Not
		}
		if keep {
			list = append(list, of)
		}
	}
	return list
}

// Ticks implements query.Realtime.
func (c crowds) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	result := &query.Ticks{From: p.From}
	if p.GroupBy == query.NoGroups {
		result.Groups = []query.TickGroup{{Ticks: make([]query.Tick, p.Count())}}
	}
	for _, of := range c.kept(p) {
		value, label := "", ""
		if p.GroupBy != query.NoGroups {
			name := catalog.RealtimeDimensions[p.GroupBy].Name
			value, label = of.values[name], of.labels[name]
		}
		i := slices.IndexFunc(result.Groups, func(g query.TickGroup) bool { return g.Value == value })
		if i < 0 {
			i = len(result.Groups)
			result.Groups = append(result.Groups, query.TickGroup{Value: value, Label: label, Ticks: make([]query.Tick, p.Count())})
		}
		for j := range p.Count() {
			clock := time.UnixMilli(p.From + int64(j)*query.TickEvery).UTC().Format(time.TimeOnly)
			result.Groups[i].Ticks[j].Add(of.ticks[clock])
		}
	}
	return result, nil
}

// Startups implements query.Realtime.
func (c crowds) Startups(_ context.Context, p *query.TickPlan) ([]query.Startup, error) {
	var list []query.Startup
	for _, of := range c.kept(p) {
		for _, s := range of.startups {
			if s.At > p.From-query.TickEvery && s.At <= p.To {
				list = append(list, s)
			}
		}
	}
	return list, nil
}

// TestMonitoringHalfAnHour: without a timestamp there are 360 points that end
// with the newest one, and those of nobody are null.
func TestMonitoringHalfAnHour(t *testing.T) {
	h := newAPI(t, stored(t), viewers)
	type point struct {
		Value      *float64
		Date       string
		Concurrent int `json:"concurrent_viewers"`
	}
	for metric, first := range map[string]*float64{"current-rebuffering-percentage": nil, "current-concurrent-viewers": new(float64)} {
		var answer struct {
			Data      []point
			Timeframe [2]int64
			Total     int `json:"total_row_count"`
			Meta      struct {
				Settled string `json:"settled_through"`
			}
		}
		w := get(t, h, "/data/v1/monitoring/metrics/"+metric+"/timeseries")
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Data) != 360 || answer.Total != 360 || answer.Timeframe != [2]int64{1777894200, 1777895995} || answer.Meta.Settled != "2026-05-04T11:59:40Z" {
			t.Errorf("%s: %d of %d points of %v, settled through %s", metric, len(answer.Data), answer.Total, answer.Timeframe, answer.Meta.Settled)
		}
		if diff := cmp.Diff(point{first, "2026-05-04T11:30:00Z", 0}, answer.Data[0]); diff != "" {
			t.Errorf("%s: first point (-want +got):\n%s", metric, diff)
		}
		if last := answer.Data[359]; last.Date != "2026-05-04T11:59:55Z" || last.Concurrent != 13 {
			t.Errorf("%s: last point %+v, want 13 viewers at 11:59:55", metric, last)
		}
	}
}

// TestMonitoringNobody: an API without viewers says so.
func TestMonitoringNobody(t *testing.T) {
	h := newAPI(t, stored(t))
	for target, want := range map[string]string{
		"current-concurrent-viewers/breakdown":               `"data":[],"total_row_count":0,"timeframe":[1777895995,1777895995]`,
		"current-concurrent-viewers/timeseries":              `{"value":0,"date":"2026-05-04T11:59:55Z","concurrent_viewers":0}]`,
		"current-average-bitrate/timeseries":                 `{"value":null,"date":"2026-05-04T11:59:55Z","concurrent_viewers":0}]`,
		"playback-failure-percentage/breakdown-timeseries":   `{"data":[{"values":[],"date":"2026-05-04T11:59:00Z"},`,
		"video-startup-time/histogram-timeseries?limit=1000": `{"data":[{"timestamp":"2026-05-04T11:30:00Z","sum":0,"p95":null,"median":null,"max_percentage":0,`,
	} {
		w := get(t, h, "/data/v1/monitoring/metrics/"+target)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, %s; want %s in it", target, w.Code, w.Body, want)
		}
	}
}

// TestMonitoringRefusals: what is wrong is named, with what would be accepted.
func TestMonitoringRefusals(t *testing.T) {
	h := newAPI(t, stored(t), viewers)
	const ccv = "metrics/current-concurrent-viewers/"
	for _, tt := range []struct {
		target string
		status int
		words  string
	}{
		{"monitoring/" + ccv + "breakdown?dimension=city", 400, `dimension: there is no real-time dimension "city"`},
		{"monitoring/" + ccv + "breakdown?filters[]=browser:Chrome", 400, `filters[]: there is no real-time dimension "browser"`},
		{"monitoring/" + ccv + "breakdown?filters[]=%2Bcdn:a", 400, `filters[]: want dimension:value or !dimension:value`},
		{"monitoring/" + ccv + "breakdown?filters[]=asn:many", 400, `filters[]: asn wants a whole number`},
		{"monitoring/" + ccv + "breakdown?order_by=rank", 400, `order_by: want negative_impact, value, views or field`},
		{"monitoring/" + ccv + "breakdown?timestamp=yesterday", 400, `timestamp: want whole seconds since 1970 within the last 24 hours`},
		{"monitoring/" + ccv + "timeseries?timestamp=1777809539", 400, `now from 1777809600 to 1777896000`},
		{"monitoring/" + ccv + "breakdown-timeseries?timeframe[]=601:seconds", 400, `timeframe[]: want at most 600 seconds`},
		{"monitoring/" + ccv + "breakdown-timeseries?limit=101", 400, `limit: want a whole number from 1 to 100`},
		{"monitoring/metrics/current-viewers/breakdown", 404, `there is no real-time metric "current-viewers"; the nearest are current-`},
		{"monitoring/metrics/video-startup-time/breakdown", 404, `ask for its histogram-timeseries`},
		{"monitoring/" + ccv + "histogram-timeseries", 404, `video-startup-time alone has one`},
		{"realtime/metrics/video-startup-failure-percentage/timeseries", 404, `the nearest are playback-failure-percentage`},
		{"realtime/" + ccv + "breakdown?dimension=view_has_ad", 400, `dimension: there is no real-time dimension "view_has_ad"`},
		{"realtime/" + ccv + "timeseries?filters[]=!view_has_ad:true", 400, `filters[]: there is no real-time dimension "view_has_ad"`},
		{"realtime/" + ccv + "breakdown-timeseries", 404, `there is no such route`},
	} {
		w := get(t, h, "/data/v1/"+tt.target)
		var body errorBody
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != tt.status || !strings.Contains(fmt.Sprint(body.Error.Messages), tt.words) {
			t.Errorf("%s: status %d, %s; want %d with %s", tt.target, w.Code, w.Body, tt.status, tt.words)
		}
	}
}

// forgetful is an engine that has not kept what is asked for.
type forgetful struct{ crowds }

func (forgetful) Ticks(context.Context, *query.TickPlan) (*query.Ticks, error) {
	return nil, fault.Badf("timestamp", "numbers are kept from 1777890000 on")
}

// TestMonitoringForgotten: what an engine refuses is told.
func TestMonitoringForgotten(t *testing.T) {
	h := newAPI(t, stored(t), func(c *Config) { c.Realtime = forgetful{} })
	w := get(t, h, "/data/v1/monitoring/metrics/current-concurrent-viewers/timeseries?timestamp=1777880000")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "timestamp: numbers are kept from 1777890000 on") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
