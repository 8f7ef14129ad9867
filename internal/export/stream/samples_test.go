package stream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// watching has somebody do something at a time.
func (w *world) watching(environment, title string, at time.Time) {
	id := view.NewID(at.UnixMilli(), environment, title)
	w.locked(func() {
		w.watches = append(w.watches, view.Watch{ID: id, Environment: environment, Values: []string{title}, Spans: []view.Span{{At: at.UnixMilli()}}})
	})
}

func sampled(id, environment string) meta.ExportStream {
	s := aStream(id, environment)
	s.Content, s.Format = meta.MonitoringSamples, meta.FormatProtobuf
	return s
}

// TestSamples: each half minute is told of a minute after its end. The clock of the bubble
// begins at midnight.
func TestSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		second := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second) }
		w := newWorld(sampled("a", "shop"))
		w.watching("shop", "first", second(0))
		w.watching("shop", "last", second(29).Add(999*time.Millisecond))
		w.watching("shop", "next", second(30))
		w.watching("shop", "silent", second(60))
		w.watching("news", "other", second(0))
		w.watching("shop", "late", second(125))
		s := w.started(t)
		pass(89*time.Second + 500*time.Millisecond)
		if len(w.attempts()) != 0 {
			t.Errorf("%d batches after 89 s", len(w.attempts()))
		}
		if lag, _ := s.Lag("a"); lag != 0 {
			t.Errorf("lag %s before anything is due", lag)
		}
		pass(2 * time.Second)
		ms := began.UnixMilli()
		want := []string{fmt.Sprintf("protobuf first 7 %d 30000", ms), fmt.Sprintf("protobuf last 7 %d 30000", ms)}
		if diff := cmp.Diff(want, w.taken("a")); diff != "" {
			t.Errorf("first window (-want +got):\n%s", diff)
		}
		if p := w.position("a"); p.SampledTo != ms+30_000 || p.Delivered != 2 {
			t.Errorf("position %+v", p)
		}
		pass(5 * time.Minute)
		want = append(want, fmt.Sprintf("protobuf next 7 %d 30000", ms+30_000), fmt.Sprintf("protobuf late 7 %d 30000", ms+120_000))
		if diff := cmp.Diff(want, w.taken("a")); diff != "" {
			t.Errorf("all windows (-want +got):\n%s", diff)
		}
		for i, at := range []int{90, 120, 210} {
			if got := w.attempts()[i].at; got.Before(second(at)) || got.After(second(at+1)) {
				t.Errorf("batch %d was sent after %s, want %d s", i, got.Sub(began), at)
			}
		}
		stopped(t, s)

		w.watching("shop", "while-away", second(420))
		pass(10 * time.Minute)
		s = w.started(t)
		synctest.Wait()
		if got := w.taken("a"); len(got) != 5 || got[4] != fmt.Sprintf("protobuf while-away 7 %d 30000", ms+420_000) {
			t.Errorf("after a pause %v", got)
		}
		stopped(t, s)
	})
}

// TestSamplesWait: what is not known yet, or cannot be read, is waited for, and a window is not
// over before all of it has been taken.
func TestSamplesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(sampled("a", "shop"))
		for i := range 1200 {
			w.watching("shop", fmt.Sprint("t", i), began)
		}
		w.known = -1
		s := w.started(t)
		pass(10 * time.Minute)
		if len(w.attempts()) > 0 {
			t.Error("sent before anything is known")
		}
		if lag, ok := s.Lag("a"); !ok || lag != 10*time.Minute-90*time.Second {
			t.Errorf("lag %s", lag)
		}
		w.locked(func() { w.known = 10 * time.Minute }) // the journal has not been read for so long
		pass(80 * time.Second)
		if len(w.attempts()) > 0 {
			t.Error("sent before it is known what players have told")
		}
		w.locked(func() { w.known, w.unread = 0, errors.New("not loaded") })
		pass(2 * time.Second)
		if p := w.position("a"); len(w.attempts()) == 0 || p.SampledTo != began.UnixMilli() {
			t.Errorf("a window that could not be read whole: %d batches, position %+v", len(w.attempts()), p)
		}
		var attempts atomic.Int32
		w.locked(func() {
			w.unread, w.sends = nil, nil
			w.answer = func(meta.ExportStream, *Batch) error {
				if attempts.Add(1) == 2 {
					return errors.New("no")
				}
				w.locked(func() {
					if p := w.positions["a"]; p.SampledTo != began.UnixMilli() {
						t.Errorf("a window that has not been taken whole: position %+v", p)
					}
				})
				return nil
			}
		})
		pass(10 * time.Minute)
		seen := map[string]int{}
		for _, body := range w.taken("a") {
			seen[body]++
		}
		if len(seen) != 1200 || len(w.taken("a")) != 1200 || attempts.Load() != 4 {
			t.Errorf("%d samples, %d different ones, in %d attempts", len(w.taken("a")), len(seen), attempts.Load())
		}
		stopped(t, s)
	})
}

