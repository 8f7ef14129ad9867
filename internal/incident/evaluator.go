package incident

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"playhead/internal/catalog"
	"playhead/internal/meta"
	"playhead/internal/query"
	"playhead/internal/view"
)

// Views are complete views as a store has them. An error ends either sequence.
type Views interface {
	// Completed are the views of all environments that were complete by a record of
	// the journal from one on and before another, in the order of these records.
	Completed(ctx context.Context, columns []*catalog.Column, from, before int64) iter.Seq2[*view.View, error]
	// Ended are the views of an environment that ended in a time, in ms since 1970, in
	// the order of their ends: those that were complete before a record of the
	// journal, or of which that is not known.
	Ended(ctx context.Context, columns []*catalog.Column, environment string, from, before, record int64) iter.Seq2[*view.View, error]
}

// Records keep what an evaluator remembers; those of package meta do.
type Records interface {
	// Evaluate makes a step durable, all of it or nothing. After an error it is not
	// known which.
	Evaluate(ctx context.Context, e meta.Evaluation) error
	// EvaluatedTo is the position of the last evaluation that had one.
	EvaluatedTo(ctx context.Context) (position int64, ok bool, err error)
	// DetectorStates are those of an environment: that of the environment comes first.
	DetectorStates(ctx context.Context, environmentID string) iter.Seq2[meta.DetectorState, error]
	// RuleStates are those of the rules as they are now.
	RuleStates(ctx context.Context) ([]meta.RuleState, error)
	// OpenIncidents are those of all environments.
	OpenIncidents(ctx context.Context) ([]meta.Incident, error)
}

// Causes finds what explains an incident.
type Causes interface {
	// Causes are the best explanations of an incident by what is known at a time. None
	// are empty if no part of the viewers stands out, and nil if nothing can be said.
	Causes(ctx context.Context, of meta.Incident, now time.Time) ([]meta.Cause, error)
}

