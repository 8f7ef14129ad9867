package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"playhead/internal/export"
	"playhead/internal/view"
)

// Import brings views of files into the data folder of a server that does not run.
type Import struct {
	EnvKey   string
	Files    []string              // read in this order: of the same view, the last one stays
	DryRun   bool                  // read and compare everything, change nothing
	Progress func(r *ImportReport) // called after each batch; may be nil
}

// RunImport imports views into the data folder of cfg: what is in it is the same after the
// same import again. A file that cannot be read to its end does not keep the others from
// being read; the report says so. It fails, and has then written nothing, as
// RunBackfill does if a server uses the folder or the environment is unknown; and if the
// folder cannot be written, when what was written before stays.
func RunImport(ctx context.Context, cfg Config, log io.Writer, i Import) (_ *ImportReport, err error) {
	a, err := New(cfg, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	w := &importing{stopped: stopped{App: a, envKey: i.EnvKey}, Import: i, now: time.Now(), report: newImportReport(i.DryRun), issued: map[int64]bool{}}
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	if err := w.run(ctx); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return w.report, nil
}

// importing is an import that runs.
type importing struct {
	stopped
	Import
	now    time.Time
	report *ImportReport
	issued map[int64]bool // days that are issued again already, by their beginning
}

// run reads and stores, each while the other goes on.
func (w *importing) run(ctx context.Context) error {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as for a backfill: little is kept for long
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan *importBatch, 1)
	group.Go(func() error {
		defer close(batches)
		for _, name := range w.Files {
			if err := w.read(ctx, name, batches); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for b := range batches {
			if err := w.store(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// importBatch is views that are stored together, the last one of each id.
type importBatch struct {
	views []*view.View
	lines []int64 // in the file, of each
	place map[view.ID]int
	file  *ImportedFile
	read  *importedRows // what was read since the batch before
}

func newImportBatch(f *ImportedFile) *importBatch {
	return &importBatch{place: map[view.ID]int{}, file: f, read: newImportedRows()}
}

// add takes a view in the place of one with the same id.
func (b *importBatch) add(v *view.View, line int64) {
	if at, again := b.place[v.ID]; again {
		b.views[at], b.lines[at] = v, line
		b.read.repeated++
		return
	}
	b.place[v.ID] = len(b.views)
	b.views, b.lines = append(b.views, v), append(b.lines, line)
}

// read reads a file into batches. What is wrong with the file is for the report.
func (w *importing) read(ctx context.Context, name string, batches chan<- *importBatch) error {
	file := &ImportedFile{Name: name}
	b := newImportBatch(file)
	r, closeFile, err := openImported(file)
	if err == nil {
		defer func() { _ = closeFile() }() // it was only read
	}
	for err == nil && ctx.Err() == nil {
		var i export.Imported
		var row *export.RowError
		i, err = r.Read()
		switch {
		case errors.As(err, &row):
			b.read.rows++
			b.read.reject(row.Line, Unreadable, row.Err.Error())
			err = nil
		case err == nil:
			b.read.rows++
			w.take(b, &i)
		}
		if len(b.views) >= commitTogether {
			if err := hand(ctx, batches, b); err != nil {
				return err
			}
			b = newImportBatch(file)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.read.broken = err.Error()
	}
	return hand(ctx, batches, b)
}

// openImported opens a file that is imported.
func openImported(file *ImportedFile) (r export.Reader, closeFile func() error, err error) {
	f, err := os.Open(file.Name)
	if err != nil {
		return nil, nil, err
	}
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	if r, file.Format, err = export.NewReader(f, size); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return r, f.Close, nil
}

// aheadAtMost is by how much the clock of whoever wrote a file may be ahead. A view that ends later
// is of a wrong time zone, or made up.
const aheadAtMost = 5 * time.Minute

// take makes a view of what was read, and puts it into a batch; what cannot be a
// view of the environment is rejected.
func (w *importing) take(b *importBatch, i *export.Imported) {
	b.read.note(i)
	if err := i.Complete(w.cfg.tracking().Scoring); err != nil {
		b.read.reject(i.Line, Incomplete, err.Error())
		return
	}
	v := i.View
	end, _ := v.Number(columnEnd)
	switch {
	case int64(end) < oldest(w.now, w.cfg.ViewRetention):
		b.read.reject(i.Line, TooOld, "it ended "+time.UnixMilli(int64(end)).UTC().Format(time.RFC3339))
		return
	case int64(end) > w.now.Add(aheadAtMost).UnixMilli():
		b.read.reject(i.Line, InFuture, "it ended "+time.UnixMilli(int64(end)).UTC().Format(time.RFC3339))
		return
	}
	w.identify(i)
	b.add(v, i.Line)
}

// identify gives a view its id. One that this environment gave out, by way of an
// export, it keeps. Any other has one that is made of the id in the file and the time
// of it: that in an id of another environment, or the full second in which the view
// started, as files of days and messages tell it with different precision.
func (w *importing) identify(i *export.Imported) {
	v := i.View
	start, _ := v.Number(columnStart)
	at := int64(start) / 1000 * 1000
	id, err := view.ParseID(i.ViewID)
	ours := err == nil && id[6]>>4 == 7 && id[8]>>6 == 2
	switch {
	case ours && (i.EnvironmentID == w.environment.ID || i.EnvironmentID == "" && i.Property == w.environment.Property):
		v.ID = id
	case ours:
		v.ID = view.NewID(id.Time(), w.environment.ID, i.ViewID)
	default:
		v.ID = view.NewID(at, w.environment.ID, i.ViewID)
	}
	v.SetText(columnEnvironment, w.environment.ID)
	if v.Text(columnSDKID) == "" {
		v.SetText(columnSDKID, i.ViewID)
	}
}

// store stores those views of a batch that are not there as they are.
func (w *importing) store(ctx context.Context, b *importBatch) error {
	stored, err := w.views.Stored(ctx, slices.Collect(maps.Keys(b.place)))
	if err != nil {
		return err
	}
	changed := view.Batch{Progress: w.position}
	days := map[int64]bool{}
	for n, v := range b.views {
		old, there := stored[v.ID]
		if there {
			switch _, own := old.Row.Number(changedRecord); {
			case old.Row.Text(columnEnvironment) != w.environment.ID: // the file says that the id is one of this environment
				b.read.reject(b.lines[n], Foreign, v.ID.String())
				continue
			case own || isKnown(old.Row, completeRecord):
				b.read.kept++
				continue
			case sameView(v, old):
				b.read.same++
				continue
			}
			changed.Replaced = append(changed.Replaced, v.ID)
			b.read.replaced++
			end, _ := old.Row.Number(columnEnd)
			days[dayOf(end)] = true
		}
		end, _ := v.Number(columnEnd)
		days[dayOf(end)] = true
		changed.Views = append(changed.Views, v)
		b.read.imported++
	}
	if !w.DryRun && len(changed.Views) > 0 {
		if err := w.issueAgain(ctx, days); err != nil {
			return err
		}
		if err := w.views.Commit(ctx, changed); err != nil {
			return err
		}
	}
	w.report.add(b.file, b.read)
	if w.Progress != nil {
		w.Progress(w.report)
	}
	return nil
}

// dayMS is a day in ms.
const dayMS = 24 * 60 * 60 * 1000

// dayOf is the beginning of the day, in UTC, of a time.
func dayOf(ms float64) int64 { return int64(ms) / dayMS * dayMS }

// issueAgain has files of days issued again, before their views are stored: if that is as
// far as it gets, files are written once for nothing. What was staged of them is out of date.
func (w *importing) issueAgain(ctx context.Context, days map[int64]bool) error {
	if len(w.issued) == 0 {
		if err := os.RemoveAll(w.path(exportsStaging)); err != nil {
			return err
		}
	}
	for day := range days {
		if w.issued[day] {
			continue
		}
		at := time.UnixMilli(day)
		if err := w.records.ForgetExportDays(ctx, w.environment.ID, at, at); err != nil {
			return err
		}
		w.issued[day] = true
	}
	return nil
}
