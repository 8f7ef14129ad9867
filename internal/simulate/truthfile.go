package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// ReadTruth reads the views of what [WriteTruth] or [Run] wrote.
func ReadTruth(r io.Reader) (views []Truth, err error) {
	in := json.NewDecoder(r)
	for {
		var line struct{ View *Truth }
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

// writeTicks writes the ticks of a time, as WriteTruth does.
func writeTicks(w io.Writer, views []Truth, from, to time.Time) error {
	out := json.NewEncoder(w)
	for t := range Ticks(views, from, to) {
		if err := out.Encode(map[string]*Tick{"tick": &t}); err != nil {
			return fmt.Errorf("write truth: %w", err)
		}
	}
	return nil
}
