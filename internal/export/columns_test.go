package export

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
)

// published is a row of testdata/columns.tsv: what is published of a column.
type published struct {
	column, unit, since, field, kind, tag, old string
}

func readPublished(t *testing.T) []published {
	t.Helper()
	f, err := os.Open("testdata/columns.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []published
	for _, row := range rows[1:] {
		if row[0] != "events" { // only messages have them
			list = append(list, published{row[0], row[1], row[2], row[3], row[4], row[5], row[6]})
		}
	}
	if len(list) != 200 {
		t.Fatalf("%d columns are published, want 200", len(list))
	}
	return list
}

// TestColumns holds the table of columns against what is published of them.
func TestColumns(t *testing.T) {
	wires := map[string]Wire{
		"": NoWire, "string": String, "int32": Int32, "int64": Int64, "float": Float32, "double": Float64, "bool": Boolean,
		"required string": String, "required Timestamp": Timestamp, "repeated string": Strings, "map<string, PlayingTimeInfo>": Totals,
	}
	fields := map[string]*Column{} // by their name in messages
	for _, c := range Messages() {
		name := c.Field
		if name == "" {
			name = c.Name
		}
		if fields[name] != nil {
			t.Errorf("the field %s is there twice", name)
		}
		fields[name] = c
	}
	for _, p := range readPublished(t) {
		i := slices.IndexFunc(Columns, func(c Column) bool { return c.Name == p.column })
		if i < 0 {
			t.Errorf("there is no column %s", p.column)
			continue
		}
		c := &Columns[i]
		version, message := strings.CutPrefix(p.since, "PB ")
		version, open := strings.CutSuffix(strings.TrimPrefix(version, "v"), "+")
		since, err := strconv.Atoi(version)
		if err != nil {
			t.Fatalf("%s: %v", p.column, err)
		}
		if message {
			since = max(since, 6)
		}
		until := 0
		if p.column == "time_to_first_frame" && !open {
			until = since
		}
		if c.Since != since || c.Until != until || c.Old != p.old {
			t.Errorf("%s: from %d to %d, in version 1 %q; want %d, %d, %q", p.column, c.Since, c.Until, c.Old, since, until, p.old)
		}
		field := p.field
		if field == "" {
			field = p.column
		}
		if p.tag == "" {
			if fields[field] != nil {
				t.Errorf("%s is in messages", field)
			}
			continue
		}
		if f := fields[field]; f == nil || strconv.Itoa(int(f.Tag)) != p.tag || f.Wire != wires[p.kind] {
			t.Errorf("the field %s is %+v, want number %s and %s", field, f, p.tag, p.kind)
		}
		delete(fields, field)
	}
	for name := range fields {
		t.Errorf("the field %s is not published", name)
	}
}

// TestUnits holds the units of columns against those that are published, except of
// some that are called percentages and are fractions.
func TestUnits(t *testing.T) {
	units := map[string]string{
		"Milliseconds": "ms", "Percentage": "fraction", "bits/sec": "bit/s", "Events per millisecond": "per ms", "Degrees": "degrees",
	}
	for _, p := range readPublished(t) {
		i := slices.IndexFunc(Columns, func(c Column) bool { return c.Name == p.column })
		if want, said := units[p.unit]; said && i >= 0 && Columns[i].Unit != want {
			t.Errorf("%s is in %q, want %q", p.column, Columns[i].Unit, want)
		}
	}
}

// TestVersions: which columns a version has, by what is published; they are in the
// order of their names.
func TestVersions(t *testing.T) {
	for version := OldestVersion; version <= LatestVersion; version++ {
		var want, got []string
		for _, p := range readPublished(t) {
			since, message := strings.CutPrefix(p.since, "PB v")
			first, err := strconv.Atoi(strings.Trim(since, "v+"))
			if err != nil {
				t.Fatal(err)
			}
			if message {
				first = max(first, 6)
			}
			if first <= version && p.column != "time_to_first_frame" {
				want = append(want, p.column)
			}
		}
		slices.Sort(want)
		for _, c := range Of(version) {
			got = append(got, c.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-published +ours):\n%s", version, diff)
		}
	}
}

// TestKinds: a column has values of the type that messages give it.
func TestKinds(t *testing.T) {
	kinds := map[Wire][]catalog.Kind{
		String: {catalog.Text}, Int32: {catalog.Int}, Int64: {catalog.Int}, Float32: {catalog.Float}, Float64: {catalog.Float},
		Boolean: {catalog.Bool}, Timestamp: {catalog.Time}, Strings: {catalog.List}, Totals: {catalog.List},
	}
	for _, c := range Messages() {
		if c.Unknown || c.special == property {
			continue
		}
		if !slices.Contains(kinds[c.Wire], c.Kind()) {
			t.Errorf("%s is written as %d, and has values of kind %d", c.Name, c.Wire, c.Kind())
		}
	}
}

// TestOwn: whatever a view is measured by is in files that have our own columns, but
// for what means something to one server only; no name is there twice.
func TestOwn(t *testing.T) {
	names, columns := map[string]bool{}, map[*catalog.Column]bool{}
	for _, c := range append(Of(LatestVersion), Own()...) {
		if names[c.Name] {
			t.Errorf("the column %s is there twice", c.Name)
		}
		names[c.Name], columns[c.column] = true, true
	}
	for _, c := range catalog.Columns {
		if !columns[c] && !notExported[c.Name] {
			t.Errorf("%s of the catalogue is in no export", c.Name)
		}
	}
}
