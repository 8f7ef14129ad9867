package api

import (
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/fault"
)

// maxExports is how many exports are made on demand at the same time; of one
// environment half of them.
const maxExports = 4

// exporting bounds and counts the exports that are being made.
type exporting struct {
	rows *prometheus.CounterVec

	mu   sync.Mutex
	open map[string]int // by environment
	all  int
}

func newExporting(to prometheus.Registerer) (*exporting, error) {
	e := &exporting{
		open: map[string]int{},
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_api_export_rows_total", Help: "Views that exports on demand have written, by format.",
		}, []string{"format"}),
	}
	if to == nil {
		return e, nil
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "playhead_api_exports_open", Help: "Exports on demand that are being made.",
	}, func() float64 {
		e.mu.Lock()
		defer e.mu.Unlock()
		return float64(e.all)
	})
	for _, c := range []prometheus.Collector{e.rows, open} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of exports: %w", err)
		}
	}
	return e, nil
}

// begin takes a place for an export, which is given back by calling what is
// returned, once.
func (e *exporting) begin(environmentID string) (free func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.open[environmentID] >= maxExports/2:
		return nil, fault.New(fault.Limited, "%d exports of this environment are being made: try again when one is done", maxExports/2)
	case e.all >= maxExports:
		return nil, fault.New(fault.Busy, "%d exports are being made: try again when one is done", maxExports)
	}
	e.all++
	e.open[environmentID]++
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all--
		if e.open[environmentID]--; e.open[environmentID] == 0 {
			delete(e.open, environmentID)
		}
	}, nil
}
