package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
)

const (
	pastDays  = 4
	pastViews = "4000"
	day       = 24 * time.Hour
)

// world is a server with a simulated past, and the whole days of it that are asked
// about: their views are over in the days that have files.
type world struct {
	*harness.Server
	exports  string // the folder of daily files
	from, to time.Time
	until    time.Time // when the past ends
}

// simulated writes a past into a folder and starts a server on it that exports.
func simulated(t *testing.T, args ...string) *world {
	t.Helper()
	data := t.TempDir()
	first := harness.StartIn(t, data) // makes the environment
	first.Stop(t)
	until := time.Now().UTC().Truncate(time.Hour)
	today := until.Add(-2 * time.Hour).Truncate(day) // yesterday has files some time after midnight
	w := &world{exports: filepath.Join(data, "exports"), from: today.Add(-3 * day), to: today.Add(-day), until: until}
	cmd := exec.CommandContext(t.Context(), harness.Binary(t), "simulate", "--backfill", strconv.Itoa(pastDays)+"d", "--views", pastViews,
		"--until", until.Format(time.RFC3339), "--data-dir", data, "--env-key", harness.EnvKey, "--seed", "7")
	cmd.Env = harness.Environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	w.Server = harness.StartIn(t, data, args...)
	return w
}

// issued waits until the days have files in which all views are that are asked about:
// of those that begin within them, the last end a day later.
func (w *world) issued(t *testing.T) {
	t.Helper()
	for d := w.from; !d.After(w.to); d = d.Add(day) {
		harness.Eventually(t, time.Minute, func() error {
			name := d.Format("2006_01_02") + ".json"
			manifests, err := filepath.Glob(filepath.Join(w.exports, "*", name))
			if err == nil && len(manifests) != 1 {
				err = fmt.Errorf("%d files %s in %s, want 1", len(manifests), name, w.exports)
			}
			return err
		})
	}
}

