package internal_test

import (
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLimits holds the table of limits against the constants that it names.
func TestLimits(t *testing.T) {
	table, err := os.ReadFile("../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (.*?) \| ([0-9,]+)( KiB| MiB)? \|(?:.*\|)? ([a-z0-9/]+) (\w+) \|$`)
	units := map[string]string{"": "", " KiB": " << 10", " MiB": " << 20"}
	rows := row.FindAllStringSubmatch(string(table), -1)
	for _, r := range rows {
		want := evaluate(t, strings.ReplaceAll(r[2], ",", "")+units[r[3]])
		if got := constantOf(t, r[4], r[5]); got != want {
			t.Errorf("%s: the table says %s, and %s.%s is %s", r[1], want, r[4], r[5], got)
		}
	}
	if len(rows) < 30 {
		t.Errorf("only %d rows name a constant", len(rows))
	}
}

// constantOf is the value of a constant of a package.
func constantOf(t *testing.T, pkg, name string) string {
	t.Helper()
	files, err := filepath.Glob(pkg + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	definition := regexp.MustCompile(`(?m)^(?:const |\t)` + name + ` += ([^/\n]+)`)
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := definition.FindSubmatch(source); found != nil && !strings.HasSuffix(path, "_test.go") {
			return evaluate(t, string(found[1]))
		}
	}
	t.Errorf("there is no constant %s in %s", name, pkg)
	return ""
}

func evaluate(t *testing.T, expression string) string {
	t.Helper()
	value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, strings.TrimSpace(expression))
	if err != nil || value.Value.Kind() != constant.Int {
		t.Errorf("%q is no whole number: %v", expression, err)
		return ""
	}
	return value.Value.ExactString()
}
