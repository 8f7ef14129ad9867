package export

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"playhead/internal/catalog"
	"playhead/internal/view"
	"playhead/internal/view/viewtest"
)

// titled makes a view of which little is known.
func titled(title string) *view.View {
	v := view.New(view.NewID(noon, "env", title))
	v.SetText(catalog.MustColumn("environment_id"), "env")
	v.SetText(catalog.MustColumn("view_id"), "sdk "+title)
	v.SetText(catalog.MustColumn("video_title"), title)
	v.SetText(catalog.MustColumn("playback_mode_playing_times"), view.JoinList([]string{view.JoinParts("pip", "59000")}))
	v.SetNumber(catalog.MustColumn("view_start"), noon)
	v.SetNumber(catalog.MustColumn("view_end"), noon+1000)
	v.SetNumber(catalog.MustColumn("used_captions"), 1)
	return v
}

// prefixed are messages, each preceded by its length.
func prefixed(messages ...[]byte) (all []byte) {
	for _, m := range messages {
		all = append(binary.AppendUvarint(all, uint64(len(m))), m...)
	}
	return all
}

func packed(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// titles reads a file whose format is not told, and returns the titles and errors in it.
func titles(t *testing.T, data []byte) (list []string, format string) {
	t.Helper()
	r, format, err := NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return []string{"error"}, err.Error()
	}
	for {
		i, err := r.Read()
		var row *RowError
		switch {
		case err == io.EOF: //nolint:errorlint // that very value
			return list, format
		case errors.As(err, &row):
			list = append(list, fmt.Sprintf("line %d", row.Line))
			continue
		case err != nil:
			return append(list, "error"), format
		}
		list = append(list, i.View.Text(catalog.MustColumn("video_title")))
		if i.ViewID == "" || i.Line == 0 || len(i.Unmapped) > 0 || len(i.Unread) > 0 {
			t.Errorf("%s: view %q, line %d, unmapped %v, unread %v", format, i.ViewID, i.Line, i.Unmapped, i.Unread)
		}
		for _, name := range []string{"used_captions", "view_start", "view_end"} {
			if n, ok := i.View.Number(catalog.MustColumn(name)); !ok || n == 0 {
				t.Errorf("%s: %s is %v, %v", format, name, n, ok)
			}
		}
		if modes := i.View.Text(catalog.MustColumn("playback_mode_playing_times")); modes != titled("").Text(catalog.MustColumn("playback_mode_playing_times")) {
			t.Errorf("%s: modes are %q", format, modes)
		}
	}
}

// TestFormatShows reads files of all formats, of which nothing tells the format but what is in them.
func TestFormatShows(t *testing.T) {
	one, two := titled("one"), titled("two")
	protobuf1, protobuf2 := message(t, Protobuf, one), message(t, Protobuf, two)
	json1, json2 := string(message(t, JSON, one)), string(message(t, JSON, two))
	o := Options{Version: LatestVersion, Property: 3}
	for _, test := range []struct {
		name   string
		data   []byte
		format string
		titles string
	}{
		{"protobuf", prefixed(protobuf1, protobuf2), "protobuf", "one two"},
		{"protobuf in gzip", packed(t, prefixed(protobuf1, protobuf2)), "protobuf in gzip", "one two"},
		{"one of protobuf", protobuf1, "one message of protobuf", "one"},
		{"two of protobuf without lengths", append(bytes.Clone(protobuf1), protobuf2...), "one message of protobuf", "line 1"},
		{"protobuf cut in a message", prefixed(protobuf1, protobuf2)[:len(protobuf1)+20], "protobuf", "one error"},
		{"protobuf cut in a length", append(prefixed(protobuf1), 0x80), "protobuf", "one error"},
		{"protobuf with a message that is none", prefixed(protobuf1, []byte{0x0a}, protobuf2), "protobuf", "one line 2 two"},
		{"protobuf with a length that is none", append(prefixed(protobuf1), 0xff, 0xff, 0xff, 0xff, 0x7f), "protobuf", "one error"},
		{"JSON on lines", []byte(json1 + "\n" + json2 + "\n"), "JSON", "one two"},
		{"JSON one after the other", []byte(json1 + json2), "JSON", "one two"},
		{"JSON with a line that is none", []byte(json1 + "\n{\n" + json2), "JSON", "one line 2 two"},
		{"an array", []byte("[" + json1 + "," + json2 + "]"), "an array of JSON", "one two"},
		{"data", []byte(`{"data":[` + json1 + "," + json2 + "]}"), "an array of JSON", "one two"},
		{"names of files in messages", []byte(strings.ReplaceAll(json1, "used_captions", "player_captions_enabled")), "JSON", "one"},
		{"totals that are numbers", []byte(strings.ReplaceAll(json1, `{"total_playing_time_ms":"59000"}`, "59000")), "JSON", "one"},
		{"NDJSON", written(t, NDJSON, o, one, two), "JSON", "one two"},
		{"NDJSON in gzip", packed(t, written(t, NDJSON, o, one, two)), "JSON in gzip", "one two"},
		{"CSV", written(t, CSV, o, one, two), "CSV", "one two"},
		{"CSV in gzip", packed(t, written(t, CSV, o, one, two)), "CSV in gzip", "one two"},
		{"Parquet", written(t, Parquet, o, one, two), "Parquet", "one two"},
		{"nothing", nil, "the file is empty: want CSV, JSON, protobuf or Parquet", "error"},
		{"something else", []byte("%PDF-1.7"), "it is neither CSV with a line of names that has view_id, nor JSON, protobuf or Parquet", "error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, format := titles(t, test.data)
			if strings.Join(got, " ") != test.titles || format != test.format {
				t.Errorf("read %q as %q, want %q as %q", got, format, test.titles, test.format)
			}
		})
	}
}

// FuzzFile reads anything as a file: it ends, and with an error if at all.
func FuzzFile(f *testing.F) {
	v := titled("one")
	for _, format := range MessageFormats {
		data, err := AppendMessage(nil, format, v, 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(prefixed(data, data))
		f.Add([]byte("[" + string(data) + "]"))
	}
	f.Add([]byte("view_id,video_title\na,'=b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PAR1")) {
			return // it has a test of its own
		}
		r, _, err := NewReader(bytes.NewReader(data), int64(len(data)))
		for n := 0; err == nil; n++ {
			i, broken := r.Read()
			if err = broken; err == nil {
				if i.Complete(view.DefaultScoring()) == nil {
					if wrong := viewtest.Check(i.View); wrong != nil {
						t.Fatal(wrong)
					}
				}
			} else if _, row := errors.AsType[*RowError](err); row {
				err = nil
			}
			if n > len(data) {
				t.Fatal("there is no end of it")
			}
		}
	})
}
