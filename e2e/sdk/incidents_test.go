package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/app"
	incidents "playhead/internal/incident/recorded"
	"playhead/internal/meta"
)

// TestIncidents runs incidents.mjs over a server that has the three recorded
// incidents, as if they had been a few years later. They are read as they were
// recorded then, and the rest is compared with testdata/incidents.json, which is
// written by hand.
func TestIncidents(t *testing.T) {
	dir := t.TempDir()
	harness.StartIn(t, dir).Stop(t) // makes the environment
	later := time.Duration(int(time.Since(time.Date(2021, 1, 6, 0, 0, 0, 0, time.UTC)).Hours()/24)) * 24 * time.Hour
	remember(t, dir, later)
	server := harness.StartIn(t, dir)

	got := decode[map[string]any](t, node(t, "incidents.mjs", settings(t, server, map[string]any{"incident": "g7q2df"})))
	all, one := got["all"].([]any), got["one"]
	delete(got, "all")
	delete(got, "one")
	if diff := cmp.Diff(golden[map[string]any](t, "incidents.json"), got); diff != "" {
		t.Errorf("incidents.mjs (-want +got):\n%s", diff)
	}
	want := decode[[]any](t, incidents.Objects)
	for i, object := range want {
		object := object.(map[string]any)
		object["notifications"] = []any{} // nobody was told here
		for _, at := range []string{"started_at", "resolved_at"} {
			object[at] = moved(t, object[at].(string), later)
		}
		for _, answer := range []any{all[i], one} {
			for _, own := range []string{"opened_at", "closed_at", "current_value", "peak_value", "causes", "rule"} {
				delete(answer.(map[string]any), own)
			}
		}
		if diff := cmp.Diff(object, all[i]); diff != "" {
			t.Errorf("incident %d of the list (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(want[2], one); diff != "" {
		t.Errorf("one incident (-want +got):\n%s", diff)
	}
}

// moved is a time of a recorded object, later.
func moved(t *testing.T, text string, by time.Duration) string {
	t.Helper()
	const layout = "2006-01-02T15:04:05.000000Z"
	at, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(by).Format(layout)
}

// remember writes the recorded incidents, that much later, into the records of a
// server that does not run.
func remember(t *testing.T, dir string, later time.Duration) {
	t.Helper()
	records, err := meta.Open(t.Context(), meta.Config{Path: filepath.Join(dir, app.RecordsFile), Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := records.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	environment, ok := records.EnvironmentByKey(harness.EnvKey)
	if !ok {
		t.Fatal("the environment is not there")
	}
	var past meta.Evaluation
	for _, i := range incidents.Incidents() {
		i.EnvironmentID = environment.ID
		i.StartedAt, i.OpenedAt = i.StartedAt.Add(later), i.OpenedAt.Add(later)
		*i.ResolvedAt, *i.ClosedAt = i.ResolvedAt.Add(later), i.ClosedAt.Add(later)
		past.Transitions = append(past.Transitions, meta.Transition{Incident: i, Event: meta.Closed, Quiet: true})
	}
	if err := records.Evaluate(t.Context(), past); err != nil {
		t.Fatal(err)
	}
}

// TestIncidentOfBeacons: forty players cannot play a title, and the client reads
// the incident about it. Where nothing is known, two of a hundred views are taken
// to fail, as sure as after 50 views: a beta distribution with 1 and 49. Under it 31
// of 100 fail with a probability of 6.7·10⁻⁷, and 30 with 1.1·10⁻⁶, in exact
// fractions. So it opens with the 31st, when all have failed.
func TestIncidentOfBeacons(t *testing.T) {
	server := harness.Start(t)
	const players = 40
	for i := range players {
		recording, err := harness.Record(t, "04_error_404").Rewrite(time.Now(), func(event map[string]any) {
			event["xid"] = fmt.Sprintf("%08d-62c2-420c-9b26-b65704aa4447", i)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range recording {
			if status, err := harness.Post(server.Ingest, request); err != nil || status != 200 {
				t.Fatalf("beacon: status %d, error %v; want 200", status, err)
			}
		}
	}
	type object = map[string]any
	var opened []object
	harness.Eventually(t, 20*time.Second, func() error {
		list, err := harness.Get[[]object](server, "/data/v1/incidents", url.Values{"status": {"open"}})
		if opened = list.Data; err == nil && (len(opened) != 1 || opened[0]["affected_views"] != float64(players)) {
			err = fmt.Errorf("open are %v; want one with %d views", opened, players)
		}
		return err
	})
	errors, err := harness.Get[[]errorType](server, "/data/v1/errors", timeframe())
	if err != nil || len(errors.Data) != 1 {
		t.Fatalf("errors are %+v, %v; want one type", errors.Data, err)
	}

	id := opened[0]["id"].(string)
	got := decode[struct {
		All      []object
		One      object
		Filtered map[string][]string
		Related  []string
	}](t, node(t, "incidents.mjs", settings(t, server, map[string]any{"incident": id})))
	if diff := cmp.Diff(map[string][]string{"open": {id}, "closed": {}, "expired": {}, "warning": {}}, got.Filtered); diff != "" || len(got.All) != 1 || len(got.Related) != 0 {
		t.Errorf("%d incidents, %d of them related; by their states and severity (-want +got):\n%s", len(got.All), len(got.Related), diff)
	}
	want := object{
		"id": id, "status": "open", "severity": "alert", "measurement": "error_rate", "measured_value": 100.0, "measured_value_on_close": nil, "threshold": 31.0,
		"sample_size": 31.0, "sample_size_unit": "views", "affected_views": float64(players), "affected_views_per_hour_on_open": perHour(t, 31, got.One),
		"error_description": "MEDIA_ERR_SRC_NOT_SUPPORTED", "breakdowns": []any{
			object{"id": nil, "name": "error_type_id", "value": strconv.FormatInt(errors.Data[0].ID, 10)},
			object{"id": nil, "name": "video_title", "value": "404"},
		},
		"notification_rules": []any{}, "notifications": []any{}, "resolved_at": nil, "closed_at": nil, "current_value": 100.0, "peak_value": 100.0, "rule": nil,
	}
	one := maps.Clone(got.One)
	for key := range one {
		if _, known := want[key]; !known {
			delete(one, key) // a text for people, a time, or what grows less with time
		}
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("incident (-want +got):\n%s", diff)
	}
	if said, _ := got.One["description"].(string); !strings.Contains(said, "*404*") || !strings.Contains(said, "*MEDIA_ERR_SRC_NOT_SUPPORTED*") {
		t.Errorf("description is %q; want the title and the error in it", said)
	}
}

// perHour is how many views are affected in an hour if so many are from when an
// incident began until it opened, of which less than a second counts as one.
func perHour(t *testing.T, views float64, of map[string]any) float64 {
	t.Helper()
	var times []time.Time
	for _, key := range []string{"started_at", "opened_at"} {
		at, err := time.Parse(time.RFC3339Nano, of[key].(string))
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	return math.Round(views / max(times[1].Sub(times[0]), time.Second).Hours())
}
