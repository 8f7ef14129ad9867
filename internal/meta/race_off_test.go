//go:build !race

package meta

// underRace tells that the race detector is on.
const underRace = false
