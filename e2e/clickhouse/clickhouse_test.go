// Package clickhouse_test runs the conformance suite of the engines on real
// ClickHouse servers: on one, and on two that share the views.
package clickhouse_test

import (
	"fmt"
	"testing"

	"playhead/e2e/harness"
	"playhead/internal/store/clickhouse"
	"playhead/internal/store/storetest"
)

func TestOneServer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, opener(clickhouse.Config{Servers: harness.ClickHouse(t, 1)}))
}

func TestTwoShards(t *testing.T) {
	t.Parallel()
	storetest.Run(t, opener(clickhouse.Config{Servers: harness.ClickHouse(t, 2), Cluster: harness.Cluster}))
}

// opener returns a function that opens a store in a database of its own.
func opener(cfg clickhouse.Config) func(t *testing.T) storetest.Store {
	n := 0
	return func(t *testing.T) storetest.Store {
		t.Helper()
		n++
		cfg.Database = fmt.Sprintf("views_%d", n)
		s, err := clickhouse.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}
