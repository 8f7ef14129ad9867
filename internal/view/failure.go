package view

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"playhead/internal/event"
)

// failures keeps the fatal errors of a view: of each class the last one.
// Warnings are not among them. Error events before and after the first frame
// differ in what they fail; those inside ads are told apart.
type failures struct {
	last     *failure // of any class
	failed   *failure // no business exception
	business *failure
	starting *failure // business exception before the first frame
	inAd     *failure // no business exception, while an ad was on

	startup bool // a failure before the first frame
	content bool // a failure outside ads
}

// failure is one fatal error. Its texts are parts of the event's record.
type failure struct {
	code, message, context string
}

// typeID is the id of the error's type.
func (f *failure) typeID() int64 { return ErrorTypeID(f.code, f.message) }

// ErrorTypeID is the id of the errors that have the same code and message: a
// hash of the two from 1 to 2³¹−1. It is computed and not handed out, so that
// replaying events, here or on another machine, gives the same ids.
func ErrorTypeID(code, message string) int64 {
	return max(1, int64(hash(code, message)>>33))
}

// hash is 64 bits of a hash of texts.
func hash(texts ...string) uint64 {
	h := sha256.New()
	var size [8]byte
	for _, t := range texts {
		binary.BigEndian.PutUint64(size[:], uint64(len(t)))
		h.Write(size[:])
		h.Write([]byte(t))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// fatal reports whether an error event ends playback; an error without a
// severity does.
func fatal(m *moment) bool { return !strings.EqualFold(m.text(fieldErrorSeverity), "warning") }

func (f *failures) apply(m *moment, firstFrame, inAd bool) {
	if m.kind != event.Error || !fatal(m) {
		return
	}
	e := &failure{m.text(fieldErrorCode), m.text(fieldErrorMessage), m.text(fieldErrorContext)}
	f.last = e
	if business, _ := m.number(fieldErrorBusiness); business == 1 {
		f.business = e
		if !firstFrame {
			f.starting = e
		}
		return
	}
	f.failed = e
	if !firstFrame {
		f.startup = true
	}
	if inAd {
		f.inAd = e
	} else {
		f.content = true
	}
}
