package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/view"
)

func counted(c prometheus.Counter) int {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		panic(err)
	}
	return int(m.GetCounter().GetValue())
}

// stopped ends streams.
func stopped(t *testing.T, s *Streams) {
	t.Helper()
	for range 2 {
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestViews: each environment's streams get its views, in the order in which they were
// stored, what is stored later too, and nothing of before the stream was made.
func TestViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"), aStream("b", "news"), aStream("late", "shop"))
		w.positions["late"] = meta.ExportPosition{Record: 12}
		w.read = 12
		w.store("shop", 1, 10, "one", 0)
		w.store("news", 2, 11, "two", 0)
		s := w.started(t)
		synctest.Wait()
		w.store("shop", 3, 12, "three", 0)
		w.store("shop", 1, 14, "one-again", 0)
		w.store("shop", 4, 15, "not-yet", 0) // the store does not stand there yet
		w.commit(s, 15, "shop")
		synctest.Wait()
		for stream, want := range map[string][]string{"a": {"one", "three", "one-again"}, "b": {"two"}, "late": {"three", "one-again"}} {
			if got := titles(w.taken(stream)); !cmp.Equal(got, want) {
				t.Errorf("%s has %v, want %v", stream, got, want)
			}
		}
		w.commit(s, 16) // the views of that were brought by the one before
		synctest.Wait()
		if got := titles(w.taken("a")); len(got) != 3 {
			t.Errorf("nothing was announced, and %v came", got)
		}
		w.commit(s, 17, "shop")
		synctest.Wait()
		if got := titles(w.taken("a")); !cmp.Equal(got[3:], []string{"not-yet"}) {
			t.Errorf("then came %v", got[3:])
		}
		if p := w.position("a"); p.Record != 17 || p.ViewID != "" || p.Delivered != 4 || p.DeliveredAt != time.Now() || p.Error != "" {
			t.Errorf("position %+v", p)
		}
		if got := w.taken("a")[0]; !strings.HasPrefix(got, "json "+view.NewID(1, "shop", "1").String()+" 7 10") {
			t.Errorf("message %q", got)
		}
		if s.Position() != 17 {
			t.Errorf("a new stream would begin at %d, want 17", s.Position())
		}
		stopped(t, s)
		if w.sinks() != 0 {
			t.Errorf("%d sinks are open", w.sinks())
		}
	})
}

// TestBatches: a batch has 500 messages or 4 MB, and the position after it is that of its last view.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		for i := range 1001 {
			w.store("shop", i, int64(i/400), "t", 0) // records have several views
		}
		w.read = 5
		var positions []meta.ExportPosition
		w.answer = func(meta.ExportStream, *Batch) error {
			w.locked(func() { positions = append(positions, w.positions["a"]) })
			return nil
		}
		s := w.started(t)
		synctest.Wait()
		var sizes []int
		seen := map[string]bool{}
		for _, b := range w.attempts() {
			sizes = append(sizes, len(b.batch.Messages))
			for _, m := range b.batch.Messages {
				seen[m.Key] = true
			}
		}
		if !cmp.Equal(sizes, []int{500, 500, 1}) || len(seen) != 1001 {
			t.Errorf("batches of %v, with %d different views", sizes, len(seen))
		}
		last := w.attempts()[0].batch.Messages[499].Key
		if got := positions[1]; got.Record != 1 || got.ViewID != last || got.Delivered != 500 {
			t.Errorf("after the first batch the position is %+v, want %s of record 1", got, last)
		}
		w.locked(func() { w.sends = nil })
		for i := range 5 {
			w.store("shop", i, 6, "large", 3<<20/2) // 1.5 MB each
		}
		w.store("shop", 7, 7, "larger", 5<<20)
		w.commit(s, 8, "shop")
		synctest.Wait()
		sizes = nil
		for _, b := range w.attempts() {
			sizes = append(sizes, len(b.batch.Messages))
		}
		if !cmp.Equal(sizes, []int{2, 2, 1, 1}) {
			t.Errorf("batches of large ones have %v", sizes)
		}
		stopped(t, s)
	})
}

