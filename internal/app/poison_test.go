package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/openapi/openapitest"
)

// TestPoison posts what broken and hostile players send, each between two
// ordinary views, to the whole server. Nothing of it may stop what comes after:
// the ordinary views are exactly right, a poisoned one is sane or is refused
// and counted, what the API says of it is as its description promises, and a
// start with the same journal makes the same views again.
func TestPoison(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.ViewCompleteAfter, cfg.ViewRetention, cfg.EventRetention = time.Second, 48*time.Hour, 48*time.Hour
	cfg.JournalRetention = 24 * time.Hour
	cfg.LogLevel, cfg.MemoryLimit = "warn", 1<<30
	var log logText
	p := &poisoned{allTime(startLogging(t, cfg, &log)), nil}
	p.describe(t)

	all := slices.Concat(badBodies, oddNumbers, oddTexts, oddViews)
	views, now := 0, time.Now().UnixMilli()
	for i, poison := range all {
		p.send(t, told(fmt.Sprintf("before %d", i), now, ordinary...))
		counted := p.counter(t, poison.counts)
		for _, body := range poison.bodies(poison.name, now) {
			p.send(t, body)
		}
		p.send(t, told(fmt.Sprintf("after %d", i), now, ordinary...))
		views += 2 + poison.views
		if poison.counts != "" {
			harness.Eventually(t, 30*time.Second, func() error {
				if p.counter(t, poison.counts) <= counted {
					return fmt.Errorf("%s: %s did not grow", poison.name, poison.counts)
				}
				return nil
			})
		}
	}
	rows := p.rows(t, views)
	p.checkViews(t, rows, now)
	p.checkMetrics(t)
	want := p.documents(t, rows)
	for _, lost := range []string{"", viewsFile} { // the second time all views are made again
		if err := p.client.app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if lost != "" {
			if err := os.Remove(filepath.Join(cfg.DataDir, lost)); err != nil {
				t.Fatal(err)
			}
		}
		p.client.app = startLogging(t, cfg, &log)
		if diff := cmp.Diff(want, p.documents(t, p.rows(t, views))); diff != "" {
			t.Errorf("views after a restart without %q (-before, +after):\n%s", lost, diff)
		}
	}
	if text := log.String(); strings.Contains(text, "BUG") || strings.Contains(text, "panic") || strings.Contains(text, "unreadable") {
		t.Errorf("the log tells of a bug:\n%s", text)
	}
}

// ordinary are the events of the views around poisons.
var ordinary = []string{
	`"e":"viewstart","vtt":"Ordinary"`, `"e":"playing","xtitofifr":500`, `"e":"hb"`,
	`"e":"viewend","xwati":3000,"xpntimscv":2400,"xreco":1,"xredu":100`,
}

// poisoned asks a server about the views of this test.
type poisoned struct {
	client *client
	check  *openapitest.Checker
}

// describe learns what the server promises of its answers.
func (p *poisoned) describe(t *testing.T) {
	t.Helper()
	answer := do(t, http.MethodGet, p.client.app.API()+"/openapi.json", "")
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		p.check, err = openapitest.New(text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (p *poisoned) send(t *testing.T, body string) {
	t.Helper()
	answer := do(t, http.MethodPost, p.client.app.Ingest(), body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%.100q: %s", body, answer.Status)
	}
}

// counter is the value of metric/label.
func (p *poisoned) counter(t *testing.T, name string) float64 {
	t.Helper()
	name, label, _ := strings.Cut(name, "/")
	families, err := p.client.app.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && (len(m.Label) == 0 || m.Label[0].GetValue() == label) {
				return m.Counter.GetValue()
			}
		}
	}
	return 0
}

// ask returns the answer to a question about all views, which has to be one
// that the description of the API knows.
func (p *poisoned) ask(t *testing.T, path string, params url.Values) []byte {
	t.Helper()
	query := url.Values{"timeframe[]": {p.client.from, p.client.to}}
	maps.Copy(query, params)
	answer := do(t, http.MethodGet, p.client.app.API()+"/data/v1/"+path+"?"+query.Encode(), "")
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s?%s: %s, %v: %.300s", path, query.Encode(), answer.Status, err, body)
	}
	if err := p.check.Check(http.MethodGet, answer.Request.URL, answer.StatusCode, answer.Header, body); err != nil {
		t.Errorf("%s?%s: %v", path, query.Encode(), err)
	}
	return body
}

// rows waits until n views are there, and returns their ids; of the 5,000 that
// are alike only some.
func (p *poisoned) rows(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	harness.Eventually(t, time.Minute, func() error {
		ids = nil
		var same []string
		for page := 1; ; page++ {
			var list struct {
				Total int `json:"total_row_count"`
				Data  []struct {
					ID    string
					Title string `json:"video_title"`
				}
			}
			body := p.ask(t, "video-views", url.Values{"limit": {"1000"}, "page": {strconv.Itoa(page)}})
			if err := json.Unmarshal(body, &list); err != nil {
				t.Fatal(err)
			}
			if list.Total != n {
				return fmt.Errorf("there are %d views, want %d", list.Total, n)
			}
			for _, row := range list.Data {
				if row.Title == alike {
					same = append(same, row.ID)
				} else {
					ids = append(ids, row.ID)
				}
			}
			if len(list.Data) == 0 {
				break
			}
		}
		// The total was n with every page, and so no view came in between them.
		slices.Sort(ids)
		slices.Sort(same)
		if got := len(slices.Compact(ids)) + len(slices.Compact(same)); got != n {
			t.Fatalf("the pages have %d different views, and a total of %d", got, n)
		}
		ids = append(ids, same[:10]...)
		return nil
	})
	return ids
}

