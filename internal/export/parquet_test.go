package export

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// parquetOf is a file of views.
func parquetOf(t require, o Options, views ...*view.View) []byte {
	t.Helper()
	var file bytes.Buffer
	w := newParquetWriter(&file, o)
	for _, v := range views {
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// require is what [testing.T] and [rapid.T] have in common.
type require interface {
	Helper()
	Fatal(args ...any)
}

// TestParquetReadsBack: what is read of a file is what was written, for whatever views.
func TestParquetReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		views := rapid.SliceOfN(someViews, 0, 4).Draw(t, "views")
		file := parquetOf(t, Options{Version: LatestVersion, Property: 7}, views...)
		r, err := newParquetReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for n, v := range views {
			i, err := r.Read()
			if err != nil {
				t.Fatal(err)
			}
			if i.Line != int64(n+1) {
				t.Errorf("it is of line %d, want %d", i.Line, n+1)
			}
			checkImported(t, Row{v, 7}, &i)
		}
		if _, err := r.Read(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last view: %v, want EOF", err)
		}
	})
}

// handmade is a view with a value of each kind; its texts are such as formats stumble over.
func handmade() *view.View {
	v := view.New(view.ID{0: 0x01, 15: 0xfe})
	text := func(name, value string) { v.SetText(catalog.MustColumn(name), value) }
	number := func(name string, n float64) { v.SetNumber(catalog.MustColumn(name), n) }
	text("environment_id", "env1")
	text("view_id", "sdk id")
	text("video_title", "=1+1, \"Ünï\"\n🎬")
	text("page_url", "bad \xff utf-8")
	number("view_start", 1795000000123)
	number("view_end", 1795000060456)
	number("watch_time", 60333)
	number("player_source_duration", 1<<53-1)
	number("rebuffer_frequency", 3)
	number("rebuffer_percentage", 0.1)
	number("viewer_experience_score", 0)
	number("exit_before_video_start", 0)
	number("video_startup_failure", 1)
	text("video_cdn_trace", view.JoinList([]string{"fastly", "", "akamai"}))
	text("playback_mode_playing_times", view.JoinList([]string{view.JoinParts("standard", "60000"), view.JoinParts("pip", "333")}))
	text("error_types", view.JoinList([]string{view.JoinParts("12", "fatal", "0", "E1", "it broke"), view.JoinParts("13", "warning", "", "", "")}))
	text("activities", view.JoinList([]string{view.JoinParts("1795000000123", "starting")}))
	return v
}