// TestBackOff has a receiver that is out for long: what is sent stays the same, with the same id, and nothing
// of other streams waits for it.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"), aStream("b", "shop"))
		w.read = 2
		w.store("shop", 1, 1, "one", 0)
		failing := errors.New("no")
		w.answer = func(of meta.ExportStream, _ *Batch) error {
			if of.ID == "a" {
				return failing
			}
			return nil
		}
		began := time.Now()
		s := w.started(t)
		pass(20 * time.Minute)
		synctest.Wait()
		var at []time.Duration
		ids := map[string]bool{}
		for _, b := range w.attempts() {
			if b.stream == "a" {
				at = append(at, b.at.Sub(began).Round(time.Second))
				ids[b.batch.ID] = true
			}
		}
		second := time.Second
		want := []time.Duration{0, 1 * second, 3 * second, 7 * second, 15 * second, 31 * second, 63 * second, 127 * second, 255 * second, 511 * second, 811 * second, 1111 * second}
		if diff := cmp.Diff(want, at); diff != "" || len(ids) != 1 {
			t.Errorf("with %d ids (-want +got):\n%s", len(ids), diff)
		}
		if got := titles(w.taken("b")); !cmp.Equal(got, []string{"one"}) {
			t.Errorf("the other stream has %v", got)
		}
		if p := w.position("a"); p.Failures != 12 || p.Error != "no" || p.FailedAt != began.Add(1111*second) || p.Record != 0 || p.Delivered != 0 {
			t.Errorf("position %+v", p)
		}
		if lag, ok := s.Lag("a"); !ok || lag != 20*time.Minute {
			t.Errorf("lag %s, %t, want 20 minutes", lag, ok)
		}
		if lag, ok := s.Lag("b"); !ok || lag != 0 {
			t.Errorf("lag of the other %s, %t", lag, ok)
		}
		w.locked(func() { failing = nil })
		pass(5 * time.Minute)
		synctest.Wait()
		if p := w.position("a"); p.Failures != 0 || p.Error != "" || !p.FailedAt.IsZero() || p.Record != 2 || p.Delivered != 1 {
			t.Errorf("afterwards: position %+v", p)
		}
		stopped(t, s)
	})
}

// TestRetryAfter: what the receiver asks to wait is waited, up to five minutes.
func TestRetryAfter(t *testing.T) {
	for asks, want := range map[time.Duration]time.Duration{time.Millisecond: time.Second, 77 * time.Second: 77 * time.Second, time.Hour: 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(aStream("a", "shop"))
			w.read = 2
			w.store("shop", 1, 1, "one", 0)
			var attempts atomic.Int32
			w.answer = func(meta.ExportStream, *Batch) error {
				if attempts.Add(1) == 1 {
					return &Failure{Err: errors.New("later"), RetryAfter: asks}
				}
				return nil
			}
			s := w.started(t)
			pass(10 * time.Minute)
			if got := w.attempts()[1].at.Sub(w.attempts()[0].at); got != want {
				t.Errorf("asked for %s: sent again after %s, want %s", asks, got, want)
			}
			stopped(t, s)
		})
	}
}

// TestTooLarge has a receiver that takes 10 messages at once, and 600 KB of one.
func TestTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		w.read = 100
		for i := range 50 {
			w.store("shop", i, int64(i), fmt.Sprint("t", i), 0)
		}
		w.store("shop", 50, 50, "events", 700<<10)
		w.store("shop", 51, 51, strings.Repeat("x", 700<<10), 10)
		w.store("shop", 52, 52, "last", 0)
		w.answer = func(_ meta.ExportStream, b *Batch) error {
			size := 0
			for _, m := range b.Messages {
				size += len(m.Body)
			}
			if len(b.Messages) > 10 || size > 600<<10 {
				return &Failure{Err: errors.New("too large"), TooLarge: true}
			}
			return nil
		}
		s := w.started(t)
		synctest.Wait()
		got := titles(w.taken("a"))
		if len(got) != 52 || got[49] != "t49" || got[50] != "events" || got[51] != "last" {
			t.Errorf("%d came, the last ones %v", len(got), got[max(0, len(got)-3):])
		}
		if strings.Contains(w.taken("a")[50], "ee") {
			t.Error("the view has its events")
		}
		if a, b := dropped(s, "events_too_large"), dropped(s, "too_large"); a != 2 || b != 1 {
			t.Errorf("%d views without events and %d left out were counted; want 2 (one of them in vain), 1", a, b)
		}
		if p := w.position("a"); p.Record != 100 || p.Delivered != 52 {
			t.Errorf("position %+v", p)
		}
		stopped(t, s)
	})
}

