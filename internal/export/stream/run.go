package stream

import (
	"context"
	"reflect"
	"time"

	"playhead/internal/meta"
)

// run keeps a worker for each stream that is enabled, until hand ends.
func (s *Streams) run(hand, send context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look(hand, send)
		select {
		case <-hand.Done():
			return
		case <-tick.C:
		case <-s.wakes:
		}
	}
}

// look starts workers of streams that have none, and ends those of streams that are gone, disabled or
// not what they were. What follows such a one is started once it has ended.
func (s *Streams) look(hand, send context.Context) {
	if hand.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]meta.ExportStream{}
	for _, of := range s.cfg.Records.AllExportStreams() {
		if of.Enabled {
			wanted[of.ID] = of
		}
	}
	for id, w := range s.workers {
		if of, ok := wanted[id]; !w.leaving && (!ok || !reflect.DeepEqual(of, w.of)) {
			w.leaving = true
			w.end()
		}
	}
	for id, of := range wanted {
		if _, runs := s.workers[id]; runs {
			continue
		}
		w := newWorker(s, of)
		s.workers[id] = w
		hand, stop := context.WithCancel(hand)
		send, breakOff := context.WithCancel(send)
		w.end = func() { stop(); breakOff() }
		s.goroutines.Go(func() {
			w.run(hand, send)
			w.end()
			s.mu.Lock()
			delete(s.workers, id)
			follows := w.leaving
			s.mu.Unlock()
			if follows {
				s.Wake()
			}
		})
	}
}
