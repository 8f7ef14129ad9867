// Package expr is the small formula language of the metric catalogue.
//
// A formula such as
//
//	sum(rebuffer_duration) / sum(watch_time)
//	count() when playback_failure / count()
//	quantile(video_startup_time, 0.95)
//
// is an arithmetic expression over aggregates of the columns of a set of
// views. It is parsed once, at start-up, into a tree. [Eval] is its meaning;
// package sqlgen renders the same tree as SQL and must agree with Eval.
//
// # Grammar
//
//	sum       = product { ("+" | "-") product }
//	product   = atom { ("*" | "/") atom }
//	atom      = number | "(" sum ")" | aggregate
//	aggregate = function "(" [ column [ "," number ] ] ")" [ "when" column ]
//	function  = "count" | "sum" | "avg" | "min" | "max" | "uniq" | "quantile"
//
// # Laws
//
//   - A null column value takes no part in an aggregate; "when" keeps the
//     views whose boolean column is true.
//   - count and uniq of nothing, and sum of nothing, are 0; avg, min, max and
//     quantile of nothing are null.
//   - Arithmetic with null is null, and so is division by zero.
//   - quantile interpolates linearly between the nearest ranks.
//   - uniq is the number of distinct values, count() the number of views.
package expr

import (
	"fmt"
	"strconv"
	"strings"
)

// Node is one node of a formula; its String parses to an equal node.
type Node interface{ String() string }

type (
	// Num is a constant.
	Num float64

	// Bin is arithmetic: Op is one of + - * /.
	Bin struct {
		Op   byte
		L, R Node
	}

	// Agg is an aggregate over views.
	Agg struct {
		Fn   Func
		Col  string  // the column; "" for count()
		P    float64 // for Quantile: 0 to 1
		When string  // a boolean column, or ""
	}
)

// Func is an aggregate function.
type Func string

// The aggregate functions.
const (
	Count    Func = "count"
	Sum      Func = "sum"
	Avg      Func = "avg"
	Min      Func = "min"
	Max      Func = "max"
	Uniq     Func = "uniq"
	Quantile Func = "quantile"
)

// String prints the constant so that it parses to the same number.
func (n Num) String() string { return strconv.FormatFloat(float64(n), 'f', -1, 64) }

// String prints the expression with its parentheses.
func (b Bin) String() string { return fmt.Sprintf("(%s %c %s)", b.L, b.Op, b.R) }

// String prints the aggregate.
func (a Agg) String() string {
	args := a.Col
	if a.Fn == Quantile {
		args += ", " + Num(a.P).String()
	}
	s := string(a.Fn) + "(" + args + ")"
	if a.When != "" {
		s += " when " + a.When
	}
	return s
}

// Columns calls visit for every column that n names, with flag true for those
// behind "when", which must be boolean.
func Columns(n Node, visit func(column string, flag bool)) {
	switch n := n.(type) {
	case Bin:
		Columns(n.L, visit)
		Columns(n.R, visit)
	case Agg:
		if n.Col != "" {
			visit(n.Col, false)
		}
		if n.When != "" {
			visit(n.When, true)
		}
	}
}

// MustParse is Parse for formulas written in the source.
func MustParse(s string) Node {
	n, err := Parse(s)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return n
}

// Parse reads a formula. The error names the formula and the unexpected word.
func Parse(s string) (Node, error) {
	p := &parser{in: s}
	p.next()
	n, err := p.sum()
	if err == nil && p.tok != "" {
		err = fmt.Errorf("unexpected %q", p.tok)
	}
	if err != nil {
		return nil, fmt.Errorf("formula %q: %w", s, err)
	}
	return n, nil
}

// Bounds of a formula. What [Node.String] prints has a pair of parentheses for
// each operator, and must parse too.
const (
	maxDepth     = 100 // of nested parentheses
	maxOperators = maxDepth
)

type parser struct {
	in        string
	pos       int
	tok       string // the current word; "" at the end
	depth     int
	operators int
}

// next reads the next word: a name, a number, or one character.
func (p *parser) next() {
	for p.pos < len(p.in) && p.in[p.pos] == ' ' {
		p.pos++
	}
	start := p.pos
	for p.pos < len(p.in) && wordByte(p.in[p.pos]) {
		p.pos++
	}
	if p.pos == start && p.pos < len(p.in) {
		p.pos++
	}
	p.tok = p.in[start:p.pos]
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

func (p *parser) sum() (Node, error)     { return p.binary("+-", p.product) }
func (p *parser) product() (Node, error) { return p.binary("*/", p.atom) }

func (p *parser) binary(ops string, operand func() (Node, error)) (Node, error) {
	l, err := operand()
	for err == nil && len(p.tok) == 1 && strings.Contains(ops, p.tok) {
		if p.operators++; p.operators > maxOperators {
			return nil, fmt.Errorf("more than %d operators", maxOperators)
		}
		op := p.tok[0]
		p.next()
		var r Node
		if r, err = operand(); err == nil {
			l = Bin{op, l, r}
		}
	}
	return l, err
}

func (p *parser) atom() (Node, error) {
	word := p.tok
	p.next()
	if word == "(" {
		if p.depth++; p.depth > maxDepth {
			return nil, fmt.Errorf("more than %d parentheses", maxDepth)
		}
		n, err := p.sum()
		if err == nil {
			err = p.expect(")")
		}
		p.depth--
		return n, err
	}
	if f, err := parseNumber(word); err == nil {
		return Num(f), nil
	}
	return p.aggregate(Func(word))
}

func (p *parser) aggregate(fn Func) (Node, error) {
	a := Agg{Fn: fn}
	switch fn {
	case Count, Sum, Avg, Min, Max, Uniq, Quantile:
	default:
		return nil, fmt.Errorf("unknown function %q", string(fn))
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var err error
	if fn != Count || p.tok != ")" {
		if a.Col, err = p.column(); err != nil {
			return nil, err
		}
	}
	if fn == Quantile {
		if err := p.expect(","); err != nil {
			return nil, err
		}
		if a.P, err = parseNumber(p.tok); err != nil || a.P > 1 {
			return nil, fmt.Errorf("want a quantile from 0 to 1, have %q", p.tok)
		}
		p.next()
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if p.tok == "when" {
		p.next()
		if a.When, err = p.column(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (p *parser) column() (string, error) {
	if p.tok == "" || p.tok == "when" || p.tok[0] < 'a' || p.tok[0] > 'z' {
		return "", fmt.Errorf("want a column, have %q", p.tok)
	}
	col := p.tok
	p.next()
	return col, nil
}

func (p *parser) expect(tok string) error {
	if p.tok != tok {
		return fmt.Errorf("want %q, have %q", tok, p.tok)
	}
	p.next()
	return nil
}

// parseNumber reads a plain decimal number: no sign, no exponent.
func parseNumber(s string) (float64, error) {
	if s == "" || s[0] == '.' || strings.Trim(s, "0123456789.") != "" {
		return 0, fmt.Errorf("want a number, have %q", s)
	}
	return strconv.ParseFloat(s, 64)
}
