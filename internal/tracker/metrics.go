package tracker

import (
	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/view"
)

// metrics are the tracker's figures for operators.
type metrics struct {
	records, unreadable, commitErrors, views, snapshots, snapshotBytes, clamped prometheus.Counter
	early, renewed, readErrors, untold                                          prometheus.Counter
	events                                                                      *prometheus.CounterVec
	outcomes                                                                    [3]prometheus.Counter // by view.Outcome
	noView                                                                      prometheus.Counter
	open, running, position, needed, time                                       prometheus.Gauge
	commitSeconds                                                               prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "playhead_tracker_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "playhead_tracker_" + name, Help: help})
	}
	m := &metrics{
		records:       counter("records_total", "Journal records folded, ticks included."),
		unreadable:    counter("unreadable_records_total", "Journal records that could not be decoded, whole or in part."),
		commitErrors:  counter("commit_errors_total", "Commits of views that failed and were tried again."),
		snapshots:     counter("snapshots_total", "Snapshots of the open views of a partition that were committed."),
		snapshotBytes: counter("snapshot_bytes_total", "Size of these snapshots before compression."),
		views:         counter("views_committed_total", "Views committed to the store, updates included."),
		clamped:       counter("clamped_times_total", "Events of committed views whose time is missing or more than a day off: that of their receipt stands in."),
		early:         counter("views_ended_early_total", "Views that ended early because too many were open, replays of the journal included."),
		renewed:       counter("views_renewed_total", "Views that ended because of their age, replays of the journal included."),
		readErrors:    counter("read_errors_total", "Failed attempts to read the journal, which were tried again."),
		untold:        counter("untold_views_total", "Changes of views that real-time numbers were not told of, because of a bug."),
		open:          gauge("open_views", "Views that are not final."),
		running:       gauge("running_views", "Views that are not complete."),
		position:      gauge("committed_offset", "Offset of the journal up to which views are committed."),
		needed:        gauge("needed_offset", "Offset of the oldest record that a start would read again; the journal keeps those from there on."),
		time:          gauge("journal_time_seconds", "Time of the last record folded, in seconds since 1970."),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "playhead_tracker_events_total", Help: "Events read from the journal, by what became of them.",
		}, []string{"outcome"}),
		commitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "playhead_tracker_commit_seconds", Help: "Time that a commit of views took.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 12),
		}),
	}
	for i := range m.outcomes {
		m.outcomes[i] = m.events.WithLabelValues(view.Outcome(i).String())
	}
	m.noView = m.events.WithLabelValues("no_view")
	reg.MustRegister(m.records, m.unreadable, m.commitErrors, m.views, m.snapshots, m.snapshotBytes, m.clamped, m.early, m.renewed, m.readErrors, m.untold, m.open, m.running, m.position, m.needed, m.time, m.events, m.commitSeconds)
	return m
}

// count counts the events of a record.
func (m *metrics) count(became Folded) {
	for outcome, n := range became.Outcomes {
		m.outcomes[outcome].Add(float64(n))
	}
	m.noView.Add(float64(became.NoView))
	m.early.Add(float64(became.Early))
	m.renewed.Add(float64(became.Renewed))
}