// EvaluatorConfig is what an evaluator needs. All members are required but where it
// says so.
type EvaluatorConfig struct {
	Records Records
	Views   Views
	Numbers query.Realtime
	Causes  Causes // nil: none are looked for

	Environments func() []string                             // their ids
	Rules        func(environmentID string) []meta.AlertRule // of an environment, as they are now

	// Known is until when is known, at a time, what players have told; false as long
	// as nothing can be said. Only then hours without views say anything.
	Known func(now time.Time) (time.Time, bool)

	// Begun counts the views of a title, or of the whole environment if that is "", that
	// began in a time, both ends included, in ms since 1970: complete ones and those
	// that are still going on. Nil: a rush of viewers may be taken for an anomaly.
	Begun func(ctx context.Context, environmentID, title string, from, to int64) (int64, error)

	Told func() // is called when people are to be notified of something; nil: nobody is

	NewID      func() string // of an incident
	Clock      func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Evaluator feeds detectors and watchers, asks for causes, and makes durable what
// follows. It works step by step: each looks at what has come since the last one,
// and ends in one transaction of the records with the position up to which views have been
// looked at, with what detectors and watchers remember, and with what has become of
// incidents. After a crash, or when the records take nothing, the next step begins at
// what is durable: it is as if the failed one had not been.
//
// Nothing waits for it: if it fails, beacons and views go on, and it catches up.
type Evaluator struct {
	cfg     EvaluatorConfig
	metrics *evaluatorMetrics
	monitor *Monitor

	newDetector func(environment string) detector

	read   atomic.Int64 // views that were complete before this record are in the store
	behind atomic.Int64 // since when there are views to be looked at, in ms since 1970; 0: there are none
	wakes  chan struct{}

	begun   bool        // it is known where the evaluation begins
	first   int64       // where the store stood at the start
	memory  *remembered // nil: what is durable has to be read
	leftOut map[view.ID]bool

	failing failing

	stop  context.CancelFunc
	parts sync.WaitGroup
}

// detector is a [Detector].
type detector interface {
	Restore(s meta.DetectorState) error
	Add(s Sample)
	Advance(now int64)
	Take() ([]Change, []meta.DetectorState)
}

// NewEvaluator makes an evaluator that does nothing yet.
func NewEvaluator(cfg EvaluatorConfig) (*Evaluator, error) {
	switch {
	case cfg.Records == nil, cfg.Views == nil, cfg.Numbers == nil, cfg.Environments == nil, cfg.Rules == nil, cfg.Known == nil,
		cfg.NewID == nil, cfg.Clock == nil, cfg.Logger == nil, cfg.Registerer == nil:
		return nil, errors.New("a part that the evaluation of incidents needs is missing")
	case cfg.Told == nil:
		cfg.Told = func() {}
	}
	e := &Evaluator{
		cfg: cfg, monitor: NewMonitor(cfg.Numbers), wakes: make(chan struct{}, 1), leftOut: map[view.ID]bool{},
	}
	e.newDetector = func(environment string) detector {
		d := NewDetector(environment, cfg.NewID)
		if cfg.Begun != nil {
			d.Begun = func(title string, from, to int64) int64 { return e.begunViews(environment, title, from, to) }
		}
		return d
	}
	e.metrics = newEvaluatorMetrics(cfg.Registerer, e.lag)
	return e, nil
}

// Resume finds out where the evaluation begins: where the last one ended; at the first
// start where the store stands, as the views that it has are the past. It is
// to be called before views are stored; an error says that records cannot be read.
func (e *Evaluator) Resume(ctx context.Context, stored int64) error {
	e.first = stored
	e.read.Store(stored)
	if _, _, err := e.cfg.Records.EvaluatedTo(ctx); err != nil {
		return fmt.Errorf("read how far incidents have been evaluated: %w", err)
	}
	if err := e.begin(ctx); err != nil { // the first step tries it again
		e.cfg.Logger.Error("where the evaluation of incidents begins cannot be written down", "err", err)
	}
	return nil
}

// Deaf tells that nobody heard what viewers did after a time and up to another: rules
// know nothing of it. It is to be called before Start.
func (e *Evaluator) Deaf(after, to time.Time) { e.monitor.Deaf(after.UnixMilli(), to.UnixMilli()) }

// Start begins to evaluate.
func (e *Evaluator) Start(ctx context.Context) {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	e.parts.Go(func() { e.run(run) })
}

// Stop ends. What has not been evaluated is by the next start. It may be called twice.
func (e *Evaluator) Stop(ctx context.Context) error {
	if e.stop == nil {
		return nil
	}
	e.stop()
	done := make(chan struct{})
	go func() { e.parts.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop evaluation of incidents: %w", ctx.Err())
	}
}

// Stored tells that all views that were complete before a record of the journal are
// in the store. It never waits.
func (e *Evaluator) Stored(record int64) {
	if record <= e.read.Load() {
		return
	}
	e.read.Store(record)
	e.behind.CompareAndSwap(0, e.cfg.Clock().UnixMilli())
	select {
	case e.wakes <- struct{}{}:
	default: // it is awake
	}
}

const (
	stepEvery    = time.Second // between steps when no views come: for rules, and hours without views
	longestPause = 30 * time.Second
)

// run evaluates until ctx ends.
func (e *Evaluator) run(ctx context.Context) {
	ticker := time.NewTicker(stepEvery)
	defer ticker.Stop()
	for pause := time.Duration(0); ; {
		more, err := e.step(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(max(2*pause, stepEvery), longestPause)
			e.fail(err)
		default:
			pause = 0
			e.failing.end()
		}
		if more {
			continue
		}
		if pause > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
			continue
		}
		select {
		case <-e.wakes:
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// fail notes that a step has failed: what it did is forgotten.
func (e *Evaluator) fail(err error) {
	e.memory = nil
	e.metrics.errors.WithLabelValues("step").Inc()
	if e.failing.note(err, e.cfg.Clock()) {
		e.cfg.Logger.Error("incidents cannot be evaluated: trying again from where it is known", "err", err)
	}
}

// lag is for how long views have been waiting, in seconds.
func (e *Evaluator) lag() float64 {
	since := e.behind.Load()
	if since == 0 {
		return 0
	}
	return e.cfg.Clock().Sub(time.UnixMilli(since)).Seconds()
}
