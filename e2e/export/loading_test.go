package export_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
)

// examples are the statements that the guide has for an engine, in its order.
func examples(t *testing.T, e *engine, folder string) []string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/exports.md")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	blocks := regexp.MustCompile("(?s)```sql "+strings.ToLower(e.name)+"\n(.*?)```").FindAllSubmatch(guide, -1)
	for _, block := range blocks {
		text := strings.ReplaceAll(string(block[1]), "'exports/", "'"+folder+"/")
		for statement := range strings.SplitSeq(text, ";\n") {
			if strings.TrimSpace(statement) != "" {
				list = append(list, statement)
			}
		}
	}
	return list
}

// answer runs the statements and returns the rows of those that have any.
func (e *engine) answer(t *testing.T, statements []string) (answers [][][]string) {
	t.Helper()
	for _, text := range statements {
		if !strings.HasPrefix(strings.TrimSpace(text), "SELECT") {
			e.exec(t, text)
			continue
		}
		answers = append(answers, e.rows(t, text))
	}
	return answers
}

// rows are those that a statement answers, their values printed.
func (e *engine) rows(t *testing.T, text string) (list [][]string) {
	t.Helper()
	rows, err := e.db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatalf("%s: %s: %v", e.name, text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, dst := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			dst[i] = &values[i]
		}
		if err := rows.Scan(dst...); err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, v := range values {
			row = append(row, printed(v))
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// printed prints a value as a driver gives it; null is "".
func printed(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case *float64:
		return number(value)
	case *string:
		if value == nil {
			return ""
		}
		return *value
	case float64:
		return number(&value)
	}
	return fmt.Sprint(value)
}

// checkLoading runs the examples of the guide: they answer what the API does.
func (w *world) checkLoading(t *testing.T, duck, click *engine, folder string) {
	t.Helper()
	duck.exec(t, "DROP TABLE IF EXISTS views")
	click.exec(t, "DROP TABLE IF EXISTS views")
	inDuck, inClick := duck.answer(t, examples(t, duck, folder)), click.answer(t, examples(t, click, folder))
	if len(inDuck) != 2 || len(inClick) != 1 {
		t.Fatalf("the guide has %d questions for DuckDB and %d for ClickHouse, want 2 and 1", len(inDuck), len(inClick))
	}
	if diff := cmp.Diff(w.titles(t, folder), inDuck[0]); diff != "" {
		t.Errorf("by title (-API +DuckDB):\n%s", diff)
	}
	if diff := cmp.Diff(inDuck[0], inClick[0]); diff != "" {
		t.Errorf("by title (-DuckDB +ClickHouse):\n%s", diff)
	}
	if heights := inDuck[1]; len(heights) < 3 || slices.ContainsFunc(heights, func(row []string) bool { return row[1] == "" }) {
		t.Errorf("playing times by height are %v, want several", heights)
	}
}

// titles is what the example asks, asked of the API: how many views that ended in the
// days of the files each title has, their median startup time and the share of rebuffering.
func (w *world) titles(t *testing.T, folder string) [][]string {
	t.Helper()
	days, err := filepath.Glob(filepath.Join(folder, "*", "*.parquet"))
	if err != nil || len(days) == 0 {
		t.Fatalf("no daily files in %s: %v", folder, err)
	}
	slices.Sort(days)
	type row struct {
		Field string
		Value *float64
		Views int
	}
	asked := map[string]map[string]row{}
	for _, metric := range []string{"video_startup_time", "rebuffer_percentage", "playback_failure_percentage"} {
		query := timeframe(dayOf(t, days[0]), dayOf(t, days[len(days)-1]).Add(day))
		query.Set("group_by", "video_title")
		query.Set("limit", "1000")
		got, err := harness.Get[[]row](w.Server, "/data/v1/metrics/"+metric+"/breakdown", query)
		if err != nil {
			t.Fatal(err)
		}
		asked[metric] = map[string]row{}
		for _, r := range got.Data {
			asked[metric][r.Field] = r
		}
	}
	var list [][]string
	for title, r := range asked["playback_failure_percentage"] { // which counts all views
		list = append(list, []string{title, fmt.Sprint(r.Views), number(asked["video_startup_time"][title].Value), number(asked["rebuffer_percentage"][title].Value)})
	}
	slices.SortFunc(list, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	slices.SortStableFunc(list, func(a, b []string) int { return views(b) - views(a) })
	return list
}

// views are how many a row of a title has.
func views(row []string) int {
	n, _ := strconv.Atoi(row[1])
	return n
}

// number prints a number; null is "".
func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', -1, 64)
}

// dayOf is the day that the name of a daily file tells.
func dayOf(t *testing.T, path string) time.Time {
	t.Helper()
	d, err := time.Parse("2006_01_02", strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
