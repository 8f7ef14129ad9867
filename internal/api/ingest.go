package api

import (
	"context"
	"sync"
	"time"

	"playhead/internal/beacon"
	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/query"
)

// Ingest tells how beacons come in.
type Ingest interface {
	// Arrivals is what came in the last hour.
	Arrivals(now time.Time) beacon.Report
	// Backlog is what has become of it.
	Backlog() (Backlog, error)
	// URL is where players send beacons if people reach the API by base.
	URL(base string) string
}

// Backlog is how far views are behind the journal, and what is kept of both.
type Backlog struct {
	BehindRecords int64
	Behind        time.Duration
	OpenViews     int // that are not final
	RunningViews  int // of them, that are not complete

	JournalBytes  int64
	JournalOldest time.Time // zero: there is nothing
}

// ingestRoutes are the routes of what comes in and of the settings, which are ours.
var ingestRoutes = []route{
	{
		method: "GET", pattern: "/system/v1/ingest", name: "get-ingest",
		doc: "How beacons come in: those of the last hour by minute, why any were thrown away or have to come again, keys that no environment has, and how far views are behind. " +
			"All but the SDKs is about the whole server, since it was started. The SDKs are those of the views of the token's environment that ended in the last 24 hours, as they were a few seconds ago.",
		permission: meta.SystemRead,
		data:       ingestData{},
		answer:     (*server).ingest,
	},
	{
		method: "GET", pattern: "/system/v1/settings", name: "get-settings",
		doc:        "The settings of the server, in the order of its help. They are changed by flags, variables of the environment or the settings file, and a new start.",
		permission: meta.SystemRead,
		data:       []settingRow{},
		answer:     (*server).settings,
	},
}

// ingestData is how beacons come in.
type ingestData struct {
	URL          string              `json:"url" doc:"that players reach beacons by: that of the setting ingest-url, or what is likely"`
	Since        string              `json:"since" format:"date-time" doc:"when the server was started"`
	Total        ingestCounts        `json:"total" doc:"since then"`
	Minutes      []ingestMinute      `json:"minutes" doc:"the last 60, the oldest first; the last one is not over"`
	Environments []ingestEnvironment `json:"environments" doc:"all of them, in the order of their creation"`
	UnknownKeys  []unknownKeyRow     `json:"unknown_keys" doc:"keys that players sent and no environment has, the one seen last first; at most 50"`
	UnknownOther int64               `json:"unknown_other_events" doc:"events with further such keys"`
	Views        ingestViews         `json:"views" doc:"what views are made of it"`
	Journal      ingestJournal       `json:"journal" doc:"what is kept of it"`
	SDKs         []sdkRow            `json:"sdks" doc:"what the views came from, the most frequent first; at most 100"`
}

// ingestCounts is what came, and what became of it.
type ingestCounts struct {
	Beacons int64       `json:"beacons" doc:"that were stored"`
	Events  int64       `json:"events" doc:"in them, duplicates included"`
	Bytes   int64       `json:"bytes" doc:"of their bodies, inflated"`
	Lost    int64       `json:"lost_events" doc:"thrown away from beacons that could be read"`
	Dropped []reasonRow `json:"dropped" doc:"beacons thrown away, whole or in part, by reason; answered with 200, as they would come again for ever"`
	Refused []reasonRow `json:"refused" doc:"beacons that have to come again, by reason; answered with 503"`
}

// reasonRow counts beacons.
type reasonRow struct {
	Reason  string `json:"reason" doc:"as in the figures for Prometheus"`
	Beacons int64  `json:"beacons" doc:"how many, never 0"`
}

// ingestMinute is what came in a minute.
type ingestMinute struct {
	At string `json:"at" format:"date-time" doc:"its beginning"`
	ingestCounts
}

// ingestEnvironment is what came for an environment.
type ingestEnvironment struct {
	ID         string         `json:"id" doc:"the id"`
	Name       string         `json:"name" doc:"unique, for people"`
	EnvKey     string         `json:"env_key" doc:"what players send to be counted here"`
	LastAt     *string        `json:"last_beacon_at" format:"date-time" doc:"when the last beacon came; null: none since the start"`
	Total      ingestArrivals `json:"total" doc:"since the start"`
	LastMinute ingestArrivals `json:"last_minute" doc:"in the last minute, to within ten seconds"`
	LastHour   ingestArrivals `json:"last_hour" doc:"in the last hour, to within ten seconds"`
}

// ingestArrivals counts what came.
type ingestArrivals struct {
	Beacons int64 `json:"beacons" doc:"that were stored"`
	Events  int64 `json:"events" doc:"in them, duplicates included"`
}

// unknownKeyRow is a key that no environment has.
type unknownKeyRow struct {
	Key     string `json:"env_key" doc:"printable, the first 64 bytes"`
	Told    bool   `json:"told" doc:"whether players sent it in the events; if not, it is of a header, or the first part of the host's name, which stand in when there is none"`
	Events  int64  `json:"events" doc:"with this key, since the first"`
	FirstAt string `json:"first_seen_at" format:"date-time" doc:"when the first of them came"`
	LastAt  string `json:"last_seen_at" format:"date-time" doc:"when the last of them came"`
}

