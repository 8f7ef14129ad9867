package harness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Watching is one beacon of a viewer who began to watch some time ago and goes on:
// everything up to now, with one stall. The id of the view also is its title.
func Watching(key, id, cdn string, since time.Duration, now time.Time) Request {
	var events []map[string]any
	tell := func(at time.Time, name string) {
		events = append(events, map[string]any{
			"ake": key, "xid": id, "vtt": id, "vdn": cdn, "xsqno": len(events) + 1, "uti": at.UnixMilli(), "e": name,
		})
	}
	began := now.Add(-since)
	tell(began, "viewstart")
	tell(began, "play")
	tell(began.Add(time.Second), "playing")
	stall := began.Add(since / 2).Truncate(10 * time.Second)
	for at := began.Add(10 * time.Second); at.Before(now); at = at.Add(10 * time.Second) {
		tell(at, "hb")
		if at.Sub(stall).Abs() < 5*time.Second {
			tell(at.Add(time.Second), "rebufferstart")
			tell(at.Add(4*time.Second), "rebufferend")
			tell(at.Add(4*time.Second), "playing")
		}
	}
	tell(now, "hb")
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"transmission_timestamp": now.UnixMilli()}, "events": events})
	if err != nil {
		panic(err) // of texts and numbers
	}
	return Request{Received: now.UnixMilli(), Header: http.Header{"Content-Type": {"text/plain"}}, Body: body}
}

// RealtimeMetrics are the metrics that have a number at each tick.
var RealtimeMetrics = []string{
	"current-average-bitrate", "current-concurrent-viewers", "current-rebuffering-percentage",
	"exits-before-video-start", "playback-failure-percentage", "video-startup-failure-percentage",
}

// History is what a server answers about real time in the half hour up to a
// moment, by what it was asked: the same as long as nothing more is told of that
// time, whenever it is asked. Viewers is how many there were at all ticks together.
type History struct {
	Answers map[string]string
	Viewers int64
}

// AskHistory asks about the half hour up to a moment, which has to be settled and
// no more than ten minutes ago.
func AskHistory(s *Server, until time.Time) (History, error) {
	until = until.Truncate(5 * time.Second)
	h := History{Answers: map[string]string{}}
	unix := func(before time.Duration) string { return strconv.FormatInt(until.Add(-before).Unix(), 10) }
	for i, metric := range RealtimeMetrics {
		path := "/data/v1/monitoring/metrics/" + metric
		points, err := askHistory[[]struct {
			Viewers int64 `json:"concurrent_viewers"`
		}](s, h, path+"/timeseries", url.Values{"timestamp": {unix(1795 * time.Second)}})
		if err != nil {
			return h, err
		}
		for _, p := range points {
			h.Viewers += p.Viewers
		}
		dimension := []string{"cdn", "country", "video_title"}[i%3]
		for _, before := range []time.Duration{0, 5 * time.Minute, 20 * time.Minute} {
			if _, err := askHistory[[]any](s, h, path+"/breakdown", url.Values{"dimension": {dimension}, "timestamp": {unix(before)}}); err != nil {
				return h, err
			}
		}
		window := url.Values{"dimension": {dimension}, "timeframe[]": {unix(9 * time.Minute), unix(0)}, "limit": {"100"}}
		if _, err := askHistory[[]any](s, h, path+"/breakdown-timeseries", window); err != nil {
			return h, err
		}
	}
	return h, askMinutes(s, h, until)
}

// askHistory asks and keeps the answer, but for what tells the time of asking.
func askHistory[T any](s *Server, h History, path string, query url.Values) (data T, err error) {
	answer, err := Get[json.RawMessage](s, path, query)
	if err != nil {
		return data, err
	}
	question, err := url.QueryUnescape(path + "?" + query.Encode())
	if err != nil {
		return data, err
	}
	h.Answers[question] = fmt.Sprintf("%v %s", answer.Timeframe, answer.Data)
	return data, json.Unmarshal(answer.Data, &data)
}

// askMinutes asks for the histogram of startup times, which is always of the last
// half hour, and keeps those minutes of it that have been over at a moment, and are
// still told some minutes later.
func askMinutes(s *Server, h History, until time.Time) error {
	answer, err := Get[[]json.RawMessage](s, "/data/v1/monitoring/metrics/video-startup-time/histogram-timeseries", nil)
	if err != nil {
		return err
	}
	for _, minute := range answer.Data {
		var of struct{ Timestamp time.Time }
		if err := json.Unmarshal(minute, &of); err != nil {
			return err
		}
		if before := until.Sub(of.Timestamp); before >= time.Minute && before < 20*time.Minute {
			h.Answers["startup times of "+of.Timestamp.Format(time.TimeOnly)] = string(minute)
		}
	}
	return nil
}
