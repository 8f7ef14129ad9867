package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// sameAsAsked holds what a client of a stream has against what the other routes
// answer at the same time, byte for byte.
func (v *viewer) sameAsAsked(a *streamAPI, params string) {
	v.t.Helper()
	var want []map[string]string
	for i := range catalog.RealtimeMetrics {
		m := &catalog.RealtimeMetrics[i]
		if m.Formula == "" {
			continue
		}
		rows := data[[]map[string]json.RawMessage](v.t, a, "/data/v1/monitoring/metrics/"+m.ID+"/timeseries"+params)
		for j, row := range rows {
			if len(want) < len(rows) {
				want = append(want, map[string]string{"date": string(row["date"]), "concurrent_viewers": string(row["concurrent_viewers"])})
			}
			want[j][m.ID] = string(row["value"])
		}
	}
	var points []map[string]string
	for i, row := range latest(v.points, len(want)) {
		var p struct {
			Date       json.RawMessage
			Concurrent json.RawMessage `json:"concurrent_viewers"`
			Starting   int64           `json:"starting_up_viewers"`
			Attempts   int64           `json:"start_attempts"`
			Values     map[string]json.RawMessage
		}
		unmarshal(v.t, row, &p)
		if want := 2 * (p.Starting % 2); p.Attempts != want { // as madeUp makes them up
			v.t.Errorf("after the event %s: %d start attempts, want %d: %s", v.id, p.Attempts, want, row)
		}
		points = append(points, map[string]string{"date": string(p.Date), "concurrent_viewers": string(p.Concurrent)})
		for id, value := range p.Values {
			points[i][id] = string(value)
		}
	}
	if diff := cmp.Diff(want, points); diff != "" {
		v.t.Errorf("after the event %s: points (-timeseries +stream):\n%s", v.id, diff)
	}
	minutes := data[[]json.RawMessage](v.t, a, "/data/v1/monitoring/metrics/video-startup-time/histogram-timeseries"+params)
	if diff := cmp.Diff(texts(minutes), texts(latest(v.minutes, len(minutes)))); diff != "" {
		v.t.Errorf("after the event %s: minutes (-histogram +stream):\n%s", v.id, diff)
	}
}

func unmarshal(t *testing.T, text json.RawMessage, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func texts(rows []json.RawMessage) (list []string) {
	for _, row := range rows {
		list = append(list, string(row))
	}
	return list
}

// TestStream follows a stream for more than a minute while numbers are revised: those
// of the last half a minute at once, older ones within a minute.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		v := a.follow(t, "?filters[]=country:US")
		for header, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
			if got := v.res.Header.Get(header); got != want {
				t.Errorf("%s is %q, want %q", header, got, want)
			}
		}
		newest := func() int64 { return query.NewestTick(time.Now()) }
		for i := range 16 {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			event, tick := "tick", date(time.UnixMilli(newest()))
			if i == 0 {
				event = "snapshot"
			}
			if last := v.told[len(v.told)-1]; v.event != event || last != tick {
				t.Errorf("event %d is a %s up to %s, want a %s up to %s", i, v.event, last, event, tick)
			}
			if want := date(time.UnixMilli(newest() - 15_000)); v.settled != want {
				t.Errorf("event %d is settled through %s, want %s", i, v.settled, want)
			}
			v.sameAsAsked(a, "?filters[]=country:US")
			numbers.revise(newest()-int64(i%6)*query.TickEvery, 1)
		}
	})
}

// TestStreamOfOlderRevisions: what is revised more than half a minute later is
// told within a minute.
func TestStreamOfOlderRevisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		v := a.follow(t, "")
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		old := query.NewestTick(time.Now()) - 10*60_000
		numbers.revise(old, 5)
		var told [][]string
		for range 13 {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
			told = append(told, append([]string{}, v.told[:len(v.told)-1]...))
		}
		want := make([][]string, 13)
		for i := range want {
			want[i] = []string{}
		}
		want[11] = []string{date(time.UnixMilli(old))} // a minute after the snapshot
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("points beside the new one (-want +got):\n%s", diff)
		}
		v.sameAsAsked(a, "")
	})
}

// forgetting is numbers whose history begins later and later.
type forgetting struct {
	*madeUp
	since *atomic.Int64
}

func (f forgetting) Since(string) int64 { return f.since.Load() }

// TestStreamOfShortHistory begins where the history does.
func TestStreamOfShortHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := forgetting{&madeUp{}, &atomic.Int64{}}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		first := a.follow(t, "")
		go io.Copy(io.Discard, first.res.Body) //nolint:errcheck // it ends with the test
		for _, tt := range []struct {
			kept   int64 // ms before a full minute
			points int   // from the first tick since, up to 55 s after the minute
		}{{600_000, 132}, {301_000, 72}, {2000, 12}, {0, 12}} {
			numbers.since.Store(time.Now().UnixMilli() - tt.kept)
			<-time.After(time.Minute)
			v := a.follow(t, "")
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
			if len(v.told) != tt.points {
				t.Errorf("a minute after %d ms were kept, a snapshot has %d points, want %d", tt.kept, len(v.told), tt.points)
			}
			v.sameAsAsked(a, "")
			v.res.Body.Close()
		}
		first.res.Body.Close()
	})
}

