package query

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/view"
)

// Bounds of filters[] and of metric_filters[]: how many, and bytes of each.
const (
	maxFilters      = 100
	maxFilterLength = 4096
)

// filters reads the parameter filters[]: [op]dimension:value, where op is one
// of ! + - or nothing. Filters that want something of the same dimension are
// alternatives; all those that refuse something hold.
func filters(words []string) ([]Condition, error) {
	const param = "filters[]"
	if err := bounded(param, words); err != nil {
		return nil, err
	}
	var choices []*choice
	for _, word := range words {
		op, rest := cutOp(word)
		name, value, ok := strings.Cut(rest, ":")
		if !ok {
			return nil, fault.Badf(param, "want dimension:value, have %s", fault.Quote(word))
		}
		if _, more := cutOp(name); more != name {
			return nil, fault.Badf(param, "want one of ! + - at most before the dimension, have %s", fault.Quote(word))
		}
		d, err := dimension(param, name)
		if err != nil {
			return nil, err
		}
		not := op == '!' || op == '-'
		i := slices.IndexFunc(choices, func(c *choice) bool { return c.dimension == d && c.not == not })
		if i < 0 {
			i = len(choices)
			choices = append(choices, &choice{dimension: d, not: not})
		}
		if err := choices[i].add(param, op, value); err != nil {
			return nil, err
		}
	}
	var where []Condition
	for _, c := range choices {
		where = append(where, c.condition())
	}
	return where, nil
}

// cutOp splits the operator off a filter; 0 is none. A plus sign that was not
// escaped in the URL arrives as a space.
func cutOp(s string) (op byte, rest string) {
	if s == "" || !strings.Contains("!+- ", s[:1]) {
		return 0, s
	}
	if s[0] == ' ' {
		return '+', s[1:]
	}
	return s[0], s[1:]
}

// bounded checks the number, the length and the encoding of filters.
func bounded(param string, words []string) error {
	if len(words) > maxFilters {
		return fault.Badf(param, "at most %d filters, have %d", maxFilters, len(words))
	}
	for _, w := range words {
		if len(w) > maxFilterLength {
			return fault.Badf(param, "at most %d bytes a filter, have %d in %s", maxFilterLength, len(w), fault.Quote(w))
		}
		if !utf8.ValidString(w) || strings.ContainsAny(w, "\x00"+catalog.ListSeparator+catalog.PartSeparator) {
			return fault.Badf(param, "%s is not a text in UTF-8 without control characters", fault.Quote(w))
		}
	}
	return nil
}

// choice gathers the values of one dimension that filters want, or refuse.
type choice struct {
	dimension *catalog.Dimension
	not       bool
	texts     []string
	numbers   []float64
	null      bool
	elements  []string // of a trace
}

// condition is what a view has to meet.
func (c *choice) condition() Condition {
	col := c.dimension.Column()
	var forms []Condition
	if len(c.texts) > 0 || len(c.numbers) > 0 || c.null {
		forms = append(forms, Condition{Column: col, Texts: c.texts, Numbers: c.numbers, Null: c.null})
	}
	for _, e := range c.elements {
		forms = append(forms, Condition{Column: col, Element: &e})
	}
	if len(forms) == 1 {
		forms[0].Not = c.not
		return forms[0]
	}
	return Condition{Not: c.not, Any: forms}
}

// add reads the value of one filter.
func (c *choice) add(param string, op byte, value string) error {
	d := c.dimension
	switch {
	case d.Trace():
		return c.addTrace(param, op, value)
	case op == '+' || op == '-':
		return fault.Badf(param, "%c is for sequences such as video_cdn_trace; %s has single values: use %s:value or !%s:value",
			op, d.Name, d.Name, d.Name)
	case d.Column().IsText():
		c.texts = append(c.texts, value) // an empty one means that it is not known
	case value == "":
		c.null = true
	default:
		n, want := parseValue(d.Kind, value)
		if want != "" {
			return fault.Badf(param, "%s wants %s, have %s", d.Name, want, fault.Quote(value))
		}
		c.numbers = append(c.numbers, n)
	}
	return nil
}

// addTrace reads the value of a filter of a dimension of sequences.
func (c *choice) addTrace(param string, op byte, value string) error {
	name := c.dimension.Name
	inner, open := strings.CutPrefix(value, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	switch {
	case op == '+' || op == '-':
		if open || value == "" {
			return fault.Badf(param, "%c%s: wants one element without brackets, have %s", op, name, fault.Quote(value))
		}
		c.elements = append(c.elements, value)
	case value == "" || value == "[]":
		c.texts = append(c.texts, "")
	case !open || !closed:
		return fault.Badf(param, "sequence dimensions require bracket notation: use %s:[value] for the whole sequence, or +%s:value for one that has the value; have %s",
			name, name, fault.Quote(value))
	default:
		elements := strings.Split(inner, ",")
		if slices.Contains(elements, "") {
			return fault.Badf(param, "%s: has an empty element in %s", name, fault.Quote(value))
		}
		c.texts = append(c.texts, view.JoinList(elements))
	}
	return nil
}

// parseValue reads a value of a dimension that is not a text. When it cannot,
// want says what would be right.
func parseValue(kind catalog.Kind, s string) (n float64, want string) {
	switch kind {
	case catalog.Bool:
		switch s {
		case "true":
			return 1, ""
		case "false":
			return 0, ""
		}
		return 0, "true or false"
	case catalog.Float:
		if n, ok := parseNumber(s); ok {
			return n, ""
		}
		return 0, "a number"
	default:
		if n, ok := parseWhole(s); ok {
			return n, ""
		}
		return 0, "a whole number"
	}
}

// parseWhole reads digits below 2^53.
func parseWhole(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 53)
	return float64(n), err == nil
}

// parseNumber reads a finite decimal number.
func parseNumber(s string) (float64, bool) {
	if strings.Trim(s, "0123456789.-+eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// unfiltered are the metrics that views cannot be filtered by.
var unfiltered = []string{
	"exits_before_video_start", "unique_viewers", "video_startup_failure_percentage", "view_dropped_percentage", "views",
}

// metricFilters reads the parameter metric_filters[], whose form is
// metric>=number; the operators are those of [Compare]. All of them hold.
func metricFilters(words []string) ([]Condition, error) {
	const param = "metric_filters[]"
	if err := bounded(param, words); err != nil {
		return nil, err
	}
	var where []Condition
	for _, word := range words {
		i := strings.IndexAny(word, "<>=")
		if i < 0 || strings.HasSuffix(word[:i], "!") {
			return nil, fault.Badf(param, "want a metric, one of >= <= > < = and a number, have %s", fault.Quote(word))
		}
		name, op := word[:i], word[i:i+1]
		if op != "=" && strings.HasPrefix(word[i+1:], "=") {
			op += "="
		}
		n, ok := parseNumber(word[i+len(op):])
		if !ok {
			return nil, fault.Badf(param, "want a number after %s, have %s", name+op, fault.Quote(word[i+len(op):]))
		}
		m, ok := catalog.LookupMetric(name)
		if !ok {
			return nil, fault.Badf(param, "%s", unknown("metric", name, catalog.NearestMetrics))
		}
		if slices.Contains(unfiltered, m.ID) || m.ValueColumn() == nil {
			return nil, fault.Badf(param, "views cannot be filtered by %s, nor by any of %s", m.ID, list(unfiltered))
		}
		where = append(where, Condition{Column: m.ValueColumn(), Compare: &Compare{Op: op, Value: n}})
	}
	return where, nil
}
