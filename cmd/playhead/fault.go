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

// everySoOften has a fault come back: for a while in each period of a time, at
// the end of the period.
func everySoOften(f simulate.Fault, period, lasts, all time.Duration) (list []simulate.Fault) {
	for at := period - lasts; at < all; at += period {
		f.From, f.To = at, at+lasts
		list = append(list, f)
	}
	return list
}
