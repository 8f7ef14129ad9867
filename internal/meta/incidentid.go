package meta

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// NewIncidentID is a random id of an incident: six of 36 letters and digits.
// There are two thousand million of them, so one that is in use can come up:
// [Store.Evaluate] refuses it.
func NewIncidentID() string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	const even = 256 - 256%len(digits) // beyond it the first digits would come more often
	id := make([]byte, 0, 6)
	for len(id) < cap(id) {
		var bits [16]byte
		rand.Read(bits[:]) // never fails
		for _, b := range bits {
			if int(b) < even && len(id) < cap(id) {
				id = append(id, digits[int(b)%len(digits)])
			}
		}
	}
	return string(id)
}

// IncidentKey is what all incidents about the same have in common: SHA-256 in
// hexadecimal of environment, measurement and breakdowns, whatever their order.
// What else tells incidents apart, such as the id of a rule, is more.
func IncidentKey(environmentID, measurement string, breakdowns []Breakdown, more ...string) string {
	parts := make([]string, len(breakdowns))
	for i, b := range breakdowns {
		parts[i] = b.Name + "=" + strconv.Quote(b.Value) // a value can hold any sign
	}
	slices.Sort(parts)
	text := strings.Join(slices.Concat([]string{environmentID, measurement}, parts, more), "|")
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
