package duckdb

import (
	"fmt"
	"testing"
)

// BenchmarkWatches reads what viewers were doing in 200,000 views of a day. One
// operation is one view.
func BenchmarkWatches(b *testing.B) {
	const count = 200_000
	s := openNew(b)
	fillWatched(b, s, count)
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; {
		for w, err := range s.Watches(b.Context(), noon) {
			if err != nil {
				b.Fatal(err)
			}
			if len(w.Spans) == 0 {
				b.Fatal("a view without activities")
			}
			if n++; n == b.N {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
}

// fillWatched stores views that ended evenly over a day, with about ten
// activities each.
func fillWatched(b *testing.B, s *Store, count int) {
	b.Helper()
	element := func(n int) string {
		return fmt.Sprintf("concat_ws(chr(30), %d + i %% 1000, %s, 2500000 + i %% 7 * 500000, '', '')", 1000*n, []string{"'playing'", "'rebuffering'", "'paused'"}[n%3])
	}
	activities := fmt.Sprintf("chr(31) || concat_ws(chr(30), %d + i * 86400000 // %d, 'starting', '', 'northlight', '')", noon, count)
	for n := range 9 {
		activities += " || chr(31) || " + element(n+1)
	}
	text := fmt.Sprintf(`INSERT INTO views (id, environment_id, view_end, view_start, watch_time, activities, asn, asn_name, country, country_name, operating_system,
		player_name, region, stream_type, video_series, video_title, view_has_ad, viewer_user_id, browser)
		SELECT uuid(), 'e', %d + i * 86400000 // %d, %d, 1, %s, 3320 + i %% 50, 'Some Network ' || i %% 50, 'C' || i %% 40, 'Country ' || i %% 40, 'OS ' || i %% 8,
		'Player ' || i %% 5, 'Region ' || i %% 80, 'on-demand', 'Series ' || i %% 100, 'Title ' || i %% 1000, i %% 3 = 0, 'u' || i, 'b' || i %% 5
		FROM range(%d) t(i)`, noon, count, noon, activities+" || chr(31)", count)
	err := s.use("fill", func(db *database) error {
		if _, err := db.pool.ExecContext(b.Context(), text); err != nil {
			return err
		}
		_, err := db.pool.ExecContext(b.Context(), "CHECKPOINT")
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
