package incident

import (
	"strings"
	"testing"
	"time"

	"playhead/internal/meta"
)

// TestLearnExpired starts for the first time with a past in which a title failed and was
// never watched again: that is over, and nobody is told. 31 of 100 views tell of a failing
// title where nothing is known yet. An hour later the environment has an incident too,
// as 40 of 41 views failed, which ends.
func TestLearnExpired(t *testing.T) {
	b := newBench("a")
	b.real = true
	for range 40 {
		b.views.complete("a", "gone", -1, 7)
	}
	for n := range 9 * 24 {
		b.views.complete("a", "", -1, 0).SetNumber(endColumn, float64(noon.Add(time.Duration(n)*time.Hour).UnixMilli()))
	}
	b.now = noon.Add(9 * 24 * time.Hour)
	b.all(t, b.start(t, 100))
	if len(b.records.told) != 0 {
		t.Errorf("people were told of %v", b.records.told)
	}
	ended := map[string]time.Time{}
	for _, i := range b.records.incidents {
		if i.ResolvedAt != nil {
			ended[about(&i)+" "+i.Status] = *i.ResolvedAt
		}
	}
	if got, want := ended["error_type_id=7 and video_title=gone "+meta.IncidentExpired], noon; len(ended) != 2 || !got.Equal(want) {
		t.Errorf("have ended: %v; want the title's expired at %v, and that of the environment", ended, want)
	}
}

// TestPlayerAhead has a player whose clock is a day ahead: the time of the detector stays
// that of the server, so that the title which fails afterwards has its times.
func TestPlayerAhead(t *testing.T) {
	b := newBench("a")
	b.real = true
	e := b.start(t, 0)
	b.views.complete("a", "x", 0, 0).SetNumber(endColumn, float64(b.now.Add(24*time.Hour).UnixMilli()))
	for range 40 {
		b.views.complete("a", "x", 1, 7)
	}
	e.Stored(2)
	b.all(t, e)
	if len(b.records.told) != 1 {
		t.Fatalf("people were told %d times, want once", len(b.records.told))
	}
	if i := b.records.told[0].Incident; i.StartedAt.After(b.now) || i.OpenedAt.After(b.now) {
		t.Errorf("at %v it has begun at %v and opened at %v", b.now, i.StartedAt, i.OpenedAt)
	}
}

// TestLongTitle: views of titles of more than a kilobyte, of which players can send as
// many as they like, are looked at in the environment alone.
func TestLongTitle(t *testing.T) {
	d := NewDetector("a", countedIDs())
	for n := range int64(200) {
		d.Add(Sample{At: noon.UnixMilli() + n, Title: strings.Repeat("x", 1025), Failure: 7})
	}
	if changes, states := d.Take(); len(changes) != 0 || len(states) != 1 || len(d.titles) != 0 {
		t.Errorf("%d changes, %d states and %d titles; want the state of the environment alone", len(changes), len(states), len(d.titles))
	}
	for n := range int64(200) {
		d.Add(Sample{At: noon.UnixMilli() + n, Title: strings.Repeat("x", 1024), Failure: 7})
	}
	if len(d.titles) != 1 {
		t.Error("a title of a kilobyte is left out")
	}
}

// TestHistoryOfNothing: a bucket in which all views are of a title that an incident is
// about says nothing, and no hour is kept of it.
func TestHistoryOfNothing(t *testing.T) {
	d := NewDetector("a", countedIDs())
	d.whole.bucket = bucket{Views: wholeViews}
	d.learn(d.whole)
	if len(d.history.hours) != 0 || d.learned {
		t.Errorf("%d hours are kept, want none", len(d.history.hours))
	}
	d.whole.bucket.UsualViews = 1
	d.learn(d.whole)
	if len(d.history.hours) != 1 || !d.learned {
		t.Errorf("%d hours are kept, want one", len(d.history.hours))
	}
}
