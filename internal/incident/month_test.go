package incident

import (
	"flag"
	"slices"
	"strconv"
	"testing"
	"time"

	"playhead/internal/beacon/mux"
	"playhead/internal/catalog"
	"playhead/internal/event"
	"playhead/internal/journal"
	"playhead/internal/meta"
	"playhead/internal/simulate"
	"playhead/internal/tracker"
	"playhead/internal/view"
)

var monthViews = flag.Int("views", 0, "so many views from the beginning of a clean month of 1000000; 0: only the hours around a kick-off")

// TestCleanMonth: of a month of a million views in which nothing is wrong, at most
// one incident comes; of the hours around the rush to a derby none. So many views
// of the month are looked at by
//
//	go test ./internal/incident -run TestCleanMonth -v -timeout 3h -args -views 1000000
//
// Of how many incidents there would be if more were left to chance it tells too:
// that shows how far from an incident a clean month is.
func TestCleanMonth(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing is concurrent here: make unit plays it")
	}
	month := *monthViews > 0
	past, most := kickOff(), 0
	if month {
		until := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
		past, most = simulate.Past{From: until.Add(-30 * 24 * time.Hour), Until: until, Views: 1_000_000}, 1
	}
	past.EnvKey, past.World.Seed = "key", 1
	views := completed(t, &past, *monthViews)
	t.Logf("%d views complete from %s, %.3f %% of them failed", len(views), past.From.Format(time.DateTime), 100*failedShare(views))
	for _, c := range []struct {
		odds  float64
		begun bool
	}{{odds, true}, {odds, false}, {1e-4, true}, {1e-4, false}, {1e-3, true}, {1e-3, false}} {
		opened, asked := detected(views, c.odds, c.begun)
		t.Logf("odds %g, views that have begun asked for: %v (%d times): %d incidents", c.odds, c.begun, asked, len(opened))
		for _, i := range opened {
			t.Logf("  %s: %s, %v, since %s", i.OpenedAt.Format(time.DateTime), i.Description, i.Breakdowns, i.StartedAt.Format(time.DateTime))
		}
		if c.odds == odds && c.begun && len(opened) > most {
			t.Errorf("%d incidents of views that are all right, want %d at most", len(opened), most)
		}
	}
}

// kickOff is a Saturday evening until soon after the kick-off of a derby, as it is
// when a million views come in a month. Of its last 26 hours a past tells what the
// detector does not need, and takes long: it goes on for so long, and nobody listens.
func kickOff() simulate.Past {
	const views, length, unheard = 300, 45 * time.Minute, 26 * time.Hour
	began := time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)
	return simulate.Past{From: began, Until: began.Add(length + unheard), Views: views * int((length+unheard)/length)}
}

// seen is a view and when it began.
type seen struct {
	Sample
	start int64
}

// detected are the incidents that a detector opens, and how often it asked for the
// views that have begun.
func detected(views []seen, odds float64, ask bool) (opened []meta.Incident, asked int) {
	d := NewDetector("environment", countedIDs())
	d.odds = odds
	if ask {
		starts := map[string][]int64{}
		for i := range views {
			for _, title := range []string{"", views[i].Title} {
				starts[title] = append(starts[title], views[i].start)
			}
		}
		for _, of := range starts {
			slices.Sort(of)
		}
		d.Begun = func(title string, from, to int64) int64 {
			asked++
			first, _ := slices.BinarySearch(starts[title], from)
			beyond, _ := slices.BinarySearch(starts[title], to+1)
			return int64(beyond - first)
		}
	}
	for i := range views {
		d.Add(views[i].Sample)
		if i%100 == 0 {
			d.Advance(d.now)
		}
	}
	changes, _ := d.Take()
	for _, c := range changes {
		if c.Event == meta.Opened {
			opened = append(opened, c.Incident)
		}
	}
	return opened, asked
}

func failedShare(views []seen) float64 {
	n := 0
	for i := range views {
		if views[i].Failure != 0 {
			n++
		}
	}
	return float64(n) / float64(len(views))
}

// completed are so many views of a past, or those before its last 26 hours if that
// is 0, in the order in which they are complete and each as it is then, as the
// server's own fold has them.
func completed(t *testing.T, past *simulate.Past, most int) (views []seen) {
	until := past.Until.Add(-26 * time.Hour).UnixMilli()
	var events []event.Event
	rules := tracker.Rules{CompleteAfter: time.Minute, FinalAfter: time.Hour}
	fold := tracker.NewFold(rules, func(*event.Beacon) ([]event.Event, error) { return events, nil })
	known, titles := map[view.ID]bool{}, map[string]string{}
	for d := range past.Beacons() {
		if most == 0 && d.Time >= until || most > 0 && len(views) >= most {
			break
		}
		b := event.Beacon{Environment: "environment", Format: mux.Name, Received: d.Time, Body: d.Body}
		var err error
		if events, _, err = mux.Decode(&b); err != nil {
			t.Fatal(err)
		}
		b.Body = nil
		data, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fold.Add(journal.Record{Offset: fold.Position().Read, Time: d.Time, Data: data}); err != nil {
			t.Fatal(err)
		}
		for fold.Waiting() > 0 {
			batch, err := fold.Batch(fold.Waiting())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range batch.Views {
				if !known[v.ID] {
					known[v.ID] = true
					views = append(views, lookedAt(v, titles))
				}
			}
			fold.Stored()
		}
	}
	return views
}

// lookedAt is what a detector sees of a view. There are few titles: each is kept once.
func lookedAt(v *view.View, titles map[string]string) seen {
	number := func(name string) int64 {
		if n, ok := v.Number(catalog.MustColumn(name)); ok {
			return int64(n)
		}
		return 0
	}
	title := v.Text(catalog.MustColumn("video_title"))
	if titles[title] == "" {
		titles[title] = title
	}
	s := seen{Sample{At: number("view_end"), Title: titles[title], Failure: number("playback_failure_error_type_id")}, number("view_start")}
	if s.Failure != 0 {
		s.Message = "type " + strconv.FormatInt(s.Failure, 10)
	}
	return s
}
