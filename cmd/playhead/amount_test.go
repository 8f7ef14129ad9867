package main

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30d": 720 * time.Hour, "0.5d": 12 * time.Hour, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "0": 0, "-1h": -time.Hour,
	} {
		var got span
		if err := got.UnmarshalText([]byte(text)); err != nil || time.Duration(got) != want {
			t.Errorf("%s is %v, %v; want %v", text, time.Duration(got), err, want)
		}
	}
	for _, text := range []string{"", "d", "30", "tomorrow", "1e9d", "NaNd"} {
		if err := new(span).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a length of time", text)
		}
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string]count{"0": 0, "20": 20, "50k": 50_000, "1M": 1_000_000, "1.5M": 1_500_000, "-3": -3} {
		var got count
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "M", "1.5", "1.0001k5", "many", "1G", "NaN", "1e300"} {
		if err := new(count).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a number", text)
		}
	}
}
