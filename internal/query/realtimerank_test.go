package query

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// atTick makes the result of one tick of groups in the order of their values.
func atTick(values string, ticks ...Tick) *Ticks {
	result := &Ticks{}
	for i, v := range strings.Fields(values) {
		if v == "null" {
			v = ""
		}
		result.Groups = append(result.Groups, TickGroup{Value: v, Ticks: ticks[i : i+1]})
	}
	return result
}

// shown writes rows as "value rank …".
func shown(rows []RealtimeRow) string {
	var words []string
	for _, r := range rows {
		value := r.Value
		if value == "" {
			value = "null"
		}
		words = append(words, fmt.Sprint(value, " ", r.Rank))
	}
	return strings.Join(words, ", ")
}

// breakdown plans one.
func breakdown(t *testing.T, metric, dimension, order, direction string) *RealtimeBreakdownPlan {
	t.Helper()
	r := realtimeRequest()
	r.Metric, r.Dimension, r.OrderBy, r.Direction = metric, dimension, order, direction
	p, err := RealtimeBreakdown(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRealtimeRanks of the rows that the public examples of 2021 print, whose
// order by viewers × metric their ranks have, among groups in between.
func TestRealtimeRanks(t *testing.T) {
	viewers := func(n, rebuffering int64) Tick {
		return Tick{Concurrent: n, WatchTime: n * 5000, RebufferTime: rebuffering}
	}
	values, ticks := "FR ES RE GB BE", []Tick{
		viewers(2680, 109_822), viewers(36, 1857), viewers(30, 9613), viewers(26, 1070), viewers(10, 0),
	}
	for i := range 21 { // one between RE and ES, two between ES and GB, 18 between GB and BE
		harm := []int64{5000, 1500, 1400}
		if values += fmt.Sprint(" X", i); i < 3 {
			ticks = append(ticks, viewers(20, harm[i]))
		} else {
			ticks = append(ticks, viewers(20, int64(i)))
		}
	}
	rows, total := breakdown(t, "current-rebuffering-percentage", "country", "", "").Rows(atTick(values, ticks...), 0)
	got := shown(rows)
	for _, want := range []string{"FR 1, ES 4, RE 2, GB 7, X0 3,", "BE 26"} {
		if !strings.Contains(got, want) {
			t.Errorf("of %d rows %s, want %s in it", total, got, want)
		}
	}
}

// TestRealtimeRows: what is bad depends on the metric, equal groups rank by
// their weight, and groups without a value come last.
func TestRealtimeRows(t *testing.T) {
	result := atTick("900 1000 null 20 30 40",
		Tick{Concurrent: 49, WatchTime: 1, Failures: 1, Bitrate: 30, BitrateViewers: 30}, // 1 / 49 × 49 is not 1 in floating point
		Tick{Concurrent: 3, WatchTime: 1, Failures: 1, Bitrate: 2, BitrateViewers: 1},
		Tick{Concurrent: 3, WatchTime: 1},
		Tick{WatchTime: 5}, // paused a moment ago
		Tick{},             // was not there
		Tick{Concurrent: 2, Failures: 2, Bitrate: 3, BitrateViewers: 1},
	)
	const failures, bitrate, ccv = "playback-failure-percentage", "current-average-bitrate", "current-concurrent-viewers"
	for _, tt := range []struct{ metric, order, direction, want string }{
		{failures, "", "", "900 2, 1000 3, null 4, 40 1, 20 5"},
		{failures, "views", "asc", "20 5, 40 1, 1000 3, null 4, 900 2"},
		{failures, "value", "", "40 1, 1000 3, 900 2, null 4, 20 5"},
		{failures, "metric_value", "asc", "null 4, 900 2, 1000 3, 40 1, 20 5"},
		{failures, "field", "", "20 5, 40 1, 900 2, 1000 3, null 4"},
		{failures, "field", "desc", "1000 3, 900 2, 40 1, 20 5, null 4"},
		{failures, "negative_impact", "", "40 1, 900 2, 1000 3, null 4, 20 5"},
		{failures, "negative_impact", "asc", "20 5, null 4, 1000 3, 900 2, 40 1"},
		{bitrate, "", "", "900 1, 1000 2, null 5, 40 3, 20 4"}, // harms 60, 1, and 0 of the best
		{ccv, "concurent_viewers", "", "900 1, 1000 2, null 3, 40 4, 20 5"},
	} {
		rows, total := breakdown(t, tt.metric, "asn", tt.order, tt.direction).Rows(result, 0)
		if diff := cmp.Diff(tt.want, shown(rows)); diff != "" || total != 5 {
			t.Errorf("%s by %q %s: of %d (-want +got):\n%s", tt.metric, tt.order, tt.direction, total, diff)
		}
	}
	p := breakdown(t, failures, "asn", "", "")
	p.Limit = 2
	if rows, total := p.Rows(result, 0); shown(rows) != "900 2, 1000 3" || total != 5 {
		t.Errorf("%s of %d, want the first two of 5", shown(rows), total)
	}
	_, err := RealtimeBreakdown(Request{Environment: "env", Metric: failures, Now: now, OrderBy: "harm"})
	refused(t, err, fault.Invalid, "order_by", "want negative_impact, value, views or field")
	_, err = RealtimeBreakdown(Request{Environment: "env", Metric: failures, Now: now, Direction: "up"})
	refused(t, err, fault.Invalid, "order_direction", "want asc or desc")
}

// BenchmarkRealtimeRows makes the rows of a moment and of a step of a breakdown
// over time: of as many titles as a service has, and of as many as there are
// viewers.
func BenchmarkRealtimeRows(b *testing.B) {
	for _, groups := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(groups), func(b *testing.B) {
			result := &Ticks{}
			for i := range groups {
				n := int64(i*7919%1000 + 1)
				result.Groups = append(result.Groups, TickGroup{
					Value: fmt.Sprint("title ", i*31%groups), Ticks: []Tick{{Concurrent: n, WatchTime: n * 5000, RebufferTime: n * int64(i%300)}},
				})
			}
			r := realtimeRequest()
			r.Metric, r.Dimension = "current-rebuffering-percentage", "video_title"
			p, err := RealtimeBreakdown(r)
			if err != nil {
				b.Fatal(err)
			}
			b.Run("moment", func(b *testing.B) {
				for b.Loop() {
					p.Rows(result, 0)
				}
			})
			p, err = RealtimeBreakdownTimeseries(r)
			if err != nil {
				b.Fatal(err)
			}
			b.Run("step", func(b *testing.B) {
				for b.Loop() {
					p.Rows(result, 0)
				}
			})
		})
	}
}
