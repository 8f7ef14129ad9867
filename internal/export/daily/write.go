package daily

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path"
	"path/filepath"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/meta"
	"playhead/internal/query"
)

const (
	fileMode   = 0o640
	folderMode = 0o750

	// longestWriting is how long a day may take to be written.
	longestWriting = 6 * time.Hour
	// checkEvery is after how many bytes of a file it is looked whether there is space.
	checkEvery = 4 << 20
)

var (
	errSpace   = errors.New("the disk has too little space")
	errDeleted = errors.New("its views or their events have begun to be deleted meanwhile")
)

// write writes all files of a day to its staging folder, and then the plan.
func (d *Daily) write(ctx context.Context, k key, property int64, before *meta.ExportDay) (plan, error) {
	ctx, cancel := context.WithTimeout(ctx, longestWriting)
	defer cancel()
	day := meta.ExportDay{
		EnvironmentID: k.environment, Day: k.day, Issue: 1, Version: d.cfg.Rules.Version, MadeAt: d.cfg.Clock().UTC().Truncate(time.Millisecond),
	}
	if before != nil {
		day.Issue = before.Issue + 1
	}
	start, _ := startOf(k.day)
	scope := scopeOf(k, start)
	// What changes from here on is in the files or not, and makes the day differ.
	days, err := d.cfg.Store.Days(ctx, scope.From, scope.To)
	if err != nil {
		return plan{}, d.failed("store", err)
	}
	for _, has := range days {
		if has.Environment == k.environment {
			day.Views, day.Changed = has.Views, has.Changed
		}
	}
	dir := d.folder(k)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, folderMode)); err != nil {
		return plan{}, d.failed("write", err)
	}
	if day.Files, err = d.fill(ctx, dir, k, property, scope); err != nil {
		return plan{}, err
	}
	if d.cfg.Rules.kept(start, day.MadeAt) != d.cfg.Rules.kept(start, d.cfg.Clock()) {
		return plan{}, errDeleted
	}
	text, err := manifestOf(&day, property)
	if err == nil {
		err = writeFile(filepath.Join(dir, path.Base(ManifestName(k.environment, k.day))), text)
	}
	p := plan{Day: day, ManifestBytes: int64(len(text))}
	if err == nil {
		err = writePlan(dir, p)
	}
	if err != nil {
		return plan{}, d.failed("write", err)
	}
	return p, nil
}

// scopeOf is which views a day has.
func scopeOf(k key, start time.Time) query.Scope {
	return query.Scope{Environment: k.environment, Clock: catalog.ByEnd, From: start.UnixMilli(), To: start.Add(dayLength).UnixMilli()}
}

// fill writes the views of a day to all its files, in one pass over the store.
func (d *Daily) fill(ctx context.Context, dir string, k key, property int64, scope query.Scope) (made []meta.ExportFile, err error) {
	list, err := d.open(dir, k, property)
	defer func() { err = errors.Join(err, list.close()) }()
	if err != nil {
		return nil, d.failed("write", err)
	}
	for v, err := range d.cfg.Store.Export(ctx, scope) {
		if err != nil {
			return nil, d.failed("store", err)
		}
		for _, f := range list {
			if err := f.writer.Write(v); err != nil {
				return nil, d.failed("write", fmt.Errorf("write %s: %w", f.Name, err))
			}
			f.Rows++
		}
	}
	for _, f := range list {
		if err := f.finish(); err != nil {
			return nil, d.failed("write", fmt.Errorf("write %s: %w", f.Name, err))
		}
		made = append(made, f.ExportFile)
	}
	return made, nil
}

// open begins the files of a day. Those that are begun are to be closed also after an
// error.
func (d *Daily) open(dir string, k key, property int64) (list files, err error) {
	if err := d.checkSpace(); err != nil {
		return nil, err
	}
	for _, format := range d.cfg.Rules.Formats {
		name := FileName(k.environment, k.day, format)
		f, err := os.OpenFile(filepath.Join(dir, path.Base(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return list, err
		}
		s := &file{ExportFile: meta.ExportFile{Name: name, Format: string(format)}, to: f, hash: sha256.New(), space: d.checkSpace}
		list = append(list, s)
		s.buffer = bufio.NewWriterSize(s, 256<<10)
		s.writer, err = d.newWriter(format, s.buffer, export.Options{Version: d.cfg.Rules.Version, Property: property, Gzip: format != export.Parquet})
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// checkSpace is an error if less space is free than has to stay.
func (d *Daily) checkSpace() error {
	free, err := d.cfg.FreeSpace(d.cfg.Staging)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the folder is about to be made
	}
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free < d.cfg.FreeSpaceFloor {
		return fmt.Errorf("%w: %d MB are free, and %d MB have to stay free", errSpace, free/1e6, d.cfg.FreeSpaceFloor/1e6)
	}
	return nil
}

// file is a file of a day that is being written.
type file struct {
	meta.ExportFile
	writer  export.Writer
	buffer  *bufio.Writer
	to      *os.File
	hash    hash.Hash
	space   func() error
	checked int64 // bytes when it was last looked for space
	closed  bool
}

// Write implements [io.Writer] for what the buffer holds back.
func (f *file) Write(p []byte) (int, error) {
	if f.Bytes-f.checked >= checkEvery {
		if err := f.space(); err != nil {
			return 0, err
		}
		f.checked = f.Bytes
	}
	n, err := f.to.Write(p)
	f.hash.Write(p[:n])
	f.Bytes += int64(n)
	return n, err
}

// finish writes the end of the file, and makes it durable.
func (f *file) finish() error {
	if err := f.writer.Close(); err != nil {
		return err
	}
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	if err := f.to.Sync(); err != nil {
		return err
	}
	f.SHA256 = hex.EncodeToString(f.hash.Sum(nil))
	return f.close()
}

func (f *file) close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.to.Close()
}

type files []*file

// close closes those that are open still, as they did not become whole.
func (list files) close() error {
	var errs []error
	for _, f := range list {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}
