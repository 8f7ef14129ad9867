// Package crash does to the real binary what machines and disks do, and looks
// for what is lost or doubled.
package crash

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"
	"time"

	"playhead/e2e/harness"
)

// The short form is the default; `make crash` raises the flags:
//
//	go test ./e2e/crash -args -kills 100 -seed 7
var (
	kills   = flag.Int("kills", 5, "how often the process is killed")
	seed    = flag.Uint64("seed", 1, "of the moments of the kills and of the load")
	viewers = flag.Int("viewers", 8, "viewers that send recorded views at a time; in half of the run, as many are simulated in real time")
)

// long reports whether this is the long form, in which every test does all that
// it can.
func long() bool { return *kills >= 50 }

// readyWithin is how long a start may take on a busy machine.
const readyWithin = 30 * time.Second

// completeAfter makes views that go silent complete while the test lasts: they
// are stored, and then added to. Nothing of that may double them.
const completeAfter = time.Second

// settings of the servers make everything happen often that takes hours otherwise: views are
// final while the test lasts, and the files of the journal and the log of the
// views are small. Views are never final while a viewer still tries to send.
var settings = []string{
	"--view-complete-after", completeAfter.String(), "--view-final-after", "60s",
	"--journal-segment", "131072", "--views-log", "262144", "--snapshot-every", "1", "--free-space-floor", "0",
}

// TestKill kills the process while viewers send beacons, and starts it again on
// the same data: at random moments, in the midst of appends, commits and
// checkpoints, before it is ready, and again in its first milliseconds. Every
// view whose beacons were all acknowledged must then be there, once and as it
// was sent, and all views must be as they are without any kill.
//
// In the long form, half of the kills are while views are final after a minute, so that a start
// reads a part of the journal. The viewers of the other half include simulated
// ones in real time, who may pause for longer than that: there a start has
// every view of the run open again.
func TestKill(t *testing.T) {
	if !long() { // whose times are to be told: alone
		t.Parallel()
	}
	type part struct {
		kills, live int
		final       string
	}
	parts := []part{{*kills - *kills/2, 0, "60s"}, {*kills / 2, *viewers, "60m"}}
	if !long() {
		parts = []part{{*kills, 0, "60s"}}
	}
	all := report{kills: map[phase]int{}}
	for _, half := range parts {
		c := newCampaign(t, t.TempDir(), append(settings, "--view-final-after", half.final)...)
		c.live = half.live
		c.start()
		rest := c.load()
		for c.count() < half.kills {
			c.kill()
			for c.count() < half.kills && c.random.IntN(3) == 0 {
				c.killAtStart()
			}
			c.start()
			c.look()
		}
		rest()
		c.settle()
		c.server.Stop(t)
		c.complete()
		all.add(&c.report)
	}
	fmt.Printf("seed %d\n%s", *seed, &all)
	all.enough(t, *kills)
}

// campaign is a server that is killed again and again under load.
type campaign struct {
	*testing.T
	dir    string
	random *rand.Rand
	began  time.Time
	args   []string
	live   int // simulated viewers in real time
	server *harness.Server
	ledger *ledger
	report report
}

func newCampaign(t *testing.T, dir string, args ...string) *campaign {
	return &campaign{
		T: t, dir: dir, args: args, random: rand.New(rand.NewPCG(*seed, 0)), began: time.Now(),
		ledger: newLedger(), report: report{kills: map[phase]int{}},
	}
}

// complete compares what a server that has ended has stored with what viewers
// were promised, and with what a server stores that nothing happens to.
func (c *campaign) complete() {
	c.Helper()
	views := readStore(c.T, c.dir)
	c.report.views, c.report.beacons, c.report.again = len(c.ledger.views), c.ledger.beacons, c.ledger.again
	views.keep(c.T, c.ledger, &c.report)
	sameAsUndisturbed(c.T, c.dir, views, c.args...)
	c.report.took = time.Since(c.began)
}

func (c *campaign) count() (n int) {
	for _, k := range c.report.kills {
		n += k
	}
	return n
}

