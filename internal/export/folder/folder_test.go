package folder

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/export/daily"
	"playhead/internal/fault"
	"playhead/internal/meta"
)

// tree is all files below a folder by name.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func stage(t *testing.T, dir, name, text string) daily.Staged {
	t.Helper()
	path := filepath.Join(dir, filepath.Base(name))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return daily.Staged{Name: name, Path: path}
}

// noLinks is a disk on which files cannot be linked, as another one than that of the
// staged files.
func noLinks(string, string) error { return errors.New("invalid cross-device link") }

// TestPublish: files are there under their names alone, those of before are replaced, and
// what was published may be published again.
func TestPublish(t *testing.T) {
	for name, link := range map[string]func(string, string) error{"linked": os.Link, "copied": noLinks} {
		t.Run(name, func(t *testing.T) {
			dir, staging := filepath.Join(t.TempDir(), "exports"), t.TempDir()
			f := New(dir)
			f.link = link
			one, other := stage(t, staging, "env/1.csv.gz", "rows"), stage(t, staging, "env/1.json", "manifest")
			for range 2 {
				if err := f.Publish(t.Context(), []daily.Staged{one, other}); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(map[string]string{"env/1.csv.gz": "rows", "env/1.json": "manifest"}, tree(t, dir)); diff != "" {
					t.Errorf("published (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(map[string]string{"1.csv.gz": "rows", "1.json": "manifest"}, tree(t, staging)); diff != "" {
				t.Errorf("staged (-want +got):\n%s", diff)
			}

			reader, err := f.Open("env/1.csv.gz")
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			// What was half done by one who died is in the way.
			if err := os.WriteFile(filepath.Join(dir, "env", ".1.csv.gz.part"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(one.Path); err != nil { // as the next one is staged anew
				t.Fatal(err)
			}
			if err := f.Publish(t.Context(), []daily.Staged{stage(t, staging, "env/1.csv.gz", "more rows")}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"env/1.csv.gz": "more rows", "env/1.json": "manifest"}, tree(t, dir)); diff != "" {
				t.Errorf("published again (-want +got):\n%s", diff)
			}
			if text, err := io.ReadAll(reader); string(text) != "rows" || err != nil {
				t.Errorf("who reads the old file got %q, %v", text, err)
			}
		})
	}
}

// TestPublishFails: of files that cannot all be brought none is visible.
func TestPublishFails(t *testing.T) {
	staging := t.TempDir()
	one := stage(t, staging, "env/1.csv.gz", "rows")
	ended, end := context.WithCancel(t.Context())
	end()
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		other daily.Staged
		says  string
	}{
		{"a staged file is gone", t.Context(), daily.Staged{Name: "env/1.json", Path: filepath.Join(staging, "gone")}, "bring env/1.json"},
		{"a name leaves the folder", t.Context(), daily.Staged{Name: "../1.json", Path: one.Path}, `"../1.json" is no name`},
		{"stopped", ended, stage(t, staging, "env/1.json", "manifest"), "context canceled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			f := New(dir)
			f.link = noLinks
			err := f.Publish(tt.ctx, []daily.Staged{one, tt.other})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			for name := range tree(t, dir) {
				if !strings.HasPrefix(filepath.Base(name), ".") {
					t.Errorf("%s is visible", name)
				}
			}
		})
	}
}

func TestRemove(t *testing.T) {
	dir, staging := t.TempDir(), t.TempDir()
	f := New(dir)
	for _, name := range []string{"env/1.csv.gz", "env/2.csv.gz"} {
		if err := f.Publish(t.Context(), []daily.Staged{stage(t, staging, name, "rows")}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // it is no error that they are gone
		if err := f.Remove(t.Context(), []string{"env/1.csv.gz", "env/3.csv.gz", "other/1.csv.gz"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"env/2.csv.gz": "rows"}, tree(t, dir)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	}
	if err := f.Remove(t.Context(), []string{"env/2.csv.gz"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "env")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty folder is there: %v", err)
	}
	if err := f.Remove(t.Context(), []string{"../env/2.csv.gz"}); err == nil {
		t.Error("a name that leaves the folder is taken")
	}
}

func TestHas(t *testing.T) {
	dir := t.TempDir()
	f := New(dir)
	if err := f.Publish(t.Context(), []daily.Staged{stage(t, t.TempDir(), "env/1.csv.gz", "rows")}); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "env", "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	size := int64(4096)
	if info, err := os.Stat(filepath.Join(dir, "env", "folder")); err == nil {
		size = info.Size()
	}
	for _, tt := range []struct {
		file meta.ExportFile
		want bool
	}{
		{meta.ExportFile{Name: "env/1.csv.gz", Bytes: 4}, true},
		{meta.ExportFile{Name: "env/1.csv.gz", Bytes: 5}, false},
		{meta.ExportFile{Name: "env/2.csv.gz", Bytes: 4}, false},
		{meta.ExportFile{Name: "env/folder", Bytes: size}, false},
		{meta.ExportFile{Name: "env/../env/1.csv.gz", Bytes: 4}, false},
	} {
		if got, err := f.Has(t.Context(), tt.file); got != tt.want || err != nil {
			t.Errorf("%+v: got %v, %v", tt.file, got, err)
		}
	}
}

// TestOpen: nothing but published files can be opened.
func TestOpen(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "exports")
	f := New(dir)
	if err := f.Publish(t.Context(), []daily.Staged{stage(t, t.TempDir(), "env/1.csv.gz", "rows")}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "env", ".1.json.part"), filepath.Join(parent, "secret"), filepath.Join(dir, "top")} {
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "env", "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", "env", "env/", "/env/1.csv.gz", "env//1.csv.gz", "./env/1.csv.gz", "env/.1.json.part", "../secret", "env/../../secret", "top", "env/folder",
		"env/2.csv.gz", `env\1.csv.gz`, "env/1.csv.gz\n", "env/1.csv.gz\x00",
	} {
		if file, err := f.Open(name); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q: got %v, %v, want not found", name, file, err)
		}
	}
	file, err := f.Open("env/1.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if text, err := io.ReadAll(file); string(text) != "rows" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestTidy removes what is old and unfinished, and nothing else.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	f := New(dir)
	if err := f.Tidy(t.Context(), time.Now()); err != nil { // there is nothing yet
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "env"), 0o700); err != nil {
		t.Fatal(err)
	}
	long := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for name, modified := range map[string]time.Time{
		".2026_09_01.csv.gz.part": long, ".2026_09_02.json.part": long.Add(2 * time.Hour), "2026_09_01.csv.gz": long, ".hidden": long, "1.part": long,
		".of-others.part": long, ".2026_09_01.iso.part": long,
	} {
		path := filepath.Join(dir, "env", name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Tidy(t.Context(), long.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"env/.2026_09_02.json.part": "", "env/2026_09_01.csv.gz": "", "env/.hidden": "", "env/1.part": "", "env/.of-others.part": "", "env/.2026_09_01.iso.part": "",
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
