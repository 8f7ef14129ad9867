package email

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"

	"playhead/internal/incident"
)

// mostSubject is how many characters a subject has: more are not shown in lists.
const mostSubject = 150

// newMessage makes the message to one address: plain text, and the same in HTML.
// Its Message-ID is that of the delivery, so that mail programs show it once if
// it comes twice, and what follows the opening of an incident refers to it.
func (s *Sender) newMessage(m incident.Message, address string) (*mail.Msg, error) {
	message := mail.NewMsg()
	message.FromMailAddress(s.from)
	if err := message.To(address); err != nil {
		return nil, fmt.Errorf("%s is no address of e-mail", address)
	}
	message.Subject(m.Title(mostSubject))
	message.SetDateWithValue(s.cfg.Clock())
	message.SetMessageIDWithValue(s.messageID(m.ID))
	if m.OpenedID != "" && m.OpenedID != m.ID {
		before := "<" + s.messageID(m.OpenedID) + ">"
		message.SetGenHeader(mail.HeaderInReplyTo, before)
		message.SetGenHeader(mail.HeaderReferences, before)
	}
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday message answers
	message.SetGenHeader("X-Auto-Response-Suppress", "All")
	message.SetUserAgent("Playhead")
	message.SetBodyString(mail.TypeTextPlain, plain(m))
	message.AddAlternativeString(mail.TypeTextHTML, rich(m))
	return message, nil
}

// messageID is a Message-ID at the domain that e-mails come from.
func (s *Sender) messageID(id string) string {
	return id + s.from.Address[strings.LastIndex(s.from.Address, "@"):]
}

// plain is the text of a message.
func plain(m incident.Message) string {
	var b strings.Builder
	for _, f := range m.Facts() {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, emphasis.ReplaceAllString(f.Text, "$1"))
	}
	if m.Link != "" {
		fmt.Fprintf(&b, "\n%s\n", m.Link)
	}
	fmt.Fprintf(&b, "\nIncident %s\n", m.Incident.ID)
	return b.String()
}

// rich is the text of a message with emphasis. There is nothing in it that would
// have to be fetched.
func rich(m incident.Message) string {
	var b strings.Builder
	b.WriteString("<!doctype html><html><body><table cellpadding=\"4\">\n")
	for _, f := range m.Facts() {
		text := emphasis.ReplaceAllString(html.EscapeString(f.Text), "<strong>$1</strong>")
		fmt.Fprintf(&b, "<tr><th align=\"left\" valign=\"top\">%s</th><td>%s</td></tr>\n", html.EscapeString(f.Name), text)
	}
	b.WriteString("</table>\n")
	if m.Link != "" {
		fmt.Fprintf(&b, "<p><a href=\"%s\">Incident %s</a></p>\n", html.EscapeString(m.Link), html.EscapeString(m.Incident.ID))
	} else {
		fmt.Fprintf(&b, "<p>Incident %s</p>\n", html.EscapeString(m.Incident.ID))
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// emphasis is what stands between asterisks.
var emphasis = regexp.MustCompile(`\*([^*]+)\*`)
