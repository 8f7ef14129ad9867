package incident

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"playhead/internal/catalog"
	"playhead/internal/meta"
)

// Fact is one line of a message. Emphasised words of the text stand between
// asterisks.
type Fact struct{ Name, Text string }

// mostCauses is how many causes a message names: the rest is behind the link.
const mostCauses = 3

// Title is what happened in one line, of at most so many characters.
func (m Message) Title(most int) string {
	i := m.Incident
	value := func(v float64) string { return Amount(i.Measurement, v) }
	var text string
	switch m.Event {
	case meta.Tested:
		text = "Test from Playhead"
	case meta.Opened:
		text = fmt.Sprintf("%s: %s is %s (threshold %s)", severities[i.Severity], m.subject(), value(i.MeasuredValue), value(i.Threshold))
		if len(i.Causes) > 0 { // pagers and lists of mails show the title alone
			text += ": " + segment(i.Causes[0].Breakdowns)
		}
	case meta.Expired:
		text = fmt.Sprintf("Expired: %s was %s, and nothing has been heard for too long", m.subject(), value(i.CurrentValue))
	default:
		how := "Resolved"
		if m.ruleChanged() {
			how = "Closed, as its rule was changed"
		}
		text = fmt.Sprintf("%s: %s was %s", how, m.subject(), value(i.PeakValue))
		if i.MeasuredValueOnClose != nil {
			text += " and is " + value(*i.MeasuredValueOnClose)
		}
	}
	return shortened(fmt.Sprintf("[%s] %s", line(m.Environment), line(text)), most)
}

// ruleChanged reports whether the incident ended because its rule was edited or
// removed, while it was still bad.
func (m Message) ruleChanged() bool {
	on := m.Incident.MeasuredValueOnClose
	return m.Incident.Rule != nil && on != nil && beyond(m.Incident.Rule, *on)
}

var severities = map[string]string{meta.SeverityAlert: "Alert", meta.SeverityWarning: "Warning"}

// subject is what was measured, and of what.
func (m Message) subject() string {
	text := measured(m.Incident.Measurement)
	var about []string
	for _, b := range m.Incident.Breakdowns {
		if b.Name != "error_type_id" { // a number of ours: the error is told by its message
			about = append(about, segment([]meta.Breakdown{b}))
		}
	}
	if len(about) > 0 {
		text += " of " + strings.Join(about, " and ")
	}
	return text
}

// Facts are the lines of the message: why, what, how bad, since when.
func (m Message) Facts() (facts []Fact) {
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, Fact{name, shortened(line(text), mostFact)})
		}
	}
	i := m.Incident
	for n := range min(len(i.Causes), mostCauses) {
		add([]string{"Cause", "Also", "Also"}[n], because(&i, n))
	}
	add("What", ownSentence(&i)) // the causes have been said
	add("Error", i.ErrorDescription)
	if i.Rule != nil {
		add("Rule", i.Rule.Name)
	}
	if i.AffectedViews > 0 { // too many viewers are no views that something is wrong with
		add("Impact", NewObject(i, nil, m.At).Impact)
	}
	if i.ResolvedAt == nil {
		add("Since", moment(i.StartedAt))
	} else {
		add("Time", fmt.Sprintf("%s to %s (%s)", moment(i.StartedAt), moment(*i.ResolvedAt), span(i.ResolvedAt.Sub(i.StartedAt))))
	}
	add("Environment", m.Environment)
	return facts
}

// mostFact is how many characters a line has at most: titles and messages of
// errors are written by others.
const mostFact = 500

// measured is the name of a measurement for people.
func measured(id string) string {
	if metric, ok := catalog.LookupRealtimeMetric(id); ok {
		return strings.ToLower(strings.TrimSuffix(metric.Title, " (CCV)"))
	}
	return strings.ReplaceAll(id, "_", " ")
}

// Amount writes a value of a measurement with its unit: percent from 0 to 100,
// ms, bit/s or viewers.
func Amount(measurement string, v float64) string {
	metric, ok := catalog.LookupRealtimeMetric(measurement)
	switch {
	case !ok || metric.Type == catalog.Percentage:
		return percent(v)
	case metric.Type == catalog.Milliseconds:
		return number(v) + " ms"
	case metric.Type == catalog.Mbps:
		return number(v/1e6) + " Mbit/s"
	default:
		return number(v)
	}
}

// percent writes a percentage from 0 to 100: with a digit after the point, and
// two where one would be nothing.
func percent(v float64) string {
	digits := 10.0
	if math.Abs(v) < 1 {
		digits = 100
	}
	return strconv.FormatFloat(math.Round(v*digits)/digits, 'f', -1, 64) + "%"
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// moment writes a time for people all over the world.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// span writes how long something took, in the two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours, minutes, seconds := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60, d/time.Second%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	default:
		return fmt.Sprintf("%d s", seconds)
	}
}

// line is a text in one line: what players send as titles and messages may have
// any characters in it.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// shortened is a text of at most so many characters.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}
