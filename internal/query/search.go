package query

import (
	"regexp"
	"strings"
	"unicode"
)

// Fold makes texts equal that differ in the case of letters alone: by Unicode's
// simple folding, which knows all scripts and no language. Nothing else is
// changed, so that an accent made of two characters is not the same made of one.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && r != 'K' && r != 'k' && r != 'S' && r != 's' {
			return unicode.ToLower(r) // the others have relatives beyond
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}

// FoldPattern is the regular expression of what [Fold] makes equal to s, without
// anything that engines could read in another way: they know other versions of
// Unicode, so letters are spelled out.
func FoldPattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.SimpleFold(r) == r {
			b.WriteString(regexp.QuoteMeta(string(r)))
			continue
		}
		b.WriteByte('[')
		b.WriteRune(r)
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			b.WriteRune(next)
		}
		b.WriteByte(']')
	}
	return b.String()
}

// inNumbers searches values that are no texts after the engine, which cannot:
// there are not many. The zero one searches nothing.
type inNumbers struct {
	search        string
	limit, offset int // of what is found
}

// after takes the search of numbers, and with it the page, out of a plan.
func (n *inNumbers) after(p *Plan, search string) {
	n.search, n.limit, n.offset = search, p.Limit, p.Offset
	p.Limit, p.Offset = 0, 0
}

// Page is the rows that were asked for, and how many there are on all pages.
func (n *inNumbers) Page(result *Result) (rows []Row, total int) {
	if n.search == "" {
		return result.Rows, result.Total
	}
	search := Fold(n.search)
	for _, r := range result.Rows {
		if strings.Contains(Fold(r.Groups[0]), search) {
			rows = append(rows, r)
		}
	}
	total = len(rows)
	rows = rows[min(n.offset, total):]
	return rows[:min(n.limit, len(rows))], total
}
