package export

import (
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// someViews are views of whatever columns can hold.
var someViews = rapid.Custom(func(t *rapid.T) *view.View {
	texts := rapid.OneOf(rapid.SampledFrom([]string{"", "", "plain", "=1+1", "a,\"b\"", "'=x", "-5", "@", "line\nline", "тест", "\t", " x "}), rapid.String())
	v := view.New(view.NewID(rapid.Int64Range(0, 1<<46).Draw(t, "ms"), "e", rapid.StringMatching("[a-z]{3}").Draw(t, "id")))
	for _, c := range catalog.Columns {
		if rapid.Float64Range(0, 1).Draw(t, "known") < 0.3 {
			continue
		}
		switch c.Kind {
		case catalog.Text:
			v.TakeText(c, texts.Draw(t, c.Name))
		case catalog.List:
			list := make([]string, rapid.IntRange(0, 3).Draw(t, c.Name))
			for i := range list {
				list[i] = texts.Draw(t, c.Name)
				if len(c.Parts) > 0 {
					list[i] = someParts(t, c, i, texts)
				}
			}
			v.SetText(c, view.JoinList(list))
		case catalog.Bool:
			v.SetNumber(c, float64(rapid.IntRange(0, 1).Draw(t, c.Name)))
		case catalog.Int, catalog.Time:
			v.SetNumber(c, float64(rapid.Int64Range(0, math.MaxInt32).Draw(t, c.Name)))
		case catalog.Float:
			n := float64(rapid.Int64Range(0, 1e12).Draw(t, c.Name)) / 1e12
			if c.Unit == "score" {
				n = float64(float32(n))
			}
			v.SetNumber(c, n)
		}
	}
	return v
})

// someParts is an element of a list that has parts: of two, the first is a name that
// no other element has, and the last one a time.
func someParts(t *rapid.T, c *catalog.Column, at int, texts *rapid.Generator[string]) string {
	if len(c.Parts) == 2 {
		ms := rapid.Int64Range(0, 1<<40).Draw(t, "ms")
		return view.JoinParts(strconv.Itoa(at)+texts.Draw(t, "name"), strconv.FormatInt(ms, 10))
	}
	parts := make([]string, len(c.Parts))
	for i := range parts {
		parts[i] = texts.Draw(t, c.Parts[i])
	}
	return view.JoinParts(parts...)
}

// TestValues: what the columns of a view give, set on another view, makes it the same.
func TestValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Row{someViews.Draw(t, "view"), 7}
		i := newImported()
		for _, c := range append(Of(LatestVersion), Own()...) {
			switch n, ok := c.Number(r); {
			case c.Null(r):
			case c.Wire == Totals:
				c.SetTotals(&i, c.Totals(r))
			case c.Kind() == catalog.List:
				c.SetElements(&i, c.Elements(r))
			case c.Kind() == catalog.Text:
				c.SetText(&i, c.Text(r))
			case !ok:
				t.Fatalf("%s is neither null nor anything", c.Name)
			default:
				c.SetNumber(&i, n)
			}
		}
		checkImported(t, r, &i)
	})
}

// checkImported compares what was read with what was written, but for what exports leave out.
func checkImported(t *rapid.T, r Row, i *Imported) {
	t.Helper()
	if i.ViewID != r.ID.String() || i.EnvironmentID != r.View.Text(colEnvironment) {
		t.Errorf("it is view %q of %q, want %v of %q", i.ViewID, i.EnvironmentID, r.ID, r.View.Text(colEnvironment))
	}
	if len(i.Unmapped)+len(i.Unread) > 0 {
		t.Errorf("unmapped %q, unread %v", i.Unmapped, i.Unread)
	}
	for _, c := range catalog.Columns {
		if notExported[c.Name] || c == colEnvironment {
			continue
		}
		if c.IsText() {
			if diff := cmp.Diff(r.View.Text(c), i.View.Text(c)); diff != "" {
				t.Errorf("%s (-written +read):\n%s", c.Name, diff)
			}
			continue
		}
		want, known := r.View.Number(c)
		if got, ok := i.View.Number(c); ok != known || known && math.Abs(got-want) > math.Abs(want)*1e-15 {
			t.Errorf("%s was %v, %v and is %v, %v", c.Name, want, known, got, ok)
		}
	}
}

