package meta

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

func TestErrorCategories(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	server, command := open(t, path, clock), open(t, path, clock)
	server.Start()
	a, b := createEnvironment(t, command, "a", "ka").ID, createEnvironment(t, command, "b", "kb").ID
	set := func(environment string, c ErrorCategory) {
		t.Helper()
		if err := command.SetErrorCategory(t.Context(), environment, c); err != nil {
			t.Fatal(err)
		}
	}
	set(a, ErrorCategory{Code: "200", Severity: Fatal, BusinessException: true})
	set(a, ErrorCategory{Code: "1", Severity: Fatal})
	set(b, ErrorCategory{Code: "1", Severity: Warning, BusinessException: true})
	set(a, ErrorCategory{Code: "1", Severity: Warning}) // replaces

	want := []ErrorCategory{{Code: "1", Severity: Warning}, {Code: "200", Severity: Fatal, BusinessException: true}}
	if diff := cmp.Diff(want, command.ErrorCategories(a)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	await(t, "the categories in the other process", func() bool { return cmp.Equal(want, server.ErrorCategories(a)) })
	if err := command.RemoveErrorCategory(t.Context(), a, "1"); err != nil {
		t.Fatal(err)
	}
	await(t, "the removal", func() bool { return cmp.Equal(want[1:], server.ErrorCategories(a)) })
	if err := command.RemoveErrorCategory(t.Context(), a, "1"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed twice: %v, want not found", err)
	}
	if diff := cmp.Diff([]ErrorCategory{{Code: "1", Severity: Warning, BusinessException: true}}, open(t, path, clock).ErrorCategories(b)); diff != "" {
		t.Errorf("after a restart, of the other environment (-want +got):\n%s", diff)
	}
}

func TestErrorNotes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s := open(t, path, clock)
	a, b := createEnvironment(t, s, "a", "ka").ID, createEnvironment(t, s, "b", "kb").ID
	for _, n := range []struct {
		environment string
		id          int64
		note        string
	}{{a, 7, "first"}, {a, 7, "ask the CDN\nsince May"}, {a, 1<<31 - 1, "gone"}, {a, 1<<31 - 1, ""}, {a, 8, ""}, {b, 7, strings.Repeat("é", 10_000)}} {
		if err := s.SetErrorNote(t.Context(), n.environment, n.id, n.note); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*Store{s, open(t, path, clock)} {
		if diff := cmp.Diff(map[int64]string{7: "ask the CDN\nsince May"}, s.ErrorNotes(a)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := len(s.ErrorNotes(b)[7]); got != 20_000 {
			t.Errorf("the long note has %d bytes, want 20000", got)
		}
	}
}

func TestErrorRecordsAreBounded(t *testing.T) {
	s, _ := openNew(t)
	e := createEnvironment(t, s, "shop", "k").ID
	const insert = `INSERT INTO error_categories (environment_id, code, severity, business_exception) VALUES ($1, $2, 'fatal', FALSE)`
	for i := range 1000 {
		if _, err := s.db.ExecContext(t.Context(), insert, e, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	category := func(code, severity string) error {
		return s.SetErrorCategory(t.Context(), e, ErrorCategory{Code: code, Severity: severity})
	}
	note := func(id int64, text string) error { return s.SetErrorNote(t.Context(), e, id, text) }
	if err := category("999", Warning); err != nil {
		t.Errorf("replacing one of the most: %v", err)
	}
	for _, tt := range []struct {
		name string
		err  error
		code fault.Code
		says string
	}{
		{"one too many", category("1000", Fatal), fault.Invalid, "1000 error categories"},
		{"no code", category("", Fatal), fault.Invalid, "code"},
		{"long code", category(strings.Repeat("x", 129), Fatal), fault.Invalid, "code"},
		{"severity", category("1", "error"), fault.Invalid, "fatal, warning"},
		{"long note", note(1, strings.Repeat("é", 10_001)), fault.Invalid, "notes: want 1 to 10000 characters, have 10001"},
		{"zero byte", note(1, "a\x00b"), fault.Invalid, "notes"},
		{"no type", note(0, "a"), fault.NotFound, "0"},
		{"no 32 bits", note(1<<31, "a"), fault.NotFound, "2147483648"},
	} {
		if fault.CodeOf(tt.err) != tt.code || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %s saying %q", tt.name, tt.err, tt.code, tt.says)
		}
	}
	if got := len(s.ErrorCategories(e)); got != 1000 {
		t.Errorf("%d categories, want the 1000 of before", got)
	}
}
