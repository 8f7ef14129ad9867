package meta

import "time"

// The sides of a threshold.
const (
	Above = "above"
	Below = "below"
)

// AlertRule opens an incident while a real-time metric is beyond a threshold.
type AlertRule struct {
	ID            string // a UUID
	EnvironmentID string
	Version       int64 // rises with each edit, from 1
	Name          string
	Enabled       bool

	Metric     string        // id of a real-time metric
	Direction  string        // Above or Below
	Threshold  float64       // percent from 0 to 100, ms, bit/s or viewers, as the metric has it
	Interval   time.Duration // how long the metric has to be beyond the threshold until the incident opens, and on the right side until it closes: whole minutes, 1 to 60
	MinViewers int64         // mean concurrent viewers that must be exceeded for the rule to open or close; 0: any
	Filters    []RuleFilter  // all of them must hold
	Severity   string        // of its incidents

	CreatedAt, UpdatedAt time.Time
}

// RuleFilter keeps viewers by a dimension of real-time numbers.
type RuleFilter struct {
	Dimension string   `json:"dimension"`
	Values    []string `json:"values"`  // "" is not known
	Exclude   bool     `json:"exclude"` // keep those with other values
}
