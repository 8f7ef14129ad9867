package simulate

import (
	"math/rand/v2"
	"time"
)

// newSkew decides how far the clock of a device is ahead of the true time, in
// ms: mostly by little, sometimes by minutes or hours, and now and then absurdly,
// as a device has it that lost its battery or was set by hand.
func newSkew(random *rand.Rand) int64 {
	x, y := random.Float64(), 2*random.Float64()-1
	var most time.Duration
	switch {
	case x < 0.80:
		most = 800 * time.Millisecond
	case x < 0.95:
		most = 20 * time.Minute
	case x < 0.99:
		most = 24 * time.Hour
	default:
		most = 20 * 365 * 24 * time.Hour
	}
	return int64(y * float64(most.Milliseconds()))
}
