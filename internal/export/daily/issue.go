package daily

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"playhead/internal/meta"
)

// issue writes the files of a day and publishes them. It reports whether that is
// done.
func (d *Daily) issue(ctx context.Context, k key, property int64, before *meta.ExportDay) bool {
	began := d.cfg.Clock()
	d.metrics.writing.Store(began.UnixMilli())
	p, err := d.write(ctx, k, property, before)
	d.metrics.writing.Store(0)
	if err != nil {
		err = errors.Join(err, os.RemoveAll(d.folder(k)))
		d.fail(k, "they cannot be written", err)
		return false
	}
	d.pending[k] = true
	return d.publish(ctx, k, p, began)
}

// publishPending publishes what is staged whole since before: of those who died, or
// as the destination took nothing. What it publishes is in issued then.
func (d *Daily) publishPending(ctx context.Context, issued map[key]*meta.ExportDay) {
	for _, k := range slices.SortedFunc(maps.Keys(d.pending), cmpKeys) {
		now := d.cfg.Clock()
		if ctx.Err() != nil || !d.may(k, now) {
			continue
		}
		p, err := d.readPlan(d.folder(k))
		was := issued[k]
		start, ok := startOf(k.day)
		switch {
		case ok && d.cfg.Rules.judge(&facts{start: start}, now) == expired:
			// It is too late, and some of it may be visible that no record tells of.
			if err := d.cfg.Destination.Remove(ctx, allNames(k)); err != nil {
				d.fail(k, "what is staged too late cannot be removed", d.failed("remove", err))
				continue
			}
			d.unstage(k)
		case err != nil, !ok, // it is not whole
			was != nil && (was.Issue >= p.Day.Issue || was.Forgotten()): // it is done, or to be done anew
			d.unstage(k)
		case d.publish(ctx, k, p, now):
			issued[k] = &p.Day
		}
	}
}

// unstage removes what is staged of a day.
func (d *Daily) unstage(k key) {
	if err := os.RemoveAll(d.folder(k)); err != nil {
		d.fail(k, "what is staged cannot be removed", d.failed("write", err))
		return
	}
	delete(d.pending, k)
	d.memory(k).failure = nil
}

// publish makes a staged day visible and tells the records. It reports whether that
// is done; if not, it is tried again with the same files.
func (d *Daily) publish(ctx context.Context, k key, p plan, began time.Time) bool {
	dir := d.folder(k)
	err := d.cfg.Destination.Publish(ctx, p.staged(dir))
	part := "publish"
	if others := p.others(k); err == nil && len(others) > 0 {
		part, err = "remove", d.cfg.Destination.Remove(ctx, others)
	}
	if err == nil {
		part, err = "records", d.cfg.Records.PutExportDay(ctx, p.Day)
	}
	if err == nil {
		part, err = "write", os.RemoveAll(dir)
	}
	if err != nil {
		d.fail(k, "they cannot be published", d.failed(part, fmt.Errorf("%s: %w", part, err)))
		return false
	}
	delete(d.pending, k)
	d.memories[k] = &memory{checked: true}
	d.count(&p.Day, began)
	return true
}

// count counts and logs a day that was issued.
func (d *Daily) count(day *meta.ExportDay, began time.Time) {
	now := d.cfg.Clock()
	kind := "again"
	if day.Issue == 1 {
		kind = "first"
	}
	d.metrics.issues.WithLabelValues(kind).Inc()
	d.metrics.last.Set(float64(now.Unix()))
	var rows, bytes int64
	for _, f := range day.Files {
		rows = f.Rows
		bytes += f.Bytes
		d.metrics.bytes.WithLabelValues(f.Format).Add(float64(f.Bytes))
	}
	d.metrics.rows.Add(float64(rows))
	d.cfg.Logger.Info("exports of a day issued", "environment", day.EnvironmentID, "day", day.Day, "issue", day.Issue,
		"rows", rows, "bytes", bytes, "took", now.Sub(began).Round(time.Millisecond))
}
