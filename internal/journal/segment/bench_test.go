package segment

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"playhead/internal/journal"
)

const (
	benchCallers = 64
	benchBytes   = 2300 // mean size of a recorded beacon
)

// beacon is text that compresses about four times, like a beacon.
func beacon(seed uint64) []byte {
	words := []string{"view_id=", "viewer_time=", "player_playhead_time=", "video_source_duration=", "event=", "&", "sequence=", "rebuffer_count="}
	r := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for len(b) < benchBytes {
		b = append(b, words[r.IntN(len(words))]...)
		b = append(b, byte('0'+r.IntN(10)), byte('0'+r.IntN(10)), byte('0'+r.IntN(10)))
	}
	return b[:benchBytes]
}

// inParallel calls append b.N times from 64 goroutines.
func inParallel(b *testing.B, appendOne func(data []byte) error) {
	b.SetBytes(benchBytes)
	b.ReportAllocs()
	share := make(chan struct{}, b.N)
	for range b.N {
		share <- struct{}{}
	}
	close(share)
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range benchCallers {
		data := beacon(uint64(c))
		wg.Go(func() {
			for range share {
				if err := appendOne(data); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkAppend is the log; compare it with BenchmarkBare.
func BenchmarkAppend(b *testing.B) {
	l, err := Open(Config{Dir: b.TempDir(), Clock: time.Now, FreeSpaceFloor: 1})
	if err != nil {
		b.Fatal(err)
	}
	l.Start()
	inParallel(b, func(data []byte) error {
		return l.Append(context.Background(), journal.Record{Partition: 1, Time: 1, Data: data})
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/count(b, l.metrics.batches), "records/sync")
	if err := l.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBare is the least that a durable append can do: the same bytes to
// one file, one write and one sync for all callers that wait, and no checksum,
// compression, limit or format.
func BenchmarkBare(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := &bare{file: f, arrived: make(chan struct{}, 1), done: make(chan struct{})}
	end := make(chan struct{})
	go w.run(end)
	inParallel(b, w.append)
	b.StopTimer()
	close(end)
}

type bare struct {
	mu      sync.Mutex
	file    *os.File
	buf     []byte
	arrived chan struct{}
	done    chan struct{}
	err     error
}

func (w *bare) append(data []byte) error {
	w.mu.Lock()
	w.buf = append(w.buf, data...)
	done := w.done
	w.mu.Unlock()
	select {
	case w.arrived <- struct{}{}:
	default:
	}
	<-done
	return w.err
}

func (w *bare) run(end chan struct{}) {
	var spare []byte
	for {
		select {
		case <-w.arrived:
		case <-end:
			return
		}
		w.mu.Lock()
		buf, done := w.buf, w.done
		w.buf, w.done = spare[:0], make(chan struct{})
		w.mu.Unlock()
		_, err := w.file.Write(buf)
		if err == nil {
			err = w.file.Sync()
		}
		if err != nil {
			w.err = err
		}
		spare = buf
		close(done)
	}
}