// TestRefusedValues: what a column cannot hold is noted, and the column stays as it was.
func TestRefusedValues(t *testing.T) {
	i := newImported()
	set := func(name string, n float64) { MustColumn(name).SetNumber(&i, n) }
	set("watch_time", 5)
	set("watch_time", -1)
	set("watch_time", math.MaxInt32+1)
	set("watch_time", math.NaN())
	set("smoothness_score", 1.5)
	set("used_fullscreen", 2)
	set("latitude", -181)
	set("city", 1)
	MustColumn("watch_time").SetText(&i, "long")
	MustColumn("video_cdn_trace").SetText(&i, "a")
	want := []Problem{
		{"watch_time", "-1"},
		{"watch_time", "2.147483648e+09"},
		{"watch_time", "NaN"},
		{"smoothness_score", "1.5"},
		{"used_fullscreen", "2"},
		{"latitude", "-181"},
		{"city", "1"},
		{"watch_time", "long"},
		{"video_cdn_trace", "a"},
	}
	if diff := cmp.Diff(want, i.Unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if n, _ := i.View.Number(catalog.MustColumn("watch_time")); n != 5 {
		t.Errorf("watch_time is %v, want 5", n)
	}
}

// TestOlderNames: what an older name of a column says does not take the place of what the
// column's own says, whichever comes first.
func TestOlderNames(t *testing.T) {
	for _, order := range [][]string{{"player_load_time", "player_startup_time"}, {"player_startup_time", "player_load_time"}} {
		i := newImported()
		for _, name := range order {
			MustColumn(name).SetNumber(&i, map[string]float64{"player_load_time": 1, "player_startup_time": 2}[name])
		}
		if n, _ := i.View.Number(catalog.MustColumn("player_startup_time")); n != 2 {
			t.Errorf("%v: %v, want 2", order, n)
		}
	}
}

// TestUnitsOfValues: rebuffer_frequency is per minute in the catalogue, and per ms in
// exports; a score is kept as 32 bits.
func TestUnitsOfValues(t *testing.T) {
	v := view.New(view.ID{})
	v.SetNumber(catalog.MustColumn("rebuffer_frequency"), 3)
	if n, ok := MustColumn("rebuffer_frequency").Number(Row{View: v}); n != 0.00005 || !ok {
		t.Errorf("3 per minute are %v per ms, %v", n, ok)
	}
	i := newImported()
	MustColumn("rebuffer_frequency").SetNumber(&i, 0.00005)
	if n, ok := i.View.Number(catalog.MustColumn("rebuffer_frequency")); math.Abs(n-3) > 1e-12 || !ok {
		t.Errorf("0.00005 per ms are %v per minute, %v", n, ok)
	}
	MustColumn("smoothness_score").SetNumber(&i, 0.1)
	if n, _ := i.View.Number(catalog.MustColumn("rebuffer_score")); n != float64(float32(0.1)) {
		t.Errorf("a score of 0.1 is kept as %v", n)
	}
	r := Row{View: view.New(view.ID{1}), Property: 12}
	for name, want := range map[string]float64{"property_id": 12, "player_view_count": 1} {
		if n, ok := MustColumn(name).Number(r); n != want || !ok {
			t.Errorf("%s is %v, %v; want %v", name, n, ok, want)
		}
	}
}

// TestTotalsOf reads totals as files and messages of others have them.
func TestTotalsOf(t *testing.T) {
	for text, want := range map[string][]Total{
		`{}`:                        nil,
		`{"b":1500,"a":"7"}`:        {{"b", 1500}, {"a", 7}},
		`{"a":{}, "b":{"other":1}}`: {{"a", 0}, {"b", 0}},
		`{"a":{"total_playing_time_ms":"9007199254740991"},"b":{"totalPlayingTimeMs":2}}`: {{"a", 1<<53 - 1}, {"b", 2}},
	} {
		if got, ok := totalsOf([]byte(text)); !ok || !cmp.Equal(want, got) {
			t.Errorf("%s is read as %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{``, `[]`, `1`, `{"a"`, `{"a":-1}`, `{"a":null}`, `{"a":1e300}`, `{"a":9007199254740992}`, `{"a":{"total_playing_time_ms":[]}}`, `{"a":1`} {
		if got, ok := totalsOf([]byte(text)); ok {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}
