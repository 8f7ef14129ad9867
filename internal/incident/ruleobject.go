package incident

import (
	"slices"
	"strings"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
)

// AlertRule is a rule as clients see it, in answers about rules and in the
// incidents that it opened.
type AlertRule struct {
	ID              string   `json:"id" format:"uuid" doc:"a UUID"`
	Version         int64    `json:"version" doc:"1 at first, and more with each edit"`
	Name            string   `json:"name" doc:"what people call it"`
	Enabled         bool     `json:"enabled" doc:"whether it is evaluated"`
	Metric          string   `json:"metric" doc:"a real-time metric"`
	Direction       string   `json:"direction" enum:"above,below" doc:"the side of the threshold that is wrong"`
	Threshold       float64  `json:"threshold" doc:"percent from 0 to 100, or what the metric is measured in: ms, bits per second, viewers"`
	IntervalMinutes int64    `json:"interval_minutes" doc:"how long the metric has to be beyond the threshold until an incident opens, and back until it closes"`
	MinimumViewers  int64    `json:"minimum_viewers" doc:"concurrent viewers that must be exceeded for an incident to open or close; 0: any number"`
	Filters         []string `json:"filters" doc:"the viewers that it is about: dimension:value, or !dimension:value for all others"`
	Severity        string   `json:"severity" enum:"warning,alert" doc:"of its incidents"`
	CreatedAt       string   `json:"created_at" format:"date-time" doc:"when it was made"`
	UpdatedAt       string   `json:"updated_at" format:"date-time" doc:"when it was edited last"`
}

// NewAlertRule makes the object of a rule.
func NewAlertRule(r meta.AlertRule) AlertRule {
	return AlertRule{
		ID: r.ID, Version: r.Version, Name: r.Name, Enabled: r.Enabled,
		Metric: r.Metric, Direction: r.Direction, Threshold: r.Threshold, IntervalMinutes: int64(r.Interval / time.Minute),
		MinimumViewers: r.MinViewers, Filters: WriteFilters(r.Filters), Severity: r.Severity,
		CreatedAt: second(r.CreatedAt), UpdatedAt: second(r.UpdatedAt),
	}
}

func ruleOrNull(r *meta.AlertRule) *AlertRule {
	if r == nil {
		return nil
	}
	object := NewAlertRule(*r)
	return &object
}

// ReadFilters reads filters as the API spells them, such as country:US and
// !cdn:a. Those that want something of the same dimension are alternatives; all
// those that refuse something hold. What the dimensions and values are is left
// to [CheckRule]. An error is fault.Invalid about the parameter filters.
func ReadFilters(words []string) ([]meta.RuleFilter, error) {
	if len(words) > maxRuleValues {
		return nil, fault.Badf("filters", "want at most %d, have %d", maxRuleValues, len(words))
	}
	var filters []meta.RuleFilter
	for _, word := range words {
		rest, exclude := strings.CutPrefix(word, "!")
		dimension, value, ok := strings.Cut(rest, ":")
		if !ok {
			return nil, fault.Badf("filters", "want dimension:value or !dimension:value, have %s", fault.Quote(word))
		}
		i := slices.IndexFunc(filters, func(f meta.RuleFilter) bool { return f.Dimension == dimension && f.Exclude == exclude })
		if i < 0 {
			i = len(filters)
			filters = append(filters, meta.RuleFilter{Dimension: dimension, Exclude: exclude})
		}
		filters[i].Values = append(filters[i].Values, value)
	}
	return filters, nil
}

// WriteFilters is the reverse of [ReadFilters].
func WriteFilters(filters []meta.RuleFilter) []string {
	words := []string{}
	for _, f := range filters {
		not := ""
		if f.Exclude {
			not = "!"
		}
		for _, value := range f.Values {
			words = append(words, not+f.Dimension+":"+value)
		}
	}
	return words
}

// second writes a time in whole seconds and in UTC, as the API writes when
// something was made.
func second(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
