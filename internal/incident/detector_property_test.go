package incident

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/meta"
)

// drawnStream draws views of an environment in which titles come and go, now and
// then something is wrong, and sometimes nothing happens for long.
func drawnStream(t *rapid.T) []Sample {
	var views []Sample
	now := stageBegin.UnixMilli()
	most := 700
	if testing.Short() {
		most = 120
	}
	for range rapid.IntRange(1, 12).Draw(t, "parts") {
		count := rapid.IntRange(1, most).Draw(t, "views")
		every := rapid.SampledFrom([]int64{0, 10, 1000, 30_000, 600_000}).Draw(t, "every")
		oneIn := rapid.SampledFrom([]int{1, 2, 5, 20, 100, 1_000_000}).Draw(t, "one in")
		titles := rapid.IntRange(1, 4).Draw(t, "titles")
		kinds := rapid.SampledFrom([]int{1, 2, 60}).Draw(t, "kinds")
		seed := rapid.IntRange(0, 1000).Draw(t, "seed")
		for i := range count {
			now += every
			n := (i*7919 + seed) % 10_007
			view := Sample{At: now - int64(n%3)*500, Title: []string{"", "A", "B", "C"}[n%titles]}
			if n%oneIn == 0 {
				view.Failure = int64(1 + n%kinds)
				view.Message = "Message " + strconv.Itoa(n%kinds)
			}
			views = append(views, view)
		}
		now += rapid.SampledFrom([]int64{0, hour, 30 * hour, 9 * 24 * hour}).Draw(t, "pause")
	}
	return views
}

// countedIDs are ids by number, which go on over restarts.
func countedIDs() func() string {
	n := 0
	return func() string { n++; return strconv.Itoa(n) }
}

// TestRestart: a detector that is made anew between any two views from what was to
// be remembered says the same as one that goes on, and remembers the same.
func TestRestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		views := drawnStream(t)
		begun := func(title string, from, to int64) int64 { return int64(len(title)) * 40 * ((to - from) % 3) }
		newID := countedIDs()
		one, other := NewDetector("e", countedIDs()), NewDetector("e", newID)
		one.Begun, other.Begun = begun, begun
		kept, want := map[string]string{}, map[string]string{}
		for len(views) > 0 {
			part := rapid.IntRange(1, 400).Draw(t, "until restart")
			for _, v := range views[:min(part, len(views))] {
				one.Add(v)
				other.Add(v)
			}
			views = views[min(part, len(views)):]
			if rapid.Bool().Draw(t, "advance") {
				now := one.now + rapid.SampledFrom([]int64{0, 1000, hour, 25 * hour, 8 * 24 * hour}).Draw(t, "by")
				one.Advance(now)
				other.Advance(now)
			}
			wantChanges := taken(one, want)
			if diff := cmp.Diff(wantChanges, taken(other, kept)); diff != "" {
				t.Fatalf("changes (-of the one that went on, +of the other):\n%s", diff)
			}
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Fatalf("states (-of the one that went on, +of the other):\n%s", diff)
			}
			other = NewDetector("e", newID)
			other.Begun = begun
			for scope, data := range kept {
				if err := other.Restore(meta.DetectorState{EnvironmentID: "e", Scope: scope, Data: []byte(data)}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// taken takes changes, and keeps states.
func taken(d *Detector, kept map[string]string) []Change {
	changes, states := d.Take()
	for _, s := range states {
		if kept[s.Scope] = string(s.Data); s.Data == nil {
			delete(kept, s.Scope)
		}
	}
	return changes
}

// TestIncidentsHold: whatever comes, an incident opens once, is beyond its threshold
// then, and is closed or expires once; of what it is about no other is open
// meanwhile; its figures only grow; and each failed view counts for one incident of
// a scope at most.
func TestIncidentsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		views := drawnStream(t)
		d := NewDetector("e", countedIDs())
		open, keys, over := map[string]meta.Incident{}, map[string]string{}, map[string]bool{}
		for i := range views {
			d.Add(views[i])
			if i%50 == 0 {
				d.Advance(d.now + 1000)
			}
			changes, _ := d.Take()
			for _, c := range changes {
				now, before := c.Incident, open[c.Incident.ID]
				_, known := open[now.ID]
				switch {
				case over[now.ID]:
					t.Fatalf("%s changed after it was over", now.ID)
				case (c.Event == meta.Opened) == known:
					t.Fatalf("%s: %s, open before %v", now.ID, c.Event, known)
				case c.Event == meta.Opened && keys[now.Key] != "":
					t.Fatalf("%s opened about the same as %s", now.ID, keys[now.Key])
				case now.AffectedViews < before.AffectedViews || now.AffectedViewsOnOpen < before.AffectedViewsOnOpen:
					t.Fatalf("%s has %+v after %+v", now.ID, now, before)
				}
				if err := sound(&now, c.Event); err != nil {
					t.Fatalf("%s: %v: %+v", now.ID, err, now)
				}
				open[now.ID], keys[now.Key] = now, now.ID
				if c.Event == meta.Closed || c.Event == meta.Expired {
					delete(open, now.ID)
					delete(keys, now.Key)
					over[now.ID] = true
				}
			}
			checkScopes(t, d)
		}
	})
}

