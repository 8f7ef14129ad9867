package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/view"
)

// world is all that is around streams: what is durable outlives them.
type world struct {
	mu        sync.Mutex
	streams   []meta.ExportStream
	positions map[string]meta.ExportPosition
	views     map[view.ID]*view.View // of all environments, by their ids
	watches   []view.Watch
	since     int64
	read      int64         // records that the store has
	known     time.Duration // how far behind what is known of players is; -1: nothing is known
	broken    error         // of the records
	unread    error         // of the store
	sends     []sent
	answer    func(s meta.ExportStream, b *Batch) error // nil: takes everything
	most      int
	open      int // sinks
}

// sent is an attempt.
type sent struct {
	at     time.Time
	stream string
	batch  *Batch
	err    error
}

func newWorld(streams ...meta.ExportStream) *world {
	w := &world{positions: map[string]meta.ExportPosition{}, views: map[view.ID]*view.View{}, streams: streams}
	for _, s := range streams {
		w.positions[s.ID] = meta.ExportPosition{SampledTo: time.Now().Truncate(meta.SampleWindow).UnixMilli()}
	}
	return w
}

func (w *world) locked(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) AllExportStreams() (list []meta.ExportStream) {
	w.locked(func() { list = slices.Clone(w.streams) })
	return list
}

func (*world) EnvironmentByID(id string) (meta.Environment, bool) {
	return meta.Environment{ID: id, Property: 7}, id != "gone"
}

func (w *world) ExportPosition(_ context.Context, id string) (p meta.ExportPosition, err error) {
	w.locked(func() {
		var ok bool
		if p, ok = w.positions[id]; !ok {
			err = fault.New(fault.NotFound, "no such stream")
		}
		err = cmp.Or(w.broken, err)
	})
	return p, err
}

func (w *world) PutExportPosition(_ context.Context, id string, p meta.ExportPosition) (err error) {
	w.locked(func() {
		if _, ok := w.positions[id]; !ok {
			err = fault.New(fault.NotFound, "no such stream")
			return
		}
		if err = w.broken; err == nil {
			w.positions[id] = p
		}
	})
	return err
}

func (w *world) BoundExportPositions(_ context.Context, record int64) (bounded int64, err error) {
	w.locked(func() {
		for id, p := range w.positions {
			if p.Record > record || p.Record == record && p.ViewID != "" {
				p.Record, p.ViewID = record, ""
				w.positions[id] = p
				bounded++
			}
		}
	})
	return bounded, nil
}

var columns = struct{ environment, title *catalog.Column }{catalog.MustColumn("environment_id"), catalog.MustColumn("video_title")}

// store has the store take a view as a record has made it.
func (w *world) store(environment string, n int, record int64, title string, events int) {
	id := view.NewID(int64(n), environment, fmt.Sprint(n))
	v := view.New(id)
	v.SetText(columns.environment, environment)
	v.SetText(columns.title, title)
	v.SetNumber(changedRecord, float64(record))
	v.Events = make([]view.TimelineEvent, events)
	w.locked(func() { w.views[id] = v })
}

