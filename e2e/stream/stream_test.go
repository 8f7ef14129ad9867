// Package stream follows the stream of real-time numbers of the real server, as
// a dashboard does, while simulated viewers come and go.
package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/simulate"
)

// every is the time between two ticks.
const every = 5 * time.Second

// late is how much later than it should an event may come: tests run beside each
// other on a machine that is busy.
const late = 3 * time.Second

// TestStream follows viewers for most of a minute, is cut off in the middle,
// and holds what it was told against the API and against the truth.
func TestStream(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	query := url.Values{"dimension": {"cdn"}}
	f := follow(t, server, server.Token, "", query)
	first := f.next(t, every)
	if first.name != "snapshot" || len(first.data.Timeseries) != 360 || len(first.data.Breakdown) != 0 {
		t.Fatalf("the first event is a %s of %d points and %d groups; want a snapshot of 360 without any", first.name, len(first.data.Timeseries), len(first.data.Breakdown))
	}
	var truth bytes.Buffer
	played := make(chan error, 1)
	go func() {
		_, err := simulate.Run(t.Context(), simulate.Config{
			URL: server.Ingest, EnvKey: harness.EnvKey, Viewers: 40, Time: 45 * time.Second, World: simulate.World{Seed: 5},
			Retry: 100 * time.Millisecond, Client: http.DefaultClient, Clock: time.Now, Truth: &truth,
		})
		played <- err
	}()

	last := followTicks(t, f, first, 5)
	f.answer.Body.Close() // the network is gone
	<-f.done
	missed := time.Now().Add(2*every + time.Second)
	<-time.After(time.Until(missed))
	again := follow(t, server, server.Token, last.id, query)
	resumed := again.next(t, every+late)
	if told := resumed.data.Timeseries; resumed.name != "tick" || !has(told, last.newest().Date.Add(every)) || len(told) > 9 {
		t.Errorf("after the event %s comes a %s of %d points; want a tick with what was missed", last.id, resumed.name, len(told))
	}
	maps.Copy(f.points, again.points)
	followTicks(t, again, resumed, 4)
	if err := <-played; err != nil {
		t.Fatal(err)
	}
	// Whoever was silent to the end counts for half a minute more.
	end := time.Now()
	for e := again.next(t, every+late); e.newest().Date.Before(end.Add(15 * time.Second)); e = again.next(t, every+late) {
	}
	again.mu.Lock()
	defer again.mu.Unlock()
	maps.Copy(f.points, again.points)
	sameAsAPI(t, server, f.points)
	likeTruth(t, f.points, &truth)
}

// followTicks reads some events and checks that they come in time and newest
// first, and tell of viewers.
func followTicks(t *testing.T, f *reader, last event, n int) event {
	t.Helper()
	moved := map[int]bool{}
	for range n {
		e := f.next(t, every+late)
		if e.name != "tick" || !e.newest().Date.Equal(last.newest().Date.Add(every)) {
			t.Errorf("after %s comes a %s up to %s; want the next tick", last.newest().Date, e.name, e.newest().Date)
		}
		if behind := e.came.Sub(e.newest().Date); behind < time.Second || behind > time.Second+late {
			t.Errorf("the tick %s came %s later; want a little over a second", e.newest().Date, behind)
		}
		if seconds, _, _ := strings.Cut(e.id, "."); seconds != strconv.FormatInt(e.newest().Date.Unix(), 10) {
			t.Errorf("the id of %s is %s; want its seconds first", e.newest().Date, e.id)
		}
		groups := 0
		for _, g := range e.data.Breakdown {
			groups += g.Concurrent
		}
		if groups != e.newest().Concurrent {
			t.Errorf("%s: %d viewers in groups, %d in all", e.newest().Date, groups, e.newest().Concurrent)
		}
		moved[e.newest().Concurrent] = true
		last = e
	}
	if len(moved) < 2 {
		t.Errorf("the newest numbers of viewers are all %v; want them to move", slices.Collect(maps.Keys(moved)))
	}
	return last
}

