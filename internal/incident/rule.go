package incident

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"playhead/internal/catalog"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// What a rule may have at most.
const (
	maxRuleValues  = 100  // of all its filters
	maxFilterValue = 1024 // bytes of one
	maxMinViewers  = 1_000_000_000
	maxThreshold   = 1e12 // of what is no percentage
)

// CheckRule refuses a rule that cannot be evaluated, with a fault.Invalid that
// names the member as the API calls it. Its name is checked where it is kept.
func CheckRule(r meta.AlertRule) error {
	m, ok := catalog.LookupRealtimeMetric(r.Metric)
	if !ok {
		return fault.Badf("metric", "there is no real-time metric %s; there are %s", fault.Quote(r.Metric), strings.Join(ruleMetrics(), ", "))
	}
	if r.Direction != meta.Above && r.Direction != meta.Below {
		return fault.Badf("direction", "want %s or %s, have %s", meta.Above, meta.Below, fault.Quote(r.Direction))
	}
	if err := checkThreshold(m, r.Direction, r.Threshold); err != nil {
		return err
	}
	if r.Interval < time.Minute || r.Interval > time.Hour || r.Interval%time.Minute != 0 {
		return fault.Badf("interval_minutes", "want whole minutes from 1 to 60, have %v", r.Interval.Minutes())
	}
	if r.MinViewers < 0 || r.MinViewers > maxMinViewers {
		return fault.Badf("minimum_viewers", "want 0 to %d, have %d", maxMinViewers, r.MinViewers)
	}
	if r.Severity != meta.SeverityWarning && r.Severity != meta.SeverityAlert {
		return fault.Badf("severity", "want %s or %s, have %s", meta.SeverityWarning, meta.SeverityAlert, fault.Quote(r.Severity))
	}
	_, err := ruleConditions(r.Filters)
	return err
}

// ruleMetrics are the ids of all metrics that rules can be about.
func ruleMetrics() []string {
	ids := make([]string, len(catalog.RealtimeMetrics))
	for i := range catalog.RealtimeMetrics {
		ids[i] = catalog.RealtimeMetrics[i].ID
	}
	return ids
}

// checkThreshold refuses thresholds that a metric is never beyond, or always.
func checkThreshold(m *catalog.RealtimeMetric, direction string, threshold float64) error {
	most := maxThreshold
	if m.Type == catalog.Percentage {
		most = 100
	}
	switch {
	case math.IsNaN(threshold) || threshold < 0 || threshold > most:
		return fault.Badf("threshold", "%s wants %s from 0 to %.0f, have %v", m.ID, unitOf(m), most, threshold)
	case direction == meta.Above && m.Type == catalog.Percentage && threshold == most:
		return fault.Badf("threshold", "%s is never above 100 percent: want less", m.ID)
	case direction == meta.Below && threshold == 0:
		return fault.Badf("threshold", "%s is never below 0: want more", m.ID)
	}
	return nil
}

// unitOf is what thresholds of a metric are in, for people.
func unitOf(m *catalog.RealtimeMetric) string {
	switch m.Type {
	case catalog.Percentage:
		return "a percentage"
	case catalog.Milliseconds:
		return "milliseconds"
	case catalog.Mbps:
		return "bits per second"
	default:
		return "a number"
	}
}

// ruleConditions are the filters of a rule as plans have them: with values as
// real-time numbers spell them, in an order that does not depend on how they were
// written. Errors are those of [CheckRule].
func ruleConditions(filters []meta.RuleFilter) ([]query.TickCondition, error) {
	const param = "filters"
	var where []query.TickCondition
	values := 0
	for _, f := range filters {
		c, err := query.RealtimeCondition(param, f.Dimension, f.Values, f.Exclude)
		if err != nil {
			return nil, err
		}
		for _, other := range where {
			if other.Dimension == c.Dimension && other.Not == c.Not {
				return nil, fault.Badf(param, "%s has two filters of the same kind: want one with the values of both", f.Dimension)
			}
		}
		for _, v := range f.Values {
			if len(v) > maxFilterValue || !utf8.ValidString(v) {
				return nil, fault.Badf(param, "a value of %s is no text of at most %d bytes: %s", f.Dimension, maxFilterValue, fault.Quote(v))
			}
		}
		if values += len(f.Values); len(f.Values) == 0 || values > maxRuleValues {
			return nil, fault.Badf(param, "want at least one value of each dimension and at most %d in all", maxRuleValues)
		}
		slices.Sort(c.Values)
		c.Values = slices.Compact(c.Values)
		where = append(where, c)
	}
	order := map[bool]int{true: 1}
	slices.SortFunc(where, func(a, b query.TickCondition) int {
		return cmp.Or(cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(order[a.Not], order[b.Not]))
	})
	return where, nil
}