// demanded stores what a query exports as a file of a folder.
func (w *world) demanded(t *testing.T, folder, format string, query url.Values) string {
	t.Helper()
	query.Set("format", format)
	status, body, err := w.Ask("/data/v1/exports/query", query)
	if err != nil || status != 200 {
		t.Fatalf("export of %s: status %d, %v: %.500s", format, status, err, body)
	}
	path := filepath.Join(folder, "demanded."+format)
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// timeframe is that of a request.
func timeframe(from, to time.Time) url.Values {
	return url.Values{"timeframe[]": {strconv.FormatInt(from.Unix(), 10), strconv.FormatInt(to.Unix(), 10)}}
}

// TestMetricsOfParquet: the Parquet of the daily files, and that of a query, answer
// every metric in every measurement in DuckDB and in ClickHouse as the API does.
func TestMetricsOfParquet(t *testing.T) {
	w := simulated(t)
	files := t.TempDir()
	server := harness.ClickHouse(t, 1)[0]
	w.demanded(t, files, "parquet", timeframe(w.from, w.until))
	w.issued(t)
	if err := os.CopyFS(filepath.Join(files, "daily"), os.DirFS(w.exports)); err != nil {
		t.Fatal(err)
	}
	t.Run("hyparquet", func(t *testing.T) { w.compareRows(t, files) })
	answers, groups := w.answers(t), w.groups(t)
	for _, source := range []struct{ name, pattern string }{
		{"daily files", "daily/*/*.parquet"},
		{"on demand", "demanded.parquet"},
	} {
		path := filepath.Join(files, source.pattern)
		for _, e := range []*engine{inDuckDB(t, path), inClickHouse(t, server, path)} {
			t.Run(source.name+" in "+e.name, func(t *testing.T) {
				w.compare(t, e, answers)
				w.compareGroups(t, e, groups)
			})
		}
	}
	t.Run("guide", func(t *testing.T) {
		w.checkLoading(t, inDuckDB(t, files+"/demanded.parquet"), inClickHouse(t, server, files+"/demanded.parquet"), filepath.Join(files, "daily"))
	})
}

// answers are what the API says to all questions, which are all that the catalogue
// has; what is null is not a number.
func (w *world) answers(t *testing.T) []float64 {
	t.Helper()
	left := map[[2]string]bool{}
	for _, m := range catalog.Metrics {
		for _, measurement := range m.Supported() {
			left[[2]string{m.ID, string(measurement)}] = true
		}
	}
	var list []float64
	nulls := 0
	for _, q := range questions() {
		if of := [2]string{q.metric, q.measurement}; !left[of] {
			t.Errorf("the catalogue does not have %v, or it is asked twice", of)
		} else {
			delete(left, of)
		}
		query := timeframe(w.from, w.to)
		query.Set("measurement", q.measurement)
		got, err := harness.Get[struct{ Value *float64 }](w.Server, "/data/v1/metrics/"+q.metric+"/overall", query)
		if err != nil {
			t.Fatal(err)
		}
		value := math.NaN()
		if got.Data.Value != nil {
			value = *got.Data.Value
		} else {
			nulls++
			t.Logf("%s %s is null", q.metric, q.measurement)
		}
		list = append(list, value)
	}
	for of := range left {
		t.Errorf("nothing asks for %v", of)
	}
	if nulls > maxNulls {
		t.Errorf("%d of %d answers are null: views are too much alike", nulls, len(list))
	}
	return list
}

// maxNulls is how many answers may be null: there is always something that no viewer did.
const maxNulls = 3

// lastDigits is what answers may differ by, relatively, that depend on the order of
// additions.
const lastDigits = 1e-13

// compare asks an engine all questions.
func (w *world) compare(t *testing.T, e *engine, answers []float64) {
	t.Helper()
	same := 0
	for i, q := range questions() {
		got, want := e.number(t, q.ask(e, w.from.UnixMilli(), w.to.UnixMilli(), "")), answers[i]
		switch {
		case got == want || math.IsNaN(got) && math.IsNaN(want):
			same++
		case q.rounded && math.Abs(got-want) <= lastDigits*math.Abs(want):
			t.Logf("%s %s is %v, and %v by the API: they differ by %.1g", q.metric, q.measurement, got, want, got-want)
		default:
			t.Errorf("%s %s is %v, want %v: %g", q.metric, q.measurement, got, want, got-want)
		}
	}
	t.Logf("%d of %d answers are the same to the last bit", same, len(answers))
}

// grouped are the dimensions by which the views are counted; they have the same names in exports.
var grouped = []string{"operating_system", "viewer_device_category", "cdn", "browser_version", "video_title", "player_autoplay"}

// groups are how many views the API says that each value of the dimensions has.
func (w *world) groups(t *testing.T) map[string]map[string]float64 {
	t.Helper()
	all := map[string]map[string]float64{}
	for _, dimension := range grouped {
		query := timeframe(w.from, w.to)
		query.Set("group_by", dimension)
		query.Set("limit", "1000")
		got, err := harness.Get[[]struct {
			Field *string
			Value float64
		}](w.Server, "/data/v1/metrics/views/breakdown", query)
		if err != nil {
			t.Fatal(err)
		}
		all[dimension] = map[string]float64{}
		for _, row := range got.Data {
			field := ""
			if row.Field != nil {
				field = *row.Field
			}
			all[dimension][field] = row.Value
		}
		if len(all[dimension]) < 2 {
			t.Errorf("%s has the values %v, want several", dimension, all[dimension])
		}
	}
	return all
}

// compareGroups has an engine count the views of each group.
func (w *world) compareGroups(t *testing.T, e *engine, groups map[string]map[string]float64) {
	t.Helper()
	for _, dimension := range grouped {
		start := fmt.Sprintf(e.ms, "view_start")
		got := e.numbers(t, fmt.Sprintf("SELECT CAST(%s AS %s), CAST(count(*) AS DOUBLE) FROM exported WHERE %s >= %d AND %[3]s < %[5]d GROUP BY 1",
			dimension, e.text, start, w.from.UnixMilli(), w.to.UnixMilli()))
		if diff := cmp.Diff(groups[dimension], got); diff != "" {
			t.Errorf("views by %s (-API +%s):\n%s", dimension, e.name, diff)
		}
	}
}

// compareRows has a third reader, of JavaScript, read the Parquet of a query, and
// compares it row by row with the NDJSON of the same query, which is written by other code.
func (w *world) compareRows(t *testing.T, files string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "rows.mjs", filepath.Join(files, "demanded.parquet"))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node rows.mjs: %v (it needs Node.js 20 or later and: cd e2e && npm ci)", err)
	}
	query := timeframe(w.from, w.until)
	query.Set("compression", "none")
	lines, err := os.ReadFile(w.demanded(t, t.TempDir(), "ndjson", query))
	if err != nil {
		t.Fatal(err)
	}
	got, want := rows(t, out), rows(t, lines)
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("Parquet has %d rows, NDJSON %d", len(got), len(want))
	}
	for i := range want {
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Fatalf("row %d (-NDJSON +Parquet):\n%s", i, diff)
		}
	}
}

// rows reads lines of JSON, without what is null: in Parquet, everything is there.
func rows(t *testing.T, text []byte) (list []any) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var row any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, withoutNulls(row))
	}
	return list
}

func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(_ string, v any) bool { return v == nil })
		for name, v := range value {
			value[name] = withoutNulls(v)
		}
	case []any:
		for i, v := range value {
			value[i] = withoutNulls(v)
		}
	}
	return value
}
