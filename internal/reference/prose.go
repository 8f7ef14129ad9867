package reference

import (
	"html/template"
	"strings"
)

// Chapter is what holds for all operations. Texts mark what is typed with
// backticks.
type Chapter struct {
	ID, Title string
	Text      []string
	Rows      [][2]string // what is written, and what it means
}

// Choice is something that the API that ours is compatible with does not tell.
type Choice struct{ Question, Choice string }

// rich is a text with backticks in HTML.
func rich(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(template.HTMLEscapeString(text), "`") {
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return template.HTML(b.String()) //nolint:gosec // it is escaped
}

var chapters = []Chapter{
	{
		ID: "requests", Title: "Requests",
		Text: []string{
			"Every operation but `/counts` and the files of `/exports` needs a token: its id and secret as user name and password of HTTP Basic, or as `Authorization: Bearer ID:SECRET`, in plain or in base64. A token is of one environment and sees the views of that one alone; its permissions are among `data:read`, `data:write`, `system:read` and `system:write`.",
			"A page in a browser signs in instead, with `PUT /session`: a cookie, which no script can read, then stands for the token. With it, what changes something must come from a page of the server's own origin. A page sends `X-Requested-With` with any value, or the browser asks the user for a password when the session has ended.",
			"The examples below expect the address of the server in `PLAYHEAD` and a token, `ID:SECRET`, in `TOKEN`.",
			"Parameters are in the query string. Arrays are repeated, `name[]=a&name[]=b`; the brackets may be left out. Of anything else that is repeated the last one counts. Parameters that an operation does not have are ignored. Bodies are objects in JSON; members that are not known are ignored.",
		},
	},
	{
		ID: "answers", Title: "Answers",
		Text: []string{
			"Answers are JSON: `data`, which the operations below describe, beside `total_row_count`, the rows of all pages together, and `timeframe`, what the answer is about in seconds since 1970. Metrics also have `meta`.",
			"Whole numbers are written without fraction and exponent. Times are in UTC, in ISO 8601 and whole seconds. Durations are in ms, bitrates in bit/s, percentages and scores are fractions from 0 to 1. In the list of views scores are numbers; in the view itself scores, percentages and positions are numbers in a text.",
			"Every answer has the header `X-Request-Id`, by which the server's log knows the request.",
		},
	},
	{
		ID: "pages", Title: "Pages",
		Text: []string{
			"`limit` is the rows of a page, from 1 to 1,000, and `page` its number from 1. A page past the end is empty, not an error: a client may ask until one is.",
		},
	},
	{
		ID: "limits", Title: "Rate limits",
		Text: []string{
			"There are none unless the server is started with `--rate-limit`, requests a second of each token, and `--rate-limit-burst`, requests at once. Then answers have `X-RateLimit-Limit` and `X-RateLimit-Remaining`; what is too much is 429 with `Retry-After`, and its messages are in `errors`, too.",
		},
	},
	{
		ID: "timeframes", Title: "Timeframes",
		Text: []string{
			"A view is in a timeframe when its time is: from the start on, and before the end. Which time counts depends on the metric, and `meta.aggregation` tells it: the end of the view (`view_end`) for quality, its start (`view_start`) for what counts viewing. Lists, errors and values of dimensions go by the end.",
		},
		Rows: [][2]string{
			{"timeframe[]=24:hours", "the last 24 hours, which is also the default; units are seconds, minutes, hours, days and weeks"},
			{"timeframe[]=1777887000&timeframe[]=1777896000", "from the first to before the second, in seconds since 1970"},
		},
	},
	{
		ID: "filters", Title: "Filters",
		Text: []string{
			"Values are compared whole and with the case of their letters. Filters of different dimensions must all hold. Of the same dimension, one of the wanted values must be there, and none of the refused ones. A value may hold colons: the first one ends the name. A plus sign must be escaped as `%2B`, though a space in its place is understood.",
		},
		Rows: [][2]string{
			{"filters[]=country:US", "the value is US"},
			{"filters[]=!country:US", "it is anything else, or not known"},
			{"filters[]=country:", "it is not known"},
			{"filters[]=!country:", "it is known"},
			{"filters[]=%2Bvideo_cdn_trace:fastly", "the sequence has the element"},
			{"filters[]=-video_cdn_trace:fastly", "it does not"},
			{"filters[]=video_cdn_trace:[fastly,akamai]", "it is exactly this"},
			{"filters[]=video_cdn_trace:[]", "it is empty"},
			{"metric_filters[]=video_startup_time>=1000", "the view's own value of a metric; also with <=, >, < and =. Views without a value are left out. Not by " + unfiltered + ", which single views do not have"},
		},
	},
	{
		ID: "streams", Title: "Streams",
		Text: []string{
			"`/data/v1/monitoring/stream` is for dashboards: an answer that goes on, of server-sent events (`text/event-stream`) whose `data` are one line of JSON. The token is sent as with any other request; browsers' `EventSource` cannot, `fetch` can.",
			"The first event is a `snapshot` of half an hour: a client forgets what it had and keeps this. After each tick comes an event `tick` with the new point, and with those that are not as they were told before: a client replaces points by `date` and minutes by `timestamp`, and takes `breakdown` whole. What players tell within half a minute is in the next event, what they tell later in one a minute later at most. The numbers are those that the other operations answer at the time of the event.",
			"A client that was cut off comes again after the two seconds of `retry` and sends the `id` that it had last as the header `Last-Event-ID`: it is told what it has missed, or with a `snapshot` everything, if the server does not know that any more. Ids begin with the tick in seconds since 1970. Lines that begin with a colon mean nothing.",
			"A stream ends when the server stops, when its token is not valid any more (it is looked at with each event), and when its client does not take an event within 15 seconds. There are limits of how many streams are open, of the server and of an environment, and of how many different selections they have: beyond, the answer is 503 or 429.",
		},
	},
}

const unfiltered = "`views`, `unique_viewers`, `exits_before_video_start`, `video_startup_failure_percentage` and `view_dropped_percentage`"

// choices are in the order of the chapters.
var choices = []Choice{
	{"Unknown names", "An unknown metric, dimension or view in a path is 404, in a parameter 400; both name what was sent and the names that are most like it. An unknown path is 404 before the token is looked at."},
	{"Limits", "`limit` is from 1 to 1,000; anything else is 400, not another limit in its place. `total_row_count` is a number wherever there is something to count."},
	{"Edges of timeframes", "The start is in the timeframe, the end is not. Steps of timeseries begin at full minutes, ten minutes, hours or days of UTC: the first and the last one may be cut off by the timeframe. Empty steps are there with nulls. At most 5,000 steps are answered."},
	{"Nothing to compute from", "Counts and sums of nothing are 0. Averages, percentiles, ratios and scores of nothing are null, in `overall` and `comparison` too, where the published types do not expect it: a number would be made up."},
	{"Measurements", "Each metric has those that make sense, listed with it; any other is 400 and names them. Ratios such as `rebuffer_percentage` are ratios of sums, not means of the ratios of views. Percentiles interpolate between the nearest ranks. Where more than a million values would have to be kept for that, they are read from buckets of values: of many values off by less than 0.25 % (fractions and scores by less than 0.0005), of few by less than a bucket, which `meta.bucketed` tells."},
	{"The 95th of what should be high", "The worst five per cent: of a metric of which higher values are better, `95th` is the 5th percentile."},
	{"Metrics by the start of a view", "`views`, `unique_viewers`, `playing_time`, `ad_attempt_count`, `ad_break_count` and `ad_impression_count`; all others go by its end."},
	{"The older names of metrics", "`playback_failure_score` and the names that the published defaults use are aliases, listed with each metric."},
	{"`global_value`", "Always null: there are no other customers here to compare with."},
	{"Breakdowns", "By country unless `group_by` says otherwise, most views first. `views` of a row counts those that have a value of the metric. Views whose value of the dimension is not known are a row of their own, `field` null. Dimensions are the union of all that are published anywhere."},
	{"`negative_impact`", "A rank over all groups, not over a page. Rank 1 has the largest harm: views of the group × how bad its value is. Bad is the value itself where lower is better, what a score lacks to 1, and for other metrics what the group lacks to the best one. Equal harm: more views first. Groups without a value come last."},
	{"`negative_impact_score` of insights", "Views of the group × how much better than all views it is, in the unit of the metric: the more below 0, the worse. The worst come first, whatever `order_direction`. Dimensions whose values name single viewers, sessions or pages are left out; `limit` is 1,000 by default. `filter_value` is as filters spell it: empty where it is not known."},
	{"Elements of sequences", "They count as often as they come: twice in a view whose sequence has them twice. Only sequences have elements; of other dimensions they are 400."},
	{"Errors", "An error type is a code and a message, and its id a hash of both from 1 to 2³¹−1, the same for ever. `percentage` is the fraction of all views of the timeframe that had it. Warnings and business exceptions are listed too; `severity` and `business_exception` are ours, and an operator can set both for a code: otherwise they are what most views say, or the worse of what as many say. `last_seen` is the end of the last view that had it; `description` tells what the codes 1 to 4 of HTML mean; the 1,000 most frequent types are answered. `error_id` of the list of views finds those that had an error of that type, a warning too; `any` finds those with a fatal error. The error fields of a view are those of its last fatal error."},
	{"Ids of views", "Ours, opaque, and ascending with time. `view_id` of the list finds a view by the id that the player's SDK gave it."},
	{"Views in progress", "A view is complete when the player ends it, or after `--view-complete-after` of silence; until `--view-final-after` later events still change it. Lists and metrics have complete views. `in_progress=true` lists the others, and by its id a view in progress is answered as far as it is known."},
	{"Exits and failures", "An exit before the start asked for playback and left without a first frame and without a fatal error. A business exception is no failure: before the first frame it has no success score, after it the score is 1."},
	{"The overall score", "How the components make it is not published. Ours is playback success × (0.4067 smoothness + 0.3433 startup + 0.25 quality); components without a value are left out and the rest is weighted anew. The weights are settings."},
	{"Live latency", "By the corrected clock of the player, without samples more than five minutes behind."},
	{"Incidents", "How they are found, and when they close, is in `docs/incidents.md`. They do not depend on a timeframe; those that began last come first by default. `negative_impact` and `views` both sort by the affected views, `field` by `incident_key`. `breakdowns[].id` is null and `notification_rules` is empty, as in all that is published; `notifications` are those that have been tried. Related ones are about the same value of a dimension (what explains them best counts, too), or less than an hour lies between them: those with the most values in common come first, then those that began nearest. `opened_at`, `closed_at`, `current_value`, `peak_value`, `causes` and `rule` are ours, as are rules and channels."},
	{"Engagement", "From the ranges of the content that players report as played. A heatmap has a part for each second, but 10 to 1,000; its values are the share of the views that played the part. The content is as long as half of the views say at least, or else as long as what was played. Hotspots are what is above the mean and among the quarter that most views played, cold spots what is below it and among the quarter that fewest played; where all was played as often there are none. Of a content that is not known nothing was played: `total_views` is 0."},
	{"Real-time numbers", "Who counts where and when is a table of its own, with every constant: `docs/reference/realtime.md`, on the page of the reference the chapter on who counts in real time. Breakdowns are by `asn` unless `dimension` says otherwise, most concurrent viewers first. `negative_impact` weighs by what the metric divides by. `timeframe` of a breakdown is the moment of its numbers, twice; that of a timeseries or histogram is the first and the last point. `display_value` is the name of the network or the country, of other dimensions the value itself, and left out where the value is not known. `meta.settled_through` is ours."},
	{"Exports", "What columns mean is in `docs/exports.md`. A day is listed once it is over and its views are final; days that never had a view are not listed. `files` of a day has CSV first, then the other formats; `rows`, `bytes` and `sha256` are ours. URLs are signed by this server, for one file and an hour, by GET and HEAD, and lead to `--public-url` or to the host that the list was asked at; where files are in object storage, that signs them. `exports/query`, with the header `Playhead-Rows` for how many views come, is ours."},
	{"Subviews", "Playing time goes by the start of views, as the metric does; the parts add up to it. Values that rows are grouped by are joined with ` / `; one that is not known is `__empty__`, and so are filters for it. Where a rendition has a property of its own, filters and comparisons mean that and not the view's. A step of the timeseries is complete once views that ended in it change no more: `--view-final-after`. `breakdown_value_limit` is 10 by default and 100 at the most; `time_granularity` is hour up to 15 days, day beyond."},
}
