package crash

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/view"
)

// template is a recorded view that viewers repeat.
type template struct {
	name      string // of the recording
	watched   float64
	startup   float64 // -1 when it never started
	stalls    float64
	failed    float64 // 1 if it did
	events    []told
	recording harness.Recording
}

// told is an event as the player numbered and named it.
type told struct {
	Seq  int64  `json:"xsqno"`
	Name string `json:"e"`
}

// templates are some recordings with what their players counted, in ms.
func templates(t testing.TB) []*template {
	all := []*template{
		{name: "01_mp4_play_pause_seek_ended", watched: 20418, startup: 188},
		{name: "03_mp4_rebuffer", watched: 31860, startup: 234, stalls: 3},
		{name: "04_error_404", watched: 63, startup: -1, failed: 1},
		{name: "07_hls_abr", watched: 36519, startup: 469},
	}
	for _, p := range all {
		p.recording = harness.Record(t, p.name)
		last := int64(0) // of the numbers, which ascend
		for _, request := range p.recording {
			var body struct{ Events []told }
			if err := json.Unmarshal(request.Body, &body); err != nil {
				t.Fatal(p.name, err)
			}
			for _, e := range body.Events {
				if e.Seq > last { // not sent again
					p.events, last = append(p.events, e), e.Seq
				}
			}
		}
	}
	return all
}

// copy returns the recording as the view of another viewer.
func (p *template) copy(id, title string, last time.Time) (harness.Recording, error) {
	return p.recording.Rewrite(last, func(event map[string]any) {
		event["xid"] = id
		if _, ok := event["vtt"]; ok {
			event["vtt"] = title
		}
	})
}

// copied is a view that repeats a template under a title of its own.
type copied struct {
	title string
	*template
}

// check implements [expectation].
func (c copied) check(v *view.View) error {
	var events []told
	for _, e := range v.Events {
		events = append(events, told{e.Seq, e.Name})
	}
	// They are stored in the order of their times, which players do not always
	// number them by.
	slices.SortFunc(events, func(a, b told) int { return cmp.Compare(a.Seq, b.Seq) })
	if d := gocmp.Diff(c.events, events); d != "" {
		return fmt.Errorf("%s, as %s: events (-sent +stored):\n%s", c.title, c.name, d)
	}
	if got := v.Text(catalog.MustColumn("video_title")); got != c.title {
		return fmt.Errorf("title %q; want %q", got, c.title)
	}
	return figures(v, c.title+", as "+c.name, map[string]float64{
		"watch_time": c.watched, "video_startup_time": c.startup, "rebuffer_count": c.stalls, "playback_failure": c.failed, "view_dropped": 0,
	})
}

// figures compares columns of a view with what they should be; -1 is null.
func figures(v *view.View, what string, want map[string]float64) error {
	for name, n := range want {
		got, ok := v.Number(catalog.MustColumn(name))
		if !ok {
			got = -1
		}
		if got != n {
			return fmt.Errorf("%s: %s is %v; want %v", what, name, got, n)
		}
	}
	return nil
}

// crowd is viewers that send recorded views. Every third of them goes silent in
// each view until the view is taken for complete, and ends it then: a stored
// view is changed.
type crowd struct {
	ledger    *ledger
	templates []*template
	silence   time.Duration // of every third viewer, before the end of its view
}

// run sends views until stop is closed; each viewer then ends its view. The
// context ends it at once.
func (c *crowd) run(ctx context.Context, viewers int, seed uint64, stop <-chan struct{}) error {
	pace := time.NewTicker(5 * time.Millisecond) // between views, of all viewers together
	defer pace.Stop()
	errs := make(chan error, viewers)
	var all sync.WaitGroup
	for w := range viewers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			silence := time.Duration(0)
			if w%3 == 0 {
				silence = c.silence
			}
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-ctx.Done():
					errs <- ctx.Err()
					return
				case <-pace.C:
				}
				if err := c.send(ctx, random, fmt.Sprintf("view %d of viewer %d", n, w), silence); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

// send sends one view, with a silence before the two beacons of its end.
func (c *crowd) send(ctx context.Context, random *rand.Rand, title string, silence time.Duration) error {
	p, id := c.templates[random.IntN(len(c.templates))], uuid(random)
	recording, err := p.copy(id, title, time.Now())
	if err != nil {
		return err
	}
	for i, request := range recording {
		if i == len(recording)-2 && silence > 0 {
			select {
			case <-time.After(silence):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := c.post(ctx, request); err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
	}
	c.ledger.promise(id, copied{title, p})
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	c.ledger.fresh = append(c.ledger.fresh, title)
	return nil
}

// post sends a beacon until it is acknowledged.
func (c *crowd) post(ctx context.Context, r harness.Request) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server/", bytes.NewReader(r.Body))
	if err != nil {
		return err
	}
	for _, key := range []string{"Content-Type", "User-Agent", "Origin"} {
		req.Header.Set(key, r.Header.Get(key))
	}
	res, err := c.ledger.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// uuid makes an id as SDKs do.
func uuid(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff)
}
