package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
	"playhead/internal/store/memory"
	"playhead/internal/view"
)

// shelved are stored views of an environment, complete by one record each.
type shelved struct{ views []*view.View }

// add stores a view that ended at a time, in ms since 1970.
func (s *shelved) add(at int64, title string, failure int64) {
	v := newView(uint64(len(s.views) + 1)) //nolint:gosec // not negative
	v.SetText(environmentColumn, "e")
	v.SetText(titleColumn, title)
	v.SetNumber(endColumn, float64(at))
	v.SetNumber(completeColumn, float64(len(s.views)))
	if failure != 0 {
		v.SetNumber(failureColumn, float64(failure))
	}
	s.views = append(s.views, v)
}

// every stores so many views of a title, each so much later than the last, of which
// the first ones fail.
func (s *shelved) every(at *int64, by time.Duration, count int, title string, failed int, kind int64) {
	for i := range count {
		*at += by.Milliseconds()
		failure := int64(0)
		if i < failed {
			failure = kind
		}
		s.add(*at, title, failure)
	}
}

func (s *shelved) store(t *testing.T) *memory.Store {
	t.Helper()
	m := memory.New()
	if err := m.Commit(t.Context(), view.Batch{Views: s.views}); err != nil {
		t.Fatal(err)
	}
	return m
}

