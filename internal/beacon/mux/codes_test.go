package mux

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorCodes(t *testing.T) {
	for body, want := range map[string][]string{
		`{"events":[{"e":"hb"},{"e":"error","perme":"m"}]}`:                                              nil,
		`{"events":[{"e":"error","percd":2},{"percd":"2","e":"error"},{"e":"error","percd":"é"}]}`:       {"2", "é"},
		`{"events":[{"e":"error","percd":"caf\u00e9"},{"e":"hb","percd":"7"},{"e":"error","percd":""}]}`: {"café"},
		`{"events":[{"e":"error","percd":`:                                                               nil,
	} {
		if diff := cmp.Diff(want, ErrorCodes([]byte(body))); diff != "" {
			t.Errorf("%s (-want, +got):\n%s", body, diff)
		}
	}
}

func BenchmarkErrorCodes(b *testing.B) { benchmark(b, func(body []byte) { ErrorCodes(body) }) }