// query runs a statement in DuckDB and returns its rows, their values printed.
func query(t *testing.T, text string) [][]string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(context.Background(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list [][]string
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
			row = append(row, fmt.Sprint(v))
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// stored writes a file to a folder of the test and returns its path.
func stored(t *testing.T, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "day.parquet")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestParquetValuesInDuckDB: an independent reader sees the values, of the types that
// they have, worked out by hand.
func TestParquetValuesInDuckDB(t *testing.T) {
	path := stored(t, parquetOf(t, Options{Version: LatestVersion, Property: 42}, handmade(), view.New(view.ID{})))
	for _, test := range []struct{ sql, want, empty string }{
		{"view_id", "01000000-0000-0000-0000-0000000000fe", "00000000-0000-0000-0000-000000000000"},
		{"typeof(property_id) || property_id", "BIGINT42", "BIGINT42"},
		{"environment_id", "env1", "<nil>"},
		{"sdk_view_id", "sdk id", "<nil>"},
		{"video_title", "=1+1, \"Ünï\"\n🎬", "<nil>"},
		{"page_url", "bad \uFFFD utf-8", "<nil>"},
		{"city", "<nil>", "<nil>"},
		{"isp", "<nil>", "<nil>"},
		{"typeof(view_start)", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"},
		{"epoch_ms(view_start)", "1795000000123", "<nil>"},
		{"epoch_ms(view_end)", "1795000060456", "<nil>"},
		{"typeof(watch_time) || watch_time", "BIGINT60333", "<nil>"},
		{"player_source_duration", "9007199254740991", "<nil>"},
		{"typeof(rebuffer_frequency) || rebuffer_frequency", "DOUBLE5e-05", "<nil>"},
		{"rebuffer_percentage = 0.1::DOUBLE", "true", "<nil>"},
		{"viewer_experience_score", "0", "<nil>"},
		{"typeof(exit_before_video_start) || exit_before_video_start", "BOOLEANfalse", "<nil>"},
		{"video_startup_failure", "true", "<nil>"},
		{"used_fullscreen", "<nil>", "<nil>"},
		{"typeof(video_cdn_trace) || to_json(video_cdn_trace)", `VARCHAR[]["fastly","","akamai"]`, "<nil>"},
		{"typeof(playback_mode_totals) || to_json(playback_mode_totals)", `MAP(VARCHAR, BIGINT){"standard":60000,"pip":333}`, "<nil>"},
		{"to_json(error_types)", `[{"id":"12","severity":"fatal","business_exception":"0","code":"E1","message":"it broke"},{"id":"13","severity":"warning","business_exception":"","code":"","message":""}]`, "<nil>"},
		{"to_json(activities)", `[{"after":"1795000000123","activity":"starting","bitrate":null,"cdn":null,"startup_time":null}]`, "<nil>"},
	} {
		got := query(t, fmt.Sprintf("SELECT CAST(%s AS VARCHAR) FROM read_parquet('%s')", test.sql, path))
		want := [][]string{{test.want}, {test.empty}}
		if test.sql == "viewer_experience_score" {
			want[0][0] = "0.0"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
	}
}

// TestParquetNulls: what every view has is never null, all else may be.
func TestParquetNulls(t *testing.T) {
	path := stored(t, parquetOf(t, Options{Version: LatestVersion}, view.New(view.ID{})))
	got := query(t, fmt.Sprintf("SELECT name FROM parquet_schema('%s') WHERE repetition_type = 'REQUIRED' AND name NOT IN ('view', 'key', 'value', 'element')", path))
	if diff := cmp.Diff([][]string{{"property_id"}, {"view_id"}}, got); diff != "" {
		t.Errorf("never null (-want +got):\n%s", diff)
	}
}

// TestParquetColumns: files have the columns of their version in their order, then ours.
func TestParquetColumns(t *testing.T) {
	for _, version := range []int{OldestVersion, 9, LatestVersion} {
		var want, got []string
		for _, c := range slices.Concat(Of(version), Own()) {
			want = append(want, c.Name)
		}
		for _, row := range query(t, fmt.Sprintf("SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet('%s'))", stored(t, parquetOf(t, Options{Version: version})))) {
			got = append(got, row[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
}

// TestParquetRowGroups: a row group ends with its limit of rows, or that of bytes;
// all is compressed with zstd, and the least and greatest values are told.
func TestParquetRowGroups(t *testing.T) {
	const rows = groupRows + 3*batchRows + 1
	var small bytes.Buffer
	w := newParquetWriter(&small, Options{Version: LatestVersion})
	v := view.New(view.ID{})
	end, id := catalog.MustColumn("view_end"), catalog.MustColumn("watch_time")
	for i := range rows {
		v.SetNumber(end, float64(1795000000000+i))
		v.SetNumber(id, float64(i%1000))
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := stored(t, small.Bytes())
	got := query(t, fmt.Sprintf("SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('%s') ORDER BY 1", path))
	if diff := cmp.Diff([][]string{{"0", strconv.Itoa(groupRows)}, {"1", strconv.Itoa(rows - groupRows)}}, got); diff != "" {
		t.Errorf("row groups (-want +got):\n%s", diff)
	}
	got = query(t, fmt.Sprintf("SELECT DISTINCT compression FROM parquet_metadata('%s')", path))
	if diff := cmp.Diff([][]string{{"ZSTD"}}, got); diff != "" {
		t.Errorf("compression (-want +got):\n%s", diff)
	}
	got = query(t, fmt.Sprintf("SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('%s') WHERE path_in_schema = 'watch_time' AND row_group_id = 0", path))
	if diff := cmp.Diff([][]string{{"0", "999", "0"}}, got); diff != "" {
		t.Errorf("statistics (-want +got):\n%s", diff)
	}
	got = query(t, fmt.Sprintf("SELECT count(*), count(DISTINCT view_end), sum(watch_time), epoch_ms(max(view_end)) FROM '%s'", path))
	sum := 0
	for i := range rows {
		sum += i % 1000
	}
	if diff := cmp.Diff([][]string{{strconv.Itoa(rows), strconv.Itoa(rows), strconv.Itoa(sum), strconv.Itoa(1795000000000 + rows - 1)}}, got); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
}

// TestParquetGroupBytes: views that are large end a row group before its limit of rows.
func TestParquetGroupBytes(t *testing.T) {
	var file bytes.Buffer
	w := newParquetWriter(&file, Options{Version: LatestVersion})
	v := view.New(view.ID{})
	const size = 8 << 10
	for i := range 2 * groupBytes / size {
		v.SetText(catalog.MustColumn("page_url"), strings.Repeat(fmt.Sprintf("%08d", i), size/8))
		v.SetText(catalog.MustColumn("view_id"), strconv.Itoa(i))
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := stored(t, file.Bytes())
	got := query(t, fmt.Sprintf("SELECT count(*), count(DISTINCT page_url), min(length(page_url)) FROM '%s'", path))
	if diff := cmp.Diff([][]string{{strconv.Itoa(2 * groupBytes / size), strconv.Itoa(2 * groupBytes / size), strconv.Itoa(size)}}, got); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
	got = query(t, fmt.Sprintf("SELECT max(row_group_num_rows) < %d, max(row_group_compressed_bytes) <= %d, count(DISTINCT row_group_id) > 1 FROM parquet_metadata('%s')", groupRows, groupBytes+batchRows*size, path))
	if diff := cmp.Diff([][]string{{"true", "true", "true"}}, got); diff != "" {
		t.Errorf("row groups are small enough, and several (-want +got):\n%s", diff)
	}
}

// TestParquetRewritten reads a file that DuckDB has made of one of ours, whose times are in µs and
// whose lists are written in another way.
func TestParquetRewritten(t *testing.T) {
	v := handmade()
	ours := stored(t, parquetOf(t, Options{Version: LatestVersion, Property: 7}, v, view.New(view.ID{})))
	path := filepath.Join(t.TempDir(), "theirs.parquet")
	query(t, fmt.Sprintf("COPY (SELECT * REPLACE (CAST(watch_time AS INTEGER) AS watch_time) FROM read_parquet('%s')) TO '%s' (FORMAT parquet)", ours, path))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newParquetReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	v.SetText(catalog.MustColumn("page_url"), "bad \uFFFD utf-8")
	if i.ViewID != v.ID.String() || i.EnvironmentID != "env1" || len(i.Unmapped)+len(i.Unread) > 0 {
		t.Errorf("it is view %q of %q; unmapped %q, unread %v", i.ViewID, i.EnvironmentID, i.Unmapped, i.Unread)
	}
	for _, c := range catalog.Columns {
		if c == colEnvironment {
			continue
		}
		if c.IsText() {
			if got, want := i.View.Text(c), v.Text(c); got != want {
				t.Errorf("%s is %q, want %q", c.Name, got, want)
			}
			continue
		}
		got, known := i.View.Number(c)
		if want, ok := v.Number(c); known != ok || known && got != want && c.Name != "viewer_key" {
			t.Errorf("%s is %v, %v, want %v, %v", c.Name, got, known, want, ok)
		}
	}
}

// TestParquetDamaged: of a file that is cut or whose bytes changed, reading ends with an
// error or not, but always ends.
func TestParquetDamaged(t *testing.T) {
	file := parquetOf(t, Options{Version: LatestVersion}, handmade(), handmade())
	for _, cut := range []int{0, 3, 4, 12, len(file) / 2, len(file) - 1} {
		if _, err := newParquetReader(bytes.NewReader(file[:cut]), int64(cut)); err == nil {
			t.Errorf("of %d of %d bytes: no error", cut, len(file))
		}
	}
}

// FuzzParquet reads whatever bytes.
func FuzzParquet(f *testing.F) {
	file := parquetOf(f, Options{Version: LatestVersion}, handmade())
	f.Add(file)
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := newParquetReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for range 1000 {
			i, err := r.Read()
			if err != nil {
				return
			}
			for _, c := range catalog.Columns {
				if c.IsText() {
					continue
				}
				if n, ok := i.View.Number(c); ok && math.IsInf(n, 0) {
					t.Errorf("%s is %v", c.Name, n)
				}
			}
		}
	})
}
