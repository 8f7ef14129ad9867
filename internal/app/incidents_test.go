package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/meta"
)

// viewer tells of views that last for a second and end now, of many in one beacon.
type viewer struct {
	app  *App
	told int
}

// watch tells of views of a title, the first of which fail.
func (v *viewer) watch(t *testing.T, title string, views, failing int) {
	t.Helper()
	var events []map[string]any
	now := time.Now().UnixMilli()
	for i := range views {
		v.told++
		id := fmt.Sprintf("view %d", v.told)
		tell := func(seq int, at int64, name string, more ...string) {
			e := map[string]any{"ake": "key", "xid": id, "vtt": title, "xsqno": seq, "uti": at, "e": name}
			for j := 0; j < len(more); j += 2 {
				e[more[j]] = more[j+1]
			}
			events = append(events, e)
		}
		tell(1, now-1000, "viewstart")
		tell(2, now-1000, "play")
		if i < failing {
			tell(3, now-500, "error", "percd", "4", "perme", "no network")
		} else {
			tell(3, now-500, "playing")
		}
		tell(4, now, "viewend")
	}
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"transmission_timestamp": now}, "events": events})
	if err != nil {
		t.Fatal(err)
	}
	answer := do(t, http.MethodPost, v.app.Ingest(), string(body))
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("beacon answered %s", answer.Status)
	}
}

// incidents are those of the environment of a server, the latest first.
func incidents(t *testing.T, a *App) []meta.Incident {
	t.Helper()
	list, err := a.records.Incidents(t.Context(), a.environmentIDs()[0], meta.IncidentPage{Descending: true, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list.Incidents
}

// awaitIncident waits until there is one incident, and it is so.
func awaitIncident(t *testing.T, a *App, status string) meta.Incident {
	t.Helper()
	var list []meta.Incident
	harness.Eventually(t, 20*time.Second, func() error {
		if list = incidents(t, a); len(list) != 1 || list[0].Status != status {
			return fmt.Errorf("there are %d incidents, want one that is %s: %+v", len(list), status, list)
		}
		return nil
	})
	return list[0]
}

// TestIncident has a title fail and be right again, on a server that ends and starts
// in between. The incident is there seconds after the view that made it one, is the
// same after the start, and each channel is told twice.
func TestIncident(t *testing.T) {
	cfg := testConfig(t)
	a := start(t, cfg)
	environment := a.environmentIDs()[0]
	channel, err := a.records.CreateChannel(t.Context(), meta.Channel{
		EnvironmentID: environment, Name: "on call", Kind: meta.Webhook, Enabled: true, Subscription: meta.All, Target: "https://hook.invalid/",
	})
	if err != nil {
		t.Fatal(err)
	}
	v := &viewer{app: a}
	for range 20 {
		v.watch(t, "Harbour Lights", 50, 0)
	}
	v.watch(t, "Night Train", 25, 25)
	posted := time.Now()
	opened := awaitIncident(t, a, meta.IncidentOpen)
	if took := opened.OpenedAt.Sub(posted); took > 5*time.Second {
		t.Errorf("the incident opened after %s", took)
	}
	t.Logf("the incident was there %s after the beacon was acknowledged", time.Since(posted).Round(time.Millisecond))
	about := map[string]string{}
	for _, b := range opened.Breakdowns {
		about[b.Name] = b.Value
	}
	if about["video_title"] != "Night Train" || opened.ErrorDescription != "no network" || opened.MeasuredValue != 100 {
		t.Errorf("incident %+v, want that all views of Night Train fail: no network", opened)
	}

	if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg)
	v.app = a
	again := awaitIncident(t, a, meta.IncidentOpen)
	if again.ID != opened.ID || !again.StartedAt.Equal(opened.StartedAt) {
		t.Errorf("after a start there is incident %s of %s; want %s of %s", again.ID, again.StartedAt, opened.ID, opened.StartedAt)
	}
	for range 10 {
		v.watch(t, "Night Train", 30, 0)
	}
	closed := awaitIncident(t, a, meta.IncidentClosed)
	if closed.ID != opened.ID || closed.ResolvedAt == nil || closed.ResolvedAt.Before(closed.StartedAt) {
		t.Errorf("incident %+v, want %s, resolved", closed, opened.ID)
	}
	of, err := a.records.NotificationsOf(t.Context(), []string{opened.ID})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, n := range of[opened.ID] {
		told = append(told, n.ChannelID+" "+string(n.Event))
	}
	if diff := cmp.Diff([]string{channel.ID + " opened", channel.ID + " closed"}, told); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

// TestIncidentsOfThePast upgrades a server that has stored views of an incident: it is
// there after the start, and nobody is told.
func TestIncidentsOfThePast(t *testing.T) {
	cfg := testConfig(t)
	a := start(t, cfg)
	v := &viewer{app: a}
	v.watch(t, "Harbour Lights", 1000, 0)
	v.watch(t, "Night Train", 25, 25)
	awaitIncident(t, a, meta.IncidentOpen)
	if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	forgetEvaluation(t, a.path(RecordsFile))
	a = start(t, cfg)
	if _, err := a.records.CreateChannel(t.Context(), meta.Channel{
		EnvironmentID: a.environmentIDs()[0], Name: "on call", Kind: meta.Webhook, Enabled: true, Subscription: meta.All, Target: "https://hook.invalid/",
	}); err != nil {
		t.Fatal(err)
	}
	i := awaitIncident(t, a, meta.IncidentOpen)
	if of, err := a.records.NotificationsOf(t.Context(), []string{i.ID}); err != nil || len(of[i.ID]) != 0 {
		t.Errorf("people were told %v, %v; want nothing of the past", of[i.ID], err)
	}
}

// TestEvaluationFails has the records take nothing any more: beacons are taken and views are
// stored all the same, and /readyz says what is wrong without being less than ready.
func TestEvaluationFails(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.StuckAfter = time.Second
	a := start(t, cfg)
	release := lockRecords(t, a.path(RecordsFile))
	v := &viewer{app: a}
	v.watch(t, "Night Train", 100, 100)
	allTime(a).list(t, 100)
	harness.Eventually(t, 60*time.Second, func() error {
		if status, text := readyz(t, a); status != http.StatusOK || !strings.HasPrefix(text, "ready, but incidents have not been evaluated for ") {
			return fmt.Errorf("/readyz says %d %q", status, text)
		}
		return nil
	})
	release()
	awaitIncident(t, a, meta.IncidentOpen)
	harness.Eventually(t, 10*time.Second, func() error {
		if status, text := readyz(t, a); status != http.StatusOK || text != "ready" {
			return fmt.Errorf("/readyz says %d %q", status, text)
		}
		return nil
	})
}

// recordsFile opens the records of a server beside it.
func recordsFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// forgetEvaluation makes records as they were before there were incidents.
func forgetEvaluation(t *testing.T, path string) {
	t.Helper()
	db := recordsFile(t, path)
	for _, text := range []string{
		"DELETE FROM notifications", "DELETE FROM incidents", "DELETE FROM detector_states", "UPDATE evaluation SET position = NULL",
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(text, err)
		}
	}
}

// lockRecords keeps a server from writing its records until release is called.
func lockRecords(t *testing.T, path string) (release func()) {
	t.Helper()
	tx, err := recordsFile(t, path).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}
