package incident

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
)

// describeRule says what a rule has found at a moment: the first sentence of the
// description of its incident.
func describeRule(rule *meta.AlertRule, m Moment) string {
	metric, ok := catalog.LookupRealtimeMetric(rule.Metric)
	if !ok {
		return ""
	}
	title := strings.TrimSuffix(metric.Title, " (CCV)")
	among := ""
	if metric.Type != catalog.Number {
		among = fmt.Sprintf(" with %s viewers", quantity(catalog.Number, m.Viewers))
	}
	return fmt.Sprintf("%s is *%s*%s and has been %s %s for %s", title, quantity(metric.Type, m.Value), among,
		rule.Direction, quantity(metric.Type, rule.Threshold), minutes(rule.Interval))
}

// quantity is a value of a real-time metric for people, in the unit of thresholds.
func quantity(t catalog.Type, value float64) string {
	switch t {
	case catalog.Percentage:
		return decimals(value, 2) + "%"
	case catalog.Milliseconds:
		return decimals(value/1000, 3) + " s"
	case catalog.Mbps:
		return decimals(value/1e6, 3) + " Mbit/s"
	}
	if value < 10 {
		return decimals(value, 1)
	}
	return thousands(int64(math.Round(value)))
}

// decimals is a number with so many decimals at most.
func decimals(value float64, most int) string {
	scale := math.Pow10(most)
	return strconv.FormatFloat(math.Round(value*scale)/scale, 'f', -1, 64)
}

// thousands is a whole number with commas between groups of three digits.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func minutes(d time.Duration) string {
	if d == time.Minute {
		return "a minute"
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}
