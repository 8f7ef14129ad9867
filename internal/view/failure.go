package view

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"playhead/internal/event"
)

// failures keeps the types of all errors of a view, and of the fatal ones the
// last of each class. Error events before and after the first frame differ in
// what they fail; those inside ads are told apart.
type failures struct {
	types []errorType

	last     *failure // of any class
	failed   *failure // no business exception
	business *failure
	starting *failure // business exception before the first frame
	inAd     *failure // no business exception, while an ad was on

	startup bool // a failure before the first frame
	content bool // a failure outside ads
}

// failure is one error.
type failure struct {
	code, message, context string
}

// typeID is the id of the error's type.
func (f *failure) typeID() int64 { return ErrorTypeID(f.code, f.message) }

// errorType is a type of errors of a view, as the worst of them was: a fatal
// error is worse than a warning, and one that nobody meant than a business
// exception.
type errorType struct {
	*failure
	id              int64
	fatal, business bool
}

// worse compares errors of the same type.
func (t *errorType) worse(than *errorType) bool {
	if t.fatal != than.fatal {
		return t.fatal
	}
	return than.business && !t.business
}

// Bounds of the types of errors that are kept of a view: how many, and bytes of
// their texts.
const (
	maxErrorTypes   = 50
	maxErrorCode    = 128
	maxErrorMessage = 512
)

// note takes the type of an error.
func (f *failures) note(t errorType) {
	for i := range f.types {
		if known := &f.types[i]; known.id == t.id {
			if t.worse(known) {
				*known = t
			}
			return
		}
	}
	if len(f.types) < maxErrorTypes {
		f.types = append(f.types, t)
	}
}

// elements are the types as elements of a List column.
func (f *failures) elements() []string {
	var list []string
	for _, t := range f.types {
		list = append(list, JoinParts(
			strconv.FormatInt(t.id, 10), severity(t.fatal), strconv.FormatBool(t.business),
			clean(t.code, maxErrorCode), clean(t.message, maxErrorMessage),
		))
	}
	return list
}

// severity is the name of it in the API.
func severity(fatal bool) string {
	if fatal {
		return "fatal"
	}
	return "warning"
}

// ErrorTypeID is the id of the errors that have the same code and message: a
// hash of the two from 1 to 2³¹−1. It is computed and not handed out, so that
// replaying events, here or on another machine, gives the same ids.
func ErrorTypeID(code, message string) int64 {
	return max(1, int64(hash(code, message)>>33))
}

// hash is 64 bits of a hash of texts.
func hash(texts ...string) uint64 {
	var room [256]byte
	b := room[:0]
	for _, t := range texts {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(t))), t...)
	}
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}

// fatal reports whether an error event ends playback; an error without a
// severity does.
func fatal(m *moment) bool { return !strings.EqualFold(m.text(fieldErrorSeverity), "warning") }

// business reports whether the application caused an error on purpose.
func business(m *moment) bool {
	n, _ := m.number(fieldErrorBusiness)
	return n == 1
}

func (f *failures) apply(m *moment, firstFrame, inAd bool) {
	if m.kind != event.Error {
		return
	}
	e := &failure{}
	keep(&e.code, m.text(fieldErrorCode))
	keep(&e.message, m.text(fieldErrorMessage))
	keep(&e.context, m.text(fieldErrorContext))
	t := errorType{failure: e, id: e.typeID(), fatal: fatal(m), business: business(m)}
	f.note(t)
	if !t.fatal {
		return
	}
	f.last = e
	if t.business {
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
