package api

import (
	"cmp"
	"context"

	"playhead/internal/catalog"
	"playhead/internal/query"
)

// nameRow is something that the API has, and what people call it.
type nameRow struct {
	Name    string `json:"name" doc:"in paths and parameters"`
	Display string `json:"display_name" doc:"for people"`
}

// realtimeRow is a real-time metric for one value of a dimension at a moment.
type realtimeRow struct {
	Value      *string  `json:"value" doc:"value of the dimension: a text for dimensions of every kind, null where it is not known"`
	Impact     int64    `json:"negative_impact" doc:"rank among all groups, from 1, the one that hurts the metric most"`
	Metric     *float64 `json:"metric_value" doc:"of the metric; null where there is nothing to compute it from"`
	Display    string   `json:"display_value,omitempty" doc:"what people call the value: the name of the network or the country, else the value itself; left out where it is not known"`
	Concurrent int64    `json:"concurrent_viewers" doc:"viewers of the group who are watching, or have just failed"`
	StartingUp int64    `json:"starting_up_viewers" doc:"of them those who wait for the first frame"`
}

// realtimeStep is a moment of a breakdown over time.
type realtimeStep struct {
	Values []realtimeValue `json:"values" doc:"one for each value of the dimension"`
	Date   string          `json:"date" format:"date-time" doc:"the moment"`
}

// realtimeValue is a real-time metric for one value of a dimension.
type realtimeValue struct {
	Value      *string  `json:"value" doc:"value of the dimension; null where it is not known"`
	Metric     *float64 `json:"metric_value" doc:"of the metric; null where there is nothing to compute it from"`
	Concurrent int64    `json:"concurrent_viewers" doc:"viewers of the group who are watching, or have just failed"`
	StartingUp int64    `json:"starting_up_viewers" doc:"of them those who wait for the first frame"`
}

// realtimePoint is a real-time metric at a moment.
type realtimePoint struct {
	Value      *float64 `json:"value" doc:"of the metric; null where there is nothing to compute it from"`
	Date       string   `json:"date" format:"date-time" doc:"the moment"`
	Concurrent int64    `json:"concurrent_viewers" doc:"viewers who are watching, or have just failed"`
}

// histogramMinute is the first frames of a minute.
type histogramMinute struct {
	Timestamp string            `json:"timestamp" format:"date-time" doc:"when the minute begins"`
	Sum       int64             `json:"sum" doc:"first frames in the minute"`
	P95       *float64          `json:"p95" doc:"95th percentile of their startup times, in ms; null without any"`
	Median    *float64          `json:"median" doc:"median of their startup times, in ms; null without any"`
	MaxShare  float64           `json:"max_percentage" doc:"the share of the fullest bucket, from 0 to 1"`
	Buckets   []histogramBucket `json:"bucket_values" doc:"one for each bucket"`
	Average   *float64          `json:"average" doc:"mean of their startup times, in ms; null without any"`
}

// histogramBucket is the first frames of a minute with similar startup times.
type histogramBucket struct {
	Share float64 `json:"percentage" doc:"which part of the minute's first frames, from 0 to 1"`
	Count int64   `json:"count" doc:"first frames"`
}

// realtimeMeta tells how far real-time numbers can be relied on.
type realtimeMeta struct {
	SettledThrough string `json:"settled_through" format:"date-time" doc:"until when numbers do not change any more, unless players are late; a member of our own"`
}

// histogramMeta tells what the buckets of a histogram are.
type histogramMeta struct {
	Unit    string       `json:"bucket_unit" enum:"milliseconds" doc:"the unit of the buckets"`
	Buckets []bucketEdge `json:"buckets" doc:"in the order of the counts"`
	realtimeMeta
}

// bucketEdge is what startup times a bucket has.
type bucketEdge struct {
	Start int64  `json:"start" doc:"the shortest one"`
	End   *int64 `json:"end" doc:"the first one that is too long; null: there is none"`
}

// startupBuckets are the buckets of startup times.
func startupBuckets() (edges []bucketEdge) {
	for i, start := range query.StartupBounds {
		edge := bucketEdge{Start: start}
		if i+1 < len(query.StartupBounds) {
			edge.End = &query.StartupBounds[i+1]
		}
		edges = append(edges, edge)
	}
	return edges
}

func realtimeMetaOf(c *call) realtimeMeta {
	return realtimeMeta{instant(float64(query.SettledTick(c.query.Known)))}
}

