package daily

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of exports of days.
type metrics struct {
	days    *prometheus.GaugeVec
	issues  *prometheus.CounterVec
	rows    prometheus.Counter
	bytes   *prometheus.CounterVec
	errors  *prometheus.CounterVec
	removed prometheus.Counter
	skipped prometheus.Counter
	last    prometheus.Gauge
	round   prometheus.Gauge

	writing atomic.Int64 // since when a day is being written, in ms since 1970; 0: none is
}

// counts are how many days are how.
type counts struct{ issued, due, waiting, stale, unknown, pending, failing int }

func newMetrics(reg prometheus.Registerer, clock func() time.Time) *metrics {
	const prefix = "playhead_export_"
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
	}
	labelled := func(name, help, label string, values ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, []string{label})
		for _, value := range values {
			v.WithLabelValues(value)
		}
		return v
	}
	m := &metrics{
		days: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: prefix + "days", Help: "Days of environments by how their files are: issued; due, waiting (for views to be final, or to settle), staged for the destination, failing; stale (changed, but their events have begun to be deleted); unknown (of environments that are not in the records).",
		}, []string{"state"}),
		issues:  labelled("issues_total", "Days issued: for the first time, or again.", "issue", "first", "again"),
		rows:    counter("rows_total", "Views in the files of days that were issued, once for all formats."),
		bytes:   labelled("bytes_total", "Bytes of the files of days that were issued.", "format", "csv", "ndjson", "parquet"),
		errors:  labelled("errors_total", "What failed about files of days, and is tried again, by what: reading the store, writing files, too little space, publishing, removing, looking for files, or the records.", "part", "store", "write", "space", "publish", "remove", "check", "records"),
		removed: counter("removed_days_total", "Days whose files were removed as they had been kept for long enough."),
		skipped: counter("skipped_total", "Changes of days that were not issued again, as their events have begun to be deleted."),
		last:    prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "last_issue_time_seconds", Help: "When a day was issued last, in seconds since 1970; 0 when none was since the start."}),
	}
	m.round = prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "last_round_time_seconds", Help: "When it was looked last what days are to be issued, and all was done that could be, in seconds since 1970; it is looked every minute."})
	reg.MustRegister(m.round, m.days, m.issues, m.rows, m.bytes, m.errors, m.removed, m.skipped, m.last, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: prefix + "writing_seconds", Help: "For how long the day has been written that is being written; 0 when none is.",
	}, func() float64 {
		since := m.writing.Load()
		if since == 0 {
			return 0
		}
		return clock().Sub(time.UnixMilli(since)).Seconds()
	}))
	m.show(counts{})
	return m
}

// show sets how many days are how.
func (m *metrics) show(c counts) {
	for state, n := range map[string]int{
		"issued": c.issued, "due": c.due, "waiting": c.waiting, "stale": c.stale, "unknown": c.unknown, "staged": c.pending, "failing": c.failing,
	} {
		m.days.WithLabelValues(state).Set(float64(n))
	}
}
