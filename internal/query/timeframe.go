package query

import (
	"strconv"
	"strings"
	"time"

	"playhead/internal/fault"
)

// maxEpoch is the last second that a timeframe may end at: the start of 2262,
// about the last year whose nanoseconds since 1970 fit 64 bits.
const maxEpoch = 9_214_646_400

// timeframe resolves the parameter timeframe[] against the time now.
func timeframe(words []string, now time.Time) (Timeframe, error) {
	bad := func(format string, args ...any) (Timeframe, error) {
		return Timeframe{}, fault.Badf("timeframe[]", format, args...)
	}
	var f Timeframe
	switch len(words) {
	case 0:
		f = Timeframe{now.Unix() - 86_400, now.Unix()}
	case 1:
		seconds, ok := duration(words[0])
		if !ok {
			return bad("want N:unit such as 24:hours, with seconds, minutes, hours, days or weeks, or two times in seconds since 1970; have %s", fault.Quote(words[0]))
		}
		f = Timeframe{now.Unix() - seconds, now.Unix()}
	case 2:
		var ok [2]bool
		f.From, ok[0] = epoch(words[0])
		f.To, ok[1] = epoch(words[1])
		for i := range ok {
			if !ok[i] {
				return bad("want a time in whole seconds since 1970, at most %d, have %s", maxEpoch, fault.Quote(words[i]))
			}
		}
	default:
		return bad("want one or two values, have %d", len(words))
	}
	if f.From >= f.To {
		return bad("the start %d must be before the end %d", f.From, f.To)
	}
	if f.From < 0 || f.To > maxEpoch {
		return bad("%d to %d is outside the years 1970 to 2261", f.From, f.To)
	}
	return f, nil
}

// duration reads "24:hours" and returns seconds, more than 0.
func duration(s string) (seconds int64, ok bool) {
	number, unit, found := strings.Cut(s, ":")
	n, ok := epoch(number)
	if !found || !ok {
		return 0, false
	}
	units := map[string]int64{"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
	width, ok := units[strings.TrimSuffix(unit, "s")]
	return n * width, ok && n > 0 // at most maxEpoch weeks: no overflow
}

// epoch reads a whole number from 0 to maxEpoch, digits only.
func epoch(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= maxEpoch
}

// Granularity is the width of the steps of a timeseries, by its name in the API.
type Granularity string

// The granularities. Steps begin at whole minutes, hours and days of UTC.
const (
	Minute     Granularity = "minute"
	TenMinutes Granularity = "ten_minutes"
	Hour       Granularity = "hour"
	Day        Granularity = "day"
)

// Granularities are all granularities, the finest first.
var Granularities = []Granularity{Minute, TenMinutes, Hour, Day}

// Seconds is the width of a step.
func (g Granularity) Seconds() int64 {
	switch g {
	case Minute:
		return 60
	case TenMinutes:
		return 600
	case Hour:
		return 3600
	case Day:
		return 86_400
	}
	panic("BUG: query: granularity " + string(g))
}

// granularity checks a name; an empty one gives the default for the timeframe.
func granularity(name string, f Timeframe) (Granularity, error) {
	const hour = 3600
	length := f.To - f.From
	switch g := Granularity(name); {
	case g == Minute, g == TenMinutes, g == Hour, g == Day:
		return g, nil
	case name != "":
		return "", fault.Badf("group_by", "there is no granularity %s; there are minute, ten_minutes, hour and day", fault.Quote(name))
	case length < 90*60:
		return Minute, nil
	case length < 6*hour:
		return TenMinutes, nil
	case length <= 15*24*hour:
		return Hour, nil
	default:
		return Day, nil
	}
}

// maxBuckets bounds the points of a timeseries: three and a half days of
// minutes, seven months of hours.
const maxBuckets = 5000

// buckets cuts a timeframe into steps whose width a parameter tells: the first
// bucket begins at or before its start and the last one holds its last ms.
func buckets(param string, g Granularity, f Timeframe) (*Buckets, error) {
	width := g.Seconds()
	start := f.From - f.From%width // a timeframe does not begin before 1970
	count := (f.To-1-start)/width + 1
	if count > maxBuckets {
		return nil, fault.Badf(param, "%d steps of a %s are more than %d: choose a wider step or a shorter timeframe",
			count, strings.ReplaceAll(string(g), "_", " "), maxBuckets)
	}
	return &Buckets{Start: start * 1000, Width: width * 1000, Count: int(count)}, nil
}
