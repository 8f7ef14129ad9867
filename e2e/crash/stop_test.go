package crash

import (
	"strings"
	"testing"
	"time"
)

// TestStop stops the server with SIGTERM under load. It ends in time with exit
// code 0, is quickly ready again, and nothing that was acknowledged is lost.
func TestStop(t *testing.T) {
	t.Parallel()
	const soon = 10 * time.Second // on a busy machine; a kill follows a SIGTERM after 10 s to 90 s, whoever manages services
	c := newCampaign(t, t.TempDir(), settings...)
	c.start()
	end := c.load()
	stops := 2
	if long() {
		stops = 20
	}
	for range stops {
		c.wait(800 * time.Millisecond)
		began := time.Now()
		c.server.Stop(t)
		if took := time.Since(began); took > soon {
			t.Errorf("SIGTERM took %v; want at most %v", took, soon)
		}
		noErrors(t, c.server)
		c.start()
		c.look()
	}
	end()
	c.settle()
	c.server.Stop(t)
	c.complete()
	if c.report.views == 0 || c.report.again == 0 {
		t.Errorf("%d views and %d repeated beacons are too few to show anything", c.report.views, c.report.again)
	}
}

// TestTwoServers starts a server on the folder of another one. It refuses and
// leaves the other one alone.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	c := newCampaign(t, t.TempDir(), settings...)
	c.start()
	if said := refused(c, c.dir); !strings.Contains(said, "in use by another process") {
		t.Errorf("the second server says: %s", said)
	}
	viewer := &crowd{ledger: c.ledger, templates: templates(t)}
	if err := viewer.send(t.Context(), c.random, "in the first server", 0); err != nil {
		t.Fatal(err)
	}
	c.settle()
	noErrors(t, c.server)
	c.server.Stop(t)
	c.complete()
}

// TestClockSetBack starts a server whose journal is two hours ahead of the
// clock. Views end and are complete as ever.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	c := newCampaign(t, t.TempDir(), settings...)
	c.start()
	c.server.Stop(t)
	ahead(t, c.dir, 2*time.Hour)
	c.start()
	viewer := &crowd{ledger: c.ledger, templates: templates(t), silence: completeAfter * 3 / 2}
	for _, title := range []string{"first", "second"} {
		if err := viewer.send(t.Context(), c.random, title, viewer.silence); err != nil {
			t.Fatal(err)
		}
	}
	// A view that is silent for good is complete too.
	beacons, err := viewer.templates[0].copy(uuid(c.random), "silent", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := viewer.post(t.Context(), beacons[0]); err != nil {
		t.Fatal(err)
	}
	c.settle()
	if journal, err := c.server.Metric("playhead_tracker_journal_time_seconds"); err != nil || journal < float64(time.Now().Add(time.Hour).Unix()) {
		t.Errorf("journal time is %.0f, error %v; want one that is ahead of the clock", journal, err)
	}
	c.server.Stop(t)
	c.complete()
}
