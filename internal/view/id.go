package view

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// ID identifies a view. It is made of the ms of the first receipt, so that
// ids ascend with time, and of a hash of the environment and the SDK's view id.
// Its layout is that of a UUID of version 7.
type ID [16]byte

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

// Time is the ms since 1970 that the id was made from.
func (id ID) Time() int64 { return int64(binary.BigEndian.Uint64(id[:8]) >> 16) }

// String writes the id as a UUID: 36 letters.
func (id ID) String() string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ParseID reads what String wrote. Anything else is an error.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, fmt.Errorf("view id %q: want 36 letters like 0198b2c4-7a1f-7d02-9c3e-5f60718293a4", s)
	}
	if _, err := hex.Decode(id[:], []byte(strings.ReplaceAll(s, "-", ""))); err != nil {
		return ID{}, fmt.Errorf("view id %q: %w", s, err)
	}
	return id, nil
}
