package main

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/query"
)

// TestWays has the plain ways of answering agree, which know nothing of each
// other: a loop, and statements of an engine for columns.
func TestWays(t *testing.T) {
	now := at.UnixMilli()
	w := newWorld(2, at, 21*time.Hour, time.Minute, 150, 3000)
	for _, past := range []time.Duration{0, ago} {
		from, to := (&question{ago: past, ticks: halfHour}).span(now)
		b := &plain{w.known(from-query.TickEvery, to, now, "e")}
		h, err := newHand(t.Context(), b.views, from-query.TickEvery, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions(regexp.MustCompile("")) {
			if q.ago != past {
				continue
			}
			t.Run(fmt.Sprint(q.family, ", ", q.name), func(t *testing.T) {
				var answers [2]any
				for i, way := range []query.Realtime{b, h} {
					a, err := answer(t.Context(), &q, way, q.plan("e", now))
					if err != nil {
						t.Fatal(err)
					}
					answers[i] = sorted(a, true)
				}
				if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
					t.Errorf("-loop +statements:\n%s", shortened(diff))
				}
			})
		}
		if err := h.close(); err != nil {
			t.Fatal(err)
		}
	}
}
