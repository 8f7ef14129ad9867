package segment

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the log tells about itself. Names begin with
// playhead_journal_.
type metrics struct {
	bytes    prometheus.Counter
	batches  prometheus.Counter
	records  prometheus.Counter
	fsync    prometheus.Histogram
	refused  *prometheus.CounterVec // by reason: queue, stuck, free_space, size, stopped
	failed   *prometheus.CounterVec // by reason: no_space, create, write, sync
	cutBytes prometheus.Counter
	over     prometheus.Gauge
}

func newMetrics() *metrics {
	const prefix = "playhead_journal_"
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
	}
	byReason := func(name, help string, reasons ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, []string{"reason"})
		for _, r := range reasons {
			v.WithLabelValues(r) // shown as zero from the start, so that a first increase can be alerted on
		}
		return v
	}
	return &metrics{
		bytes:   counter("written_bytes_total", "Bytes made durable in segment files."),
		batches: counter("batches_total", "Group commits made durable."),
		records: counter("records_total", "Records made durable."),
		fsync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    prefix + "fsync_seconds",
			Help:    "Time of the sync of one group commit.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16), // 0.1 ms to 3.3 s
		}),
		refused: byReason("refused_appends_total", "Appends refused before they were queued.",
			"queue", "stuck", "free_space", "size", "stopped"),
		failed: byReason("failed_batches_total", "Group commits that failed.",
			"no_space", "create", "write", "sync"),
		cutBytes: counter("recovery_cut_bytes_total", "Bytes of torn frames cut off at start."),
		over: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: prefix + "over_limit_bytes", Help: "Bytes of the segment files above the limit that cannot be deleted, because views need them.",
		}),
	}
}

// register hands the metrics to a registry, with gauges of what l holds.
func (m *metrics) register(reg prometheus.Registerer, l *Log) error {
	if reg == nil {
		return nil
	}
	figure := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "playhead_journal_" + name, Help: help}, func() float64 {
			l.mu.Lock()
			defer l.mu.Unlock()
			return read()
		})
	}
	gauge := func(name, help string, read func() int64) prometheus.Collector {
		return figure(name, help, func() float64 { return float64(read()) })
	}
	for _, c := range []prometheus.Collector{
		m.bytes, m.batches, m.records, m.fsync, m.refused, m.failed, m.cutBytes, m.over,
		gauge("oldest_offset", "Offset of the oldest record kept.", l.oldest),
		gauge("next_offset", "Offset after the last durable record.", func() int64 { return l.next }),
		gauge("size_bytes", "Bytes of all segment files.", l.bytes),
		gauge("queue_bytes", "Bytes of records that wait for the disk.", func() int64 { return l.queued }),
		figure("writing_seconds", "Time since the group commit that is being written was begun; 0 when none is.",
			func() float64 { return l.writing().Seconds() }),
	} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register journal metrics: %w", err)
		}
	}
	return nil
}
