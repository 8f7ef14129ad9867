package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// told makes incidents durable, as the evaluation does.
func (c *control) told(t *testing.T, event meta.Event, incidents ...meta.Incident) {
	t.Helper()
	var e meta.Evaluation
	for _, i := range incidents {
		e.Transitions = append(e.Transitions, meta.Transition{Incident: i, Event: event})
	}
	if err := c.store.Evaluate(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// fiveIncidents are four of the shop and one of the news.
//
//	id      began  state    severity  affected  measured  key
//	aaaaaa  08:00  closed   alert          120       5.9    2
//	bbbbbb  09:00  open     warning         30        97    4
//	cccccc  10:00  expired  alert          120        40    1
//	dddddd  11:00  open     alert          500       5.9    3
//
// The first and the last are about the same error, the first and the second about
// the same title; all are within an hour of the next one.
func fiveIncidents(c *control) []meta.Incident {
	one := func(id, environment, began string, affected int64, measured float64, key string, about ...meta.Breakdown) meta.Incident {
		at := time.UnixMilli(int64(at(began)))
		return meta.Incident{
			ID: id, EnvironmentID: c.names[environment], Status: meta.IncidentOpen, Severity: meta.SeverityAlert, Measurement: "error_rate", Key: key,
			Threshold: 5, MeasuredValue: measured, SampleSize: 100, SampleSizeUnit: "views", AffectedViews: affected, Breakdowns: about,
			StartedAt: at, OpenedAt: at.Add(5 * time.Minute),
		}
	}
	ends := func(i meta.Incident, status string, after time.Duration) meta.Incident {
		at, value := i.StartedAt.Add(after), 1.0
		i.Status, i.ResolvedAt, i.ClosedAt, i.MeasuredValueOnClose = status, &at, &at, &value
		return i
	}
	broken, title := meta.Breakdown{Name: "error_type_id", Value: "7"}, meta.Breakdown{Name: "video_title", Value: "Alpha"}
	b := one("bbbbbb", "shop", "09:00:00", 30, 97, "4", title)
	b.Severity = meta.SeverityWarning
	return []meta.Incident{
		ends(one("aaaaaa", "shop", "08:00:00", 120, 5.9, "2", broken, title), meta.IncidentClosed, 30*time.Minute),
		b,
		ends(one("cccccc", "shop", "10:00:00", 120, 40, "1", meta.Breakdown{Name: "country", Value: "FR"}), meta.IncidentExpired, 30*time.Minute),
		one("dddddd", "shop", "11:00:00", 500, 5.9, "3", broken),
		one("eeeeee", "news", "11:00:00", 1, 1, "1", broken),
	}
}

func TestIncidents(t *testing.T) {
	c := newControl(t)
	c.told(t, meta.Opened, fiveIncidents(c)...)
	const list = "/data/v1/incidents"
	for _, tt := range []struct {
		query, want string // the ids
		total       int
	}{
		{"", "dddddd cccccc bbbbbb aaaaaa", 4},
		{"order_direction=asc", "aaaaaa bbbbbb cccccc dddddd", 4},
		{"order_by=negative_impact", "dddddd cccccc aaaaaa bbbbbb", 4}, // the same impact: the latest first
		{"order_by=views&order_direction=asc", "bbbbbb cccccc aaaaaa dddddd", 4},
		{"order_by=value", "bbbbbb cccccc dddddd aaaaaa", 4},
		{"order_by=value&order_direction=asc", "dddddd aaaaaa cccccc bbbbbb", 4},
		{"order_by=field", "cccccc aaaaaa dddddd bbbbbb", 4},
		{"order_by=field&order_direction=desc", "bbbbbb dddddd aaaaaa cccccc", 4},
		{"status=open", "dddddd bbbbbb", 2},
		{"status=closed", "aaaaaa", 1},
		{"status=expired", "cccccc", 1},
		{"status=ended", "cccccc aaaaaa", 2},
		{"status=ended&limit=1&page=2", "aaaaaa", 2},
		{"severity=warning", "bbbbbb", 1},
		{"severity=alert&status=open", "dddddd", 1},
		{"severity=warning&status=closed", "", 0},
		{"limit=2&page=1", "dddddd cccccc", 4},
		{"limit=3&page=2", "aaaaaa", 4},
		{"limit=3&page=3", "", 4},
		{"status=open&limit=1&page=2", "bbbbbb", 2},
		{"timeframe[]=1:hour&measurement=error_rate&nonsense=1", "dddddd cccccc bbbbbb aaaaaa", 4}, // are ignored
	} {
		ids, total := c.listed(t, list+"?"+tt.query)
		if ids != tt.want || total != tt.total {
			t.Errorf("?%s: %s of %d, want %s of %d", tt.query, ids, total, tt.want, tt.total)
		}
	}
	read := "shop data read"
	c.run(t, []step{
		{token: read, method: "GET", target: list + "?status=Open", status: 400, want: `status: want open, closed, expired or ended, have "Open"`},
		{token: read, method: "GET", target: list + "?severity=critical", status: 400, want: `severity: want warning or alert, have "critical"`},
		{token: read, method: "GET", target: list + "?order_by=started_at", status: 400, want: "order_by: want negative_impact, value, views or field"},
		{token: read, method: "GET", target: list + "?order_direction=up", status: 400, want: "order_direction"},
		{token: read, method: "GET", target: list + "?limit=0", status: 400, want: "limit: want a whole number from 1 to 1000"},
		{token: read, method: "GET", target: list + "?page=x", status: 400, want: "page"},
		{token: read, method: "GET", target: list + "/eeeeee", status: 404, want: `incident "eeeeee"`}, // of another environment
		{token: read, method: "GET", target: list + "/zzzzzz", status: 404, want: `incident "zzzzzz"`},
		{token: read, method: "GET", target: list + "/eeeeee/related", status: 404, want: `incident "eeeeee"`},
		{token: read, method: "GET", target: list + "/aaaaaa/related?limit=0", status: 400, want: "limit"},
		{token: "shop system read", method: "GET", target: list, status: 403, want: "data:read"},
		{token: "shop data write", method: "GET", target: list + "/aaaaaa", status: 403, want: "data:read"},
		{token: "shop data write", method: "GET", target: list + "/aaaaaa/related", status: 403, want: "data:read"},
		{token: read, method: "POST", target: list, body: "{}", status: 404, want: "no such route"},
	})
}

// TestRelatedIncidents: those that share what they are about come first.
func TestRelatedIncidents(t *testing.T) {
	c := newControl(t)
	c.told(t, meta.Opened, fiveIncidents(c)...)
	for _, tt := range []struct {
		query, want string
		total       int
	}{
		{"aaaaaa/related", "bbbbbb dddddd", 2}, // share the title, and the error; the third is not within an hour of the end
		{"aaaaaa/related?order_direction=asc", "dddddd bbbbbb", 2},
		{"aaaaaa/related?limit=1&page=2", "dddddd", 2},
		{"aaaaaa/related?page=2", "", 2},
		{"aaaaaa/related?order_by=negative_impact", "dddddd bbbbbb", 2},
		{"aaaaaa/related?order_by=value", "bbbbbb dddddd", 2},
		{"aaaaaa/related?order_by=value&order_direction=asc", "dddddd bbbbbb", 2},
		{"aaaaaa/related?order_by=field", "dddddd bbbbbb", 2},
		{"aaaaaa/related?status=closed&severity=x", "bbbbbb dddddd", 2}, // there are no such parameters
	} {
		ids, total := c.listed(t, "/data/v1/incidents/"+tt.query)
		if ids != tt.want || total != tt.total {
			t.Errorf("%s: %s of %d, want %s of %d", tt.query, ids, total, tt.want, tt.total)
		}
	}
}

// listed are the ids of a list, and its total.
func (c *control) listed(t *testing.T, target string) (ids string, total int) {
	t.Helper()
	w := send(t, c, http.MethodGet, target, basic("shop data read", "secret"))
	var answer struct {
		Data []struct{ ID string }
		// The other members are checked against the description.
		Total     int     `json:"total_row_count"`
		Timeframe []int64 `json:"timeframe"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", target, w.Code, w.Body)
	}
	if diff := cmp.Diff([]int64{1777809600, 1777896000}, answer.Timeframe); diff != "" {
		t.Errorf("%s: timeframe (-want +got):\n%s", target, diff)
	}
	list := make([]string, 0, len(answer.Data))
	for _, i := range answer.Data {
		list = append(list, i.ID)
	}
	return strings.Join(list, " "), answer.Total
}

// TestIncidentGoesOn: figures follow what is known, and the clock; notifications
// are told once they have been tried.
func TestIncidentGoesOn(t *testing.T) {
	c := newControl(t)
	if _, err := c.store.CreateChannel(t.Context(), meta.Channel{
		EnvironmentID: c.names["shop"], Name: "hook", Kind: meta.Webhook, Enabled: true, Subscription: meta.All, Target: "https://example.com/",
	}); err != nil {
		t.Fatal(err)
	}
	i := fiveIncidents(c)[1] // began three hours ago
	c.told(t, meta.Opened, i)
	const one = "/data/v1/incidents/bbbbbb"
	if got := c.incident(t, one); got.PerHour != 10 || len(got.Notifications) != 0 || !strings.Contains(got.Impact, "have been affected so far") {
		t.Errorf("just opened: %+v; want 30 views in three hours, and nothing sent", got)
	}
	due, err := c.store.DueNotifications(t.Context(), now, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due: %+v, %v; want the one", due, err)
	}
	if err := c.store.Attempted(t.Context(), meta.Attempt{NotificationID: due[0].ID, At: now, Status: 204}, meta.Delivered, time.Time{}); err != nil {
		t.Fatal(err)
	}
	end := i.StartedAt.Add(2 * time.Hour)
	i.Status, i.AffectedViews, i.ResolvedAt, i.ClosedAt = meta.IncidentClosed, 50, &end, &now
	c.told(t, meta.Closed, i)
	got := c.incident(t, one)
	want := shownIncident{
		PerHour: 25, Impact: "*50 views* were affected at a rate of *25 per hour*",
		Notifications: []shownNotification{{due[0].ID, "2026-05-04T12:00:00.000000Z", "2026-05-04T12:00:00.000000Z"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
	// The list has notifications, too.
	w := send(t, c, http.MethodGet, "/data/v1/incidents", basic("shop data read", "secret"))
	var list struct{ Data []shownIncident }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]shownIncident{want}, list.Data); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

type shownIncident struct {
	PerHour       int64 `json:"affected_views_per_hour"`
	Impact        string
	Notifications []shownNotification
}

type shownNotification struct {
	ID        int64
	Queued    string `json:"queued_at"`
	Attempted string `json:"attempted_at"`
}

func (c *control) incident(t *testing.T, target string) shownIncident {
	t.Helper()
	w := send(t, c, http.MethodGet, target, basic("shop data read", "secret"))
	var answer struct{ Data shownIncident }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", target, w.Code, w.Body)
	}
	answer.Data.Notifications = slices.Clip(answer.Data.Notifications)
	return answer.Data
}
