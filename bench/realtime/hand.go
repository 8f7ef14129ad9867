package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/view"
)

// hand answers with statements that are written by hand, of an engine for columns:
// a table with a row for each span, with when a stall began if it is one, and the
// dimensions of the view in each of them. It is what one would do who has such an engine at hand.
type hand struct {
	connector *duckdb.Connector
	db        *sql.DB
}

// newHand fills a table with what a list of views does in a part of time.
func newHand(ctx context.Context, views []view.Watch, from, until int64) (h *hand, err error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	h = &hand{connector, sql.OpenDB(connector)}
	columns := "began BIGINT, ended BIGINT, stalled BIGINT, activity UTINYINT, unheard BOOLEAN, bitrate BIGINT, startup BIGINT"
	for _, d := range catalog.RealtimeDimensions {
		columns += ", " + d.Name + " VARCHAR"
	}
	if _, err = h.db.ExecContext(ctx, "CREATE TABLE spans ("+columns+")"); err == nil {
		err = h.fill(ctx, views, from, until)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *hand) close() error { return errors.Join(h.db.Close(), h.connector.Close()) }

func (h *hand) fill(ctx context.Context, views []view.Watch, from, until int64) error {
	c, err := h.connector.Connect(ctx)
	if err != nil {
		return err
	}
	a, err := duckdb.NewAppenderFromConn(c, "", "spans")
	if err != nil {
		return errors.Join(err, c.Close())
	}
	row := make([]driver.Value, 7+len(catalog.RealtimeDimensions))
	for i := range views {
		w := &views[i]
		stalled := int64(0)
		for k, s := range w.Spans {
			end := s.At
			if k+1 < len(w.Spans) {
				end = w.Spans[k+1].At
			}
			if k == 0 || s.Activity != view.Rebuffering || w.Spans[k-1].Activity != view.Rebuffering {
				stalled = s.At
			}
			if s.At > until || end <= from && s.At <= from {
				continue
			}
			row[0], row[1], row[2], row[3], row[4], row[5], row[6] = s.At, end, stalled, uint8(s.Activity), s.Unheard, s.Bitrate, s.Startup
			for d, value := range w.Values {
				row[7+d] = value
			}
			row[7+catalog.RealtimeCDN] = s.CDN
			if err := a.AppendRow(row...); err != nil {
				return errors.Join(err, a.Close(), c.Close())
			}
		}
	}
	return errors.Join(a.Close(), c.Close())
}

// The activities as numbers of the table.
var (
	watching = fmt.Sprintf("activity BETWEEN %d AND %d", view.Starting, view.Loading)
	failed   = fmt.Sprintf("activity IN (%d, %d)", view.Failed, view.FailedToStart)
	// counts is until when a span counts at ticks, and lasts until when its time does.
	counts = fmt.Sprintf("CASE WHEN activity = %d THEN least(ended, stalled + %d) ELSE ended END", view.Rebuffering, query.StalledAfter+1)
	lasts  = fmt.Sprintf("CASE WHEN activity = %d THEN least(ended, stalled + %d) ELSE ended END", view.Rebuffering, query.StalledAfter)
)

// where is the condition of a plan.
func where(p *query.TickPlan) string {
	all := []string{"true"}
	for _, c := range p.Where {
		in := " IN ("
		if c.Not {
			in = " NOT IN ("
		}
		quoted := make([]string, len(c.Values))
		for i, v := range c.Values {
			quoted[i] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		}
		all = append(all, catalog.RealtimeDimensions[c.Dimension].Name+in+strings.Join(quoted, ", ")+")")
	}
	return strings.Join(all, " AND ")
}

func grouped(p *query.TickPlan) string {
	if p.GroupBy == query.NoGroups {
		return "''"
	}
	return catalog.RealtimeDimensions[p.GroupBy].Name
}

// text is the statement for a plan: for each group and tick, how many watch, and
// the watched time and that of it which was rebuffered. Of many ticks it counts
// who comes and who goes, and each span's time in each of its ticks.
func (*hand) text(p *query.TickPlan) string {
	if p.From == p.To {
		return fmt.Sprintf(`SELECT %[1]s AS g, %[2]d AS t,
			count(*) FILTER (%[3]s AND began <= %[2]d AND %[5]s > %[2]d) + count(*) FILTER (%[4]s AND began > %[2]d - %[7]d AND began <= %[2]d),
			sum(greatest(0, least(%[6]s, %[2]d) - greatest(began, %[2]d - %[7]d))) FILTER (%[3]s AND NOT unheard),
			sum(greatest(0, least(%[6]s, %[2]d) - greatest(began, %[2]d - %[7]d))) FILTER (activity = %[9]d AND NOT unheard)
			FROM spans WHERE %[8]s AND began <= %[2]d AND (ended > %[2]d - %[7]d OR began > %[2]d - %[7]d) GROUP BY 1`,
			grouped(p), p.To, watching, failed, counts, lasts, query.TickEvery, where(p), view.Rebuffering)
	}
	return fmt.Sprintf(`WITH these AS MATERIALIZED (
			SELECT %[1]s AS g, began, %[5]s AS counts, %[6]s AS lasts, %[3]s AS watching, %[4]s AS failed, activity = %[9]d AS stalls, unheard
			FROM spans WHERE %[8]s AND began <= %[10]d AND (ended > %[2]d - %[7]d OR began > %[2]d - %[7]d)),
		edges AS (
			SELECT g, greatest((began + %[7]d - 1) // %[7]d * %[7]d, %[2]d) AS t, 1 AS n FROM these WHERE watching AND counts > %[2]d
			UNION ALL
			SELECT g, (counts + %[7]d - 1) // %[7]d * %[7]d, -1 FROM these WHERE watching AND counts > %[2]d),
		standing AS (
			SELECT g, t, sum(n) OVER (PARTITION BY g ORDER BY t) AS n
			FROM (SELECT g, t, sum(n) AS n FROM
				(FROM edges UNION ALL SELECT g, t, 0 FROM (SELECT DISTINCT g FROM these), range(%[2]d, %[10]d + 1, %[7]d) r(t))
				WHERE t <= %[10]d GROUP BY g, t)),
		went AS (SELECT g, (began + %[7]d - 1) // %[7]d * %[7]d AS t, count(*) AS n FROM these WHERE failed AND began > %[2]d - %[7]d GROUP BY 1, 2),
		pieces AS (
			SELECT g, stalls, unnest(range(greatest(began // %[7]d * %[7]d + %[7]d, %[2]d), least((lasts + %[7]d - 1) // %[7]d * %[7]d, %[10]d) + 1, %[7]d)) AS t, began, lasts
			FROM these WHERE watching AND NOT unheard AND lasts > began),
		times AS (
			SELECT g, t, sum(least(lasts, t) - greatest(began, t - %[7]d)) AS watched, sum(least(lasts, t) - greatest(began, t - %[7]d)) FILTER (stalls) AS stalled
			FROM pieces GROUP BY 1, 2)
		SELECT s.g, s.t, s.n + coalesce(w.n, 0), watched, stalled
		FROM standing s LEFT JOIN went w USING (g, t) LEFT JOIN times USING (g, t)`,
		grouped(p), p.From, watching, failed, counts, lasts, query.TickEvery, where(p), view.Rebuffering, p.To)
}

// Ticks has of all numbers only those of the metric that is measured.
func (h *hand) Ticks(ctx context.Context, p *query.TickPlan) (*query.Ticks, error) {
	rows, err := h.db.QueryContext(ctx, h.text(p))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	groups := map[string]*query.TickGroup{}
	for rows.Next() {
		var value string
		var at int64
		var t query.Tick
		var watched, stalled sql.NullInt64
		if err := rows.Scan(&value, &at, &t.Concurrent, &watched, &stalled); err != nil {
			return nil, err
		}
		t.WatchTime, t.RebufferTime = watched.Int64, stalled.Int64
		g, ok := groups[value]
		if !ok {
			g = &query.TickGroup{Value: value, Ticks: make([]query.Tick, (p.To-p.From)/query.TickEvery+1)}
			groups[value] = g
		}
		g.Ticks[(at-p.From)/query.TickEvery] = t
	}
	answer := &query.Ticks{From: p.From}
	for _, g := range groups {
		answer.Groups = append(answer.Groups, *g)
	}
	slices.SortFunc(answer.Groups, func(a, b query.TickGroup) int { return strings.Compare(a.Value, b.Value) })
	return answer, rows.Err()
}

// Startups are the first frames, in a list as that of the other ways.
func (h *hand) Startups(ctx context.Context, p *query.TickPlan) ([]query.Startup, error) {
	rows, err := h.db.QueryContext(ctx, fmt.Sprintf("SELECT began, startup FROM spans WHERE %s AND startup >= 0 AND began > %d AND began <= %d",
		where(p), p.From-query.TickEvery, p.To))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []query.Startup
	for rows.Next() {
		var s query.Startup
		if err := rows.Scan(&s.At, &s.Time); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