// documents are the views with these ids as the API shows them.
func (p *poisoned) documents(t *testing.T, ids []string) map[string]string {
	t.Helper()
	documents := map[string]string{}
	for _, id := range ids {
		documents[id], _, _ = strings.Cut(string(p.ask(t, "video-views/"+id, nil)), `"timeframe"`)
	}
	return documents
}

// checkViews looks at each view.
func (p *poisoned) checkViews(t *testing.T, ids []string, now int64) {
	t.Helper()
	var first map[string]any
	for _, text := range p.documents(t, ids) {
		var view struct{ Data map[string]any }
		text = strings.TrimSuffix(strings.TrimSpace(text), ",") + "}"
		if err := json.Unmarshal([]byte(text), &view); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		name := view.Data["view_id"].(string)
		if !strings.HasPrefix(name, "before ") && !strings.HasPrefix(name, "after ") {
			checkSane(t, name, view.Data, now)
			continue
		}
		for _, key := range []string{"view_id", "id", "events", "inserted_at", "updated_at", "view_end", "view_start", "short_time"} {
			delete(view.Data, key)
		}
		if first == nil {
			first = view.Data
			for key, want := range map[string]any{
				"watch_time": 3000.0, "time_to_first_frame": 500.0, "view_playing_time": "2400", "buffering_count": 1.0,
				"buffering_duration": 100.0, "video_title": "Ordinary", "view_dropped": false, "playback_failure": false,
			} {
				if first[key] != want {
					t.Errorf("ordinary view: %s is %v, want %v", key, first[key], want)
				}
			}
		}
		if diff := cmp.Diff(first, view.Data); diff != "" {
			t.Errorf("view %s is not as ordinary as another one:\n%s", name, diff)
		}
	}
}

// checkSane checks what has to hold of any view.
func checkSane(t *testing.T, name string, o map[string]any, now int64) {
	t.Helper()
	const day = 24 * 60 * 60
	for key, value := range o {
		n, isNumber := value.(float64)
		if text, ok := value.(string); ok && !isNumber {
			at, err := time.Parse(time.RFC3339, text)
			switch {
			case strings.HasSuffix(key, "_at") || key == "view_start" || key == "view_end" || key == "short_time":
				if err != nil || math.Abs(float64(at.Unix()-now/1000)) > day+60 {
					t.Errorf("%s: %s is %s (%v), want it within a day of now", name, key, text, err)
				}
				continue
			case !slices.Contains(decimals, key):
				continue
			}
			if n, err = strconv.ParseFloat(text, 64); err != nil {
				t.Errorf("%s: %s is %q: %v", name, key, text, err)
			}
			isNumber = true
		}
		if isNumber && (n < 0 || n >= 1<<53 || strings.HasSuffix(key, "score") && n > 1) {
			t.Errorf("%s: %s is %v", name, key, value)
		}
	}
	if fmt.Sprint(o["view_start"]) > fmt.Sprint(o["view_end"]) {
		t.Errorf("%s: begins at %v and ends at %v", name, o["view_start"], o["view_end"])
	}
}

// decimals are the members of a view that are numbers in texts.
var decimals = []string{
	"ad_break_error_percentage", "ad_error_percentage", "ad_exit_before_start_percentage", "ad_startup_error_percentage", "buffering_rate",
	"playback_score", "quality_score", "rebuffer_percentage", "rebuffering_score", "startup_score", "view_max_downscale_percentage",
	"view_max_playhead_position", "view_max_upscale_percentage", "view_playing_time", "view_total_downscaling", "view_total_upscaling",
	"viewer_experience_score",
}

// checkMetrics asks for everything that is computed over views.
func (p *poisoned) checkMetrics(t *testing.T) {
	t.Helper()
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range m.Supported() {
			by := url.Values{"measurement": {string(measurement)}}
			p.ask(t, "metrics/"+m.ID+"/overall", by)
			by.Set("group_by", "video_title")
			p.ask(t, "metrics/"+m.ID+"/breakdown", by)
		}
	}
	for i := range catalog.Dimensions {
		p.ask(t, "dimensions/"+catalog.Dimensions[i].Name, nil)
	}
	for _, path := range []string{
		"metrics/comparison", "metrics/views/insights", "metrics/rebuffer_percentage/insights", "errors",
		"subview-metrics/playing_time/rendition/breakdown", "subview-metrics/playing_time/playback_mode/breakdown",
	} {
		p.ask(t, path, nil)
	}
}

// logText is what a server logs.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
