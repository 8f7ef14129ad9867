package meta

import "time"

// The states of an incident.
const (
	IncidentOpen    = "open"
	IncidentClosed  = "closed"  // what was wrong is right again, or its rule was edited
	IncidentExpired = "expired" // nothing was heard for too long to tell
)

// The severities of an incident, as the API names them.
const (
	SeverityWarning = "warning"
	SeverityAlert   = "alert"
)

// Incident is something that went wrong, as it is kept: what of the API's object
// is not computed from it (package incident does that). The tags are of the stored
// form.
type Incident struct {
	ID            string `json:"id"` // six letters or digits, unique among all
	EnvironmentID string `json:"environment_id"`
	Status        string `json:"status"`      // IncidentOpen, IncidentClosed or IncidentExpired
	Severity      string `json:"severity"`    // SeverityWarning or SeverityAlert
	Measurement   string `json:"measurement"` // "error_rate" of an anomaly, the id of a real-time metric of a rule
	Key           string `json:"key"`         // the same for all incidents about the same: hexadecimal

	Rule *AlertRule `json:"rule"` // as it was when the incident opened; nil: an anomaly

	// Percentages are from 0 to 100, times in ms.
	Threshold            float64  `json:"threshold"`
	MeasuredValue        float64  `json:"measured_value"`          // at the opening
	MeasuredValueOnClose *float64 `json:"measured_value_on_close"` // nil while open
	CurrentValue         float64  `json:"current_value"`           // as measured last
	PeakValue            float64  `json:"peak_value"`              // the worst since it began

	SampleSize     int64  `json:"sample_size"`      // views of a bucket, or mean concurrent viewers at the opening
	SampleSizeUnit string `json:"sample_size_unit"` // "views" or "viewers"

	AffectedViews       int64 `json:"affected_views"`         // since StartedAt
	AffectedViewsOnOpen int64 `json:"affected_views_on_open"` // of them those of the bucket, or until the opening

	Breakdowns       []Breakdown `json:"breakdowns"`        // what it is about; none: all viewers of the environment
	Description      string      `json:"description"`       // a sentence or two for people; emphasised words stand between asterisks
	ErrorDescription string      `json:"error_description"` // the message of the error; "" if it is not about one
	Causes           []Cause     `json:"causes"`            // what explains it, the best explanation first

	StartedAt  time.Time  `json:"started_at"`  // when it began: the first view of the bucket, or the first moment beyond the threshold
	OpenedAt   time.Time  `json:"opened_at"`   // when it was told: the last view of the bucket, or the end of the rule's interval
	ResolvedAt *time.Time `json:"resolved_at"` // when it ended; nil while open
	ClosedAt   *time.Time `json:"closed_at"`   // when that was told; nil while open
}

// Breakdown is one value of one dimension.
type Breakdown struct {
	Name  string `json:"name"` // of the dimension
	Value string `json:"value"`
}

// Cause is a part of the views that explains an incident: those with all of some
// values.
type Cause struct {
	Breakdowns []Breakdown `json:"breakdowns"` // one or two
	Share      float64     `json:"share"`      // of the excess that these views make up, as a fraction
	Views      int64       `json:"views"`      // that were looked at
	Affected   int64       `json:"affected"`   // of them
	Rate       float64     `json:"rate"`       // affected over views, as a fraction
	Expected   float64     `json:"expected"`   // what the rate would be without the incident, as a fraction
	PValue     float64     `json:"p_value"`    // at most how often chance alone makes as good an explanation
	ViewIDs    []string    `json:"view_ids"`   // some of the affected views
}

// Event is what becomes of an incident that people are notified of.
type Event string

// The events of an incident, and the one of a test of a channel.
const (
	Opened  Event = "opened"
	Closed  Event = "closed"
	Expired Event = "expired"
	Tested  Event = "test"
)

// Transition is an incident as it has become, and why it is told of.
type Transition struct {
	Incident Incident
	Event    Event // "": only figures have changed, and nobody is notified
	Quiet    bool  // nobody is notified though there is an event: it is of the past
}

// Evaluation is what one step of the evaluation makes durable together. All of
// it is kept, or nothing.
type Evaluation struct {
	Position    *int64 // views that were complete before this record of the journal have been looked at; nil: as before
	States      []DetectorState
	RuleStates  []RuleState
	Transitions []Transition // the earlier ones first; a new id is a new incident
}

// DetectorState is what a detector of anomalies remembers of one scope of an
// environment.
type DetectorState struct {
	EnvironmentID string
	Scope         string // "": the environment as a whole; else a title
	Data          []byte // as package incident wrote it; nil: it is forgotten
}

// RuleState is how far a rule has been evaluated. It is left out of an evaluation
// if the rule has been edited or deleted meanwhile, and with it the transitions
// of its incidents.
type RuleState struct {
	RuleID  string
	Version int64  // of the rule that was evaluated
	Data    []byte // as package incident wrote it; nil: it is forgotten
}

// IncidentPage asks for some incidents of an environment.
type IncidentPage struct {
	Status, Severity string // "": any; the status "ended" is closed or expired
	OrderBy          IncidentOrder
	Descending       bool
	Limit, Offset    int
}

// IncidentOrder is what incidents are ordered by. Equal ones come in the order of
// their start, the latest first, then by id.
type IncidentOrder string

// The orders.
const (
	IncidentsByStart  IncidentOrder = ""       // when they began
	IncidentsByImpact IncidentOrder = "impact" // affected views
	IncidentsByValue  IncidentOrder = "value"  // measured value
	IncidentsByKey    IncidentOrder = "key"    // incident key
)

// IncidentList is the answer to a page.
type IncidentList struct {
	Incidents []Incident
	Total     int // on all pages
}
