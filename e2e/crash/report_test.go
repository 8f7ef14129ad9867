package crash

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// report is what a run of kills shows.
type report struct {
	kills         map[phase]int
	ready         []time.Duration // from the start of each process that became ready
	beacons       int             // acknowledged
	again         int             // beacons that had to be sent more than once
	views         int             // whose every beacon was acknowledged
	lost, doubled int             // of those views
	wrong         int             // views that are not as they were sent
	took          time.Duration
}

// add adds what another run shows.
func (r *report) add(other *report) {
	for p, n := range other.kills {
		r.kills[p] += n
	}
	r.ready = append(r.ready, other.ready...)
	r.beacons += other.beacons
	r.again += other.again
	r.views += other.views
	r.lost += other.lost
	r.doubled += other.doubled
	r.wrong += other.wrong
	r.took += other.took
}

// String is the table that `make crash` prints.
func (r *report) String() string {
	var b strings.Builder
	line := func(name string, value any) { fmt.Fprintf(&b, "  %-38s %10v\n", name, value) }
	total := 0
	for _, n := range r.kills {
		total += n
	}
	line("kills", total)
	for _, p := range phases {
		line("  "+string(p), r.kills[p])
	}
	line("beacons acknowledged", r.beacons)
	line("  of them after being sent again", r.again)
	line("views acknowledged", r.views)
	line("  lost", r.lost)
	line("  doubled", r.doubled)
	line("  otherwise wrong", r.wrong)
	if len(r.ready) > 0 {
		slices.Sort(r.ready)
		ms := func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
		line("starts that became ready", len(r.ready))
		line("  least time to ready", ms(r.ready[0]))
		line("  median", ms(r.ready[len(r.ready)/2]))
		line("  most", ms(r.ready[len(r.ready)-1]))
	}
	line("took", r.took.Round(time.Second))
	return b.String()
}

// enough fails the test unless enough was tried to show anything. Whatever is
// lost, doubled or wrong has failed it already.
func (r *report) enough(t *testing.T, kills int) {
	t.Helper()
	if r.views < 10*kills || r.again == 0 {
		t.Errorf("%d views and %d repeated beacons are too few to show anything; want at least %d and 1", r.views, r.again, 10*kills)
	}
	if !long() {
		return // too few to meet each phase
	}
	for _, p := range phases {
		if p != roll && r.kills[p] == 0 {
			t.Errorf("no kill during: %s", p)
		}
	}
}
