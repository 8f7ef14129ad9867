package api

import (
	"sync"
	"time"

	"playhead/internal/catalog"
)

// countRoutes are the routes that anybody may ask who was given a signed token.
var countRoutes = []route{
	{
		method: "GET", pattern: "/counts", name: "get-counts",
		doc:    "How many are watching now, at most two seconds ago. The answer may be read by pages of all sites (CORS).",
		signed: true,
		params: []param{signedToken},
		data:   []countsRow{},
		bare:   true,
		answer: (*server).counts,
	},
}

// countsRow is how many are watching.
type countsRow struct {
	Views     int32  `json:"views" doc:"views in progress"`
	Viewers   int32  `json:"viewers" doc:"different viewers of them"`
	UpdatedAt string `json:"updated_at" format:"date-time" doc:"the time of the counts"`
}

func (s *server) counts(c *call) (any, error) {
	row := s.tally.of(c.environment.ID, c.subject, c.query.Now, func() countsRow {
		views, viewers := s.Live.Watching(c.environment.ID, catalog.MustColumn(c.subject.kind), c.subject.id)
		return countsRow{int32(views), int32(viewers), date(c.query.Now)}
	})
	return bareEnvelope{[]countsRow{row}}, nil
}

// tallyAge is how long counts are good for.
const tallyAge = 2 * time.Second

// tally remembers counts: every viewer of a page may ask for the same ones
// all the time, and to count means to look at all views in progress.
type tally struct {
	mu    sync.Mutex // also held while counting, so that one count goes on at a time
	since time.Time
	rows  map[watched]countsRow // made after since
}

// watched is what is counted.
type watched struct {
	environmentID string
	subject
}

// of returns what is remembered, or counts anew. All is forgotten at once, so
// that only what was asked for lately takes memory.
func (t *tally) of(environmentID string, of subject, now time.Time, count func() countsRow) countsRow {
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.since); age < 0 || age >= tallyAge {
		t.since, t.rows = now, map[watched]countsRow{}
	}
	key := watched{environmentID, of}
	row, ok := t.rows[key]
	if !ok {
		row = count()
		t.rows[key] = row
	}
	return row
}
