package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// span is a length of time on the command line: as Go writes it, or in days,
// like 30d.
type span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(math.Abs(n) <= 36500) {
			return fmt.Errorf("%q is no length of time: want something like 30d, 12h or 90s", text)
		}
		*s = span(n * float64(24*time.Hour))
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no length of time: want something like 30d, 12h or 90s", text)
	}
	*s = span(d)
	return nil
}

// count is a number of things on the command line: in full, or in thousands or
// millions, like 50k or 1.5M.
type count int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *count) UnmarshalText(text []byte) error {
	digits, unit := string(text), 1.0
	for suffix, factor := range map[string]float64{"k": 1e3, "K": 1e3, "M": 1e6} {
		if short, ok := strings.CutSuffix(digits, suffix); ok {
			digits, unit = short, factor
			break
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if n *= unit; err != nil || n != math.Trunc(n) || !(math.Abs(n) <= 1e12) {
		return fmt.Errorf("%q is no whole number: want something like 20, 50k or 1.5M", text)
	}
	*c = count(n)
	return nil
}
