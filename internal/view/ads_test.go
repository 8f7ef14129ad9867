package view_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// TestAdsAndContentAreTheWhole draws views: what was watched and played in ads and outside
// is all that was; without ads none of it was in ads; and the types of ads add up to
// what they played, or to more where the SDK tells less of the whole view.
func TestAdsAndContentAreTheWhole(t *testing.T) {
	views := events(t)
	rapid.Check(t, func(t *rapid.T) {
		list := views.Draw(t, "events")
		v := fold(list).Summary(status(t))
		number := func(name string) float64 {
			n, ok := v.Number(catalog.MustColumn(name))
			if !ok {
				return math.NaN()
			}
			return n
		}
		for _, of := range [...][3]string{
			{"watch_time", "ad_watch_time", "view_content_watch_time"}, {"playing_time", "ad_playing_time", "view_content_playing_time"},
		} {
			whole, ads, content := number(of[0]), number(of[1]), number(of[2])
			if math.IsNaN(whole) {
				continue // absurd
			}
			if ads+content != whole || ads < 0 || content < 0 {
				t.Fatalf("%s is %v, of which %v in ads and %v outside", of[0], whole, ads, content)
			}
		}
		ads := false
		for i := range list {
			ads = ads || strings.HasPrefix(string(list[i].Kind), "ad")
		}
		types := v.Elements(catalog.MustColumn("ad_type_playing_times"))
		if !ads && (number("ad_watch_time") > 0 || number("ad_playing_time") > 0 || len(types) > 0) {
			t.Fatalf("without ads %v was watched, %v played, of %q", number("ad_watch_time"), number("ad_playing_time"), types)
		}
		sum := 0.0
		for _, e := range types {
			parts := view.SplitParts(e)
			ms, err := strconv.ParseFloat(parts[1], 64)
			if err != nil || parts[0] == "" {
				t.Fatalf("ads of a type are %q", e)
			}
			sum += ms
		}
		played, whole := number("ad_playing_time"), number("playing_time")
		if whole == whole && played != min(sum, whole) {
			t.Fatalf("ads played %v ms of %v, and of their types %q", played, whole, types)
		}
	})
}
