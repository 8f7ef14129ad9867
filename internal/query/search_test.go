package query

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/fault"
)

// TestFoldPatternIsFold: an engine with patterns finds what memory finds.
func TestFoldPatternIsFold(t *testing.T) {
	alphabet := []rune{'a', 'A', 'k', 'K', 'K', 's', 'S', 'ſ', 'σ', 'ς', 'Σ', 'ß', 'ẞ', 'i', 'İ', 'ı', 'I', 'ﬀ', '𐐀', '𐐨', '日', '.', '*', '\\', '[', ']', '^', '$', '(', '%', '_', ' ', '\n', '\''}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 6, -1).Draw(rt, "text")
		inside := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 2, -1).Draw(rt, "inside")
		want := strings.Contains(Fold(text), Fold(inside))
		if got := regexp.MustCompile(FoldPattern(inside)).MatchString(text); got != want {
			rt.Errorf("%q matches %q: %v, want %v", text, FoldPattern(inside), got, want)
		}
	})
}

// TestFoldIsUnicodes: of each letter of Unicode.
func TestFoldIsUnicodes(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if a, b := Fold(string(r)), Fold(string(unicode.SimpleFold(r))); a != b {
			t.Errorf("%q is folded to %q, and %q to %q", r, a, unicode.SimpleFold(r), b)
		}
	}
}

// TestSearchOfValues: texts are searched by the engine, all others after it.
func TestSearchOfValues(t *testing.T) {
	for _, tt := range []struct{ dimension, search, want string }{
		{"country", "u", "u"},
		{"video_cdn_trace", "u", "u"},
		{"country", "", ""},
		{"asn", "15", ""},
		{"used_pip", "RU", ""},
	} {
		p, err := DimensionValues(Request{Now: now, Dimension: tt.dimension, Search: tt.search, Limit: "3", Page: "2"})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range p.Plan.Where {
			got += c.Column.Name + *c.Inside
		}
		if want := strings.Repeat(tt.dimension, len(tt.want)) + tt.want; got != want {
			t.Errorf("%s with %q: the plan looks for %q, want %q", tt.dimension, tt.search, got, want)
		}
		if after := tt.search != "" && tt.want == ""; after != (p.Plan.Limit == 0) || after != (p.Plan.Offset == 0) {
			t.Errorf("%s with %q: limit %d, offset %d", tt.dimension, tt.search, p.Plan.Limit, p.Plan.Offset)
		}
	}
}

// TestSearchOfWords: true and false are values like others.
func TestSearchOfWords(t *testing.T) {
	p, err := DimensionValues(Request{Now: now, Dimension: "used_pip", Search: "ALS"})
	if err != nil {
		t.Fatal(err)
	}
	rows, total := p.Page(&Result{Rows: []Row{{Groups: []string{"true"}}, {Groups: []string{""}}, {Groups: []string{"false"}}}})
	if total != 1 || rows[0].Groups[0] != "false" {
		t.Errorf("found %v of %d, want false", rows, total)
	}
}

func TestSearchIsBounded(t *testing.T) {
	for _, search := range []string{strings.Repeat("x", 4097), "a" + catalog.ListSeparator} {
		_, err := DimensionValues(Request{Now: now, Dimension: "country", Search: search})
		refused(t, err, fault.Invalid, "search")
	}
}
