package export

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManyColumns: rows with more columns than anybody has do not take time that grows
// with their square: a file in CSV is refused, and of a row in JSON as many are noted as a
// report names.
func TestManyColumns(t *testing.T) {
	const many = 300_000
	var names, members strings.Builder
	for n := range many {
		names.WriteString(",unknown_" + strconv.Itoa(n))
		members.WriteString(`,"unknown_` + strconv.Itoa(n) + `":1`)
	}
	csv := "view_id" + names.String() + "\na" + strings.Repeat(",1", many) + "\n"
	if _, _, err := NewReader(strings.NewReader(csv), int64(len(csv))); err == nil || !strings.Contains(err.Error(), "there are 300001, want at most") {
		t.Errorf("CSV: %v, want it refused for its columns", err)
	}
	for name, data := range map[string]string{"a message": `{"view_id":"a"` + members.String() + "}\n", "a row": `{"sdk_view_id":"a"` + members.String() + "}\n"} {
		r, _, err := NewReader(strings.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		i, err := r.Read()
		if err != nil || len(i.Unmapped) != 1000 {
			t.Errorf("%s: %d names are noted, %v; want 1000", name, len(i.Unmapped), err)
		}
	}
}

// TestListCells: lists of CSV as other programs write them.
func TestListCells(t *testing.T) {
	for cell, want := range map[string][]string{
		`["fastly","akamai","fastly"]`: {"fastly", "akamai", "fastly"},
		`[fastly, akamai]`:             {"fastly", "akamai"},
		`['fastly', 'akamai']`:         {"fastly", "akamai"},
		`{fastly,akamai}`:              {"fastly", "akamai"},
		`{"fastly","akamai"}`:          {"fastly", "akamai"},
		`fastly,akamai`:                {"fastly", "akamai"},
		`fastly`:                       {"fastly"},
		`["a,b"]`:                      {"a,b"},
		`[]`:                           nil,
		`{}`:                           nil,
		`null`:                         nil,
	} {
		i := newImported()
		c := MustColumn("video_cdn_trace")
		c.setCell(&i, cell)
		if diff := cmp.Diff(want, c.Elements(Row{View: i.View})); diff != "" || len(i.Unread) > 0 {
			t.Errorf("%s, unread %v (-want +got):\n%s", cell, i.Unread, diff)
		}
	}
	for column, cell := range map[string]string{"video_cdn_trace": `[{"cdn":"fastly"`, "playback_mode_totals": "inline"} {
		i := newImported()
		MustColumn(column).setCell(&i, cell)
		if diff := cmp.Diff([]Problem{{column, cell}}, i.Unread); diff != "" {
			t.Errorf("unread of %s (-want +got):\n%s", cell, diff)
		}
	}
}
