package duckdb

import (
	"testing"

	"playhead/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return openNew(t) })
}
