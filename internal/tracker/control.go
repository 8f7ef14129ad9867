package tracker

import (
	"encoding/json"
	"fmt"

	"playhead/internal/journal"
)

// A control is what a record says that holds no beacon but a decision: one
// that does not follow from the records of a view alone. A tracker decides once
// and appends the control to the journal; every fold carries it out when it
// comes to it, at the same place among the records. Carrying it out depends on
// nothing but what a fold that began in the middle of a view knows too: the
// view's key, and the last record that spoke of it.
//
// The record's data is JSON, so that its first byte tells it from a beacon.
type control struct {
	End   []ending  `json:"end,omitempty"`
	Renew []renewal `json:"renew,omitempty"`
}

// ending makes views complete, as if by silence, and final: those of an
// environment that no record from offset Before on spoke of.
type ending struct {
	Environment string `json:"environment"`
	Before      int64  `json:"before"`
}

// isControl tells a control from a beacon.
func isControl(data []byte) bool { return data[0] == '{' }

// record is the journal's record of a control, at a time in ms since 1970.
func (c control) record(now int64) journal.Record {
	data, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("BUG: control cannot be written: %v", err))
	}
	return journal.Record{Time: now, Data: data}
}

// obey carries out the control of a record.
func (f *Fold) obey(rec journal.Record, became *Folded) error {
	var c control
	if err := json.Unmarshal(rec.Data, &c); err != nil {
		return fmt.Errorf("unreadable control in the journal: %w", err)
	}
	for _, e := range c.End {
		became.Early += f.open.endUnheard(e.Environment, e.Before, rec.Time)
	}
	for i := range c.Renew {
		if f.isKnown(rec) {
			break
		}
		f.open.renew(&c.Renew[i], rec.Offset, rec.Time)
		became.Renewed++
	}
	return nil
}
