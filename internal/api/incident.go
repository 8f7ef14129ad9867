package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"playhead/internal/incident"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// Incidents gives access to incidents. Unknown ids are fault.NotFound errors.
type Incidents interface {
	Incidents(ctx context.Context, environmentID string, p meta.IncidentPage) (meta.IncidentList, error)
	Incident(ctx context.Context, environmentID, id string) (meta.Incident, error)
	// IncidentsNear are those that began nearest to a moment, the nearest first.
	IncidentsNear(ctx context.Context, environmentID string, at time.Time, limit int) ([]meta.Incident, error)
	// NotificationsOf are the notifications of some incidents, by the incident's id.
	NotificationsOf(ctx context.Context, incidentIDs []string) (map[string][]meta.Notification, error)
}

// maxNear is among how many incidents related ones are looked for.
const maxNear = 1000

// incidentRoutes are the routes of incidents.
var incidentRoutes = []route{
	{
		method: "GET", pattern: "/data/v1/incidents", name: "list-incidents",
		doc:        "Incidents, those that began last first by default. Neither they nor their numbers depend on a timeframe.",
		permission: meta.DataRead,
		params:     []param{status, severity, incidentOrder, incidentDirection, limit, page},
		data:       []incidentRow{},
		answer:     (*server).listIncidents,
	},
	{
		method: "GET", pattern: "/data/v1/incidents/{id}", name: "get-incident",
		doc:        "One incident.",
		permission: meta.DataRead,
		path:       []param{incidentID},
		data:       incidentRow{},
		answer:     (*server).getIncident,
	},
	incidentSeriesRoute,
	incidentDeliveriesRoute,
	{
		method: "GET", pattern: "/data/v1/incidents/{id}/related", name: "list-related-incidents",
		doc:        "Incidents about the same, or of about the same time: those that have the most in common first by default.",
		permission: meta.DataRead,
		path:       []param{incidentID},
		params:     []param{incidentOrder, incidentDirection, limit, page},
		data:       []incidentRow{},
		answer:     (*server).listRelatedIncidents,
	},
}

var (
	incidentID        = inPath("id", "the incident", "4u13td")
	incidentOrder     = orderBy.says("what they are sorted by: affected views (negative_impact and views alike), the measured value, or what they are about (field)")
	incidentDirection = orderDirection.says("which end comes first; desc by default, but asc of fields")
)

// incidentRow is an incident.
type incidentRow struct{ incident.Object }

func (s *server) listIncidents(c *call) (any, error) {
	p, err := query.Incidents(c.query)
	if err != nil {
		return nil, err
	}
	list, err := s.Records.Incidents(c, c.environment.ID, meta.IncidentPage{
		Status: p.Status, Severity: p.Severity, OrderBy: incidentOrders[p.Order], Descending: p.Descending, Limit: p.Limit, Offset: p.Offset,
	})
	if err != nil {
		return nil, err
	}
	return s.incidents(c, list.Incidents, list.Total)
}

// incidentOrders are the orders of the records.
var incidentOrders = map[query.IncidentOrder]meta.IncidentOrder{
	query.IncidentsDefault: meta.IncidentsByStart,
	query.IncidentsByViews: meta.IncidentsByImpact,
	query.IncidentsByValue: meta.IncidentsByValue,
	query.IncidentsByField: meta.IncidentsByKey,
}

func (s *server) getIncident(c *call) (any, error) {
	i, err := s.Records.Incident(c, c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	data, err := s.incidentRows(c, []meta.Incident{i})
	if err != nil {
		return nil, err
	}
	return oneRecord(c, data[0]), nil
}

func (s *server) listRelatedIncidents(c *call) (any, error) {
	p, err := query.Incidents(query.Request{OrderBy: c.query.OrderBy, Direction: c.query.Direction, Limit: c.query.Limit, Page: c.query.Page})
	if err != nil {
		return nil, err
	}
	of, err := s.Records.Incident(c, c.environment.ID, c.id)
	if err != nil {
		return nil, err
	}
	near, err := s.Records.IncidentsNear(c, c.environment.ID, of.StartedAt, maxNear)
	if err != nil {
		return nil, err
	}
	related := incident.Related(of, near)
	sortIncidents(related, p)
	return s.incidents(c, related[min(p.Offset, len(related)):min(p.Offset+p.Limit, len(related))], len(related))
}

// sortIncidents sorts incidents as the records do. Without an order, those that
// come first are the ones with the most in common, which descends too.
func sortIncidents(list []meta.Incident, p *query.IncidentsPlan) {
	if p.Order == query.IncidentsDefault {
		if !p.Descending {
			slices.Reverse(list)
		}
		return
	}
	slices.SortStableFunc(list, func(a, b meta.Incident) int {
		var by int
		switch p.Order {
		case query.IncidentsByViews:
			by = cmp.Compare(a.AffectedViews, b.AffectedViews)
		case query.IncidentsByValue:
			by = cmp.Compare(a.MeasuredValue, b.MeasuredValue)
		default:
			by = cmp.Compare(a.Key, b.Key)
		}
		if p.Descending {
			by = -by
		}
		return cmp.Or(by, b.StartedAt.Compare(a.StartedAt), cmp.Compare(a.ID, b.ID))
	})
}

// incidents answers with a page of incidents.
func (s *server) incidents(c *call, page []meta.Incident, total int) (any, error) {
	data, err := s.incidentRows(c, page)
	if err != nil {
		return nil, err
	}
	return envelope{Data: data, Total: rows(total), Timeframe: lastDay(c.query.Now)}, nil
}

// incidentRows are incidents with their notifications.
func (s *server) incidentRows(c *call, list []meta.Incident) ([]incidentRow, error) {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	notifications, err := s.Records.NotificationsOf(c, ids)
	if err != nil {
		return nil, err
	}
	data := make([]incidentRow, len(list))
	for i := range list {
		data[i] = incidentRow{incident.NewObject(list[i], notifications[list[i].ID], c.query.Now)}
	}
	return data, nil
}
