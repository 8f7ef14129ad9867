package meta

import "time"

// The sides of a threshold.
const (
	Above = "above"
	Below = "below"
)

// AlertRule opens an incident while a real-time metric is beyond a threshold. The
// tags are of the stored form.
type AlertRule struct {
	ID            string `json:"id"` // a UUID
	EnvironmentID string `json:"environment_id"`
	Version       int64  `json:"version"` // rises with each edit, from 1
	Name          string `json:"name"`
	Enabled       bool   `json:"enabled"`

	Metric     string        `json:"metric"`      // id of a real-time metric
	Direction  string        `json:"direction"`   // Above or Below
	Threshold  float64       `json:"threshold"`   // percent from 0 to 100, ms, bit/s or viewers, as the metric has it
	Interval   time.Duration `json:"interval"`    // how long the metric has to be beyond the threshold until the incident opens, and on the right side until it closes: whole minutes, 1 to 60
	MinViewers int64         `json:"min_viewers"` // mean concurrent viewers that must be exceeded for the rule to open or close; 0: any
	Filters    []RuleFilter  `json:"filters"`     // all of them must hold
	Severity   string        `json:"severity"`    // of its incidents

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// RuleFilter keeps viewers by a dimension of real-time numbers.
type RuleFilter struct {
	Dimension string   `json:"dimension"`
	Values    []string `json:"values"`  // "" is not known
	Exclude   bool     `json:"exclude"` // keep those with other values
}
