package crash

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/journal"
	"playhead/internal/journal/segment"
)

// remains is what a killed server leaves: views that are stored, and one whose
// first beacons are in the last segment of the journal, each by itself, and
// nowhere else.
type remains struct {
	dir    string
	args   []string // of the server
	ledger *ledger  // of the stored views
	crowd  *crowd
	open   open
}

// open is a view that is under way.
type open struct {
	id, title string
	*template
	beacons harness.Recording
	last    string  // the segment that holds the first beacons
	edges   []int64 // its size before the first of them, and after each one
}

// leave makes remains. Several segments of the journal hold the stored views.
func leave(t *testing.T) *remains {
	t.Helper()
	r := &remains{dir: t.TempDir(), ledger: newLedger(), args: append(slices.Clone(settings), "--view-complete-after", "60s", "--view-final-after", "10m", "--journal-segment", "65536")}
	server := harness.StartIn(t, r.dir, r.args...)
	r.ledger.server.Store(&server.Ingest)
	r.crowd = &crowd{ledger: r.ledger, templates: templates(t)}
	random := rand.New(rand.NewPCG(*seed, 7))
	views := 0
	for ; ; views++ { // until there is room in the last segment
		if list := segments(t, r.dir); len(list) >= 3 && size(t, list[len(list)-1]) < 32<<10 && views >= 20 {
			break
		}
		if err := r.crowd.send(t.Context(), random, fmt.Sprintf("stored %d", views), 0); err != nil {
			t.Fatal(err)
		}
	}
	harness.Eventually(t, 30*time.Second, func() error {
		committed, err := server.Metric("playhead_tracker_views_committed_total")
		if err == nil && committed < float64(views) {
			err = fmt.Errorf("%v views are committed; want %d", committed, views)
		}
		return err
	})
	r.begin(t, random)
	server.Kill()
	return r
}

// begin sends the first beacons of a view.
func (r *remains) begin(t *testing.T, random *rand.Rand) {
	t.Helper()
	o := &r.open
	o.id, o.title, o.template = uuid(random), "open", r.crowd.templates[1]
	var err error
	if o.beacons, err = o.copy(o.id, o.title, time.Now()); err != nil {
		t.Fatal(err)
	}
	list := segments(t, r.dir)
	o.last = filepath.Base(list[len(list)-1])
	o.edges = []int64{size(t, list[len(list)-1])}
	for _, beacon := range o.beacons[:4] {
		if err := r.crowd.post(t.Context(), beacon); err != nil {
			t.Fatal(err)
		}
		o.edges = append(o.edges, size(t, list[len(list)-1]))
	}
	if !slices.IsSorted(o.edges) || len(slices.Compact(slices.Clone(o.edges))) != len(o.edges) || len(segments(t, r.dir)) != len(list) {
		t.Fatalf("the beacons are not in the last segment, each by itself: %v", o.edges)
	}
}

// copyTo returns a campaign on a copy of the remains, with what viewers were
// promised of the stored views.
func (r *remains) copyTo(t *testing.T) *campaign {
	t.Helper()
	c := newCampaign(t, t.TempDir(), r.args...)
	if err := os.CopyFS(c.dir, os.DirFS(r.dir)); err != nil {
		t.Fatal(err)
	}
	for id, e := range r.ledger.views {
		c.ledger.promise(id, e)
	}
	return c
}

// finish sends the beacons of the open view from a number on, and has it be
// part of what viewers were promised.
func (r *remains) finish(c *campaign, from int) {
	c.Helper()
	viewer := &crowd{ledger: c.ledger}
	for _, beacon := range r.open.beacons[from:] {
		if err := viewer.post(c.Context(), beacon); err != nil {
			c.Fatal(err)
		}
	}
	c.ledger.promise(r.open.id, copied{r.open.title, r.open.template})
}

// ahead has the journal of a stopped server be ahead of the clock.
func ahead(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	log, err := segment.Open(segment.Config{Dir: filepath.Join(dir, "journal"), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	log.Start()
	err = log.Append(t.Context(), journal.Record{Time: time.Now().Add(by).UnixMilli()})
	if err := errors.Join(err, log.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// segments are the files of a journal, oldest first.
func segments(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "journal", "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