// Changed implements [Views].
func (w *world) Changed(ctx context.Context, environment string, after view.Cursor, before int64) iter.Seq2[*view.View, error] {
	var list []*view.View
	var err error
	w.locked(func() {
		err = w.unread
		for _, v := range w.views {
			n, _ := v.Number(changedRecord)
			record := int64(n)
			if v.Text(columns.environment) == environment && record < before && (record > after.Record || record == after.Record && string(v.ID[:]) > string(after.ID[:])) {
				list = append(list, v)
			}
		}
	})
	slices.SortFunc(list, func(a, b *view.View) int {
		ra, _ := a.Number(changedRecord)
		rb, _ := b.Number(changedRecord)
		return cmp.Or(cmp.Compare(ra, rb), strings.Compare(string(a.ID[:]), string(b.ID[:])))
	})
	return func(yield func(*view.View, error) bool) {
		for _, v := range list {
			if ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Watched implements [Watches].
func (w *world) Watched(_ context.Context, environment string, from, to int64) iter.Seq2[view.Watch, error] {
	var list []view.Watch
	var err error
	w.locked(func() {
		list, err = slices.Clone(w.watches), w.unread
	})
	return func(yield func(view.Watch, error) bool) {
		for _, watch := range list {
			at := watch.Spans[0].At
			if watch.Environment == environment && at >= from && at < to && !yield(watch, nil) {
				return
			}
		}
		if err != nil {
			yield(view.Watch{}, err)
		}
	}
}

// Since implements [Watches].
func (w *world) Since(string) (since int64) {
	w.locked(func() { since = w.since })
	return since
}

// AppendView writes id, record, title, and a letter for each event.
func (*world) AppendView(to []byte, format string, v *view.View, property int64) ([]byte, error) {
	record, _ := v.Number(changedRecord)
	to = fmt.Appendf(to, "%s %s %d %g %s ", format, v.ID, property, record, v.Text(columns.title))
	return append(to, strings.Repeat("e", len(v.Events))...), nil
}

// AppendSample writes the title and the window.
func (*world) AppendSample(to []byte, format string, w *view.Watch, from, before, property int64) ([]byte, error) {
	if w.Values[0] == "silent" {
		return to, nil
	}
	return fmt.Appendf(to, "%s %s %d %d %d", format, w.Values[0], property, from, before-from), nil
}

// Check, MostBytes and Connect implement [Connector].
func (*world) Check(s meta.ExportStream) error {
	if s.Target == "bad" {
		return fault.Badf("target", "is bad")
	}
	return nil
}

func (w *world) MostBytes() int { return w.most }

func (w *world) Connect(s meta.ExportStream) (Sink, error) {
	if s.Target == "unconnectable" {
		return nil, errors.New("cannot connect")
	}
	w.locked(func() { w.open++ })
	return &sink{w, s}, nil
}

type sink struct {
	*world
	of meta.ExportStream
}

func (s *sink) Send(_ context.Context, b *Batch) error {
	var answer func(meta.ExportStream, *Batch) error
	s.locked(func() { answer = s.answer })
	var err error
	if answer != nil {
		err = answer(s.of, b)
	}
	s.locked(func() { s.sends = append(s.sends, sent{time.Now(), s.of.ID, b, err}) })
	return err
}

func (s *sink) Test(ctx context.Context) error { return s.Send(ctx, &Batch{}) }
func (s *sink) Close()                         { s.locked(func() { s.open-- }) }

// taken are the bodies that a stream's receiver has taken, in their order.
func (w *world) taken(stream string) (list []string) {
	w.locked(func() {
		for _, s := range w.sends {
			if s.stream != stream || s.err != nil {
				continue
			}
			for _, m := range s.batch.Messages {
				list = append(list, string(m.Body))
			}
		}
	})
	return list
}

// position, attempts and sinks are what is there now.
func (w *world) position(stream string) (p meta.ExportPosition) {
	w.locked(func() { p = w.positions[stream] })
	return p
}

func (w *world) attempts() (list []sent) {
	w.locked(func() { list = slices.Clone(w.sends) })
	return list
}

func (w *world) sinks() (open int) {
	w.locked(func() { open = w.open })
	return open
}

// started makes streams in the world, resumes and starts them.
func (w *world) started(t *testing.T) *Streams {
	t.Helper()
	s := w.made(t)
	if err := s.Resume(t.Context(), w.read); err != nil {
		t.Fatal(err)
	}
	s.Start(t.Context())
	return s
}

func (w *world) made(t *testing.T) *Streams {
	t.Helper()
	s, err := New(Config{
		Records: w, Views: w, Watches: w, Encoding: w, Connectors: map[string]Connector{meta.StreamHTTP: w, meta.StreamKafka: w},
		Known: func(now time.Time) (known time.Time, ok bool) {
			w.locked(func() { known, ok = now.Add(-w.known), w.known >= 0 })
			return known, ok
		},
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// commit has the store stand at a record.
func (w *world) commit(s *Streams, record int64, environments ...string) {
	w.locked(func() { w.read = record })
	s.Stored(record, environments)
}

// dropped is what has been left out, by reason.
func dropped(s *Streams, reason string) int {
	return counted(s.metrics.dropped.WithLabelValues(reason))
}

func aStream(id, environment string) meta.ExportStream {
	return meta.ExportStream{ID: id, EnvironmentID: environment, Content: meta.VideoViews, Format: meta.FormatJSON, Kind: meta.StreamHTTP, Enabled: true, Target: "x"}
}

// titles are the third words of bodies.
func titles(bodies []string) (list []string) {
	for _, b := range bodies {
		list = append(list, strings.Fields(b)[4])
	}
	return list
}

// pass lets time pass in the bubble, and what happens in it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
