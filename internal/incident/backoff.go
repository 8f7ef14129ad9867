package incident

import (
	"errors"
	"time"
)

// How long a notification is tried: at once, 10 s after that, and so on, each
// time after twice as long, until it is an hour; 24 hours in all.
const (
	firstWait = 10 * time.Second
	mostWait  = time.Hour
	patience  = 24 * time.Hour
)

// nextAttempt is how long to wait after so many failed attempts; false: that was
// the last one. What the receiver asks to wait is waited, up to an hour.
func nextAttempt(attempts int, asked time.Duration) (wait time.Duration, again bool) {
	var passed time.Duration // between the first attempt and the last one
	wait = firstWait
	for range attempts - 1 {
		passed += wait
		wait = min(2*wait, mostWait)
	}
	if passed+wait > patience {
		return 0, false
	}
	return min(max(wait, asked), mostWait), true
}

// Failure is an error of a [Sender] that knows more about what to do.
type Failure struct {
	Err        error
	Permanent  bool          // the same message will not be taken later either
	RetryAfter time.Duration // what the receiver asks to wait
}

// Error implements error.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// afterwards is what to do about a failed attempt.
func afterwards(err error, attempts int) (wait time.Duration, again bool) {
	f, known := errors.AsType[*Failure](err)
	if known && f.Permanent {
		return 0, false
	}
	if known {
		return nextAttempt(attempts, f.RetryAfter)
	}
	return nextAttempt(attempts, 0)
}
