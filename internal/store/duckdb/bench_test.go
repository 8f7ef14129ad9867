package duckdb

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

// BenchmarkCommit commits batches of 200 views, of which 60 were there before.
func BenchmarkCommit(b *testing.B) {
	s := openNew(b)
	var old []*view.View
	n := 0
	for b.Loop() {
		var batch view.Batch
		for _, v := range old {
			batch.Views = append(batch.Views, v)
			batch.Replaced = append(batch.Replaced, v.ID)
		}
		for len(batch.Views) < 200 {
			batch.Views = append(batch.Views, random(n))
			n++
		}
		batch.Progress.Read = int64(n)
		commit(b, s, batch)
		old = batch.Views[140:]
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "views/s")
}

// BenchmarkRead reads from 100,000 views: titles and countries ranked by a
// metric, the newest 25, and one by its id.
func BenchmarkRead(b *testing.B) {
	const count = 100_000
	s := openNew(b)
	for n := 0; n < count; {
		var batch view.Batch
		for range 10_000 {
			batch.Views = append(batch.Views, random(n))
			n++
		}
		commit(b, s, batch)
	}
	b.Run("breakdown", func(b *testing.B) {
		b.Run("median by country", func(b *testing.B) { breakdown(b, s, "country", "quantile(video_startup_time, 0.5)") })
		b.Run("median by title", func(b *testing.B) { breakdown(b, s, "video_title", "quantile(video_startup_time, 0.5)") })
		b.Run("ratio by title", func(b *testing.B) { breakdown(b, s, "video_title", "sum(rebuffer_duration) / sum(watch_time)") })
	})
	b.Run("list", func(b *testing.B) {
		p := &query.ListPlan{Scope: everything, Limit: 25}
		for _, name := range []string{"view_start", "view_end", "video_title", "country", "browser", "operating_system", "watch_time"} {
			p.Columns = append(p.Columns, catalog.MustColumn(name))
		}
		for b.Loop() {
			if r, err := s.List(b.Context(), p); err != nil || len(r.Views) != 25 || r.Total != count {
				b.Fatalf("%v, %v", r, err)
			}
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.View(b.Context(), "e", sample(rand.IntN(count), "").ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func breakdown(b *testing.B, s *Store, dimension, formula string) {
	d, _ := catalog.LookupDimension(dimension)
	p := &query.Plan{
		Scope:   everything,
		Values:  []expr.Node{expr.MustParse(formula), expr.MustParse("count()"), expr.MustParse("sum(watch_time)"), expr.MustParse("sum(playing_time)")},
		GroupBy: []*catalog.Dimension{d},
		Impact:  &query.Impact{Value: 0, Weight: 1},
		Order:   []query.Order{{By: 1, Descending: true}},
		Limit:   25,
	}
	for b.Loop() {
		if r, err := s.Aggregate(b.Context(), p); err != nil || len(r.Rows) != 25 {
			b.Fatalf("%v, %v", r, err)
		}
	}
}

// random is the n-th view with values like those of real ones.
func random(n int) *view.View {
	v := sample(n, fmt.Sprint("Title ", int(rand.ExpFloat64()*500)))
	text := func(name string, most int) {
		v.SetText(catalog.MustColumn(name), fmt.Sprint(name, int(rand.ExpFloat64()*float64(most)/5)%most))
	}
	text("country", 200)
	text("browser", 20)
	text("operating_system", 10)
	text("viewer_device_category", 5)
	text("player_software_version", 50)
	text("page_url", 5000)
	text("viewer_user_id", 50_000)
	text("mux_viewer_id", 50_000)
	watch := rand.ExpFloat64() * 300_000
	for name, value := range map[string]float64{
		"watch_time": watch, "playing_time": 0.95 * watch, "rebuffer_duration": 0.02 * watch, "rebuffer_count": float64(rand.IntN(5)),
		"video_startup_time": rand.ExpFloat64() * 1500, "viewer_key": float64(rand.IntN(50_000)), "viewer_experience_score": rand.Float64(),
		"startup_time_score": rand.Float64(), "rebuffer_score": rand.Float64(), "weighted_average_bitrate": rand.ExpFloat64() * 4e6,
	} {
		v.SetNumber(catalog.MustColumn(name), value)
	}
	return v
}
