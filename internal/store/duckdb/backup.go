package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"playhead/internal/view"
)

// logSuffix is what the name of the log ends in, beside the file. It is there
// while the file does not have everything.
const logSuffix = ".wal"

// Size is how much a backup takes now, in bytes.
func (s *Store) Size() (size int64, err error) {
	for _, path := range []string{s.cfg.Path, s.cfg.Path + logSuffix} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("size of views: %w", err)
		}
		size += info.Size()
	}
	return size, nil
}

// Backup copies the file, and its log if it has one, to another place, and
// returns the progress that the copy has. Nothing is written meanwhile, so that
// commits wait; queries go on.
func (s *Store) Backup(ctx context.Context, to string) (p view.Progress, err error) {
	defer s.alone()()
	err = s.use("backup", func(db *database) error {
		// So that the copy opens quickly. DuckDB refuses it while a reader holds
		// an old state; the log has then what the file has not.
		if _, err := db.pool.ExecContext(ctx, "CHECKPOINT"); invalidated(err) {
			return err
		}
		if p, err = db.progress(ctx); err != nil {
			return err
		}
		if err := db.copy(ctx, to); err != nil {
			return err
		}
		log, err := os.Open(s.cfg.Path + logSuffix)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer log.Close()
		return copyFile(ctx, to+logSuffix, log)
	})
	if err != nil {
		return view.Progress{}, fmt.Errorf("copy views: %w", err)
	}
	return p, nil
}

// copy copies the file itself.
func (db *database) copy(ctx context.Context, to string) error {
	if _, err := db.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return copyFile(ctx, to, db.file)
}

// copyFile copies the rest of a file, part by part, until ctx ends.
func copyFile(ctx context.Context, to string, from *os.File) (err error) {
	const part = 64 << 20
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for ctx.Err() == nil {
		if _, err := io.CopyN(f, from, part); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return ctx.Err()
}
