package incident

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"playhead/internal/meta"
)

// explained is the description of an incident: the sentence of its detector or watcher,
// and one that says what explains it.
func explained(i *meta.Incident, own string) string {
	explanation := explanation(i)
	switch {
	case explanation == "":
		return own
	case strings.HasSuffix(strings.TrimSuffix(own, "*"), "."): // a message of players, say, ends so
		return own + " " + explanation
	}
	return own + ". " + explanation
}

// ownSentence is the sentence of the detector or watcher in the description of an incident.
func ownSentence(i *meta.Incident) string {
	explanation := explanation(i)
	own, found := strings.CutSuffix(i.Description, " "+explanation)
	if explanation == "" || !found {
		return i.Description
	}
	return strings.TrimSuffix(own, ".")
}

// explanation says what explains an incident; "" if the causes have not been looked for.
func explanation(i *meta.Incident) string {
	switch {
	case i.Causes == nil:
		return ""
	case len(i.Causes) == 0:
		return "No part of the viewers clearly stands out"
	}
	said := make([]string, len(i.Causes))
	for n := range i.Causes {
		said[n] = because(i, n)
	}
	return strings.Join(said, "; ")
}

// because says how much of an incident its n-th cause explains.
func because(i *meta.Incident, n int) string {
	c, what := &i.Causes[n], ""
	if n == 0 {
		what = " of " + excessOf(i)
	}
	return fmt.Sprintf("%s%s: *%s* (%s)", wholePercent(c.Share), what, shortened(segment(c.Breakdowns), mostSegment), sizeOfCause(i, c))
}

// mostSegment is how many characters the values of a cause have at most in a
// description.
const mostSegment = 160

// excessOf is what of an incident is more than usual, or less.
func excessOf(i *meta.Incident) string {
	above := i.Rule == nil || i.Rule.Direction == meta.Above
	choose := func(ifAbove, ifBelow string) string {
		if above {
			return ifAbove
		}
		return ifBelow
	}
	switch i.Measurement {
	case "video-startup-failure-percentage":
		return "the excess startup failures"
	case "exits-before-video-start":
		return "the excess exits before video start"
	case "video-startup-time":
		return choose("the starts that are slower than usual", "the starts that are faster than usual")
	case "current-rebuffering-percentage":
		return "the viewers who rebuffer more than usual"
	case "current-average-bitrate":
		return choose("the viewers whose bitrate is higher than usual", "the viewers whose bitrate is lower than usual")
	case concurrentViewers:
		return choose("the additional viewers", "the missing viewers")
	default:
		return "the excess failures"
	}
}

const concurrentViewers = "current-concurrent-viewers"

// sizeOfCause tells how large a cause is.
func sizeOfCause(i *meta.Incident, c *meta.Cause) string {
	if i.Measurement != concurrentViewers {
		return fmt.Sprintf("%s of %s, usually %s", percent(100*c.Rate), counted(c.Views, "view"), percent(100*c.Expected))
	}
	if i.Rule != nil && i.Rule.Direction == meta.Below {
		return fmt.Sprintf("%s of %s have gone", thousands(c.Affected), counted(c.Views, "viewer"))
	}
	return fmt.Sprintf("%s of %s are more than before", thousands(c.Affected), counted(c.Views, "viewer"))
}

func counted(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

// segment names the views with some values.
func segment(values []meta.Breakdown) string {
	said := make([]string, len(values))
	for i, b := range values {
		value := shown(b.Value)
		if value == "" {
			value = "(not known)"
		}
		said[i] = b.Name + "=" + value
	}
	return strings.Join(said, " and ")
}

// shown is a value in a text: on one line, and without the signs of emphasis.
func shown(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '*':
			return '∗'
		case unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		}
		return r
	}, value)
}

// wholePercent is a fraction in whole percent. Only all of it is 100 %.
func wholePercent(share float64) string {
	n := math.Round(100 * share)
	if n == 100 && share < 1 {
		n = 99
	}
	return fmt.Sprintf("%.0f%%", n)
}
