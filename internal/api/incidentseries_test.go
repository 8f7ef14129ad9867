package api

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"playhead/internal/fault"
	"playhead/internal/incident"
	"playhead/internal/meta"
)

// series tells what it was asked, and has an answer.
type series struct {
	of     meta.Incident
	near   []meta.Incident
	now    time.Time
	answer incident.Series
	err    error
}

func (s *series) Series(_ context.Context, of meta.Incident, near []meta.Incident, now time.Time) (incident.Series, error) {
	s.of, s.near, s.now = of, near, now
	return s.answer, s.err
}

func TestIncidentSeries(t *testing.T) {
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	past := &series{answer: incident.Series{From: at(-60), To: now, Points: []incident.Measured{
		{From: at(-59), To: at(-50).Add(1500 * time.Microsecond), Value: 3.14159, Sample: 100, Counts: true},
		{From: at(-49), To: at(-40), Value: math.NaN(), Sample: 0},
	}}}
	c := newControl(t, func(c *Config) { c.Around = past })
	list := fiveIncidents(c)
	ruled := list[3]
	ruled.ID, ruled.Key, ruled.SampleSizeUnit, ruled.Threshold = "ffffff", "6", "viewers", 1500.126
	ruled.Rule = &meta.AlertRule{ID: "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", Metric: "video-startup-time", Direction: meta.Below, Interval: time.Minute, Severity: meta.SeverityAlert}
	c.told(t, meta.Opened, append(list, ruled)...)
	read, of := "shop data read", func(id string) string { return "/data/v1/incidents/" + id + "/timeseries" }
	const points = `"points":[
		{"from":"2026-05-04T11:01:00.000000Z","to":"2026-05-04T11:10:00.001500Z","value":3.14,"sample_size":100,"counts":true},
		{"from":"2026-05-04T11:11:00.000000Z","to":"2026-05-04T11:20:00.000000Z","value":null,"sample_size":0,"counts":false}]}`
	c.run(t, []step{
		{
			token: read, method: "GET", target: of("bbbbbb"), status: 200,
			want: `{"data":{"title":"Playback failures","unit":"%","threshold":5,"direction":"above","sample_size_unit":"views",` + points + `,"total_row_count":1,"timeframe":[1777892400,1777896000]}`,
		},
		{
			token: read, method: "GET", target: of("ffffff"), status: 200,
			want: `{"data":{"title":"Video Startup Time","unit":"ms","threshold":1500.13,"direction":"below","sample_size_unit":"viewers",` + points + `,"total_row_count":1,"timeframe":[1777892400,1777896000]}`,
		},
		{token: read, method: "GET", target: of("eeeeee"), status: 404, want: `incident "eeeeee"`}, // of another environment
		{token: read, method: "GET", target: of("zzzzzz"), status: 404, want: `incident "zzzzzz"`},
		{token: "shop data write", method: "GET", target: of("bbbbbb"), status: 403, want: "data:read"},
	})
	if past.of.ID != "ffffff" || len(past.near) != 5 || !past.now.Equal(now) {
		t.Errorf("asked for %s, with %d near it, at %s", past.of.ID, len(past.near), past.now)
	}
	past.err = fault.New(fault.Busy, "ask again")
	if w := send(t, c, "GET", of("bbbbbb"), basic(read, "secret")); w.Code != 503 || !strings.Contains(w.Body.String(), "ask again") {
		t.Errorf("a busy one: status %d: %s", w.Code, w.Body)
	}
	past.err = errors.New("disk on fire")
	if w := send(t, c, "GET", of("bbbbbb"), basic(read, "secret")); w.Code != 500 || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("a fault: status %d: %s", w.Code, w.Body)
	}
}
