package stream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/view"
)

// TestInterleavings commits views, fails and crashes at random: in the end each receiver has
// the last state of each view, after all others of it.
func TestInterleavings(t *testing.T) {
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			random, fate := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
			w := newWorld(aStream("a", "shop"), aStream("b", "news"))
			streams := w.started(t)
			w.answer = func(meta.ExportStream, *Batch) error {
				var err error
				w.locked(func() {
					if fate.IntN(3) == 0 {
						err = errors.New("no")
					}
				})
				return err
			}
			final := map[string]map[string]string{"shop": {}, "news": {}}
			record := int64(0)
			for range 60 {
				switch random.IntN(6) {
				case 0, 1, 2, 3: // views of a few records, announced by one commit or by several
					var touched []string
					for range 1 + random.IntN(4) {
						record += int64(random.IntN(3))
						e := []string{"shop", "news"}[random.IntN(2)]
						n := random.IntN(20)
						title := fmt.Sprint("r", record, "x", random.IntN(1000))
						w.store(e, n, record, title, 0)
						final[e][view.NewID(int64(n), e, fmt.Sprint(n)).String()] = title
						touched = append(touched, e)
					}
					if random.IntN(3) == 0 { // stored, but the position comes later
						streams.Stored(streams.Position(), touched)
					} else {
						record++
						w.commit(streams, record, touched...)
					}
				case 4:
					pass(time.Duration(random.IntN(5000)) * time.Millisecond)
				case 5: // a crash: the answer of what is being sent may be lost
					streams.handing()
					streams.sending()
					stopped(t, streams)
					streams = w.started(t)
				}
			}
			record++
			w.commit(streams, record, "shop", "news")
			pass(time.Hour)
			for stream, e := range map[string]string{"a": "shop", "b": "news"} {
				last := map[string]string{}
				for _, body := range w.taken(stream) {
					words := strings.Fields(body)
					last[words[1]] = words[4]
				}
				if diff := cmp.Diff(final[e], last); diff != "" {
					t.Errorf("seed %d, %s (-stored +received last):\n%s", seed, e, diff)
				}
			}
			stopped(t, streams)
		})
	}
}

func TestPassage(t *testing.T) {
	var p passage
	now := time.UnixMilli(0)
	if p.pass(7, []string{"shop"}, now) || p.last() != 0 {
		t.Error("it passes before it has begun")
	}
	p.begin(10, now)
	if before, some := p.ahead("shop", 9); !some || before != 10 {
		t.Errorf("of before the start there is %d, %t", before, some)
	}
	if _, some := p.ahead("shop", 10); some {
		t.Error("there is something new at the start")
	}
	for i := range int64(10_000) {
		p.pass(11+i, []string{"shop"}, now.Add(time.Duration(i+1)*time.Second))
	}
	if len(p.marks) > mostMarks {
		t.Errorf("%d marks", len(p.marks))
	}
	if !slices.IsSortedFunc(p.marks, func(a, b mark) int { return int(a.record - b.record) }) {
		t.Error("marks are out of order")
	}
	for _, record := range []int64{10, 11, 500, 5000, 9990, 10_009} {
		exact := now.Add(time.Duration(record-9) * time.Second)
		if got := p.since(record); got.After(exact) || got.Before(exact.Add(-8*time.Second)) {
			t.Errorf("what follows record %d is there since %s, want %s or a little before", record, got, exact)
		}
	}
	if before, some := p.ahead("news", 10); some {
		t.Errorf("of an environment without views there is %d", before)
	}
	if before, some := p.ahead("shop", 10_009); !some || before != 10_010 {
		t.Errorf("the last ones: %d, %t", before, some)
	}
}

// TestPace: many streams do not all read after each commit, and none is late by more
// than some seconds.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var streams []meta.ExportStream
		for n := range 60 {
			streams = append(streams, aStream(fmt.Sprint(n), "shop"))
		}
		w := newWorld(streams...)
		s := w.made(t)
		reads := &counting{Views: w}
		s.cfg.Views = reads
		if err := s.Resume(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		s.Start(t.Context())
		synctest.Wait()
		for n := range 60 {
			w.store("shop", n, int64(n), fmt.Sprint("v", n), 0)
			w.commit(s, int64(n)+1, "shop")
			pass(time.Second)
		}
		if got := reads.n.Load(); got > 60*13 {
			t.Errorf("60 streams read %d times in 60 s, want each every 5 s", got)
		}
		for _, of := range streams {
			if lag, _ := s.Lag(of.ID); lag > 6*time.Second {
				t.Errorf("stream %s is %s behind", of.ID, lag)
			}
		}
		pass(6 * time.Second)
		for _, of := range streams {
			if got := len(w.taken(of.ID)); got != 60 {
				t.Errorf("stream %s has %d views, want 60", of.ID, got)
			}
		}
		stopped(t, s)
	})
}

// counting counts readings.
type counting struct {
	Views
	n atomic.Int32
}

// Changed implements [Views].
func (c *counting) Changed(ctx context.Context, environment string, after view.Cursor, before int64) iter.Seq2[*view.View, error] {
	c.n.Add(1)
	return c.Views.Changed(ctx, environment, after, before)
}
