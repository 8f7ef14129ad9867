package daily

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

var (
	environment = catalog.MustColumn("environment_id")
	viewEnd     = catalog.MustColumn("view_end")
	title       = catalog.MustColumn("video_title")
)

// fakeStore is a store of views with the record that changed each last.
type fakeStore struct {
	views  map[view.ID]stored
	record int64
	fails  error                     // what reading fails with
	during func(n int, v *view.View) // is called before each view that is exported
	scans  int
}

type stored struct {
	view    *view.View
	changed int64
}

// put stores a view of an environment that ended at a time, in place of an older one.
func (s *fakeStore) put(env string, n byte, end time.Time, text string) {
	if s.views == nil {
		s.views = map[view.ID]stored{}
	}
	v := view.New(view.ID{15: n})
	v.SetText(environment, env)
	v.SetNumber(viewEnd, float64(end.UnixMilli()))
	v.SetText(title, text)
	s.record++
	s.views[v.ID] = stored{v, s.record}
}

func (s *fakeStore) end(v *view.View) int64 {
	n, _ := v.Number(viewEnd)
	return int64(n)
}

func (s *fakeStore) Days(_ context.Context, from, before int64) ([]view.Day, error) {
	if s.fails != nil {
		return nil, s.fails
	}
	const day = 24 * 60 * 60 * 1000
	all := map[key]*view.Day{}
	for _, st := range s.views {
		start := s.end(st.view) / day * day
		if start < from || start >= before {
			continue
		}
		k := key{st.view.Text(environment), DayOf(start)}
		if all[k] == nil {
			all[k] = &view.Day{Environment: k.environment, Day: start}
		}
		all[k].Views++
		all[k].Changed = max(all[k].Changed, st.changed)
	}
	var list []view.Day
	for _, d := range all {
		list = append(list, *d)
	}
	return list, nil
}

func (s *fakeStore) Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error] {
	if scope.Clock != catalog.ByEnd || scope.Where != nil {
		panic("BUG: a day is of the views that ended in it")
	}
	s.scans++
	var list []*view.View
	for _, st := range s.views {
		if end := s.end(st.view); st.view.Text(environment) == scope.Environment && end >= scope.From && end < scope.To {
			list = append(list, st.view)
		}
	}
	slices.SortFunc(list, func(a, b *view.View) int {
		return cmp.Or(cmp.Compare(s.end(a), s.end(b)), slices.Compare(a.ID[:], b.ID[:]))
	})
	return func(yield func(*view.View, error) bool) {
		for i, v := range list {
			if s.during != nil {
				s.during(i, v)
			}
			if err := errors.Join(s.fails, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// lines is a format for tests: a line for each view, in each format another one.
type lines struct {
	to     io.Writer
	format export.Format
	n      int
}

func newLines(f export.Format, w io.Writer, o export.Options) (export.Writer, error) {
	if o.Gzip != (f != export.Parquet) {
		return nil, fmt.Errorf("%s: gzip is %v", f, o.Gzip)
	}
	_, err := fmt.Fprintf(w, "%s of version %d for property %d\n", f, o.Version, o.Property)
	return &lines{to: w, format: f}, err
}

func (l *lines) Write(v *view.View) error {
	l.n++
	_, err := fmt.Fprintf(l.to, "%d %s\n", v.ID[15], v.Text(title))
	return err
}

func (l *lines) Close() error {
	_, err := fmt.Fprintf(l.to, "%d rows\n", l.n)
	return err
}

// fakeRecords are records in memory.
type fakeRecords struct {
	days  map[key]meta.ExportDay
	fails error  // what changes fail with
	step  func() // is called before and after each change; nil: nothing is
}

// change makes a change.
func (r *fakeRecords) change(do func()) error {
	if r.fails != nil {
		return r.fails
	}
	if r.step != nil {
		r.step()
		defer r.step()
	}
	do()
	return nil
}

func (r *fakeRecords) ExportDays(context.Context) (list []meta.ExportDay, err error) {
	for _, d := range r.days {
		list = append(list, d)
	}
	return list, nil
}

func (r *fakeRecords) PutExportDay(_ context.Context, d meta.ExportDay) error {
	return r.change(func() {
		if r.days == nil {
			r.days = map[key]meta.ExportDay{}
		}
		d.Files = slices.Clone(d.Files)
		r.days[key{d.EnvironmentID, d.Day}] = d
	})
}

func (r *fakeRecords) RemoveExportDay(_ context.Context, environmentID, day string) error {
	return r.change(func() { delete(r.days, key{environmentID, day}) })
}

// world is a Daily with all that it needs, of which a test moves the time.
type world struct {
	store   *fakeStore
	records *fakeRecords
	to      Destination
	rules   Rules
	staging string
	now     time.Time
	behind  time.Duration // how far the store is behind
	deaf    bool          // nothing is known of what the store has
	free    int64
	log     strings.Builder

	daily    *Daily
	registry *prometheus.Registry
}

var defaultRules = Rules{
	Formats: []export.Format{export.CSV, export.Parquet, export.NDJSON}, Version: 17, Retention: 7 * 24 * time.Hour, FinalAfter: time.Hour,
	ViewRetention: 100 * 24 * time.Hour, EventRetention: 14 * 24 * time.Hour,
}

// tester is a test, or a run of a property.
type tester interface {
	Context() context.Context
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// restart is a new process over what the old one left.
func (w *world) restart(t tester) {
	w.registry = prometheus.NewRegistry()
	d, err := New(Config{
		Rules: w.rules, Staging: w.staging, Destination: w.to, Store: w.store, Records: w.records,
		Property: func(id string) (int64, bool) { return int64(len(id)), !strings.HasPrefix(id, "unknown") },
		Known:    func(now time.Time) (time.Time, bool) { return now.Add(-w.behind), !w.deaf },

		FreeSpaceFloor: 1000, FreeSpace: func(string) (int64, error) { return w.free, nil },
		Clock: func() time.Time { return w.now }, Logger: slog.New(slog.NewTextHandler(&w.log, nil)), Registerer: w.registry,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.newWriter = newLines
	w.daily = d
}

func (w *world) round(t tester) {
	if err := w.daily.round(t.Context()); err != nil {
		t.Errorf("a round: %v", err)
	}
}

// at is a time of the first days of October 2026.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse("2 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return moment.AddDate(2026, 9, 0)
}

func newWorld(t *testing.T, to Destination, now string) *world {
	t.Helper()
	w := &world{store: &fakeStore{}, records: &fakeRecords{}, to: to, rules: defaultRules, staging: t.TempDir() + "/staging", now: at(t, now), free: 1 << 40}
	w.restart(t)
	return w
}

// figures checks figures, as playhead_export_days{state="due"} 3.
func (w *world) figures(t *testing.T, want ...string) {
	t.Helper()
	all := w.gather(t)
	for _, line := range want {
		name, value, _ := strings.Cut(line, " ")
		if got, ok := all[name]; !ok || fmt.Sprint(got) != value {
			t.Errorf("want %s, have %v of\n%v", line, got, all)
		}
	}
}

// gather is all figures.
func (w *world) gather(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += `{` + l.GetName() + `="` + l.GetValue() + `"}`
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

// failed is how often something failed.
func (w *world) failed(t *testing.T, part string) float64 {
	t.Helper()
	return w.gather(t)[`playhead_export_errors_total{part="`+part+`"}`]
}
