// Package oracle asks the real binary a few thousand questions about views of
// which everything is known, and answers them a second time itself.
//
// An [author] decides what happens in some thousands of views. A [player] tells
// the server of them as an SDK would, in beacons over HTTP; a [tally] adds up
// the truth about each of them by the definitions of the reference. Then each
// file asks one kind of question in very many forms, and computes the answer
// with plain loops over the truth: nothing of the server's own code has a part
// in it but the abbreviations of the wire format.
//
// A failure prints the request, what was wanted and what came. The same seed
// makes the same views and the same questions, as long before now:
//
//	go test ./e2e/oracle -args -seed 7
package oracle

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/enrich/mmdb"
)

var (
	seed  = flag.Uint64("seed", 1, "of the views and the questions")
	count = flag.Int("views", 5500, "how many views to tell")
)

// slots are the times that views can end at: five a minute, for twenty hours.
const slots = 20 * 60 * 5

// completeAfter is the silence after which a view counts as dropped.
const completeAfter = 2 * time.Second

// world is a server that has been told of views, and the truth about them.
type world struct {
	server *harness.Server
	began  int64 // ms since 1970; all views are older, and have ended less than 20 hours before
	views  []*view
	asked  atomic.Int64        // questions
	types  map[[2]string]int64 // what the server calls errors with a code and a message
}

func TestOracle(t *testing.T) {
	if *count < 1 || *count > slots {
		t.Fatalf("-views is %d: want 1 to %d", *count, slots)
	}
	w := newWorld(t)
	t.Cleanup(func() { t.Logf("%d questions", w.asked.Load()) })
	for name, ask := range map[string]func(*testing.T, *world, *rand.Rand){
		"overall": askOverall, "measurements": askMeasurements, "breakdown": askBreakdowns, "dimensions": askEveryDimension,
		"pages": askPages, "filters": askFilters, "metric filters": askMetricFilters, "timeseries": askTimeseries,
		"list": askLists, "values": askValues, "elements": askElements, "comparison": askComparisons, "insights": askInsights,
		"errors": askErrors,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask(t, w, rand.New(rand.NewPCG(*seed, hash(name))))
		})
	}
}

// newWorld starts a server and tells it all views.
func newWorld(t *testing.T) *world {
	t.Helper()
	places, systems := map[string]any{}, map[string]any{}
	for _, n := range networks {
		if n.row != "" {
			places[n.row] = map[string]any{"country_code": n.country}
		}
		if n.asn > 0 {
			systems[n.row] = map[string]any{"autonomous_system_number": n.asn}
		}
	}
	server := harness.Start(t, "--view-complete-after", completeAfter.String(), "--trusted-proxy", netip.MustParsePrefix("127.0.0.0/8").String(),
		"--geo-country", mmdb.Write(t, places), "--geo-asn", mmdb.Write(t, systems))
	w := &world{server: server, began: time.Now().Truncate(time.Minute).UnixMilli()}
	stories := w.write()
	postman := &postman{url: server.Ingest}
	random := rand.New(rand.NewPCG(*seed, 1))
	began := time.Now()
	if err := postman.deliver(t.Context(), stories[1:], random); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d views told in %v; the slowest beacon took %v", len(stories), time.Since(began), postman.slowest)
	w.settle(t, postman, stories[0], random)
	metricOf("live_stream_latency").slack = float64(postman.slowest.Milliseconds() + 1) // it takes the clocks of players, which are known so well
	w.learnErrorTypes(t)
	w.learnEnvironment(t)
	return w
}

// learnEnvironment asks what the server calls the environment of all views.
func (w *world) learnEnvironment(t *testing.T) {
	t.Helper()
	environment, err := harness.Get[struct {
		ID string `json:"environment_id"`
	}](w.server, "/system/v1/whoami", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range w.views {
		v.dims["environment_id"] = environment.Data.ID
	}
}

// write makes the stories and their truths. Views begin and end five seconds or
// more away from each whole minute, so that it is known on which side of an
// edge they are although the clocks of players are not known to the ms; no two
// end within ten seconds of each other, so that their order is known too.
func (w *world) write() []*story {
	const each, margin = 20 * hour / slots, 5000
	a := author{rand.New(rand.NewPCG(*seed, 0))}
	var stories []*story
	for _, slot := range a.Perm(slots)[:*count] {
		end := w.began - 2*minute - int64(slot)*each - each/2 + a.Int64N(2000) - 1000
		s := a.newStory(end)
		v := s.truth()
		for edge := v.start % minute; edge < margin || edge >= minute-margin; edge = v.start % minute {
			s = a.newStory(end)
			v = s.truth()
		}
		stories = append(stories, s)
		w.views = append(w.views, v)
	}
	return stories
}

// settle waits until the server has taken in all that it was told: the views
// whose end was not told are complete after a silence, and what is told then
// comes after all of them.
func (w *world) settle(t *testing.T, p *postman, last *story, random *rand.Rand) {
	t.Helper()
	select {
	case <-time.After(2 * completeAfter):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
	if err := p.deliver(t.Context(), []*story{last}, random); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, 30*time.Second, func() error {
		list, err := harness.Get[[]harness.Row](w.server, "/data/v1/video-views", url.Values{"view_id": {last.viewID}})
		if err != nil || len(list.Data) != 1 {
			return fmt.Errorf("%d views with view_id=%s, error %w; want 1", len(list.Data), last.viewID, err)
		}
		return nil
	})
}

// hash makes a number of a name.
func hash(name string) uint64 {
	n := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		n = (n ^ uint64(b)) * 1099511628211
	}
	return n
}