// TestMostBytes: what the sink is known not to take is not tried.
func TestMostBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		w.read, w.most = 100, 600<<10
		w.store("shop", 1, 1, "events", 700<<10)
		w.store("shop", 2, 2, strings.Repeat("x", 700<<10), 0)
		w.store("shop", 3, 3, "both", 599<<10)
		s := w.started(t)
		synctest.Wait()
		if got := titles(w.taken("a")); !cmp.Equal(got, []string{"events", "both"}) || len(w.attempts()) != 1 {
			t.Errorf("%d attempts, and %v came", len(w.attempts()), got)
		}
		if a, b := dropped(s, "events_too_large"), dropped(s, "too_large"); a != 1 || b != 1 {
			t.Errorf("%d views without events and %d left out were counted; want 1 each", a, b)
		}
		stopped(t, s)
	})
}

// TestChanges: streams are disabled, enabled, changed and removed while they run.
func TestChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		s := w.started(t)
		next := 0
		storeOne := func() {
			next++
			w.store("shop", next, int64(next), fmt.Sprint("t", next), 0)
			w.commit(s, int64(next+1), "shop")
			synctest.Wait()
		}
		change := func(f func(*meta.ExportStream)) {
			w.locked(func() { f(&w.streams[0]) })
			s.Wake()
			synctest.Wait()
		}
		storeOne()
		change(func(e *meta.ExportStream) { e.Enabled = false })
		storeOne()
		if _, runs := s.Lag("a"); runs || w.sinks() != 0 || len(w.taken("a")) != 1 {
			t.Errorf("disabled: it runs: %t, with %d sinks, and has sent %v", runs, w.sinks(), titles(w.taken("a")))
		}
		change(func(e *meta.ExportStream) { e.Enabled = true }) // it goes on where it was
		storeOne()
		w.answer = func(of meta.ExportStream, _ *Batch) error {
			if of.Target == "x" {
				return errors.New("moved")
			}
			return nil
		}
		storeOne()
		change(func(e *meta.ExportStream) { e.Target = "y" })
		if got, want := titles(w.taken("a")), []string{"t1", "t2", "t3", "t4"}; !cmp.Equal(got, want) {
			t.Errorf("%v came, want %v", got, want)
		}
		w.locked(func() { w.streams = nil; delete(w.positions, "a") })
		storeOne() // before it is known that the stream is gone
		pass(2 * time.Second)
		if _, runs := s.Lag("a"); runs || w.sinks() != 0 {
			t.Error("removed: it runs")
		}
		w.locked(func() {
			gone := aStream("b", "gone")
			w.streams = []meta.ExportStream{gone}
			w.positions["b"] = meta.ExportPosition{}
		})
		pass(time.Minute) // its environment is not known: it does not run wild
		stopped(t, s)
	})
}

