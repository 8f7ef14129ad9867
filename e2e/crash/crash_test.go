// Package crash kills the real binary under load and looks for what is lost or
// doubled.
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

// The short form is the default; a long run raises the flags:
//
//	go test ./e2e/crash -args -kills 100 -seed 7
var (
	kills   = flag.Int("kills", 5, "how often the process is killed")
	seed    = flag.Uint64("seed", 1, "of the moments of the kills and of the load")
	workers = flag.Int("workers", 8, "viewers that send at a time")
)

// TestKill kills the process at random moments while viewers send beacons, and
// starts it again on the same data. Every view whose beacons were all
// acknowledged must then be there, once and with the values of its recording.
func TestKill(t *testing.T) {
	random := rand.New(rand.NewPCG(*seed, 0))
	began := time.Now()
	// Views that go silent become complete, are stored, and are then added to:
	// nothing of that may double them.
	const completeAfter = time.Second
	args := []string{"--view-complete-after", completeAfter.String()}
	dir := t.TempDir()

	server := harness.StartIn(t, dir, args...)
	l := &load{silence: completeAfter * 3 / 2, templates: templates(t), acked: map[string]view{}}
	l.base.Store(&server.Ingest)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(*kills)*10*time.Second)
	defer cancel()
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- l.run(ctx, *workers, *seed, stop) }()

	for range *kills {
		select {
		case <-time.After(100*time.Millisecond + time.Duration(random.Int64N(int64(1200*time.Millisecond)))):
		case <-server.Done():
			t.Fatal("the server ended without being killed")
		case err := <-ended:
			t.Fatalf("the load ended: %v", err)
		}
		server.Kill()
		server = harness.StartIn(t, dir, args...)
		l.base.Store(&server.Ingest)
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Fatalf("load: %v", err)
	}
	t.Logf("seed %d: %d views acknowledged, %d beacons sent again, %d kills in %v",
		*seed, len(l.acked), l.again, *kills, time.Since(began).Round(time.Millisecond))
	if len(l.acked) < 10**kills || l.again == 0 {
		t.Errorf("%d views and %d repeated beacons are too few to show anything", len(l.acked), l.again)
	}

	check(t, server, l, began)
	server.Stop(t)
	check(t, harness.StartIn(t, dir, args...), l, began)
}

// row is a row of the list of views.
type row struct {
	ID        string
	Title     string `json:"video_title"`
	WatchTime int64  `json:"watch_time"`
	Failed    bool   `json:"playback_failure"`
}

// check compares the views of the server with those acknowledged.
func check(t *testing.T, server *harness.Server, l *load, began time.Time) {
	t.Helper()
	var rows map[string]row
	harness.Eventually(t, 30*time.Second, func() (err error) {
		if rows, err = list(server, began); err != nil {
			return err
		}
		for title, v := range l.acked {
			r, there := rows[title]
			if !there {
				return fmt.Errorf("%s was acknowledged but is not there (%d of %d are)", title, len(rows), len(l.acked))
			}
			if r.WatchTime != v.template.watched || r.Failed != v.template.failed {
				return fmt.Errorf("%+v; want a watch time of %d ms and failed %v as in %s", r, v.template.watched, v.template.failed, v.template.name)
			}
		}
		if len(rows) != len(l.acked) {
			return fmt.Errorf("%d views are there; %d were sent", len(rows), len(l.acked))
		}
		return nil
	})
	// The list shows few members; some views are looked at as a whole.
	looked := 0
	for title, v := range l.acked {
		if looked++; looked > 25 {
			break
		}
		got, err := harness.FindView(server, v.id)
		if err != nil {
			t.Errorf("%s: %v", title, err)
			continue
		}
		stalls, _, err := got.Number("buffering_count")
		if err != nil || got["time_to_first_frame"] != v.template.startup || stalls != v.template.stalls || got["view_dropped"] != false {
			t.Errorf("%s: startup %v, stalls %v, dropped %v, error %v; want startup %v, stalls %v and not dropped, as in %s", title,
				got["time_to_first_frame"], stalls, got["view_dropped"], err, v.template.startup, v.template.stalls, v.template.name)
		}
	}
}

// list reads all views by title, and fails when two have the same.
func list(server *harness.Server, began time.Time) (map[string]row, error) {
	unix := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	rows := map[string]row{}
	for page := 1; ; page++ {
		got, err := harness.Get[[]row](server, "/data/v1/video-views", url.Values{
			"timeframe[]": {unix(began.Add(-time.Hour)), unix(time.Now().Add(time.Hour))},
			"limit":       {"1000"}, "page": {strconv.Itoa(page)},
		})
		if err != nil {
			return nil, err
		}
		if len(got.Data) == 0 {
			return rows, nil
		}
		for _, r := range got.Data {
			if other, twice := rows[r.Title]; twice {
				return nil, fmt.Errorf("%q is there twice, as %s and %s", r.Title, other.ID, r.ID)
			}
			rows[r.Title] = r
		}
	}
}