// TestStreamGoesOn: a client that comes again is told what it has missed, and
// revisions of it; one that has been told by others is told everything.
func TestStreamGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		other := a.follow(t, "")               // so that the hub stays
		go io.Copy(io.Discard, other.res.Body) //nolint:errcheck // it ends with the test
		v := a.follow(t, "")
		for range 2 {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
		}
		first := query.NewestTick(time.Now())
		v.res.Body.Close()
		numbers.revise(first-10_000, 1)
		<-time.After(17 * time.Second)
		v.again(a, "")
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, tick := range []int64{first - 10_000, first + 5000, first + 10_000, first + 15_000} {
			want = append(want, date(time.UnixMilli(tick)))
		}
		if diff := cmp.Diff(want, v.told); diff != "" || v.event != "tick" {
			t.Errorf("a %s after a while (-want +got):\n%s", v.event, diff)
		}
		v.sameAsAsked(a, "")

		v.again(a, "")
		if err := v.next(); err != nil || len(v.told) != 1 || v.comments == 0 {
			t.Errorf("a client that has everything is told %v with %d comments, %v; want a comment, and the next tick when it is there", v.told, v.comments, err)
		}
		for name, id := range map[string]string{"none": "", "of another hub": "946684800.other", "no number": "x", "of its hub but before it": "946684000" + v.id[9:]} {
			v.id = id
			v.again(a, "")
			if err := v.next(); err != nil || v.event != "snapshot" || len(v.told) != query.TimeseriesTicks {
				t.Errorf("the id %s: a %s of %d points, %v; want a snapshot", name, v.event, len(v.told), err)
			}
		}
		v.again(a, "?filters[]=country:US")
		if err := v.next(); err != nil || v.event != "snapshot" {
			t.Errorf("another selection: %s, %v; want a snapshot", v.event, err)
		}
		other.res.Body.Close()
	})
}

// TestStreamIsRemembered: a client that was alone may come again within a minute.
func TestStreamIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, registry := observed(t, func(c *Config) { c.Realtime = &madeUp{} })
		v := a.follow(t, "")
		for _, tt := range []struct {
			away   time.Duration
			event  string
			points int
		}{{0, "snapshot", 360}, {20 * time.Second, "tick", 4}, {50 * time.Second, "tick", 10}, {time.Minute, "snapshot", 360}} {
			v.res.Body.Close()
			synctest.Wait()
			wantFigures(t, "meanwhile", registry, map[string]float64{"s_ended_total client": figures(t, registry)["s_ended_total client"]})
			<-time.After(tt.away)
			v.again(a, "")
			if err := v.next(); err != nil || v.event != tt.event || len(v.told) != tt.points {
				t.Errorf("after %s: a %s of %d points, %v; want a %s of %d", tt.away, v.event, len(v.told), err, tt.event, tt.points)
			}
			v.sameAsAsked(a, "")
		}
	})
}

// TestStreamBreakdown: the groups of the newest tick, at most a hundred, those
// with the most viewers first.
func TestStreamBreakdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serve(t, func(c *Config) { c.Realtime = &madeUp{} })
		v := a.follow(t, "?dimension=cdn")
		for range 3 {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			var got []map[string]json.RawMessage
			unmarshal(t, v.groups, &got)
			if len(got) != 100 {
				t.Errorf("%d groups, want 100", len(got))
			}
			for i := range catalog.RealtimeMetrics {
				m := &catalog.RealtimeMetrics[i]
				if m.Formula == "" {
					continue
				}
				for j, want := range data[[]map[string]json.RawMessage](t, a, "/data/v1/monitoring/metrics/"+m.ID+"/breakdown?dimension=cdn")[:100] {
					values := map[string]json.RawMessage{}
					unmarshal(t, got[j]["values"], &values)
					delete(want, "negative_impact")
					has := map[string]json.RawMessage{"metric_value": values[m.ID]}
					for _, name := range []string{"value", "display_value", "concurrent_viewers", "starting_up_viewers"} {
						if got[j][name] != nil {
							has[name] = got[j][name]
						}
					}
					if diff := cmp.Diff(want, has); diff != "" {
						t.Errorf("%s, group %d (-breakdown +stream):\n%s", m.ID, j, diff)
					}
				}
			}
		}
	})
}

// TestStreamsShare: what many ask for is computed once, whatever their number.
func TestStreamsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		all := make([]*viewer, 20)
		for i := range all {
			all[i] = a.follow(t, fmt.Sprintf("?dimension=cdn&other=%d", i))
		}
		for range 3 {
			for _, v := range all {
				if err := v.next(); err != nil {
					t.Fatal(err)
				}
			}
			if plans := numbers.asked(); len(plans) != 2 {
				t.Errorf("%d plans for a tick, want one of the points and one of the breakdown", len(plans))
			}
		}
	})
}

// TestStreamIsRefused before it begins, with a status.
func TestStreamIsRefused(t *testing.T) {
	h := newAPI(t, stored(t))
	for params, says := range map[string]string{
		"?filters[]=contry:US": "country", "?filters[]=country": "filters[]", "?dimension=browser": "dimension", "?filters[]=browser:Chrome": "filters[]",
	} {
		wantError(t, params, get(t, h, streamPath+params), 400, "invalid_parameters", says)
	}
	wantError(t, "no token", send(t, h, "GET", streamPath, ""), 401, "unauthorized", "token")
	wantError(t, "no permission", send(t, h, "GET", streamPath, basic("nobody", "secret")), 403, "forbidden", "data:read")
	broken := newAPI(t, stored(t), func(c *Config) { c.Realtime = &madeUp{err: errors.New("no memory")} })
	wantError(t, "no numbers", get(t, broken, streamPath), 500, "internal_error", "request id")
}

// TestHeadOfStream: a HEAD has no events to wait for.
func TestHeadOfStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serve(t)
		res := a.ask(t, http.MethodHead, streamPath, "reader")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("status %d, Content-Type %q", res.StatusCode, res.Header.Get("Content-Type"))
		}
	})
}
