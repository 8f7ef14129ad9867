//go:build race

package app

// underRace tells that the race detector is on.
const underRace = true
