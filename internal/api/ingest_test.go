package api

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/beacon"
	"playhead/internal/query"
	"playhead/internal/view"
)

// someIngest is how beacons came in, made up.
type someIngest struct{}

func (someIngest) Arrivals(now time.Time) beacon.Report {
	return beacon.Report{
		Since: now.Add(-time.Hour),
		Total: beacon.Tally{Beacons: 12, Events: 40, Bytes: 5000, Lost: 7, Dropped: [len(beacon.DropReasons)]int64{3, 0, 0, 1}, Refused: [len(beacon.RefusalReasons)]int64{0, 2}},
		Minutes: []beacon.Minute{
			{From: now.Add(-time.Minute), Tally: beacon.Tally{Beacons: 2, Events: 5, Bytes: 700}},
			{From: now, Tally: beacon.Tally{Refused: [len(beacon.RefusalReasons)]int64{1}}},
		},
		Environments: map[string]beacon.EnvironmentArrivals{
			"env1": {Last: now.Add(-3 * time.Second), Beacons: 12, MinuteBeacons: 2, HourBeacons: 9, Events: 40, MinuteEvents: 5, HourEvents: 30},
		},
		Unknown:      []beacon.UnknownKey{{Key: "typo", Told: true, Events: 4, First: now.Add(-time.Minute), Last: now}},
		OtherUnknown: 3,
	}
}

func (someIngest) Backlog() (Backlog, error) {
	return Backlog{
		BehindRecords: 3, Behind: 1500 * time.Millisecond, OpenViews: 20, RunningViews: 8,
		JournalBytes: 123456, JournalOldest: now.Add(-24 * time.Hour),
	}, nil
}

func (someIngest) URL(base string) string { return base + "/in" }

// sdkViews are views that ended in the last 24 hours, and two that must not count.
func sdkViews(t *testing.T) []*view.View {
	of := func(digits, environment, name, version string, end float64) *view.View {
		return makeView(t, digits, row{
			"environment_id": environment, "view_start": end - 1000, "view_end": end, "player_mux_plugin_name": name, "player_mux_plugin_version": version,
		})
	}
	return []*view.View{
		of("01", "env1", "VideoElementMonitor", "5.19.0", at("10:00:00")),
		of("02", "env1", "VideoElementMonitor", "5.19.0", at("11:00:00")),
		of("03", "env1", "VideoElementMonitor", "4.9.0", at("09:00:00")),
		of("04", "env1", "", "", at("08:00:00")),
		of("05", "env1", "VideoElementMonitor", "5.19.0", at("10:00:00")-2*86_400_000),
		of("06", "env2", "other", "1", at("10:00:00")),
	}
}

func TestIngest(t *testing.T) {
	h := newAPI(t, stored(t, sdkViews(t)...))
	w := get(t, h, "/system/v1/ingest")
	const want = `{
		"url": "http://example.com/in", "since": "2026-05-04T11:00:00Z",
		"total": {"beacons": 12, "events": 40, "bytes": 5000, "lost_events": 7,
			"dropped": [{"reason": "unknown_environment", "beacons": 3}, {"reason": "too_large", "beacons": 1}], "refused": [{"reason": "incomplete", "beacons": 2}]},
		"minutes": [
			{"at": "2026-05-04T11:59:00Z", "beacons": 2, "events": 5, "bytes": 700, "lost_events": 0, "dropped": [], "refused": []},
			{"at": "2026-05-04T12:00:00Z", "beacons": 0, "events": 0, "bytes": 0, "lost_events": 0, "dropped": [], "refused": [{"reason": "busy", "beacons": 1}]}],
		"environments": [
			{"id": "env1", "name": "default", "env_key": "key1", "last_beacon_at": "2026-05-04T11:59:57Z",
				"total": {"beacons": 12, "events": 40}, "last_minute": {"beacons": 2, "events": 5}, "last_hour": {"beacons": 9, "events": 30}},
			{"id": "env2", "name": "other", "env_key": "key2", "last_beacon_at": null,
				"total": {"beacons": 0, "events": 0}, "last_minute": {"beacons": 0, "events": 0}, "last_hour": {"beacons": 0, "events": 0}}],
		"unknown_keys": [{"env_key": "typo", "told": true, "events": 4, "first_seen_at": "2026-05-04T11:59:00Z", "last_seen_at": "2026-05-04T12:00:00Z"}],
		"unknown_other_events": 3,
		"views": {"behind_records": 3, "behind_seconds": 1.5, "open": 20, "in_progress": 8},
		"journal": {"bytes": 123456, "oldest_at": "2026-05-03T12:00:00Z"},
		"sdks": [
			{"name": "VideoElementMonitor", "version": "5.19.0", "views": 2, "last_view_end": "2026-05-04T11:00:00Z"},
			{"name": "VideoElementMonitor", "version": "4.9.0", "views": 1, "last_view_end": "2026-05-04T09:00:00Z"},
			{"name": null, "version": null, "views": 1, "last_view_end": "2026-05-04T08:00:00Z"}]
	}`
	var got struct{ Data json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	if diff := cmp.Diff(decode(t, []byte(want)), decode(t, got.Data)); diff != "" {
		t.Errorf("ingest (-want +got):\n%s", diff)
	}
}

// countingEngine counts the queries of an engine.
type countingEngine struct {
	query.Engine
	aggregates int
}

func (e *countingEngine) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	e.aggregates++
	return e.Engine.Aggregate(ctx, p)
}

// TestSDKsAreRemembered: whoever waits for beacons asks all the time.
func TestSDKsAreRemembered(t *testing.T) {
	e := &countingEngine{Engine: stored(t, sdkViews(t)...)}
	clock := now
	h := newAPI(t, e, func(c *Config) { c.Clock = func() time.Time { return clock } })
	for _, step := range []struct {
		after time.Duration
		token string
		want  int
	}{{0, "reader", 1}, {sdksAge - 1, "reader", 1}, {sdksAge - 1, "other", 2}, {sdksAge, "reader", 3}, {2*sdksAge - 1, "reader", 3}} {
		clock = now.Add(step.after)
		if w := send(t, h, "GET", "/system/v1/ingest", basic(step.token, "secret")); w.Code != http.StatusOK || e.aggregates != step.want {
			t.Errorf("after %v: status %d and %d queries, want 200 and %d", step.after, w.Code, e.aggregates, step.want)
		}
	}
}

func TestIngestOfNone(t *testing.T) {
	if w := get(t, newAPI(t, stored(t), func(c *Config) { c.Ingest = nil }), "/system/v1/ingest"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", w.Code)
	}
}

func TestSettings(t *testing.T) {
	h := newAPI(t, stored(t), func(c *Config) {
		c.Settings = []Setting{
			{"view-retention", "PLAYHEAD_VIEW_RETENTION", "Retention", "How long.", "duration", "24h", "2400h", true, false},
			{"smtp-password", "PLAYHEAD_SMTP_PASSWORD", "Notifications", "Password.", "text", "never shown", "", true, true},
		}
	})
	type setting struct {
		Name, Variable, Group, Help, Type, Default string
		Value                                      *string
		Set, Secret                                bool
	}
	day := "24h"
	want := []setting{
		{"view-retention", "PLAYHEAD_VIEW_RETENTION", "Retention", "How long.", "duration", "2400h", &day, true, false},
		{"smtp-password", "PLAYHEAD_SMTP_PASSWORD", "Notifications", "Password.", "text", "", nil, true, true},
	}
	if diff := cmp.Diff(want, data[[]setting](t, h, "/system/v1/settings")); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
