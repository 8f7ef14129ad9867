package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// truthLine is a line of a file of truth: one of the two.
type truthLine struct {
	View *Truth `json:"view,omitempty"`
	Tick *Tick  `json:"tick,omitempty"`
}

func (l truthLine) write(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(l); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

// WriteTruth writes the truth as lines of JSON: {"view":…} for each view, in
// the order given, then {"tick":…} for each tick after one time and up to
// another. See [Truth] and [Tick] for what is in them.
func WriteTruth(w io.Writer, views []Truth, from, to time.Time) error {
	for i := range views {
		if err := (truthLine{View: &views[i]}).write(w); err != nil {
			return err
		}
	}
	return writeTicks(w, views, from, to)
}

func writeTicks(w io.Writer, views []Truth, from, to time.Time) error {
	for t := range Ticks(views, from, to) {
		if err := (truthLine{Tick: &t}).write(w); err != nil {
			return err
		}
	}
	return nil
}

// ReadTruth reads the views of what [WriteTruth] or [Run] wrote.
func ReadTruth(r io.Reader) (views []Truth, err error) {
	in := json.NewDecoder(r)
	for {
		var line truthLine
		switch err := in.Decode(&line); {
		case errors.Is(err, io.EOF):
			return views, nil
		case err != nil:
			return nil, fmt.Errorf("read truth: %w", err)
		case line.View != nil:
			views = append(views, *line.View)
		}
	}
}
