package daily

import (
	"strings"
	"testing"
	"time"

	"playhead/internal/export"
	"playhead/internal/meta"
)

// TestJudge goes through the times of the third of October, of which events begin to be
// deleted on the seventeenth, views on the first of November, and files on the eleventh.
func TestJudge(t *testing.T) {
	rules := Rules{
		Formats: []export.Format{export.CSV, export.Parquet}, Version: 17, Retention: 7 * 24 * time.Hour, FinalAfter: time.Hour,
		ViewRetention: 28 * 24 * time.Hour, EventRetention: 14 * 24 * time.Hour,
	}
	long := rules
	long.Retention = 1000 * 24 * time.Hour
	issued := func(made string, views, changed int64) *meta.ExportDay {
		return &meta.ExportDay{Version: 17, MadeAt: at(t, made), Views: views, Changed: changed, Files: []meta.ExportFile{{Format: "parquet"}, {Format: "csv"}}}
	}
	other := func(change func(d *meta.ExportDay)) *meta.ExportDay {
		d := issued("4 01:01", 5, 50)
		change(d)
		return d
	}
	seen := func(first, last string) change { return change{first: at(t, first), last: at(t, last)} }
	for _, tt := range []struct {
		name  string
		now   string
		rules Rules
		facts facts
		want  verdict
	}{
		{"it is over, and views may change", "4 01:00", rules, facts{views: 5}, wait},
		{"its views are final", "4 01:01", rules, facts{views: 5}, due},
		{"no view ended in it", "4 01:01", rules, facts{}, nothing},
		{"as it was issued", "4 03:00", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50}, nothing},
		{"changed within the hour", "4 02:00", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 51, change: seen("4 01:10", "4 01:10")}, wait},
		{"changed, and an hour has passed", "4 02:01", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 51, change: seen("4 01:10", "4 01:10")}, due},
		{"fewer views", "4 02:01", rules, facts{issued: issued("4 01:01", 5, 50), views: 4, changed: 50, change: seen("4 01:10", "4 01:10")}, due},
		{"no view any more", "4 02:01", rules, facts{issued: issued("4 01:01", 5, 50), change: seen("4 01:10", "4 01:10")}, due},
		{"changed ten minutes ago", "4 05:10", rules, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("4 05:00", "4 05:00")}, due},
		{"changed nine minutes ago", "4 05:09", rules, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("4 05:00", "4 05:00")}, wait},
		{"changes for nearly six hours", "4 10:59", rules, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("4 05:00", "4 10:58")}, wait},
		{"changes for six hours", "4 11:00", rules, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("4 05:00", "4 10:58")}, due},
		{"issued later than now, as the clock was set back", "4 03:00", rules, facts{issued: issued("4 09:00", 5, 50), views: 6, changed: 51, change: seen("4 02:00", "4 02:00")}, due},
		{"to be issued again at once", "4 01:02", rules, facts{issued: issued("4 01:01", -1, 50), views: 5, changed: 50}, due},
		{"a file is gone", "4 01:02", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50, missing: true}, due},
		{"other columns", "4 01:02", rules, facts{issued: other(func(d *meta.ExportDay) { d.Version = 16 }), views: 5, changed: 50}, due},
		{"one format more", "4 01:02", rules, facts{issued: other(func(d *meta.ExportDay) { d.Files = d.Files[:1] }), views: 5, changed: 50}, due},
		{"another format", "4 01:02", rules, facts{issued: other(func(d *meta.ExportDay) { d.Files[1].Format = "ndjson" }), views: 5, changed: 50}, due},
		{"kept for nearly a week", "10 23:59", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50}, nothing},
		{"kept for a week", "11 00:00", rules, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50}, expired},
		{"too old when it is first seen", "11 00:00", rules, facts{views: 5, changed: 50}, expired},
		{"changed before its events go", "16 23:59", long, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("16 10:00", "16 10:00")}, due},
		{"changed when its events go", "17 00:00", long, facts{issued: issued("4 01:01", 5, 50), views: 6, changed: 51, change: seen("16 10:00", "16 10:00")}, eventsGone},
		{"other columns when its events go", "17 00:00", long, facts{issued: other(func(d *meta.ExportDay) { d.Version = 16 }), views: 5, changed: 50}, eventsGone},
		{"as it was issued when its events go", "17 00:00", long, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50}, nothing},
		{"first issued without events, and changed", "18 10:00", long, facts{issued: issued("17 00:01", 5, 50), views: 6, changed: 51, change: seen("18 00:00", "18 00:00")}, due},
		{"first seen when its events have gone", "20 00:00", long, facts{views: 5, changed: 50}, due},
		{"a file is gone, and so are its events", "20 00:00", long, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50, missing: true}, due},
		{"to be issued again, without events", "20 00:00", long, facts{issued: issued("4 01:01", -1, 50), views: 5, changed: 50}, due},
		{"before its views go", "31 23:59", long, facts{views: 5, changed: 50}, due},
		{"when its views go, first seen", "32 00:00", long, facts{views: 5, changed: 50}, nothing},
		{"when its views have gone", "32 00:00", long, facts{issued: issued("4 01:01", 5, 50), change: seen("31 00:00", "31 00:00")}, nothing},
		{"there are to be no files", "4 00:00", Rules{}, facts{issued: issued("4 01:01", 5, 50), views: 5, changed: 50}, expired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := lateOctober(t, tt.now)
			tt.facts.start = at(t, "3 00:00")
			tt.facts.known = now
			if got := tt.rules.judge(&tt.facts, now); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// lateOctober is as at, and knows a thirty-second of October.
func lateOctober(t *testing.T, text string) time.Time {
	t.Helper()
	if clock, ok := strings.CutPrefix(text, "32 "); ok {
		return at(t, "31 "+clock).Add(24 * time.Hour)
	}
	return at(t, text)
}

// TestStoreIsBehind: what counts is until when the store has what players told, not
// what the clock says.
func TestStoreIsBehind(t *testing.T) {
	f := facts{start: at(t, "3 00:00"), views: 5, known: at(t, "4 01:00")}
	rules := defaultRules
	if got := rules.judge(&f, at(t, "4 09:00")); got != wait {
		t.Errorf("got %d, want it to wait", got)
	}
}