func (s *server) realtimeDimensions(c *call) (any, error) {
	var data []nameRow
	for _, d := range catalog.RealtimeDimensions {
		if !(c.query.Older && d.Newer) {
			data = append(data, nameRow{d.Name, d.Title})
		}
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) realtimeMetrics(c *call) (any, error) {
	var data []nameRow
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; !(c.query.Older && m.Newer) {
			data = append(data, nameRow{m.ID, m.Title})
		}
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}

func (s *server) realtimeTimeseries(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.RealtimeTimeseries(c.query)
	if err != nil {
		return nil, err
	}
	ticks, err := p.Points(c, s.Realtime)
	if err != nil {
		return nil, err
	}
	data := make([]realtimePoint, len(ticks))
	for i := range ticks {
		data[i] = realtimePoint{
			Value:      number(query.RealtimeValue(p.Metric, &ticks[i])),
			Date:       instant(float64(p.Ticks.From + int64(i)*query.TickEvery)),
			Concurrent: ticks[i].Concurrent,
		}
	}
	return envelope{
		Data: data, Total: rows(len(data)), Timeframe: [2]int64{p.Ticks.From / 1000, p.Ticks.To / 1000}, Meta: realtimeMetaOf(c),
	}, nil
}

func (s *server) realtimeBreakdown(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.RealtimeBreakdown(c.query)
	if err != nil {
		return nil, err
	}
	found, total, err := p.Point(c, s.Realtime)
	if err != nil {
		return nil, err
	}
	data := make([]realtimeRow, len(found))
	for i, r := range found {
		data[i] = realtimeRow{
			Value: text(r.Value), Impact: int64(r.Rank), Metric: number(r.Metric), Display: cmp.Or(r.Label, r.Value),
			Concurrent: r.Tick.Concurrent, StartingUp: r.Tick.StartingUp,
		}
	}
	return envelope{Data: data, Total: rows(total), Timeframe: bounds(p.Timeframe), Meta: realtimeMetaOf(c)}, nil
}

func (s *server) realtimeBreakdownTimeseries(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.RealtimeBreakdownTimeseries(c.query)
	if err != nil {
		return nil, err
	}
	data := []realtimeStep{}
	err = p.Steps(c, s.Realtime, func(tick int64, found []query.RealtimeRow, _ int) {
		step := realtimeStep{Date: instant(float64(tick)), Values: make([]realtimeValue, len(found))}
		for i, r := range found {
			step.Values[i] = realtimeValue{
				Value: text(r.Value), Metric: number(r.Metric), Concurrent: r.Tick.Concurrent, StartingUp: r.Tick.StartingUp,
			}
		}
		data = append(data, step)
	})
	if err != nil {
		return nil, err
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: bounds(p.Timeframe), Meta: realtimeMetaOf(c)}, nil
}

func (s *server) realtimeHistogram(c *call) (any, error) {
	c.query.Metric = c.id
	p, err := query.RealtimeHistogram(c.query)
	if err != nil {
		return nil, err
	}
	minutes, err := p.Minutes(c, s.Realtime)
	if err != nil {
		return nil, err
	}
	data := make([]histogramMinute, len(minutes))
	for i := range minutes {
		data[i] = histogramMinuteOf(&minutes[i])
	}
	meta := histogramMeta{Unit: "milliseconds", Buckets: startupBuckets(), realtimeMeta: realtimeMetaOf(c)}
	frame := [2]int64{minutes[0].At / 1000, minutes[len(minutes)-1].At / 1000}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: frame, Meta: meta}, nil
}

// histogramMinuteOf writes a minute.
func histogramMinuteOf(m *query.StartupMinute) histogramMinute {
	row := histogramMinute{
		Timestamp: instant(float64(m.At)), Sum: m.Count, P95: number(m.P95), Median: number(m.Median), Average: number(m.Mean),
		MaxShare: m.MaxShare(), Buckets: make([]histogramBucket, len(m.Counts)),
	}
	for i, n := range m.Counts {
		row.Buckets[i] = histogramBucket{Share: m.Share(n), Count: n}
	}
	return row
}

// nobody is the Realtime of an API without viewers.
type nobody struct{}

func (nobody) Ticks(_ context.Context, p *query.TickPlan) (*query.Ticks, error) {
	ticks := &query.Ticks{From: p.From}
	if p.GroupBy == query.NoGroups {
		ticks.Groups = []query.TickGroup{{Ticks: make([]query.Tick, p.Count())}}
	}
	return ticks, nil
}

func (nobody) Startups(context.Context, *query.TickPlan) ([]query.Startup, error) { return nil, nil }
