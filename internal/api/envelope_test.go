package api

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"testing"

	"playhead/internal/query"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		v                          float64
		number, integer, integer32 string
	}{
		{0, "0", "0", "0"},
		{0.5, "0.5", "1", "1"},
		{-3, "-3", "-3", "-3"},
		{513934, "513934", "513934", "513934"},
		{0.7999999999999999, "0.7999999999999999", "1", "1"},
		{2.9999999999999996, "2.9999999999999996", "3", "3"},
		{2147483647, "2147483647", "2147483647", "2147483647"}, // 2^31 - 1
		{2147483648, "2147483648", "2147483648", "null"},
		{9007199254740991, "9007199254740991", "9007199254740991", "null"}, // 2^53 - 1
		{math.NaN(), "null", "null", "null"},
		{math.Inf(1), "null", "null", "null"},
		{math.Inf(-1), "null", "null", "null"},
	} {
		n, err := json.Marshal(number(tt.v))
		if err != nil || string(n) != tt.number {
			t.Errorf("number(%v) is %s, %v; want %s", tt.v, n, err, tt.number)
		}
		i, err := json.Marshal(integer(tt.v))
		if err != nil || string(i) != tt.integer {
			t.Errorf("integer(%v) is %s, %v; want %s", tt.v, i, err, tt.integer)
		}
		small, err := json.Marshal(integer32(tt.v))
		if err != nil || string(small) != tt.integer32 {
			t.Errorf("integer32(%v) is %s, %v; want %s", tt.v, small, err, tt.integer32)
		}
	}
}

// bucketing answers as another engine does, from buckets.
type bucketing struct{ query.Engine }

func (e bucketing) Aggregate(ctx context.Context, p *query.Plan) (*query.Result, error) {
	r, err := e.Engine.Aggregate(ctx, p)
	if err == nil {
		r.Bucketed = true
	}
	return r, err
}

func TestBucketsAreTold(t *testing.T) {
	exact := stored(t, fourViews(t)...)
	for engine, want := range map[query.Engine]bool{exact: false, bucketing{exact}: true} {
		h := newAPI(t, engine)
		for _, target := range []string{
			"comparison", "video_startup_time/overall", "video_startup_time/breakdown", "video_startup_time/insights", "video_startup_time/timeseries",
		} {
			var body struct{ Meta struct{ Bucketed bool } }
			w := get(t, h, "/data/v1/metrics/"+target)
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK || body.Meta.Bucketed != want {
				t.Errorf("%s: status %d: %s; want bucketed: %t", target, w.Code, w.Body, want)
			}
		}
	}
}
