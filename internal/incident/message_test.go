package incident_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/incident"
	"playhead/internal/meta"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// anomaly is the first of the recorded incidents, with causes.
func anomaly() meta.Incident {
	return meta.Incident{
		ID: "4u13td", EnvironmentID: "env", Status: meta.IncidentOpen, Severity: meta.SeverityAlert, Measurement: incident.Measurement,
		Threshold: 5, MeasuredValue: 5.9, CurrentValue: 6.4, PeakValue: 7.25, SampleSize: 1000, SampleSizeUnit: "views", AffectedViews: 59, AffectedViewsOnOpen: 59,
		Breakdowns:  []meta.Breakdown{{Name: "error_type_id", Value: "697070"}},
		Description: "Overall error-rate is significantly high (5.9%) due to an error of *Segment not found*",
		Causes: []meta.Cause{
			{Breakdowns: []meta.Breakdown{{Name: "cdn", Value: "akamai"}, {Name: "country", Value: "DE"}}, Share: 0.923, Views: 120, Affected: 55, Rate: 0.4583, Expected: 0.0052},
			{Breakdowns: []meta.Breakdown{{Name: "asn", Value: ""}}, Share: 0.5, Views: 1, Rate: 0.1, Expected: 0.01},
		},
		ErrorDescription: "Segment not found",
		StartedAt:        at("2021-01-05T09:04:46Z"), OpenedAt: at("2021-01-05T09:52:15Z"),
	}
}

func closed(i meta.Incident) meta.Incident {
	i.Status, i.MeasuredValueOnClose = meta.IncidentClosed, new(0.1)
	i.AffectedViews = 71
	i.ResolvedAt, i.ClosedAt = new(at("2021-01-05T11:31:04Z")), new(at("2021-01-05T11:31:05Z"))
	return i
}

func notification(i meta.Incident, event meta.Event) meta.Notification {
	return meta.Notification{ID: 17, EnvironmentID: "env", ChannelID: "channel", IncidentID: i.ID, Event: event, Incident: i, State: meta.Queued, QueuedAt: at("2021-01-05T12:00:00Z")}
}

