// Package export_test loads what a server exports into other programs and
// compares what they say of it with what the server answers.
package export_test

import (
	"database/sql"
	"fmt"
	"math"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	_ "github.com/duckdb/duckdb-go/v2"
)

// engine is a program that reads Parquet and answers SQL. What it has loaded is
// its table exported.
type engine struct {
	name string
	db   *sql.DB

	quantile string // of a fraction and a column: interpolated linearly between the two nearest ranks, R-7; null of nothing
	average  string // of a column: null of nothing
	count    string // of a condition
	ms       string // of a column of times: ms since 1970
	text     string // the type of texts that may be null
}

// inDuckDB loads the files that a pattern names into DuckDB.
func inDuckDB(t *testing.T, pattern string) *engine {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{
		name: "DuckDB", db: db,
		quantile: "quantile_cont(%[2]s, %[1]g)", average: "avg(%s)", count: "count_if(%s)", ms: "epoch_ms(%s)", text: "VARCHAR",
	}
	t.Cleanup(func() { db.Close() })
	e.exec(t, fmt.Sprintf("CREATE TABLE exported AS SELECT * FROM read_parquet('%s')", pattern))
	return e
}

// inClickHouse loads the files that a pattern names into a ClickHouse server.
func inClickHouse(t *testing.T, address, pattern string) *engine {
	t.Helper()
	db := clickhouse.OpenDB(&clickhouse.Options{Addr: []string{address}})
	e := &engine{
		name: "ClickHouse", db: db,
		quantile: sortedQuantile, average: "avgOrNull(%s)", count: "countIf(%s)", ms: "toUnixTimestamp64Milli(%s)", text: "Nullable(String)",
	}
	t.Cleanup(func() { db.Close() })
	e.exec(t, "DROP TABLE IF EXISTS exported")
	e.exec(t, fmt.Sprintf("CREATE TABLE exported ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM file('%s', Parquet)", pattern))
	return e
}

// sortedQuantile is written out for ClickHouse: its own function is another one in
// the last bit. The place is that among ranks from 0; weights of both neighbours are
// that to the other one.
const sortedQuantile = `if(count(%[2]s) = 0, NULL, arraySum((value, weight) -> value * weight,
	[arraySort(groupArray(%[2]s))[toInt64(floor(%[1]g * (count(%[2]s) - 1))) + 1], arraySort(groupArray(%[2]s))[toInt64(ceil(%[1]g * (count(%[2]s) - 1))) + 1]],
	[1 - (%[1]g * (count(%[2]s) - 1) - floor(%[1]g * (count(%[2]s) - 1))), %[1]g * (count(%[2]s) - 1) - floor(%[1]g * (count(%[2]s) - 1))]))`

func (e *engine) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := e.db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %s: %v", e.name, text, err)
	}
}

// number answers a statement of one number; null is not a number.
func (e *engine) number(t *testing.T, text string) float64 {
	t.Helper()
	var n sql.NullFloat64
	if err := e.db.QueryRowContext(t.Context(), text).Scan(&n); err != nil {
		t.Fatalf("%s: %s: %v", e.name, text, err)
	}
	if !n.Valid {
		return math.NaN()
	}
	return n.Float64
}

// numbers answers a statement of a text and a number for each row.
func (e *engine) numbers(t *testing.T, text string) map[string]float64 {
	t.Helper()
	rows, err := e.db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatalf("%s: %s: %v", e.name, text, err)
	}
	defer rows.Close()
	list := map[string]float64{}
	for rows.Next() {
		var (
			group sql.NullString
			n     sql.NullFloat64
		)
		if err := rows.Scan(&group, &n); err != nil {
			t.Fatal(err)
		}
		list[group.String] = n.Float64
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
