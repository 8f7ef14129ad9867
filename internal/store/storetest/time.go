package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// testTimeframe checks the edges of a timeframe by either clock.
func testTimeframe(t *testing.T, s Store) {
	at := func(start, end int) Fields {
		return Fields{"view_start": epoch + start, "view_end": epoch + end}
	}
	commit(t, s, at(0, 99), at(1, 100), at(100, 101), at(150, 199), at(199, 200), at(200, 201), at(99, 300),
		Fields{"view_start": -1500, "view_end": -1000})
	for _, law := range []struct {
		law      string
		clock    catalog.Clock
		from, to int64
		want     []int
	}{
		{"by end: from is inside, to is outside", catalog.ByEnd, 100, 200, []int{2, 3, 4}},
		{"by start: from is inside, to is outside", catalog.ByStart, 100, 200, []int{3, 4, 5}},
		{"one ms", catalog.ByEnd, 200, 201, []int{5}},
		{"between views", catalog.ByEnd, 202, 300, nil},
		{"before 1970 by end", catalog.ByEnd, -epoch - 1000, -epoch - 999, []int{8}},
		{"before 1970 by start", catalog.ByStart, -epoch - 1500, -epoch, []int{8}},
		{"outside by one ms before 1970", catalog.ByStart, -epoch - 1499, -epoch, nil},
	} {
		t.Run(law.law, func(t *testing.T) {
			scope := query.Scope{Environment: environment, Clock: law.clock, From: epoch + law.from, To: epoch + law.to}
			if diff := cmp.Diff(law.want, listedNumbers(t, s, &query.ListPlan{Scope: scope, Ascending: true, Limit: 10})); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			check(t, s, &query.Plan{Scope: scope, Values: values("count()")}, 1, query.Row{Values: []float64{float64(len(law.want))}})
		})
	}
}

// testBuckets checks how a timeframe of 500 to 3500 is cut in steps of 1000.
func testBuckets(t *testing.T, s Store) {
	at := func(end int, country string) Fields {
		return Fields{"view_start": epoch + end - 1000, "view_end": epoch + end, "country": country}
	}
	commit(t, s, at(499, "a"), at(500, "a"), at(999, "b"), at(1000, "b"), at(1999, "b"), at(1500, "a"),
		at(3000, "a"), at(3499, ""), at(3500, "a"), Fields{"view_start": -1500, "view_end": -1001}, Fields{"view_start": -1500, "view_end": -1000})
	plan := func() *query.Plan {
		p := &query.Plan{Scope: around(), Values: values("count()"), Buckets: &query.Buckets{Start: epoch, Width: 1000, Count: 4}}
		p.From, p.To = epoch+500, epoch+3500
		return p
	}
	row := func(bucket int, count float64, groups ...string) query.Row {
		return query.Row{Bucket: bucket, Values: []float64{count}, Groups: groups}
	}

	t.Run("a bucket has its first ms and not its end; empty ones are left out", func(t *testing.T) {
		check(t, s, plan(), 3, row(0, 2), row(1, 3), row(3, 2))
	})
	t.Run("by the clock of the plan", func(t *testing.T) {
		p := plan()
		p.Clock = catalog.ByStart
		check(t, s, p, 2, row(0, 2), row(2, 3))
	})
	t.Run("rows ascend by bucket before any order", func(t *testing.T) {
		p := plan()
		p.GroupBy = by(t, "country")
		p.Order = []query.Order{{By: 0, Descending: true}, {By: query.OrderByGroup}}
		check(t, s, p, 6, row(0, 1, "a"), row(0, 1, "b"), row(1, 2, "b"), row(1, 1, "a"), row(3, 1, "a"), row(3, 1, ""))
	})
	t.Run("limit and offset count rows of all buckets", func(t *testing.T) {
		p := plan()
		p.Limit, p.Offset = 1, 1
		check(t, s, p, 3, row(1, 3))
	})
	t.Run("no view gives no rows", func(t *testing.T) {
		p := plan()
		p.Where = all(texts("country", "nowhere"))
		check(t, s, p, 0)
	})
	t.Run("has leaves views out", func(t *testing.T) {
		p := plan()
		p.Has = column("asn")
		check(t, s, p, 0)
	})
	t.Run("before 1970", func(t *testing.T) {
		p := plan()
		p.From, p.To = -1800, -500
		p.Buckets = &query.Buckets{Start: -2000, Width: 1000, Count: 2}
		check(t, s, p, 2, row(0, 1), row(1, 1))
	})
	t.Run("days", func(t *testing.T) {
		const day = 86_400_000
		p := plan()
		p.From, p.To = epoch-epoch%day, epoch-epoch%day+3*day
		p.Buckets = &query.Buckets{Start: p.From - day, Width: day, Count: 4}
		check(t, s, p, 1, row(1, 9))
	})
}
