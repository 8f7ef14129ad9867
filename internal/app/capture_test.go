package app

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/beacon"
	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/journal/segment"
	"playhead/internal/recording"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

// anyEnvironment takes the beacons of all keys, and of none.
type anyEnvironment struct{}

func (anyEnvironment) EnvironmentByKey(string) (string, bool) { return "env", true }

// noCategories leaves errors as players tell them.
type noCategories struct{}

func (noCategories) Categorises(string) bool { return false }

func (noCategories) ErrorCategory(string, string) (event.Category, bool) {
	return event.Category{}, false
}

type noPlaces struct{}

func (noPlaces) Client(http.Header, netip.Addr) []event.Value { return nil }

// viewStore keeps the latest version of each view by the SDK's id.
type viewStore struct {
	views map[string]*view.View
}

func (s *viewStore) Progress(context.Context) (view.Progress, error) { return view.Progress{}, nil }

func (s *viewStore) Commit(_ context.Context, b view.Batch) error {
	for _, v := range b.Views {
		s.views[v.Text(catalog.MustColumn("view_id"))] = v
	}
	return nil
}

// folded posts requests to the real handler, at the times of their recording,
// and returns the views that the journal of it makes.
func folded(t *testing.T, requests []recording.Request) map[string]*view.View {
	t.Helper()
	log, err := segment.Open(segment.Config{Dir: t.TempDir(), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	log.Start()
	defer log.Stop(context.Background())
	quiet := slog.New(slog.DiscardHandler)
	now, last := int64(0), int64(0)
	h, err := beacon.New(beacon.Config{
		PrivacyIP: beacon.Drop, Environments: anyEnvironment{}, Journal: log, Enricher: noPlaces{},
		Categories: noCategories{}, Format: wireFormat, Clock: func() time.Time { return time.UnixMilli(now) },
		Logger: quiet, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		now, last = r.Received, max(last, r.Received)
		hr := httptest.NewRequestWithContext(t.Context(), r.Method, "http://collector.example/", strings.NewReader(r.Body))
		for name, value := range r.Headers {
			hr.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, hr)
		if want := map[string]int{http.MethodOptions: http.StatusNoContent}[r.Method]; w.Code != max(want, http.StatusOK) {
			t.Fatalf("%s answered %d", r.Method, w.Code)
		}
	}
	if err := log.Append(t.Context(), journal.Record{Time: last + time.Minute.Milliseconds()}); err != nil {
		t.Fatal(err)
	}
	store := &viewStore{views: map[string]*view.View{}}
	tr, err := tracker.New(tracker.Config{
		Rules:       tracker.Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour},
		CommitEvery: time.Second, CommitViews: 100, Log: log, Store: store,
		Decode: newDecoder(prometheus.NewRegistry()).decode, Clock: time.Now, Logger: quiet, Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-tr.CaughtUp()
	if err := tr.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store.views
}

// TestCaptures posts every recorded capture to the handler and compares the
// views with the table that package view has of them. Posting everything twice,
// or in another order, changes nothing.
func TestCaptures(t *testing.T) {
	want := recording.Expected(t, "../view/testdata/captures.txt")
	// What holds for every view there depends on a connection that is made up.
	delete(want, recording.EveryView)
	seen := map[string]bool{}
	for _, name := range recording.Names(t) {
		t.Run(name, func(t *testing.T) {
			requests := recording.Requests(t, name)
			views := folded(t, requests)
			for id, v := range views {
				seen[id] = true
				if want[id] == nil {
					t.Errorf("unexpected view %s", id)
				}
				for column, text := range want[id] {
					if got := valueText(v, column); !recording.Meets(got, text) {
						t.Errorf("view %s: %s is %s, want %s", id, column, got, text)
					}
				}
			}
			documents := documentsOf(t, views)
			if diff := cmp.Diff(documents, documentsOf(t, folded(t, slices.Concat(requests, requests)))); diff != "" {
				t.Errorf("posted twice (-once, +twice):\n%s", diff)
			}
			shuffled := slices.Clone(requests)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			slices.Reverse(requests)
			// Which request came first decides the time in a view's id.
			for _, v := range views {
				v.ID = view.ID{}
			}
			documents = documentsOf(t, views)
			for name, order := range map[string][]recording.Request{"backwards": requests, "shuffled": shuffled} {
				reordered := folded(t, order)
				for _, v := range reordered {
					v.ID = view.ID{}
				}
				if diff := cmp.Diff(documents, documentsOf(t, reordered)); diff != "" {
					t.Errorf("posted %s (-as recorded, +%s):\n%s", name, name, diff)
				}
			}
		})
	}
	for id := range want {
		if !seen[id] {
			t.Errorf("no view %s", id)
		}
	}
}

// documentsOf writes views out whole, but for what the journal alone tells: its
// times and places are others in a repetition and in another order.
func documentsOf(t *testing.T, views map[string]*view.View) map[string]string {
	t.Helper()
	documents := map[string]string{}
	for id, v := range views {
		for _, name := range []string{"inserted_at", "updated_at", "complete_record", "changed_record"} {
			v.SetNumber(catalog.MustColumn(name), math.NaN())
		}
		doc, err := view.EncodeDocument(v)
		if err != nil {
			t.Fatal(err)
		}
		documents[id] = string(doc)
	}
	return documents
}

func valueText(v *view.View, column string) string {
	c := catalog.MustColumn(column)
	if !c.IsText() {
		n, ok := v.Number(c)
		if !ok {
			return "null"
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	text := strings.ReplaceAll(v.Text(c), "\n", `\n`)
	switch {
	case text == "":
		return "null"
	case c.Kind == catalog.List:
		return strings.ReplaceAll("["+strings.Join(v.Elements(c), " ")+"]", catalog.PartSeparator, "|")
	}
	return text
}