// ingestViews is how far views are behind.
type ingestViews struct {
	BehindRecords int64   `json:"behind_records" doc:"records of the journal that are not in views yet"`
	BehindSeconds float64 `json:"behind_seconds" doc:"how old the last record in views is, if others wait; else 0"`
	Open          int64   `json:"open" doc:"views that are not final: what comes for them still counts"`
	InProgress    int64   `json:"in_progress" doc:"of them, views that are not complete"`
}

// ingestJournal is what is kept of beacons.
type ingestJournal struct {
	Bytes    int64   `json:"bytes" doc:"on the disk"`
	OldestAt *string `json:"oldest_at" format:"date-time" doc:"when the oldest beacon in it came; null: there is none"`
}

// sdkRow is an SDK that views came from.
type sdkRow struct {
	Name    *string `json:"name" doc:"of the integration of the SDK with the player; null where players do not tell"`
	Version *string `json:"version" doc:"its version"`
	Views   int64   `json:"views" doc:"that ended in the last 24 hours"`
	LastAt  string  `json:"last_view_end" format:"date-time" doc:"when the last of them ended"`
}

func (s *server) ingest(c *call) (any, error) {
	if s.Ingest == nil {
		return nil, fault.New(fault.Busy, "this server takes no beacons")
	}
	backlog, err := s.Ingest.Backlog()
	if err != nil {
		return nil, err
	}
	used, err := s.usedSDKs(c)
	if err != nil {
		return nil, err
	}
	report := s.Ingest.Arrivals(c.query.Now)
	data := ingestData{
		URL: s.Ingest.URL(c.base), Since: date(report.Since), Total: newIngestCounts(&report.Total), UnknownOther: report.OtherUnknown,
		Minutes: make([]ingestMinute, len(report.Minutes)), Environments: []ingestEnvironment{}, UnknownKeys: make([]unknownKeyRow, len(report.Unknown)),
		Views:   ingestViews{backlog.BehindRecords, backlog.Behind.Seconds(), int64(backlog.OpenViews), int64(backlog.RunningViews)},
		Journal: ingestJournal{backlog.JournalBytes, dateOrNull(backlog.JournalOldest)},
		SDKs:    used,
	}
	for i := range report.Minutes {
		m := &report.Minutes[i]
		data.Minutes[i] = ingestMinute{date(m.From), newIngestCounts(&m.Tally)}
	}
	for _, e := range s.Records.Environments() {
		data.Environments = append(data.Environments, newIngestEnvironment(e, report.Environments[e.ID]))
	}
	for i, k := range report.Unknown {
		data.UnknownKeys[i] = unknownKeyRow{k.Key, k.Told, k.Events, date(k.First), date(k.Last)}
	}
	return oneRecord(c, data), nil
}

func newIngestCounts(t *beacon.Tally) ingestCounts {
	return ingestCounts{
		Beacons: t.Beacons, Events: t.Events, Bytes: t.Bytes, Lost: t.Lost,
		Dropped: byReason(beacon.DropReasons[:], t.Dropped[:]), Refused: byReason(beacon.RefusalReasons[:], t.Refused[:]),
	}
}

func byReason(reasons []string, counts []int64) []reasonRow {
	list := []reasonRow{}
	for i, n := range counts {
		if n > 0 {
			list = append(list, reasonRow{reasons[i], n})
		}
	}
	return list
}

func newIngestEnvironment(e meta.Environment, came beacon.EnvironmentArrivals) ingestEnvironment {
	return ingestEnvironment{
		ID: e.ID, Name: e.Name, EnvKey: e.IngestKey, LastAt: dateOrNull(came.Last),
		Total:      ingestArrivals{came.Beacons, came.Events},
		LastMinute: ingestArrivals{came.MinuteBeacons, came.MinuteEvents},
		LastHour:   ingestArrivals{came.HourBeacons, came.HourEvents},
	}
}

// sdksAge is how long SDKs are good for: whoever waits for beacons asks all the
// time, and to count views takes a query.
const sdksAge = 15 * time.Second

// sdks remembers those of environments.
type sdks struct {
	mu   sync.Mutex
	last map[string]sdksAt
}

type sdksAt struct {
	at   time.Time
	rows []sdkRow
}

// usedSDKs returns what is remembered, or asks anew.
func (s *server) usedSDKs(c *call) ([]sdkRow, error) {
	s.sdks.mu.Lock()
	known, ok := s.sdks.last[c.environment.ID]
	s.sdks.mu.Unlock()
	if age := c.query.Now.Sub(known.at); ok && age >= 0 && age < sdksAge {
		return known.rows, nil
	}
	rows, err := s.askSDKs(c, c.query)
	if err != nil {
		return nil, err
	}
	s.sdks.mu.Lock()
	defer s.sdks.mu.Unlock()
	s.sdks.last[c.environment.ID] = sdksAt{c.query.Now, rows}
	return rows, nil
}

func (s *server) askSDKs(ctx context.Context, r query.Request) ([]sdkRow, error) {
	plan, err := query.SDKs(r)
	if err != nil {
		return nil, err
	}
	result, err := s.Engine.Aggregate(ctx, plan)
	if err != nil {
		return nil, err
	}
	rows := make([]sdkRow, len(result.Rows))
	for i, r := range result.Rows {
		rows[i] = sdkRow{text(r.Groups[0]), text(r.Groups[1]), count(r.Values[query.IndexCount]), instant(r.Values[query.IndexLastSeen])}
	}
	return rows, nil
}
