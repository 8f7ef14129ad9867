package tracker

import (
	"encoding/json"
	"fmt"
	"time"

	"playhead/internal/view"
)

// Rules are the settings that decide over views: under the same rules, the same
// records give the same views.
type Rules struct {
	CompleteAfter time.Duration // silence after which a view is complete, in journal time
	FinalAfter    time.Duration // silence after which a view takes no more events, in journal time
	Scoring       view.Scoring

	// OutageAfter is the time between two records above which it is the server
	// that was silent, and not the viewers. Zero: it never was.
	OutageAfter time.Duration
}

// Validate checks the settings.
func (r *Rules) Validate() error {
	switch {
	case r.CompleteAfter < time.Second:
		return fmt.Errorf("view-complete-after is %s: want at least 1s", r.CompleteAfter)
	case r.FinalAfter < r.CompleteAfter:
		return fmt.Errorf("view-final-after is %s: want at least view-complete-after, %s", r.FinalAfter, r.CompleteAfter)
	case r.OutageAfter < 0:
		return fmt.Errorf("outages begin after %s: want 0 or more", r.OutageAfter)
	}
	return r.Scoring.Validate()
}

// silence is for how long nothing is heard before something follows from it, in ms.
type silence struct {
	Complete int64 `json:"complete"` // a view is complete
	Final    int64 `json:"final"`    // a view takes no more events
	Outage   int64 `json:"outage"`   // the server was not there; 0: it always was
}

func (r *Rules) silence() silence {
	return silence{r.CompleteAfter.Milliseconds(), r.FinalAfter.Milliseconds(), r.OutageAfter.Milliseconds()}
}

// era is a part of the journal in which the same times of silence are in force.
// They change where the store stood at a start with other settings: by then the
// views of before were decided and stored, and a fold that reads the records
// once more must not decide otherwise.
type era struct {
	From int64 `json:"from"` // the first record; the era lasts until the next one
	silence
}

// eras are all that matter for the open views, the oldest first, in the form in
// which a store keeps them too.
type eras struct {
	list []era
	text string
}

// takeUp begins with the eras of a store, and ends with one for the silence that
// is in force from where the store stands on. A store that knows of none was
// made with the same settings, as far as anybody can tell.
func (e *eras) takeUp(stored view.Progress, now silence) error {
	var list []era
	var err error
	if stored.Rules != "" {
		if err = json.Unmarshal([]byte(stored.Rules), &list); err != nil {
			err = fmt.Errorf("times of silence of the last run, %q: %w", stored.Rules, err)
			list = nil
		}
	}
	switch n := len(list); {
	case n == 0:
		list = []era{{0, now}}
	case list[n-1].silence != now:
		list = append(list, era{stored.Read, now})
	}
	e.set(list)
	return err
}

func (e *eras) set(list []era) {
	text, err := json.Marshal(list)
	if err != nil {
		panic(fmt.Sprintf("BUG: times of silence cannot be written: %v", err))
	}
	e.list, e.text = list, string(text)
}

// at is the silence that is in force at a record.
func (e *eras) at(record int64) silence {
	for i := len(e.list) - 1; i > 0; i-- {
		if e.list[i].From <= record {
			return e.list[i].silence
		}
	}
	return e.list[0].silence
}

// forget leaves out the eras that ended before a record.
func (e *eras) forget(record int64) {
	ended := 0
	for ended+1 < len(e.list) && e.list[ended+1].From <= record {
		ended++
	}
	if ended > 0 {
		e.set(e.list[ended:])
	}
}
