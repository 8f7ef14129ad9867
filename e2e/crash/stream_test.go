package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
	"playhead/internal/export"
)

// sentView is what is looked at of a view: its end, and how long it was watched.
type sentView struct {
	End     time.Time
	Watched int64
}

// TestKillWhileStreaming kills the process around the answer of a receiver of a stream of
// exports, while viewers send beacons: before it, when the receiver has the batch, or some time after it, when
// the position may be written down or not. In the end the receiver, and a topic of Kafka
// beside it, must have had the last state of each view as the API has it; some of them twice.
func TestKillWhileStreaming(t *testing.T) {
	t.Parallel()
	var (
		random = rand.New(rand.NewPCG(*seed, 3))
		dir    = t.TempDir()
		server *harness.Server
		wait   time.Duration // before the kill; -1: the receiver does not answer
		deadly atomic.Bool
		killed = make(chan struct{})
		crowd  = &crowd{ledger: newLedger(), templates: templates(t), silence: 3 * completeAfter / 2}
	)
	receiver := harness.ReceiveWebhooks(t, func(int) int {
		if !deadly.CompareAndSwap(true, false) {
			return http.StatusOK
		}
		die := func() { server.Kill(); close(killed) }
		if wait < 0 {
			die()
		} else {
			time.AfterFunc(wait, die)
		}
		return http.StatusOK
	})
	brokers, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "views"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(brokers.Close)
	start := func() {
		server = harness.StartIn(t, dir, append([]string{harness.Setting}, settings...)...)
		crowd.ledger.server.Store(&server.Ingest)
	}
	start()
	for _, stream := range []map[string]any{
		{"kind": "http", "format": "json", "target": receiver.URL},
		{"kind": "kafka", "format": "protobuf", "target": brokers.ListenAddrs()[0], "topic": "views"},
	} {
		stream["name"], stream["content"] = "Test", "video_views"
		if _, err := harness.Write[any](server, http.MethodPost, "/data/v1/exports/streams", stream); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- crowd.run(ctx, 3, *seed, stop) }()
	for i := range *kills {
		wait, killed = time.Duration(random.IntN(20))*time.Millisecond, make(chan struct{})
		if i%3 == 0 {
			wait = -1
		}
		deadly.Store(true)
		select {
		case <-killed:
		case <-time.After(readyWithin):
			t.Fatalf("round %d: nothing has come", i)
		}
		start()
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	want, again := map[string]sentView{}, 0
	harness.Eventually(t, readyWithin, func() (err error) {
		if want, err = lastStates(server); err == nil && len(want) < len(crowd.ledger.views) {
			err = fmt.Errorf("%d views are stored; want %d", len(want), len(crowd.ledger.views))
		}
		if err != nil {
			return err
		}
		got, n, err := posted(receiver)
		if err == nil && !gocmp.Equal(want, got) {
			err = fmt.Errorf("the receiver has (-API +receiver):\n%s", gocmp.Diff(want, got))
		}
		again = n
		return err
	})
	t.Logf("%d views around %d kills; %d messages came again as they were", len(want), *kills, again)
	if least := (*kills + 2) / 3; again < least {
		t.Errorf("%d messages came again; want those of the batches that had no answer, %d, at least", again, least)
	}
	if diff := gocmp.Diff(want, produced(t, brokers, want)); diff != "" {
		t.Errorf("the topic has (-API +topic):\n%s", diff)
	}
}

// lastStates are all views by their ids.
func lastStates(s *harness.Server) (map[string]sentView, error) {
	views := map[string]sentView{}
	for page := 1; ; page++ {
		list, err := harness.Get[[]struct {
			ID        string
			ViewEnd   time.Time `json:"view_end"`
			WatchTime int64     `json:"watch_time"`
		}](s, "/data/v1/video-views", map[string][]string{"limit": {"1000"}, "page": {strconv.Itoa(page)}, "timeframe[]": {"1:days"}})
		if err != nil {
			return nil, err
		}
		for _, v := range list.Data {
			views[v.ID] = sentView{v.ViewEnd.Truncate(time.Second), v.WatchTime}
		}
		if len(list.Data) < 1000 {
			return views, nil
		}
	}
}

// posted is the last that a receiver has had of each view, and how many messages it had
// again as they were.
func posted(to *harness.Webhook) (last map[string]sentView, again int, err error) {
	last = map[string]sentView{}
	lines, batches := map[string]bool{}, map[string]string{}
	for _, d := range to.Deliveries() {
		id := d.Headers["playhead-delivery"]
		if before, known := batches[id]; known && before != d.Body {
			return nil, 0, fmt.Errorf("two batches are called %s", id)
		}
		batches[id] = d.Body
		for line := range strings.Lines(d.Body) {
			var v struct {
				ViewID    string    `json:"view_id"`
				ViewEnd   time.Time `json:"view_end"`
				WatchTime int64     `json:"watch_time"`
			}
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				return nil, 0, err
			}
			last[v.ViewID] = sentView{v.ViewEnd.Truncate(time.Second), v.WatchTime}
			if lines[line] {
				again++
			}
			lines[line] = true
		}
	}
	return last, again, nil
}

// produced reads the topic until it has had the last state of all views, and returns
// what it had last of each.
func produced(t *testing.T, brokers *kfake.Cluster, want map[string]sentView) map[string]sentView {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers.ListenAddrs()...), kgo.ConsumeTopics("views"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), readyWithin)
	defer cancel()
	last := map[string]sentView{}
	for !gocmp.Equal(want, last) && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			read, err := export.ReadMessage(export.Protobuf, r.Value)
			if err != nil || read.ViewID != string(r.Key) {
				t.Errorf("a record with key %s: %v", r.Key, err)
				return
			}
			end, _ := read.View.Number(catalog.MustColumn("view_end"))
			watched, _ := read.View.Number(catalog.MustColumn("watch_time"))
			last[read.ViewID] = sentView{time.UnixMilli(int64(end)).UTC().Truncate(time.Second), int64(watched)}
		})
	}
	return last
}
