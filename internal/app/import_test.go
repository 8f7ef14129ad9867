package app

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/query"
	"playhead/internal/simulate"
	"playhead/internal/store/duckdb"
	"playhead/internal/view"
)

// simulated has a folder with a past of some days, and its views.
func simulated(t *testing.T, views int) (Config, []*view.View) {
	t.Helper()
	cfg := pastConfig(t)
	until := time.Now().Truncate(time.Hour)
	_, err := RunBackfill(t.Context(), cfg, io.Discard, Backfill{Past: simulate.Past{
		EnvKey: "key", World: simulate.World{Seed: 7}, From: until.Add(-60 * time.Hour), Until: until, Views: views,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return cfg, viewsOf(t, cfg)
}

// viewsOf are the views of a folder, in the order of exports.
func viewsOf(t *testing.T, cfg Config) (list []*view.View) {
	t.Helper()
	s, err := duckdb.Open(t.Context(), cfg.views(filepath.Join(cfg.DataDir, viewsFile)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids, err := s.IDs(t.Context(), 0, math.MaxInt32*1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) == 0 {
		return nil
	}
	stored, err := s.Stored(t.Context(), ids[:1])
	if err != nil {
		t.Fatal(err)
	}
	environment := stored[ids[0]].Row.Text(columnEnvironment)
	for v, err := range s.Export(t.Context(), query.Scope{Environment: environment, Clock: catalog.ByEnd, To: math.MaxInt32 * 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) != len(ids) {
		t.Fatalf("%d views are exported, want %d", len(list), len(ids))
	}
	return list
}

// exportedTo writes views to a file of a format: one of files, or messages.
func exportedTo(t *testing.T, format string, views []*view.View) string {
	t.Helper()
	var b bytes.Buffer
	switch f := export.MessageFormat(format); f {
	case export.JSON, export.Protobuf:
		for _, v := range views {
			m, err := export.AppendMessage(nil, f, v, 1)
			if err != nil {
				t.Fatal(err)
			}
			if f == export.Protobuf {
				m = append(binary.AppendUvarint(nil, uint64(len(m))), m...)
			} else {
				m = append(m, '\n')
			}
			b.Write(m)
		}
	default:
		w, err := export.NewWriter(export.Format(format), &b, export.Options{Version: export.LatestVersion, Property: 1, Gzip: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			if err := w.Write(v); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return writtenTo(t, b.String())
}

// writtenTo is a file with a text.
func writtenTo(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "views")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answersOf are what the API says of every measurement of every metric overall, and of its
// default one by hours and in groups.
func answersOf(t *testing.T, cfg Config) map[string]any {
	t.Helper()
	a := start(t, cfg)
	c := allTime(a)
	c.from, c.to = strconv.FormatInt(time.Now().Add(-80*time.Hour).Truncate(time.Hour).Unix(), 10), strconv.FormatInt(time.Now().Truncate(time.Hour).Unix(), 10)
	answers := map[string]any{}
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for measurement := range m.Formulas {
			name := m.ID + " " + string(measurement)
			params := url.Values{"measurement": {string(measurement)}, "limit": {"1000"}}
			answers[name] = get[any](t, c, "metrics/"+m.ID+"/overall", params)
			if measurement != m.Default {
				continue
			}
			params.Set("group_by", "hour")
			answers[name+" by hour"] = get[any](t, c, "metrics/"+m.ID+"/timeseries", params)
			params.Set("group_by", []string{"country", "video_title", "player_error_code", "cdn"}[i%4])
			answers[name+" in groups"] = get[any](t, c, "metrics/"+m.ID+"/breakdown", params)
			for _, row := range answers[name+" in groups"].([]any) {
				delete(row.(map[string]any), "negative_impact") // a rank, which the last digit decides
			}
		}
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return answers
}

// upTo compares numbers that are the same but for a share.
func upTo(share float64) cmp.Option {
	return cmp.Comparer(func(a, b float64) bool { return a == b || math.Abs(a-b) <= share*math.Max(math.Abs(a), math.Abs(b)) })
}

// Numbers of messages in protobuf have 32 bits. All others are exact, but means of fractions: they
// are the same but for the order in which they are added up.
const (
	bits32 = 2e-7
	order  = 1e-14
)

// TestImportAgain exports what a server has and imports it into another one: every
// metric is the same there, exactly; of protobuf but for what 32 bits hold.
func TestImportAgain(t *testing.T) {
	cfg, views := simulated(t, fewer(1000))
	want := answersOf(t, cfg)
	for format, share := range map[string]float64{"csv": order, "ndjson": order, "parquet": order, "json": order, "protobuf": bits32} {
		t.Run(format, func(t *testing.T) {
			to := pastConfig(t)
			file := exportedTo(t, format, views)
			r, err := RunImport(t.Context(), to, io.Discard, Import{EnvKey: "key", Files: []string{file}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows != int64(len(views)) || r.Imported != r.Rows || len(r.Rejected)+len(r.Unmapped)+len(r.Unread)+len(r.Broken()) > 0 {
				t.Errorf("%+v %v, want all of %d views imported", r, r.Files[0], len(views))
			}
			got := answersOf(t, to)
			for name := range want {
				if diff := cmp.Diff(want[name], got[name], upTo(share)); diff != "" {
					t.Errorf("%s (-before +imported):\n%.1000s", name, diff)
				}
			}
			again, err := RunImport(t.Context(), to, io.Discard, Import{EnvKey: "key", Files: []string{file}})
			if err != nil || again.Imported != 0 || again.Same != r.Imported {
				t.Errorf("the second time: %+v, %v; want all of them the same", again, err)
			}
		})
	}
}

// TestImportBack imports what a server exported into the same one: nothing changes, whatever
// the format has of a view.
func TestImportBack(t *testing.T) {
	cfg, views := simulated(t, 200)
	r, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: "key", Files: []string{exportedTo(t, "ndjson", views)}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Imported+r.Same != int64(len(views)) {
		t.Errorf("%+v, want the ids of all %d views known", r, len(views))
	}
	after := viewsOf(t, cfg)
	if len(after) != len(views) {
		t.Fatalf("%d views, want %d", len(after), len(views))
	}
	for i := range views {
		if diff := cmp.Diff(document(t, views[i]), document(t, after[i])); diff != "" {
			t.Fatalf("a view changed (-before +after):\n%s", diff)
		}
	}
}

// TestImportEvents imports messages of views with their events: the server has the same events then.
func TestImportEvents(t *testing.T) {
	cfg, _ := simulated(t, 60)
	want := timelinesOf(t, cfg, func(v *view.View) string { return v.ID.String() })
	for _, format := range export.MessageFormats {
		t.Run(string(format), func(t *testing.T) {
			var views []*view.View
			for _, id := range slices.Sorted(maps.Keys(want)) {
				views = append(views, want[id])
			}
			to := pastConfig(t)
			r, err := RunImport(t.Context(), to, io.Discard, Import{EnvKey: "key", Files: []string{exportedTo(t, string(format), views)}})
			if err != nil || r.Imported != int64(len(want)) || len(r.Unread) > 0 {
				t.Fatalf("%+v, %v; want %d views", r, err, len(want))
			}
			got, events := timelinesOf(t, to, func(v *view.View) string { return v.Text(columnSDKID) }), 0 // as the file calls them
			for id, v := range want {
				imported := got[id]
				if imported == nil {
					t.Fatalf("view %s is not there", id)
				}
				events += len(v.Events)
				line := func(e view.TimelineEvent) string {
					return fmt.Sprint(e.Seq, e.Name, e.ViewerTime, e.PlaybackTime, e.EventTime, e.Details["player_error_message"], e.Details["video_source_bitrate"])
				}
				var before, after []string
				for i := range v.Events {
					before = append(before, line(v.Events[i]))
				}
				for i := range imported.Events {
					after = append(after, line(imported.Events[i]))
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Fatalf("events of %s (-before +imported):\n%s", id, diff)
				}
			}
			if events < 500 {
				t.Errorf("only %d events", events)
			}
		})
	}
}

// timelinesOf are the views of a folder with their events, by a name.
func timelinesOf(t *testing.T, cfg Config, name func(*view.View) string) map[string]*view.View {
	t.Helper()
	s, err := duckdb.Open(t.Context(), cfg.views(filepath.Join(cfg.DataDir, viewsFile)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids, err := s.IDs(t.Context(), 0, math.MaxInt32*1000)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.Stored(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	views := map[string]*view.View{}
	for _, one := range stored {
		v, err := view.DecodeDocument(one.Document)
		if err != nil {
			t.Fatal(err)
		}
		views[name(v)] = v
	}
	return views
}

func document(t *testing.T, v *view.View) map[string]any {
	t.Helper()
	data, err := view.EncodeDocument(v)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// importText imports files of texts into a folder and returns the report without the names of the files.
func importText(t *testing.T, cfg Config, i Import, texts ...string) *ImportReport {
	t.Helper()
	i.EnvKey = "key"
	for _, text := range texts {
		i.Files = append(i.Files, writtenTo(t, text))
	}
	r, err := RunImport(t.Context(), cfg, io.Discard, i)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		p.File = strconv.Itoa(slices.Index(i.Files, p.File))
	}
	return r
}

// TestImportVersion1 imports a file of version 1, by hand: with the names it had, and
// with what follows from them.
func TestImportVersion1(t *testing.T) {
	day := time.Now().UTC().Add(-24 * time.Hour).Format(time.DateOnly)
	cfg := pastConfig(t)
	r := importText(t, cfg, Import{}, "view_id,view_start,view_end,viewer_application_name,viewer_os_family,country_code,buffering_count,buffering_duration,buffering_rate,player_autoplay,"+
		"time_to_first_frame,watch_time,player_error_code,player_error_message,error_type_id,page_load_time,player_load_time,view_seek_count,view_seek_duration,mux_viewer_id,property_id,view_max_upscale_percentage\n"+
		"abcDEF123,"+day+" 10:00:00 UTC,"+day+" 10:01:00 UTC,Chrome,macOS,DE,2,3000,0.0000333,t,2000,60000,,,,100,300,2,500,viewer,42,0.5\n"+
		"failed,"+day+" 10:00:00 UTC,"+day+" 10:00:09 UTC,Chrome,macOS,DE,0,0,0,,,9000,2,network,77,,,,,viewer,42,\n"+
		"left,"+day+" 10:00:00 UTC,"+day+" 10:00:09 UTC,,,,,,,,,9000,,,,,,,,,42,\n")
	if r.Imported != 3 || len(r.Problems) > 0 || len(r.Unmapped) > 0 {
		t.Errorf("%+v, want three views", r)
	}
	views := viewsOf(t, cfg)
	got := map[string]map[string]any{}
	for _, v := range views {
		d := document(t, v)
		for _, name := range []string{"environment_id", "id", "view_start", "view_end", "inserted_at", "updated_at", "viewer_key"} {
			delete(d, name)
		}
		got[v.Text(columnSDKID)] = d
	}
	number := func(n float64) float64 { return float64(float32(n)) }
	failed := float64(view.ErrorTypeID("2", "network"))
	smooth := (1/math.Sqrt2 + math.Exp(-0.5)) / 2
	want := map[string]map[string]any{
		"abcDEF123": {
			"view_id": "abcDEF123", "browser": "Chrome", "operating_system": "macOS", "country": "DE", "rebuffer_count": 2.0, "rebuffer_duration": 3000.0,
			"rebuffer_percentage": 0.05, "rebuffer_frequency": 0.0000333 * 60000, "video_startup_time": 2000.0, "watch_time": 60000.0, "playing_time": 60000.0 - 2000 - 3000 - 500,
			"page_load_time": 100.0, "player_startup_time": 300.0, "aggregate_startup_time": 2400.0, "view_seek_count": 2.0, "view_seek_duration": 500.0, "seek_latency": 250.0,
			"player_autoplay": true, "mux_viewer_id": "viewer", "max_upscale_percentage": 0.5, "watched": true, "playback_failure": false, "content_playback_failure": false,
			"ad_playback_failure": false, "video_startup_failure": false, "exit_before_video_start": false, "playback_business_exception": false,
			"video_startup_business_exception": false, "startup_time_score": number(0.8), "rebuffer_score": number(smooth), "playback_success_score": 1.0,
			"viewer_experience_score": number((0.65*smooth + 0.57*smooth + 0.43*0.8 + 0.6*0.8) / (0.65 + 1 + 0.6)),
		},
		"failed": {
			"view_id": "failed", "browser": "Chrome", "operating_system": "macOS", "country": "DE", "rebuffer_count": 0.0, "rebuffer_duration": 0.0, "rebuffer_percentage": 0.0,
			"rebuffer_frequency": 0.0, "watch_time": 9000.0, "playing_time": 0.0, "mux_viewer_id": "viewer", "watched": false,
			"player_error_code": "2", "player_error_message": "network", "error_type_id": failed, "playback_failure_error_type_id": failed,
			"error_types":      []any{fmt.Sprintf("%.0f\x1efatal\x1efalse\x1e2\x1enetwork", failed)},
			"playback_failure": true, "content_playback_failure": true, "ad_playback_failure": false, "video_startup_failure": true, "exit_before_video_start": false,
			"playback_business_exception": false, "video_startup_business_exception": false, "playback_success_score": 0.0, "viewer_experience_score": 0.0,
		},
	}
	delete(got, "left")
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-7*math.Max(1, math.Abs(a)) })); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
}

// TestImportReport: what is rejected, why, and where; what is not mapped; and which of
// several states of a view stays.
func TestImportReport(t *testing.T) {
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format(time.RFC3339) }
	cfg := pastConfig(t)
	first := "view_id,view_start,view_end,watch_time,shoe_size,isp\n" +
		"a," + at(2*time.Hour) + "," + at(time.Hour) + ",1,44,acme\n" +
		"b,,,1,,\n" +
		"," + at(2*time.Hour) + ",,1,,\n" +
		"c," + at(5000*time.Hour) + "," + at(4999*time.Hour) + ",1,,\n" +
		"d," + at(0) + "," + at(-48*time.Hour) + ",1,,\n" +
		"e," + at(2*time.Hour) + ",,long,,\n" +
		"f," + at(2*time.Hour) + "\n"
	second := `{"view_id":"a","view_start":"` + at(2*time.Hour) + `","view_end":"` + at(time.Hour) + `","watch_time":2}` + "\n" +
		`{"view_id":"e","view_start":"` + at(2*time.Hour) + `","view_end":"` + at(time.Hour) + `","watch_time":3}` + "\n" +
		`{"view_id":"e","view_start":"` + at(2*time.Hour) + `","view_end":"` + at(time.Hour) + `","watch_time":4}` + "\n"
	check := func(r *ImportReport, want ImportReport) {
		t.Helper()
		got := *r
		for _, p := range got.Problems {
			if p.Reason == TooOld || p.Reason == InFuture {
				p.Value = p.Value[:len("it ended")]
			}
		}
		got.Files = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
	want := ImportReport{
		Rows: 10, Imported: 4, Replaced: 2, Repeated: 1,
		Rejected: map[string]int64{Unreadable: 1, Incomplete: 2, TooOld: 1, InFuture: 1},
		Unmapped: map[string]int64{"shoe_size": 1, "isp": 1}, Unread: map[string]int64{"watch_time": 1},
		Problems: []*ImportProblem{
			{File: "0", Line: 3, Reason: Incomplete, Value: "view_start and view_end are missing"},
			{File: "0", Line: 4, Reason: Incomplete, Value: "view_id is missing"},
			{File: "0", Line: 5, Reason: TooOld, Value: "it ended"},
			{File: "0", Line: 6, Reason: InFuture, Value: "it ended"},
			{File: "0", Line: 7, Column: "watch_time", Value: "long"},
			{File: "0", Line: 8, Reason: Unreadable, Value: "2 cells, want 6 as in the first line"},
		},
	}
	dry := want
	dry.DryRun, dry.Replaced = true, 0
	garbage := "<html>"
	check(importText(t, cfg, Import{DryRun: true}, first, second, garbage), dry)
	if views := viewsOf(t, cfg); len(views) > 0 {
		t.Errorf("a dry run stored %d views", len(views))
	}
	r := importText(t, cfg, Import{}, first, second, garbage)
	check(r, want)
	if broken := r.Broken(); len(broken) != 1 || !strings.Contains(broken[0].Error, "neither CSV") {
		t.Errorf("files that cannot be read: %+v, want the last one", broken)
	}
	got := map[string]float64{}
	for _, v := range viewsOf(t, cfg) {
		got[v.Text(columnSDKID)], _ = v.Number(catalog.MustColumn("watch_time"))
	}
	if diff := cmp.Diff(map[string]float64{"a": 2, "e": 4}, got); diff != "" {
		t.Errorf("watch times (-want +got):\n%s", diff)
	}
}

// TestImportKeeps: views that a server made of beacons stay as they are, also if a file has
// them in another state; beside a server nothing is imported.
func TestImportKeeps(t *testing.T) {
	cfg := pastConfig(t)
	cfg.ViewCompleteAfter = time.Second
	a := start(t, cfg)
	c := allTime(a)
	c.post(t, "first", `"e":"viewstart"`, `"e":"viewend"`)
	c.list(t, 1)
	if _, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: "key", Files: []string{writtenTo(t, "view_id\n")}}); err == nil || !strings.Contains(err.Error(), "open in this process already") {
		t.Errorf("beside a server: %v, want a refusal", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := viewsOf(t, cfg)
	file := exportedTo(t, "csv", before)
	r, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: "key", Files: []string{file}})
	if err != nil || r.Kept != 1 || r.Imported != 0 {
		t.Errorf("%+v, %v; want one view kept", r, err)
	}
	if diff := cmp.Diff(document(t, before[0]), document(t, viewsOf(t, cfg)[0])); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
	if _, err := RunImport(t.Context(), cfg, io.Discard, Import{EnvKey: "other"}); err == nil || !strings.Contains(err.Error(), `no environment with the key "other"`) {
		t.Errorf("an unknown environment: %v", err)
	}
}
