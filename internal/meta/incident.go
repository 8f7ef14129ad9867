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
// is not computed from it (package incident does that).
type Incident struct {
	ID            string // six letters or digits, unique among all
	EnvironmentID string
	Status        string // IncidentOpen, IncidentClosed or IncidentExpired
	Severity      string // SeverityWarning or SeverityAlert
	Measurement   string // "error_rate" of an anomaly, the id of a real-time metric of a rule
	Key           string // the same for all incidents about the same: hexadecimal

	Rule *AlertRule // as it was when the incident opened; nil: an anomaly

	// Percentages are from 0 to 100, times in ms.
	Threshold            float64
	MeasuredValue        float64  // at the opening
	MeasuredValueOnClose *float64 // nil while open
	CurrentValue         float64  // as measured last
	PeakValue            float64  // the worst since it opened

	SampleSize     int64  // views of a bucket, or mean concurrent viewers at the opening
	SampleSizeUnit string // "views" or "viewers"

	AffectedViews       int64 // since StartedAt
	AffectedViewsOnOpen int64 // of them those of the bucket, or until the opening

	Breakdowns       []Breakdown // what it is about; none: all viewers of the environment
	Description      string      // a sentence or two for people; emphasised words stand between asterisks
	ErrorDescription string      // the message of the error; "" if it is not about one
	Causes           []Cause     // what explains it, the best explanation first

	StartedAt  time.Time  // when it began: the first view of the bucket, or the first moment beyond the threshold
	OpenedAt   time.Time  // when it was told: the last view of the bucket, or the end of the rule's interval
	ResolvedAt *time.Time // when it ended; nil while open
	ClosedAt   *time.Time // when that was told; nil while open
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
	Data    []byte // as package incident wrote it
}

// IncidentPage asks for some incidents of an environment.
type IncidentPage struct {
	Status, Severity string // "": any
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
