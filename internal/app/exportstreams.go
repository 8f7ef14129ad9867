package app

import (
	"context"
	"slices"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/export"
	"playhead/internal/export/kafka"
	"playhead/internal/export/post"
	"playhead/internal/export/stream"
	"playhead/internal/meta"
	"playhead/internal/outbound"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// receiverTimeout is how long receivers of streams may take: they write down what they
// are sent.
const receiverTimeout = 30 * time.Second

// openStreams finds out where streams of exports begin, before any views are stored.
func (a *App) openStreams(ctx context.Context) error {
	stored, err := a.views.Progress(ctx)
	if err != nil {
		return err
	}
	client := outbound.New(outbound.Config{Networks: a.cfg.NotifyNetworks, Timeout: receiverTimeout})
	a.streams, err = stream.New(stream.Config{
		Records: a.records, Views: a.views, Watches: a.realtime, Encoding: encoding{},
		Connectors: map[string]stream.Connector{meta.StreamHTTP: post.New(client, time.Now), meta.StreamKafka: kafka.New(client)},
		Known:      a.knownOfViewers, Clock: time.Now, Logger: a.log, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	return a.streams.Resume(ctx, stored.Read)
}

// startStreams begins to send. What it asks of the tracker is there now.
func (a *App) startStreams(ctx context.Context) error {
	a.streams.Start(ctx)
	a.onStop("streams of exports", a.streams.Stop)
	return nil
}

// knownOfViewers is until when is known what viewers did; false until that has been
// loaded for all of the last day.
func (a *App) knownOfViewers(now time.Time) (time.Time, bool) {
	if a.realtime.LoadedSince() != 0 {
		return time.Time{}, false
	}
	return a.knownToTracker(now)
}

// encoding writes the messages of streams.
type encoding struct{}

// AppendView implements [stream.Encoding].
func (encoding) AppendView(to []byte, format string, v *view.View, property int64) ([]byte, error) {
	return export.AppendMessage(to, export.MessageFormat(format), v, property)
}

// AppendSample implements [stream.Encoding].
func (encoding) AppendSample(to []byte, format string, w *view.Watch, from, before, property int64) ([]byte, error) {
	s, some := export.SampleOf(w, from, before, property)
	if !some {
		return to, nil
	}
	return export.AppendSamples(to, export.MessageFormat(format), []export.Sample{s}), nil
}

// announced is the store of the tracker. It tells of what is in it.
type announced struct {
	tracker.Store
	stored func(record int64, environments []string)
}

var environmentColumn = catalog.MustColumn("environment_id")

// Commit implements [tracker.Store].
func (s announced) Commit(ctx context.Context, b view.Batch) error {
	if err := s.Store.Commit(ctx, b); err != nil {
		return err
	}
	var environments []string
	for _, v := range b.Views {
		if e := v.Text(environmentColumn); !slices.Contains(environments, e) { // few
			environments = append(environments, e)
		}
	}
	s.stored(b.Progress.Read, environments)
	return nil
}
