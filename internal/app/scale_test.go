package app

import (
	"fmt"
	"math"
	"net/url"
	"testing"
	"time"

	"playhead/e2e/harness"
	"playhead/internal/catalog"
)

// TestManyAlike sends each of some recorded views once under one title, and
// several times, under other ids, with another. What adds up over views is as
// many times more then, and all else is the same.
func TestManyAlike(t *testing.T) {
	const many = 5
	c, now := startForRecordings(t), time.Now()
	names := []string{"01_mp4_play_pause_seek_ended", "03_mp4_rebuffer", "07_hls_abr", "08_hls_failing_segments"}
	for _, name := range names {
		for i := range many + 1 {
			title := "many"
			if i == 0 {
				title = "one"
			}
			requests, err := harness.Record(t, name).Rewrite(now, func(event map[string]any) {
				event["xid"] = fmt.Sprint(event["xid"], i)
				if _, ok := event["vtt"]; ok {
					event["vtt"] = title
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			c.replay(t, requests)
		}
	}
	c.list(t, len(names)*(many+1))
	for i := range catalog.Metrics {
		m := &catalog.Metrics[i]
		for _, measurement := range m.Supported() {
			if measurement == catalog.P95 {
				continue // it is between two views, which are others where there are more
			}
			value := func(title string) float64 {
				params := url.Values{"measurement": {string(measurement)}, "filters[]": {"video_title:" + title}}
				got := get[struct{ Value *float64 }](t, c, "metrics/"+m.ID+"/overall", params)
				if got.Value == nil {
					return math.NaN()
				}
				return *got.Value
			}
			one, got := value("one"), value("many")
			want := one
			if measurement == catalog.Sum || m.ID == "views" {
				want = many * one
			}
			if math.IsNaN(one) != math.IsNaN(got) || math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Errorf("%s of %s: %v over %d times the views that have %v, want %v", measurement, m.ID, got, many, one, want)
			}
		}
	}
}