func has(points []point, date time.Time) bool {
	return slices.ContainsFunc(points, func(p point) bool { return p.Date.Equal(date) })
}

// sameAsAPI compares with what the timeseries answer now, as far as it does not
// change any more.
func sameAsAPI(t *testing.T, server *harness.Server, points map[time.Time]point) {
	t.Helper()
	for _, metric := range []string{
		"current-average-bitrate", "current-concurrent-viewers", "current-rebuffering-percentage",
		"exits-before-video-start", "playback-failure-percentage", "video-startup-failure-percentage",
	} {
		series, err := harness.Get[[]struct {
			Date       time.Time
			Value      *float64
			Concurrent int `json:"concurrent_viewers"`
		}](server, "/data/v1/monitoring/metrics/"+metric+"/timeseries", nil)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, want := range series.Data[:len(series.Data)-4] {
			got, ok := points[want.Date]
			if !ok || got.Concurrent != want.Concurrent || number(got.Values[metric]) != number(want.Value) && !(got.Values[metric] == nil && want.Value == nil) {
				t.Errorf("%s at %s: the stream told %v of %d viewers (%t), the API %v of %d", metric, want.Date, number(got.Values[metric]), got.Concurrent, ok, number(want.Value), want.Concurrent)
			}
			compared++
		}
		if compared < 300 {
			t.Errorf("%d points were compared", compared)
		}
	}
}

// number is the value of an answer; NaN stands for null.
func number(value *float64) float64 {
	if value == nil {
		return math.NaN()
	}
	return *value
}

// likeTruth compares with who watched. A change a few milliseconds from a tick
// may be on its other side, as clocks are corrected by the time that requests
// take.
func likeTruth(t *testing.T, points map[time.Time]point, truth io.Reader) {
	t.Helper()
	lines, ticks, most := json.NewDecoder(truth), 0, 0
	for {
		var line struct {
			Tick *struct {
				At         int64
				Concurrent int
			}
		}
		if err := lines.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if line.Tick == nil {
			continue
		}
		ticks, most = ticks+1, max(most, line.Tick.Concurrent)
		got, ok := points[time.UnixMilli(line.Tick.At).UTC()]
		if diff := got.Concurrent - line.Tick.Concurrent; !ok || diff < -2 || diff > 2 {
			t.Errorf("%d viewers were told of at %d (%t), and %d there were", got.Concurrent, line.Tick.At, ok, line.Tick.Concurrent)
		}
	}
	if ticks < 8 || most < 10 {
		t.Errorf("the truth has %d ticks with %d viewers at the most; want more", ticks, most)
	}
}

// TestStreamsEnd: when the token is revoked, and when the server stops.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	token := newToken(t, server)
	revoked, kept := follow(t, server, token, "", nil), follow(t, server, server.Token, "", nil)
	revoked.next(t, every)
	kept.next(t, every)
	id, _, _ := strings.Cut(token, ":")
	call(t, server, http.MethodDelete, "/system/v1/tokens/"+id, "", http.StatusNoContent)
	revoked.ended(t, time.Second+every+late)
	kept.next(t, every+late)

	began := time.Now()
	server.Stop(t)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the server took %s to stop; want no waiting for streams", took)
	}
	kept.ended(t, time.Second)
	if strings.Contains(server.Log(), "level=ERROR") {
		t.Errorf("the server logged errors:\n%s", server.Log())
	}
}

// newToken makes a token that may read.
func newToken(t *testing.T, server *harness.Server) string {
	t.Helper()
	var made struct {
		Data struct{ ID, Secret string }
	}
	answer := call(t, server, http.MethodPost, "/system/v1/tokens", `{"name":"dashboard","permissions":["data:read"]}`, http.StatusCreated)
	if err := json.Unmarshal(answer, &made); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s:%s", made.Data.ID, made.Data.Secret)
}

func call(t *testing.T, server *harness.Server, method, target, body string, status int) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.API+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(harness.TokenID, harness.TokenSecret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		t.Fatalf("%s %s: status %d, %v: %s; want %d", method, target, answer.StatusCode, err, text, status)
	}
	return text
}