// TestSamplesGone: what is not known any more is left out, and counted.
func TestSamplesGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := newWorld(sampled("a", "shop"))
		w.positions["a"] = meta.ExportPosition{SampledTo: began.Add(-48 * time.Hour).UnixMilli()}
		w.watching("shop", "long-ago", began.Add(-47*time.Hour))
		w.watching("shop", "cut", began.Add(-24*time.Hour))
		w.watching("shop", "known", began.Add(-24*time.Hour+30*time.Second))
		w.since = began.Add(-24*time.Hour + time.Second).UnixMilli()
		s := w.started(t)
		pass(time.Minute)
		if got, want := w.taken("a"), fmt.Sprintf("protobuf known 7 %d 30000", began.Add(-24*time.Hour+30*time.Second).UnixMilli()); len(got) != 1 || got[0] != want {
			t.Errorf("%v came, want %s", got, want)
		}
		if n := dropped(s, "windows_gone"); n != 24*120+1 {
			t.Errorf("%d windows were counted as gone, want 2881", n)
		}
		stopped(t, s)
	})
}

// TestSamplesIdle: windows in which nobody watched are not counted as gone after
// a restart, however long ago the last sample was sent.
func TestSamplesIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(sampled("a", "shop"))
		s := w.started(t)
		pass(40 * time.Hour)
		stopped(t, s)
		pass(22 * time.Hour)
		w.since = time.Now().Add(-24 * time.Hour).UnixMilli()
		s = w.started(t)
		pass(time.Minute)
		if n := dropped(s, "windows_gone"); n != 0 {
			t.Errorf("%d windows without viewers were counted as gone", n)
		}
		stopped(t, s)
	})
}

// TestSamplesSlowly: a receiver that takes its time has no range over viewers go on
// for long, and each sample comes once.
func TestSamplesSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(sampled("a", "shop"))
		for i := range 6 * mostMessages {
			w.watching("shop", fmt.Sprint("t", i), time.Now())
		}
		s := w.made(t)
		s.cfg.Connectors[meta.StreamHTTP] = slow{w, 40 * time.Second}
		ranges := &longest{Watches: w}
		s.cfg.Watches = ranges
		if err := s.Resume(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		s.Start(t.Context())
		pass(10 * time.Minute)
		if most := 100 * time.Second; ranges.took == 0 || ranges.took > most {
			t.Errorf("a range over viewers took %s, want no more than %s: a minute and the batch that is being sent", ranges.took, most)
		}
		seen := map[string]int{}
		for _, body := range w.taken("a") {
			seen[body]++
		}
		if len(seen) != 6*mostMessages || len(w.taken("a")) != 6*mostMessages || w.position("a").Failures != 0 {
			t.Errorf("%d samples, %d different ones, position %+v", len(w.taken("a")), len(seen), w.position("a"))
		}
		stopped(t, s)
	})
}

// longest measures how long ranges take.
type longest struct {
	Watches
	took time.Duration
}

// Watched implements [Watches].
func (l *longest) Watched(ctx context.Context, environment string, from, to int64) iter.Seq2[view.Watch, error] {
	return func(yield func(view.Watch, error) bool) {
		began := time.Now()
		defer func() { l.took = max(l.took, time.Since(began)) }()
		l.Watches.Watched(ctx, environment, from, to)(yield)
	}
}
