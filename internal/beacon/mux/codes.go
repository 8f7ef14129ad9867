package mux

import (
	"bytes"
	"slices"

	"playhead/internal/event"
)

// ErrorCodes returns the codes of the errors in a body, each once and as
// [Decode] reads them; none of a body that cannot be read. Nearly all bodies
// have none, and are seen through once.
func ErrorCodes(body []byte) []string {
	if !bytes.Contains(body, errorCodeKey) {
		return nil
	}
	events, _, err := Decode(&event.Beacon{Body: body})
	if err != nil {
		return nil
	}
	var codes []string
	for i := range events {
		if e := &events[i]; e.Kind == event.Error && e.Code() != "" && !slices.Contains(codes, e.Code()) {
			codes = append(codes, e.Code())
		}
	}
	return codes
}

var errorCodeKey = []byte(`"` + EncodeKey("player_error_code") + `"`)
