package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/meta"
	"playhead/internal/query"
)

// figures reads the figures of streams: without their common beginning, and
// with the value of their label.
func figures(t *testing.T, from *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		name, ok := strings.CutPrefix(f.GetName(), "playhead_api_stream")
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			if value := m.GetCounter().GetValue() + m.GetGauge().GetValue(); ok && value != 0 {
				got[name] = value
			}
			name, _ = strings.CutPrefix(f.GetName(), "playhead_api_stream")
		}
	}
	return got
}

func wantFigures(t *testing.T, when string, from *prometheus.Registry, want map[string]float64) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, figures(t, from)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// observed serves an API with figures.
func observed(t *testing.T, change ...func(*Config)) (*streamAPI, *prometheus.Registry) {
	registry := prometheus.NewRegistry()
	return serve(t, append(change, func(c *Config) { c.Registerer = registry })...), registry
}

// TestStreamLimits: of the server, of an environment, and of selections.
func TestStreamLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, registry := observed(t, func(c *Config) { c.Streams = 8 })
		open := []*viewer{a.follow(t, ""), a.follow(t, "?dimension=cdn")}
		tooMany := a.ask(t, http.MethodGet, streamPath, "reader")
		if body, err := io.ReadAll(tooMany.Body); tooMany.StatusCode != 429 || tooMany.Header.Get("Retry-After") != "10" || err != nil || !strings.Contains(string(body), "2 streams of this environment") {
			t.Errorf("the third one: %d %s, %v", tooMany.StatusCode, body, err)
		}
		wantFigures(t, "at the limit", registry, map[string]float64{"s": 2, "_selections": 2, "s_refused_total environment": 1})
		other := a.ask(t, http.MethodGet, streamPath, "other")
		if other.StatusCode != http.StatusOK {
			t.Errorf("another environment: status %d, want 200", other.StatusCode)
		}
		open[0].res.Body.Close()
		synctest.Wait()
		open[0] = a.follow(t, "")
		wantFigures(t, "after one went", registry, map[string]float64{"s": 3, "_selections": 3, "s_refused_total environment": 1, "s_ended_total client": 1})
	})
}

// TestStreamRoom counts streams and selections, of all and of an environment.
func TestStreamRoom(t *testing.T) {
	for _, tt := range []struct {
		name                                 string
		most, environments, selections, each int // each: streams of each selection
		says                                 string
		same, otherEnvironment, after        bool // what has room at the limit, and whether a new selection does after one stream ended
	}{
		{"server", 8, 4, 1, 2, "8 streams are open", false, false, true},
		{"environment", 16, 1, 2, 2, "4 streams of this environment", false, true, true},
		{"selections", 5000, 4, 100, 1, "400 different selections are streamed", true, false, true},
		{"environment_selections", 5000, 1, 100, 2, "100 different selections of this environment", true, true, false},
	} {
		s, err := newStreams(tt.most, nil, time.Now, nil)
		if err != nil {
			t.Fatal(err)
		}
		join := func(environment, country int) (leave func(), err error) {
			where := []query.TickCondition{{Dimension: 2, Values: []string{fmt.Sprint(country)}}}
			_, leave, err = s.join(&selection{ticks: &query.TickPlan{Environment: fmt.Sprint("env", environment), Where: where, GroupBy: query.NoGroups}})
			return leave, err
		}
		var leaves []func()
		for i := range tt.environments * tt.selections * tt.each {
			leave, err := join(i%tt.environments, i/tt.environments%tt.selections)
			if err != nil {
				t.Fatalf("%s: stream %d: %v", tt.name, i, err)
			}
			leaves = append(leaves, leave)
		}
		if _, err := join(0, 1000); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want that it says %q", tt.name, err, tt.says)
		}
		for what, has := range map[string]struct {
			environment, country int
			room                 bool
		}{"a known selection": {0, 0, tt.same}, "another environment": {9, 0, tt.otherEnvironment}} {
			leave, err := join(has.environment, has.country)
			if (err == nil) != has.room {
				t.Errorf("%s: %s: %v; want room: %t", tt.name, what, err, has.room)
			}
			if err == nil {
				leave()
				leave() // twice does nothing
			}
		}
		leaves[0]()
		if _, err := join(0, 1000); (err == nil) != tt.after {
			t.Errorf("%s: after one ended: %v; want room: %t", tt.name, err, tt.after)
		}
	}
}

// TestSlowStream: who does not read is dropped, and holds up nobody.
func TestSlowStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, registry := observed(t, func(c *Config) { c.Realtime = &madeUp{} })
		a.follow(t, "") // reads only the headers
		v := a.follow(t, "")
		began := time.Now()
		for time.Since(began) < 2*streamPatience {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
		}
		v.sameAsAsked(a, "")
		wantFigures(t, "after a while", registry, map[string]float64{"s": 1, "_selections": 1, "s_ended_total slow": 1})
	})
}

// revocable are records in which tokens lose what they had.
type revocable struct {
	records
	revoked, less *atomic.Bool // less: they have no permissions
}

func (r revocable) Authenticate(id, secret string) (meta.Token, bool) {
	t, ok := r.records.Authenticate(id, secret)
	if r.less.Load() {
		t.Permissions = nil
	}
	return t, ok && !r.revoked.Load()
}

// Session is that of "reader", which ends with its token.
func (r revocable) Session(secret string) (meta.Token, bool) {
	if secret != "signed in" {
		return meta.Token{}, false
	}
	return r.Authenticate("reader", "secret")
}

