// Package storetest is the conformance suite of the engines: whoever keeps
// views and answers plans must pass [Run].
//
// Most laws are checked on views made by hand with results worked out by hand;
// the rest compare the engine with package memory on random views and plans.
// Chance alone misses what it rarely makes (edges, ties, quotes, nothing at
// all) and hands miss combinations, so there are both.
package storetest

import (
	"context"
	"encoding/binary"
	"iter"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/expr"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Store is an engine that keeps views.
type Store interface {
	query.Engine
	// Commit makes the views and the progress of a batch durable together, or
	// neither. A view replaces the earlier one with its id if Replaced has it.
	Commit(ctx context.Context, b view.Batch) error
	// Progress returns that of the last commit, or zero.
	Progress(ctx context.Context) (view.Progress, error)
	// Export reads the views of a scope in the order of their ends, those that ended
	// together by id: with all columns, and without their events.
	Export(ctx context.Context, scope query.Scope) iter.Seq2[*view.View, error]
	// CountScope is how many views Export reads.
	CountScope(ctx context.Context, scope query.Scope) (int64, error)
}

// Run checks a store. Each call of open returns an empty one, which is closed
// by t's cleanup.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Run("formulas", func(t *testing.T) { testFormulas(t, open(t)) })
	t.Run("conditions", func(t *testing.T) { testConditions(t, open(t)) })
	t.Run("letters", func(t *testing.T) { testLetters(t, open(t)) })
	t.Run("environments", func(t *testing.T) { testEnvironments(t, open(t)) })
	t.Run("timeframe", func(t *testing.T) { testTimeframe(t, open(t)) })
	t.Run("buckets", func(t *testing.T) { testBuckets(t, open(t)) })
	t.Run("groups", func(t *testing.T) { testGroups(t, open(t)) })
	t.Run("order", func(t *testing.T) { testOrder(t, open(t)) })
	t.Run("paging", func(t *testing.T) { testPaging(t, open(t)) })
	t.Run("impact", func(t *testing.T) { testImpact(t, open) })
	t.Run("sets", func(t *testing.T) { testSets(t, open(t)) })
	t.Run("each", func(t *testing.T) { testEach(t, open(t)) })
	t.Run("errors", func(t *testing.T) { testErrors(t, open(t)) })
	t.Run("list", func(t *testing.T) { testList(t, open(t)) })
	t.Run("view", func(t *testing.T) { testView(t, open(t)) })
	t.Run("export", func(t *testing.T) { testExport(t, open(t)) })
	t.Run("export of random views", func(t *testing.T) { testRandomExport(t, open(t)) })
	t.Run("commit", func(t *testing.T) { testCommit(t, open) })
	t.Run("agreement", func(t *testing.T) { testAgreement(t, open(t)) })
}

const (
	environment = "env"
	// epoch is when the views made by hand begin, in ms since 1970.
	epoch = 1_700_000_000_000
)

// Fields are the columns of a view that a test sets: a string, a []string, a
// bool, an int or a float64 by the column's kind.
type Fields map[string]any

// id is the id of the n-th view of a test.
func id(n int) view.ID {
	var id view.ID
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// made makes the n-th view of a test. Unless told otherwise it is in the
// tests' environment and begins and ends at epoch.
func made(t *testing.T, n int, f Fields) *view.View {
	t.Helper()
	v := view.New(id(n))
	v.SetText(catalog.MustColumn("environment_id"), environment)
	v.SetNumber(catalog.MustColumn("view_start"), epoch)
	v.SetNumber(catalog.MustColumn("view_end"), epoch)
	Set(t, v, f)
	return v
}

// Set sets columns of a view.
func Set(t testing.TB, v *view.View, f Fields) {
	t.Helper()
	for name, value := range f {
		c := catalog.MustColumn(name)
		switch value := value.(type) {
		case string:
			v.SetText(c, value)
		case []string:
			v.SetText(c, view.JoinList(value))
		case bool:
			v.SetNumber(c, 0)
			if value {
				v.SetNumber(c, 1)
			}
		case int:
			v.SetNumber(c, float64(value))
		case float64:
			v.SetNumber(c, value)
		default:
			t.Fatalf("BUG: %s: %T is not a value of a column", name, value)
		}
	}
}

// commit makes views of all fields, the first of them number 1, and commits them.
func commit(t *testing.T, s Store, all ...Fields) {
	t.Helper()
	var b view.Batch
	for i, f := range all {
		b.Views = append(b.Views, made(t, i+1, f))
	}
	commitBatch(t, s, b)
}

func commitBatch(t *testing.T, s Store, b view.Batch) {
	t.Helper()
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// around is the scope of all views near epoch.
func around(where ...query.Condition) query.Scope {
	return query.Scope{Environment: environment, Clock: catalog.ByEnd, From: epoch - 1000, To: epoch + 1_000_000, Where: where}
}

// values parses formulas.
func values(formulas ...string) []expr.Node {
	var nodes []expr.Node
	for _, f := range formulas {
		nodes = append(nodes, expr.MustParse(f))
	}
	return nodes
}

// by are the dimensions of those names.
func by(t *testing.T, names ...string) []*catalog.Dimension {
	t.Helper()
	var list []*catalog.Dimension
	for _, name := range names {
		d, ok := catalog.LookupDimension(name)
		if !ok {
			t.Fatalf("BUG: no dimension %s", name)
		}
		list = append(list, d)
	}
	return list
}

func aggregate(t *testing.T, s query.Engine, p *query.Plan) *query.Result {
	t.Helper()
	r, err := s.Aggregate(t.Context(), p)
	if err != nil {
		t.Fatalf("Aggregate: %v", err)
	}
	return r
}

func list(t *testing.T, s query.Engine, p *query.ListPlan) *query.ListResult {
	t.Helper()
	r, err := s.List(t.Context(), p)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	return r
}

// null is how a null is written among values.
var null = math.NaN()

// difference compares results; numbers may differ by 1e-9 of their size, as
// engines add in other orders.
func difference(want, got *query.Result) string {
	return cmp.Diff(want, got, cmp.Comparer(alike), cmp.Transformer("rows", func(r []query.Row) []query.Row {
		return append([]query.Row{}, r...) // no rows are nil or empty
	}), cmp.Transformer("groups", func(s []string) []string { return append([]string{}, s...) }))
}

func alike(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))+1e-12 // what is left where equal numbers are subtracted
}

// check runs a plan and compares its rows and its total.
func check(t *testing.T, s query.Engine, p *query.Plan, total int, rows ...query.Row) {
	t.Helper()
	if diff := difference(&query.Result{Rows: rows, Total: total}, aggregate(t, s, p)); diff != "" {
		t.Errorf("Aggregate (-want +got):\n%s", diff)
	}
}

// contents are the columns of a view that are set, by name.
func contents(v *view.View) map[string]any {
	m := map[string]any{}
	for _, c := range catalog.Columns {
		if c.IsText() {
			if s := v.Text(c); s != "" {
				m[c.Name] = s
			}
		} else if n, ok := v.Number(c); ok {
			m[c.Name] = n
		}
	}
	return m
}

// number is the n of id(n).
func number(id view.ID) int { return int(binary.BigEndian.Uint64(id[8:])) }
