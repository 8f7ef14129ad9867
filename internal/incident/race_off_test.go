//go:build !race

package incident

// underRace tells that the race detector is on.
const underRace = false