// start starts the server on the data and waits until it is ready.
func (c *campaign) start() {
	c.Helper()
	began := time.Now()
	c.server = harness.Begin(c, harness.Data(c.dir, c.args...)...)
	if err := c.server.Ready(); err != nil {
		c.Fatal(err)
	}
	c.report.ready = append(c.report.ready, time.Since(began))
	c.ledger.server.Store(&c.server.Ingest)
}

// load has viewers send, and returns what ends that: it waits for the views
// that are under way.
func (c *campaign) load() (end func()) {
	crowd := &crowd{ledger: c.ledger, templates: templates(c), silence: completeAfter * 3 / 2}
	ctx, cancel := context.WithCancel(c.Context())
	stop, errs := make(chan struct{}), make(chan error, 2)
	go func() { errs <- crowd.run(c.Context(), *viewers, *seed, stop) }()
	go func() { errs <- simulateViewers(ctx, c.ledger, c.live, *seed) }()
	return func() {
		close(stop)
		cancel()
		for range cap(errs) {
			if err := <-errs; err != nil {
				c.Fatalf("load: %v", err)
			}
		}
	}
}

// kill kills the server that runs: at any moment, or when it is seen to write.
func (c *campaign) kill() {
	c.Helper()
	c.wait(800 * time.Millisecond)
	const patience = 3 * time.Second
	aim := []phase{rest, rest, appends, roll, commit, commit, merge, merge}[c.random.IntN(8)]
	var seen phase
	if aim == rest {
		seen = look(c.server.PID())
	} else {
		seen = await(c.server.PID(), aim, patience)
	}
	c.server.Kill()
	c.killed(seen)
}

// wait lets the server run for a random time.
func (c *campaign) wait(most time.Duration) {
	c.Helper()
	timer := time.NewTimer(time.Duration(c.random.Int64N(int64(most))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.server.Done():
		c.Fatalf("the server ended by itself: %s", c.server.Log())
	}
}

// killAtStart starts the server and kills it before it is ready: at any moment
// of its start, or at once.
func (c *campaign) killAtStart() {
	c.Helper()
	what, within := start, c.report.ready[len(c.report.ready)-1]
	if c.random.IntN(2) == 0 {
		what, within = launch, 5*time.Millisecond
	}
	server := harness.Begin(c, harness.Data(c.dir, c.args...)...)
	moment := time.NewTimer(time.Duration(c.random.Int64N(int64(within))))
	ready := make(chan error, 1)
	go func() { ready <- server.Ready() }()
	select {
	case <-moment.C:
	case err := <-ready: // faster than the last time
		if err != nil {
			c.Fatal(err)
		}
		what = rest
	}
	server.Kill()
	c.server = server
	c.killed(what)
}

// killed notes what the server did when it was killed. It must have found
// nothing wrong before.
func (c *campaign) killed(seen phase) {
	c.Helper()
	c.report.kills[seen]++
	noErrors(c.T, c.server)
}

// row is a row of the list of views.
type row struct {
	ID    string
	Title string `json:"video_title"`
}

// look finds in the list of a server that has just become ready the recorded
// views that were acknowledged since the last time: they have ended, so the
// server shows them without delay.
func (c *campaign) look() {
	c.Helper()
	missing := map[string]bool{}
	for _, title := range c.ledger.takeFresh() {
		missing[title] = true
	}
	unix := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	for page := 1; len(missing) > 0; page++ {
		list, err := harness.Get[[]row](c.server, "/data/v1/video-views", url.Values{
			"timeframe[]": {unix(c.began.Add(-2 * time.Hour)), unix(time.Now().Add(time.Hour))},
			"limit":       {"1000"}, "page": {strconv.Itoa(page)}, "order_direction": {"desc"},
		})
		if err != nil {
			c.Fatal(err)
		}
		if len(list.Data) == 0 {
			c.Fatalf("%d views were acknowledged but are not in the list of a server that is ready, among them %v", len(missing), keys(missing)[0])
		}
		for _, r := range list.Data {
			delete(missing, r.Title)
		}
	}
}

// settle waits until all views are complete.
func (c *campaign) settle() {
	c.Helper()
	harness.Eventually(c, 30*time.Second, func() error {
		running, err := c.server.Metric("playhead_tracker_running_views")
		if err == nil && running > 0 {
			err = fmt.Errorf("%v views are not complete", running)
		}
		return err
	})
}
