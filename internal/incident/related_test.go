package incident

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// TestRelated: of an incident about title a and error 7, from 10:00 to 11:00.
func TestRelated(t *testing.T) {
	noon := clock(t, "2026-05-04T12:00:00")
	began := func(id string, from, to time.Duration, about ...meta.Breakdown) meta.Incident {
		end := noon.Add(to)
		return meta.Incident{ID: id, EnvironmentID: "e", StartedAt: noon.Add(from), ResolvedAt: &end, Breakdowns: about}
	}
	open := func(i meta.Incident) meta.Incident {
		i.ResolvedAt = nil
		return i
	}
	explained := func(i meta.Incident, causes ...meta.Breakdown) meta.Incident {
		for _, b := range causes {
			i.Causes = append(i.Causes, meta.Cause{Breakdowns: []meta.Breakdown{b}})
		}
		return i
	}
	foreign := func(i meta.Incident) meta.Incident {
		i.EnvironmentID = "f"
		return i
	}
	const h, s = time.Hour, time.Second
	a, b := meta.Breakdown{Name: "video_title", Value: "a"}, meta.Breakdown{Name: "video_title", Value: "b"}
	seven, cdn := meta.Breakdown{Name: "error_type_id", Value: "7"}, meta.Breakdown{Name: "cdn", Value: "x"}
	of := explained(began("of", -2*h, -1*h, a, seven), cdn)
	among := []meta.Incident{
		of,
		began("ended an hour before", -5*h, -3*h),
		began("ended more than an hour before", -5*h, -3*h-s),
		began("began an hour after", 0, 1*h),
		began("began more than an hour after", s, 1*h),
		open(began("goes on since long ago", -100*h, 0)),
		open(began("goes on since later", 3*h, 0)),
		began("same title long ago", -100*h, -99*h, a),
		began("same title before that", -200*h, -199*h, a),
		began("same title and error", 90*h, 99*h, seven, a),
		began("other title at the same time", -2*h, -1*h, b),
		explained(began("same cause", 50*h, 51*h, b), cdn),
		explained(began("same second cause", 50*h, 51*h, b), b, cdn),
		foreign(began("elsewhere", -2*h, -1*h, a, seven)),
		began("same value of another dimension", 50*h, 51*h, meta.Breakdown{Name: "video_series", Value: "a"}),
	}
	want := []string{
		"same title and error",
		"same cause", "same title long ago", "same title before that", // 52, 98 and 198 hours apart
		"other title at the same time", "began an hour after", "ended an hour before", "goes on since long ago", // 0, 2, 3 and 98 hours
	}
	var got []string
	for _, i := range Related(of, among) {
		got = append(got, i.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("related (-want +got):\n%s", diff)
	}
	// One that goes on is of the time of all that begin later.
	got = nil
	for _, i := range Related(open(of), among) {
		got = append(got, i.ID)
	}
	want = append(want[:6:6], "began more than an hour after", "ended an hour before", "goes on since later",
		"same second cause", "same value of another dimension", "goes on since long ago")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("related to an open one (-want +got):\n%s", diff)
	}
}