// sound says what is wrong with the figures of an incident.
func sound(i *meta.Incident, event meta.Event) error {
	switch ended := event == meta.Closed || event == meta.Expired; {
	case i.MeasuredValue < i.Threshold || i.MeasuredValue > 100 || i.PeakValue < i.MeasuredValue:
		return fmt.Errorf("measured %v, peak %v, threshold %v", i.MeasuredValue, i.PeakValue, i.Threshold)
	case i.AffectedViewsOnOpen > i.AffectedViews || i.AffectedViewsOnOpen > i.SampleSize || i.AffectedViewsOnOpen == 0:
		return fmt.Errorf("affected %d and %d of %d", i.AffectedViews, i.AffectedViewsOnOpen, i.SampleSize)
	case i.OpenedAt.Before(i.StartedAt):
		return fmt.Errorf("opened %s, started %s", i.OpenedAt, i.StartedAt)
	case ended != (i.ResolvedAt != nil) || ended != (i.ClosedAt != nil) || ended == (i.Status == meta.IncidentOpen):
		return fmt.Errorf("%s with its end at %v", i.Status, i.ResolvedAt)
	case ended && (i.ResolvedAt.Before(i.OpenedAt) || i.ClosedAt.Before(*i.ResolvedAt)):
		return fmt.Errorf("ended %s, told %s", i.ResolvedAt, i.ClosedAt)
	case (event == meta.Closed) != (i.MeasuredValueOnClose != nil):
		return fmt.Errorf("%s, value on close %v", i.Status, i.MeasuredValueOnClose)
	case event == meta.Closed && *i.MeasuredValueOnClose >= i.Threshold:
		return fmt.Errorf("closed at %v", *i.MeasuredValueOnClose)
	case (i.ErrorDescription == "") == hasType(i):
		return fmt.Errorf("error %q of %v", i.ErrorDescription, i.Breakdowns)
	}
	return nil
}

func hasType(i *meta.Incident) bool {
	for _, b := range i.Breakdowns {
		if b.Name == "error_type_id" {
			return true
		}
	}
	return false
}

