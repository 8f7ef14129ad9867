// Package fault is the vocabulary of errors that a user may see.
//
// An error made here carries a machine-readable code, the name of the
// parameter that is wrong (if one is) and a sentence that says what would be
// right. Every other error is internal: it is logged for the operator and
// shown as "internal error" to the caller. Package api turns codes into HTTP
// statuses in one place.
package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Code is the kind of an error.
type Code string

// The codes. Internal is also the code of every error made elsewhere.
const (
	Invalid      Code = "invalid"      // the request is malformed: 400
	Unauthorized Code = "unauthorized" // no valid credentials: 401
	Forbidden    Code = "forbidden"    // valid credentials without the permission: 403
	NotFound     Code = "not_found"    // no such resource or route: 404
	Conflict     Code = "conflict"     // the resource is not in the expected state: 409
	Limited      Code = "limited"      // the caller asks too often: 429
	Busy         Code = "busy"         // try again later: 503
	Internal     Code = "internal"     // our fault: 500
)

// Error is an error with a code.
type Error struct {
	Code    Code
	Param   string // the parameter that is wrong, or ""
	Message string // a sentence for the user, without the parameter's name
	Err     error  // the cause, for the log; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Message
	if e.Param != "" {
		s = e.Param + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Public is what a user may read: the parameter and the message, never the cause.
func (e *Error) Public() string {
	if e.Param == "" {
		return e.Message
	}
	return e.Param + ": " + e.Message
}

// Badf makes an Invalid error about one parameter.
func Badf(param, format string, args ...any) error {
	return &Error{Code: Invalid, Param: param, Message: fmt.Sprintf(format, args...)}
}

// New makes an error of the given code.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Quote writes what a user sent, so that it can be repeated in a message:
// between quotation marks, without control characters, and of a long text the
// beginning alone.
func Quote(s string) string {
	const most = 100 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// CodeOf returns the code of err: Internal unless an [Error] is in its chain.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