// TestTroubles: what cannot be read or written down is tried again.
func TestTroubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		w.store("shop", 1, 1, "one", 0)
		w.read, w.broken = 2, errors.New("records are broken")
		s := w.started(t)
		pass(10 * time.Second)
		if len(w.attempts()) > 0 {
			t.Error("a batch is sent before it is known from where on")
		}
		w.locked(func() { w.broken, w.unread = nil, errors.New("views are broken") })
		pass(10 * time.Minute)
		if len(w.attempts()) > 0 {
			t.Error("a batch is sent of which not all could be read")
		}
		w.locked(func() { w.unread = nil })
		pass(5 * time.Minute)
		w.locked(func() { w.broken = errors.New("broken again") })
		w.store("shop", 2, 2, "two", 0)
		w.commit(s, 3, "shop")
		pass(time.Minute)
		if got := titles(w.taken("a")); !cmp.Equal(got, []string{"one", "two"}) {
			t.Errorf("%v came, want each once, though it could not be written down", got)
		}
		if p := w.position("a"); p.Record != 2 {
			t.Errorf("position %+v, want that of before", p)
		}
		w.locked(func() { w.broken = nil })
		stopped(t, s)

		s = w.started(t) // as after a crash
		synctest.Wait()
		if got := titles(w.taken("a")); !cmp.Equal(got, []string{"one", "two", "two"}) {
			t.Errorf("%v came, want the last one again", got)
		}
		stopped(t, s)
	})
}

// TestRestored: the records are newer than the views.
func TestRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(aStream("a", "shop"))
		w.positions["a"] = meta.ExportPosition{Record: 1000, ViewID: view.NewID(1, "shop", "1").String()}
		w.read = 10
		s := w.started(t)
		w.store("shop", 1, 12, "one", 0)
		w.commit(s, 13, "shop")
		synctest.Wait()
		if got := titles(w.taken("a")); !cmp.Equal(got, []string{"one"}) {
			t.Errorf("%v came, want what has come since", got)
		}
		stopped(t, s)
	})
}

// TestStop waits for a batch that is being sent, five seconds at most.
func TestStop(t *testing.T) {
	for took, taken := range map[time.Duration]int{4 * time.Second: 1, time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(aStream("a", "shop"))
			w.store("shop", 1, 1, "one", 0)
			w.store("shop", 2, 1, "two", 0)
			w.read = 2
			s := w.made(t)
			s.cfg.Connectors[meta.StreamHTTP] = slow{w, took}
			if err := s.Resume(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			s.Start(t.Context())
			synctest.Wait()
			began := time.Now()
			stopped(t, s)
			if waited := time.Since(began); waited != min(took, 5*time.Second) {
				t.Errorf("a receiver that takes %s was waited for %s", took, waited)
			}
			if p := w.position("a"); (p.Record == 2) != (taken == 1) || p.Failures != 0 {
				t.Errorf("a receiver that takes %s: position %+v", took, p)
			}
			s.Start(t.Context()) // does nothing any more
		})
	}
}

// slow has a receiver that takes its time.
type slow struct {
	*world
	took time.Duration
}

func (c slow) Connect(of meta.ExportStream) (Sink, error) {
	c.locked(func() { c.open++ })
	return &slowSink{&sink{c.world, of}, c.took}, nil
}

type slowSink struct {
	*sink
	took time.Duration
}

func (s *slowSink) Send(ctx context.Context, b *Batch) error {
	select {
	case <-time.After(s.took):
		return s.sink.Send(ctx, b)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := w.made(t)
		of := aStream("a", "shop")
		if took, err := s.Test(t.Context(), of); took != 0 || err != nil || w.sinks() != 0 || len(w.attempts()) != 1 {
			t.Errorf("%s, %v, with %d sinks and %d attempts", took, err, w.sinks(), len(w.attempts()))
		}
		w.answer = func(meta.ExportStream, *Batch) error { <-time.After(time.Second); return errors.New("no") }
		if took, err := s.Test(t.Context(), of); took != time.Second || err == nil || err.Error() != "no" {
			t.Errorf("%s, %v", took, err)
		}
		for target, want := range map[string]fault.Code{"bad": fault.Invalid, "unconnectable": fault.Internal} {
			of.Target = target
			if _, err := s.Test(t.Context(), of); fault.CodeOf(err) != want || err == nil {
				t.Errorf("%s: %v", target, err)
			}
		}
		of.Kind = "pigeon"
		if err := s.Check(of); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an unknown kind: %v", err)
		}
		if _, err := New(Config{}); err == nil {
			t.Error("streams are made of nothing")
		}
	})
}