func TestMessage(t *testing.T) {
	rule := meta.Incident{
		ID: "abc123", Status: meta.IncidentOpen, Severity: meta.SeverityWarning, Measurement: "video-startup-time", Rule: &meta.AlertRule{Name: "Slow start", Direction: meta.Above, Threshold: 4000},
		Threshold: 4000, MeasuredValue: 5210.04, PeakValue: 6000, CurrentValue: 5210.04, Breakdowns: []meta.Breakdown{{Name: "country", Value: "US"}},
		Description: "Video Startup Time (5210 ms) has been above 4000 ms for 3 minutes",
		StartedAt:   at("2026-05-04T12:00:00Z"), OpenedAt: at("2026-05-04T12:03:00Z"),
	}
	expired := anomaly()
	expired.Status, expired.ResolvedAt, expired.ClosedAt = meta.IncidentExpired, new(at("2021-01-13T10:04:46Z")), new(at("2021-01-13T10:04:46Z"))
	expired.Breakdowns, expired.Causes, expired.ErrorDescription = []meta.Breakdown{{Name: "video_title", Value: "Cute\ndogs"}, {Name: "error_type_id", Value: "1"}}, nil, ""
	closedRule := []incident.Fact{
		{"What", "Video Startup Time (5210 ms) has been above 4000 ms for 3 minutes"},
		{"Rule", "Slow start"},
		{"Impact", "*71 views* were affected at a rate of *107 per hour*"},
		{"Time", "2026-05-04 12:00:00 UTC to 2026-05-04 12:40:00 UTC (40 min 0 s)"},
		{"Environment", "Production"},
	}
	right, edited := closed(rule), closed(rule)
	for _, i := range []*meta.Incident{&right, &edited} {
		i.ResolvedAt, i.ClosedAt = new(at("2026-05-04T12:40:00Z")), new(at("2026-05-04T12:40:00Z"))
	}
	right.MeasuredValueOnClose, edited.MeasuredValueOnClose = new(4000.0), new(4000.1) // at the threshold is not beyond
	for _, test := range []struct {
		name  string
		of    meta.Notification
		title string
		facts []incident.Fact
	}{
		{
			"opened", notification(anomaly(), meta.Opened), "[Production] Alert: error rate is 5.9% (threshold 5%): cdn=akamai and country=DE",
			[]incident.Fact{
				{"Cause", "92% of the excess failures: *cdn=akamai and country=DE* (45.8% of 120 views, usually 0.52%)"},
				{"Also", "50%: *asn=(not known)* (10% of 1 view, usually 1%)"},
				{"What", "Overall error-rate is significantly high (5.9%) due to an error of *Segment not found*"},
				{"Error", "Segment not found"},
				{"Impact", "*59 views* have been affected so far at a rate of *75 per hour*"}, // 59 in 47 min 29 s
				{"Since", "2021-01-05 09:04:46 UTC"},
				{"Environment", "Production"},
			},
		},
		{
			"closed", notification(closed(anomaly()), meta.Closed), "[Production] Resolved: error rate was 7.3% and is 0.1%",
			[]incident.Fact{
				{"Cause", "92% of the excess failures: *cdn=akamai and country=DE* (45.8% of 120 views, usually 0.52%)"},
				{"Also", "50%: *asn=(not known)* (10% of 1 view, usually 1%)"},
				{"What", "Overall error-rate is significantly high (5.9%) due to an error of *Segment not found*"},
				{"Error", "Segment not found"},
				{"Impact", "*71 views* were affected at a rate of *29 per hour*"}, // as recorded
				{"Time", "2021-01-05 09:04:46 UTC to 2021-01-05 11:31:04 UTC (2 h 26 min)"},
				{"Environment", "Production"},
			},
		},
		{
			"expired", notification(expired, meta.Expired), "[Production] Expired: error rate of video_title=Cute dogs was 6.4%, and nothing has been heard for too long",
			[]incident.Fact{
				{"What", "Overall error-rate is significantly high (5.9%) due to an error of *Segment not found*"},
				{"Impact", "*59 views* were affected at a rate of *0 per hour*"}, // in 193 hours
				{"Time", "2021-01-05 09:04:46 UTC to 2021-01-13 10:04:46 UTC (8 d 1 h)"},
				{"Environment", "Production"},
			},
		},
		{
			"rule", notification(rule, meta.Opened), "[Production] Warning: video startup time of country=US is 5210 ms (threshold 4000 ms)",
			[]incident.Fact{
				{"What", "Video Startup Time (5210 ms) has been above 4000 ms for 3 minutes"},
				{"Rule", "Slow start"},
				{"Since", "2026-05-04 12:00:00 UTC"},
				{"Environment", "Production"},
			},
		},
		{
			"rule, right again", notification(right, meta.Closed), "[Production] Resolved: video startup time of country=US was 6000 ms and is 4000 ms",
			closedRule,
		},
		{
			"rule, edited", notification(edited, meta.Closed), "[Production] Closed, as its rule was changed: video startup time of country=US was 6000 ms and is 4000.1 ms",
			closedRule,
		},
		{
			"test", notification(meta.Incident{}, meta.Tested), "[Production] Test from Playhead",
			[]incident.Fact{
				{"What", "This is a *test* of a notification channel: nothing is wrong, and the figures are made up."},
				{"Impact", "*59 views* have been affected so far at a rate of *3540 per hour*"},
				{"Since", "2021-01-05 11:59:00 UTC"},
				{"Environment", "Production"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := incident.NewMessage(test.of, "Production", "https://playhead.example.com/")
			if got := m.Title(150); got != test.title {
				t.Errorf("title %q; want %q", got, test.title)
			}
			if diff := cmp.Diff(test.facts, m.Facts()); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMessageID: the id says which event of which incident it is for which
// channel, and nothing else.
func TestMessageID(t *testing.T) {
	base := notification(anomaly(), meta.Opened)
	id := func(change func(*meta.Notification)) string {
		n := base
		change(&n)
		return incident.NewMessage(n, "Production", "").ID
	}
	first := id(func(*meta.Notification) {})
	if len(first) != 36 || first[14] != '8' || !strings.Contains("89ab", first[19:20]) {
		t.Errorf("id %s is no UUID of version 8", first)
	}
	for name, change := range map[string]func(*meta.Notification){
		"attempts":          func(n *meta.Notification) { n.Attempts, n.AttemptedAt = 3, at("2021-01-05T13:00:00Z") },
		"sent again":        func(n *meta.Notification) { n.QueuedAt = at("2021-02-05T13:00:00Z") },
		"number":            func(n *meta.Notification) { n.ID = 18 },
		"what is known now": func(n *meta.Notification) { n.Incident.CurrentValue = 9 },
	} {
		if got := id(change); got != first {
			t.Errorf("another id after a change of %s", name)
		}
	}
	seen := map[string]string{first: "nothing"}
	for name, change := range map[string]func(*meta.Notification){
		"incident":   func(n *meta.Notification) { n.IncidentID = "4u13te" },
		"event":      func(n *meta.Notification) { n.Event = meta.Closed },
		"channel":    func(n *meta.Notification) { n.ChannelID = "other" },
		"test":       func(n *meta.Notification) { n.Event = meta.Tested },
		"other test": func(n *meta.Notification) { n.Event, n.ID = meta.Tested, 18 },
	} {
		got := id(change)
		if before, same := seen[got]; same {
			t.Errorf("%s has the same id as %s", name, before)
		}
		seen[got] = name
	}
	after := base
	after.Event = meta.Closed
	if got := incident.NewMessage(after, "", "").OpenedID; got != first {
		t.Errorf("the message that it closed refers to %s; want %s", got, first)
	}
}

// TestLink is where people find the incident.
func TestLink(t *testing.T) {
	for base, want := range map[string]string{
		"": "", "https://playhead.example.com": "https://playhead.example.com/data/v1/incidents/4u13td", "https://example.com/playhead/": "https://example.com/playhead/data/v1/incidents/4u13td",
	} {
		if got := incident.NewMessage(notification(anomaly(), meta.Opened), "", base).Link; got != want {
			t.Errorf("link below %q is %q; want %q", base, got, want)
		}
	}
}

// TestForeignText has a title and an error as players may send them.
func TestForeignText(t *testing.T) {
	i := anomaly()
	i.Breakdowns = []meta.Breakdown{{Name: "video_title", Value: "a\r\nBcc: x@example.com\x00\u202e" + strings.Repeat("ä", 1000)}}
	i.ErrorDescription = strings.Repeat("x\n", 5000)
	m := incident.NewMessage(notification(i, meta.Opened), "Prod\nuction", "")
	title := m.Title(150)
	if n := len([]rune(title)); n != 150 || strings.ContainsAny(title, "\r\n\x00\u202e") || !strings.HasSuffix(title, "ä…") {
		t.Errorf("title %q of %d characters; want one line of 150", title, n)
	}
	for _, f := range m.Facts() {
		if len([]rune(f.Text)) > 500 || strings.ContainsAny(f.Text, "\r\n") {
			t.Errorf("%s is %q", f.Name, f.Text)
		}
	}
}
