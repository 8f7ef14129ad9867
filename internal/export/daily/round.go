package daily

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"playhead/internal/export"
	"playhead/internal/meta"
)

// maxPending is how many days may be staged and wait for the destination: their files
// take space.
const maxPending = 8

// round looks once what is to be there, and does what has to be done. Its error is
// what hinders all days; what hinders one is noted with it.
func (d *Daily) round(ctx context.Context) error {
	now := d.cfg.Clock()
	if err := d.begin(ctx, now); err != nil {
		return err
	}
	list, err := d.cfg.Records.ExportDays(ctx)
	if err != nil {
		return d.failed("records", err)
	}
	issued := make(map[key]*meta.ExportDay, len(list))
	for i := range list {
		issued[key{list[i].EnvironmentID, list[i].Day}] = &list[i]
	}
	d.publishPending(ctx, issued)
	d.look(ctx, issued, now)
	all, err := d.facts(ctx, issued, now)
	if err != nil {
		return err
	}
	d.act(ctx, all, counts{issued: len(issued)}, now)
	return nil
}

// begin does what the first round begins with, and tidies the destination up once a day.
func (d *Daily) begin(ctx context.Context, now time.Time) error {
	if !d.looked {
		if err := d.recover(); err != nil {
			return d.failed("write", fmt.Errorf("look into the staging folder: %w", err))
		}
		d.looked = true
	}
	t, ok := d.cfg.Destination.(Tidier)
	if age := now.Sub(d.tidied); !ok || age >= 0 && age < dayLength { // below 0: the clock was set back
		return nil
	}
	d.tidied = now
	if err := t.Tidy(ctx, now.Add(-max(d.cfg.Rules.Retention, dayLength))); err != nil && ctx.Err() == nil {
		d.cfg.Logger.Warn("what is unfinished at the destination of exports could not be removed: trying again tomorrow", "err", d.failed("remove", err))
	}
	return nil
}

// failed counts an error by the part that it is of.
func (d *Daily) failed(part string, err error) error {
	if errors.Is(err, errSpace) {
		part = "space"
	}
	if !errors.Is(err, context.Canceled) {
		d.metrics.errors.WithLabelValues(part).Inc()
	}
	return err
}

// look finds out, once for each day, whether its files are at the destination: records
// that were restored tell of files that were not.
func (d *Daily) look(ctx context.Context, issued map[key]*meta.ExportDay, now time.Time) {
	for k, day := range issued {
		m := d.memory(k)
		if m.checked || !d.may(k, now) {
			continue
		}
		has, err := d.has(ctx, day)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.fail(k, "its files cannot be looked for", d.failed("check", err))
			continue
		}
		m.checked, m.missing = true, !has
	}
}

// has reports whether all files of a day are at the destination.
func (d *Daily) has(ctx context.Context, day *meta.ExportDay) (bool, error) {
	property, _ := d.cfg.Property(day.EnvironmentID)
	manifest, err := manifestOf(day, property)
	if err != nil {
		return false, err
	}
	list := append(slices.Clone(day.Files), meta.ExportFile{Name: ManifestName(day.EnvironmentID, day.Day), Bytes: int64(len(manifest))})
	for _, f := range list {
		has, err := d.cfg.Destination.Has(ctx, f)
		if err != nil || !has {
			return false, err
		}
	}
	return true, nil
}

