package replay

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/journal/segment"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// world is a journal with the store of a server that has followed it.
type world struct {
	t     rapid.TB
	log   *segment.Log
	store *memoryStore
	rules tracker.Rules

	hold bool             // appended records wait for flush, which is faster
	held []journal.Record // those that wait
}

func newWorld(t rapid.TB, dir string) *world {
	log, err := segment.Open(segment.Config{Dir: dir, SegmentBytes: 300, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	log.Start()
	rules := tracker.Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour, Scoring: view.DefaultScoring()}
	return &world{t: t, log: log, store: newMemoryStore(), rules: rules}
}

// stop ends the journal.
func (w *world) stop() {
	if err := w.log.Stop(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) append(rec journal.Record) {
	w.held = append(w.held, rec)
	if !w.hold {
		w.flush()
	}
}

func (w *world) flush() {
	if err := w.log.Append(context.Background(), w.held...); err != nil {
		w.t.Fatal(err)
	}
	w.held = nil
}

// tick appends a record that only tells the time.
func (w *world) tick(now int64) { w.append(journal.Record{Time: now}) }

// say appends a beacon.
func (w *world) say(now int64, events ...event.Event) {
	body, err := json.Marshal(events)
	if err != nil {
		w.t.Fatal(err)
	}
	data, err := (&event.Beacon{Environment: "env", Format: "json", Received: now, Body: body}).MarshalBinary()
	if err != nil {
		w.t.Fatal(err)
	}
	w.append(journal.Record{Time: now, Data: data})
}

// watch appends a view that plays for a time, in ms, and is told to have ended.
func (w *world) watch(sdkID string, now, played int64) view.ID {
	at := func(seq int64, kind event.Kind, at int64) event.Event {
		return event.Event{View: sdkID, Player: "p", Seq: seq, Kind: kind, ViewerTime: at, Playhead: event.NoPlayhead}
	}
	w.say(now, at(1, event.ViewStart, now), at(2, event.Play, now), at(3, event.Playing, now))
	w.say(now+played, at(4, event.ViewEnd, now+played))
	return view.NewID(now, "env", sdkID)
}

func decodeJSON(b *event.Beacon) ([]event.Event, error) {
	var events []event.Event
	if err := json.Unmarshal(b.Body, &events); err != nil {
		return nil, err
	}
	origin := &event.Origin{Received: b.Received, Sent: b.Received}
	for i := range events {
		events[i].Origin = origin
	}
	return events, nil
}

// serve is a server that folds the journal up to an offset, commits whenever the
// position is one of commits, and dies: then, or when a commit fails.
func (w *world) serve(until int64, commits []int64) {
	f := tracker.NewFold(w.rules, decodeJSON)
	_, next := w.log.Bounds()
	f.Begin(w.store.progress, w.store.progress.Resume, next)
	r, err := w.log.NewReader(w.store.progress.Resume)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	for f.Position().Read < until {
		rec, err := r.Next(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := f.Add(rec); err != nil {
			w.t.Fatal(err)
		}
		for slices.Contains(commits, f.Position().Read) && f.More() {
			b, err := f.Batch(2)
			if err != nil {
				w.t.Fatal(err)
			}
			err = w.store.Commit(context.Background(), b)
			if errors.Is(err, errFire) {
				return
			}
			if err != nil {
				w.t.Fatal(err)
			}
			f.Stored()
		}
	}
}

// serveAll is a server that has followed the whole journal and was stopped.
func (w *world) serveAll() {
	_, next := w.log.Bounds()
	w.serve(next, []int64{next})
}

func (w *world) config() Config {
	return Config{
		Log: w.log, Store: w.store, Progress: w.store.progress, Rules: w.rules, Decode: decodeJSON,
		Changed: func(*Change) error { return nil }, Logger: slog.New(slog.DiscardHandler),
	}
}

// replay replays the journal; set changes what is asked for.
func (w *world) replay(set func(*Config)) (*Summary, []*Change) {
	var changes []*Change
	c := w.config()
	c.Changed = func(c *Change) error { changes = append(changes, c); return nil }
	if set != nil {
		set(&c)
	}
	sum, err := Run(context.Background(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum, changes
}

// memoryStore keeps views in memory.
type memoryStore struct {
	views    map[view.ID]view.Stored
	progress view.Progress
	passes   int // commits that succeed before one fails; below 0: all do
}

func newMemoryStore() *memoryStore {
	return &memoryStore{views: map[view.ID]view.Stored{}, passes: -1}
}

// Stored implements [Store].
func (s *memoryStore) Stored(_ context.Context, ids []view.ID) (map[view.ID]view.Stored, error) {
	found := map[view.ID]view.Stored{}
	for _, id := range ids {
		if v, ok := s.views[id]; ok {
			found[id] = v
		}
	}
	return found, nil
}

// IDs implements [Store].
func (s *memoryStore) IDs(_ context.Context, from, to int64) ([]view.ID, error) {
	var ids []view.ID
	for id := range s.views {
		if id.Time() >= from && id.Time() < to {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Commit implements [Store]. A view that is there has to be named as replaced.
func (s *memoryStore) Commit(_ context.Context, b view.Batch) error {
	if s.passes == 0 {
		return errFire
	}
	s.passes--
	for _, id := range b.Replaced {
		delete(s.views, id)
	}
	for _, v := range b.Views {
		doc, err := view.EncodeDocument(v)
		if err != nil {
			return err
		}
		if _, twice := s.views[v.ID]; twice {
			return errTwice
		}
		s.views[v.ID] = view.Stored{Row: v, Document: doc}
	}
	s.progress = b.Progress
	return nil
}

// documents are the documents of all views, and the rows must say the same.
func (s *memoryStore) documents(t testing.TB) map[view.ID]string {
	docs := map[view.ID]string{}
	for id, v := range s.views {
		doc, err := view.EncodeDocument(v.Row)
		if err != nil || string(doc) != string(v.Document) {
			t.Errorf("view %s: the row says %s, the document %s, %v", id, doc, v.Document, err)
		}
		docs[id] = string(v.Document)
	}
	return docs
}
