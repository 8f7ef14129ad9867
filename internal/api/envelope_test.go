package api

import (
	"encoding/json"
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		v                          float64
		number, integer, integer32 string
	}{
		{0, "0", "0", "0"},
		{0.5, "0.5", "1", "1"},
		{-3, "-3", "-3", "-3"},
		{513934, "513934", "513934", "513934"},
		{0.7999999999999999, "0.7999999999999999", "1", "1"},
		{2.9999999999999996, "2.9999999999999996", "3", "3"},
		{2147483647, "2147483647", "2147483647", "2147483647"}, // 2^31 - 1
		{2147483648, "2147483648", "2147483648", "null"},
		{9007199254740991, "9007199254740991", "9007199254740991", "null"}, // 2^53 - 1
		{math.NaN(), "null", "null", "null"},
		{math.Inf(1), "null", "null", "null"},
		{math.Inf(-1), "null", "null", "null"},
	} {
		n, err := json.Marshal(number(tt.v))
		if err != nil || string(n) != tt.number {
			t.Errorf("number(%v) is %s, %v; want %s", tt.v, n, err, tt.number)
		}
		i, err := json.Marshal(integer(tt.v))
		if err != nil || string(i) != tt.integer {
			t.Errorf("integer(%v) is %s, %v; want %s", tt.v, i, err, tt.integer)
		}
		small, err := json.Marshal(integer32(tt.v))
		if err != nil || string(small) != tt.integer32 {
			t.Errorf("integer32(%v) is %s, %v; want %s", tt.v, small, err, tt.integer32)
		}
	}
}
