package main

import (
	"fmt"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/sqlgen"
)

// slice is which views a request is about.
type slice struct {
	environment string
	length      time.Duration // up to now
	filtered    bool          // by country and browser: about 1.6 % of the views
}

// from is the start of the timeframe.
func (s slice) from() time.Time { return now.Add(-s.length) }

// parameters are those of a request.
func (s slice) parameters() string {
	p := fmt.Sprintf("timeframe[]=%d&timeframe[]=%d", s.from().Unix(), now.Unix())
	if s.filtered {
		p += "&filters[]=country:AA&filters[]=browser:Safari"
	}
	return p
}

// by is the condition of a plan by hand, by one of the times of a view.
func (s slice) by(clock string) string {
	w := fmt.Sprintf("environment_id = '%s' AND %s BETWEEN %d AND %d", s.environment, clock, s.from().UnixMilli(), now.UnixMilli()-1)
	if s.filtered {
		w += " AND country = 'AA' AND browser = 'Safari'"
	}
	return w
}

func (s slice) where() string { return s.by("view_end") }

// startups are the views with a value of the metric of most requests.
func (s slice) startups() string { return s.where() + " AND video_startup_time IS NOT NULL" }

const sums = "count(*), sum(watch_time), sum(playing_time)"

// The plans by hand read no more than the answer needs and leave out what costs
// little, as ranks of few rows. Where there are several, the fastest counts: a
// quantile is exact, or read from counts of buckets, which are left to whoever
// gets them.

func handOverall(value string) func(slice) []string {
	return func(s slice) []string {
		plans := []string{"SELECT " + value + ", " + sums + " FROM views WHERE " + s.startups()}
		if value == median {
			plans = append(plans, "SELECT b_video_startup_time, "+sums+" FROM views WHERE "+s.startups()+" GROUP BY 1 ORDER BY 1")
		}
		return plans
	}
}

const (
	mean   = "avg(video_startup_time)"
	median = "quantile_cont(video_startup_time, 0.5)"
)

func handBreakdown(dimension, value string) func(slice) []string {
	return func(s slice) []string {
		exact := fmt.Sprintf("SELECT %s, %s, %s FROM views WHERE %s GROUP BY 1 ORDER BY 3 DESC LIMIT 25", dimension, value, sums, s.startups())
		if value != median {
			return []string{exact}
		}
		return []string{exact, fmt.Sprintf(`SELECT max(c), sum(n) FROM (
			SELECT %s AS g, b_video_startup_time AS b, count(*) AS n, sum(watch_time), sum(playing_time), sum(n) OVER (PARTITION BY g ORDER BY b) AS c
			FROM views WHERE %s GROUP BY 1, 2)`, dimension, s.startups())}
	}
}

func handTimeseries(value string) func(slice) []string {
	return func(s slice) []string {
		step := fmt.Sprintf("(view_end - %d) // %d", s.from().UnixMilli(), s.step().Milliseconds())
		exact := fmt.Sprintf("SELECT %s, %s, count(*) FROM views WHERE %s GROUP BY 1 ORDER BY 1", step, value, s.startups())
		if value != median {
			return []string{exact}
		}
		return []string{exact, fmt.Sprintf(`SELECT max(c), sum(n) FROM (
			SELECT %s AS g, b_video_startup_time AS b, count(*) AS n, sum(n) OVER (PARTITION BY g ORDER BY b) AS c
			FROM views WHERE %s GROUP BY 1, 2)`, step, s.startups())}
	}
}

// step is that of a timeseries: hours, or days of a long timeframe.
func (s slice) step() time.Duration {
	if s.length > 7*day {
		return day
	}
	return time.Hour
}

