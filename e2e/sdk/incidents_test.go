package sdk

import (
	"context"
	"log/slog"
	"path/filepath"
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
