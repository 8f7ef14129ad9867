package query

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"playhead/internal/fault"
)

// nowEpoch is now in whole seconds since 1970, from an almanac:
// 2026-03-01T12:34:56Z.
const nowEpoch = 1772368496

func TestTimeframes(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  Timeframe
	}{
		{nil, Timeframe{nowEpoch - 86400, nowEpoch}},
		{[]string{"24:hours"}, Timeframe{nowEpoch - 86400, nowEpoch}},
		{[]string{"60:seconds"}, Timeframe{nowEpoch - 60, nowEpoch}},
		{[]string{"1:second"}, Timeframe{nowEpoch - 1, nowEpoch}},
		{[]string{"5:minutes"}, Timeframe{nowEpoch - 300, nowEpoch}},
		{[]string{"1:hour"}, Timeframe{nowEpoch - 3600, nowEpoch}},
		{[]string{"90:days"}, Timeframe{nowEpoch - 7776000, nowEpoch}},
		{[]string{"2:weeks"}, Timeframe{nowEpoch - 1209600, nowEpoch}},
		{[]string{"1610029906", "1610116306"}, Timeframe{1610029906, 1610116306}},
		{[]string{"0", "1"}, Timeframe{0, 1}},
		{[]string{"0", "9214646400"}, Timeframe{0, 9214646400}},
	} {
		got, err := timeframe(c.words, now)
		if err != nil || got != c.want {
			t.Errorf("%q = %v, %v; want %v", c.words, got, err, c.want)
		}
	}
	for _, c := range []struct{ words []string }{
		{[]string{""}},
		{[]string{"24"}},
		{[]string{"24:years"}},
		{[]string{"24:"}},
		{[]string{":days"}},
		{[]string{"0:days"}},
		{[]string{"-1:days"}},
		{[]string{"1.5:days"}},
		{[]string{"+1:days"}},
		{[]string{"1:days:2"}},
		{[]string{"1:dayss"}},
		{[]string{"9223372036854775807:weeks"}},
		{[]string{"9214646400:weeks"}},
		{[]string{"1:Days"}},
		{[]string{"2", "1"}},
		{[]string{"1", "1"}},
		{[]string{"1", "9214646401"}},
		{[]string{"1", "1610116306000"}},
		{[]string{"x", "1"}},
		{[]string{"1", ""}},
		{[]string{"-5", "1"}},
		{[]string{"1e3", "2000"}},
		{[]string{"1", "2", "3"}},
	} {
		t.Run(fmt.Sprintf("%q", c.words), func(t *testing.T) {
			_, err := timeframe(c.words, now)
			refused(t, err, fault.Invalid, "timeframe[]")
		})
	}
}

func TestDefaultGranularity(t *testing.T) {
	const minute, hour, day = 60, 3600, 86400
	for _, c := range []struct {
		length int64
		want   Granularity
	}{
		{1, Minute},
		{90*minute - 1, Minute},
		{90 * minute, TenMinutes},
		{6*hour - 1, TenMinutes},
		{6 * hour, Hour},
		{15 * day, Hour},
		{15*day + 1, Day},
		{365 * day, Day},
	} {
		got, err := granularity("", Timeframe{1000, 1000 + c.length})
		if err != nil || got != c.want {
			t.Errorf("%d s: %s, %v; want %s", c.length, got, err, c.want)
		}
	}
	_, err := granularity("week", Timeframe{1, 2})
	refused(t, err, fault.Invalid, "group_by", `"week"`, "minute, ten_minutes, hour and day")
}

// TestTimeseriesOfADay is the recorded window of the API's documentation: 24 h
// from 01:20:10 are 25 hourly points.
func TestTimeseriesOfADay(t *testing.T) {
	const start = 1591838410 // 2020-06-11T01:20:10Z
	r := request()
	r.Timeframe = []string{fmt.Sprint(start), fmt.Sprint(start + 86400)}
	got, err := Timeseries(r)
	if err != nil {
		t.Fatal(err)
	}
	const firstHour = 1591837200 // 2020-06-11T01:00:00Z
	if diff := cmp.Diff(&Buckets{Start: firstHour * 1000, Width: 3_600_000, Count: 25}, got.Plan.Buckets); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	if got.Granularity != Hour || got.Descending {
		t.Errorf("%s descending %t, want hour ascending", got.Granularity, got.Descending)
	}
	r.Timeframe = []string{fmt.Sprint(firstHour), fmt.Sprint(firstHour + 86400)}
	r.Direction = "desc"
	got, err = Timeseries(r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Plan.Buckets.Count != 24 || !got.Descending {
		t.Errorf("%d points of whole hours, descending %t; want 24 descending", got.Plan.Buckets.Count, got.Descending)
	}
}

func TestTimeseriesHasAMostOfPoints(t *testing.T) {
	r := request()
	r.GroupBy, r.Timeframe = "minute", []string{"0", fmt.Sprint(5000 * 60)}
	got, err := Timeseries(r)
	if err != nil || got.Plan.Buckets.Count != 5000 {
		t.Fatalf("5000 minutes: %v, %v", got, err)
	}
	r.Timeframe[1] = fmt.Sprint(5000*60 + 1)
	_, err = Timeseries(r)
	refused(t, err, fault.Invalid, "group_by", "5001", "5000", "minute")
	r.GroupBy, r.Timeframe = "", []string{"0", "9214646400"}
	_, err = Timeseries(r)
	refused(t, err, fault.Invalid, "group_by", "day", "5000")
}

// TestBucketsCoverTheTimeframe: the first bucket has the first ms of the
// timeframe, the last one the last, and edges are at whole steps of UTC.
func TestBucketsCoverTheTimeframe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := rapid.SampledFrom([]Granularity{Minute, TenMinutes, Hour, Day}).Draw(rt, "granularity")
		from := rapid.Int64Range(0, 4_000_000_000).Draw(rt, "from")
		f := Timeframe{from, from + rapid.Int64Range(1, 100_000).Draw(rt, "length")}
		b, err := buckets("group_by", g, f)
		if err != nil {
			rt.Fatal(err)
		}
		first, last := (f.From*1000-b.Start)/b.Width, (f.To*1000-1-b.Start)/b.Width
		if b.Start > f.From*1000 || first != 0 || last != int64(b.Count-1) || b.Start%b.Width != 0 || b.Width != 1000*g.Seconds() {
			rt.Errorf("%v by %s = %+v: first ms in bucket %d, last in %d", f, g, b, first, last)
		}
	})
}

func FuzzTimeframe(f *testing.F) {
	f.Add("24:hours", "")
	f.Add("1610029906", "1610116306")
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{a, b}
		if b == "" {
			words = words[:1]
		}
		frame, err := timeframe(words, now)
		if err == nil && (frame.From < 0 || frame.From >= frame.To || frame.To > maxEpoch) {
			t.Errorf("%q = %v", words, frame)
		}
	})
}