func (revocable) UseSession(context.Context, string) error { return nil }

// TestStreamOfRevokedToken ends with the next tick, for who is signed in too.
func TestStreamOfRevokedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := revocable{revoked: &atomic.Bool{}, less: &atomic.Bool{}}
		a, registry := observed(t, func(c *Config) { c.Records = r })
		cookie := []string{"Authorization", "", "Cookie", sessionCookie + "=signed in"}
		for _, tt := range []struct {
			change *atomic.Bool
			header []string
		}{{r.revoked, nil}, {r.less, nil}, {r.revoked, cookie}, {r.less, cookie}} {
			change := tt.change
			v := a.follow(t, "", tt.header...)
			for range 3 {
				if err := v.next(); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
			change.Store(true)
			began := time.Now()
			v.ended()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("ended after %s, want the next tick", took)
			}
			change.Store(false)
		}
		wantFigures(t, "at the end", registry, map[string]float64{"s_ended_total token": 4})
	})
}

// TestStreamOfEndingServer ends at once, and lets the server end.
func TestStreamOfEndingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ending := make(chan struct{})
		a, registry := observed(t, func(c *Config) { c.Ending = ending })
		v := a.follow(t, "")
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		began := time.Now()
		close(ending)
		v.ended()
		if err := a.server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the end took %s", took)
		}
		wantFigures(t, "at the end", registry, map[string]float64{"s_ended_total server": 1})
	})
}

// TestStreamWithoutNumbers: a client that comes again is told why.
func TestStreamWithoutNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a, registry := observed(t, func(c *Config) { c.Realtime = numbers })
		all := []*viewer{a.follow(t, ""), a.follow(t, ""), a.follow(t, "")}
		for _, v := range all {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		numbers.asked()
		numbers.fail(errors.New("no memory"))
		for _, v := range all {
			v.ended()
		}
		if plans := numbers.asked(); len(plans) != 1 {
			t.Errorf("%d attempts, want one", len(plans))
		}
		if res := a.ask(t, http.MethodGet, streamPath, "reader"); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("status %d, want 500", res.StatusCode)
		}
		wantFigures(t, "at the end", registry, map[string]float64{"s_ended_total failed": 3})
	})
}

// TestStreamsWaitForNobody: when the client goes whose turn it is to compute,
// another one computes.
func TestStreamsWaitForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := &madeUp{}
		a, registry := observed(t, func(c *Config) { c.Realtime = numbers })
		goes, stays := a.follow(t, ""), a.follow(t, "")
		for _, v := range []*viewer{goes, stays} {
			if err := v.next(); err != nil {
				t.Fatal(err)
			}
		}
		numbers.mu.Lock()
		numbers.block = make(chan struct{})
		numbers.mu.Unlock()
		<-time.After(6 * time.Second) // one computes now, and one waits for it
		goes.res.Body.Close()
		synctest.Wait()
		close(numbers.block)
		if err := stays.next(); err != nil || stays.event != "tick" {
			t.Errorf("%s, %v; want a tick", stays.event, err)
		}
		wantFigures(t, "at the end", registry, map[string]float64{"s": 1, "_selections": 1, "s_ended_total client": 1})
	})
}

// TestStreamTakesTooLong: numbers that do not come within the time of a request
// are an error like that of any other.
func TestStreamTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serve(t, func(c *Config) { c.Realtime = &madeUp{block: make(chan struct{})} })
		began := time.Now()
		res := a.ask(t, http.MethodGet, streamPath, "reader")
		if took := time.Since(began); res.StatusCode != http.StatusServiceUnavailable || took != time.Minute {
			t.Errorf("status %d after %s, want 503 after a minute", res.StatusCode, took)
		}
	})
}

// TestStreamOfClockSetBack: nothing is told again, and the connection is used.
func TestStreamOfClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		a := serve(t, func(c *Config) {
			c.Realtime = &madeUp{}
			c.Clock = func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
		})
		v := a.follow(t, "")
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		first := v.id
		back.Store(int64(10 * time.Second))
		if err := v.next(); err != nil || v.comments == 0 || v.id <= first || len(v.told) != 1 {
			t.Errorf("%v, after %d comments: event %s after %s, %d points", err, v.comments, v.id, first, len(v.told))
		}
	})
}

// stalled is an engine that knows nothing of what comes after a time, if one is set.
type stalled struct {
	*madeUp
	until *atomic.Int64 // ms since 1970
}

func (s stalled) Known(now time.Time) time.Time {
	if until := s.until.Load(); until != 0 && until < now.UnixMilli() {
		return time.UnixMilli(until)
	}
	return now
}

// TestNothingIsKnownOfNow: numbers end where the engine does not know what comes
// after; a stream waits, and tells all of it later.
func TestNothingIsKnownOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers := stalled{&madeUp{}, &atomic.Int64{}}
		a := serve(t, func(c *Config) { c.Realtime = numbers })
		v := a.follow(t, "")
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		v.sameAsAsked(a, "")
		first := v.id
		numbers.until.Store(time.Now().UnixMilli())
		go func() {
			<-time.After(5 * time.Minute)
			v.sameAsAsked(a, "")
			<-time.After(5 * time.Minute)
			numbers.until.Store(0)
		}()
		if err := v.next(); err != nil || v.comments < 100 || v.id == first || len(v.told) < 120 {
			t.Errorf("%v, after %d comments: event %s after %s, %d points", err, v.comments, v.id, first, len(v.told))
		}
		v.sameAsAsked(a, "")
	})
}