// checkScopes checks that buckets are as small as they must be, that counts fit, and
// that no view counts for two incidents of a scope.
func checkScopes(t *rapid.T, d *Detector) {
	scopes := []*scope{d.whole}
	for _, s := range d.titles {
		scopes = append(scopes, s)
	}
	for _, s := range scopes {
		b := &s.bucket
		sum := int64(0)
		for kind, f := range b.Failed {
			if kind != allTypes {
				sum += f.Views
			}
		}
		if b.Views >= s.size || len(b.Failed) > maxTypes+1+len(s.open) || b.Failed != nil && (sum > b.Failed[allTypes].Views || b.Failed[allTypes].Views > b.Views) {
			t.Fatalf("bucket of %q: %d views, %d types, %d failed of these", s.title, b.Views, len(b.Failed), sum)
		}
		if k := s.failures(allTypes); k < 0 {
			t.Fatalf("bucket of %q: %d failures that no incident is about", s.title, k)
		}
	}
}

// TestManyTitles: the titles that were untouched for longest are forgotten, those
// of which an incident is open last.
func TestManyTitles(t *testing.T) {
	d := NewDetector("e", countedIDs())
	for range 50 {
		d.Add(Sample{Title: "fails", Failure: 1})
	}
	changes, _ := d.Take()
	if len(changes) == 0 || changes[0].Incident.Breakdowns[1].Value != "fails" {
		t.Fatalf("no incident is open: %+v", changes)
	}
	for i := range mostTitles + 10 {
		d.Add(Sample{At: int64(i), Title: strconv.Itoa(i)})
	}
	_, states := d.Take()
	written, forgotten := 0, ""
	for _, s := range states {
		if s.Data == nil {
			forgotten += s.Scope + " "
		} else {
			written++
		}
	}
	// 20,011 titles came: eleven too many. Whole environment and history are two more.
	if want := "0 1 2 3 4 5 6 7 8 9 10 "; forgotten != want || written != mostTitles-1+2 || len(d.titles) != mostTitles {
		t.Errorf("forgotten %s, %d written, %d titles; want %s, %d, %d", forgotten, written, len(d.titles), want, mostTitles-1+2, mostTitles)
	}
}

// TestStatesOnlyOfChanges: nothing is written that has not changed.
func TestStatesOnlyOfChanges(t *testing.T) {
	d := NewDetector("e", countedIDs())
	d.Add(Sample{At: 1, Title: "A"})
	d.Add(Sample{At: 2, Title: "B"})
	if got, want := scopesTaken(d), []string{"", "A", "B"}; !cmp.Equal(got, want) {
		t.Errorf("%q written, want %q", got, want)
	}
	d.Advance(1000)
	if got := scopesTaken(d); got != nil {
		t.Errorf("%q written, want nothing", got)
	}
	d.Add(Sample{At: 3, Title: "B"})
	if got, want := scopesTaken(d), []string{"", "B"}; !cmp.Equal(got, want) {
		t.Errorf("%q written, want %q", got, want)
	}
	d.Add(Sample{At: 3, Title: "\x1fhistory"}) // no title
	if got, want := scopesTaken(d), []string{""}; !cmp.Equal(got, want) {
		t.Errorf("%q written, want %q", got, want)
	}
}

func scopesTaken(d *Detector) []string {
	_, states := d.Take()
	var names []string
	for _, s := range states {
		if !json.Valid(s.Data) {
			return []string{"no JSON: " + s.Scope}
		}
		names = append(names, s.Scope)
	}
	return names
}

// TestRestoreRefuses: what is no state of a detector is an error that names the
// scope, and what is not there is nothing.
func TestRestoreRefuses(t *testing.T) {
	for scope, data := range map[string]string{"": "{", "A": "[]", "\x1fhistory": "7", "\x1fother": "{}"} {
		d := NewDetector("e", countedIDs())
		if err := d.Restore(meta.DetectorState{Scope: scope, Data: []byte(data)}); err == nil || len(d.titles) > 0 {
			t.Errorf("scope %q, %s: error %v, %d titles", scope, data, err, len(d.titles))
		}
	}
	d := NewDetector("e", countedIDs())
	if err := d.Restore(meta.DetectorState{Scope: "A"}); err != nil || len(d.titles) > 0 {
		t.Errorf("without data: error %v, %d titles", err, len(d.titles))
	}
}
