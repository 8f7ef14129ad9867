package incident

import (
	"fmt"
	"math"
	"time"
)

// PerHour is how many views were affected in an hour between two times, of those
// in between. Less than a second counts as one.
func PerHour(affected int64, from, to time.Time) int64 {
	hours := max(to.Sub(from), time.Second).Hours()
	return int64(math.Round(float64(affected) / hours))
}

// Impact says in words how many views an incident affects.
func Impact(affected, perHour int64, open bool) string {
	views, have, were := "views", "have", "were"
	if affected == 1 {
		views, have, were = "view", "has", "was"
	}
	verb := were + " affected"
	if open {
		verb = have + " been affected so far"
	}
	return fmt.Sprintf("*%d %s* %s at a rate of *%d per hour*", affected, views, verb, perHour)
}

// Percent is a share of views in percent, to four digits after the point. Of no
// views it is 0.
func Percent(part, views int64) float64 {
	if views == 0 {
		return 0
	}
	const digits = 1e4
	return math.Round(100*digits*float64(part)/float64(views)) / digits
}
