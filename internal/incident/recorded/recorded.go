// Package recorded has three recorded incidents, for tests: what they were
// made of, and the objects that clients were given.
package recorded

import (
	_ "embed"
	"time"

	"playhead/internal/meta"
)

// Objects are the objects of [Incidents], in their order: a list in JSON.
//
//go:embed objects.json
var Objects []byte

// Incidents are the facts of the three. Their objects do not tell when they
// opened: it is when the first notification was queued, but of the third, where
// the other numbers only leave 28 s after the start (100 views, 12857 an hour).
func Incidents() []meta.Incident {
	end := func(text string) *time.Time { e := at(text); return &e }
	value := func(v float64) *float64 { return &v }
	return []meta.Incident{
		{
			ID: "4u13td", Status: meta.IncidentClosed, Severity: meta.SeverityAlert, Measurement: "error_rate",
			Key:       "5312a7c0bbb5d8353bd88602f01fe58eb15e9febac8fd2f0d8ce8f1cb138145c",
			Threshold: 5, MeasuredValue: 100 * 59 / 1000.0, MeasuredValueOnClose: value(0.1), CurrentValue: 0.1, PeakValue: 5.9, SampleSize: 1000, SampleSizeUnit: "views",
			AffectedViews: 71, AffectedViewsOnOpen: 59, Breakdowns: []meta.Breakdown{{Name: "error_type_id", Value: "697070"}},
			Description: "Something is broken", ErrorDescription: "No seriously, something is really really broken :(",
			StartedAt: at("2021-01-05T09:04:46"), OpenedAt: at("2021-01-05T09:52:14"), ResolvedAt: end("2021-01-05T11:31:04"), ClosedAt: end("2021-01-05T11:31:08"),
		},
		{
			ID: "rd9579", Status: meta.IncidentClosed, Severity: meta.SeverityAlert, Measurement: "error_rate",
			Key:       "fd9add7a85a013d768f4039f9e726133eddb476c2f16b22ebfe56f18f7c03b27",
			Threshold: 96, MeasuredValue: 97, MeasuredValueOnClose: value(1), CurrentValue: 1, PeakValue: 97, SampleSize: 100, SampleSizeUnit: "views",
			AffectedViews: 132, AffectedViewsOnOpen: 97,
			Breakdowns:  []meta.Breakdown{{Name: "video_title", Value: "Layla the dog video 1337"}, {Name: "error_type_id", Value: "697065"}},
			Description: "Something else is broken", ErrorDescription: "Detailed error: On no!",
			StartedAt: at("2020-12-31T07:56:22"), OpenedAt: at("2020-12-31T09:26:18"), ResolvedAt: end("2020-12-31T20:22:54"), ClosedAt: end("2020-12-31T20:23:56"),
		},
		{
			ID: "g7q2df", Status: meta.IncidentClosed, Severity: meta.SeverityAlert, Measurement: "error_rate",
			Key:       "045dfcbefdb68c6003aaf3bf5ed217493772519f28f14d129f95eaff159ea6d6b",
			Threshold: 100, MeasuredValue: 100, MeasuredValueOnClose: value(8), CurrentValue: 8, PeakValue: 100, SampleSize: 100, SampleSizeUnit: "views",
			AffectedViews: 2026, AffectedViewsOnOpen: 100,
			Breakdowns:  []meta.Breakdown{{Name: "error_type_id", Value: "499680"}, {Name: "video_title", Value: "Cute dogs"}},
			Description: "This video is erroring a lot", ErrorDescription: "Error Type ID 499680",
			StartedAt: at("2020-05-13T17:21:54"), OpenedAt: at("2020-05-13T17:22:22"), ResolvedAt: end("2020-05-14T17:22:30"), ClosedAt: end("2020-05-14T17:23:07"),
		},
	}
}

// Notifications are those of the three, the earlier ones first, and one that has
// not been tried yet.
func Notifications() []meta.Notification {
	notification := func(id int64, incident, queued, attempted string) meta.Notification {
		return meta.Notification{ID: id, IncidentID: incident, QueuedAt: at(queued), AttemptedAt: at(attempted)}
	}
	return []meta.Notification{
		notification(102025, "4u13td", "2021-01-05T11:31:08.061924", "2021-01-05T11:31:08.244462"),
		notification(103014, "4u13td", "2021-01-05T09:52:14.945157", "2021-01-05T09:52:15.119040"),
		notification(101269, "rd9579", "2020-12-31T20:23:56.997068", "2020-12-31T20:23:57.279325"),
		notification(102198, "rd9579", "2020-12-31T09:26:18.987717", "2020-12-31T09:26:19.416919"),
		notification(62212, "g7q2df", "2020-05-13T17:22:30.354828", "2020-05-13T17:22:30.444389"),
		notification(63293, "g7q2df", "2020-05-14T17:23:07.944457", "2020-05-14T17:23:08.034662"),
		{ID: 200000, IncidentID: "4u13td", QueuedAt: at("2021-01-05T09:52:14")}, // not tried yet
	}
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.999999", text)
	if err != nil {
		panic(err)
	}
	return t
}
