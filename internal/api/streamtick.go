package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"

	"playhead/internal/catalog"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// selection is what a stream tells of.
type selection struct {
	ticks     *query.TickPlan
	startups  *query.HistogramPlan         // of the same viewers
	breakdown *query.RealtimeBreakdownPlan // nil: not asked for
}

// selectStream checks what a stream is asked for. Ticks are the same for all metrics.
func selectStream(r query.Request) (*selection, error) {
	r.Metric = "video-startup-time"
	startups, err := query.RealtimeHistogram(r)
	if err != nil {
		return nil, err
	}
	r.Metric = "current-concurrent-viewers" // or any other
	series, err := query.RealtimeTimeseries(r)
	if err != nil {
		return nil, err
	}
	s := &selection{ticks: series.Ticks, startups: startups}
	if r.Dimension == "" {
		return s, nil
	}
	if s.breakdown, err = query.RealtimeBreakdown(r); err == nil {
		s.breakdown.Limit = maxStreamGroups
	}
	return s, err
}

// key is the same for selections that are told the same.
func (s *selection) key() (string, error) {
	of := *s.ticks
	of.From, of.To = 0, 0
	if s.breakdown != nil {
		of.GroupBy = s.breakdown.Ticks.GroupBy
	}
	text, err := json.Marshal(of)
	return string(text), err
}

// news finds the rows of a selection from a tick to another one, in ms since 1970.
func (s *server) news(ctx context.Context, of *selection, from, to int64) (all news, err error) {
	if all.points, err = s.tickPoints(ctx, of, from, to); err != nil {
		return news{}, err
	}
	if len(all.points) > 0 && all.points[0].at > from {
		all.gone = all.points[0].at
	}
	if all.starts, err = s.tickStarts(ctx, of, from, to); err != nil {
		return news{}, err
	}
	if of.breakdown != nil {
		all.groups, err = s.tickGroups(ctx, of, to)
	}
	return all, err
}

// tickPoints are the ticks, of which there may be fewer where the history begins
// later.
func (s *server) tickPoints(ctx context.Context, of *selection, from, to int64) ([]told, error) {
	p := *of.ticks
	p.From, p.To = from, to
	ticks, err := (&query.RealtimePlan{Ticks: &p}).Points(ctx, s.Realtime)
	if err != nil {
		return nil, err
	}
	points := make([]told, len(ticks))
	for i := range ticks {
		t, at := &ticks[i], p.From+int64(i)*query.TickEvery
		text, err := encode(streamPoint{instant(float64(at)), t.Concurrent, t.StartingUp, t.StartAttempts, valuesOf(t)})
		if err != nil {
			return nil, err
		}
		points[i] = told{at: at, text: text}
	}
	return points, nil
}

// tickStarts are the minutes that the ticks are in, but those that a histogram
// has not any more. There may be fewer, too.
func (s *server) tickStarts(ctx context.Context, of *selection, from, to int64) ([]told, error) {
	ticks := *of.startups.Ticks
	ticks.From, ticks.To = max(from-from%minute, oldestMinute(to)), to
	minutes, err := (&query.HistogramPlan{Ticks: &ticks}).Minutes(ctx, s.Realtime)
	if err != nil {
		return nil, err
	}
	starts := make([]told, len(minutes))
	for i := range minutes {
		text, err := encode(histogramMinuteOf(&minutes[i]))
		if err != nil {
			return nil, err
		}
		starts[i] = told{at: minutes[i].At, text: text}
	}
	return starts, nil
}

// oldestMinute is the first minute of a histogram up to a tick.
func oldestMinute(tick int64) int64 { return tick - tick%minute - (query.HistogramMinutes-1)*minute }

// tickGroups is the breakdown of a tick.
func (s *server) tickGroups(ctx context.Context, of *selection, tick int64) ([]byte, error) {
	p, ticks := *of.breakdown, *of.breakdown.Ticks
	ticks.From, ticks.To = tick, tick
	p.Ticks = &ticks
	rows, _, err := p.Point(ctx, s.Realtime)
	if err != nil {
		return nil, err
	}
	groups := make([]streamGroup, len(rows))
	for i, r := range rows {
		groups[i] = streamGroup{text(r.Value), cmp.Or(r.Label, r.Value), r.Tick.Concurrent, r.Tick.StartingUp, r.Tick.StartAttempts, valuesOf(r.Tick)}
	}
	return encode(groups)
}

// tickValues are all metrics of a tick that have a formula, in the order of the
// catalogue. Nil is null.
type tickValues []*float64

func valuesOf(t *query.Tick) (values tickValues) {
	for _, v := range query.RealtimeValues(t) {
		values = append(values, number(v))
	}
	return values
}

// MarshalJSON implements json.Marshaler.
func (v tickValues) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for i, id := range tickMetrics {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(v[i])
		if err != nil {
			return nil, err
		}
		b.WriteString(`"` + id + `":`)
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Describe implements openapi.Describer.
func (tickValues) Describe(*openapi.Schemas) *openapi.Schema {
	o := &openapi.Schema{Type: openapi.Types{"object"}, Required: tickMetrics}
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; m.Node() != nil {
			o.Properties.Set(m.ID, &openapi.Schema{Type: openapi.Types{"number", "null"}, Format: "double", Description: m.Doc})
		}
	}
	return o
}

// tickMetrics are their ids.
var tickMetrics = func() (ids []string) {
	for i := range catalog.RealtimeMetrics {
		if m := &catalog.RealtimeMetrics[i]; m.Node() != nil {
			ids = append(ids, m.ID)
		}
	}
	return ids
}()
