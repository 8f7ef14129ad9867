package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// template is a recorded view that viewers of the load repeat.
type template struct {
	name      string // of the recording
	watched   int64  // ms, by the player's own counter
	startup   any    // ms; nil when it never started
	stalls    float64
	failed    bool
	recording harness.Recording
}

func templates(t *testing.T) []template {
	all := []template{
		{name: "01_mp4_play_pause_seek_ended", watched: 20418, startup: 188.0},
		{name: "03_mp4_rebuffer", watched: 31860, startup: 234.0, stalls: 3},
		{name: "04_error_404", watched: 63, failed: true},
		{name: "07_hls_abr", watched: 36519, startup: 469.0},
	}
	for i := range all {
		all[i].recording = harness.Record(t, all[i].name)
	}
	return all
}

// load is a crowd of viewers that send recorded views, each under an id and a
// title of its own, and that send a beacon again until it is acknowledged, as
// players do. Every third of them goes silent in each view until the view is
// taken for complete, and ends it then: a stored view is changed.
type load struct {
	silence   time.Duration // of every third viewer, before the end of its view
	templates []template
	base      atomic.Pointer[string] // where the server listens now

	mu    sync.Mutex
	acked map[string]view // whose every beacon was acknowledged, by title
	again int             // beacons that were sent more than once
}

// view is a view that the load has sent.
type view struct {
	id       string // as the SDK calls it
	template *template
}

// run sends views until stop is closed; each worker then ends its view. The
// context ends it at once.
func (l *load) run(ctx context.Context, workers int, seed uint64, stop <-chan struct{}) error {
	pace := time.NewTicker(5 * time.Millisecond) // between views, of all workers together
	defer pace.Stop()
	errs := make(chan error, workers)
	for w := range workers {
		go func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for n := 0; ; n++ {
				select {
				case <-stop:
					errs <- nil
					return
				case <-ctx.Done():
					errs <- ctx.Err()
					return
				case <-pace.C:
				}
				silence := time.Duration(0)
				if w%3 == 0 {
					silence = l.silence
				}
				if err := l.send(ctx, random, fmt.Sprintf("view %d of worker %d", n, w), silence); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	var first error
	for range workers {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// send sends one view, with a silence before the two beacons of its end.
func (l *load) send(ctx context.Context, random *rand.Rand, title string, silence time.Duration) error {
	v := view{id: uuid(random), template: &l.templates[random.IntN(len(l.templates))]}
	recording, err := v.template.recording.Rewrite(time.Now(), func(event map[string]any) {
		event["xid"] = v.id
		if _, ok := event["vtt"]; ok {
			event["vtt"] = title
		}
	})
	if err != nil {
		return err
	}
	again := 0
	for i, request := range recording {
		if i == len(recording)-2 && silence > 0 {
			select {
			case <-time.After(silence):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		retry := time.NewTicker(20 * time.Millisecond)
		for {
			status, err := harness.Post(*l.base.Load(), request)
			if err == nil && status == http.StatusOK {
				break
			}
			again++
			select {
			case <-retry.C:
			case <-ctx.Done():
				return fmt.Errorf("%s: status %d: %w", title, status, err)
			}
		}
		retry.Stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[title] = v
	l.again += again
	return nil
}

// uuid makes an id as SDKs do.
func uuid(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff)
}
