package incident

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// oracle knows causes, or not.
type oracle struct {
	bench *bench
	cdn   string // that explains everything; "" is none
	err   error
	takes time.Duration
	asked []string // ids of incidents with their states
}

func (o *oracle) Causes(ctx context.Context, of meta.Incident, now time.Time) ([]meta.Cause, error) {
	o.asked = append(o.asked, of.Key+" "+of.Status)
	if _, limited := ctx.Deadline(); !limited {
		return nil, errors.New("there is no limit")
	}
	if !now.Equal(o.bench.now) {
		return nil, fmt.Errorf("asked as of %s", now)
	}
	o.bench.now = o.bench.now.Add(o.takes)
	if o.cdn == "" || o.err != nil {
		return nil, o.err
	}
	return []meta.Cause{{Breakdowns: []meta.Breakdown{{Name: "cdn", Value: o.cdn}}, Share: 0.9, Views: 100, Affected: 90}}, nil
}

// causesOf are the names of the causes of what was told last, and its description.
func (b *bench) causesOf(id string) (names []string, description string) {
	i := b.records.incidents[id]
	for _, c := range i.Causes {
		names = append(names, c.Breakdowns[0].Value)
	}
	return names, i.Description
}

// TestCauses follows an incident: its causes are looked for when it opens, 15
// seconds, one, five and thirty minutes later, and when it closes. What was found stays until there is
// something better, and figures come with it.
func TestCauses(t *testing.T) {
	b := newBench("a")
	o := &oracle{bench: b, cdn: "north"}
	b.causes = o
	e := b.start(t, 0)
	record := int64(0)
	view := func(failure int64) {
		record++
		b.views.complete("a", "x", record, failure)
		e.Stored(record + 1)
	}
	want := func(when string, asked int, cause string) {
		t.Helper()
		b.all(t, e)
		if len(o.asked) != asked {
			t.Errorf("%s: causes have been looked for %d times, want %d: %v", when, len(o.asked), asked, o.asked)
		}
		names, description := b.causesOf("000001")
		said := fmt.Sprintf("x fails. 90%% of the excess failures: *cdn=%s* (0%% of 100 views, usually 0%%)", cause)
		if diff := cmp.Diff([]string{cause}, names); diff != "" || description != said {
			t.Errorf("%s: description %q, causes (-want +got):\n%s", when, description, diff)
		}
	}
	b.now = noon.Add(time.Second)
	view(7) // OpenedAt is noon and 1 ms
	want("at the opening", 1, "north")
	if told := b.records.told[0].Incident; len(told.Causes) != 1 {
		t.Errorf("people were told %+v, want the cause", told)
	}
	view(7)
	want("with more views", 1, "north")
	b.now = noon.Add(15 * time.Second)
	want("before fifteen seconds have passed", 1, "north")
	b.now = noon.Add(16 * time.Second)
	want("after fifteen seconds", 2, "north")
	o.cdn = "" // nothing better is found
	b.now = noon.Add(time.Minute)
	want("before a minute has passed", 2, "north")
	b.now = noon.Add(time.Minute + time.Second)
	want("after a minute", 3, "north")
	o.cdn = "south"
	e = b.start(t, record+1) // what is known survives
	view(7)                  // what detectors say of it comes with the next view
	b.now = noon.Add(5 * time.Minute)
	want("before five minutes have passed", 3, "north")
	b.now = noon.Add(5*time.Minute + time.Second)
	want("after five minutes", 4, "south")
	b.now = noon.Add(31 * time.Minute)
	want("after thirty minutes", 5, "south")
	b.now = noon.Add(10 * time.Hour)
	want("after hours", 5, "south")
	o.cdn = "west"
	view(0)
	want("at the end", 6, "west")
	if diff := cmp.Diff("x closed", o.asked[5]); diff != "" {
		t.Error(diff)
	}
	if n := len(b.records.told); n != 2 {
		t.Errorf("people were told %d times, want 2: causes alone are no news", n)
	}
}

// TestCausesLate has the search fail, or take longer than a step may: incidents
// open all the same, and what explains them comes later, without another notification.
func TestCausesLate(t *testing.T) {
	b := newBench("a")
	o := &oracle{bench: b, err: errors.New("too busy")}
	b.causes = o
	e := b.start(t, 0)
	b.views.complete("a", "x", 1, 7)
	e.Stored(2)
	b.all(t, e)
	if len(b.records.told) != 1 || len(b.records.told[0].Incident.Causes) != 0 || b.records.told[0].Incident.Description != "x fails" {
		t.Fatalf("people were told %v, want that x fails", b.records.told)
	}
	if n := figure(t, e, "playhead_incident_errors_total", "causes"); n != 1 {
		t.Errorf("%v failures are counted, want 1", n)
	}
	o.err, o.cdn, o.takes = nil, "north", causesWithin
	b.now = b.now.Add(advanceEvery)
	b.all(t, e)
	if names, _ := b.causesOf("000001"); !cmp.Equal(names, []string{"north"}) {
		t.Errorf("causes are %v, want north", names)
	}
	for _, title := range []string{"y", "z"} { // the second would have to wait for more than a step may
		b.views.complete("a", title, 2, 7)
	}
	e.Stored(3)
	b.all(t, e)
	found := 0
	for _, told := range b.records.told[1:] {
		found += len(told.Incident.Causes)
	}
	if len(b.records.told) != 3 || found != 1 {
		t.Fatalf("people were told %v, want both, one with its causes", b.records.told)
	}
	o.takes = 0
	b.now = b.now.Add(advanceEvery)
	b.all(t, e)
	for _, id := range []string{"000002", "000003"} {
		if names, _ := b.causesOf(id); !cmp.Equal(names, []string{"north"}) {
			t.Errorf("causes of %s are %v, want north", id, names)
		}
	}
	if len(b.records.told) != 3 {
		t.Errorf("people were told %d times, want 3", len(b.records.told))
	}
}

// TestCausesOfThePast has the causes of what is learned be looked for step by step, when
// there is nothing else to do.
func TestCausesOfThePast(t *testing.T) {
	b := newBench("a")
	o := &oracle{bench: b, cdn: "north"}
	b.causes = o
	for range 3 {
		b.views.complete("a", "x", -1, 7)
		b.views.complete("a", "x", -1, 0)
	}
	b.views.complete("a", "y", -1, 7)
	e := b.start(t, 0)
	for step := range 4 {
		if _, err := e.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(o.asked) != step+1 {
			t.Fatalf("step %d: causes have been looked for %d times", step, len(o.asked))
		}
	}
	if diff := cmp.Diff([]string{"y open", "x closed", "x closed", "x closed"}, o.asked); diff != "" {
		t.Errorf("causes were looked for (-want +got):\n%s", diff)
	}
	for id := range b.records.incidents {
		if names, _ := b.causesOf(id); len(names) != 1 {
			t.Errorf("causes of %s are %v, want one", id, names)
		}
	}
	if len(b.records.told) != 0 {
		t.Errorf("people were told %v", b.records.told)
	}
}

// TestCausesPanic has the search panic: that is a failed search.
func TestCausesPanic(t *testing.T) {
	b := newBench("a")
	b.causes = panics{}
	e := b.start(t, 0)
	b.views.complete("a", "x", 1, 7)
	e.Stored(2)
	b.all(t, e)
	if len(b.records.told) != 1 {
		t.Errorf("people were told %v, want of an incident", b.records.told)
	}
}

type panics struct{}

func (panics) Causes(context.Context, meta.Incident, time.Time) ([]meta.Cause, error) {
	panic("no idea")
}
