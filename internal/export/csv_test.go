package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// viewOf is a view with values by the names of the catalogue.
func viewOf(values map[string]any) *view.View {
	v := view.New(view.NewID(1767225600000, "e", "s"))
	for name, value := range values {
		c := catalog.MustColumn(name)
		switch value := value.(type) {
		case string:
			v.SetText(c, value)
		case []string:
			v.SetText(c, view.JoinList(value))
		case float64:
			v.SetNumber(c, value)
		}
	}
	return v
}

func written(t interface{ Fatal(...any) }, f Format, o Options, views ...*view.View) []byte {
	var b bytes.Buffer
	w, err := NewWriter(f, &b, o)
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
	return b.Bytes()
}

// example is a view of which cells are known by hand.
func example() *view.View {
	return viewOf(map[string]any{
		"view_id": "of the SDK", "environment_id": "e1", "view_start": 1767225599999.0, "view_end": 1767225600000.0, "video_title": `a "b", c`,
		"custom_1": "=HYPERLINK(1)", "custom_2": "-5", "custom_3": "'=x", "custom_4": "-", "custom_5": "two\nlines", "used_captions": 1.0, "used_pip": 0.0,
		"rebuffer_frequency": 3.0, "rebuffer_percentage": 0.0000001, "watch_time": 2147483647.0, "rebuffer_score": float64(float32(0.7)),
		"video_cdn_trace": []string{"fastly", "akamai"}, "playback_mode_playing_times": []string{"standard\x1e1200", "pip\x1e34"}, "error_type_id": 17.0,
		"player_view_count": 9.0, "video_startup_time": 512.0, "latitude": -33.9,
	})
}

// TestCSV: cells of a view, by hand.
func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, CSV, Options{Version: LatestVersion, Property: 12}, example()))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		if rows[1][i] != "" {
			got[name] = rows[1][i]
		}
	}
	want := map[string]string{
		"view_id": example().ID.String(), "property_id": "12", "environment_id": "e1", "player_view_count": "1",
		"view_start": "2025-12-31T23:59:59.999Z", "view_end": "2026-01-01T00:00:00.000Z", "video_title": `a "b", c`,
		"custom_1": "'=HYPERLINK(1)", "custom_2": "-5", "custom_3": "''=x", "custom_4": "'-", "custom_5": "two\nlines",
		"player_captions_enabled": "true", "player_pip_enabled": "false", "rebuffer_frequency": "0.00005", "rebuffer_percentage": "0.0000001",
		"watch_time": "2147483647", "smoothness_score": "0.699999988079071", "video_cdn_trace": `["fastly","akamai"]`, "error_type": "17",
		"playback_mode_totals": `{"standard":{"total_playing_time_ms":1200},"pip":{"total_playing_time_ms":34}}`,
		"video_startup_time":   "512", "latitude": "-33.9",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

// TestCSVBytes: the file as it is, of the oldest version.
func TestCSVBytes(t *testing.T) {
	data := string(written(t, CSV, Options{Version: OldestVersion}, viewOf(map[string]any{"video_title": `say "a"`}), viewOf(nil)))
	lines := strings.Split(data, "\n")
	if len(lines) != 4 || lines[3] != "" {
		t.Fatalf("%d lines, want three that end in LF", len(lines)-1)
	}
	if !strings.HasPrefix(lines[0], "asn,browser,browser_version,cdn,city,") || !strings.HasSuffix(lines[0], ",watch_time,watched,weighted_average_bitrate") {
		t.Errorf("the first line is %s", lines[0])
	}
	if strings.Contains(data, "\r") || !strings.Contains(lines[1], `,"say ""a""",`) || strings.Contains(lines[2], `"`) {
		t.Errorf("lines %q and %q", lines[1], lines[2])
	}
}

// TestNeutral: what spreadsheets execute, by the list of OWASP and by the numbers that they do not.
func TestNeutral(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a=b": "a=b", "=1": "'=1", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "@SUM(1)": "'@SUM(1)", "-2+3": "'-2+3",
		"\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "＝1": "'＝1", "＠": "'＠", "-2.5": "-2.5", "+49123": "+49123", "-1e-3": "-1e-3",
		"-.5": "-.5", "-0x10": "'-0x10", "-Inf": "'-Inf", "-1_0": "'-1_0", "-": "'-", "'": "'", "'a": "'a", "'=": "''=", "''=": "'''=", "'-5": "'-5", " =1": " =1",
	} {
		if got := neutral(text); got != want {
			t.Errorf("neutral(%q) = %q, want %q", text, got, want)
		}
		if got := literal(neutral(text)); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	}
}

func FuzzNeutral(f *testing.F) {
	f.Add("'=1+1")
	f.Fuzz(func(t *testing.T, text string) {
		cell := neutral(text)
		if executable(cell) {
			t.Errorf("%q becomes %q", text, cell)
		}
		if got := literal(cell); got != text {
			t.Errorf("%q becomes %q and comes back as %q", text, cell, got)
		}
	})
}

