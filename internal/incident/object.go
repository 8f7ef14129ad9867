package incident

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"playhead/internal/meta"
)

// Object is an incident as clients see it: in answers of the API, and in what is
// sent to webhooks. It has all members of the compatible API, with the arithmetic
// of its recorded answers, and some of our own. Percentages are from 0 to 100.
type Object struct {
	ID                         string                     `json:"id" doc:"six letters or digits"`
	Status                     string                     `json:"status" enum:"open,closed,expired" doc:"open; closed, when what was wrong is right again or the rule was edited; or expired, when nothing was heard for too long to tell"`
	Severity                   string                     `json:"severity" enum:"warning,alert" doc:"warning or alert"`
	Measurement                string                     `json:"measurement" doc:"what was measured: error_rate, the share of views with a playback failure, of an anomaly; the real-time metric of a rule"`
	MeasuredValue              *float64                   `json:"measured_value" doc:"the value when the incident opened: percent from 0 to 100, or what the metric is measured in"`
	MeasuredValueOnClose       *float64                   `json:"measured_value_on_close" doc:"the value when it closed; null while it is open, and if it expired"`
	Threshold                  float64                    `json:"threshold" doc:"the value that it had to reach, or to cross"`
	SampleSize                 int64                      `json:"sample_size" doc:"how many views or viewers were looked at when it opened"`
	SampleSizeUnit             string                     `json:"sample_size_unit" enum:"views,viewers" doc:"views of an anomaly, mean concurrent viewers of a rule"`
	AffectedViews              int64                      `json:"affected_views" doc:"views that had it since it began"`
	AffectedViewsPerHour       int64                      `json:"affected_views_per_hour" doc:"the same by the hour, until it ended or until now"`
	AffectedViewsPerHourOnOpen int64                      `json:"affected_views_per_hour_on_open" doc:"the same until it opened"`
	Impact                     string                     `json:"impact" doc:"the same in words; emphasised ones stand between asterisks"`
	Description                string                     `json:"description" doc:"what happened, and what explains it best; emphasised words stand between asterisks"`
	ErrorDescription           string                     `json:"error_description" doc:"the message of the error; empty if it is not about one"`
	IncidentKey                string                     `json:"incident_key" doc:"the same for all incidents about the same"`
	Breakdowns                 []incidentBreakdown        `json:"breakdowns" doc:"what it is about: values of dimensions. Without any, it is about all viewers"`
	NotificationRules          []incidentNotificationRule `json:"notification_rules" doc:"always empty: what opened it is told by rule"`
	Notifications              []incidentNotification     `json:"notifications" doc:"what has been sent to channels, the latest first; what still waits for its first attempt is not among them"`
	StartedAt                  string                     `json:"started_at" format:"date-time" doc:"when it began: with the first view that was looked at, or at the first moment beyond the threshold"`
	ResolvedAt                 *string                    `json:"resolved_at" format:"date-time" doc:"when it ended; null while it is open"`

	OpenedAt     string          `json:"opened_at" format:"date-time" doc:"when it was found: with the last view of the bucket that it was found in, as far as there is one, or at the end of the rule's interval"`
	ClosedAt     *string         `json:"closed_at" format:"date-time" doc:"when it was found to have ended; null while it is open"`
	CurrentValue float64         `json:"current_value" doc:"the value that was measured last"`
	PeakValue    float64         `json:"peak_value" doc:"the worst value since it began"`
	Causes       []incidentCause `json:"causes" doc:"views that explain it, the best explanation first"`
	Rule         *AlertRule      `json:"rule" doc:"the rule that opened it, as it was then; null of an anomaly"`
}

// The members of an object. Their ids of breakdowns are null, as in the recorded
// answers: dimensions and their values have no other names here.
type (
	incidentBreakdown struct {
		ID    *string `json:"id" doc:"always null"`
		Name  string  `json:"name" doc:"the dimension"`
		Value string  `json:"value" doc:"its value"`
	}
	incidentNotificationRule struct {
		ID         string                         `json:"id" doc:"an id"`
		Status     string                         `json:"status" doc:"its state"`
		Action     string                         `json:"action" doc:"what it does"`
		PropertyID string                         `json:"property_id" doc:"its environment"`
		Rules      []incidentNotificationRulePart `json:"rules" doc:"its parts"`
	}
	incidentNotificationRulePart struct {
		ID    string `json:"id" doc:"an id"`
		Name  string `json:"name" doc:"a name"`
		Value string `json:"value" doc:"a value"`
	}
	incidentNotification struct {
		ID          int64  `json:"id" doc:"the number of the notification"`
		QueuedAt    string `json:"queued_at" format:"date-time" doc:"when it was to be sent"`
		AttemptedAt string `json:"attempted_at" format:"date-time" doc:"when that was tried last"`
	}
	incidentCause struct {
		Breakdowns []causeBreakdown `json:"breakdowns" doc:"one or two values of dimensions, all of which these views have"`
		Share      float64          `json:"share" doc:"how much of what is more than usual they make up: a fraction"`
		Views      int64            `json:"views" doc:"how many of them were looked at"`
		Affected   int64            `json:"affected" doc:"how many of these were affected"`
		Rate       float64          `json:"rate" doc:"affected ones over all of them: a fraction"`
		Expected   float64          `json:"expected" doc:"what that would be without the incident: a fraction"`
		PValue     float64          `json:"p_value" doc:"at most how often chance alone explains as much"`
		ViewIDs    []string         `json:"view_ids" doc:"some of the affected views"`
	}
	causeBreakdown struct {
		Name  string `json:"name" doc:"the dimension"`
		Value string `json:"value" doc:"its value; empty where it is not known"`
	}
)

