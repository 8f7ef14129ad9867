package fault

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for sent, want := range map[string]string{
		"":                               `""`,
		"US":                             `"US"`,
		"a \"b\"\n":                      `"a \"b\"\n"`,
		strings.Repeat("x", 100):         `"` + strings.Repeat("x", 100) + `"`,
		strings.Repeat("x", 101):         `"` + strings.Repeat("x", 100) + `…"`,
		strings.Repeat("x", 99) + "éé":   `"` + strings.Repeat("x", 99) + `…"`, // no half of a letter
		strings.Repeat("x", 20) + "\xff": `"` + strings.Repeat("x", 20) + `\xff"`,
	} {
		if got := Quote(sent); got != want {
			t.Errorf("Quote(%.120q) is %s, want %s", sent, got, want)
		}
	}
}
