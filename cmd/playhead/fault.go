package main

import (
	"time"

	"playhead/internal/simulate"
)

// faultFlag is something that goes wrong, on the command line.
type faultFlag simulate.Fault

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *faultFlag) UnmarshalText(text []byte) error {
	parsed, err := simulate.ParseFault(string(text))
	*f = faultFlag(parsed)
	return err
}

func faults(flags []faultFlag) []simulate.Fault {
	list := make([]simulate.Fault, len(flags))
	for i, f := range flags {
		list[i] = simulate.Fault(f)
	}
	return list
}

// everySoOften has a fault come back: first at a time, then once in each period
// as long as all lasts.
func everySoOften(f simulate.Fault, first, lasts, period, all time.Duration) (list []simulate.Fault) {
	for at := first; at < all; at += period {
		f.From, f.To = at, at+lasts
		list = append(list, f)
	}
	return list
}
