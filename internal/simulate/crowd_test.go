package simulate

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"playhead/internal/beacon/mux"
	"playhead/internal/event"
)

// listener is a beacon endpoint that remembers which events it has.
type listener struct {
	t        *testing.T
	mu       sync.Mutex
	views    map[string]map[int64]event.Kind
	repeated int
	families map[string]int // requests by what they look like
}

func (l *listener) hear(r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			l.t.Error(err)
			return
		}
		body = z
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return // the client was cut off
	}
	events, _, err := mux.Decode(&event.Beacon{Body: data})
	if err != nil {
		l.t.Errorf("%v: %s", err, data)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.families[r.URL.Path+" "+r.Header.Get("Content-Type")+r.Header.Get("Content-Encoding")]++
	for _, e := range events {
		if e.View == "" {
			continue
		}
		if l.views[e.View] == nil {
			l.views[e.View] = map[int64]event.Kind{}
		}
		if _, again := l.views[e.View][e.Seq]; again {
			l.repeated++
		}
		l.views[e.View][e.Seq] = e.Kind
	}
}

// TestDelivery plays viewers against a server that refuses, breaks connections,
// and stores beacons without saying so. What the truth tells, the server has.
func TestDelivery(t *testing.T) {
	l := &listener{t: t, views: map[string]map[int64]event.Kind{}, families: map[string]int{}}
	var mu sync.Mutex // of what follows
	random := rand.New(rand.NewPCG(1, 1))
	refused := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		mu.Lock()
		luck := random.Float64()
		if luck < 0.25 {
			refused++
		}
		mu.Unlock()
		switch {
		case luck < 0.25:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case luck < 0.35:
			panic(http.ErrAbortHandler)
		}
		l.hear(r)
		if luck < 0.45 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	var told bytes.Buffer
	played, err := Run(t.Context(), Config{
		URL: server.URL, EnvKey: "key", Viewers: 300, Time: 3 * time.Second, World: World{Seed: 9}, Retry: 10 * time.Millisecond,
		Truth: &told, Client: server.Client(), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Close() // waits for the requests that nobody waits for any more
	views, err := ReadTruth(&told)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		heard := l.views[v.ViewID]
		for seq := range int64(len(heard)) {
			if _, ok := heard[seq+1]; !ok {
				t.Errorf("event %d of view %s is missing", seq+1, v.ViewID)
			}
		}
	}
	begun := 0
	for _, events := range l.views {
		for _, kind := range events {
			if kind == event.ViewStart {
				begun++
			}
		}
	}
	if len(views) != begun || begun < 30 {
		t.Errorf("the truth is told of %d views, %d were heard of", len(views), begun)
	}
	if played.Views != len(views) || played.Lost > 0 || played.Beacons < len(views) || played.Failed < refused || played.Failure == nil {
		t.Errorf("%+v is told of %d views and %d refused beacons", played, len(views), refused)
	}
	if l.repeated == 0 || refused == 0 || len(l.families) < 4 {
		t.Errorf("%d repeated events, %d refused beacons, kinds of requests: %v", l.repeated, refused, l.families)
	}
}

// TestSilentServer: a server that never answers well does not keep viewers from
// leaving when their time is over, nor has any view a truth.
func TestSilentServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer server.Close()
	var told bytes.Buffer
	played, err := Run(t.Context(), Config{
		URL: server.URL, EnvKey: "key", Viewers: 100, Time: time.Second, World: World{Seed: 9},
		Truth: &told, Client: server.Client(), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if views, err := ReadTruth(&told); err != nil || len(views) > 0 {
		t.Errorf("the truth of %d views is told, which nobody acknowledged; %v", len(views), err)
	}
	if played.Beacons > 0 || played.Views > 0 || played.Lost == 0 || played.Failed == 0 || !strings.Contains(fmt.Sprint(played.Failure), "503") {
		t.Errorf("%+v is told, want that nothing was acknowledged", played)
	}
}
