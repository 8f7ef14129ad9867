// Package folder is a folder of this machine as the destination of the files of days.
//
// A file is linked, or copied from another disk, under a hidden name beside its place,
// and then renamed: who lists the folder sees whole files alone, and who reads the one
// that was there before reads it to its end. A file that is there never changes.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"playhead/internal/export/daily"
	"playhead/internal/fault"
	"playhead/internal/meta"
)

// Folder is a folder that files are published in. It is made when the first one is.
type Folder struct {
	dir  string
	link func(from, to string) error // os.Link but in tests
}

// New makes a destination of a folder. Nothing is touched yet.
func New(dir string) *Folder { return &Folder{dir: dir, link: os.Link} }

// valid are the names that files can have: none is hidden, and none leaves the folder.
var valid = regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)

const (
	unfinished = ".part" // how the names end of what is being copied; they begin with "."
	fileMode   = 0o640
	folderMode = 0o750
)

// Publish implements [daily.Destination].
func (f *Folder) Publish(ctx context.Context, files []daily.Staged) (err error) {
	folders := map[string]bool{}
	for _, s := range files {
		hidden, err := f.hidden(s.Name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(hidden), folderMode); err != nil {
			return fmt.Errorf("make folder of exports: %w", err)
		}
		folders[filepath.Dir(hidden)] = true
		if err := f.bring(ctx, s.Path, hidden); err != nil {
			return fmt.Errorf("bring %s to its folder: %w", s.Name, errors.Join(err, gone(os.Remove(hidden))))
		}
	}
	for _, s := range files {
		hidden, err := f.hidden(s.Name)
		if err != nil {
			return err
		}
		if err := os.Rename(hidden, f.path(s.Name)); err != nil {
			return fmt.Errorf("publish %s: %w", s.Name, err)
		}
		// Two names of the same file make a rename do nothing: that happens when what was
		// published before is published again.
		if err := gone(os.Remove(hidden)); err != nil {
			return fmt.Errorf("publish %s: %w", s.Name, err)
		}
	}
	for dir := range folders {
		if err := errors.Join(daily.SyncFolder(dir), daily.SyncFolder(f.dir)); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// bring gives a file a hidden name where it is to be published, durably.
func (f *Folder) bring(ctx context.Context, path, hidden string) error {
	if err := gone(os.Remove(hidden)); err != nil { // of one who died
		return err
	}
	if err := f.link(path, hidden); err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	from, err := os.Open(path) // on another disk, or one that knows no links
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, &untilDone{ctx, from})
	return errors.Join(err, to.Sync(), to.Close())
}

// untilDone is a reader that fails once its context is done.
type untilDone struct {
	ctx  context.Context
	from io.Reader
}

// Read implements [io.Reader].
func (r *untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// Remove implements [daily.Destination].
func (f *Folder) Remove(_ context.Context, names []string) error {
	var errs []error
	for _, name := range names {
		hidden, err := f.hidden(name)
		if err != nil {
			return err
		}
		errs = append(errs, gone(os.Remove(f.path(name))), gone(os.Remove(hidden)))
		if dir := filepath.Dir(hidden); os.Remove(dir) != nil { // it is removed if this was the last one
			errs = append(errs, gone(daily.SyncFolder(dir)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove files of exports: %w", err)
	}
	return nil
}

// Has implements [daily.Destination].
func (f *Folder) Has(_ context.Context, file meta.ExportFile) (bool, error) {
	if !valid.MatchString(file.Name) {
		return false, nil
	}
	info, err := os.Stat(f.path(file.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for exports: %w", err)
	}
	return info.Mode().IsRegular() && info.Size() == file.Bytes, nil
}

// Tidy implements [daily.Tidier].
func (f *Folder) Tidy(_ context.Context, before time.Time) error {
	left, err := filepath.Glob(filepath.Join(f.dir, "*", ".*"+unfinished))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range left {
		base := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "."), unfinished)
		if !daily.IsName(filepath.Base(filepath.Dir(path)) + "/" + base) {
			continue // somebody else's
		}
		if info, err := os.Stat(path); err == nil && info.ModTime().Before(before) {
			errs = append(errs, gone(os.Remove(path)))
		}
	}
	return errors.Join(errs...)
}

// Open opens a published file for reading. A name that no file has is a
// fault.NotFound. The caller closes it; when the file is replaced meanwhile, this is the old
// one to its end.
func (f *Folder) Open(name string) (*os.File, error) {
	missing := fault.New(fault.NotFound, "there is no file %s", fault.Quote(name))
	if !valid.MatchString(name) {
		return nil, missing
	}
	file, err := os.Open(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	if err != nil {
		return nil, fmt.Errorf("open export: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = missing
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// hidden is the name that a file has before it is published.
func (f *Folder) hidden(name string) (string, error) {
	if !valid.MatchString(name) {
		return "", fmt.Errorf("%q is no name of a file of exports", name)
	}
	dir, base, _ := strings.Cut(name, "/")
	return filepath.Join(f.dir, dir, "."+base+unfinished), nil
}

// gone is an error but for a file that was not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
