package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"playhead/internal/backup"
	"playhead/internal/freespace"
	"playhead/internal/journal/segment"
	"playhead/internal/meta"
	"playhead/internal/store/duckdb"
)

// restoreFolder is where a backup is unpacked, in the folder that it is for. A
// server does not start while it is there.
const restoreFolder = "restore.tmp"

// Restored is what a backup was made of.
type Restored struct {
	backup.Content
	Views        int64
	Environments int
	Records      int64 // of the journal
}

// Restore makes a data folder of a backup. The folder must be empty or not there.
// Everything is checked before it gets its place.
func Restore(ctx context.Context, file, dir string) (r Restored, err error) {
	if err := wantEmpty(dir); err != nil {
		return r, err
	}
	f, err := os.Open(file)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	folder := filepath.Join(dir, restoreFolder)
	if err := os.MkdirAll(filepath.Join(folder, journalFolder), 0o700); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := roomFor(f, dir); err != nil {
		return r, errors.Join(err, os.RemoveAll(folder))
	}
	if r.Content, err = unpack(f, folder); err == nil {
		err = r.check(ctx, folder)
	}
	if err != nil {
		return r, fmt.Errorf("restore %s: %w", file, errors.Join(err, os.RemoveAll(folder)))
	}
	if err := settle(folder, dir); err != nil {
		return r, fmt.Errorf("restore %s: put everything in its place: %w", file, err)
	}
	return r, nil
}

// wantEmpty refuses a folder that has something in it.
func wantEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("data-dir %s is not empty: want an empty folder, or one that is not there", dir)
	}
	return err
}

// roomFor checks that the disk has room for what an archive holds.
func roomFor(f *os.File, dir string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	free, err := freespace.Of(dir)
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free < info.Size() {
		return fmt.Errorf("the backup has %d MB, and %s has room for %d MB", info.Size()/1e6, dir, free/1e6)
	}
	return nil
}

// archived are the files that a server keeps.
var archived = regexp.MustCompile(`^(` + regexp.QuoteMeta(RecordsFile) + `|` + regexp.QuoteMeta(viewsFile) + `(\.wal)?|` + journalFolder + `/[0-9]+\.seg)$`)

// unpack writes the files of an archive, durably.
func unpack(r io.Reader, folder string) (backup.Content, error) {
	return backup.Read(r, func(name string, _ int64) (io.WriteCloser, error) {
		if !archived.MatchString(name) {
			return nil, fmt.Errorf("the backup holds %q, which a server does not keep", name)
		}
		f, err := os.OpenFile(filepath.Join(folder, filepath.FromSlash(path.Clean(name))), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return synced{f}, err
	})
}

// synced is a file that is synced when it is closed.
type synced struct{ *os.File }

// Close syncs and closes the file.
func (f synced) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// check opens everything as a server does, reads the journal, and finds out
// whether the parts belong together.
func (r *Restored) check(ctx context.Context, folder string) error {
	quiet := slog.New(slog.DiscardHandler)
	records, err := meta.Open(ctx, meta.Config{Path: filepath.Join(folder, RecordsFile), Clock: time.Now, Logger: quiet})
	if err != nil {
		return err
	}
	r.Environments = len(records.Environments())
	if err := records.Stop(ctx); err != nil {
		return err
	}
	views, err := duckdb.Open(ctx, duckdb.Config{Path: filepath.Join(folder, viewsFile)})
	if err != nil {
		return err
	}
	progress, err := views.Progress(ctx)
	if err == nil {
		r.Views, err = views.Count(ctx)
	}
	if err := errors.Join(err, views.Close()); err != nil {
		return err
	}
	log, err := segment.Open(segment.Config{Dir: filepath.Join(folder, journalFolder), First: progress.Read, Clock: time.Now})
	if err != nil {
		return err
	}
	oldest, next := log.Bounds()
	if err := errors.Join(readAll(ctx, log), log.Stop(ctx)); err != nil {
		return err
	}
	r.Records = next - oldest
	if next < progress.Read {
		return fmt.Errorf("the views are made of the journal up to record %d, and it ends at %d", progress.Read, next)
	}
	return nil
}

// readAll reads all records, which are checked by that.
func readAll(ctx context.Context, log *segment.Log) error {
	oldest, _ := log.Bounds()
	r, err := log.NewReader(oldest)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Buffered() {
		if _, err := r.Next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle moves everything to its place, durably.
func settle(folder, dir string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(folder, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	for _, d := range []string{filepath.Join(dir, journalFolder), dir} {
		if err := syncFolder(d); err != nil {
			return err
		}
	}
	if err := os.Remove(folder); err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), syncFolder(filepath.Dir(dir)))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
