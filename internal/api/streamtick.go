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
	if all.starts, err = s.tickStarts(ctx, of, from, to); err != nil {
		return news{}, err
	}
	if of.breakdown != nil {
		all.groups, err = s.tickGroups(ctx, of, to)
	}
	return all, err
}

// tickPoints are the ticks.
func (s *server) tickPoints(ctx context.Context, of *selection, from, to int64) ([]told, error) {
	p := *of.ticks
	p.From, p.To = from, to
	ticks, err := (&query.RealtimePlan{Ticks: &p}).Points(ctx, s.Realtime)
	if err != nil {
		return nil, err
	}
	points := make([]told, len(ticks))
	for i := range ticks {
		t, at := &ticks[i], from+int64(i)*query.TickEvery
		text, err := encode(streamPoint{instant(float64(at)), t.Concurrent, t.StartingUp, valuesOf(t)})
		if err != nil {
			return nil, err
		}
		points[i] = told{at: at, text: text}
	}
	return points, nil
}

// tickStarts are the minutes that the ticks are in.
func (s *server) tickStarts(ctx context.Context, of *selection, from, to int64) ([]told, error) {
	ticks, first := *of.startups.Ticks, from-from%minute
	ticks.From, ticks.To = first, to
	p := query.HistogramPlan{Ticks: &ticks, Start: to - to%minute - (query.HistogramMinutes-1)*minute}
	minutes, err := p.Minutes(ctx, s.Realtime)
	if err != nil {
		return nil, err
	}
	var starts []told
	for i := range minutes {
		if minutes[i].At < first {
			continue // these were not asked for
		}
		text, err := encode(histogramMinuteOf(&minutes[i]))
		if err != nil {
			return nil, err
		}
		starts = append(starts, told{at: minutes[i].At, text: text})
	}
	return starts, nil
}

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
		groups[i] = streamGroup{text(r.Value), cmp.Or(r.Label, r.Value), r.Tick.Concurrent, r.Tick.StartingUp, valuesOf(r.Tick)}
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
