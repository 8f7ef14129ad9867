package export

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/view"
)

// TestDetect: a file of CSV or messages that was made elsewhere says the same of two views.
func TestDetect(t *testing.T) {
	first, second := example(), viewOf(map[string]any{"view_start": 1767225600000.0, "view_end": 1767225600000.0, "video_title": "second"})
	second.ID[15]++
	file := written(t, CSV, Options{Version: LatestVersion}, first, second)
	line := func(v *view.View) string { return string(message(t, JSON, v)) }
	for name, test := range map[string]struct {
		data   []byte
		format string
	}{
		"CSV with a BOM":   {append([]byte("\uFEFF"), file...), "CSV"},
		"CSV with CRLF":    {bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")), "CSV"},
		"other names":      {bytes.Replace(file, []byte("ad_attempt_count,ad_break_count"), []byte("\"AD_Attempt_Count \",unheard_of"), 1), "CSV"},
		"CSV in two gzips": {append(packed(t, file[:2000]), packed(t, file[2000:])...), "CSV in gzip"},
		"empty lines":      {[]byte("\uFEFF" + line(first) + "\n\n" + line(second) + "\n\n"), "JSON"},
		"a page of data":   {[]byte(`{"data": [` + line(first) + "," + line(second) + `], "total_row_count": 2}`), "an array of JSON"},
		"blanks":           {[]byte(" \n [" + line(first) + "," + line(second) + "]"), "an array of JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			r, format, err := NewReader(bytes.NewReader(test.data), int64(len(test.data)))
			if err != nil || format != test.format {
				t.Fatalf("%q, %v; want %q", format, err, test.format)
			}
			views, refused := readAll(t, r)
			var got []string
			for _, v := range views {
				got = append(got, v.ViewID, v.View.Text(MustColumn("custom_1").column))
			}
			want := []string{first.ID.String(), "=HYPERLINK(1)", second.ID.String(), ""}
			if diff := cmp.Diff(want, got); diff != "" || len(refused) > 0 {
				t.Errorf("refused %q, views (-want +got):\n%s", refused, diff)
			}
		})
	}
}

// TestNotDetected: what is nothing of this is refused, and says what would be right.
func TestNotDetected(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"nothing":            {"", "the file is empty"},
		"blanks":             {" \n", "the file is empty"},
		"CSV without ids":    {"asn,browser\n1,2\n", "nor JSON, protobuf or Parquet"},
		"CSV with two ids":   {"view_id,view_id\n1,2\n", "view_id is there 2 times"},
		"HTML":               {"<html></html>", "nor JSON, protobuf or Parquet"},
		"JSON that is a one": {"1", "nor JSON, protobuf or Parquet"},
		"damaged gzip":       {"\x1f\x8bxxxx", "gzip"},
		"damaged Parquet":    {"PAR1xxxx", "Parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := NewReader(bytes.NewReader([]byte(test.data)), int64(len(test.data)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestRefusedRows: a row that cannot be read is refused with its line, and the next
// one is read.
func TestRefusedRows(t *testing.T) {
	for name, test := range map[string]struct {
		data    string
		ids     []string
		refused []string
	}{
		"CSV": {
			"view_id,watch_time,custom_1\na,1,x\nb,2\nc,3,\"two\nlines\"\nd,4,\"x\"y\ne,5,z\n",
			[]string{"a", "c", "e"},
			[]string{"line 3: 2 cells, want 3 as in the first line", "line 6: column 7: extraneous or missing \" in quoted-field"},
		},
		"JSON": {
			`{"view_id":"a"}` + "\n" + `{"view_id":` + "\n" + `{"view_id":"c"} x` + "\n" + `{"view_id":"d"}{"view_id":"e"}`,
			[]string{"a", "c", "d", "e"},
			[]string{"line 2: unexpected EOF", "line 3: invalid character 'x' looking for beginning of value"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, err := NewReader(strings.NewReader(test.data), int64(len(test.data)))
			if err != nil {
				t.Fatal(err)
			}
			views, refused := readAll(t, r)
			var ids []string
			for _, v := range views {
				ids = append(ids, v.ViewID)
			}
			if diff := cmp.Diff(test.ids, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.refused, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnmapped: cells of columns that nobody knows are noted, those that cannot be read as well.
func TestUnmapped(t *testing.T) {
	data := "view_id,shoe_size,watch_time,isp,used_fullscreen,view_end\na,44,long,acme,maybe,yesterday\nb,,5,,TRUE,2026-01-01 00:00:00 UTC\n"
	r, _, err := NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	views, _ := readAll(t, r)
	if diff := cmp.Diff([]string{"shoe_size", "isp"}, views[0].Unmapped); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Problem{{"watch_time", "long"}, {"used_fullscreen", "maybe"}, {"view_end", "yesterday"}}, views[0].Unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if len(views[1].Unmapped)+len(views[1].Unread) > 0 || views[0].Line != 2 || views[1].Line != 3 {
		t.Errorf("the second view: %+v", views[1])
	}
}

// TestCutArray: an array without an end is no file that has been read.
func TestCutArray(t *testing.T) {
	for _, data := range []string{`[{"view_id":"a"}`, `[{"view_id":"a"},`, `[{"view_id":"a"},{"view`, `{"data":[{"view_id":"a"}`} {
		r, _, err := NewReader(strings.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if first, err := r.Read(); err != nil || first.ViewID != "a" {
			t.Errorf("%s: the first view is %q, %v", data, first.ViewID, err)
		}
		if _, err := r.Read(); !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, new(*RowError)) {
			t.Errorf("%s: the end is %v, want %v", data, err, io.ErrUnexpectedEOF)
		}
	}
}

// TestLongRow: a row without an end is not taken into memory.
func TestLongRow(t *testing.T) {
	for name, begin := range map[string]string{"CSV": "view_id\n\"", "JSON": `{"view_id":"`, "array": `[{"view_id":"`, "protobuf": "\x0a\x03abc"} {
		r, _, err := NewReader(endless{strings.NewReader(begin)}, 1<<40)
		if err == nil {
			_, err = r.Read()
		}
		if err == nil || errors.Is(err, io.EOF) || errors.As(err, new(*RowError)) {
			t.Errorf("%s: %v, want an error that ends the file", name, err)
		}
	}
}

// endless goes on with the letter x.
type endless struct{ *strings.Reader }

func (e endless) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
	}
	return n, err
}