// facts are what is known of each day that the store has or that was issued. Of environments
// that are not known, nothing is issued; their files go when their time comes.
func (d *Daily) facts(ctx context.Context, issued map[key]*meta.ExportDay, now time.Time) (map[key]*facts, error) {
	all := map[key]*facts{}
	for k, day := range issued {
		if start, ok := startOf(k.day); ok {
			all[k] = &facts{start: start, issued: day}
		}
	}
	known, ok := d.cfg.Known(now)
	d.deaf = !ok
	if d.cfg.Rules.Retention == 0 || d.deaf {
		d.forgetAlive(all, now)
		return all, nil
	}
	first := now.Add(-d.cfg.Rules.Retention).Truncate(dayLength)
	days, err := d.cfg.Store.Days(ctx, first.UnixMilli(), now.Truncate(dayLength).UnixMilli())
	if err != nil {
		return nil, d.failed("store", err)
	}
	for _, day := range days {
		k := key{day.Environment, DayOf(day.Day)}
		f := all[k]
		if f == nil {
			f = &facts{start: time.UnixMilli(day.Day).UTC()}
			all[k] = f
		}
		f.views, f.changed = day.Views, day.Changed
	}
	for k, f := range all {
		m := d.memory(k)
		m.watch(f, now)
		f.known, f.missing, f.change = known, m.missing, m.change
	}
	maps.DeleteFunc(d.memories, func(k key, _ *memory) bool { return all[k] == nil && !d.pending[k] })
	return all, nil
}

// forgetAlive leaves the days alone whose files go: of the others nothing can be said.
func (d *Daily) forgetAlive(all map[key]*facts, now time.Time) {
	for k, f := range all {
		if d.cfg.Rules.judge(f, now) != expired {
			delete(all, k)
		}
	}
}

// act does what is to be done about each day, the newest first.
func (d *Daily) act(ctx context.Context, all map[key]*facts, count counts, now time.Time) {
	keys := slices.SortedFunc(maps.Keys(all), cmpKeys)
	states := map[key]export.DayState{}
	for _, k := range keys {
		if ctx.Err() != nil {
			return
		}
		f := all[k]
		property, known := d.cfg.Property(k.environment)
		v := d.cfg.Rules.judge(f, now)
		switch {
		case v == expired:
			if d.expire(ctx, k, now) {
				count.issued--
			}
		case d.pending[k]:
			states[k] = export.DayStaged
		case v == nothing:
			d.settled(k, f)
			if f.issued != nil {
				states[k] = export.DayIssued
			}
		case !known:
			count.unknown++
		case v == wait:
			count.waiting++
			states[k] = export.DayWaiting
		case v == eventsGone:
			count.stale++
			states[k] = export.DayStale
			d.settled(k, f)
			d.leave(k, f)
		case !d.may(k, now) || len(d.pending) >= maxPending || !d.issue(ctx, k, property, f.issued):
			count.due++
			states[k] = export.DayDue
		case f.issued == nil:
			count.issued++
			states[k] = export.DayIssued
		default:
			states[k] = export.DayIssued
		}
	}
	for _, m := range d.memories {
		if m.failure != nil {
			count.failing++
		}
	}
	count.pending = len(d.pending)
	d.tell(states)
	d.metrics.show(count)
	if !d.deaf {
		d.metrics.round.Set(float64(d.cfg.Clock().Unix()))
	}
}

// expire removes the files of a day, and then what the records say of them. It reports
// whether that is done.
func (d *Daily) expire(ctx context.Context, k key, now time.Time) bool {
	if !d.may(k, now) {
		return false
	}
	err := d.cfg.Destination.Remove(ctx, allNames(k))
	part := "remove"
	if err == nil {
		part, err = "records", d.cfg.Records.RemoveExportDay(ctx, k.environment, k.day)
	}
	if err != nil {
		d.fail(k, "its files cannot be removed", d.failed(part, err))
		return false
	}
	delete(d.memories, k)
	d.metrics.removed.Inc()
	d.cfg.Logger.Info("exports of a day removed", "environment", k.environment, "day", k.day)
	return true
}

// leave notes that a day is not issued again although it changed.
func (d *Daily) leave(k key, f *facts) {
	m := d.memory(k)
	if m.left == f.has() {
		return
	}
	m.left = f.has()
	d.metrics.skipped.Inc()
	d.cfg.Logger.Warn("a day changed after its events began to be deleted: its exports stay as they are",
		"environment", k.environment, "day", k.day, "views", f.views)
}
