package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// column is the column of that name.
func column(name string) *catalog.Column { return catalog.MustColumn(name) }

// Conditions in the form that a table can hold.
func texts(name string, s ...string) query.Condition {
	return query.Condition{Column: column(name), Texts: s}
}

func numbers(name string, n ...float64) query.Condition {
	return query.Condition{Column: column(name), Numbers: n}
}

func orNull(c query.Condition) query.Condition { c.Null = true; return c }

func not(c query.Condition) query.Condition { c.Not = true; return c }

func trace(elements ...string) query.Condition {
	return texts("video_cdn_trace", view.JoinList(elements))
}

func element(e string) query.Condition {
	return query.Condition{Column: column("video_cdn_trace"), Element: &e}
}

func inside(name, s string) query.Condition { return query.Condition{Column: column(name), Inside: &s} }

func compare(name, op string, n float64) query.Condition {
	return query.Condition{Column: column(name), Compare: &query.Compare{Op: op, Value: n}}
}

func either(c ...query.Condition) query.Condition { return query.Condition{Any: c} }

func all(c ...query.Condition) []query.Condition { return c }

// testConditions checks which of eight views conditions keep, by their numbers,
// in a list and in a count.
func testConditions(t *testing.T, s Store) {
	commit(t, s,
		Fields{"country": "US", "asn": 100, "video_source_fps": 23.976, "playback_failure": true, "video_cdn_trace": []string{"a", "b"}, "video_title": `O'Neil\`, "video_startup_time": 1000},
		Fields{"country": "DE", "asn": 200, "video_source_fps": 25, "playback_failure": false, "video_cdn_trace": []string{"b", "a"}, "video_title": "100%", "video_startup_time": 999},
		Fields{},
		Fields{"country": "us", "asn": 0, "video_source_fps": 0.5, "playback_failure": true, "video_cdn_trace": []string{"ab"}, "video_title": "日本語 🎬", "video_startup_time": 1001},
		Fields{"country": "US", "asn": 4294967295, "playback_failure": false, "video_cdn_trace": []string{"a"}, "video_title": "100x", "video_startup_time": 0},
		Fields{"country": "US ", "video_cdn_trace": []string{"a", "b", "c"}, "video_title": "%", "video_startup_time": 5_000_000_000},
		Fields{"country": "NULL", "video_cdn_trace": []string{"b", "b", "o'c%_"}, "video_title": "_"},
		Fields{"country": `x" OR 1=1 --`, "video_title": "line\nbreak; ?1 $1 {} :a", "seek_latency": 0.25},
	)
	for _, law := range []struct {
		law   string
		where []query.Condition
		want  []int
	}{
		{"no condition keeps all", nil, []int{1, 2, 3, 4, 5, 6, 7, 8}},

		{"a text is equal with its case and its spaces", all(texts("country", "US")), []int{1, 5}},
		{"one of several texts", all(texts("country", "DE", "nowhere", "us")), []int{2, 4}},
		{"a text that no view has", all(texts("country", "U")), nil},
		{"quotes and backslashes are data", all(texts("video_title", `O'Neil\`)), []int{1}},
		{"double quotes are data", all(texts("country", `x" OR 1=1 --`)), []int{8}},
		{"line breaks and placeholders are data", all(texts("video_title", "line\nbreak; ?1 $1 {} :a")), []int{8}},
		{"percent is no pattern", all(texts("video_title", "%")), []int{6}},
		{"percent at the end is no pattern", all(texts("video_title", "100%")), []int{2}},
		{"underscore is no pattern", all(texts("video_title", "_")), []int{7}},
		{"inside a text, whatever the case", all(inside("country", "S")), []int{1, 4, 5, 6}},
		{"not inside keeps what is not known", all(not(inside("country", "s"))), []int{2, 3, 7, 8}},
		{"inside is no pattern", all(inside("video_title", "%")), []int{2, 6}},
		{"inside beyond ASCII", all(inside("video_title", "本")), []int{4}},
		{"a backslash inside", all(inside("video_title", `\`)), []int{1}},
		{"a quote inside", all(inside("video_title", `o'n`)), []int{1}},
		{"an underscore inside", all(inside("video_title", "_")), []int{7}},
		{"nothing is inside all", all(inside("video_title", "")), []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"line breaks, question marks and braces inside", all(inside("video_title", "BREAK; ?1 $1 {} :A")), []int{8}},
		{"a dot is no pattern", all(inside("video_title", "100.")), nil},
		{"brackets are no pattern", all(inside("video_title", "[0-9]")), nil},
		{"ends are no pattern", all(inside("video_title", "^100")), nil},
		{"alternatives are no pattern", all(inside("video_title", "100|line")), nil},
		{"inside an element", all(inside("video_cdn_trace", "C%_")), []int{7}},
		{"longer than all", all(inside("video_title", strings.Repeat("sk.", 1365))), nil},
		{"all of Unicode", all(texts("video_title", "日本語 🎬")), []int{4}},
		{"the word NULL is a text", all(texts("country", "NULL")), []int{7}},
		{"an empty text is what is not known", all(texts("country", "")), []int{3}},
		{"a text or not known", all(texts("country", "DE", "")), []int{2, 3}},
		{"not a text keeps what is not known", all(not(texts("country", "US"))), []int{2, 3, 4, 6, 7, 8}},
		{"not several texts keeps what is not known", all(not(texts("country", "US", "DE"))), []int{3, 4, 6, 7, 8}},
		{"not the empty text is what is known", all(not(texts("country", ""))), []int{1, 2, 4, 5, 6, 7, 8}},
		{"neither a text nor not known", all(not(texts("country", "", "US"))), []int{2, 4, 6, 7, 8}},

		{"a number", all(numbers("asn", 100)), []int{1}},
		{"zero is not null", all(numbers("asn", 0)), []int{4}},
		{"one of several numbers, beyond 31 bits", all(numbers("asn", 200, 4294967295)), []int{2, 5}},
		{"null", all(orNull(numbers("asn"))), []int{3, 6, 7, 8}},
		{"a number or null", all(orNull(numbers("asn", 0))), []int{3, 4, 6, 7, 8}},
		{"not a number keeps null", all(not(numbers("asn", 100))), []int{2, 3, 4, 5, 6, 7, 8}},
		{"not several numbers keeps null", all(not(numbers("asn", 100, 0))), []int{2, 3, 5, 6, 7, 8}},
		{"not null", all(not(orNull(numbers("asn")))), []int{1, 2, 4, 5}},
		{"neither a number nor null", all(not(orNull(numbers("asn", 0, 100)))), []int{2, 5}},
		{"a fraction", all(numbers("video_source_fps", 23.976)), []int{1}},
		{"a whole number among fractions", all(numbers("video_source_fps", 25, 0.5)), []int{2, 4}},
		{"true", all(numbers("playback_failure", 1)), []int{1, 4}},
		{"false is not null", all(numbers("playback_failure", 0)), []int{2, 5}},
		{"true or false", all(numbers("playback_failure", 0, 1)), []int{1, 2, 4, 5}},
		{"not true keeps false and null", all(not(numbers("playback_failure", 1))), []int{2, 3, 5, 6, 7, 8}},
		{"not false keeps true and null", all(not(numbers("playback_failure", 0))), []int{1, 3, 4, 6, 7, 8}},
		{"a null flag", all(orNull(numbers("playback_failure"))), []int{3, 6, 7, 8}},
		{"a known flag", all(not(orNull(numbers("playback_failure")))), []int{1, 2, 4, 5}},

		{"a trace in its order", all(trace("a", "b")), []int{1}},
		{"a trace of one", all(trace("a")), []int{5}},
		{"one of several traces", all(texts("video_cdn_trace", view.JoinList([]string{"b", "a"}), view.JoinList([]string{"ab"}))), []int{2, 4}},
		{"the empty trace", all(texts("video_cdn_trace", "")), []int{3, 8}},
		{"not a trace keeps empty ones", all(not(trace("a", "b"))), []int{2, 3, 4, 5, 6, 7, 8}},
		{"an element wherever it is", all(element("a")), []int{1, 2, 5, 6}},
		{"an element at the end", all(element("c")), []int{6}},
		{"an element in the middle and twice", all(element("b")), []int{1, 2, 6, 7}},
		{"an element is whole", all(element("ab")), []int{4}},
		{"an element is no pattern", all(element("%")), nil},
		{"an underscore element is no pattern", all(element("_")), nil},
		{"an element with quotes and wildcards", all(element("o'c%_")), []int{7}},
		{"an element has its case", all(element("A")), nil},
		{"without an element keeps empty traces", all(not(element("a"))), []int{3, 4, 7, 8}},
		{"two elements together", all(element("a"), element("c")), []int{6}},

		{"at least", all(compare("video_startup_time", ">=", 1000)), []int{1, 4, 6}},
		{"at most leaves nulls out", all(compare("video_startup_time", "<=", 1000)), []int{1, 2, 5}},
		{"more than", all(compare("video_startup_time", ">", 1000)), []int{4, 6}},
		{"less than leaves nulls out", all(compare("video_startup_time", "<", 1000)), []int{2, 5}},
		{"equal", all(compare("video_startup_time", "=", 1000)), []int{1}},
		{"whole numbers compare with fractions", all(compare("video_startup_time", ">", 999.5)), []int{1, 4, 6}},
		{"whole numbers compare with large ones", all(compare("video_startup_time", "<", 1e15)), []int{1, 2, 4, 5, 6}},
		{"whole numbers compare with negative ones", all(compare("video_startup_time", ">", -0.5)), []int{1, 2, 4, 5, 6}},
		{"fractions compare", all(compare("seek_latency", ">=", 0.25)), []int{8}},
		{"fractions compare from above", all(compare("seek_latency", ">", 0.25)), nil},
		{"flags compare as 0 and 1", all(compare("playback_failure", ">=", 1)), []int{1, 4}},
		{"flags compare with fractions", all(compare("playback_failure", "<", 0.5)), []int{2, 5}},
		{"not a comparison keeps null", all(not(compare("video_startup_time", ">=", 1000))), []int{2, 3, 5, 7, 8}},
		{"two comparisons are a range", all(compare("video_startup_time", ">", 0), compare("video_startup_time", "<", 1000)), []int{2}},

		{"all conditions hold", all(texts("country", "US"), numbers("playback_failure", 1)), []int{1}},
		{"two exclusions hold", all(not(texts("country", "US")), not(texts("country", "DE"))), []int{3, 4, 6, 7, 8}},
		{"any of two columns", all(either(texts("country", "DE"), texts("video_title", "%"))), []int{2, 6}},
		{"any of a trace or an element", all(either(trace("ab"), element("c"))), []int{4, 6}},
		{"any binds closer than all", all(texts("country", "US"), either(numbers("asn", 100), numbers("asn", 0))), []int{1}},
		{"any binds closer than all before it", all(either(numbers("asn", 100), numbers("asn", 0)), texts("country", "us")), []int{4}},
		{"none of any keeps null", all(not(either(texts("country", "DE"), compare("video_startup_time", ">=", 1000)))), []int{3, 5, 7, 8}},
		{"none of several elements", all(not(either(element("a"), element("ab")))), []int{3, 7, 8}},
		{"any of one that is negated", all(either(not(texts("country", "US")), numbers("asn", 100))), []int{1, 2, 3, 4, 6, 7, 8}},
		{"any of null or a comparison", all(either(orNull(numbers("asn")), compare("asn", ">", 150))), []int{2, 3, 5, 6, 7, 8}},
		{"many texts", all(texts("country", append(strings.Split(strings.Repeat("x,", 500), ","), "DE")...)), []int{2, 3}},
	} {
		t.Run(law.law, func(t *testing.T) {
			r := list(t, s, &query.ListPlan{Scope: around(law.where...), Limit: 100})
			if diff := cmp.Diff(law.want, numbersOf(r)); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			if r.Total != len(law.want) {
				t.Errorf("total of the list = %d, want %d", r.Total, len(law.want))
			}
			check(t, s, &query.Plan{Scope: around(law.where...), Values: values("count()")}, 1,
				query.Row{Values: []float64{float64(len(law.want))}})
		})
	}
}

// testLetters checks what the case of letters is, all over Unicode: what is
// inside one title is inside the other.
func testLetters(t *testing.T, s Store) {
	titles := []string{
		"Straße", "STRASSE", "STRAẞE", // 1 2 3
		"ΟΔΟΣ", "οδος", "οδοσ", // 4 5 6
		"Привет, Мир", "ПРИВЕТ, МИР", // 7 8
		"İstanbul", "ISTANBUL", "ıstanbul", // 9 10 11
		"Café", "Cafe\u0301", "CAFÉ", // 12 13 14: of one character, and of two
		"K 5 ſ", "k 5 S", // 15 16: Kelvin and the long s
		"𐐀𐐁", "𐐨𐐩", // 17 18: beyond the first plane
		"Ǆ", "ǅ", "ǆ", // 19 20 21: three cases
		"ﬀ", "ff", // 22 23: a ligature is no two letters
	}
	var views []Fields
	for _, title := range titles {
		views = append(views, Fields{"video_title": title})
	}
	commit(t, s, views...)
	for search, want := range map[string][]int{
		"strasse": {2}, "straße": {1, 3}, "STRAẞE": {1, 3},
		"οδος": {4, 5, 6}, "ΔΟΣ": {4, 5, 6}, "σ": {4, 5, 6},
		"мир": {7, 8}, "ПРИВЕТ": {7, 8}, "т, м": {7, 8},
		"istanbul": {10}, "İstanbul": {9}, "ıstanbul": {11}, "STANBUL": {9, 10, 11},
		"café": {12, 14}, "CAFE\u0301": {13}, "cafe": {13},
		"k 5 s": {15, 16}, "K 5 ſ": {15, 16},
		"𐐨𐐁": {17, 18}, "ǆ": {19, 20, 21}, "Ǆ": {19, 20, 21},
		"ff": {23}, "ﬀ": {22},
	} {
		got := listedNumbers(t, s, &query.ListPlan{Scope: around(inside("video_title", search)), Limit: 100})
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q inside (-want +got):\n%s", search, diff)
		}
	}
}

// listedNumbers are the numbers of the views that a list has.
func listedNumbers(t *testing.T, s Store, p *query.ListPlan) []int {
	t.Helper()
	return numbersOf(list(t, s, p))
}

func numbersOf(r *query.ListResult) []int {
	var found []int
	for _, v := range r.Views {
		found = append(found, number(v.ID))
	}
	return found
}

func testEnvironments(t *testing.T, s Store) {
	commit(t, s,
		Fields{"country": "US"},
		Fields{"country": "US", "environment_id": "other"},
		Fields{"country": "US", "environment_id": "o'ther"},
		Fields{"country": "US", "environment_id": "ENV"},
	)
	for name, want := range map[string][]int{environment: {1}, "other": {2}, "o'ther": {3}, "": nil, "unknown": nil} {
		t.Run("only the views of "+name, func(t *testing.T) {
			scope := around(texts("country", "US"))
			scope.Environment = name
			if diff := cmp.Diff(want, listedNumbers(t, s, &query.ListPlan{Scope: scope, Limit: 10})); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			check(t, s, &query.Plan{Scope: scope, Values: values("count()")}, 1, query.Row{Values: []float64{float64(len(want))}})
		})
	}
	t.Run("alternatives do not reach other environments", func(t *testing.T) {
		scope := around(either(texts("country", "US"), texts("environment_id", "other")))
		if diff := cmp.Diff([]int{1}, listedNumbers(t, s, &query.ListPlan{Scope: scope, Limit: 10})); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	})
}
