package view

import (
	"crypto/sha256"
	"encoding/binary"
)

// NewID makes the id of a view from the ms since 1970 at which the server
// first heard of it, its environment and the id that the player's SDK gave it.
// Events that come after the view was final make a view of their own, with
// another time and so with another id.
func NewID(firstReceived int64, environment, sdkID string) ID {
	h := sha256.New()
	h.Write([]byte(environment))
	h.Write([]byte{0})
	h.Write([]byte(sdkID))
	var id ID
	copy(id[6:], h.Sum(nil))
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(firstReceived))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f // version 7
	id[8] = 0x80 | id[8]&0x3f // variant of RFC 9562
	return id
}
