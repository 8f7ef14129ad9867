package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// TestIngestHealth sends beacons to a whole server and asks what became of them.
func TestIngestHealth(t *testing.T) {
	c := startServer(t)
	c.post(t, "view-1", `"e":"viewstart"`, `"e":"playing"`)
	answer := do(t, http.MethodPost, c.app.Ingest(), `{"events":[{"ake":"typo","xid":"view-2","e":"viewstart"}]}`)
	answer.Body.Close()

	type health struct {
		URL          string
		Total        struct{ Beacons, Events int }
		Environments []struct {
			Key  string  `json:"env_key"`
			Last *string `json:"last_beacon_at"`
		}
		Unknown []struct {
			Key    string `json:"env_key"`
			Events int
		} `json:"unknown_keys"`
		Views   struct{ Open int }
		Journal struct {
			Bytes  int
			Oldest *string `json:"oldest_at"`
		}
	}
	harness.Eventually(t, 30*time.Second, func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.app.API()+"/system/v1/ingest", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("id", "secret")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got struct{ Data health }
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d, %v", resp.StatusCode, err)
		}
		h := got.Data
		if h.URL != c.app.Ingest() || h.Total.Beacons != 1 || h.Total.Events != 2 || len(h.Environments) != 1 || h.Environments[0].Key != "key" ||
			h.Environments[0].Last == nil || len(h.Unknown) != 1 || h.Unknown[0].Key != "typo" || h.Unknown[0].Events != 1 {
			t.Fatalf("%+v: want one beacon with two events, and one event of an unknown key", h)
		}
		if h.Views.Open != 1 || h.Journal.Bytes == 0 || h.Journal.Oldest == nil { // the tracker reads it a moment later
			return fmt.Errorf("open views %d, journal %+v: want one view and a journal", h.Views.Open, h.Journal)
		}
		return nil
	})
}
