package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"playhead/internal/catalog"
	"playhead/internal/query"
	"playhead/internal/sqlgen"
	"playhead/internal/store/sqltable"
)

// choice is how a plan is run.
type choice struct {
	plan     *query.Plan // without the sets that would have no rows
	sets     []int       // the indexes of its sets in the original plan
	bucketed bool        // quantiles from buckets
	heavy    bool        // only one such plan at a time
}

// heavyValues is how many values a plan may have that does not have to wait for
// its turn. Plans with more are comparisons, which take seconds on a large file.
const heavyValues = 8

// manyValues is how many values may be collected, in times of cfg.ExactViews.
const manyValues = 16

// With groups, to count their buckets takes about as long as to collect their
// values, and longer the more groups there are. It is done for the memory alone,
// with so many times the views, and not more groups.
const (
	manyViews  = 16
	mostGroups = 2000
)

// choose decides how to run a plan.
//
// Quantiles are exact up to cfg.ExactViews views, and up to manyValues times as
// many values: a plan with several quantiles collects values for each of them,
// and one over sets for each set. What is collected is not counted against the
// memory limit, so that too much of it ends in the process being killed, not in
// an error.
func (s *Store) choose(ctx context.Context, db *database, p *query.Plan) (choice, error) {
	c := choice{plan: p, heavy: p.Sets != nil || len(p.Values) > heavyValues}
	if p.Sets != nil {
		known, err := db.facts(ctx, columnsOf(p.Sets))
		if err != nil {
			return choice{}, err
		}
		c.plan, c.sets = withoutEmpty(p, known)
	}
	collections := int64(sqlgen.Quantiles(p) * max(1, len(c.sets)))
	if collections == 0 {
		return c, nil
	}
	enough := min(s.cfg.ExactViews, manyValues*s.cfg.ExactViews/collections)
	views, err := db.estimate(ctx, &p.Scope, enough)
	if err != nil || views <= enough {
		return c, err
	}
	c.heavy = c.heavy || views > s.cfg.ExactViews
	c.bucketed = sqlgen.Bucketable(p)
	if !c.bucketed || p.Sets != nil || p.GroupBy == nil && p.Buckets == nil {
		return c, nil
	}
	groups, err := db.groups(ctx, p)
	c.bucketed = views > manyViews*s.cfg.ExactViews && groups <= mostGroups
	return c, err
}

// run runs a plan as it was chosen.
func (c *choice) run(ctx context.Context, db *database) (*query.Result, error) {
	aggregate := sqltable.Aggregate
	if c.bucketed {
		aggregate = sqltable.Bucketed
	}
	r, err := aggregate(ctx, db.pool, sqlgen.DuckDB{}, c.plan)
	if err != nil {
		return nil, err
	}
	for i := range r.Rows {
		if c.sets != nil {
			r.Rows[i].Set = c.sets[r.Rows[i].Set]
		}
	}
	return r, nil
}

// estimate estimates how many views a scope is about. If there must be far
// fewer than enough, the engine's statistics of the file do. Else it counts those
// in a part in the middle of the timeframe, for which few blocks have to be read.
func (db *database) estimate(ctx context.Context, scope *query.Scope, enough int64) (int64, error) {
	var all int64
	var first, last sql.NullInt64
	err := db.pool.QueryRowContext(ctx, "SELECT count(*), min(view_end), max(view_end) FROM views").Scan(&all, &first, &last)
	if err != nil {
		return 0, fmt.Errorf("estimate views: %w", err)
	}
	span := float64(last.Int64 - first.Int64 + 1)
	if even := int64(float64(all) * min(1, float64(scope.To-scope.From)/span)); even <= enough/4 {
		return even, nil
	}
	const share, day = 32, 86_400_000
	length := scope.To - scope.From
	part := (length/share/day + 1) * day // whole days: some hours are busier than others
	middle := *scope
	if part < length {
		middle.From += (length - part) / 2
		middle.To = middle.From + part
	}
	st := sqlgen.ListTotal(sqlgen.DuckDB{}, &query.ListPlan{Scope: middle})
	var n int64
	if err := db.pool.QueryRowContext(ctx, st.Text, st.Args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("estimate views: %w", err)
	}
	return int64(float64(n) * float64(length) / float64(middle.To-middle.From)), nil
}

// groups estimates how many groups a plan has. Each set counts for itself, as
// its rows do.
func (db *database) groups(ctx context.Context, p *query.Plan) (int, error) {
	known, err := db.facts(ctx, columnsOf(p.GroupBy))
	if err != nil {
		return 0, err
	}
	n := 1
	for _, f := range known {
		n = min(n*max(f.distinct, 1), 1<<30)
	}
	return n, nil
}

func columnsOf(dimensions []*catalog.Dimension) []*catalog.Column {
	var list []*catalog.Column
	for _, d := range dimensions {
		list = append(list, d.Column())
	}
	return list
}

// withoutEmpty is a plan without the sets of which no view of the whole file
// knows a value: they cost time and have no rows.
func withoutEmpty(p *query.Plan, known []fact) (*query.Plan, []int) {
	q, indexes := *p, []int{}
	q.Sets = nil
	for i, d := range p.Sets {
		last := i == len(p.Sets)-1 && q.Sets == nil // one has to stay
		if known == nil || !known[i].empty || last {
			q.Sets, indexes = append(q.Sets, d), append(indexes, i)
		}
	}
	return &q, indexes
}

// fact is what the engine knows of a column without reading it.
type fact struct {
	empty    bool // not known of any view
	distinct int  // about how many values it has; 0: the engine does not say
}

// facts asks what the engine knows of columns; nil if the file has no views.
// What it says is for people, and whatever is not understood is not used.
func (db *database) facts(ctx context.Context, columns []*catalog.Column) ([]fact, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	items := make([]string, len(columns))
	texts, dst := make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		items[i], dst[i] = "stats("+c.Name+")", &texts[i]
	}
	rows, err := db.pool.QueryContext(ctx, "SELECT "+strings.Join(items, ", ")+" FROM views LIMIT 1")
	if err != nil {
		return nil, fmt.Errorf("ask for statistics: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	if err := rows.Scan(dst...); err != nil {
		return nil, fmt.Errorf("ask for statistics: %w", err)
	}
	facts := make([]fact, len(columns))
	for i, text := range texts {
		facts[i].empty = strings.Contains(text, "Max String Length: 0]") || strings.Contains(text, "Has No Null: false")
		if _, n, ok := strings.Cut(text, "[Approx Unique: "); ok {
			facts[i].distinct, _ = strconv.Atoi(strings.TrimSuffix(n, "]"))
		}
	}
	return facts, rows.Err()
}
