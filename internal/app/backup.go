package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/api"
	"playhead/internal/backup"
	"playhead/internal/fault"
	"playhead/internal/freespace"
)

// backupFolder holds the copies of a backup while it is sent. What is left there
// by a crash is removed at the next start.
const backupFolder = "backup.tmp"

// backups makes backups of the running server, one at a time.
//
// The views are copied first, while commits wait for as long as it takes to copy
// a file: beacons are acknowledged meanwhile. Then comes the journal from where
// the copied views need it, and last the control-plane records, so that the
// environments of all beacons are there. The client takes the copies, and with
// them its time.
type backups struct {
	app  *App
	busy atomic.Bool

	done   *prometheus.CounterVec
	bytes  prometheus.Gauge
	latest prometheus.Gauge
}

func newBackups(a *App) *backups {
	const prefix = "playhead_backup_"
	b := &backups{
		app: a,
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "done_total", Help: "Backups by what became of them: sent whole, or failed.",
		}, []string{"result"}),
		bytes:  prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "last_bytes", Help: "Size of the last backup that was sent whole."}),
		latest: prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "last_time_seconds", Help: "When it was made, in seconds since 1970; 0 when there was none since the start."}),
	}
	b.done.WithLabelValues("sent")
	b.done.WithLabelValues("failed")
	a.registry.MustRegister(b.done, b.bytes, b.latest)
	return b
}

// Backup implements [api.Backups].
func (b *backups) Backup(ctx context.Context) (api.Download, error) {
	if !b.busy.CompareAndSwap(false, true) {
		return nil, fault.New(fault.Conflict, "another backup is being made or sent: try again when it is done")
	}
	began := time.Now()
	a := &archive{made: b, created: began.UTC().Truncate(time.Second), release: b.app.journal.Hold(b.app.tracker.Needed())}
	if err := a.collect(ctx); err != nil {
		b.done.WithLabelValues("failed").Inc()
		return nil, errors.Join(err, a.Close())
	}
	b.app.log.Info("backup made: sending it", "bytes", a.bytes, "took", time.Since(began))
	return a, nil
}

// checkSpace refuses a backup of which the copies would not leave enough space
// for the server itself.
func (b *backups) checkSpace() error {
	need, err := b.app.views.Size()
	if err != nil {
		return err
	}
	if info, err := os.Stat(b.app.path(RecordsFile)); err == nil {
		need += info.Size()
	}
	free, err := freespace.Of(b.app.cfg.DataDir)
	if err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if keep := b.app.cfg.FreeSpaceFloor; free-need < keep {
		return fault.New(fault.Busy, "a backup needs %d MB for its copies beside the %d MB that must stay free, and %d MB are free",
			need/1e6, keep/1e6, free/1e6)
	}
	return nil
}

// archive is a backup that can be sent.
type archive struct {
	made    *backups
	created time.Time
	files   []backup.File
	bytes   int64
	release func() // lets the journal delete what the backup needs
	closed  bool
}

// collect makes the copies and lists what is to be sent.
func (a *archive) collect(ctx context.Context) error {
	app := a.made.app
	if err := a.made.checkSpace(); err != nil {
		return err
	}
	folder := app.path(backupFolder)
	if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {
		return fmt.Errorf("make folder of backup: %w", err)
	}
	views, records := filepath.Join(folder, viewsFile), filepath.Join(folder, RecordsFile)
	progress, err := app.views.Backup(ctx, views)
	if err != nil {
		return err
	}
	for _, f := range app.journal.Files(progress.Resume) {
		a.add(backup.File{Name: path.Join(journalFolder, filepath.Base(f.Path)), Path: f.Path, Size: f.Size})
	}
	if err := app.records.CopyTo(ctx, records); err != nil {
		return err
	}
	copies, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("list copies: %w", err)
	}
	for _, c := range copies {
		info, err := c.Info()
		if err != nil {
			return fmt.Errorf("list copies: %w", err)
		}
		a.add(backup.File{Name: c.Name(), Path: filepath.Join(folder, c.Name()), Size: info.Size()})
	}
	return nil
}

func (a *archive) add(f backup.File) {
	a.files = append(a.files, f)
	a.bytes += f.Size
}

// Name implements [api.Download].
func (a *archive) Name() string { return "playhead-" + a.created.Format("20060102T150405Z") + ".tar" }

// Bytes implements [api.Download].
func (a *archive) Bytes() int64 { return a.bytes }

// WriteTo implements [io.WriterTo].
func (a *archive) WriteTo(w io.Writer) (int64, error) {
	b := a.made
	if err := backup.Write(w, a.created, a.files); err != nil {
		b.done.WithLabelValues("failed").Inc()
		return 0, err
	}
	b.done.WithLabelValues("sent").Inc()
	b.bytes.Set(float64(a.bytes))
	b.latest.Set(float64(a.created.Unix()))
	b.app.log.Info("backup sent", "bytes", a.bytes, "took", time.Since(a.created).Round(time.Second))
	return a.bytes, nil
}

// Close removes the copies. Another backup may be made then.
func (a *archive) Close() error {
	if a.closed {
		return nil
	}
	a.closed = true
	a.release()
	err := os.RemoveAll(a.made.app.path(backupFolder))
	a.made.busy.Store(false)
	return err
}