// NewObject makes the object of an incident as it is now. Notifications of other
// incidents are left out.
func NewObject(i meta.Incident, notifications []meta.Notification, now time.Time) Object {
	until, open := now, i.ResolvedAt == nil
	if !open {
		until = *i.ResolvedAt
	}
	perHour := PerHour(i.AffectedViews, i.StartedAt, until)
	measured := Rounded(i.MeasuredValue)
	return Object{
		ID: i.ID, Status: i.Status, Severity: i.Severity,
		Measurement: i.Measurement, MeasuredValue: &measured, MeasuredValueOnClose: RoundedOrNull(i.MeasuredValueOnClose), Threshold: Rounded(i.Threshold),
		SampleSize: i.SampleSize, SampleSizeUnit: i.SampleSizeUnit,
		AffectedViews: i.AffectedViews, AffectedViewsPerHour: perHour, AffectedViewsPerHourOnOpen: PerHour(i.AffectedViewsOnOpen, i.StartedAt, i.OpenedAt),
		Impact: Impact(i.AffectedViews, perHour, open), Description: i.Description, ErrorDescription: i.ErrorDescription,
		IncidentKey: i.Key, Breakdowns: newBreakdowns(i.Breakdowns), NotificationRules: []incidentNotificationRule{}, Notifications: newNotifications(i.ID, notifications),
		StartedAt: Instant(i.StartedAt), ResolvedAt: instantOrNull(i.ResolvedAt), OpenedAt: Instant(i.OpenedAt), ClosedAt: instantOrNull(i.ClosedAt),
		CurrentValue: Rounded(i.CurrentValue), PeakValue: Rounded(i.PeakValue), Causes: newCauses(i.Causes), Rule: ruleOrNull(i.Rule),
	}
}

func newBreakdowns(from []meta.Breakdown) []incidentBreakdown {
	list := make([]incidentBreakdown, len(from))
	for i, b := range from {
		list[i] = incidentBreakdown{Name: b.Name, Value: b.Value}
	}
	return list
}

// newNotifications lists those of an incident that have been tried, the latest
// first, as the recorded answers do.
func newNotifications(id string, from []meta.Notification) []incidentNotification {
	list := []incidentNotification{}
	for _, n := range from {
		if n.IncidentID == id && !n.AttemptedAt.IsZero() {
			list = append(list, incidentNotification{ID: n.ID, QueuedAt: Instant(n.QueuedAt), AttemptedAt: Instant(n.AttemptedAt)})
		}
	}
	slices.SortFunc(list, func(a, b incidentNotification) int { return cmp.Compare(b.ID, a.ID) })
	return list
}

func newCauses(from []meta.Cause) []incidentCause {
	list := make([]incidentCause, len(from))
	for i, c := range from {
		list[i] = incidentCause{
			Breakdowns: make([]causeBreakdown, len(c.Breakdowns)), Share: fraction(c.Share), Views: c.Views, Affected: c.Affected,
			Rate: fraction(c.Rate), Expected: fraction(c.Expected), PValue: significant(c.PValue), ViewIDs: append([]string{}, c.ViewIDs...),
		}
		for j, b := range c.Breakdowns {
			list[i].Breakdowns[j] = causeBreakdown(b)
		}
	}
	return list
}

// Rounded is a value to a hundredth.
func Rounded(v float64) float64 { return math.Round(v*100) / 100 }

// RoundedOrNull is a value that may be null to a hundredth.
func RoundedOrNull(v *float64) *float64 {
	if v == nil {
		return nil
	}
	r := Rounded(*v)
	return &r
}

// fraction is a share to a hundredth of a percent.
func fraction(v float64) float64 { return math.Round(v*10_000) / 10_000 }

// significant is a probability to three digits.
func significant(p float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(p, 'g', 3, 64), 64)
	if err != nil {
		return p
	}
	return rounded
}

// Instant writes a time with its microseconds, in UTC.
func Instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func instantOrNull(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := Instant(*t)
	return &s
}