// readAll reads all views of a file, and the errors of rows.
func readAll(t interface{ Fatal(...any) }, r Reader) (list []Imported, refused []string) {
	for {
		i, err := r.Read()
		var row *RowError
		switch {
		case errors.Is(err, io.EOF):
			return list, refused
		case errors.As(err, &row):
			refused = append(refused, err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			list = append(list, i)
		}
	}
}

// TestCSVAgain: CSV that is read makes the same views, as far as CSV has their columns.
func TestCSVAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := someViews.Draw(t, "view")
		// The end of a line in a quoted cell is read as LF.
		for _, c := range catalog.Columns {
			if c.IsText() {
				v.SetText(c, strings.ReplaceAll(v.Text(c), "\r\n", "\n"))
			}
		}
		for _, c := range Own() {
			if c.column.IsText() {
				v.SetText(c.column, "")
			} else {
				v.SetNumber(c.column, math.NaN())
			}
		}
		r, err := newCSVReader(bytes.NewReader(written(t, CSV, Options{Version: LatestVersion, Property: 3}, v)))
		if err != nil {
			t.Fatal(err)
		}
		list, refused := readAll(t, r)
		if len(list) != 1 || len(refused) > 0 {
			t.Fatalf("%d views, refused %v", len(list), refused)
		}
		checkImported(t, Row{v, 3}, &list[0])
	})
}

// TestNDJSONAgain: NDJSON that is read makes the same views.
func TestNDJSONAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := someViews.Draw(t, "view")
		data := written(t, NDJSON, Options{Version: rapid.SampledFrom([]int{2, 17}).Draw(t, "version"), Property: 3}, v)
		list, refused := readAll(t, newLines(bytes.NewReader(data), readObjectOf))
		if len(list) != 1 || len(refused) > 0 {
			t.Fatalf("%d views, refused %v", len(list), refused)
		}
		if bytes.Contains(data, []byte(`"ad_attempt_count"`)) { // else columns are left out that later versions have
			checkImported(t, Row{v, 3}, &list[0])
		}
	})
}

// TestNDJSON: members of a view, by hand.
func TestNDJSON(t *testing.T) {
	data := written(t, NDJSON, Options{Version: LatestVersion, Property: 12}, example())
	if bytes.Count(data, []byte("\n")) != 1 || data[len(data)-1] != '\n' {
		t.Fatalf("want one line: %s", data)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(Of(LatestVersion))+len(Own()) {
		t.Errorf("%d members, want one for each column", len(got))
	}
	for name, value := range got {
		if value == nil {
			delete(got, name)
		}
	}
	want := map[string]any{
		"view_id": example().ID.String(), "sdk_view_id": "of the SDK", "property_id": 12.0, "environment_id": "e1", "player_view_count": 1.0, "sdk_player_view_count": 9.0,
		"view_start": "2025-12-31T23:59:59.999Z", "view_end": "2026-01-01T00:00:00.000Z", "video_title": `a "b", c`,
		"custom_1": "=HYPERLINK(1)", "custom_2": "-5", "custom_3": "'=x", "custom_4": "-", "custom_5": "two\nlines",
		"player_captions_enabled": true, "player_pip_enabled": false, "rebuffer_frequency": 0.00005, "rebuffer_percentage": 0.0000001,
		"watch_time": 2147483647.0, "smoothness_score": 0.699999988079071, "video_cdn_trace": []any{"fastly", "akamai"}, "error_type": 17.0,
		"playback_mode_totals": map[string]any{"standard": 1200.0, "pip": 34.0}, "video_startup_time": 512.0, "latitude": -33.9,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestGzip: the same views are the same bytes, which decompress to what is not compressed.
func TestGzip(t *testing.T) {
	plain := written(t, CSV, Options{Version: 17}, example(), viewOf(nil))
	packed := written(t, CSV, Options{Version: 17, Gzip: true}, example(), viewOf(nil))
	if !bytes.Equal(packed, written(t, CSV, Options{Version: 17, Gzip: true}, example(), viewOf(nil))) {
		t.Error("the same views are other bytes")
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q, %v", got, err)
	}
	if packed[4]|packed[5]|packed[6]|packed[7] != 0 || r.Name != "" {
		t.Errorf("the file says that it was made at %v, as %q", r.ModTime, r.Name)
	}
}

// TestRefusedWriters: what cannot be written is refused.
func TestRefusedWriters(t *testing.T) {
	for want, o := range map[string]Options{
		"version 1 of exports: want 2 to 17": {Version: 1}, "version 18 of exports: want 2 to 17": {Version: 18},
		`there is no format "xml"`: {Version: 2, Gzip: true},
	} {
		if _, err := NewWriter("xml", io.Discard, o); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	failing := writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	for _, f := range []Format{CSV, NDJSON} {
		for _, zip := range []bool{false, true} {
			w, err := NewWriter(f, failing, Options{Version: 17, Gzip: zip})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Write(example())
			if err = errors.Join(err, w.Close()); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s, gzip %v: %v, want the error of what is written to", f, zip, err)
			}
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestTimes: times as exports and databases write them.
func TestTimes(t *testing.T) {
	want := float64(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixMilli())
	for _, text := range []string{
		"2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02 03:04:05", "2026-01-02 03:04:05 UTC", "2026-01-02 03:04:05.000 UTC",
		"2026-01-02 03:04:05+00", "2026-01-02 03:04:05 +0000 UTC", "2026-01-02T03:04:05.000000000Z", "1767323045", "1767323045000", "1767323045000000",
		"1767323045000000000", " 1767323045.0 ",
	} {
		if got, ok := numberOf(catalog.Time, text); !ok || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-5", "1e300", "0x10"} {
		if got, ok := numberOf(catalog.Time, text); ok {
			t.Errorf("%q is %v, want no time", text, got)
		}
	}
}