// series reads what an incident measured.
func (s *shelved) series(t *testing.T, of meta.Incident, now int64, near ...meta.Incident) Series {
	t.Helper()
	of.EnvironmentID = "e"
	got, err := NewSeriesReader(nil, s.store(t)).Series(t.Context(), of, near, timeOf(now))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// written is a series as text: the beginnings and ends of what was measured, since the
// beginning of the stage, its values and samples.
func written(s Series) []string {
	var lines []string
	for _, m := range s.Points {
		line := fmt.Sprintf("%s to %s: %v of %d", since(m.From), since(m.To), m.Value, m.Sample)
		if !m.Counts {
			line += ", not judged"
		}
		lines = append(lines, line)
	}
	return lines
}

// anomalyOf is an incident that opened in a bucket.
func anomalyOf(began, opened int64, sample, failed int64, about ...meta.Breakdown) meta.Incident {
	return meta.Incident{
		ID: "abcdef", Status: meta.IncidentOpen, Measurement: Measurement, Threshold: 9, Breakdowns: about, SampleSizeUnit: "views",
		MeasuredValue: Percent(failed, sample), SampleSize: sample, AffectedViewsOnOpen: failed,
		StartedAt: instantOf(began), OpenedAt: instantOf(opened),
	}
}

var (
	aboutSeven = meta.Breakdown{Name: "error_type_id", Value: "7"}
	aboutBread = meta.Breakdown{Name: "video_title", Value: "Bread"}
)

// TestBuckets is worked out by hand: a view of the title each ten seconds, of another
// one in between. The first 150 views are good; of the next 60, in which the incident
// opens, 30 fail, then 20 of 100, 2 of 100, with which it closes, and 1 of 150.
func TestBuckets(t *testing.T) {
	var s shelved
	at := stageBegin.UnixMilli()
	part := func(count, failed int) {
		for i := range count {
			one := 0
			if i < failed {
				one = 1
			}
			s.every(&at, 5*time.Second, 1, "Bread", one, 7)
			s.every(&at, 5*time.Second, 1, "Water", 1, 7)
		}
	}
	part(150, 0)
	began := at + 5000
	part(60, 30)
	opened := at - 5000
	part(100, 20)
	part(100, 2)
	resolved, closed := instantOf(at-5000), instantOf(at)
	part(150, 1)
	of := anomalyOf(began, opened, 60, 30, aboutSeven, aboutBread)
	value := 2.5 // one of them was told of later
	of.Status, of.ResolvedAt, of.ClosedAt, of.MeasuredValueOnClose = meta.IncidentClosed, &resolved, &closed, &value

	want := []string{
		"5s to 8m15s: 0 of 50, not judged",
		"8m25s to 24m55s: 0 of 100",
		"25m5s to 34m55s: 50 of 60", // as it was when it opened
		"35m5s to 51m35s: 20 of 100",
		"51m45s to 1h8m15s: 2.5 of 100",
		"1h8m25s to 1h24m55s: 1 of 100",
		"1h25m5s to 1h33m15s: 0 of 50, not judged",
	}
	got := s.series(t, of, at)
	if diff := cmp.Diff(want, written(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// An hour before it at least; what is after now is not looked at.
	if since(got.From) != "-34m55s" || since(got.To) != "1h33m20s" {
		t.Errorf("looked from %s to %s", since(got.From), since(got.To))
	}
}

// TestBucketsOfFew: a bucket that is an hour old is judged if that is certain: 74 views
// without failure are below 9 % (0.91^74 = 0.00093), 73 are not.
func TestBucketsOfFew(t *testing.T) {
	var s shelved
	at := stageBegin.UnixMilli()
	s.every(&at, time.Minute, 80, "Bread", 0, 0)
	began := at + 60_000
	s.every(&at, time.Minute, 40, "Bread", 30, 7)
	opened := at
	at += 30 * 60_000 // it is judged meanwhile
	s.every(&at, time.Minute, 40, "Bread", 36, 7)
	at += 30 * 60_000
	s.every(&at, time.Minute, 73, "Bread", 0, 7)
	want := []string{
		"7m0s to 1h20m0s: 0 of 74",
		"1h21m0s to 2h0m0s: 75 of 40",
		"2h31m0s to 3h10m0s: 90 of 40",
	}
	of := anomalyOf(began, opened, 40, 30, aboutSeven, aboutBread)
	if diff := cmp.Diff(append(want, "3h41m0s to 4h53m0s: 0 of 73, not judged"), written(s.series(t, of, at))); diff != "" {
		t.Errorf("73 views after it (-want +got):\n%s", diff)
	}
	s.every(&at, time.Minute, 1, "Bread", 0, 7)
	want = append(want, "3h41m0s to 4h54m0s: 0 of 74")
	if diff := cmp.Diff(want, written(s.series(t, of, at))); diff != "" {
		t.Errorf("74 views after it (-want +got):\n%s", diff)
	}
	at += staleAfter
	s.every(&at, time.Minute, 74, "Bread", 74, 7)
	if got := written(s.series(t, of, at)); !slices.Contains(got, "28h55m0s to 29h54m0s: 100 of 60") {
		t.Errorf("after a day without views: %s", strings.Join(got, "\n"))
	}
}

// TestBucketsOfAllTypes: failures that another incident is about are none of one about
// all of them, while that is open.
func TestBucketsOfAllTypes(t *testing.T) {
	var s shelved
	at := stageBegin.UnixMilli()
	part := func(sevens, eights int) {
		s.every(&at, time.Second, 500, "", sevens, 7)
		s.every(&at, time.Second, 500, "", eights, 8)
	}
	part(1, 2)
	began := at + 1000
	part(200, 300)
	opened := at
	part(200, 100)
	other := anomalyOf(began, opened, 1000, 200, aboutSeven)
	bread := anomalyOf(began, opened, 1000, 200, aboutSeven, aboutBread) // of other views
	rule := anomalyOf(began, opened, 1000, 200, meta.Breakdown{Name: "error_type_id", Value: "8"})
	rule.Rule = &meta.AlertRule{}
	of := anomalyOf(began, opened, 1000, 300)
	want := []string{
		"1s to 16m40s: 0.3 of 1000",
		"16m41s to 33m20s: 30 of 1000",
		"33m21s to 50m0s: 10 of 1000",
	}
	if diff := cmp.Diff(want, written(s.series(t, of, at, other, bread, rule))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ended := timeOf(opened)
	other.ResolvedAt = &ended
	want[2] = "33m21s to 50m0s: 30 of 1000"
	if diff := cmp.Diff(want, written(s.series(t, of, at, other))); diff != "" {
		t.Errorf("the other one has ended (-want +got):\n%s", diff)
	}
}

// TestBucketsOfMany: of more views than so many buckets have, buckets at equal
// distances are measured, one of them that in which the incident opened.
func TestBucketsOfMany(t *testing.T) {
	var s shelved
	at := stageBegin.UnixMilli()
	s.every(&at, 2*time.Second, 1799, "Bread", 0, 0) // an hour
	began := at + 2000
	s.every(&at, 2*time.Second, 1801, "Bread", 1801, 7)
	of := anomalyOf(began, began+198_000, 100, 100, aboutSeven, aboutBread)
	of.EnvironmentID = "e"
	b := newBuckets(s.store(t), &of, nil)
	b.most = 20
	got, err := b.series(t.Context(), timeOf(at))
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, m := range got.Points {
		want := 0.0
		if !m.From.Before(of.StartedAt) {
			want = 100
			open++
		} else if !m.To.Before(of.StartedAt) {
			want = 100 * float64(m.To.Sub(of.StartedAt)/(2*time.Second)+1) / 100 // the views of it that are of the incident
		}
		if m.Value != want || m.Sample != 100 || m.To.Sub(m.From) != 198*time.Second {
			t.Errorf("from %s to %s: %v of %d, want %v", since(m.From), since(m.To), m.Value, m.Sample, want)
		}
		if off := m.From.Sub(got.From) % (6 * time.Minute); off > 2*time.Second { // to the next view
			t.Errorf("%s is no equal distance from %s", since(m.From), since(of.StartedAt))
		}
	}
	if len(got.Points) != 20 || open != 10 {
		t.Errorf("%d buckets, %d of them of the incident; want 20 and 10", len(got.Points), open)
	}
}

// TestBucketsOfDetector: what is read of the stored views is what a detector has
// looked at, from the bucket in which each incident opened on to the one in which it
// closed.
func TestBucketsOfDetector(t *testing.T) {
	var s shelved
	d := NewDetector("e", countedIDs())
	at, n := stageBegin.UnixMilli(), 0
	var judged []string // buckets of the environment, as written
	incidents := map[string]meta.Incident{}
	part := func(count, oneIn int) {
		for range count {
			at += 1500
			n++
			failure := int64(0)
			if oneIn > 0 && n*7919%oneIn == 0 {
				failure = 7 + int64(n%2)
			}
			stored := at
			if n%40 == 7 {
				stored += 20 * 60_000 // it went on after it was complete
			}
			s.add(stored, "", failure)
			before := d.whole.bucket.Views
			d.Add(Sample{At: at, Failure: failure})
			if first := d.whole.bucket.First; before+1 >= wholeViews && d.whole.bucket.Views == 0 {
				judged = append(judged, fmt.Sprint(since(timeOf(at)), first))
			}
			changes, _ := d.Take()
			for _, c := range changes {
				incidents[c.Incident.ID] = c.Incident
			}
		}
	}
	part(4300, 100)
	part(2600, 3)
	part(3000, 150)
	if len(incidents) == 0 {
		t.Fatal("nothing was found")
	}
	for id, of := range incidents {
		if of.Status != meta.IncidentClosed {
			t.Errorf("incident %s is %s", id, of.Status)
		}
		got := s.series(t, of, at+hour)
		var ends []string
		for _, m := range got.Points {
			if !m.Counts {
				continue
			}
			ends = append(ends, fmt.Sprint(since(m.To), 0))
			if m.Sample != wholeViews {
				t.Errorf("incident %s: %d views", id, m.Sample)
			}
		}
		if diff := cmp.Diff(judged[len(judged)-len(ends):], ends); diff != "" {
			t.Errorf("incident %s: ends of buckets (-judged +read):\n%s", id, diff)
		}
		i := slices.IndexFunc(got.Points, func(m Measured) bool { return instantOf(m.To.UnixMilli()).Equal(of.OpenedAt) })
		last := slices.IndexFunc(got.Points, func(m Measured) bool { return instantOf(m.To.UnixMilli()).Equal(*of.ResolvedAt) })
		if i < 0 || last < i || got.Points[i].Value != of.MeasuredValue || got.Points[last].Value != *of.MeasuredValueOnClose {
			t.Errorf("incident %s opened in bucket %d and closed in %d of %s", id, i, last, strings.Join(written(got), "\n"))
		}
		peak := 0.0
		for _, m := range got.Points[i : last+1] {
			peak = max(peak, m.Value)
		}
		if peak != of.PeakValue {
			t.Errorf("incident %s: at worst %v, want %v", id, peak, of.PeakValue)
		}
	}
}
