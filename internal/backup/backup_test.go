package backup

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var created = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// archive writes some files and returns their archive.
func archive(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	var files []File
	for name, text := range map[string]string{"a": "first", "b": strings.Repeat("second ", 1000)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+" and what was written later"), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Name: "some/" + name, Path: path, Size: int64(len(text))})
	}
	var b bytes.Buffer
	if err := Write(&b, created, files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type kept struct {
	*bytes.Buffer
	close func()
}

func (k kept) Close() error { k.close(); return nil }

// read reads an archive into memory.
func read(r io.Reader) (Content, map[string]string, error) {
	found := map[string]string{}
	c, err := Read(r, func(name string, _ int64) (io.WriteCloser, error) {
		b := &bytes.Buffer{}
		return kept{b, func() { found[name] = b.String() }}, nil
	})
	return c, found, err
}

func TestRoundTrip(t *testing.T) {
	data := archive(t)
	rest := bytes.NewReader(data)
	c, found, err := read(rest)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"some/a": "first", "some/b": strings.Repeat("second ", 1000)}
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Content{Created: created, Files: 2, Bytes: 5 + 7000}, c); d != "" {
		t.Errorf("content (-want +got):\n%s", d)
	}
	if rest.Len() != 0 {
		t.Errorf("%d bytes were not read", rest.Len())
	}
}

// TestCut cuts an archive off anywhere before the zeros that fill it up at its
// end: it must never pass for a whole one.
func TestCut(t *testing.T) {
	data := archive(t)
	for n := 0; n <= bytes.LastIndexByte(data, ']'); n += 13 {
		if _, _, err := read(bytes.NewReader(data[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes pass for a backup", n, len(data))
		}
	}
	if _, _, err := read(bytes.NewReader(data[:9000])); !errors.Is(err, errCut) {
		t.Errorf("cut within the last file: %v, want %v", err, errCut)
	}
}

// TestDamage changes a byte anywhere in the files of an archive.
func TestDamage(t *testing.T) {
	data := archive(t)
	for _, text := range []string{"first", "second second"} {
		damaged := bytes.Clone(data)
		damaged[bytes.Index(damaged, []byte(text))]++
		if _, _, err := read(bytes.NewReader(damaged)); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("a byte of %q changed: %v, want that it is damaged", text, err)
		}
	}
	if _, _, err := read(strings.NewReader(strings.Repeat("no archive", 1000))); err == nil || !strings.Contains(err.Error(), "no backup of Playhead") {
		t.Errorf("another file: %v", err)
	}
}

// TestNames refuses files that would be put elsewhere.
func TestNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/x", "a/../../x", "./x", "a//x"} {
		var b bytes.Buffer
		if err := Write(&b, created, []File{{name, path, 1}}); err != nil {
			t.Fatal(err)
		}
		if _, found, err := read(&b); err == nil {
			t.Errorf("%q was read: %v", name, found)
		}
	}
}

// TestShort backs up a file that is shorter than it was said to be.
func TestShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(io.Discard, created, []File{{"x", path, 2}}); err == nil {
		t.Error("no error")
	}
}