// handInsights knows which dimensions have values.
func handInsights(value string) func(slice) []string {
	return func(s slice) []string {
		var sets []string
		for _, c := range columns {
			if d, ok := catalog.LookupDimension(c.name); ok && !d.Unbounded && c.name != "environment_id" {
				sets = append(sets, c.name)
			}
		}
		one := func(more, items string) string {
			return fmt.Sprintf("SELECT %s, %s, %s FROM views WHERE %s GROUP BY GROUPING SETS ((%s), (%s))",
				strings.Join(sets, ", "), items, sums, s.startups(), strings.TrimPrefix(more, ", "), strings.Join(sets, more+"), (")+more)
		}
		if value == median {
			return []string{"SELECT count(*), sum(n) FROM (" + one(", b_video_startup_time", "b_video_startup_time, count(*) AS n") + ")"}
		}
		return []string{one("", value+" AS v") + " ORDER BY v DESC LIMIT 1000"}
	}
}

// handComparison is three passes: counts of buckets, or exact quantiles, the
// other numbers, and those of the views that started in the timeframe.
func handComparison(s slice) []string {
	var exact, buckets, others []string
	for _, name := range []string{
		"video_startup_time", "player_startup_time", "page_load_time", "aggregate_startup_time", "view_content_startup_time",
		"ad_preroll_startup_time", "rebuffer_duration", "rebuffer_count", "upscale_percentage", "downscale_percentage",
		"max_upscale_percentage", "max_downscale_percentage", "weighted_average_bitrate", "live_stream_latency",
	} {
		low, high := 0.5, 0.95
		if name == "weighted_average_bitrate" {
			high = 0.05
		}
		exact = append(exact, fmt.Sprintf("quantile_cont(%s, [%g, %g])", name, low, high))
		buckets = append(buckets, sqlgen.BucketColumn(catalog.MustColumn(name)))
	}
	for _, name := range []string{
		"viewer_experience_score", "playback_success_score", "startup_time_score", "rebuffer_score", "video_quality_score",
		"upscale_percentage", "downscale_percentage",
	} {
		others = append(others, "avg("+name+")")
	}
	for _, name := range []string{
		"watch_time", "ad_error_count", "ad_attempt_count", "ad_break_error_count", "ad_break_count", "ad_startup_error_count",
		"ad_exit_before_start_count", "view_seek_duration", "view_seek_count", "rebuffer_duration", "rebuffer_count",
	} {
		others = append(others, "sum("+name+")")
	}
	for _, name := range []string{
		"playback_failure", "video_startup_failure", "exit_before_video_start", "view_dropped", "playback_business_exception", "video_startup_business_exception",
	} {
		others = append(others, "count(*) FILTER (WHERE "+name+")")
	}
	started := "SELECT count(*), count(DISTINCT viewer_key), sum(playing_time), sum(ad_attempt_count), avg(ad_attempt_count), " +
		"sum(ad_break_count), avg(ad_break_count), sum(ad_impression_count), avg(ad_impression_count) FROM views WHERE " + s.by("view_start")
	rest := "SELECT count(*), " + strings.Join(others, ", ") + " FROM views WHERE " + s.where()
	return []string{
		"SELECT " + strings.Join(exact, ", ") + ", " + strings.TrimPrefix(rest, "SELECT ") + separator + started,
		"SELECT coalesce(" + strings.Join(buckets, ", ") + ") AS b, count(*) FROM views WHERE " + s.where() +
			" GROUP BY GROUPING SETS ((" + strings.Join(buckets, "), (") + "))" + separator + rest + separator + started,
	}
}

// separator is between the statements of a plan.
const separator = ";\n"

func handValues(dimension string) func(slice) []string {
	return func(s slice) []string {
		return []string{fmt.Sprintf("SELECT %s, count(*), count(*) OVER () FROM views WHERE %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 25", dimension, s.where())}
	}
}

func handList(s slice) []string {
	return []string{`SELECT id, view_start, view_end, operating_system, browser, video_title, country, player_error_message, player_error_code,
		error_type_id, playback_failure, viewer_experience_score, watch_time FROM views WHERE ` + s.where() + " ORDER BY view_end DESC LIMIT 25" +
		separator + "SELECT count(*) FROM views WHERE " + s.where()}
}

func handView(id string) []string {
	return []string{"SELECT doc FROM timelines WHERE id = '" + id + "'::UUID"}
}
